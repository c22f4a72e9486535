"""Notices, vessels, neighbours, zones, bank and bed: what a licence asks beside place and hours."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from agent.event.phrases import reason_text
from agent.licence.by_licence import FAR_M
from agent.licence.depth import Transducer
from agent.licence.licence import Licence
from agent.licence.places import Kind, Place
from agent.licence.rings import Ring
from agent.licence.rules import Rules, Terms
from agent.licence.vn2000 import to_wgs84
from agent.licence.water_levels import WaterTable
from agent.position.place import GearPlace
from agent.run.law import load_law
from agent.types import (
    Activity,
    ActivityKind,
    ClockQuality,
    Depth,
    Finding,
    FindingKind,
    Reason,
    Stamp,
    Verdict,
)
from licence.licence_builders import parse, square, with_rings

BREACH, PERMITTED, UNDETERMINED = Verdict.BREACH, Verdict.PERMITTED, Verdict.UNDETERMINED
TEN = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)  # 10:00 in Cần Thơ
NIGHT = TEN + timedelta(hours=12)
X, Y = 1135000.0, 562800.0
STATIONARY = Activity(ActivityKind.STATIONARY, 0, ())
HULL = "CT-00432"
LAW = load_law()


def vessel(hull_number: str = HULL, valid_to: str = "2027-12-31", **other: Any) -> dict[str, Any]:
    return {"hull_number": hull_number, "bucket_m3": 1.5, "m3_per_day": 163, "valid_to": valid_to, **other}


def licence(
    number: str = "VÍ DỤ-11/GP", *, y: float = Y, vessels: tuple[Any, ...] = (), **terms: Any
) -> Licence:
    """An invented square, 400 m a side, worked from 07:00 to 17:00 unless the terms say more."""
    hours = [{"from": "07:00", "to": "17:00", "effective_from": "2026-01-01", "effective_to": None}]
    changes = {"number": number, "hours": hours, "vessels": list(vessels), **terms}
    return parse(with_rings([square(X, y)], changes=changes))


def area(kind: Kind, name: str, east_m: float, error_m: float = 2.0, side: float = 100.0) -> Place:
    """A square whose middle lies so far east of the licence's middle."""
    corners = [to_wgs84(x, y, 105.0, 3) for x, y in square(X, Y + east_m, side)]
    ring: Ring = tuple((lon, lat) for lat, lon in corners)
    return Place(kind, name, "bịa ra", True, error_m, date(2026, 1, 1), None, "", polygons=((ring,),))


def bank(east_m: float, error_m: float = 3.0) -> Place:
    """A bank that runs north and south, so far east of the licence's middle."""
    ends = [to_wgs84(X + north, Y + east_m, 105.0, 3) for north in (-2000.0, 2000.0)]
    line: Ring = tuple((lon, lat) for lat, lon in ends)
    return Place("bank", "bờ tả", "bịa ra", True, error_m, date(2026, 1, 1), None, "", lines=(line,))


def at(east_m: float, **other: Any) -> GearPlace:
    lat_deg, lon_deg = to_wgs84(X, Y + east_m, 105.0, 3)
    values: dict[str, Any] = {"sog_kn": 0.1, "error_m": 5.0}
    return GearPlace(lat_deg, lon_deg, **(values | other))


def terms(*licences: Licence, hull_number: str = HULL, **other: Any) -> Terms:
    return Terms("dredger", True, licences, hull_number=hull_number, **other)


def judge(
    of: Terms,
    east_m: float = 0.0,
    *,
    utc: datetime | None = TEN,
    kind: ActivityKind = ActivityKind.STATIONARY,
    suspect: tuple[Reason, ...] = (),
    echo: Depth | None = None,
    sog_kn: float = 0.1,
    quality: ClockQuality = ClockQuality.GNSS,
) -> dict[FindingKind, Finding]:
    stamp = Stamp(0, utc, ClockQuality.NONE if utc is None else quality)
    place = at(east_m, sog_kn=sog_kn)
    findings = Rules(of).judge(Activity(kind, 0, ()), place, stamp, suspect, echo)
    assert len({finding.kind for finding in findings}) == len(findings)
    for finding in findings:
        for reason in finding.because:
            assert not reason_text(reason, "vi").startswith(reason.code)
            assert not reason_text(reason, "en").startswith(reason.code)
    return {finding.kind: finding for finding in findings}


def code(finding: Finding) -> str:
    return finding.because[0].code


# ── notices ───────────────────────────────────────────────────────────────────────────────────────────

NOTICE = {"notice": "TB 15/SNNMT", "from": "2026-11-20", "to": "2026-11-22", "reason": "bão"}


