"""Corner tables in all the forms in which offices keep them give the same corners."""

import json
from pathlib import Path

import pytest
from openpyxl import Workbook

from agent.desk.corner_table import CornerTable, read_table
from agent.desk.headers import stated
from agent.desk.numbers import coordinate
from desk.desk_builders import A, B, as_csv, imported, rows_of, table, written


def corners(found: CornerTable) -> list[list[tuple[float, float]]]:
    return [[(point.x_m, point.y_m) for point in ring.points] for ring in found.rings]


ROWS = rows_of(A)
FORMS = {
    "semicolons and decimal commas": table(),
    "numbers first": as_csv([["STT", "Tên điểm", "X (m)", "Y (m)"], *([f"{n}", *row] for n, row in enumerate(ROWS, 1))]),
    "Y before X": as_csv([["Số hiệu điểm", "Y(m)", "X(m)"], *([c, y, x] for c, x, y in ROWS)]),
    "commas and points": as_csv([["Điểm", "X", "Y"], *([c, x.replace(".", "").replace(",", "."), y.replace(".", "").replace(",", ".")] for c, x, y in ROWS)], ","),
    "tabs": as_csv([["Điểm góc", "Tọa độ X", "Tọa độ Y"], *ROWS], "\t"),
    "words above and below": table(
        heading=["BẢNG TỌA ĐỘ KHU VỰC KHAI THÁC", "Hệ tọa độ VN-2000, kinh tuyến trục 105°00', múi chiếu 3°"],
        below=[["Diện tích: 45,0 ha", "", ""]],
    ),
    "first corner again at the end": table(below=[ROWS[0]]),
    "blanks in numbers": table().replace(".", " "),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_the_same_table_in_another_form_is_the_same_table(form: str, tmp_path: Path) -> None:
    assert corners(read_table(written(tmp_path, FORMS[form]))) == [list(A)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1258"])
def test_the_encoding_of_an_old_office_program_is_read(encoding: str, tmp_path: Path) -> None:
    text = table(header=("STT", "X (m)", "Y (m)"), heading=["Công ty ví dụ"])
    if encoding == "cp1258":
        text = text.replace("ví dụ", "v\u00ed d\u0323u")
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode(encoding))
    assert corners(read_table(path)) == [list(A)]


def test_a_spreadsheet_with_numbers_as_numbers_or_as_text_is_read(tmp_path: Path) -> None:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Hệ VN-2000, kinh tuyến trục 105°00', múi 3°"])
    sheet.append(["Điểm", "X (m)", "Y (m)"])
    for number, (x, y) in enumerate(A, 1):
        sheet.append([number, x, f"{y:,}".replace(",", ".")])
    book.save(tmp_path / "table.xlsx")
    found = read_table(tmp_path / "table.xlsx")
    assert corners(found) == [list(A)]
    assert (found.stated.meridian_deg, found.stated.zone_width_deg) == (105.0, 3)


HOLE = ((1135000.0, 562800.0), (1135000.0, 562850.0), (1134950.0, 562850.0))


def test_areas_and_holes_are_told_by_lines_of_text(tmp_path: Path) -> None:
    rows = [
        ["Điểm", "X (m)", "Y (m)"],
        ["Khu I", "", ""],
        *rows_of(A),
        ["Phần trừ ra: trụ cầu", "", ""],
        *rows_of(HOLE),
        ["Khu II", "", ""],
        *rows_of(B),
    ]
    done = imported(written(tmp_path, as_csv(rows)))
    assert [len(polygon) for polygon in done.outline.polygons] == [2, 1]
    assert done.licence is not None
    assert done.licence.corners[0].ring == "Khu I"
    assert done.feature["geometry"]["type"] == "MultiPolygon"  # type: ignore[index, call-overload]


def test_areas_may_be_told_by_a_column(tmp_path: Path) -> None:
    rows = [
        ["Khu vực", "Điểm", "X", "Y"],
        *(["I", *row] for row in rows_of(A)),
        *(["II", *row] for row in rows_of(B)),
    ]
    assert [ring.name for ring in read_table(written(tmp_path, as_csv(rows))).rings] == ["I", "II"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.135.614,25", 1135614.25),
        ("1135614,25", 1135614.25),
        ("1 135 614.25", 1135614.25),
        ("1,135,614.25", 1135614.25),
        ("1135614.250", 1135614.25),
        ("562.242", 562242.0),
        ("562,242", 562242.0),
        ("62.242,5 m", 62242.5),
        ("1.135,614,2", None),
        ("1.135.61", None),
        ("1135614O", None),
        ("", None),
    ],
)
def test_a_number_is_read_as_it_was_meant(text: str, value: float | None) -> None:
    assert coordinate(text) == value


@pytest.mark.parametrize(
    ("text", "meridian", "width", "area"),
    [
        ("Hệ tọa độ VN-2000, kinh tuyến trục 105°30', múi chiếu 3°", 105.5, 3, None),
        ("KTT 104o45', múi 3o. Diện tích 45,0 ha", 104.75, 3, 45.0),
        ("kinh tuyến trục: 105 độ 00 phút, múi chiếu 6 độ; diện tích: 1.234,5 ha", 105.0, 6, 1234.5),
        ("Kinh tuyến trục 105,75", 105.75, None, None),
        ("Bảng tọa độ", None, None, None),
    ],
)
def test_the_words_around_a_table_are_understood(
    text: str, meridian: float | None, width: int | None, area: float | None
) -> None:
    said = stated([text])
    assert (said.meridian_deg, said.zone_width_deg, said.area_ha) == (meridian, width, area)


def test_the_original_table_stands_beside_the_polygon(tmp_path: Path) -> None:
    path = written(tmp_path, table())
    properties = json.loads(imported(path).text)["properties"]
    kept = properties["vn2000"]
    assert [(row["x_northing_m"], row["y_easting_m"]) for row in kept["corners"]] == list(A)
    assert (kept["meridian_deg"], kept["zone_width_deg"]) == (105.0, 3)
    assert kept["source"].startswith("table.csv, SHA-256 ")
