"""The link goes down at random bytes: nothing is lost, nothing doubled, little sent again (9.8 of reliability.md)."""

import os
import random
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from link.crossing import DROP_BYTES, Crossing, crossing, mobile
from link.network import Cable, cable

CLIP_BYTES = 5_000_000
CUT_WITHIN_S = 300.0  # at 384 kbit/s the longest stretch takes two minutes
RESENT_AT_MOST = 0.15


def cross_with_drops(folder: Path, haste: float, drops: int, lanes: int = 1, seed: int = 8) -> float:
    """So many drops, each after 0 to 5.76 MB (a minute of 384 kbit/s on average); the share sent again.

    A lane is a box, a link and a station of its own; lanes run at once, because most of it is waiting.
    """
    with ThreadPoolExecutor(lanes) as pool:
        work = [
            pool.submit(one_lane, folder / f"lane-{lane}", haste, drops // lanes, seed + lane)
            for lane in range(lanes)
        ]
        both = [each.result() for each in work]
    whole, again = sum(size for size, _ in both), sum(twice for _, twice in both)
    print(f"{drops} drops in {lanes} lane(s), {whole} bytes, {again / whole:.2%} sent again")  # noqa: T201
    return again / whole


def one_lane(folder: Path, haste: float, drops: int, seed: int) -> tuple[int, int]:
    """Bytes of evidence in all, and bytes that the station received twice."""
    folder.mkdir(parents=True)
    chance = random.Random(seed)
    with cable(mobile(haste)) as line, crossing(folder, haste, line, seed) as both:
        fill(both, drops)
        for _ in range(drops):
            both.tap.cut_after(chance.randint(1, 2 * DROP_BYTES))
            assert both.tap.cut.wait(CUT_WITHIN_S), "nothing was left to send before the last drop"
            drop(line, both, chance.uniform(0.05, 0.5))
        line.rate(mobile(100))  # the drops are over; what is left only has to arrive
        both.wait_for("all", 600)
        both.check_nothing_lost_or_doubled()
        return both.store.counts().evidence_bytes, both.resent_bytes()


def fill(both: Crossing, drops: int) -> None:
    """Clips with their stills, enough that the last drop finds something under way (three sigma)."""
    needed = DROP_BYTES * (drops + 3 * drops**0.5)
    for number in range(2 + int(needed / CLIP_BYTES)):
        both.keep(f"e{number}", 40_000, CLIP_BYTES)


def drop(line: Cable, both: Crossing, seconds: float) -> None:
    line.down()
    both.tap.end_all()  # the station sees the end at once, the boat when the link is back: half open till then
    time.sleep(seconds)
    line.up()


def test_nothing_is_lost_or_doubled_by_drops_at_random_bytes(tmp_path: Path) -> None:
    assert cross_with_drops(tmp_path, haste=30, drops=6) <= RESENT_AT_MOST


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_drops_a_thousand_times(tmp_path: Path) -> None:
    """A hundred times as fast, so that a drop costs its seven seconds of finding out and little else."""
    drops = int(os.environ.get("DROPS", "1000"))
    assert cross_with_drops(tmp_path, haste=100, drops=drops, lanes=4) <= RESENT_AT_MOST


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_drops_fifty_times_at_384_kbit_s(tmp_path: Path) -> None:
    """Real time and the time limits of the product: more than an hour of the river in half an hour."""
    drops = int(os.environ.get("DROPS", "50"))
    assert cross_with_drops(tmp_path, haste=1, drops=drops, lanes=2) <= RESENT_AT_MOST
