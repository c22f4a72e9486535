"""Transiting, stationary, moored or unknown, from position alone."""

import json
import math
from collections.abc import Iterable
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.activity.recogniser import Recogniser
from agent.position.track import Motion, Track
from agent.types import Activity, ActivityKind, Fix
from position.voyage_builders import SECOND, lost, voyage

TRANSITING, STATIONARY, MOORED, UNKNOWN = (
    ActivityKind.TRANSITING,
    ActivityKind.STATIONARY,
    ActivityKind.MOORED,
    ActivityKind.UNKNOWN,
)


def watch(fixes: Iterable[Fix], track: Track | None = None, eyes: Recogniser | None = None) -> list[Activity]:
    track, eyes = track or Track(), eyes or Recogniser()
    return [eyes.step(track.step(one), one.mono_ns) for one in fixes]


def kinds(activities: Iterable[Activity]) -> list[ActivityKind]:
    """The kinds in their order, each run of one kind once."""
    found: list[ActivityKind] = []
    for activity in activities:
        if not found or found[-1] is not activity.kind:
            found.append(activity.kind)
    return found


def codes(activity: Activity) -> list[str]:
    return [reason.code for reason in activity.because]


def test_without_a_position_nothing_is_known() -> None:
    (activity,) = watch([lost(0)])
    assert activity.kind is UNKNOWN
    assert codes(activity) == ["no_position"]


def test_barge_that_arrives_and_drops_anchor_is_stationary_after_three_minutes() -> None:
    track, eyes = Track(), Recogniser()
    under_way = watch(voyage(300, lambda t: (t * 2.0, 0.0), sog_kn=3.9), track, eyes)
    assert kinds(under_way) == [UNKNOWN, TRANSITING]
    assert codes(under_way[-1]) == ["sog_high", "position_only"]
    at_anchor = watch(voyage(600, lambda _: (600.0, 0.0), start=300, noise_m=2.0), track, eyes)
    assert kinds(at_anchor) == [TRANSITING, UNKNOWN, STATIONARY]
    assert codes(at_anchor[100]) == ["still_not_long", "position_only"]
    assert codes(at_anchor[-1]) == ["still_for", "position_only"]
    since_s = at_anchor[-1].since_mono_ns / SECOND - 300
    assert 180 <= since_s <= 215


def test_still_reason_claims_no_more_minutes_than_the_radius_was_measured_over() -> None:
    activities = watch(voyage(4 * 3600, lambda t: (t / 20.0, 0.0), noise_m=1.0))
    assert activities[-1].because[0].values["minutes"] == 45


def test_barge_lying_fast_is_moored_after_three_quarters_of_an_hour() -> None:
    activities = watch(voyage(3600, lambda _: (0.0, 0.0), noise_m=2.5))
    assert kinds(activities) == [UNKNOWN, STATIONARY, MOORED]
    assert 2700 <= activities[-1].since_mono_ns / SECOND <= 2760


def test_barge_swinging_on_her_anchor_is_stationary_never_moored_and_does_not_flap() -> None:
    def swing(t: float) -> tuple[float, float]:
        angle = math.pi * math.sin(t / 1800.0)
        return 35.0 * math.sin(angle), 35.0 * math.cos(angle)

    assert kinds(watch(voyage(4 * 3600, swing, noise_m=2.5))) == [UNKNOWN, STATIONARY]


def test_grab_swinging_the_antenna_about_does_not_look_like_a_voyage() -> None:
    """A crane house turning for ten seconds a minute shows 3 kn over ground and goes nowhere."""
    fixes = [
        Fix(one.mono_ns, one.utc, one.lat_deg, one.lon_deg, one.quality, sog_kn=3.0, error_m=5.0)
        if one.mono_ns // SECOND % 60 < 10
        else one
        for one in voyage(3000, lambda t: (5.0 * math.sin(t), 0.0), noise_m=1.0)
    ]
    assert TRANSITING not in kinds(watch(fixes))


def test_speed_wavering_about_the_limit_does_not_flap() -> None:
    """1.5 kn is the limit to begin a voyage, 1.0 kn to end it; between them nothing changes."""
    activities: list[Activity] = []
    track, eyes = Track(), Recogniser()
    activities += watch(voyage(120, lambda t: (t, 0.0), sog_kn=2.5), track, eyes)
    for number in range(20):
        sog_kn = 1.6 if number % 2 else 1.1
        start = 120.0 + number * 30
        activities += watch(voyage(30, lambda t: (t * 0.7, 0.0), start=start, sog_kn=sog_kn), track, eyes)
    assert kinds(activities) == [UNKNOWN, TRANSITING]


