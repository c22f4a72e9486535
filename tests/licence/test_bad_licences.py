"""A licence with a mistake is refused in a sentence that names the place and what to do."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from agent.errors import SettingsError
from agent.licence.licence import parse_licences
from agent.licence.vn2000 import plane_to_degrees, to_wgs84, wgs84_to_vn2000
from licence.licence_builders import example, square, with_rings

Feature = dict[str, Any]
Change = Callable[[Feature], object]


def properties(key: str, value: Any) -> Change:
    def change(feature: Feature) -> None:
        feature["properties"][key] = value

    return change


def without(key: str) -> Change:
    return lambda feature: feature["properties"].pop(key)


def hours(*rows: tuple[str, str, str, str | None]) -> Change:
    names = ("from", "to", "effective_from", "effective_to")
    return properties("hours", [dict(zip(names, row, strict=True)) for row in rows])


def ring(change: Callable[[list[list[float]]], object]) -> Change:
    return lambda feature: change(feature["geometry"]["coordinates"][0])


def row(number: int, **values: Any) -> Change:
    return lambda feature: feature["properties"]["vn2000"]["corners"][number].update(values)


def vn2000(**values: Any) -> Change:
    return lambda feature: feature["properties"]["vn2000"].update(values)


def new_rings(*rings: Any) -> Change:
    return lambda feature: feature.update(with_rings(rings))


def polygon_by(convert: Callable[[float, float], tuple[float, float]]) -> Change:
    """The polygon made from the table by another conversion than the right one."""

    def change(feature: Feature) -> None:
        rows = feature["properties"]["vn2000"]["corners"]
        points = [convert(one["x_northing_m"], one["y_easting_m"]) for one in rows]
        feature["geometry"]["coordinates"] = [[[lon, lat] for lat, lon in [*points, points[0]]]]

    return change


def swap_all_columns(feature: Feature) -> None:
    for one in feature["properties"]["vn2000"]["corners"]:
        one["x_northing_m"], one["y_easting_m"] = one["y_easting_m"], one["x_northing_m"]


def lat_first(feature: Feature) -> None:
    feature["geometry"]["coordinates"] = [
        [[lat, lon] for lon, lat in points] for points in feature["geometry"]["coordinates"]
    ]


def metres_as_degrees(feature: Feature) -> None:
    corners = [[x, y] for x, y in square()]
    feature["geometry"]["coordinates"] = [[*corners, corners[0]]]


def cross(feature: Feature) -> None:
    points = feature["geometry"]["coordinates"][0]
    points[1], points[2] = points[2], points[1]


def overlap(feature: Feature) -> None:
    feature.update(with_rings([square(), square(side=100.0)]))
    first, second = feature["geometry"]["coordinates"]
    feature["geometry"] = {"type": "MultiPolygon", "coordinates": [[first], [second]]}


BAD: dict[str, tuple[Change, str]] = {
    # name: (what was done to a good licence, what the message must say)
    "no number": (without("number"), r"feature\.properties\.number: is missing \(the number on the decision"),
    "number is a number": (properties("number", 12), r"properties\.number = 12: .*string"),
    "empty holder": (properties("holder", ""), r"properties\.holder = \"\": .*\(the name of the holder"),
    "no dates": (without("valid_to"), r"properties\.valid_to: is missing \(a date as \"2027-12-31\""),
    "date as in Vietnam": (
        properties("valid_from", "01/01/2026"),
        r'valid_from = "01/01/2026": .*\(a date as',
    ),
    "no such day": (properties("valid_to", "2027-02-30"), r'valid_to = "2027-02-30": .*day value'),
    "dates in the wrong order": (
        properties("valid_to", "2025-12-31"),
        r"valid_to = 2025-12-31: lies before valid_from 2026-01-01",
    ),
    "no meridian": (
        lambda feature: feature["properties"]["vn2000"].pop("meridian_deg"),
        r"vn2000\.meridian_deg: is missing \(the central meridian of the table",
    ),
    "meridian between two": (vn2000(meridian_deg=105.1), r"meridian_deg = 105\.1: .*multiple of 0\.25"),
    "meridian as text": (vn2000(meridian_deg="105-00"), r'meridian_deg = "105-00": .*\(the central meridian'),
    "zone of four degrees": (vn2000(zone_width_deg=4), r"zone_width_deg = 4: .*\(3 \(scale 0\.9999\) or 6"),
    "no corner table": (without("vn2000"), r"properties\.vn2000: is missing \(the corner table"),
    "unknown key": (
        properties("qouta_m3", 5000),
        r"properties\.qouta_m3 = 5000: is not a key of this format",
    ),
    "quota without phases": (
        properties("quota", {"volume": "loose"}),
        r"properties\.quota\.phases: is missing \(a list of",
    ),
    "format of the future": (
        properties("format", "sandwatch-licence/2"),
        r'format = "sandwatch-licence/2": .*\("sandwatch-licence/1"\)',
    ),
    "no word on being invented": (without("synthetic"), r"synthetic: is missing \(true for an invented"),
    "no hours": (properties("hours", []), r"properties\.hours = \[\]: holds 0 \(a list of"),
    "hours without a colon": (
        hours(("7h00", "17:00", "2026-01-01", None)),
        r'hours\[0\]\.from = "7h00": is not written as it should be \("07:00" in hours',
    ),
    "hour that does not exist": (hours(("07:00", "25:00", "2026-01-01", None)), r'hours\[0\]\.to = "25:00"'),
    "hours of no length": (
        hours(("07:00", "07:00", "2026-01-01", None)),
        r'hours\[0\]\.from = 07:00: .*the whole day is "00:00" to "24:00"',
    ),
    "hours that end before they begin": (
        hours(("07:00", "17:00", "2026-01-01", "2025-01-01")),
        r"hours\[0\]\.effective_to = 2025-01-01: lies before effective_from",
    ),
    "days without hours": (
        hours(("07:00", "17:00", "2026-01-01", "2026-06-30"), ("07:00", "17:00", "2026-07-02", None)),
        r"properties\.hours = 2026-07-01: no hours are in force on this day",
    ),
    "period backwards": (
        properties("periods", [{"from": "2026-06-01", "to": "2026-05-01"}]),
        r"periods\[0\]\.to = 2026-05-01: lies before from 2026-06-01",
    ),
    "vessel without bucket": (
        properties("vessels", [{"hull_number": "CT-1", "m3_per_day": 5, "valid_to": "2026-12-31"}]),
        r"vessels\[0\]\.bucket_m3: is missing \(the bucket's volume",
    ),
    "corner without easting": (
        lambda feature: feature["properties"]["vn2000"]["corners"][2].pop("y_easting_m"),
        r"corners\[2\]\.y_easting_m: is missing \(Y of the table, the easting",
    ),
    "two corners in the table": (
        lambda feature: vn2000(corners=feature["properties"]["vn2000"]["corners"][:2])(feature),
        r"vn2000\.corners = .*: holds 2 \(3 to 2000 rows",
    ),
    "latitude first": (
        lat_first,
        r"coordinates\[0\]\[0\] = \[10\.\d+, 105\.\d+\]: has latitude first .*swap",
    ),
    "metres in the polygon": (
        metres_as_degrees,
        r"is no longitude and latitude in degrees .*vn2000\.corners",
    ),
    "corner in the Gulf of Guinea": (
        ring(lambda points: points.__setitem__(1, [0, 0])),
        r"\[0\]\[1\] = .*outside Vietnam",
    ),
    "ring that is not closed": (
        ring(lambda points: points.pop()),
        r"coordinates\[0\]: is not closed.*repeat the first",
    ),
    "two corners": (
        ring(lambda points: points.__delitem__(slice(1, 3))),
        r"coordinates\[0\]: has 2 corners \(at least 3",
    ),
    "corner given twice": (
        ring(lambda points: points.insert(1, points[1])),
        r"coordinates\[0\]\[1\] = .*: is the same place as the next corner",
    ),
    "crossing edges": (
        cross,
        r"coordinates\[0\]: edge 1-2 crosses or touches edge 3-4 \(corners must follow",
    ),
    "spike": (
        new_rings([*square(), (1134800.0, 562200.0), (1134800.0, 562500.0)]),
        r"coordinates\[0\]: edge 4-5 runs back over edge 5-6",
    ),
    "hole outside": (
        new_rings(square(), square(x=1133000.0)),
        r"coordinates\[1\]: is a hole that does not lie inside",
    ),
    "hole across the edge": (
        new_rings(square(), square(x=1135200.0, side=100.0)),
        r"coordinates\[0\]: edge 1-2 crosses or touches edge \d-\d of feature\.geometry\.coordinates\[1\]",
    ),
    "polygons that overlap": (overlap, r"coordinates\[1\]: lies inside .*must not overlap"),
    "altitude in the polygon": (
        ring(lambda points: points[0].append(0.0)),
        r"\[0\]\[0\] = .*no position.*two numbers",
    ),
    "a line for an area": (
        lambda feature: feature["geometry"].update(type="LineString"),
        r"geometry\.type = LineString: is no area",
    ),
    "no geometry": (lambda feature: feature.update(geometry=None), r"feature\.geometry: is missing"),
    "another reference system": (lambda feature: feature.update(crs={}), r"crs: is not a key.*always WGS 84"),
    "columns swapped": (
        swap_all_columns,
        r"corners\[0\] = corner 1: X 562242\.00, Y 1135614\.00: X and Y have changed places \(4 of 4 rows\)",
    ),
    "one row mistyped": (
        row(2, x_northing_m=1134146),
        r"corners\[2\] = corner 3 of ring 1: .*lies 18\.0 m from the polygon's corner \(at most 3 m: compare this row",
    ),
    "wrong meridian": (
        polygon_by(lambda x, y: to_wgs84(x, y, 105.5, 3)),
        r"lies 5\d{4}\.\d m .*was made with the central meridian 105\.5, the table says 105",
    ),
    "no change of datum": (
        polygon_by(lambda x, y: plane_to_degrees(x, y, 105.0, 3)),
        r"lies 22\d\.\d m .*without the change from the VN-2000 datum .*Decision 05/2007",
    ),
    "change of datum backwards": (
        polygon_by(lambda x, y: wgs84_to_vn2000(*plane_to_degrees(x, y, 105.0, 3))),
        r"lies 4[45]\d\.\d m .*wrong direction",
    ),
    "zone of six degrees": (
        polygon_by(lambda x, y: to_wgs84(x, y, 105.0, 6)),
        r"made for a zone of 6° .*not 3°",
    ),
    "row missing in the table": (
        lambda feature: feature["properties"]["vn2000"]["corners"].pop(),
        r"ring 1: 3 corners: the polygon has 4 \(one row for each corner",
    ),
    "ring missing in the table": (
        row(3, ring=2),
        r"vn2000\.corners = 2 ring\(s\) in the table: the geometry has 1",
    ),
}

TWICE = {"hole across the edge", "spike"}  # two pairs of edges meet there


@pytest.mark.parametrize("name", BAD)
def test_bad_licence_is_refused_with_the_place_and_the_remedy(name: str) -> None:
    change, message = BAD[name]
    feature = example()
    change(feature)
    with pytest.raises(SettingsError, match=message) as refusal:
        parse_licences(json.dumps(feature, ensure_ascii=False), "licence.geojson")
    assert len(refusal.value.mistakes) == (2 if name in TWICE else 1)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"is not JSON: line 1, column 1"),
        ('{"type": "Feature",\n "properties": }', r"is not JSON: line 2, column 16"),
        ("[1, 2]", r"is not a licence: its type is neither Feature"),
        ('{"type": "Polygon"}', r"is not a licence"),
        ('{"type": "FeatureCollection", "features": []}', r"features: holds no licence"),
        ('{"type": "FeatureCollection", "features": [7]}', r"features\[0\]: is not a Feature"),
        ('{"type": "FeatureCollection", "name": "x", "features": []}', r"name: is not a key of this format"),
        ('{"type": "Feature", "type": "Feature"}', r'the key "type" stands twice'),
        ('{"type": "Feature", "properties": NaN}', r"NaN is no number"),
        ('{"type": "Feature", "properties": 3, "geometry": null}', r"properties = 3: must be an object"),
        ("[" * 100_000, r"is nested too deep"),
    ],
)
def test_file_that_holds_no_licence_says_why(text: str, message: str) -> None:
    with pytest.raises(SettingsError, match=message):
        parse_licences(text, "licence.geojson")


def test_all_mistakes_come_at_once() -> None:
    feature = example()
    for name in (
        "no number",
        "no meridian",
        "no such day",
        "ring that is not closed",
        "another reference system",
    ):
        BAD[name][0](feature)
    with pytest.raises(SettingsError) as refusal:
        parse_licences(json.dumps(feature), "licence.geojson")
    assert len(refusal.value.mistakes) == 5


def test_two_licences_of_one_number_are_refused() -> None:
    text = json.dumps({"type": "FeatureCollection", "features": [example(), example()]})
    with pytest.raises(
        SettingsError, match=r"features\[1\]\.properties\.number = .*: stands twice in this file"
    ):
        parse_licences(text, "licence.geojson")
