"""Licences for tests: the invented examples of the repository, changed where a test needs it."""

import copy
import json
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

from agent.licence.licence import Hours, Licence, parse_licences
from agent.licence.vn2000 import to_wgs84

EXAMPLES = Path(__file__).parents[2] / "config" / "licences"
TAN_LOC = "example-tan-loc.geojson"

Corners = Sequence[tuple[float, float]]


def example(name: str = TAN_LOC) -> dict[str, Any]:
    """The feature of an example file, free to be changed."""
    feature = json.loads((EXAMPLES / name).read_text(encoding="utf-8"))
    assert isinstance(feature, dict)
    return feature


def parse(feature: dict[str, Any]) -> Licence:
    (licence,) = parse_licences(json.dumps(feature, ensure_ascii=False), "test.geojson")
    return licence


def with_rings(
    rings: Sequence[Corners], *, meridian_deg: float = 105.0, changes: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The example with other corners: one polygon, outer ring first, in VN-2000 (X, Y)."""
    feature = copy.deepcopy(example())
    table, coordinates = [], []
    for number, ring in enumerate(rings, 1):
        degrees = [to_wgs84(x, y, meridian_deg, 3) for x, y in ring]
        coordinates.append([[round(lon, 7), round(lat, 7)] for lat, lon in [*degrees, degrees[0]]])
        table += [
            {"ring": number, "corner": str(index), "x_northing_m": x, "y_easting_m": y}
            for index, (x, y) in enumerate(ring, 1)
        ]
    feature["geometry"] = {"type": "Polygon", "coordinates": coordinates}
    feature["properties"]["vn2000"] = {"meridian_deg": meridian_deg, "zone_width_deg": 3, "corners": table}
    feature["properties"] |= changes or {}
    return feature


def square(x: float = 1135000.0, y: float = 562800.0, side: float = 400.0) -> Corners:
    """Corners clockwise from the north-west one; (x, y) is the middle."""
    half = side / 2.0
    return [(x + half, y - half), (x + half, y + half), (x - half, y + half), (x - half, y - half)]


def square_licence(
    number: str = "VÍ DỤ-11/GP",
    *,
    x: float = 1135000.0,
    y: float = 562800.0,
    side: float = 400.0,
    valid: tuple[str, str] = ("2026-01-01", "2027-12-31"),
    hours: Sequence[tuple[str, str]] = (("07:00", "17:00"),),
    periods: Sequence[tuple[str, str]] = (),
) -> Licence:
    """An invented square in the stream at Tân Lộc."""
    rows = [
        {"from": opens, "to": closes, "effective_from": "2020-01-01", "effective_to": None}
        for opens, closes in hours
    ]
    changes: dict[str, Any] = {
        "number": number,
        "valid_from": valid[0],
        "valid_to": valid[1],
        "hours": rows,
        "periods": [{"from": first, "to": last} for first, last in periods],
    }
    return parse(with_rings([square(x, y, side)], changes=changes))


def hours(opens: str, closes: str, first: date = date(2020, 1, 1), last: date | None = None) -> Hours:
    def minutes(clock: str) -> int:
        return int(clock[:2]) * 60 + int(clock[3:])

    return Hours(minutes(opens), minutes(closes), first, last)