def test_a_notice_stops_the_work_on_its_days_and_is_named() -> None:
    stopped = terms(licence(suspensions=[NOTICE]))
    found = judge(stopped)[FindingKind.SUSPENDED]
    assert (found.verdict, found.because[0].values["notice"]) == (BREACH, "TB 15/SNNMT")
    assert FindingKind.SUSPENDED not in judge(stopped, utc=TEN - timedelta(days=1))
    assert FindingKind.SUSPENDED not in judge(stopped, utc=TEN + timedelta(days=3))


def test_saved_clock_near_the_first_day_of_a_notice_decides_nothing() -> None:
    late = datetime(2026, 11, 19, 16, 30, tzinfo=UTC)  # 23:30 the evening before
    found = judge(terms(licence(suspensions=[NOTICE])), utc=late, quality=ClockQuality.SAVED)
    assert found[FindingKind.SUSPENDED].verdict is UNDETERMINED


# ── the vessel ────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("row", "verdict", "said"),
    [
        (vessel(), PERMITTED, "vessel_registered"),
        (vessel(valid_to="2026-11-19"), BREACH, "vessel_expired"),
        (vessel(valid_to="2026-11-20"), PERMITTED, "vessel_registered"),
        (vessel(valid_from="2026-11-21"), BREACH, "vessel_not_yet"),
        (vessel("AG-11464"), BREACH, "vessel_unlisted"),
        (vessel("ĐN-0209"), UNDETERMINED, "vessel_alike"),
    ],
)
def test_the_list_of_the_licence_says_whether_this_hull_may_dig(
    row: dict[str, Any], verdict: Verdict, said: str
) -> None:
    hull = "DN-0209" if said == "vessel_alike" else HULL
    found = judge(terms(licence(vessels=(row,)), hull_number=hull))[FindingKind.VESSEL_UNREGISTERED]
    assert (found.verdict, code(found)) == (verdict, said)


def test_a_box_that_does_not_know_its_hull_accuses_nobody_of_being_unlisted() -> None:
    assert FindingKind.VESSEL_UNREGISTERED not in judge(terms(licence(vessels=(vessel(),)), hull_number=""))
    assert FindingKind.VESSEL_UNREGISTERED not in judge(terms(licence()))


def test_a_vessel_listed_for_one_mine_and_at_work_in_another_is_in_the_wrong_mine() -> None:
    here = licence(vessels=(vessel("AG-11464"),))
    hers = licence("VÍ DỤ-12/GP", y=Y + 3000.0, vessels=(vessel(),))
    found = judge(terms(here, hers))
    assert FindingKind.VESSEL_UNREGISTERED not in found
    wrong = found[FindingKind.WRONG_MINE]
    assert (wrong.verdict, wrong.licence) == (BREACH, "VÍ DỤ-11/GP")
    assert wrong.because[-1] == Reason(
        "vessel_of_other_mine", {"hull_number": HULL, "licence": "VÍ DỤ-12/GP"}
    )


def test_a_vessel_in_a_neighbours_area_is_outside_hers_and_in_the_wrong_mine() -> None:
    neighbour = licence("VÍ DỤ-13/GP", y=Y + 800.0, vessels=(vessel("AG-11464"),))
    found = judge(terms(licence(vessels=(vessel(),)), neighbours=(neighbour,)), 800.0)
    assert found[FindingKind.OUTSIDE_AREA].verdict is BREACH
    assert found[FindingKind.OUTSIDE_AREA].licence == "VÍ DỤ-11/GP"
    assert (found[FindingKind.WRONG_MINE].verdict, found[FindingKind.WRONG_MINE].licence) == (
        BREACH,
        "VÍ DỤ-13/GP",
    )


def test_a_vessel_that_the_licence_across_the_river_lists_may_work_there() -> None:
    across = licence("VÍ DỤ-13/GP", y=Y + 800.0, vessels=(vessel("AG-11464"), vessel()))
    found = judge(terms(licence(vessels=(vessel(),)), neighbours=(across,)), 800.0)
    assert {finding.verdict for finding in found.values()} == {PERMITTED}
    assert {finding.licence for finding in found.values()} == {"VÍ DỤ-13/GP"}
    assert (
        judge(terms(licence(), neighbours=(across,)), 800.0, utc=NIGHT)[FindingKind.OUTSIDE_HOURS].verdict
        is BREACH
    )


