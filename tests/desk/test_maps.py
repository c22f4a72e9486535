"""Maps become licences, and what a licence was made from comes out of it again."""

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pyogrio
import pytest
import shapely
from pyproj import Transformer
from typer.testing import CliRunner, Result

from agent.cli import app
from agent.desk.export import polygon_csv, table_csv
from agent.desk.importer import shipped_rivers
from agent.desk.numbers import coordinate
from agent.desk.preview import preview_html
from agent.desk.sheet import sheet_pdf
from agent.licence.licence import Licence
from desk.desk_builders import A, B, C, Corners, as_csv, imported, rows_of, table, written
from licence.licence_builders import EXAMPLES, example, parse

KML = """<?xml version="1.0" encoding="UTF-8"?>
<kml xmlns="http://www.opengis.net/kml/2.2"><Document><Placemark><name>Mỏ ví dụ</name><MultiGeometry>
<Polygon><outerBoundaryIs><LinearRing><coordinates>{outer}</coordinates></LinearRing></outerBoundaryIs>
<innerBoundaryIs><LinearRing><coordinates>{inner}</coordinates></LinearRing></innerBoundaryIs></Polygon>
</MultiGeometry></Placemark></Document></kml>"""
RING: list[list[float]] = example()["geometry"]["coordinates"][0]
SMALL: Corners = ((1134900.0, 562800.0), (1134900.0, 562850.0), (1134850.0, 562850.0))
LON, LAT = 105.5750, 10.2620
HOLE = [[LON, LAT], [LON + 0.0003, LAT], [LON + 0.0003, LAT + 0.0003], [LON, LAT]]


def exported(text: str) -> list[tuple[float, float]]:
    rows = list(csv.reader(io.StringIO(text), delimiter=";"))[2:]
    return [(coordinate(x) or 0.0, coordinate(y) or 0.0) for _, _, x, y in rows]


def apart_m(one: Corners, other: Corners) -> float:
    return max(max(abs(x - u), abs(y - v)) for (x, y), (u, v) in zip(one, other, strict=True))


def licence_of(path: Path, meridian_deg: float = 105.0, **options: Any) -> Licence:
    licence = imported(path, meridian_deg, **options).licence
    assert licence is not None
    return licence


@pytest.mark.parametrize(("corners", "meridian_deg"), [(A, 105.0), (B, 105.0), (C, 105.5)])
def test_a_table_comes_back_from_the_polygon_within_a_centimetre(
    corners: Corners, meridian_deg: float, tmp_path: Path
) -> None:
    licence = licence_of(written(tmp_path, table(corners)), meridian_deg)
    assert exported(table_csv(licence)) == list(corners)
    assert apart_m(exported(polygon_csv(licence)), corners) < 0.01


@pytest.mark.parametrize("name", ["example-tan-loc", "example-tra-noc", "example-ke-sach"])
def test_the_examples_are_what_an_import_of_their_tables_gives(name: str, tmp_path: Path) -> None:
    original = parse(example(f"{name}.geojson"))
    licence = licence_of(written(tmp_path, table_csv(original)), original.meridian_deg)
    for (lon, lat), (lon2, lat2) in zip(original.polygons[0][0], licence.polygons[0][0], strict=True):
        assert (lon, lat) == pytest.approx((lon2, lat2), abs=2e-7)


def test_a_map_for_phones_with_a_hole_is_read(tmp_path: Path) -> None:
    text = {
        name: " ".join(f"{lon},{lat},0" for lon, lat in ring)
        for name, ring in (("outer", RING), ("inner", HOLE))
    }
    done = imported(written(tmp_path, KML.format(**text), "map.kml"))
    assert [len(polygon) for polygon in done.outline.polygons] == [2]
    assert apart_m(sorted((point.x_m, point.y_m) for point in done.outline.rings[0].points), sorted(A)) < 0.02
    assert "not copied from a decision" in done.text


def test_a_map_that_brings_a_document_type_is_refused(tmp_path: Path) -> None:
    bomb = KML.replace("<kml", '<!DOCTYPE kml [<!ENTITY a "b">]><kml', 1).format(outer="", inner="")
    result = run(
        "import", written(tmp_path, bomb, "map.kml"), "--meridian", "105", "-o", tmp_path / "o.geojson"
    )
    assert result.exit_code == 2
    assert "document type declaration" in result.output


@pytest.mark.parametrize(
    ("suffix", "epsg"), [(".gpkg", 4326), (".shp", 4326), (".gpkg", 5897), (".gpkg", 32648)]
)
def test_gis_files_in_degrees_in_the_decisions_zone_or_in_utm_give_the_same_corners(
    suffix: str, epsg: int, tmp_path: Path
) -> None:
    """UTM of WGS 84 is another projection of the same datum: nothing about the datum is looked up."""
    if epsg == 5897:
        corners = [(y, x) for x, y in A]
    elif epsg == 4326:
        corners = [(lon, lat) for lon, lat in RING[:-1]]
    else:
        to_utm = Transformer.from_crs(4326, epsg, always_xy=True)
        corners = [to_utm.transform(lon, lat) for lon, lat in RING[:-1]]
    path = tmp_path / f"mine{suffix}"
    wkb = shapely.to_wkb(shapely.Polygon(corners))
    pyogrio.raw.write(
        path,
        geometry=[wkb],  # type: ignore[arg-type, unused-ignore]
        field_data=[],
        fields=[],
        geometry_type="Polygon",
        crs=f"EPSG:{epsg}",
    )
    found = imported(path).outline.rings[0].points
    nearest = [min(max(abs(p.x_m - x), abs(p.y_m - y)) for p in found) for x, y in A]
    assert max(nearest) < 0.02


