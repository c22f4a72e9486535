"""Places beside the licence areas, and the distance to a bank."""

import json
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from pyproj import Geod

from agent.errors import SettingsError
from agent.licence.lines import distance_to_lines
from agent.licence.places import parse_places, places_on
from agent.run.plan import load_plan

GEOD = Geod(ellps="WGS84")
SQUARE = [[[105.57, 10.26], [105.58, 10.26], [105.58, 10.27], [105.57, 10.27], [105.57, 10.26]]]
BANK = [[105.57, 10.26], [105.58, 10.25], [105.60, 10.25]]


def feature(kind: str = "forbidden", **changes: Any) -> dict[str, Any]:
    line = kind in ("bank", "river")
    properties = {
        "format": "sandwatch-places/1",
        "kind": kind,
        "name": "Cầu ví dụ",
        "source": "invented for this test",
        "synthetic": True,
        "error_m": 5,
        "effective_from": "2026-01-01",
        "effective_to": None,
    }
    geometry = {"type": "LineString" if line else "Polygon", "coordinates": BANK if line else SQUARE}
    return {"type": "Feature", "properties": properties | changes, "geometry": geometry}


def collection(*features: dict[str, Any]) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features}, ensure_ascii=False)


CONFIG = Path(__file__).parents[2] / "config"


@pytest.mark.parametrize("file", sorted((CONFIG / "places").glob("*.geojson")), ids=lambda file: file.stem)
def test_the_shipped_places_say_that_they_are_drawn_by_us(file: Path) -> None:
    places = parse_places(file.read_text(encoding="utf-8"), file.name)
    assert all(
        place.synthetic and ("invented" in place.source or "not a map" in place.source) for place in places
    )


def test_one_example_shows_every_term_and_fits_its_places_and_levels(tmp_path: Path) -> None:
    config = tmp_path / "agent.toml"
    config.write_text(
        f"""
        [device]
        id = "SW-1"
        [own_vessel]
        kind = "dredger"
        [licences]
        files = ["{CONFIG}/licences/example-ke-sach.geojson"]
        neighbours = ["{CONFIG}/licences/example-tra-noc.geojson"]
        [places]
        files = ["{CONFIG}/places/example-ke-sach.geojson"]
        [water_levels]
        files = ["{CONFIG}/water-levels/example-ke-sach.toml"]
        """,
        encoding="utf-8",
    )
    plan = load_plan(config)
    (licence,) = plan.licences
    terms = (
        "periods",
        "suspensions",
        "vessels",
        "carriers",
        "quota",
        "depth",
        "bank",
        "mooring",
        "province",
        "place",
    )
    assert all(getattr(licence, term) for term in terms)
    assert {place.kind for place in plan.places} == {"mooring", "transfer", "forbidden", "bank", "province"}
    assert plan.water[0].level(datetime(2026, 11, 20, 3, 30, tzinfo=UTC), 9.83, 106.03) is not None
    assert [(role, name) for role, name, _ in plan.files] == [
        ("licences", "example-ke-sach.geojson"),
        ("neighbours", "example-tra-noc.geojson"),
        ("places", "example-ke-sach.geojson"),
        ("water_levels", "example-ke-sach.toml"),
    ]


def test_a_mooring_zone_that_no_file_knows_is_a_mistake_of_the_config(tmp_path: Path) -> None:
    config = tmp_path / "agent.toml"
    config.write_text(
        f"""
        [device]
        id = "SW-1"
        [own_vessel]
        kind = "dredger"
        [licences]
        files = ["{CONFIG}/licences/example-ke-sach.geojson"]
        """,
        encoding="utf-8",
    )
    with pytest.raises(
        SettingsError, match=r"mooring\.zone = Bến neo ví dụ Kế Sách: no place of kind mooring"
    ) as refused:
        load_plan(config)
    assert "không có khu vực neo đậu nào tên này" in refused.value.text("vi")


def test_places_hold_on_their_days_and_for_their_licence() -> None:
    places = parse_places(
        collection(
            feature(),
            feature(name="Bến phà", effective_to="2026-06-30"),
            feature(name="Cáp ngầm", licence="VÍ DỤ-01/GP"),
            feature("bank"),
        ),
        "places.geojson",
    )

    def names(day: date, licence: str = "") -> list[str]:
        return [place.name for place in places_on(places, "forbidden", day, licence)]

    assert names(date(2025, 12, 31)) == []
    assert names(date(2026, 6, 30)) == ["Cầu ví dụ", "Bến phà"]
    assert names(date(2026, 7, 1), "VÍ DỤ-01/GP") == ["Cầu ví dụ", "Cáp ngầm"]
    assert places[3].lines == (tuple(map(tuple, BANK)),)


def test_distance_to_a_bank_is_to_its_nearest_point() -> None:
    lines = parse_places(collection(feature("bank")), "bank.geojson")[0].lines
    found = distance_to_lines(lines, 10.2545, 105.5900)
    assert found is not None
    assert (found.lat_deg, found.lon_deg) == pytest.approx((10.25, 105.59), abs=2e-6)
    metres = GEOD.inv(105.59, 10.2545, found.lon_deg, found.lat_deg)[2]
    assert found.distance_m == pytest.approx(metres, abs=0.05)
    assert distance_to_lines((), 10.25, 105.59) is None


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "is not JSON"),
        (json.dumps({"type": "FeatureCollection", "features": []}), "holds no place"),
        (collection(feature("harbour")), 'kind = "harbour"'),
        (collection(feature(source="")), "source"),
        (collection(feature(error_m=0)), "error_m = 0"),
        (collection(feature("bank") | {"geometry": feature()["geometry"]}), "Polygon: is no line"),
        (collection(feature() | {"geometry": feature("bank")["geometry"]}), "LineString: is no area"),
        (collection(feature(), feature()), "features[1].properties.name = Cầu ví dụ: stands twice"),
    ],
)
def test_a_file_of_places_with_a_mistake_is_refused(text: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse_places(text, "places.geojson")
    assert said in str(refused.value)
    assert len(refused.value.mistakes) == 1
