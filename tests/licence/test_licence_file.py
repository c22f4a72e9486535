"""What a good licence file gives."""

import json
from datetime import date
from pathlib import Path

import pytest

from agent.licence.licence import Corner, Hours, parse_licences
from licence.licence_builders import EXAMPLES, example, parse, square, with_rings


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.geojson")), ids=lambda file: file.stem)
def test_example_licences_parse_and_say_that_they_are_invented(file: Path) -> None:
    licence = parse(example(file.name))
    assert licence.synthetic
    assert licence.number.startswith("VÍ DỤ")
    assert "invented" in licence.holder
    assert (licence.valid_from, licence.valid_to) == (date(2026, 1, 1), date(2027, 12, 31))
    assert licence.hours == (Hours(7 * 60, 17 * 60, date(2026, 1, 1), None),)


def test_there_are_three_examples_and_one_is_in_the_other_meridian_of_can_tho() -> None:
    meridians = {file.stem: parse(example(file.name)).meridian_deg for file in EXAMPLES.glob("*.geojson")}
    assert meridians == {"example-tan-loc": 105.0, "example-tra-noc": 105.0, "example-ke-sach": 105.5}


def test_table_polygon_vessels_and_feature_are_kept() -> None:
    feature = example()
    licence = parse(feature)
    assert licence.corners[0] == Corner("1", "1", 1135614.0, 562242.0)
    assert licence.polygons[0][0][0] == (105.5700062, 10.268566)
    assert len(licence.polygons[0][0]) == 4
    assert licence.vessels[0].bucket_m3 == 1.5
    assert licence.feature == feature


def test_digest_is_of_the_meaning_and_not_of_the_layout() -> None:
    feature = example()
    backwards = dict(reversed(example().items()))
    assert parse(backwards).sha256 == parse(feature).sha256
    feature["properties"]["holder"] += "."
    assert parse(feature).sha256 != parse(backwards).sha256


def test_collection_holds_several_licences() -> None:
    features = [example(file.name) for file in sorted(EXAMPLES.glob("*.geojson"))]
    text = json.dumps({"type": "FeatureCollection", "features": features})
    assert len(parse_licences(text, "all.geojson")) == 3


def test_two_areas_and_a_hole_are_one_licence() -> None:
    outer, hole, second = square(), square(side=100.0), square(x=1134000.0)
    feature = with_rings([outer, hole, second])
    rings = feature["geometry"]["coordinates"]
    feature["geometry"] = {"type": "MultiPolygon", "coordinates": [rings[:2], rings[2:]]}
    assert [len(polygon) for polygon in parse(feature).polygons] == [2, 1]


def test_rings_may_be_named_in_the_table() -> None:
    feature = with_rings([square(), square(side=100.0)])
    for row in feature["properties"]["vn2000"]["corners"]:
        row["ring"] = "Khu I" if row["ring"] == 1 else "Khu I, trừ"
    assert parse(feature).corners[4].ring == "Khu I, trừ"


def test_polygon_may_begin_at_another_corner_and_run_the_other_way_round_than_the_table() -> None:
    feature = with_rings([square()])
    (ring,) = feature["geometry"]["coordinates"]
    turned = list(reversed(ring[1:3] + ring[3:-1] + ring[:1]))
    feature["geometry"]["coordinates"] = [[*turned, turned[0]]]
    assert len(parse(feature).polygons[0][0]) == 4


def test_table_rounded_to_whole_metres_agrees() -> None:
    feature = with_rings([square(x=1135000.4, y=562800.4)])
    for row in feature["properties"]["vn2000"]["corners"]:
        row["x_northing_m"] = float(round(row["x_northing_m"]))
        row["y_easting_m"] = float(round(row["y_easting_m"]))
    assert parse(feature)


def test_hours_may_change_on_a_day_and_run_over_midnight() -> None:
    feature = example()
    feature["properties"]["hours"] = [
        {"from": "07:00", "to": "17:00", "effective_from": "2026-01-01", "effective_to": "2026-06-30"},
        {"from": "19:00", "to": "05:00", "effective_from": "2026-07-01", "effective_to": "2027-12-31"},
    ]
    licence = parse(feature)
    assert licence.hours[1] == Hours(1140, 300, date(2026, 7, 1), date(2027, 12, 31))
