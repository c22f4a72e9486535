"""Chunks are about six seconds of air time, and what breaks off again and again gets smaller."""

import pytest

from agent.outbox.pace import BROKEN_BYTES, FIRST_BYTES, LEAST_BYTES, MOST_BYTES, Pace


def settled(bytes_a_second: float, times: int = 12) -> int:
    pace = Pace()
    for _ in range(times):
        pace.took(pace.chunk_bytes, pace.chunk_bytes / bytes_a_second)
    return pace.chunk_bytes


@pytest.mark.parametrize(
    ("bytes_a_second", "chunk_bytes"),
    [(1_000, LEAST_BYTES), (48_000, 278_528), (100_000, 589_824), (5_000_000, MOST_BYTES)],
)
def test_chunk_is_six_seconds_of_the_link(bytes_a_second: float, chunk_bytes: int) -> None:
    assert settled(bytes_a_second) == chunk_bytes


def test_one_lucky_second_is_no_measurement() -> None:
    pace = Pace()
    pace.took(FIRST_BYTES, 0.001)
    assert pace.chunk_bytes == 2 * FIRST_BYTES


def test_link_that_never_stands_for_a_chunk_still_carries_something() -> None:
    pace = Pace()
    for _ in range(20):
        pace.broke()
    assert pace.chunk_bytes == BROKEN_BYTES
    pace.took(BROKEN_BYTES, 0.3)
    assert pace.chunk_bytes == 2 * BROKEN_BYTES


def test_size_the_station_refused_is_never_offered_again() -> None:
    pace = Pace()
    assert pace.refused() == FIRST_BYTES // 2
    for _ in range(9):
        pace.took(pace.chunk_bytes, 0.01)
    assert pace.chunk_bytes == FIRST_BYTES // 2


def test_chunk_of_no_measurable_time_changes_nothing() -> None:
    pace = Pace()
    pace.took(FIRST_BYTES, 0)
    assert pace.chunk_bytes == FIRST_BYTES
