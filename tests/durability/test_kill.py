"""The process dies at any moment: what it acknowledged is there, once, and the box is back at once."""

import os
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from agent.errors import StoreError
from agent.event import chain
from agent.outbox.database import DATABASE
from agent.outbox.store import Store
from agent.outbox.view import View
from agent.run import identity
from durability.box import Checked, commit_for_ever, forked, numbers
from e2e.boat_and_shore import ROOT
from e2e.receiver import receiver
from outbox.outbox_builders import DEVICE

KILLS_PER_BOX = 100
START_LIMIT_S = 3.0


def kill(folder: Path, kills: int, seed: int = 2026) -> tuple[int, float]:
    """Acknowledged records in all, and the longest start."""
    chance = random.Random(seed)
    slowest = 0.0
    total = acknowledged = 0
    for number in range(kills):
        if number % KILLS_PER_BOX == 0:
            box, checked, acknowledged = folder / str(number), Checked(), 0
        child = forked(commit_for_ever(box))
        started = child.line()
        slowest = max(slowest, float(started))
        for _ in range(chance.randint(1, 12)):
            acknowledged = int(child.line())
            total += 1
        for _ in range(chance.randrange(3000)):  # no time, only another point of the next commit
            pass
        late = list(numbers(child.kill()))
        total += len(late)
        acknowledged = max([acknowledged, *late])
        begun = time.monotonic()
        with Store.open(box, DEVICE) as store:
            slowest = max(slowest, time.monotonic() - begun)
            checked.look(store, acknowledged)
            assert store.segment() == 0
    return total, slowest


def test_a_box_killed_at_any_moment_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    total, _ = kill(tmp_path, 25)
    assert total >= 25


@pytest.mark.soak
def test_kill_a_thousand_times(tmp_path: Path) -> None:
    total, slowest = kill(tmp_path, 1000)
    print(f"\n1000 kills, {total} records acknowledged, 0 lost, 0 twice; slowest start {slowest:.2f} s")  # noqa: T201
    assert slowest < START_LIMIT_S


# ── the whole program, from exec on ───────────────────────────────────────────────────────────────────


LICENCE = ROOT / "config" / "licences" / "example-tan-loc.geojson"
READY_WITHIN_S = 60.0


def kill_program(folder: Path, kills: int, seed: int = 2026) -> tuple[float, float, int]:
    """`sandwatch run` with a receiver, killed and started again; the longest start, by clock and by processor.

    Ready is when the first record of the new run is durable: that the box was off, from when to when. What
    another process reads from the store is committed; none of it may be missing after the kill.
    """
    chance = random.Random(seed)
    state, config = folder / "state", folder / "agent.toml"
    slowest = busiest = 0.0
    known = chain.Head()
    with receiver() as line:
        config.write_text(
            f'[device]\nid = "{DEVICE}"\n[own_vessel]\nkind = "dredger"\n[gnss]\nsource = "{line}"\n'
            f'[licences]\nfiles = ["{LICENCE}"]\n'
        )
        command = [sys.executable, "-m", "agent", "run", "-c", str(config), "--state", str(state)]
        for _ in range(kills):
            begun = time.monotonic()
            box = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            try:
                wait_for_more(state, known, box)
                slowest = max(slowest, time.monotonic() - begun)
                busiest = max(busiest, processor_s(box.pid))
                time.sleep(chance.uniform(0.0, 1.5))
                known = head(state)
            finally:
                box.kill()
                box.wait()
            with View.open_reading(state) as view:
                raws = list(view.records())
            public = identity.device_key(state / identity.KEY_FILE, make=False).public_key()
            assert list(chain.faults(raws, public, chain.Head())) == []
            assert chain.read_record(raws[known.seq - 1]).hash == known.hash
            known = head(state)
    return slowest, busiest, known.seq


def head(state: Path) -> chain.Head:
    with View.open_reading(state) as view:
        return view.head()


def wait_for_more(state: Path, known: chain.Head, box: "subprocess.Popen[bytes]") -> None:
    """Until the store holds a record behind `known`."""
    give_up = time.monotonic() + READY_WITHIN_S
    while not (state / DATABASE).exists() or not _has_more(state, known):
        assert box.poll() is None, "the box ended by itself"
        assert time.monotonic() < give_up, "the box is not ready"
        time.sleep(0.01)


def _has_more(state: Path, known: chain.Head) -> bool:
    try:
        return head(state).seq > known.seq
    except StoreError:
        return False  # it is just being made


def processor_s(pid: int) -> float:
    """Seconds of processor that a process has used, in user and system mode."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_the_whole_program_is_back_after_a_kill_and_goes_on_where_it_stood(tmp_path: Path) -> None:
    _, _, records = kill_program(tmp_path, 3)
    assert records >= 3


@pytest.mark.soak
def test_kill_the_whole_program_a_hundred_times(tmp_path: Path) -> None:
    slowest, busiest, records = kill_program(tmp_path, 100)
    print(  # noqa: T201
        f"\n100 kills of sandwatch run, {records} records, 0 lost; from exec to the first durable record of the run "
        f"at most {slowest:.2f} s, {busiest:.2f} s of it on a processor"
    )
    assert slowest < START_LIMIT_S
