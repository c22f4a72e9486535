"""`sandwatch site check` at a real terminal, beside a store that the running box commits to."""

import json
import os
import pty
import select
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from agent.activity.views import View
from agent.event import wire
from agent.licence.rules import Terms
from agent.outbox.store import Store
from agent.run import identity
from agent.run.settings import load_settings
from agent.run.statements import FOLDER, Statements, kit_of, write
from agent.types import Json, Origin, Statement, Tick
from agent.watch import Watch, WatchSettings

CONFIG = """
[device]
id = "SW-1"
state_dir = "{state}"
[own_vessel]
kind = "dredger"
[[camera]]
name = "deck"
url = "/dev/video0"
machine_region = [[0.2, 0.3], [0.8, 0.3], [0.8, 0.9], [0.2, 0.9]]
"""
TAPS = 22


class Box:
    """The running box as a store shows it: what it has counted, committed while the check goes on."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.store = Store.open(folder, "SW-1")
        self.key = identity.device_key(folder / identity.KEY_FILE)
        view = View("deck", region=((0.2, 0.3), (0.8, 0.3), (0.8, 0.9), (0.2, 0.9)))
        terms = Terms(own_vessel="dredger", has_gear=True, licences=())
        self._watch = Watch(
            WatchSettings(terms, ("deck",), views=(view,)), identity.boot_id(), Origin("live")
        )

    def commit(self, counted_ns: list[int]) -> None:
        now_ns = time.monotonic_ns()
        self._watch.step(Tick(now_ns))
        watch = self._watch.snapshot()
        gear = cast("dict[str, dict[str, Json]]", cast("dict[str, Json]", watch["views"])["gear"])
        gear["deck"]["counted"] = [
            {"mono_ns": str(stamp), "by": "region", "period_s": 60.0, "from_water": False}
            for stamp in counted_ns
        ]
        self.store.commit([], (), {"watch": watch, "config_sha256": None}, 0)


@pytest.fixture
def box(tmp_path: Path) -> Box:
    (tmp_path / "agent.toml").write_text(CONFIG.format(state=tmp_path / "state"), encoding="utf-8")
    return Box(tmp_path / "state")


def run_check(config: Path, box: Box, *, misses: int = 0) -> tuple[int, str]:
    """Tap as buckets empty; the box counts the same moments a little later, but for some it misses."""
    master, slave = pty.openpty()
    box.commit([])
    command = [
        sys.executable, "-m", "agent", "site", "check", "--config", str(config), "--by", "Ví Dụ",
        "--minutes", "1", "--settle", "0", "--lang", "en",
    ]  # fmt: skip
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave) as process:
        os.close(slave)
        said = read_until(master, "minutes.")
        taps = []
        for _ in range(TAPS):
            os.write(master, b" ")
            taps.append(time.monotonic_ns())
            said += read_until(master, f"{len(taps):4} ")
            time.sleep(0.05)  # a cycle, long against what a terminal takes
        os.write(master, b"xu")  # one by mistake, taken back
        said += read_until(master, f"{TAPS + 1:4} ") + read_until(master, f"{TAPS:4} ")
        os.write(master, b"q")
        said += read_until(master, "Waiting")
        box.commit([stamp + 1_000_000 for stamp in taps[misses:]])
        said += read_until(master, None)
        code = process.wait(60)
    os.close(master)
    return code, said


def read_until(master: int, wanted: str | None) -> str:
    said = ""
    while wanted is None or wanted not in said:
        ready, _, _ = select.select([master], [], [], 120)
        assert ready, said
        try:
            more = os.read(master, 4096)
        except OSError:  # the far side has ended
            more = b""
        if not more:
            break
        said += more.decode(errors="replace")
    return said


def statements(box: Box) -> list[Statement]:
    return list(Statements(box.folder, box.key.public_key(), "SW-1").fresh(lambda: 7))


def test_tally_that_agrees_passes_and_is_signed_for_the_kit_in_force(tmp_path: Path, box: Box) -> None:
    code, said = run_check(tmp_path / "agent.toml", box)
    assert "PASSED: the box is calibrated" in said, said
    assert code == 0
    assert f"you counted {TAPS} buckets, the box (camera deck) {TAPS}" in said
    (made,) = statements(box)
    kit = kit_of(load_settings(tmp_path / "agent.toml").camera, None)
    assert (made.by, made.values["passed"], made.mono_ns) == ("Ví Dụ", 1, 7)
    assert made.values["kit_region"] == kit["region"]


def test_tally_that_differs_does_not_pass_and_is_kept_all_the_same(tmp_path: Path, box: Box) -> None:
    code, said = run_check(tmp_path / "agent.toml", box, misses=6)
    assert "NOT PASSED" in said, said
    assert code == 1
    (made,) = statements(box)
    assert (made.values["tallied"], made.values["counted"], made.values["passed"]) == (TAPS, TAPS - 6, 0)


def test_check_beside_a_box_that_does_not_run_says_what_to_do(tmp_path: Path, box: Box) -> None:
    box._watch = Watch(
        WatchSettings(Terms(own_vessel="dredger", has_gear=True, licences=()), ()),
        "another boot",
        Origin("live"),
    )
    watch = box._watch.snapshot()
    box.store.commit([], (), {"watch": watch, "config_sha256": None}, 0)
    master, slave = pty.openpty()
    command = [
        sys.executable, "-m", "agent", "site", "check", "-c", str(tmp_path / "agent.toml"), "--by", "Ví Dụ",
    ]  # fmt: skip
    done = subprocess.run(command, stdin=slave, capture_output=True, text=True, timeout=120, check=False)
    os.close(master)
    os.close(slave)
    assert done.returncode == 2
    assert "no box is running with this store" in done.stderr


def test_statement_that_was_changed_by_hand_is_not_taken_in(box: Box) -> None:
    said = Statement(0, "site_check", None, "Ví Dụ", {"passed": 0})
    file = write(box.folder, box.key, "SW-1", said)
    assert [replace(item, mono_ns=0) for item in statements(box)] == [said]
    fields = json.loads(file.read_bytes())
    fields["values"]["passed"] = 1
    file.write_bytes(wire.canonical(fields))
    assert statements(box) == []
    assert file.parent.name == FOLDER
