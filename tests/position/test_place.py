"""Where the gear is said to be, and how sure that is."""

import json
import random
from math import hypot
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.position.antenna import REACH_UNMEASURED_M, AntennaSettings, Gear
from agent.position.bound import ReceiverClass, averaged, floor_m
from agent.position.place import GearPlace, Places, PlaceSettings
from agent.position.track import Track
from agent.types import Fix, FixQuality, Heading
from position.voyage_builders import HERE, SECOND, fix, voyage

GEAR = Gear(forward_m=12.0, right_m=3.0, sweep_m=4.0)


def kit(
    receiver: ReceiverClass = ReceiverClass.SINGLE_FREQUENCY,
    gear: Gear | None = GEAR,
    offset_deg: float = 0.0,
) -> Places:
    return Places(PlaceSettings(receiver, AntennaSettings(gear=gear, heading_offset_deg=offset_deg)))


def once(places: Places, one: Fix) -> GearPlace:
    place = places.step(one, Track().step(one))
    assert place is not None
    return place


def from_antenna(place: GearPlace, one: Fix) -> tuple[float, float]:
    assert one.lat_deg is not None
    assert one.lon_deg is not None
    east, north = HERE.metres(place.lat_deg, place.lon_deg)
    east0, north0 = HERE.metres(one.lat_deg, one.lon_deg)
    return east - east0, north - north0


def codes(place: GearPlace) -> list[str]:
    return [reason.code for reason in place.notes]


@pytest.mark.parametrize(
    ("heading_deg", "east", "north"),
    [(0.0, 3.0, 12.0), (90.0, 12.0, -3.0), (180.0, -3.0, -12.0), (270.0, -12.0, 3.0)],
)
def test_gear_lies_ahead_and_to_starboard_of_the_antenna_whichever_way_the_hull_lies(
    heading_deg: float, east: float, north: float
) -> None:
    places = kit()
    places.heard(Heading(0, heading_deg))
    place = once(places, fix())
    assert from_antenna(place, fix()) == pytest.approx((east, north), abs=1e-3)
    assert place.notes == ()


def test_antennas_mounted_across_the_hull_are_turned_back() -> None:
    places = kit(offset_deg=-90.0)
    places.heard(Heading(0, 90.0))
    assert from_antenna(once(places, fix()), fix()) == pytest.approx((3.0, 12.0), abs=1e-3)


def test_without_a_heading_the_error_grows_by_the_whole_reach_of_the_gear() -> None:
    known = kit()
    known.heard(Heading(0, 10.0))
    unknown = once(kit(), fix())
    assert codes(unknown) == ["heading_unknown"]
    assert from_antenna(unknown, fix()) == (0.0, 0.0)
    assert unknown.error_m - once(known, fix()).error_m == pytest.approx(GEAR.arm_m, abs=0.1)


def test_old_heading_is_no_heading() -> None:
    places = kit()
    places.heard(Heading(0, 10.0))
    assert codes(once(places, fix(4.0))) == ["heading_unknown"]


def test_under_way_the_course_stands_in_for_the_heading_and_at_rest_it_does_not() -> None:
    under_way = once(kit(), fix(sog_kn=4.0, cog_deg=90.0))
    assert from_antenna(under_way, fix()) == pytest.approx((12.0, -3.0), abs=1e-3)
    assert codes(once(kit(), fix(sog_kn=0.4, cog_deg=90.0))) == ["heading_unknown"]


def test_lever_arm_that_nobody_measured_costs_twenty_metres_and_is_said() -> None:
    place = once(kit(gear=None), fix())
    assert codes(place) == ["gear_unmeasured"]
    assert place.error_m > REACH_UNMEASURED_M
    patrol = Places(PlaceSettings(antenna=AntennaSettings(fitted=False)))
    assert once(patrol, fix()).error_m < 8.0


def test_error_that_the_receiver_does_not_state_is_taken_as_fifteen_metres_and_said() -> None:
    places = kit()
    places.heard(Heading(0, 0.0))
    place = once(places, fix(error_m=None))
    assert codes(place) == ["error_unstated"]
    assert place.error_m > 15.0


