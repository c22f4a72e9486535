"""Breach, permitted or undetermined: place, hour and day of the own vessel."""

from datetime import UTC, datetime, timedelta
from typing import Any, Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.event.phrases import reason_text
from agent.licence.licence import Licence
from agent.licence.rules import MooringPlace, Rules, Terms
from agent.licence.vn2000 import to_wgs84
from agent.position.place import GearPlace
from agent.types import (
    Activity,
    ActivityKind,
    ClockQuality,
    Finding,
    FindingKind,
    Reason,
    Stamp,
    Verdict,
)
from licence.licence_builders import square_licence

BREACH, PERMITTED, UNDETERMINED = Verdict.BREACH, Verdict.PERMITTED, Verdict.UNDETERMINED
AREA, HOURS, FORCE = FindingKind.OUTSIDE_AREA, FindingKind.OUTSIDE_HOURS, FindingKind.LICENCE_EXPIRED
TEN = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)  # 10:00 in Cần Thơ
NIGHT = TEN + timedelta(hours=12)
X, Y = 1135000.0, 562800.0  # the middle of the square licence, 400 m a side

STATIONARY = Activity(ActivityKind.STATIONARY, 0, ())
MOORED = Activity(ActivityKind.MOORED, 0, ())


def terms(
    *licences: Licence,
    own_vessel: Literal["dredger", "patrol"] = "dredger",
    has_gear: bool = True,
    places: tuple[MooringPlace, ...] = (),
) -> Terms:
    return Terms(own_vessel, has_gear, licences or (square_licence(),), places)


def at(beyond_m: float, **other: Any) -> GearPlace:
    """The gear so many metres east of the square's eastern edge; negative is inside."""
    lat_deg, lon_deg = to_wgs84(X, Y + 200.0 + beyond_m, 105.0, 3)
    values: dict[str, Any] = {"sog_kn": 0.1, "error_m": 5.0}
    return GearPlace(lat_deg, lon_deg, **(values | other))


def stamp(utc: datetime | None = TEN, quality: ClockQuality = ClockQuality.GNSS) -> Stamp:
    return Stamp(0, utc, quality)


def judge(
    place: GearPlace | None,
    of: Terms | None = None,
    *,
    when: Stamp | None = None,
    activity: Activity = STATIONARY,
    suspect: tuple[Reason, ...] = (),
) -> dict[FindingKind, Finding]:
    findings = Rules(of or terms()).judge(activity, place, when or stamp(), suspect)
    assert len({finding.kind for finding in findings}) == len(findings)
    return {finding.kind: finding for finding in findings}


def verdicts(found: dict[FindingKind, Finding]) -> dict[FindingKind, Verdict]:
    return {kind: finding.verdict for kind, finding in found.items()}


def codes(finding: Finding) -> list[str]:
    return [reason.code for reason in finding.because]


# ── whom and when nothing is judged ───────────────────────────────────────────────────────────────────


def test_patrol_boat_and_vessel_without_gear_are_not_judged() -> None:
    assert judge(at(500), terms(own_vessel="patrol")) == {}
    assert judge(at(500), terms(has_gear=False)) == {}


@pytest.mark.parametrize("kind", [ActivityKind.TRANSITING, ActivityKind.UNKNOWN])
def test_vessel_that_does_not_lie_still_is_not_judged(kind: ActivityKind) -> None:
    assert judge(at(500), activity=Activity(kind, 0, ())) == {}


def test_without_a_position_nothing_is_judged() -> None:
    assert judge(None) == {}


# ── place ─────────────────────────────────────────────────────────────────────────────────────────────


def test_twenty_metres_beyond_with_five_metres_error_is_a_breach_with_all_its_values() -> None:
    (finding,) = judge(at(20)).values()
    assert (finding.kind, finding.verdict, finding.licence) == (AREA, BREACH, "VÍ DỤ-11/GP")
    assert finding.value == pytest.approx(20.0, abs=0.05)
    assert finding.error == pytest.approx(5.10)  # 5 m of the place and 1 m of the corners
    assert finding.unit == "m"
    lat_deg, lon_deg = to_wgs84(X, Y + 200.0, 105.0, 3)
    assert (finding.boundary_lat_deg, finding.boundary_lon_deg) == pytest.approx((lat_deg, lon_deg), abs=2e-7)
    (reason,) = finding.because
    assert reason.code == "beyond_boundary"
    assert reason.values == {"licence": "VÍ DỤ-11/GP", "distance_m": 20.0, "error_m": 5.1}


