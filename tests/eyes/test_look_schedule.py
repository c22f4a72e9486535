"""Which frame is due is told from stamps alone."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.eyes.schedule import Schedule

MS = 1_000_000


def looks(schedule: Schedule, stamps_ms: list[int]) -> list[int]:
    taken = []
    for at in stamps_ms:
        if schedule.due(at * MS):
            schedule.seen(at * MS)
            taken.append(at)
    return taken


def test_first_picture_is_always_looked_at() -> None:
    assert looks(Schedule(60.0), [123_456]) == [123_456]


def test_mean_rate_is_kept_though_pictures_fall_between_the_due_moments() -> None:
    every_40_ms = list(range(0, 10_001, 40))
    taken = looks(Schedule(0.5), every_40_ms)
    assert taken[:4] == [0, 520, 1000, 1520]
    assert len(taken) == 21


def test_interval_zero_takes_every_picture() -> None:
    assert looks(Schedule(0), [0, 40, 80, 80, 120]) == [0, 40, 80, 80, 120]


def test_gap_is_not_made_up_for_by_a_burst_of_looks() -> None:
    assert looks(Schedule(1.0), [0, 1000, 61_000, 61_040, 61_080, 62_000]) == [0, 1000, 61_000, 62_000]


def test_faster_look_counts_from_the_last_one() -> None:
    schedule = Schedule(10.0)
    assert looks(schedule, [0, 1000]) == [0]
    schedule.look(0.5)
    assert looks(schedule, [1040, 1080, 1560]) == [1040, 1560]


def test_slower_look_counts_from_the_last_one() -> None:
    schedule = Schedule(0.5)
    assert looks(schedule, [0, 500]) == [0, 500]
    schedule.look(2.0)
    assert looks(schedule, [1000, 2400, 2500]) == [2500]


def test_stamps_that_begin_anew_are_looked_at_from_the_first() -> None:
    assert looks(Schedule(1.0), [50_000, 51_000, 0, 500, 1000]) == [50_000, 51_000, 0, 1000]


@pytest.mark.parametrize("interval_s", [-0.1, math.nan, math.inf])
def test_impossible_interval_is_refused_with_a_sentence(interval_s: float) -> None:
    with pytest.raises(ValueError, match="finite number of seconds"):
        Schedule(interval_s)


@given(
    interval_ms=st.integers(0, 5000),
    stamps_ms=st.lists(st.integers(0, 100_000), max_size=60).map(sorted),
)
def test_looks_never_come_faster_than_twice_the_rate_and_are_the_same_in_every_replay(
    interval_ms: int, stamps_ms: list[int]
) -> None:
    taken = looks(Schedule(interval_ms / 1000), stamps_ms)
    assert taken == looks(Schedule(interval_ms / 1000), stamps_ms)
    # Over any stretch: one look for each interval in it, and one more.
    for first in range(len(taken)):
        for last in range(first + 1, len(taken)):
            assert (last - first - 1) * interval_ms <= taken[last] - taken[first]
