"""Province borders: a licence of one bank gives no right under the other, unless that bank lists the vessel too."""

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from agent.errors import SettingsError
from agent.event.phrases import reason_text
from agent.licence.borders import province_key
from agent.licence.leads import leads
from agent.licence.licence import Licence
from agent.licence.places import Place, parse_places
from agent.licence.rings import Ring
from agent.licence.rules import Rules, Terms
from agent.licence.vn2000 import to_wgs84
from agent.position.place import GearPlace
from agent.run.plan import load_plan
from agent.types import Activity, ActivityKind, ClockQuality, Finding, FindingKind, Reason, Stamp, Verdict
from licence.licence_builders import parse, square, with_rings
from licence.test_places import CONFIG, collection, feature

BREACH, UNDETERMINED = Verdict.BREACH, Verdict.UNDETERMINED
BORDER, AREA, MINE = FindingKind.OTHER_PROVINCE, FindingKind.OUTSIDE_AREA, FindingKind.WRONG_MINE
TEN = datetime.fromisoformat("2026-11-20T10:00:00+07:00")
X, Y, HULL = 1135000.0, 562800.0, "CT-00432"
LYING = Activity(ActivityKind.STATIONARY, 0, ())


def licence(number: str = "VÍ DỤ-11/GP", *, east_m: float = 0.0, hull: str = HULL, **terms: Any) -> Licence:
    """A square, 400 m a side, so far east of the first one's middle."""
    hours = [{"from": "07:00", "to": "17:00", "effective_from": "2026-01-01", "effective_to": None}]
    listed = [{"hull_number": hull, "bucket_m3": 1.5, "m3_per_day": 163, "valid_to": "2027-12-31"}]
    changes = {"number": number, "hours": hours, "vessels": listed, "province": "TP Cần Thơ", **terms}
    return parse(with_rings([square(X, Y + east_m)], changes=changes))


def territory(name: str, west_m: float, east_m: float, error_m: float = 20.0, **other: Any) -> Place:
    """From so far east of the middle of the licence to so far, 20 km up and down the river."""
    metres = ((10_000.0, west_m), (10_000.0, east_m), (-10_000.0, east_m), (-10_000.0, west_m))
    corners = [to_wgs84(X + north, Y + east, 105.0, 3) for north, east in metres]
    ring: Ring = tuple((lon, lat) for lat, lon in corners)
    place = Place("province", name, "bịa ra", True, error_m, date(2026, 1, 1), None, "", polygons=((ring,),))
    return replace(place, **other)


CAN_THO = territory("Thành phố Cần Thơ", -9_000.0, 500.0, formerly=("Sóc Trăng", "Hậu Giang"))
VINH_LONG = territory("Tỉnh Vĩnh Long", 500.0, 9_000.0)


def judge(
    east_m: float,
    *own: Licence,
    places: tuple[Place, ...] = (CAN_THO, VINH_LONG),
    neighbours: tuple[Licence, ...] = (),
    activity: Activity = LYING,
    suspect: tuple[Reason, ...] = (),
) -> dict[FindingKind, Finding]:
    terms = Terms(
        "dredger", True, own or (licence(),), hull_number=HULL, neighbours=neighbours, places=places
    )
    here = GearPlace(*to_wgs84(X, Y + east_m, 105.0, 3), 5.0, 0.1)
    found = Rules(terms).judge(activity, here, Stamp(0, TEN, ClockQuality.GNSS), suspect)
    return {finding.kind: finding for finding in found}


def test_over_the_border_is_said_with_the_metres_beyond_it_and_whose_territory_it_is() -> None:
    found = judge(900.0)[BORDER]
    assert (found.verdict, found.unit) == (BREACH, "m")
    assert found.value == pytest.approx(400.0, abs=0.5)
    assert found.error == pytest.approx(20.6, abs=0.1)
    assert found.boundary_lon_deg is not None
    for lang, name in (("vi", "trong địa bàn Tỉnh Vĩnh Long"), ("en", "territory of Tỉnh Vĩnh Long")):
        assert name in reason_text(found.because[0], lang)  # type: ignore[arg-type]


def test_beyond_her_area_on_her_own_side_of_the_border_nothing_is_said_of_it() -> None:
    assert set(judge(400.0)) == {AREA}


@pytest.mark.parametrize("east_m", [485.0, 515.0])
def test_nearer_to_the_border_than_the_errors_it_is_undetermined_and_no_lead_by_itself(east_m: float) -> None:
    found = judge(east_m)
    assert (found[AREA].verdict, found[BORDER].verdict) == (BREACH, UNDETERMINED)
    assert not leads([found[BORDER]], ())


