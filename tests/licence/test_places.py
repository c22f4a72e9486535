"""Places beside the licence areas, and the distance to a bank."""

import json
from datetime import date
from typing import Any

import pytest
from pyproj import Geod

from agent.errors import SettingsError
from agent.licence.lines import distance_to_lines
from agent.licence.places import parse_places, places_on

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
