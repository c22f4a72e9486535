"""What people and programs take away: lists, maps in two datums, features for QGIS, files for departments, labels."""

import csv
import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import openpyxl
import pyogrio
import pyproj
import pytest
import requests

import builders
from agent.types import Detection
from ashore import scene
from ashore.boat import Boat, evidence, still
from ashore.test_overview import config, produced
from ashore.test_review import Inspector
from ashore.visitors import csrf_of, signed_in
from models.training.prepare import Sources, prepare
from models.training.recipe import load_recipe
from station import circular10, labels
from station.accounts import Role
from station.app import Station
from station.spreadsheet import Sheet, csv_bytes, xlsx_bytes
from station.vn2000_zones import EPSG, Zone

AS_QGIS = """
import json, sys
import pyogrio
layers = [name for name, shape in pyogrio.list_layers(sys.argv[1])]
meta, fids, shapes, values = pyogrio.raw.read(sys.argv[1], layer="events")
licences = values[list(meta["fields"]).index("licence")]
print(json.dumps({"layers": layers, "events": len(shapes), "licences": [str(one) for one in licences]}))
"""  # in a process of its own: GDAL keeps Python's lock while it waits for the station, which is Python too


@pytest.fixture
def evening(boat: Boat) -> Boat:
    scene.play(boat)
    boat.write("config.applied", config())
    boat.write("production", produced(0, 100))
    boat.send()
    return boat


def saved(answer: requests.Response, path: Path) -> Path:
    assert answer.status_code == 200, answer.text
    path.write_bytes(answer.content)
    return path


# ── lists ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_list_is_the_same_in_csv_and_xlsx(evening: Boat) -> None:
    packed = io.BytesIO(evening.page("/exports/events.xlsx", lang="en", meridian="105").content)
    sheet = openpyxl.load_workbook(packed).active
    assert sheet is not None
    cells = [["" if cell is None else str(cell) for cell in row] for row in sheet.iter_rows(values_only=True)]
    text = evening.page("/exports/events.csv", lang="en", meridian="105").content.decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text)))
    assert lines[0] == cells[0]
    assert "X (VN-2000 / TM-3 105-00)" in lines[0]
    assert len(lines) == len(cells) == 3
    first = dict(zip(lines[0], lines[2], strict=True))
    assert first["Opened"] == "2026-11-20T17:41:07+07:00"
    assert (first["Value"], first["± error"], first["Unit"]) == ("66.4", "8.6", "m")


def test_an_export_keeps_the_filters_of_the_list(evening: Boat) -> None:
    text = evening.page("/exports/events.csv", kind="camera_lost").content.decode("utf-8-sig")
    assert len(list(csv.reader(io.StringIO(text)))) == 2
    assert evening.page("/exports/events.csv", kind="nothing").status_code == 400
    assert evening.page("/exports/events.pdf").status_code == 404
    assert evening.page("/exports/events.csv", meridian="105.1").status_code == 400


def test_a_text_that_looks_like_a_formula_is_never_computed() -> None:
    sheet = Sheet("x", ("a",), [["=1+1"], ["-5 m\x00"], ["<b>\x07&"], [-5.5]])
    assert csv_bytes(sheet).decode("utf-8-sig").splitlines() == ["a", "'=1+1", "'-5 m", "<b>\x07&", "-5.5"]
    page = openpyxl.load_workbook(io.BytesIO(xlsx_bytes(sheet))).active
    assert page is not None
    assert [(cell.value, cell.data_type) for cell in page["A"][1:]] == [
        ("=1+1", "s"),
        ("-5 m", "s"),
        ("<b>&", "s"),
        (-5.5, "n"),
    ]


# ── maps ──────────────────────────────────────────────────────────────────────────────────────────────


def test_every_zone_is_the_one_its_code_names() -> None:
    for meridian, code in EPSG.items():
        register = pyproj.CRS.from_epsg(code).to_cf()
        assert register["longitude_of_central_meridian"] == pytest.approx(meridian)
        ours = pyproj.CRS.from_wkt(Zone(meridian).wkt)
        assert ours.to_cf()["scale_factor_at_central_meridian"] == 0.9999
        assert ours.to_epsg() == code


def test_a_geopackage_in_vn2000_is_read_by_gdal_where_it_lies(evening: Boat, tmp_path: Path) -> None:
    path = saved(evening.page("/exports/all.gpkg", meridian="105.5"), tmp_path / "a.gpkg")
    assert [name for name, _shape in pyogrio.list_layers(path)] == ["events", "licences", "vessels"]
    info = pyogrio.read_info(path, layer="licences")
    assert (info["crs"], info["geometry_type"]) == ("EPSG:9209", "MultiPolygon")
    meta, _fids, shapes, values = pyogrio.raw.read(path, layer="events")
    names = list(meta["fields"])
    x, y = (float(values[names.index(name)][0]) for name in ("x_northing_m", "y_easting_m"))
    operation = pyproj.Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad +step +proj=cart +ellps=WGS84 "
        "+step +inv +proj=helmert +x=-191.90441429 +y=-39.30318279 +z=-111.45032835 +rx=-0.00928836 "
        "+ry=0.01975479 +rz=-0.00427372 +s=0.252906278 +convention=coordinate_frame "
        "+step +inv +proj=cart +ellps=WGS84 +step +proj=tmerc +lon_0=105.5 +k=0.9999 +x_0=500000 +ellps=WGS84"
    )
    easting, northing, _height = operation.transform(scene.BARGE[1], scene.BARGE[0], 0.0)
    assert (x, y) == pytest.approx((northing, easting), abs=0.02)
    assert shapes[0] is not None
    assert shapes[1] is None  # the lost camera has no place