def test_inside_by_day_all_is_permitted() -> None:
    found = judge(at(-100))
    assert verdicts(found) == {AREA: PERMITTED, HOURS: PERMITTED, FORCE: PERMITTED}
    assert codes(found[AREA]) == ["inside_area"]
    assert codes(found[HOURS]) == ["inside_hours", "inside_area"]
    assert codes(found[FORCE]) == ["licence_in_force", "inside_area"]


@pytest.mark.parametrize("beyond_m", [-5.0, -1.0, 0.0, 1.0, 5.0])
def test_nearer_to_the_boundary_than_the_error_is_undetermined(beyond_m: float) -> None:
    found = judge(at(beyond_m))
    assert found[AREA].verdict is UNDETERMINED
    assert codes(found[AREA]) == ["near_boundary"]


@settings(max_examples=200, deadline=None)
@given(st.floats(-400.0, 400.0), st.floats(0.5, 60.0))
def test_breach_exactly_when_the_distance_less_its_error_is_above_zero(
    beyond_m: float, error_m: float
) -> None:
    finding = judge(at(beyond_m, error_m=error_m))[AREA]
    assert finding.value is not None
    assert finding.error is not None
    room = finding.value - finding.error
    if abs(room) > 0.01:  # the finding's values are rounded to a centimetre
        assert (finding.verdict is BREACH) == (room > 0.0)


@settings(max_examples=200, deadline=None)
@given(st.floats(-5.0, 5.0))
def test_barge_one_metre_inside_is_never_found_beyond_by_a_place_within_its_error(off_m: float) -> None:
    """Whatever an error of 5 m does to her place, she is not accused."""
    assert judge(at(-1.0 + off_m, error_m=5.0))[AREA].verdict is not BREACH


def test_what_the_bound_was_made_of_is_said_beside_the_distance() -> None:
    note = Reason("heading_unknown", {"reach_m": 16.0})
    assert codes(judge(at(14, notes=(note,)))[AREA]) == ["beyond_boundary", "heading_unknown"]


def test_without_a_licence_the_place_is_undetermined() -> None:
    found = Rules(Terms("dredger", has_gear=True, licences=())).judge(STATIONARY, at(0), stamp(), ())
    assert [(finding.verdict, codes(finding)) for finding in found] == [(UNDETERMINED, ["no_licence_loaded"])]


def test_nearest_licence_is_the_one_measured_from() -> None:
    near, far = square_licence("VÍ DỤ-12/GP", y=Y + 1000.0), square_licence()
    assert judge(at(500), terms(far, near))[AREA].licence == "VÍ DỤ-12/GP"
    assert judge(at(100), terms(far, near))[AREA].licence == "VÍ DỤ-11/GP"


# ── hour and day ──────────────────────────────────────────────────────────────────────────────────────


def test_inside_at_night_is_outside_hours_and_says_the_local_time() -> None:
    found = judge(at(-100), when=stamp(NIGHT))
    assert verdicts(found) == {AREA: PERMITTED, HOURS: BREACH, FORCE: PERMITTED}
    values = {"local_time": "20/11/2026 22:00", "hours": "07:00-17:00", "licence": "VÍ DỤ-11/GP"}
    assert found[HOURS].because[0] == Reason("outside_hours", values)


def test_every_minute_of_a_day_is_permitted_or_a_breach_as_the_hours_say() -> None:
    rules, midnight = Rules(terms()), TEN - timedelta(hours=10)
    outcome = []
    for minute in range(1440):
        findings = rules.judge(STATIONARY, at(-100), stamp(midnight + timedelta(minutes=minute)), ())
        outcome.append(next(finding.verdict for finding in findings if finding.kind is HOURS))
    assert outcome == [BREACH] * 420 + [PERMITTED] * 600 + [BREACH] * 420


def test_outside_the_area_hours_are_no_matter() -> None:
    assert set(judge(at(100), when=stamp(NIGHT))) == {AREA}


