"""What the box believes about the time."""

from datetime import UTC, datetime, timedelta

import pytest

from agent.ports import Clock
from agent.types import ClockQuality
from hw.clock import WRITTEN, SystemClock, judged, system_is_synchronised
from hw.fakes import FakeClock

LATER = WRITTEN + timedelta(days=30)


def test_a_clock_that_starts_in_1970_has_no_time_even_if_it_claims_to_be_synchronised() -> None:
    assert judged(datetime(1970, 1, 1, tzinfo=UTC), synchronised=True) == (None, ClockQuality.NONE)


def test_a_date_kept_over_a_power_cut_is_only_saved() -> None:
    assert judged(LATER, synchronised=False) == (LATER, ClockQuality.SAVED)


def test_a_synchronised_clock_is_as_good_as_its_servers() -> None:
    assert judged(LATER, synchronised=True) == (LATER, ClockQuality.NTP)


def test_the_system_clock_goes_on_and_its_utc_has_a_zone() -> None:
    clock: Clock = SystemClock(synchronised=lambda: False)
    before = clock.mono_ns()
    utc, quality = clock.utc()
    assert clock.mono_ns() >= before
    assert quality in {ClockQuality.SAVED, ClockQuality.NONE}
    assert utc is None or utc.tzinfo is UTC


def test_asking_the_kernel_whether_it_is_synchronised_does_no_harm() -> None:
    assert system_is_synchronised() in {True, False}


def test_the_fake_clock_stands_still_until_it_is_advanced() -> None:
    clock: Clock = FakeClock(LATER)
    assert clock.mono_ns() == 0
    assert isinstance(clock, FakeClock)
    clock.advance(1.5)
    assert clock.mono_ns() == 1_500_000_000
    assert clock.utc() == (LATER + timedelta(seconds=1.5), ClockQuality.NTP)
    clock.set_utc(None)
    assert clock.utc() == (None, ClockQuality.NONE)
    assert clock.mono_ns() == 1_500_000_000


def test_the_fake_clock_refuses_to_go_back() -> None:
    with pytest.raises(ValueError, match="cannot be advanced"):
        FakeClock().advance(-1)