def test_a_map_of_the_same_mine_that_agrees_is_no_obstacle(tmp_path: Path) -> None:
    mine = written(tmp_path, json.dumps({"type": "Polygon", "coordinates": [RING]}), "mine.geojson")
    assert licence_of(written(tmp_path, table()), against=mine)


def test_the_preview_asks_for_nothing_and_shows_every_corner(tmp_path: Path) -> None:
    page = preview_html(imported(written(tmp_path, table())), shipped_rivers())
    assert "default-src 'none'" in page
    assert not re.search(r"(?:src|href)\s*=|url\(|@import|<script", page)
    for number, x, y in rows_of(A):
        assert f"<td>{number}</td><td>{x}</td><td>{y}</td>" in page
    assert "44,99 ha" in page


def test_areas_that_lie_far_apart_are_drawn_one_by_one_too(tmp_path: Path) -> None:
    """In one drawing two areas 20 km apart are two dots."""
    both = table(below=[["Khu II", "", ""], *rows_of(B)])
    page = preview_html(imported(written(tmp_path, both)), shipped_rivers())
    assert page.count("<svg") == 4  # together, along the river, and each
    assert preview_html(imported(written(tmp_path, table())), shipped_rivers()).count("<svg") == 2


def test_what_stands_in_a_table_never_becomes_part_of_the_page(tmp_path: Path) -> None:
    rows = rows_of(A)
    rows[0][0] = "<script>alert(1)</script>"
    page = preview_html(imported(written(tmp_path, as_csv([["Điểm", "X", "Y"], *rows]))), shipped_rivers())
    assert "<script" not in page


def test_the_sheet_is_one_page_and_the_same_bytes_each_time(tmp_path: Path) -> None:
    done = imported(written(tmp_path, table()))
    pdf = sheet_pdf(done)
    assert pdf.startswith(b"%PDF")
    assert len(re.findall(rb"/Type\s*/Page\b", pdf)) == 1
    assert sheet_pdf(done) == pdf


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["licence", *(str(argument) for argument in arguments)])


def test_an_import_writes_licence_preview_and_sheet_and_the_licence_passes_its_check(tmp_path: Path) -> None:
    output = tmp_path / "licence.geojson"
    terms = (
        "--number",
        "VÍ DỤ-22/GP",
        "--holder",
        "Ví Dụ (invented)",
        "--hours",
        "07:00-17:00",
        "--synthetic",
    )
    days = ("--valid-from", "01/01/2026", "--valid-to", "31/12/2027", "--area-ha", "45.0")
    result = run(
        "import", written(tmp_path, table()), "--meridian", "105", *terms, *days, "-o", output, "--lang", "en"
    )
    assert result.exit_code == 0, result.output
    assert "4 corners, 44.99 ha" in result.output
    assert {path.suffix for path in tmp_path.glob("licence.*")} == {".geojson", ".html", ".pdf"}
    checked = run("check", output, "--lang", "vi")
    assert checked.exit_code == 0, checked.output
    assert "01/01/2026 - 31/12/2027: không có lỗi" in checked.output
    assert run("export", output, "--polygon", "-o", tmp_path / "back.csv").exit_code == 0
    assert apart_m(exported((tmp_path / "back.csv").read_text("utf-8-sig")), A) < 0.01


@pytest.mark.parametrize("hours", ["7-17", "07h00-17h00", "7 giờ 00 – 17 giờ", "7g đến 17g", "07:00-17:00"])
def test_hours_may_be_given_as_decisions_write_them(hours: str, tmp_path: Path) -> None:
    output = tmp_path / "out.geojson"
    path = written(tmp_path, table())
    words = ("--meridian", 105, "-o", output, "--hours", hours, "--valid-from", "01/01/2026")
    assert run("import", path, *words).exit_code == 0
    (row,) = json.loads(output.read_text(encoding="utf-8"))["properties"]["hours"]
    assert (row["from"], row["to"]) == ("07:00", "17:00")


def test_without_its_terms_an_import_is_a_draft_that_no_box_takes(tmp_path: Path) -> None:
    output = tmp_path / "draft.geojson"
    result = run("import", written(tmp_path, table()), "--meridian", "105", "-o", output, "--lang", "en")
    assert result.exit_code == 0, result.output
    assert "still lacking: number, holder, valid_from, valid_to, hours" in result.output
    refused = run("check", output, "--lang", "en")
    assert refused.exit_code == 2
    assert "number: is missing (the number on the decision" in refused.output


def test_rings_of_a_file_run_as_geojson_wants_them_whatever_the_tables_direction(tmp_path: Path) -> None:
    rows = [["Điểm", "X", "Y"], ["Khu I", "", ""], *rows_of(A), ["Trừ", "", ""], *rows_of(SMALL)]
    turned = [
        ["Điểm", "X", "Y"],
        ["Khu I", "", ""],
        *rows_of(A[::-1]),
        ["Trừ", "", ""],
        *rows_of(SMALL[::-1]),
    ]
    for number, form in enumerate((rows, turned)):
        geometry = imported(written(tmp_path, as_csv(form), f"{number}.csv")).feature["geometry"]
        assert isinstance(geometry, dict)
        polygon = shapely.geometry.shape(geometry)
        assert polygon.exterior.is_ccw
        assert not polygon.interiors[0].is_ccw


@pytest.mark.parametrize("name", sorted(file.name for file in EXAMPLES.glob("*.geojson")))
def test_the_examples_pass_their_check(name: str) -> None:
    assert run("check", EXAMPLES / name).exit_code == 0
