"""Software by stick: the release runs by itself, or the software of before does. The agents are real processes."""

import json
import os
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from agent.bundle import Code
from agent.launch import release as release_in_force
from agent.outbox.view import View
from agent.run.flash import release as releases_of
from agent.run.flash.trial import MOST_STARTS, confirm, roll_back, settle
from flash.flash_builders import Box, box, files, made
from flash.releases import NAME, Change, packed, recorded, release
from gnss.plugged_receiver import framed, sending

RMC = framed("GNRMC,100000.00,A,1015.67380,N,10534.76282,E,0.071,178.72,201126,,,A,V")
GIVE_UP_S = 90.0


def software(raw: bytes, name: str = NAME, **other: Any) -> bytes:
    return made({name: raw}, kind="software", **other)


def after(more: str) -> Change:
    return lambda content: content + more.encode()


def start(held: Box, margin_s: float = 60.0) -> "subprocess.Popen[bytes]":
    """One start of the agent as its unit makes it."""
    settle(held.home)
    home = held.home.folder.parent
    return subprocess.Popen(
        [
            sys.executable,
            "-P",
            "-c",
            "from agent.launch import main; main()",
            "run",
            "--flashed",
            held.home.folder,
        ],
        env={**os.environ, "SANDWATCH_HOME": str(home), "SANDWATCH_TRIAL_MARGIN_S": str(margin_s)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd=home,
        start_new_session=True,
    )


def ends(held: Box, margin_s: float = 60.0) -> int:
    """Start it again and again until the trial is over; how many starts that took."""
    until = time.monotonic() + GIVE_UP_S
    for number in range(1, 20):
        agent = start(held, margin_s)
        try:
            while agent.poll() is None and held.home.software.state().trial is not None:
                assert time.monotonic() < until
                time.sleep(0.1)
            if held.home.software.state().trial is None:
                return number
        finally:
            if agent.poll() is None:
                os.killpg(agent.pid, signal.SIGTERM)
            agent.wait(GIVE_UP_S)
    raise AssertionError("the trial does not end")


def version_that_ran_last(held: Box) -> str:
    with View.open_reading(held.home.folder.parent) as view:
        rows = [json.loads(raw) for raw in view.records()]
    return [str(row["body"]["version"]) for row in rows if row["kind"] == "config.applied"][-1]


def tried(
    folder: Path, changes: Mapping[str, Change], window_s: int = 60, margin_s: float = 60.0
) -> tuple[Box, int]:
    with sending(folder, "gnss", RMC) as receiver:
        held = box(folder, first=made(files(more=f'[gnss]\nsource = "{receiver}"\n'), sequence=1))
        assert held.take(software(release(changes), window_s=window_s)).what == "on_trial"
        return held, ends(held, margin_s)


def last(held: Box) -> str:
    outcome = held.home.software.state().last
    assert outcome is not None
    return f"{outcome.what}: {outcome.detail}"


def test_a_release_that_watches_is_confirmed_and_runs_from_then_on(tmp_path: Path) -> None:
    held, starts = tried(tmp_path, {})
    assert (last(held), starts) == ("confirmed: ", 1)
    assert release_in_force(tmp_path / "state") == tmp_path / "state" / "software" / "a" / "site"
    assert version_that_ran_last(held) == "0.2.0"
    assert releases_of.faults(held.home.software.folder / "a") == []
    (tmp_path / "state" / "software" / "a" / "site" / "agent" / "watch.py").write_text("")
    assert "agent/watch.py" in releases_of.faults(held.home.software.folder / "a")[0]


def test_a_release_that_falls_over_is_back_at_the_software_of_before_after_its_starts(tmp_path: Path) -> None:
    falls = "\n\ndef run_live(*_: object, **__: object) -> None:\n    raise RuntimeError\n"
    held, starts = tried(tmp_path, {"agent/run/build/runs.py": after(falls)})
    assert starts == MOST_STARTS + 1
    assert "did not become healthy" in last(held)
    assert release_in_force(tmp_path / "state") is None


def test_a_release_that_is_deaf_goes_back_by_itself(tmp_path: Path) -> None:
    deaf = "\n\nGnssSource.__iter__ = lambda self: iter(())  # type: ignore\n"
    held, starts = tried(tmp_path, {"hw/gnss.py": after(deaf)}, window_s=2)
    assert (last(held), starts) == ("rolled_back: gnss: nothing good in 2 s", 1)
    assert release_in_force(tmp_path / "state") is None


def test_a_release_that_neither_confirms_nor_goes_back_is_put_back_by_what_was_installed(
    tmp_path: Path,
) -> None:
    silent = "\n\nOnTrial.__call__ = lambda *_: None  # type: ignore\n"
    held, starts = tried(tmp_path, {"agent/run/flash/trial.py": after(silent)}, window_s=2, margin_s=3.0)
    assert (last(held), starts) == ("rolled_back: its agent did not end the trial in 5 s", 1)


FAKE = {"agent/__init__.py": b"", "agent/outbox/schema.py": b"KNOWN = []\n"}


def listing(names: Mapping[str, bytes]) -> bytes:
    """Members by names that no packer writes."""
    raw, record = BytesIO(), "x-1.dist-info/RECORD"
    with zipfile.ZipFile(raw, "w") as archive:
        for name, data in {**names, record: recorded(names, record)}.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return raw.getvalue()


def twice(name: str) -> bytes:
    raw, record = BytesIO(), "x-1.dist-info/RECORD"
    with zipfile.ZipFile(raw, "w") as archive:
        for _ in range(2):
            archive.writestr(name, b"")
        archive.writestr(record, recorded({name: b""}, record))
    return raw.getvalue()


def with_link() -> bytes:
    raw, record = BytesIO(), "x-1.dist-info/RECORD"
    with zipfile.ZipFile(raw, "w") as archive:
        link = zipfile.ZipInfo("agent")
        link.external_attr = 0o120777 << 16
        archive.writestr(link, "/etc")
        archive.writestr(record, recorded({"agent": b"/etc"}, record))
    return raw.getvalue()


def bomb() -> bytes:
    """Its list says that one small member unpacks to 600 MiB."""
    raw = bytearray(packed({"agent/x.py": b""}))
    size = raw.index(b"PK\x01\x02") + 24
    raw[size : size + 4] = (600 << 20).to_bytes(4, "little")
    return bytes(raw)


HOSTILE: dict[str, Callable[[], bytes]] = {
    "text": lambda: b"no archive",
    "a member above": lambda: listing({"../x.py": b""}),
    "a member at the root": lambda: listing({"/etc/x.py": b""}),
    "a member with a Windows path": lambda: listing({"a\\..\\x.py": b""}),
    "a link": with_link,
    "a file twice": lambda: twice("agent/x.py"),
    "no RECORD": lambda: _plain({"agent/x.py": b""}),
    "a file that RECORD does not name": lambda: _plain(
        {"agent/x.py": b"", "x-1.dist-info/RECORD": b"x-1.dist-info/RECORD,,\n"}
    ),
    "more than the limit": bomb,
    "nothing of ours": lambda: packed({"other/__init__.py": b""}),
    "another form of the store": lambda: packed(FAKE),
    "what does not import": lambda: packed({"agent/__init__.py": b"raise RuntimeError('not here')\n"}),
}


def _plain(names: Mapping[str, bytes]) -> bytes:
    raw = BytesIO()
    with zipfile.ZipFile(raw, "w") as archive:
        for name, data in names.items():
            archive.writestr(name, data)
    return raw.getvalue()


def untouched(held: Box) -> dict[str, tuple[bytes, int]]:
    return {path: what for path, what in held.tree().items() if not path.endswith("/software/lock")}


@pytest.fixture(scope="module")
def plain_box(tmp_path_factory: pytest.TempPathFactory) -> Box:
    return box(tmp_path_factory.mktemp("box"))


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_rightly_signed_release_that_is_no_software_for_this_box_changes_nothing(
    name: str, plain_box: Box
) -> None:
    before = untouched(plain_box)
    assert plain_box.refusal(software(HOSTILE[name](), "x-1-py3-none-any.whl")) == Code.BAD_RELEASE
    assert untouched(plain_box) == before


def test_a_release_needs_a_config_by_which_to_try_it_and_is_tried_alone(tmp_path: Path) -> None:
    held = box(tmp_path)
    good = software(release(), sequence=7)
    assert held.take(good).what == "on_trial"
    assert held.refusal(made(sequence=9)) == Code.ON_TRIAL
    assert held.take(good).what == "already"
    roll_back(held.home.software, "by hand")
    assert held.take(made(sequence=9)).what == "on_trial"
    assert held.refusal(good) == Code.ON_TRIAL
    confirm(held.home)
    assert held.take(good).what == "on_trial"
    confirm(held.home.software)
    assert held.refusal(software(release(), sequence=6)) == Code.OLD_SEQUENCE
    assert (held.home.state().sequence, held.home.software.state().sequence) == (9, 7)
    roll_back(held.home, "")
    held.home.swap(None)
    assert held.refusal(software(release(), sequence=8)) == Code.BAD_RELEASE
