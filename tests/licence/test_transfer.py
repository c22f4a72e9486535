"""Sand that passes from hull to hull: only where that is permitted, and never taken for digging."""

from datetime import UTC, date, datetime
from typing import Any

import pytest

from agent.event.phrases import reason_text
from agent.licence.places import Place
from agent.licence.rings import Ring
from agent.licence.rules import Rules, Terms
from agent.licence.vn2000 import to_wgs84
from agent.position.place import GearPlace
from agent.types import Activity, ActivityKind, ClockQuality, Finding, FindingKind, Reason, Stamp, Verdict
from licence.licence_builders import square, square_licence

BREACH, PERMITTED, UNDETERMINED = Verdict.BREACH, Verdict.PERMITTED, Verdict.UNDETERMINED
TRANSFER, AREA = FindingKind.TRANSFER_ELSEWHERE, FindingKind.OUTSIDE_AREA
TEN = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
X, Y = 1135000.0, 562800.0
LOADING = Activity(ActivityKind.LOADING, 0, (Reason("bucket_from_hold"),), at_rest=True)
DREDGING = Activity(ActivityKind.DREDGING, 0, (), at_rest=True)


def quay(
    name: str = "bến sang mạn", east_m: float = 600.0, licence: str = "", kind: Any = "transfer"
) -> Place:
    """A square, 100 m a side, so far east of the middle of the licence; it holds from 2026 on."""
    corners = [to_wgs84(x, y, 105.0, 3) for x, y in square(X, Y + east_m, 100.0)]
    ring: Ring = tuple((lon, lat) for lat, lon in corners)
    return Place(kind, name, "bịa ra", True, 2.0, date(2026, 1, 1), None, licence, polygons=((ring,),))


def judge(
    east_m: float,
    *places: Place,
    activity: Activity = LOADING,
    suspect: tuple[Reason, ...] = (),
    utc: datetime = TEN,
    for_s: float = 300.0,
) -> dict[FindingKind, Finding]:
    lat_deg, lon_deg = to_wgs84(X, Y + east_m, 105.0, 3)
    rules = Rules(Terms("dredger", True, (square_licence(),), places=places))
    here = GearPlace(lat_deg, lon_deg, 5.0, 0.1)
    found = rules.judge(activity, here, Stamp(round(for_s * 1e9), utc, ClockQuality.GNSS), suspect)
    return {finding.kind: finding for finding in found}


def test_sand_handed_over_outside_every_place_for_it_is_a_breach_with_the_way_to_the_nearest() -> None:
    found = judge(300.0, quay(), quay("xa hơn", 1500.0))[TRANSFER]
    assert found.verdict is BREACH
    assert found.value == pytest.approx(250.0, abs=0.5)
    assert found.error == pytest.approx(5.39)
    assert found.boundary_lat_deg is not None
    assert "bến sang mạn" in reason_text(found.because[0], "vi")
    assert "250" in reason_text(found.because[0], "en")


def test_at_a_place_for_it_handing_over_is_permitted_though_she_has_no_licence_to_dig_there() -> None:
    found = judge(600.0, quay())
    assert {kind: finding.verdict for kind, finding in found.items()} == {TRANSFER: PERMITTED}


def test_nearer_to_the_edge_than_the_error_it_is_undetermined() -> None:
    assert judge(548.0, quay())[TRANSFER].verdict is UNDETERMINED
    assert judge(552.0, quay())[TRANSFER].verdict is UNDETERMINED


def test_a_hold_takes_an_hour_to_fill_so_nothing_is_said_before_five_minutes() -> None:
    """Gear at work in her own area is taken for handing over for a minute or two."""
    assert TRANSFER not in judge(300.0, quay(), for_s=290.0)
    assert judge(600.0, quay(), for_s=0.0)[TRANSFER].verdict is PERMITTED
    working = Activity(ActivityKind.MACHINE_WORKING, 0, (), at_rest=True)
    zone = quay("bến neo", kind="mooring")
    assert judge(600.0, zone, activity=working, for_s=290.0)[AREA].verdict is PERMITTED


def test_where_no_place_for_it_is_in_force_nobody_is_accused_of_handing_over() -> None:
    assert TRANSFER not in judge(300.0)
    assert TRANSFER not in judge(300.0, quay(licence="VÍ DỤ-99/GP"))
    assert TRANSFER not in judge(300.0, quay(), utc=datetime(2025, 11, 20, 3, 0, tzinfo=UTC))
    assert judge(600.0, quay(licence="VÍ DỤ-11/GP"))[TRANSFER].verdict is PERMITTED


def test_handing_sand_over_beyond_the_boundary_is_no_digging_there() -> None:
    found = judge(300.0)[AREA]
    assert found.verdict is UNDETERMINED
    assert found.because[-1].code == "sand_handed_over"


def test_a_suspect_position_accuses_nobody_of_handing_over() -> None:
    doubt = Reason("position_jump", {"distance_m": 500, "seconds": 1})
    found = judge(300.0, quay(), suspect=(doubt,))[TRANSFER]
    assert (found.verdict, found.because[-1]) == (UNDETERMINED, doubt)


def test_digging_at_a_place_of_transfer_is_judged_as_digging() -> None:
    found = judge(600.0, quay(), activity=DREDGING)
    assert found[AREA].verdict is BREACH
    assert TRANSFER not in found


# ── where a parked vessel has to lie ──────────────────────────────────────────────────────────────────


def test_lying_in_a_mooring_zone_needs_no_licence_and_digging_there_does() -> None:
    lying = Activity(ActivityKind.STATIONARY, 0, (), at_rest=True)
    zone = quay("bến neo", kind="mooring")
    assert judge(600.0, zone, activity=lying)[AREA].verdict is PERMITTED
    assert judge(600.0, zone, activity=DREDGING)[AREA].verdict is BREACH


def test_before_it_is_known_that_she_hands_over_a_place_for_it_is_no_offence() -> None:
    for kind in (ActivityKind.STATIONARY, ActivityKind.MACHINE_WORKING):
        found = judge(600.0, quay(), activity=Activity(kind, 0, (), at_rest=True))
        assert found[AREA].verdict is PERMITTED


def test_a_machine_that_works_in_a_mooring_zone_is_a_lead_until_it_is_seen_to_dig() -> None:
    working = Activity(ActivityKind.MACHINE_WORKING, 0, (), at_rest=True)
    found = judge(600.0, quay("bến neo", kind="mooring"), activity=working)[AREA]
    assert (found.verdict, found.because[-1].code) == (UNDETERMINED, "machine_at_mooring")
    assert "bến neo" in reason_text(found.because[-1], "vi")
    assert judge(600.0, quay(), activity=working)[AREA].verdict is PERMITTED
    assert judge(900.0, quay("bến neo", kind="mooring"), activity=working)[AREA].verdict is BREACH