def test_a_geopackage_in_wgs84_has_the_places_of_the_geojson(evening: Boat, tmp_path: Path) -> None:
    path = saved(evening.page("/exports/track.gpkg"), tmp_path / "t.gpkg")
    info = pyogrio.read_info(path, layer="track", force_total_bounds=True)
    points = evening.page("/exports/track.geojson").json()["features"]
    assert info["features"] == len(points) == 31
    lons = [point["geometry"]["coordinates"][0] for point in points]
    assert (info["total_bounds"][0], info["total_bounds"][2]) == pytest.approx((min(lons), max(lons)))


# ── OGC API Features ──────────────────────────────────────────────────────────────────────────────────


def test_the_pages_of_a_collection_give_every_feature_once(evening: Boat) -> None:
    address, ids = f"{evening.url}/ogc/collections/track/items?limit=7", []
    while address:
        page = evening.visitor.get(address, timeout=30).json()
        ids += [feature["id"] for feature in page["features"]]
        assert page["numberReturned"] == len(page["features"]) <= 7
        address = next((link["href"] for link in page["links"] if link["rel"] == "next"), "")
    assert len(ids) == len(set(ids)) == 31
    one = evening.page(f"/ogc/collections/track/items/{ids[3]}").json()
    assert one["id"] == ids[3]


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"bbox": "105.57,10.26,105.58,10.27"}, 1),
        ({"bbox": "105.57,10.26,0,105.58,10.27,99"}, 1),
        ({"bbox": "106,10,107,11"}, 0),
        ({"datetime": "2026-11-20T10:41:07Z"}, 1),
        ({"datetime": "2026-11-20T10:42:00Z/.."}, 1),
        ({"datetime": "../2026-11-20T10:42:00Z"}, 1),
        ({}, 2),
    ],
)
def test_features_are_chosen_by_place_and_time(evening: Boat, query: dict[str, str], count: int) -> None:
    answer = evening.page("/ogc/collections/events/items", **query)
    assert answer.headers["Content-Type"] == "application/geo+json"
    assert answer.json()["numberReturned"] == count


@pytest.mark.parametrize(
    "query",
    [
        {"bbox": "1,2,3"},
        {"bbox": "1,9,3,4"},
        {"bbox": "a,b,c,d"},
        {"datetime": "yesterday"},
        {"datetime": "2026-11-20"},
        {"limit": "0"},
        {"limit": "-1"},
        {"after": "x"},
        {"colour": "red"},
    ],
)
def test_what_cannot_be_asked_is_refused_with_a_sentence(evening: Boat, query: dict[str, str]) -> None:
    answer = evening.page("/ogc/collections/track/items", **query)
    assert (answer.status_code, answer.json()["code"]) == (400, "InvalidParameterValue")


def test_unknown_collections_and_features_are_not_found(evening: Boat) -> None:
    for path in ("nothing", "nothing/items", "nothing/items/1", "events/items/x", "vessels/items/x"):
        assert evening.page(f"/ogc/collections/{path}").status_code == 404