def test_far_from_every_licence_there_is_none_here_and_not_a_distance_beyond_a_boundary() -> None:
    found = judge(terms(licence()), FAR_M + 300.0)
    assert set(found) == {FindingKind.NO_LICENCE}
    finding = found[FindingKind.NO_LICENCE]
    assert (finding.verdict, code(finding)) == (BREACH, "no_licence_here")
    assert finding.value == pytest.approx(FAR_M + 100.0, abs=1.0)
    assert set(judge(terms(licence()), FAR_M)) == {FindingKind.OUTSIDE_AREA}


# ── what lies around ──────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("east_m", "verdict"), [(100.0, BREACH), (54.0, UNDETERMINED), (46.0, UNDETERMINED), (40.0, None)]
)
def test_a_forbidden_zone_is_forbidden_inside_a_licence_too(east_m: float, verdict: Verdict | None) -> None:
    """Its edge lies 50 m east of the middle; the errors are 5 m of the gear and 2 m of the zone."""
    found = judge(terms(licence(), places=(area("forbidden", "chân cầu", 100.0),)), east_m)
    assert (
        found[FindingKind.FORBIDDEN_ZONE].verdict if FindingKind.FORBIDDEN_ZONE in found else None
    ) is verdict
    assert found[FindingKind.OUTSIDE_AREA].verdict is PERMITTED


@pytest.mark.parametrize(
    ("east_m", "verdict"), [(0.0, None), (45.0, UNDETERMINED), (55.0, UNDETERMINED), (70.0, BREACH)]
)
def test_too_near_to_the_bank_by_more_than_the_error_is_a_breach(
    east_m: float, verdict: Verdict | None
) -> None:
    """The bank is 200 m east of the middle, 150 m are asked for."""
    limit = {"at_least_m": 150.0, "effective_from": "2026-01-01", "effective_to": None}
    found = judge(terms(licence(bank=[limit]), places=(bank(200.0),)), east_m)
    assert (found[FindingKind.NEAR_BANK].verdict if FindingKind.NEAR_BANK in found else None) is verdict
    if verdict is BREACH:
        assert found[FindingKind.NEAR_BANK].value == pytest.approx(20.0, abs=0.1)
        assert found[FindingKind.NEAR_BANK].because[0].values["bank_m"] == 130.0


ORDER = {"zone": "bến", "when": "outside_hours", "effective_from": "2026-01-01", "effective_to": None}


@pytest.mark.parametrize("kind", [ActivityKind.TRANSITING, ActivityKind.STATIONARY, ActivityKind.MOORED])
def test_a_parked_vessel_must_not_leave_her_mooring_zone_at_night_whatever_she_does(
    kind: ActivityKind,
) -> None:
    parked = terms(licence(mooring=[ORDER]), places=(area("mooring", "bến", 600.0),))
    away = judge(parked, 800.0, utc=NIGHT, kind=kind, sog_kn=4.0)
    assert away[FindingKind.LEFT_MOORING].verdict is BREACH
    assert away[FindingKind.LEFT_MOORING].value == pytest.approx(150.0, abs=0.5)
    assert FindingKind.LEFT_MOORING not in judge(parked, 600.0, utc=NIGHT, kind=kind)
    assert FindingKind.LEFT_MOORING not in judge(parked, 800.0, kind=kind)


def test_half_an_hour_is_allowed_for_the_way_to_the_mooring_zone() -> None:
    parked = terms(licence(mooring=[ORDER]), places=(area("mooring", "bến", 600.0),))
    closes = TEN + timedelta(hours=7)
    for minutes, there in ((1, False), (29, False), (31, True)):
        found = judge(parked, 300.0, utc=closes + timedelta(minutes=minutes), kind=ActivityKind.TRANSITING)
        assert (FindingKind.LEFT_MOORING in found) is there


def test_a_suspect_position_does_not_say_that_she_left_the_mooring_zone() -> None:
    parked = terms(licence(mooring=[ORDER]), places=(area("mooring", "bến", 600.0),))
    jump = Reason("position_jump", {"distance_m": 900.0, "seconds": 1.0})
    found = judge(parked, 900.0, utc=NIGHT, kind=ActivityKind.TRANSITING, suspect=(jump,))
    assert found[FindingKind.LEFT_MOORING].verdict is UNDETERMINED


# ── the bed ───────────────────────────────────────────────────────────────────────────────────────────

DEPTH_LIMIT = {
    "bed_elevation_m": -16.0,
    "vertical_datum": "Hòn Dấu",
    "effective_from": "2026-01-01",
    "effective_to": None,
}


def water(vertical_datum: str = "Hòn Dấu") -> WaterTable:
    lat_deg, lon_deg = to_wgs84(X, Y, 105.0, 3)
    levels = ((TEN - timedelta(hours=1), 0.8), (TEN + timedelta(hours=1), 1.2))
    return WaterTable(
        "trạm ví dụ", "gauge", "bịa ra", True, vertical_datum, lat_deg, lon_deg, 10_000.0, 0.15, levels
    )