def test_slow_drift_that_leaves_the_circle_now_and_then_stays_stationary() -> None:
    drift = voyage(2 * 3600, lambda t: (t * 8.0 / 60.0, 0.0), noise_m=1.0)
    assert kinds(watch(drift)) == [UNKNOWN, STATIONARY]


def test_departure_is_seen_within_a_minute() -> None:
    track, eyes = Track(), Recogniser()
    watch(voyage(900, lambda _: (0.0, 0.0), noise_m=1.0), track, eyes)
    leaving = watch(voyage(120, lambda t: ((t - 900) * 2.0, 0.0), start=900, sog_kn=3.9), track, eyes)
    assert kinds(leaving) == [STATIONARY, TRANSITING]
    assert leaving[-1].since_mono_ns / SECOND - 900 <= 60


def test_lost_position_is_unknown_after_a_minute_and_the_stillness_goes_on_after_it() -> None:
    track, eyes = Track(), Recogniser()
    watch(voyage(900, lambda _: (0.0, 0.0)), track, eyes)
    silent = watch([lost(float(at)) for at in range(900, 1080)], track, eyes)
    assert kinds(silent) == [STATIONARY, UNKNOWN]
    assert codes(silent[-1]) == ["no_position"]
    assert silent[-1].since_mono_ns == 960 * SECOND
    assert kinds(watch(voyage(10, lambda _: (0.0, 0.0), start=1080), track, eyes)) == [STATIONARY]


def test_stamp_of_another_boot_starts_anew() -> None:
    track, eyes = Track(), Recogniser()
    watch(voyage(900, lambda _: (0.0, 0.0)), track, eyes)
    (activity,) = watch(voyage(1, lambda _: (0.0, 0.0), start=5), track, eyes)
    assert (activity.kind, activity.since_mono_ns) == (UNKNOWN, 5 * SECOND)


motions = st.builds(
    Motion,
    fix=st.none(),
    age_s=st.one_of(st.none(), st.sampled_from([0.0, 0.0, 30.0, 61.0])),
    still_s=st.sampled_from([0.0, 179.9, 180.0, 2699.0, 2700.0, 9000.0]),
    still_radius_m=st.sampled_from([0.0, 7.9, 8.1, 11.9, 12.1]),
    sog_kn=st.one_of(st.none(), st.sampled_from([0.0, 0.9, 1.2, 1.6, 5.0])),
)
moments = st.lists(
    st.tuples(motions, st.sampled_from([0.1, 1.0, 10.0, 100.0, 400.0])), min_size=1, max_size=60
)


@settings(max_examples=200, deadline=None)
@given(moments, st.data())
def test_recogniser_taken_up_again_goes_on_bit_for_bit(
    rows: list[tuple[Motion, float]], data: st.DataObject
) -> None:
    cut = data.draw(st.integers(0, len(rows) - 1))
    stamps = [10**18]
    for _, dt_s in rows:
        stamps.append(stamps[-1] + int(dt_s * SECOND))
    steps = [(motion, stamp) for (motion, _), stamp in zip(rows, stamps, strict=False)]
    eyes = Recogniser()
    for motion, stamp in steps[:cut]:
        eyes.step(motion, stamp)
    kept = json.dumps(eyes.snapshot())
    straight = [eyes.step(*step) for step in steps[cut:]]
    again = Recogniser()
    again.restore(json.loads(kept))
    assert [again.step(*step) for step in steps[cut:]] == straight
    assert again.snapshot() == eyes.snapshot()


@settings(max_examples=200, deadline=None)
@given(moments)
def test_since_is_when_the_kind_began(rows: list[tuple[Motion, float]]) -> None:
    eyes, stamp = Recogniser(), 0
    activities: list[tuple[int, Activity]] = []
    for motion, dt_s in rows:
        stamp += int(dt_s * SECOND)
        activities.append((stamp, eyes.step(motion, stamp)))
    for (_, before), (at, activity) in pairwise(activities):
        assert activity.since_mono_ns == (before.since_mono_ns if before.kind is activity.kind else at)