@pytest.mark.parametrize("when", [stamp(None), stamp(NIGHT, ClockQuality.NONE)])
def test_unknown_time_decides_nothing_about_hours_and_dates(when: Stamp) -> None:
    found = judge(at(-100), when=when)
    assert verdicts(found) == {AREA: PERMITTED, HOURS: UNDETERMINED, FORCE: UNDETERMINED}
    assert codes(found[HOURS])[0] == "time_unknown"


def test_saved_clock_near_the_limit_decides_nothing_and_far_from_it_does() -> None:
    half_past_five = stamp(TEN + timedelta(hours=7, minutes=30), ClockQuality.SAVED)
    found = judge(at(-100), when=half_past_five)
    assert found[HOURS].verdict is UNDETERMINED
    assert codes(found[HOURS])[0] == "time_near_limit"
    assert judge(at(-100), when=stamp(NIGHT, ClockQuality.SAVED))[HOURS].verdict is BREACH


@pytest.mark.parametrize(
    ("valid", "verdict"),
    [
        (("2026-01-01", "2026-11-19"), BREACH),
        (("2026-11-21", "2027-12-31"), BREACH),
        (("2026-11-20", "2026-11-20"), PERMITTED),
    ],
)
def test_licence_not_in_force_on_the_local_day_is_a_breach(valid: tuple[str, str], verdict: Verdict) -> None:
    found = judge(at(-100), terms(square_licence(valid=valid)))
    assert found[FORCE].verdict is verdict


def test_last_day_ends_at_local_midnight_not_at_utc() -> None:
    last = terms(square_licence(valid=("2026-01-01", "2026-11-20"), hours=[("00:00", "24:00")]))
    before = datetime(2026, 11, 20, 16, 59, tzinfo=UTC)  # 23:59
    assert judge(at(-100), last, when=stamp(before))[FORCE].verdict is PERMITTED
    assert judge(at(-100), last, when=stamp(before + timedelta(minutes=1)))[FORCE].verdict is BREACH


def test_day_outside_the_periods_of_the_year_is_a_breach() -> None:
    found = judge(at(-100), terms(square_licence(periods=[("2026-01-01", "2026-05-31")])))
    assert found[FORCE].verdict is BREACH
    assert found[FORCE].because[0].values["periods"] == "01/01/2026-31/05/2026"


def test_saved_clock_near_the_last_midnight_decides_nothing_about_the_date() -> None:
    last = terms(square_licence(valid=("2026-01-01", "2026-11-20")))
    late = stamp(datetime(2026, 11, 20, 16, 30, tzinfo=UTC), ClockQuality.SAVED)
    assert codes(judge(at(-100), last, when=late)[FORCE])[0] == "date_near_limit"


# ── several licences ──────────────────────────────────────────────────────────────────────────────────


def test_what_is_lawful_under_any_of_two_overlapping_licences_is_lawful() -> None:
    expired = square_licence("VÍ DỤ-12/GP", valid=("2024-01-01", "2025-12-31"))
    nights = square_licence("VÍ DỤ-13/GP", hours=[("19:00", "05:00")])
    days = square_licence()
    for when, lawful in ((TEN, "VÍ DỤ-11/GP"), (NIGHT, "VÍ DỤ-13/GP")):
        found = judge(at(-100), terms(expired, nights, days), when=stamp(when))
        assert verdicts(found) == {AREA: PERMITTED, HOURS: PERMITTED, FORCE: PERMITTED}
        assert {finding.licence for finding in found.values()} == {lawful}


def test_near_the_edge_of_a_lawful_area_inside_an_unlawful_one_is_no_accusation() -> None:
    """Inside an expired licence for certain, and perhaps inside one in force."""
    expired = square_licence("VÍ DỤ-12/GP", side=2000.0, valid=("2024-01-01", "2025-12-31"))
    found = judge(at(2), terms(expired, square_licence()))
    assert verdicts(found) == {AREA: UNDETERMINED, HOURS: PERMITTED, FORCE: PERMITTED}


def test_beyond_one_area_but_inside_an_expired_one_is_found_as_expired() -> None:
    expired = square_licence("VÍ DỤ-12/GP", side=2000.0, valid=("2024-01-01", "2025-12-31"))
    found = judge(at(100), terms(expired, square_licence()))
    assert verdicts(found) == {AREA: PERMITTED, HOURS: PERMITTED, FORCE: BREACH}