@pytest.mark.parametrize(("depth_m", "verdict"), [(18.0, BREACH), (16.1, UNDETERMINED), (14.0, PERMITTED)])
def test_the_bed_near_the_vessel_is_an_elevation_and_not_a_depth_of_water(
    depth_m: float, verdict: Verdict
) -> None:
    """1.0 m of level less the depth less 0.9 m to the transducer: 16.1 m of water is the limit to within 3 cm."""
    of = terms(licence(depth=[DEPTH_LIMIT]), water=(water(),), transducer=Transducer(0.9, 0.1))
    found = judge(of, echo=Depth(0, depth_m))[FindingKind.DEPTH_EXCEEDED]
    assert found.verdict is verdict
    assert found.because[0].values["bed_m"] == pytest.approx(0.1 - depth_m, abs=0.06)
    assert found.unit == "m"


@pytest.mark.parametrize("levels", [(), (water("Mũi Nai"),)])
def test_without_a_level_in_the_datum_of_the_licence_the_bed_is_undetermined_and_opens_nothing(
    levels: tuple[WaterTable, ...],
) -> None:
    of = terms(licence(depth=[DEPTH_LIMIT]), water=levels, transducer=Transducer(0.9, 0.1))
    assert FindingKind.DEPTH_EXCEEDED not in judge(of, echo=Depth(0, 30.0))
    beside = judge(of, echo=Depth(0, 30.0), utc=NIGHT)[FindingKind.DEPTH_EXCEEDED]
    assert (beside.verdict, code(beside)) == (UNDETERMINED, "bed_unknown")


# ── the law ───────────────────────────────────────────────────────────────────────────────────────────


def test_a_finding_names_the_rule_set_and_article_in_force_on_that_day() -> None:
    found = judge(terms(licence(vessels=(vessel("AG-11464"),)), law=LAW), utc=NIGHT)
    hours, listed = found[FindingKind.OUTSIDE_HOURS], found[FindingKind.VESSEL_UNREGISTERED]
    assert hours.rule_set == "nd-10-2025"
    assert hours.article is not None
    assert "10/2025/NĐ-CP" in hours.article
    assert listed.article == "Điều 9, 23/2020/NĐ-CP"
    beyond = judge(terms(licence(), law=LAW), 300.0)[FindingKind.OUTSIDE_AREA]
    assert beyond.article is not None
    assert "Điều 37" in beyond.article


def test_the_article_of_the_hours_is_that_of_the_day_and_not_of_today() -> None:
    old = [{"from": "07:00", "to": "17:00", "effective_from": "2024-01-01", "effective_to": None}]
    of = terms(licence(valid_from="2024-01-01", hours=old), law=LAW)
    before = judge(of, utc=datetime(2025, 2, 28, 15, 0, tzinfo=UTC))[FindingKind.OUTSIDE_HOURS]
    after = judge(of, utc=datetime(2025, 3, 1, 15, 0, tzinfo=UTC))[FindingKind.OUTSIDE_HOURS]
    assert (before.rule_set, after.rule_set) == ("nd-23-2020", "nd-10-2025")


def test_a_patrol_boat_is_judged_by_none_of_these() -> None:
    of = terms(licence(mooring=[ORDER], suspensions=[NOTICE]), places=(area("mooring", "bến", 600.0),))
    patrol = replace(of, own_vessel="patrol")
    assert judge(patrol, 800.0, utc=NIGHT) == {}


def test_unknown_time_decides_nothing_that_hangs_on_a_day() -> None:
    of = terms(licence(suspensions=[NOTICE], vessels=(vessel("AG-11464"),), mooring=[ORDER]))
    found = judge(replace(of, places=(area("mooring", "bến", 600.0),)), utc=None)
    assert {finding.verdict for finding in found.values()} == {PERMITTED, UNDETERMINED}
    assert FindingKind.SUSPENDED not in found


def test_findings_of_one_moment_are_one_tuple_for_one_event() -> None:
    """An expired vessel at night in a forbidden zone of a suspended licence: four breaches, together."""
    of = terms(
        licence(suspensions=[NOTICE], vessels=(vessel(valid_to="2026-01-31"),)),
        places=(area("forbidden", "chân cầu", 0.0),),
    )
    found = judge(of, utc=NIGHT)
    assert json.dumps(
        sorted(kind for kind, finding in found.items() if finding.verdict is BREACH)
    ) == json.dumps(["forbidden_zone", "outside_hours", "suspended", "vessel_unregistered"])
