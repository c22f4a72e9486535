"""Cycles of the gear, counted three ways."""

from collections.abc import Iterable

import pytest

from activity.gear_builders import SECOND, bucket_at, grab, look, region, swinging, wavering
from agent.activity.bucket import Bucket, Cycle, Phase, Seen
from agent.activity.gear import Counted, Gear, GearSettings
from agent.types import Observation

DRAWN = ((0.2, 0.05), (0.9, 0.05), (0.9, 0.7), (0.2, 0.7))


def count(looks: Iterable[Observation], gear: Gear | None = None) -> list[Counted]:
    gear = gear or Gear()
    return [cycle for seen in looks for cycle in gear.step(seen)]


def dumps(to_s: float, period_s: float) -> int:
    """How many dumps ended, with the bucket on its way back for a moment."""
    return sum((number + 0.72) * period_s < to_s for number in range(int(to_s / period_s) + 1))


@pytest.mark.parametrize("period_s", [25.0, 40.0, 60.0, 110.0])
def test_each_dump_of_a_grab_is_one_cycle_at_its_own_time(period_s: float) -> None:
    cycles = count(grab(900, period_s=period_s))
    assert len(cycles) == dumps(900, period_s)
    assert {cycle.by for cycle in cycles} == {"bucket"}
    for number, cycle in enumerate(cycles):
        assert abs(cycle.mono_ns / SECOND - (number + 0.66) * period_s) < 0.1 * period_s


def test_a_bucket_missed_in_half_of_the_looks_is_still_counted() -> None:
    assert abs(len(count(grab(1200, missed=0.5))) - 20) <= 1


def test_where_the_bucket_is_seldom_found_the_outline_of_the_crane_is_counted() -> None:
    cycles = count(grab(1200, missed=0.85))
    assert {cycle.by for cycle in cycles} == {"box"}
    assert abs(len(cycles) - 20) <= 2


def test_a_drawn_region_counts_without_any_detector() -> None:
    cycles = count(swinging(1200), Gear(GearSettings(region=DRAWN)))
    assert {cycle.by for cycle in cycles} == {"region"}
    assert abs(len(cycles) - 20) <= 1


def test_water_sway_and_people_in_the_region_are_no_cycles() -> None:
    assert count(wavering(3600), Gear(GearSettings(region=DRAWN))) == []


def test_a_boat_that_crosses_the_region_once_is_no_cycle() -> None:
    passing = [look(at, gear=region([(at / 40.0, 1.0)] if at < 40 else [])) for at in range(400)]
    assert count(passing, Gear(GearSettings(region=DRAWN))) == []


def test_a_bucket_lost_in_its_swing_is_not_counted() -> None:
    bucket = Bucket()
    cycles: list[Cycle] = []
    for at in range(600):
        place = bucket_at(float(at), 60.0)
        hidden = 300 <= at < 420 and place is not None and place[0] > 110
        seen = (
            None
            if place is None or hidden
            else Seen(at * SECOND, place[0] / 320, place[1] / 180, in_hold=False)
        )
        cycles += bucket.step(at * SECOND, seen)
    assert len(cycles) == 8
    assert not [cycle for cycle in cycles if 305 < cycle.mono_ns / SECOND < 420]


def test_a_bucket_that_stays_up_for_minutes_is_lost_and_no_cycle_comes_of_it() -> None:
    bucket = Bucket()
    for at in range(200):
        place = bucket_at(float(at), 60.0) or (90.0, 110.0)
        bucket.step(at * SECOND, Seen(at * SECOND, place[0] / 320, place[1] / 180, in_hold=False))
    parked = [
        bucket.step(at * SECOND, Seen(at * SECOND, 160 / 320, 50 / 180, in_hold=False))
        for at in range(200, 500)
    ]
    assert not any(parked)
    assert bucket.state.phase is Phase.LOST


def test_bucket_that_dives_beside_the_hold_takes_from_the_water() -> None:
    cycles = count(grab(600))
    assert sum(cycle.from_water for cycle in cycles) >= len(cycles) - 1


def test_bucket_that_takes_from_a_hold_does_not_take_from_the_water() -> None:
    cycles = count(grab(600, dives=False))
    assert len(cycles) >= 8
    assert not any(cycle.from_water for cycle in cycles)


def test_counts_go_on_across_a_restart_of_the_watch() -> None:
    looks = list(grab(900))
    whole = count(looks)
    first, second = Gear(), Gear()
    before = count(looks[:801], first)
    second.restore(first.snapshot())
    assert before + count(looks[801:], second) == whole


def test_second_opinion_is_kept_beside_the_count() -> None:
    gear = Gear(GearSettings(region=DRAWN))
    for one, other in zip(grab(900), swinging(900), strict=True):
        gear.step(Observation(one.mono_ns, "deck", 320, 180, 120.0, 300.0, one.detections, gear=other.gear))
    evidence = gear.evidence(899 * SECOND)
    assert (evidence.counter, evidence.agrees) == ("bucket", True)
    assert set(evidence.others) == {"box", "region"}