def test_inside_her_area_the_border_says_nothing_wherever_somebody_drew_it() -> None:
    near = territory("Cần Thơ", -9_000.0, -100.0), territory("Vĩnh Long", -100.0, 9_000.0)
    assert BORDER not in judge(0.0, places=near)


def test_a_vessel_that_the_province_across_the_river_licensed_may_work_there() -> None:
    theirs = licence("VL-1/GP", east_m=1000.0, province="Vĩnh Long")
    found = judge(1000.0, neighbours=(theirs,))
    assert {finding.verdict for finding in found.values()} == {Verdict.PERMITTED}
    assert found[AREA].licence == "VL-1/GP"


def test_near_the_edge_of_the_licence_across_the_river_that_lists_her_she_is_not_beyond_her_own() -> None:
    """Its boundary counts as hers: a fix within the error of it is undetermined, and one beyond is measured from it."""
    theirs = licence("VL-1/GP", east_m=1000.0, province="Vĩnh Long")
    near, beyond = judge(797.0, neighbours=(theirs,)), judge(770.0, neighbours=(theirs,))
    assert (near[AREA].verdict, near[AREA].licence) == (UNDETERMINED, "VL-1/GP")
    assert beyond[AREA].verdict is BREACH
    assert beyond[AREA].value == pytest.approx(30.0, abs=0.1)
    assert BORDER not in {**near, **beyond}


def test_a_mine_across_the_river_that_lists_others_is_the_wrong_mine_in_another_province() -> None:
    theirs = licence("VL-1/GP", east_m=1000.0, hull="AG-11464", province="Vĩnh Long")
    found = judge(1000.0, neighbours=(theirs,))
    assert {found[kind].verdict for kind in (AREA, BORDER, MINE)} == {BREACH}


def test_a_licence_of_a_province_that_was_merged_holds_in_the_one_that_took_it_in() -> None:
    assert BORDER not in judge(400.0, licence(province="tỉnh Sóc Trăng"))
    assert judge(900.0, licence(province="Soc Trang"))[BORDER].verdict is BREACH


@pytest.mark.parametrize(
    "places", [(VINH_LONG,), (replace(CAN_THO, effective_to=date(2026, 6, 30)), VINH_LONG), ()]
)
def test_without_the_territory_of_the_province_that_licensed_her_nothing_is_said(
    places: tuple[Place, ...],
) -> None:
    assert BORDER not in judge(900.0, places=places)


def test_a_licence_that_does_not_say_who_granted_it_is_not_held_against_her() -> None:
    assert BORDER not in judge(900.0, licence(province=""))
    assert BORDER not in judge(900.0, licence(), licence("VÍ DỤ-12/GP", east_m=-2000.0, province=""))


def test_beyond_her_province_in_no_territory_that_was_drawn_is_undetermined() -> None:
    """Where the drawing ends is no border."""
    found = judge(900.0, places=(CAN_THO,))[BORDER]
    assert (found.verdict, found.because[0].code) == (UNDETERMINED, "beyond_province")
    assert "Cần Thơ" in reason_text(found.because[0], "vi")


def test_a_suspect_fix_accuses_nobody_of_crossing_a_border() -> None:
    assert judge(900.0, suspect=(Reason("jump"),))[BORDER].verdict is UNDETERMINED


@pytest.mark.parametrize("name", ["TP. Cần Thơ", "Thành phố Cần Thơ", "tp cần thơ", "Can Tho", "CẦN THƠ"])
def test_a_province_is_known_however_its_name_is_written(name: str) -> None:
    assert province_key(name) == "cantho"


def test_former_names_belong_to_a_province_alone() -> None:
    assert parse_places(collection(feature("province", formerly=["Sóc Trăng"])), "x")[0].formerly == (
        "Sóc Trăng",
    )
    with pytest.raises(SettingsError, match="formerly"):
        parse_places(collection(feature("mooring", formerly=["Sóc Trăng"])), "x")


def test_a_config_with_borders_and_a_licence_of_a_province_that_is_not_drawn_is_refused(
    tmp_path: Path,
) -> None:
    territories = tmp_path / "places.geojson"
    territories.write_text(collection(feature("province", name="Vĩnh Long")), encoding="utf-8")
    config = tmp_path / "agent.toml"
    config.write_text(
        f"""
        [device]
        id = "SW-1"
        [own_vessel]
        kind = "dredger"
        [licences]
        files = ["{CONFIG}/licences/example-ke-sach.geojson"]
        [places]
        files = ["{CONFIG}/places/example-ke-sach.geojson", "{territories}"]
        """,
        encoding="utf-8",
    )
    load_plan(config)
    text = config.read_text(encoding="utf-8")
    config.write_text(text.replace(f'"{CONFIG}/places/example-ke-sach.geojson", ', ""), encoding="utf-8")
    with pytest.raises(SettingsError, match="formerly"):
        load_plan(config)
