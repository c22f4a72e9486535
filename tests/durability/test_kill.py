"""The process dies at any moment: what it acknowledged is there, once, and the box is back at once."""

import random
import time
from pathlib import Path

import pytest

from agent.outbox.store import Store
from durability.box import Checked, commit_for_ever, forked, numbers
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
