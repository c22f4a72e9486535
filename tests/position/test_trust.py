"""Which fixes are believed."""

from datetime import timedelta
from typing import Any

import pytest

from agent.position.trust import Trust
from agent.types import Fix, FixQuality, Reason
from position.voyage_builders import START, fix, lost, voyage


def codes(reasons: tuple[Reason, ...]) -> list[str]:
    return [reason.code for reason in reasons]


TWO_M_S: dict[str, Any] = {"sog_kn": 3.888, "cog_deg": 90.0}


def after_a_minute(trust: Trust) -> None:
    """At 2 m/s to the east."""
    for one in voyage(60, lambda t: (t * 2.0, 0.0), noise_m=1.0, **TWO_M_S):
        assert trust.step(one) == ()


def test_an_hour_at_anchor_and_an_hour_at_twelve_knots_raise_no_doubt() -> None:
    trust = Trust()
    for one in voyage(3600, lambda _: (0.0, 0.0), every=0.5, noise_m=1.0):
        assert trust.step(one) == ()
    for one in voyage(
        3600,
        lambda t: ((t - 3600) * 6.2, 0.0),
        start=3600,
        every=0.5,
        noise_m=1.0,
        sog_kn=12.05,
        cog_deg=90.0,
    ):
        assert trust.step(one) == ()


def test_datum_other_than_wgs84_is_suspect() -> None:
    assert Trust().step(fix(datum="I75")) == (Reason("datum_not_wgs84", {"datum": "I75"}),)


@pytest.mark.parametrize("quality", [FixQuality.ESTIMATED, FixQuality.MANUAL, FixQuality.SIMULATED])
def test_position_that_was_not_measured_is_suspect(quality: FixQuality) -> None:
    assert codes(Trust().step(fix(quality=quality))) == ["position_simulated"]


@pytest.mark.parametrize(
    "quality", [FixQuality.GNSS, FixQuality.DGNSS, FixQuality.PPS, FixQuality.RTK_FIXED, FixQuality.RTK_FLOAT]
)
def test_measured_position_is_believed(quality: FixQuality) -> None:
    assert Trust().step(fix(quality=quality)) == ()


def test_one_glitch_marks_the_seconds_after_it_and_then_is_forgotten() -> None:
    trust = Trust()
    after_a_minute(trust)
    assert codes(trust.step(fix(60, 620.0, **TWO_M_S))) == ["position_jump"]
    doubts = {at: trust.step(fix(at, at * 2.0, **TWO_M_S)) for at in range(61, 120)}
    assert all(codes(doubts[at]) == ["position_jump"] for at in range(61, 90))
    assert all(doubts[at] == () for at in range(92, 120))
    assert doubts[70][0].values["distance_m"] == pytest.approx(
        500.0, abs=8.0
    )  # the way out, not the way back


def test_a_jump_that_stays_is_taken_as_the_new_place_after_the_hold() -> None:
    trust = Trust()
    after_a_minute(trust)
    doubts = [trust.step(fix(at, 3000.0)) for at in range(60, 120)]
    assert all(codes(doubt) == ["position_jump"] for doubt in doubts[:30])
    assert all(doubt == () for doubt in doubts[30:])


def test_a_walk_in_small_quick_steps_is_caught_by_the_older_reference() -> None:
    """Each step of 5 m in 0.1 s hides within both errors; 50 m/s do not."""
    trust = Trust()
    seen: set[str] = set()
    for one in voyage(20, lambda t: (t * 50.0, 0.0), every=0.1):
        seen |= set(codes(trust.step(one)))
    assert "position_jump" in seen


def test_a_difference_within_both_errors_is_no_jump() -> None:
    trust = Trust()
    assert trust.step(fix(0, error_m=40.0)) == ()
    assert codes(trust.step(fix(1, 90.0, error_m=40.0))) == []


def test_far_away_after_hours_without_a_position_is_no_jump() -> None:
    trust = Trust()
    after_a_minute(trust)
    for at in range(60, 7200, 60):
        assert trust.step(lost(at)) == ()
    assert trust.step(fix(7200, 15_000.0)) == ()


@pytest.mark.parametrize("step_s", [-3600.0, -1.5, 1.5, 1024 * 7 * 86400.0])
def test_utc_that_steps_against_the_monotonic_clock_is_suspect(step_s: float) -> None:
    trust = Trust()
    after_a_minute(trust)
    shifted = [
        fix(at, at * 2.0, **TWO_M_S, utc=START + timedelta(seconds=at + step_s)) for at in range(60, 120)
    ]
    doubts = [trust.step(one) for one in shifted]
    assert doubts[0] == (Reason("time_jump", {"seconds": step_s}),)
    assert doubts[29] == doubts[0]
    assert doubts[31] == ()


def test_utc_within_a_second_of_the_monotonic_clock_is_believed() -> None:
    trust = Trust()
    for at in range(100):
        jitter = 0.4 if at % 2 else -0.4
        assert trust.step(fix(at, utc=START + timedelta(seconds=at + jitter))) == ()


def test_a_cheap_oscillator_running_off_during_a_day_without_time_is_no_time_jump() -> None:
    trust = Trust()
    trust.step(fix(0))
    assert trust.step(fix(86_400, utc=START + timedelta(seconds=86_400 + 8))) == ()


def test_stamp_of_another_boot_is_compared_with_nothing() -> None:
    trust = Trust()
    after_a_minute(trust)
    other: Fix = fix(1, 9_000.0, utc=START + timedelta(days=3))
    assert trust.step(other) == ()