def test_rtk_counts_only_from_a_receiver_that_can_do_it() -> None:
    rtk = fix(quality=FixQuality.RTK_FIXED, error_m=0.06)
    good, bold = kit(ReceiverClass.RTK), kit(ReceiverClass.SINGLE_FREQUENCY)
    for places in (good, bold):
        places.heard(Heading(0, 0.0))
    assert once(good, rtk).error_m < GEAR.sweep_m + 1.0
    assert once(bold, rtk).error_m > GEAR.sweep_m + floor_m(ReceiverClass.SINGLE_FREQUENCY, FixQuality.GNSS)
    float_m, fixed_m = (floor_m(ReceiverClass.RTK, q) for q in (FixQuality.RTK_FLOAT, FixQuality.RTK_FIXED))
    assert fixed_m < float_m < floor_m(ReceiverClass.RTK, FixQuality.GNSS)


def rest(places: Places, hours: float, noise_m: float = 0.0, **other: Any) -> list[GearPlace]:
    track = Track()
    found = []
    for one in voyage(hours * 3600, lambda _: (0.0, 0.0), every=10.0, noise_m=noise_m, **other):
        place = places.step(one, track.step(one))
        assert place is not None
        found.append(place)
    return found


@pytest.mark.parametrize("receiver", ReceiverClass)
def test_no_time_at_rest_takes_the_error_below_the_floor_of_the_receiver(receiver: ReceiverClass) -> None:
    places = kit(receiver, Gear(0.0, 0.0, 0.0, 0.05))
    bounds = [place.error_m for place in rest(places, 12.0, error_m=5.0)]
    assert bounds[-1] < bounds[0]
    assert min(bounds) > floor_m(receiver, FixQuality.GNSS)


def test_mean_of_an_hour_is_hardly_better_than_one_fix_because_the_error_keeps_its_sign() -> None:
    assert averaged(0.0) == 1.0
    assert averaged(3600.0) == pytest.approx(0.858, abs=0.001)
    assert averaged(4 * 3600.0) == pytest.approx(0.614, abs=0.001)


def test_noise_of_single_fixes_is_averaged_away_in_the_place_and_the_span_is_said() -> None:
    last = rest(kit(), 1.0, noise_m=2.5)[-1]
    east, north = HERE.metres(last.lat_deg, last.lon_deg)
    assert hypot(east, north) < 0.7
    assert last.mean_s == pytest.approx(3590.0, abs=60.0)
    assert last.notes[0].code == "mean_of"
    assert last.notes[0].values["minutes"] == pytest.approx(59, abs=1)


def test_warping_barge_is_where_she_is_now_and_not_where_she_was_half_an_hour_ago() -> None:
    places, track = kit(), Track()
    for one in voyage(3600, lambda t: (t / 20.0, 0.0), noise_m=0.3):
        place = places.step(one, track.step(one))
    assert place is not None
    east, _ = HERE.metres(place.lat_deg, place.lon_deg)
    assert 180.0 - east < 6.0
    assert place.mean_s < 300.0


def test_suspect_fix_enters_no_mean() -> None:
    places, track = kit(), Track()
    for one in voyage(600, lambda _: (0.0, 0.0)):
        places.step(one, track.step(one))
    wild = fix(600, 400.0)
    alone = places.step(wild, track.step(wild), suspect=True)
    after = fix(601)
    place = places.step(after, track.step(after))
    assert alone is not None
    assert place is not None
    assert HERE.metres(alone.lat_deg, alone.lon_deg)[0] == pytest.approx(400.0, abs=0.01)
    assert HERE.metres(place.lat_deg, place.lon_deg) == pytest.approx((0.0, 0.0), abs=0.01)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 10_000), st.integers(1, 700), st.sampled_from([3, 7]))
def test_places_taken_up_again_go_on_bit_for_bit(seed: int, cut: int, every: int) -> None:
    chance = random.Random(seed)
    fixes = list(voyage(800, lambda t: (chance.gauss(0, 3), t * chance.choice((0.0, 0.3))), seed=seed))
    motions = [track.step(one) for track in [Track()] for one in fixes]

    def run(places: Places, begin: int, end: int) -> list[GearPlace | None]:
        found = []
        for one, motion in zip(fixes[begin:end], motions[begin:end], strict=True):
            if one.mono_ns % (every * SECOND) == 0:
                places.heard(Heading(one.mono_ns, one.mono_ns / SECOND % 360.0))
            found.append(places.step(one, motion, suspect=one.mono_ns % (11 * SECOND) == 0))
        return found

    places = kit()
    run(places, 0, cut)
    kept = json.dumps(places.snapshot())
    straight = run(places, cut, len(fixes))
    again = kit()
    again.restore(json.loads(kept))
    assert run(again, cut, len(fixes)) == straight
    assert again.snapshot() == places.snapshot()
