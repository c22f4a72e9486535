"""What opens an event by itself, and what does not."""

from datetime import datetime, timedelta

import pytest

from agent.licence.leads import leads
from agent.licence.rules import Rules
from agent.types import Activity, ActivityKind, ClockQuality, Finding, FindingKind, Reason, Verdict
from licence.test_rules import MOORED, NIGHT, STATIONARY, TEN, at, stamp, terms

AT_REST = Activity(ActivityKind.STATIONARY, 0, (Reason("gear_at_rest", {"minutes": 12}),))
SUSPECT = (Reason("position_jump", {"metres": 300}),)


def told(beyond_m: float, error_m: float, utc: datetime = TEN, activity: Activity = STATIONARY) -> bool:
    place = at(beyond_m, error_m=error_m)
    return leads(Rules(terms()).judge(activity, place, stamp(utc), ()), ())


@pytest.mark.parametrize(
    ("beyond_m", "error_m", "lead"),
    [
        (-40.0, 25.0, False),  # inside, surely
        (-17.0, 25.0, False),  # inside, as far as the kit can tell
        (3.0, 25.0, True),  # beyond, as far as the kit can tell
        (30.0, 25.0, True),  # beyond, surely
        (-17.0, 70.0, True),  # the receiver is starved: she may be anywhere
    ],
)
def test_a_lawful_place_that_the_kit_cannot_tell_surer_is_no_lead(
    beyond_m: float, error_m: float, *, lead: bool
) -> None:
    assert told(beyond_m, error_m) is lead


@pytest.mark.parametrize("activity", [MOORED, AT_REST])
def test_a_vessel_asleep_in_her_own_area_is_no_lead(activity: Activity) -> None:
    assert not told(-100.0, 5.0, NIGHT, activity)
    assert not told(-17.0, 25.0, NIGHT, activity), "near the boundary, too"
    assert told(40.0, 5.0, NIGHT, activity), "asleep elsewhere is another matter"


def test_work_in_her_own_area_at_night_is_one() -> None:
    assert told(-100.0, 5.0, NIGHT)
    assert told(-17.0, 25.0, NIGHT), "near the boundary, too"


def test_a_suspect_fix_makes_a_lead_of_what_is_none() -> None:
    found = Rules(terms()).judge(STATIONARY, at(-17.0, error_m=25.0), stamp(TEN), SUSPECT)
    assert leads(found, SUSPECT)
    assert not leads(Rules(terms()).judge(STATIONARY, at(-100.0), stamp(TEN), SUSPECT), SUSPECT)


def test_a_limit_of_the_hours_that_the_clock_cannot_tell_is_told_of_one_at_work() -> None:
    closing = stamp(TEN + timedelta(hours=6, minutes=50), ClockQuality.SAVED)
    judged = Rules(terms()).judge(STATIONARY, at(-100.0), closing, ())
    assert leads(judged, ())


def test_a_bed_that_cannot_be_reckoned_is_told_beside_others_only() -> None:
    unknown = Finding(FindingKind.DEPTH_EXCEEDED, Verdict.UNDETERMINED, (Reason("water_level_unknown"),))
    assert not leads((unknown,), ())
