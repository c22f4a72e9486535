"""Still or not, how fast, and the track that is kept."""

import math

import pytest

from agent.position.track import KN_PER_M_S, Motion, Track, TrackLog
from agent.types import Activity, ActivityKind, Body, ClockQuality, Fix, Json, Stamp
from position.voyage_builders import SECOND, fix, lost, voyage


def sail(track: Track, fixes: list[Fix]) -> Motion:
    motion = track.motion(0)
    for one in fixes:
        motion = track.step(one)
    return motion


def test_before_the_first_position_nothing_is_known() -> None:
    track = Track()
    assert track.step(lost(0)) == Motion(None, None, 0.0, 0.0, None)


def test_barge_at_anchor_in_the_noise_of_the_receiver_is_still_for_as_long_as_she_lies() -> None:
    motion = sail(Track(), list(voyage(3600, lambda _: (0.0, 0.0), noise_m=2.5)))
    assert motion.still_s == 3599.0
    assert motion.still_radius_m < 2.0


def test_barge_swinging_on_forty_metres_of_rope_with_the_turn_of_the_tide_stays_still() -> None:
    def swing(t: float) -> tuple[float, float]:
        angle = math.pi * min(t / 1200.0, 1.0)
        return 40.0 * math.sin(angle), 40.0 * math.cos(angle)

    motion = sail(Track(), list(voyage(1800, swing, noise_m=2.0)))
    assert motion.still_s >= 1798.0
    assert motion.still_radius_m > 20.0


def test_warping_along_the_cut_three_metres_a_minute_stays_still() -> None:
    motion = sail(Track(), list(voyage(7200, lambda t: (t / 20.0, 0.0), noise_m=2.0)))
    assert motion.still_s >= 7198.0
    assert motion.still_radius_m == pytest.approx(66.0, abs=4.0)  # half of 44 minutes at 3 m


def test_drifting_at_half_a_knot_is_not_still_for_three_minutes() -> None:
    track = Track()
    longest = max(
        track.step(one).still_s
        for one in voyage(3600, lambda t: (t * 0.5 / KN_PER_M_S, 0.0), noise_m=1.0)
        if one.mono_ns > 600 * SECOND
    )
    assert longest < 300.0


def test_under_way_at_four_knots_is_never_still_for_a_minute() -> None:
    track = Track()
    for one in voyage(600, lambda t: (t * 4.0 / KN_PER_M_S, 0.0), sog_kn=4.0):
        assert track.step(one).still_s < 60.0


def test_one_wild_fix_ends_nothing() -> None:
    track = Track()
    sail(track, list(voyage(600, lambda _: (0.0, 0.0))))
    assert track.step(fix(600, 800.0, 0.0)).still_s == 599.0
    assert track.step(fix(601)).still_s == 601.0


def test_poor_fix_beyond_the_circle_by_less_than_its_error_ends_nothing() -> None:
    track = Track()
    sail(track, list(voyage(600, lambda _: (0.0, 0.0))))
    motion = sail(track, list(voyage(60, lambda _: (70.0, 0.0), start=600, error_m=60.0)))
    assert motion.still_s == 659.0


def test_hours_without_a_position_are_not_stillness() -> None:
    track = Track()
    sail(track, list(voyage(600, lambda _: (0.0, 0.0))))
    assert track.step(fix(7200)).still_s == 0.0


def test_stillness_is_claimed_only_up_to_the_last_position() -> None:
    track = Track()
    sail(track, list(voyage(101, lambda _: (0.0, 0.0))))
    motion = track.motion(160 * SECOND)
    assert (motion.still_s, motion.age_s) == (100.0, 60.0)


def test_stamp_of_another_boot_starts_anew() -> None:
    track = Track()
    sail(track, list(voyage(600, lambda _: (0.0, 0.0))))
    assert track.step(fix(3)).still_s == 0.0


def test_speed_comes_from_displacement_where_the_receiver_gives_none() -> None:
    track = Track()
    motion = sail(track, list(voyage(60, lambda t: (t * 2.0, 0.0), sog_kn=None)))
    assert motion.sog_kn == pytest.approx(2.0 * KN_PER_M_S, rel=0.01)


def test_one_wild_speed_is_smoothed() -> None:
    track = Track()
    sail(track, list(voyage(60, lambda _: (0.0, 0.0), sog_kn=0.1)))
    motion = track.step(fix(60, sog_kn=6.1))
    assert motion.sog_kn == pytest.approx(1.1)


# ── the kept track ────────────────────────────────────────────────────────────────────────────────────


def log_of(fixes: list[Fix], kind: ActivityKind) -> tuple[TrackLog, list[Body]]:
    log = TrackLog()
    bodies: list[Body] = []
    for one in fixes:
        stamp = Stamp(one.mono_ns, one.utc, ClockQuality.GNSS)
        bodies += log.step(one, stamp, Activity(kind, 0, ()))
    return log, bodies


def points(body: Body) -> list[dict[str, Json]]:
    found = body.body["points"]
    assert isinstance(found, list)
    return [point for point in found if isinstance(point, dict)]


def test_under_way_a_point_every_ten_seconds_and_a_record_every_minute() -> None:
    fixes = list(voyage(600, lambda t: (t, 0.0), every=0.1))
    _, bodies = log_of(fixes, ActivityKind.TRANSITING)
    assert len(bodies) == 10
    assert [point["mono_ns"] for point in points(bodies[1])] == [str(s * SECOND) for s in range(60, 120, 10)]


def test_while_lying_a_point_every_minute_and_a_record_every_ten() -> None:
    _, bodies = log_of(list(voyage(3600, lambda _: (0.0, 0.0))), ActivityKind.STATIONARY)
    assert [len(points(body)) for body in bodies] == [10] * 6


def test_point_has_text_stamps_seven_decimals_and_null_for_what_is_not_known() -> None:
    one = fix(1.25, lat_deg=10.123456789, lon_deg=105.987654321, sog_kn=1.234, error_m=None, utc=None)
    log = TrackLog()
    assert (
        log.step(one, Stamp(one.mono_ns, None, ClockQuality.NONE), Activity(ActivityKind.UNKNOWN, 0, ()))
        == ()
    )
    (body,) = log.flush()
    assert body.kind == "track"
    assert points(body) == [
        {
            "mono_ns": "1250000000",
            "utc": None,
            "lat_deg": 10.1234568,
            "lon_deg": 105.9876543,
            "sog_kn": 1.23,
            "cog_deg": None,
            "error_m": None,
            "suspect": [],
        }
    ]
    assert log.flush() == ()


def test_fix_without_position_makes_no_point() -> None:
    log, bodies = log_of([lost(float(s)) for s in range(100)], ActivityKind.UNKNOWN)
    assert bodies == []
    assert log.flush() == ()


def test_points_of_another_boot_get_a_record_of_their_own() -> None:
    _, bodies = log_of([fix(1000.0), fix(1010.0), fix(5.0)], ActivityKind.TRANSITING)
    assert [len(points(body)) for body in bodies] == [2]