def test_gdal_reads_the_station_as_qgis_does_with_an_access_key(evening: Boat, station: Station) -> None:
    """GDAL's OAPIF driver walks landing page, collections, pages and description by itself."""
    csrf = csrf_of(station, evening.visitor)
    form = {"csrf": csrf, "do": "make", "purpose": "QGIS"}
    page = evening.visitor.post(f"{evening.url}/exports/keys", data=form, timeout=30).text
    key = page.split("<code>sw-")[1].split("<")[0]
    asked = {**os.environ, "GDAL_HTTP_USERPWD": f"supervisor:sw-{key}"}
    done = subprocess.run(
        [sys.executable, "-c", AS_QGIS, f"OAPIF:{evening.url}/ogc"],
        env=asked,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert sorted(found["layers"]) == ["events", "licences", "track", "vessels"]
    assert found["events"] == 2
    assert "VÍ DỤ-01/GP" in found["licences"]


def test_a_key_reads_features_only_until_it_is_ended(evening: Boat, station: Station) -> None:
    reader = signed_in(station, Role.READER)
    form = {"csrf": csrf_of(station, reader), "do": "make"}
    page = reader.post(f"{evening.url}/exports/keys", data=form, timeout=30).text
    key = "sw-" + page.split("<code>sw-")[1].split("<")[0]

    def status(path: str, name: str = "read-only", secret: str = key) -> int:
        return requests.get(
            evening.url + path, auth=(name, secret), timeout=30, allow_redirects=False
        ).status_code

    assert status("/ogc/collections/events/items") == 200
    assert status("/ogc", secret="sw-x") == status("/ogc", name="supervisor") == 401
    assert status("/exports/events.csv") == status("/queue") == 303  # to the log-in
    number = page.split('name="number" value="')[1].split('"')[0]
    others = {"csrf": csrf_of(station, evening.visitor), "do": "end", "number": number}
    evening.visitor.post(f"{evening.url}/exports/keys", data=others, timeout=30)
    assert status("/ogc") == 200  # somebody else's key is left alone
    reader.post(f"{evening.url}/exports/keys", data={**form, "do": "end", "number": number}, timeout=30)
    assert status("/ogc") == 401


# ── Circular 10/2021 ──────────────────────────────────────────────────────────────────────────────────


def test_production_becomes_text_files_of_the_circular_once(
    evening: Boat, station: Station, tmp_path: Path
) -> None:
    span = ("2026-11-20T00:00:00.000Z", "2026-11-21T00:00:00.000Z")
    with station.store.reading() as connection:
        assert circular10.write_files(connection, tmp_path, "CT", "SONGHAU", *span) == 1
        assert circular10.write_files(connection, tmp_path, "CT", "SONGHAU", *span) == 0
        with pytest.raises(circular10.CircularError, match="A_B"):
            circular10.write_files(connection, tmp_path, "A_B", "X", *span)
    (path,) = tmp_path.rglob("*.txt")
    assert path.relative_to(tmp_path).as_posix().startswith("barge-1/2026/11/20/CT_SONGHAU_barge-1_20261120")
    stamp = path.stem.split("_")[-1]
    assert path.read_bytes().decode().split("\r\n")[:3] == [
        f"SoGau\t100.00\tgau\t{stamp}\t00",
        f"GioLamViec\t0.17\th\t{stamp}\t00",
        f"KLTaiCho\t250.00\tm3\t{stamp}\t00",
    ]


def test_a_time_in_which_nothing_was_seen_is_told_as_a_fault(boat: Boat, station: Station) -> None:
    boat.write("production", produced(0, 0, active_s=60.0, not_counted_s=3600.0, volume=None))
    boat.send()
    with station.store.reading() as connection:
        (one,) = circular10.readings(connection, "CT", "X", "2026", "2027")
    assert {line.split("\t")[4] for line in one.text.splitlines()} == {"02"}


# ── labels ────────────────────────────────────────────────────────────────────────────────────────────


def test_confirmed_pictures_are_a_training_set_and_doubted_ones_are_not(
    boat: Boat, station: Station, tmp_path: Path
) -> None:
    seen = (Detection("grab_crane", 0.9, 400, 130, 1000, 520), Detection("bucket", 0.8, 900, 500, 1400, 600))
    pictures = [still(seed) for seed in (1, 2)]
    for number, data in enumerate(pictures, start=1):
        file = evidence(data, width_px=1280, height_px=720, detections=seen, model_hash="0f" * 32)
        at = builders.stamp(60 * number)
        boat.happens(
            builders.event(event_id=f"voyage:test.{number}", opened=at, updated=at, evidence=(file,))
        )
    boat.send()
    for data in pictures:
        boat.upload(data)
    lan = Inspector(boat, station)
    lan.rules(1, "confirmed", "seen")
    lan.rules(2, "false_alarm", "no_gear_at_work")
    folder = tmp_path / "labels"
    with station.store.reading() as connection:
        counts = labels.export_labels(connection, station.spool, folder)
        with pytest.raises(labels.LabelError, match="already"):
            labels.export_labels(connection, station.spool, folder)
    assert counts == labels.Counts(labelled=1, to_label=1, not_here=0)
    table: dict[str, Any] = prepare(tmp_path / "set", Sources(real=(folder / "labelled",)), load_recipe())
    assert (table["count"], table["refused"], table["boxes"]) == (1, 0, {"grab_crane": 1, "bucket": 1})
    lines = list(csv.DictReader((folder / "rulings.csv").read_text(encoding="utf-8").splitlines()))
    assert [(line["set"], line["ruling"], line["reason"]) for line in lines] == [
        ("labelled", "confirmed", "seen"),
        ("to-label", "false_alarm", "no_gear_at_work"),
    ]
    anew = prepare_refuses(tmp_path / "again", folder / "to-label")
    assert "holds neither COCO JSON nor class names" in anew


def prepare_refuses(out: Path, folder: Path) -> str:
    from agent.errors import SettingsError  # noqa: PLC0415 - beside its only use

    with pytest.raises(SettingsError) as refused:
        prepare(out, Sources(real=(folder,)), load_recipe())
    return str(refused.value)


def test_without_rulings_there_is_nothing_to_train_on(boat: Boat, station: Station, tmp_path: Path) -> None:
    boat.send()
    with (
        station.store.reading() as connection,
        pytest.raises(labels.LabelError, match="no picture held here"),
    ):
        labels.export_labels(connection, station.spool, tmp_path / "x")