# ── never an accusation ───────────────────────────────────────────────────────────────────────────────

JUMP = Reason("position_jump", {"distance_m": 900.0, "seconds": 1.0})


def test_suspect_position_never_accuses_and_says_why() -> None:
    outside = judge(at(500), suspect=(JUMP,))[AREA]
    assert (outside.verdict, codes(outside)) == (UNDETERMINED, ["beyond_boundary", "position_jump"])
    at_night = judge(at(-100), when=stamp(NIGHT), suspect=(JUMP,))
    assert verdicts(at_night) == {AREA: PERMITTED, HOURS: UNDETERMINED, FORCE: PERMITTED}
    assert JUMP in at_night[AREA].because


def test_vessel_lying_as_if_moored_is_not_accused() -> None:
    outside = judge(at(500), activity=MOORED)[AREA]
    assert (outside.verdict, codes(outside)) == (UNDETERMINED, ["beyond_boundary", "lies_moored"])
    at_night = judge(at(-100), activity=MOORED, when=stamp(NIGHT))
    assert verdicts(at_night) == {AREA: PERMITTED, HOURS: UNDETERMINED, FORCE: PERMITTED}


def test_vessel_under_way_at_that_moment_is_not_accused() -> None:
    """On her way out of the area she is still called stationary for some seconds."""
    leaving = judge(at(20, sog_kn=1.2))[AREA]
    assert (leaving.verdict, codes(leaving)) == (UNDETERMINED, ["beyond_boundary", "sog_high"])


def test_mooring_place_needs_no_licence() -> None:
    there = at(500)
    quay = MooringPlace("Bến Tân Lộc", there.lat_deg, there.lon_deg, 50.0)
    assert judge(at(540), terms(places=(quay,)), activity=MOORED) == {}
    stationary = judge(at(540), terms(places=(quay,)))
    assert verdicts(stationary) == {AREA: PERMITTED}
    assert stationary[AREA].because == (Reason("at_mooring_place", {"place": "Bến Tân Lộc"}),)
    assert judge(at(560), terms(places=(quay,)))[AREA].verdict is BREACH


@settings(max_examples=200, deadline=None)
@given(
    st.floats(-300.0, 300.0),
    st.sampled_from([TEN, NIGHT, None]),
    st.sampled_from(ClockQuality),
    st.sampled_from(ActivityKind),
    st.one_of(st.none(), st.floats(0.0, 3.0)),
    st.sampled_from([(), (JUMP,)]),
)
def test_every_reason_has_words_and_doubt_never_accuses(
    beyond_m: float,
    utc: datetime | None,
    quality: ClockQuality,
    kind: ActivityKind,
    sog_kn: float | None,
    suspect: tuple[Reason, ...],
) -> None:
    found = judge(
        at(beyond_m, sog_kn=sog_kn), when=stamp(utc, quality), activity=Activity(kind, 0, ()), suspect=suspect
    )
    for finding in found.values():
        for reason in finding.because:
            for text in (reason_text(reason, "vi"), reason_text(reason, "en")):
                assert not text.startswith(reason.code)
        if suspect or kind in (ActivityKind.MOORED, ActivityKind.TRANSITING) or (sog_kn or 0.0) > 0.5:
            assert finding.verdict is not BREACH


def test_answer_depends_on_the_arguments_alone() -> None:
    """The rules keep what they worked out for a minute and a place; it must never show."""
    used = Rules(
        terms(square_licence(), square_licence("VÍ DỤ-12/GP", y=Y + 900.0, hours=[("19:00", "05:00")]))
    )
    calls = [
        (at(beyond_m), stamp(utc, quality))
        for utc in (TEN, NIGHT, TEN, TEN + timedelta(seconds=59), NIGHT)
        for quality in (ClockQuality.GNSS, ClockQuality.SAVED)
        for beyond_m in (-100.0, 2.0, 700.0, -100.0, 5000.0, 480.0)
    ]
    for place, when in calls:
        fresh = Rules(used._terms)
        assert used.judge(STATIONARY, place, when, ()) == fresh.judge(STATIONARY, place, when, ())
