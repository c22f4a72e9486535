"""The typical mistakes of a licence file, each refused in Vietnamese and English with its place and the remedy.

The list is `docs/licences.md`; a test compares it with this one.
"""

import json
import re
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from agent.cli import app
from agent.errors import Both
from desk.desk_builders import A, B, Corners, as_csv, rows_of, table, written
from licence.licence_builders import example

DOCS = Path(__file__).parents[2] / "docs" / "licences.md"
VESSELS = Path(__file__).parents[2] / "config" / "vessels" / "example-can-tho.csv"
Make = Callable[[Path], list[str]]


def command(path: Path, *options: str, meridian: str = "105.0") -> list[str]:
    return [
        "licence",
        "import",
        str(path),
        "--meridian",
        meridian,
        "-o",
        str(path.with_suffix(".out.geojson")),
        *options,
    ]


def of_table(text: str, *options: str, meridian: str = "105.0") -> Make:
    return lambda folder: command(written(folder, text), *options, meridian=meridian)


def of_rows(*rows: Sequence[str]) -> Make:
    return of_table(as_csv([["Điểm", "X (m)", "Y (m)"], *rows]))


def of_licence(change: Callable[[dict[str, Any]], object]) -> Make:
    def make(folder: Path) -> list[str]:
        feature = example()
        change(feature)
        return [
            "licence",
            "check",
            str(written(folder, json.dumps(feature, ensure_ascii=False), "licence.geojson")),
        ]

    return make


def term(**changes: Any) -> Make:
    return of_licence(lambda feature: feature["properties"].update(changes))


def cell(row: int, column: int, text: str) -> Make:
    rows = rows_of(A)
    rows[row][column] = text
    return of_rows(*rows)


def order(*places: int) -> Make:
    rows = rows_of(A)
    return of_rows(*(rows[place] for place in places))


def swap_row(row: int) -> Make:
    rows = rows_of(A)
    rows[row][1], rows[row][2] = rows[row][2], rows[row][1]
    return of_rows(*rows)


def of_map(coordinates: Any, *options: str, crs: str | None = None, meridian: str = "105.0") -> Make:
    tree: dict[str, Any] = {"type": "Polygon", "coordinates": coordinates}
    if crs is not None:
        tree["crs"] = {"type": "name", "properties": {"name": crs}}
    return lambda folder: command(
        written(folder, json.dumps(tree), "map.geojson"), *options, meridian=meridian
    )


def against_six_degrees(folder: Path) -> list[str]:
    """The table was typed in as one of a zone of 6°; the department's map of the mine shows it."""
    ring = [[lon, lat] for lon, lat in example()["geometry"]["coordinates"][0]]
    mine = written(folder, json.dumps({"type": "Polygon", "coordinates": [ring]}), "mine.geojson")
    return command(written(folder, table()), "--zone", "6", "--against", str(mine))


def vessel_list(*rows: Sequence[str]) -> Make:
    def make(folder: Path) -> list[str]:
        header = ["Số hiệu phương tiện", "Dung tích gàu (m3)", "Công suất (m3/ngày)", "Thời hạn"]
        ships = written(folder, as_csv([header, *rows]), "vessels.csv")
        return command(written(folder, table()), "--vessels", str(ships))

    return make


RING = example()["geometry"]["coordinates"][0]
SMALL: Corners = ((1134900.0, 562800.0), (1134900.0, 562850.0), (1134850.0, 562850.0))
FAR: Corners = ((1130000.0, 570000.0), (1130000.0, 570050.0), (1129950.0, 570050.0))
PHASE = {"name": "năm 1", "from": "2026-01-01", "to": "2026-12-31", "m3_per_day": 500}
SHIP = {"hull_number": "VD-1", "bucket_m3": 1.5, "m3_per_day": 163, "valid_to": "2026-12-31"}

MISTAKES: dict[str, tuple[Make, Both]] = {
    # what was done: (how, what the two sentences must say: place, problem and remedy)
    "X and Y exchanged in the whole table": (
        of_table(table(header=("Điểm", "Y (m)", "X (m)"))),
        Both(vi=r"dòng 1 = X, Y: X và Y bị đổi chỗ ở cả 4 dòng .*đổi tên hai cột", en=r"row 1 = X, Y: .*changed places in all 4 rows .*exchange the names"),
    ),
    "X and Y exchanged in one row": (
        swap_row(2),
        Both(vi=r"dòng 4 \(điểm 3\).*đổi chỗ ở dòng này \(đổi chỗ hai số", en=r"row 4 \(corner 3\).*in this row \(exchange the two"),
    ),
    "another meridian than the heading says": (
        of_table(table(heading=["kinh tuyến trục 105°00'"]), meridian="105.5"),
        Both(vi=r"--meridian = 105\.5: nguồn ghi kinh tuyến trục 105°00' .*--meridian 105 ", en=r"the source says 105°00' .*--meridian 105 "),
    ),
    "another meridian, and the area lies beside the river": (
        of_table(table(), meridian="105.5"),
        Both(vi=r"cách Sông Hậu 3\d,\d km \(với --meridian 105 khu vực nằm trên sông", en=r"3\d\.\d km from Sông Hậu \(with --meridian 105 it lies on the river"),
    ),
    "a digit mistyped, so that one corner lies far from the river": (
        cell(1, 1, "1.234.341,00"),
        Both(
            vi=r"dòng 3 \(điểm 2\) = X 1\.234\.341,00, .*cách sông \d+,\d km, các điểm khác thì không \(một chữ số",
            en=r"row 3 \(corner 2\) = .*lies \d+\.\d km from the river, where others do not \(a digit mistyped",
        ),
    ),
    "another zone width than the heading says": (
        of_table(table(heading=["múi chiếu 6°"])),
        Both(vi=r"--zone = 3: nguồn ghi múi chiếu 6° .*--zone 6 .*333 m", en=r"the source says a zone of 6° .*--zone 6 .*333 m"),
    ),
    "another zone width than a map of the mine shows": (
        against_six_degrees,
        Both(vi=r"cách điểm của đa giác \d+\.\d m, cả vòng đều lệch: .*múi 3°.*không phải 6°", en=r"the whole ring is off: .*zone of 3° .*not 6°"),
    ),
    "a table in another datum": (
        of_table(table(heading=["Tọa độ WGS-84"])),
        Both(vi=r"tiêu đề bảng: bảng ghi hệ WGS 84, không phải VN-2000", en=r"the heading: the table says WGS 84, not VN-2000 \(take the VN-2000 table"),
    ),
    "no names over the columns": (
        of_table(as_csv(rows_of(A))),
        Both(vi=r"không có dòng tiêu đề ghi cột X và cột Y \(thêm một dòng", en=r"no header that names X and Y \(add a row"),
    ),
    "a coordinate missing": (
        cell(1, 2, ""),
        Both(vi=r"dòng 3 \(điểm 2\), cột Y: thiếu \(ghi số mét", en=r"row 3 \(corner 2\), column Y: is missing \(give the metres"),
    ),
    "a letter O for a zero": (
        cell(0, 1, "1.135.6O4,00"),
        Both(vi=r"dòng 2 \(điểm 1\), cột X = 1\.135\.6O4,00: không phải là số", en=r"row 2 \(corner 1\), column X = .*: is no number"),
    ),
    "decimal commas in a CSV parted by commas": (
        of_table("Điểm,X,Y\n" + "".join(f"{n},{x:.0f},25,{y:.0f},75\n" for n, (x, y) in enumerate(A, 1))),
        Both(vi=r"dòng 2 = .*\(4 dòng\): dấu phẩy thập phân đã tách một số .*lưu CSV với dấu chấm phẩy", en=r"row 2 = .*\(4 rows\): a decimal comma has cut a number .*semicolons"),
    ),
    "a ring that almost closes": (
        of_rows(*rows_of(A), ["1b", "1.135.614,00", "562.243,50"]),
        Both(vi=r"dòng 6 \(điểm 1b\): vòng chưa khép kín: cách điểm đầu \(dòng 2\) 1\.50 m", en=r"row 6 \(corner 1b\): the ring does not close: 1\.50 m from its first corner"),
    ),
    "two rows exchanged, so that edges cross": (
        order(0, 2, 1, 3),
        Both(vi=r"cạnh \d-\d cắt cạnh \d-\d \(đổi chỗ dòng \d .* và dòng \d .*thì hết cắt", en=r"edge \d-\d crosses edge \d-\d \(exchanging row \d .* would mend it"),
    ),
    "a corner given twice": (
        of_rows(*rows_of(A)[:2], ["2b", *rows_of(A)[1][1:]], *rows_of(A)[2:]),
        Both(vi=r"dòng 4 \(điểm 2b\): trùng tọa độ với dòng 3", en=r"row 4 \(corner 2b\): has the coordinates of row 3 \(one row a corner"),
    ),
    "a corner's name given twice": (
        cell(3, 0, "2"),
        Both(vi=r"dòng 5 \(điểm 2\) = 2: số hiệu này đã có ở dòng 3", en=r"row 5 \(corner 2\) = 2: this name stands in row 3 already"),
    ),
    "two corners only": (
        order(0, 1),
        Both(vi=r"dòng 2 \(điểm 1\).*chỉ có 2 điểm \(ít nhất 3", en=r"row 2 \(corner 1\).*has 2 corner\(s\) only \(at least 3"),
    ),
    "a hole that lies outside": (
        of_rows(*rows_of(A), ["Phần trừ ra", "", ""], *rows_of(FAR)),
        Both(vi=r"dòng 7 \(điểm 1\).*không nằm trong khu vực trước nó", en=r"row 7 \(corner 1\).*an area it does not lie in \(check its corners"),
    ),
    "a hole before its area": (
        of_rows(["Phần trừ ra", "", ""], *rows_of(SMALL), ["Khu I", "", ""], *rows_of(A)),
        Both(vi=r"dòng 3 \(điểm 1\) = Phần trừ ra: .*đặt khu vực ngoài lên trước", en=r"row 3 \(corner 1\).*taken out of no area .*outer area first"),
    ),
    "two areas that overlap": (
        of_rows(["Khu I", "", ""], *rows_of(A), ["Khu II", "", ""], *rows_of(SMALL)),
        Both(vi=r"dòng 8 \(điểm 1\) = Khu II: chồng lên một khu vực khác", en=r"row 8 \(corner 1\) = Khu II: overlaps another area"),
    ),
    "a digit mistyped, so that the area is another": (
        of_table(table(((1135614, 562242), (1134341, 563515), (1134164, 563338), (1135487, 562066)), below=[["Diện tích: 45,0 ha", "", ""]])),
        Both(vi=r"diện tích ghi = 45 ha: các điểm cho \d+,\d+ ha .*một dòng gõ sai", en=r"the stated area = 45 ha: the corners give \d+\.\d+ ha \(a row mistyped"),
    ),
    "a ring of a map that is not closed": (
        of_map([RING[:-1]]),
        Both(vi=r"đa giác 1, vòng 1: chưa khép kín: .*điểm đầu lặp lại ở cuối", en=r"polygon 1, ring 1: is not closed: .*first repeated at the end"),
    ),
    "a map in an unknown system": (
        of_map([RING], crs="EPSG:4756"),
        Both(vi=r"hệ tọa độ = VN-2000: không phải WGS 84 .*EPSG:4326", en=r"the coordinate system = VN-2000: is neither WGS 84 .*export it again"),
    ),
    "a map in another zone than the decision": (
        of_map([[[y, x] for x, y in (*B, B[0])]], crs="EPSG:5897", meridian="105.5"),
        Both(vi=r"--meridian = 105\.5: nguồn ghi kinh tuyến trục 105°00'", en=r"--meridian = 105\.5: the source says 105°00'"),
    ),
    "a vessel's last day that is no date": (
        vessel_list(["VD-00001", "1,5", "163", "hết quý III"]),
        Both(vi=r"dòng 2 \(VD-00001\) = hết quý III: thời hạn không phải là ngày \(viết ngày/tháng/năm", en=r"row 2 \(VD-00001\).*no date \(write day/month/year"),
    ),
    "a bucket given in litres": (
        vessel_list(["VD-00001", "1500", "163", "31/12/2027"]),
        Both(vi=r"dòng 2 \(VD-00001\) = 1500: dung tích gàu .*nhiều nhất 50", en=r"row 2 \(VD-00001\) = 1500: bucket .*at most 50"),
    ),
    "latitude before longitude": (
        of_licence(lambda f: f["geometry"].update(coordinates=[[[lat, lon] for lon, lat in RING]])),
        Both(vi=r"vĩ độ đứng trước .*đổi chỗ hai số", en=r"has latitude first .*swap the two numbers"),
    ),
    "a row of the table that differs from the polygon": (
        of_licence(lambda f: f["properties"]["vn2000"]["corners"][2].update(x_northing_m=1134146)),
        Both(vi=r"corners\[2\] = corner 3 .*cách điểm của đa giác 18\.0 m .*so dòng này", en=r"corners\[2\] = corner 3 .*lies 18\.0 m .*compare this row"),
    ),
    "a date as it is written on paper": (
        term(valid_from="01/01/2026"),
        Both(vi=r'valid_from = "01/01/2026": .*\(một ngày viết như "2026-01-31"', en=r'valid_from = "01/01/2026": .*\(a date as "2026-01-31"'),
    ),
    "dates in the wrong order": (
        term(valid_to="2025-12-31"),
        Both(vi=r"valid_to = 2025-12-31: đứng trước valid_from 2026-01-01 \(ngày cuối", en=r"valid_to = 2025-12-31: lies before valid_from 2026-01-01 \(the last day"),
    ),
    "hours wider than the law of their days": (
        term(hours=[{"from": "04:00", "to": "20:00", "effective_from": "2026-01-01", "effective_to": None}]),
        Both(vi=r"hours\[0\] = 04:00-20:00: vượt khung giờ 05:00-19:00 .*10/2025/NĐ-CP.*so lại với quyết định", en=r"goes beyond the window 05:00-19:00 .*10/2025/NĐ-CP.*compare with the decision"),
    ),
    "days without hours": (
        term(hours=[{"from": "07:00", "to": "17:00", "effective_from": "2026-02-01", "effective_to": None}]),
        Both(vi=r"hours = 2026-01-01: .*không có giờ nào có hiệu lực \(.*phủ hết", en=r"hours = 2026-01-01: no hours are in force .*must cover"),
    ),
    "a day's quota above the month's": (
        term(quota={"volume": "loose", "phases": [PHASE | {"m3_per_day": 83333, "m3_per_month": 3333}]}),
        Both(vi=r"phases\[0\]\.m3_per_day = 83333: lớn hơn m3_per_month 3333 .*kiểm tra số 0", en=r"is more than m3_per_month 3333 .*check zeros"),
    ),
    "two phases on one day": (
        term(quota={"volume": "loose", "phases": [PHASE, PHASE | {"name": "năm 2", "from": "2026-12-31", "to": "2027-06-30"}]}),
        Both(vi=r"phases\[1\]\.from = 2026-12-31: giai đoạn “năm 1” còn đến 2026-12-31 \(mỗi ngày", en=r"phase “năm 1” lasts until 2026-12-31 \(a day belongs"),
    ),
    "a vessel listed twice": (
        term(vessels=[SHIP, SHIP | {"hull_number": "vd 1"}]),
        Both(vi=r"vessels\[1\]\.hull_number = vd 1: đã có trong danh sách \(mỗi phương tiện", en=r"vessels\[1\]\.hull_number = vd 1: stands in the list already \(one row"),
    ),
    "a depth without its vertical datum": (
        term(depth=[{"bed_elevation_m": -16, "effective_from": "2026-01-01", "effective_to": None}]),
        Both(vi=r"depth\[0\]\.vertical_datum: thiếu \(hệ độ cao", en=r"depth\[0\]\.vertical_datum: is missing \(the vertical datum"),
    ),
    "a map whose positions have the latitude first": (
        of_map([[[lat, lon] for lon, lat in RING]]),
        Both(vi=r"đa giác 1, vòng 1, điểm 1 = \(10\.\d+, 105\.\d+\): vĩ độ đứng trước kinh độ .*đổi chỗ", en=r"polygon 1, ring 1, position 1 = .*has the latitude before the longitude .*exchange them everywhere"),
    ),
    "a map of a place outside Vietnam": (
        of_map([[[lon - 100.0, lat] for lon, lat in RING]]),
        Both(vi=r"điểm 1 = \(5\.\d+, 10\.\d+\): không nằm trong Việt Nam \(kiểm tra số", en=r"position 1 = .*does not lie in Vietnam \(check the numbers"),
    ),
    "no central meridian given": (
        lambda folder: [word for word in command(written(folder, table())) if word not in ("--meridian", "105.0")],
        Both(vi=r"--meridian: thiếu \(kinh tuyến trục in trên quyết định", en=r"--meridian: is missing \(the one printed on the decision"),
    ),
    "a list of vessels of several companies, and no holder": (
        lambda folder: command(written(folder, table()), "--vessels", str(VESSELS)),
        Both(vi=r"--vessels = .*danh sách có nhiều đơn vị: cần --holder", en=r"--vessels = .*names several companies: needs --holder"),
    ),
    "a holder that fits several companies of the list": (
        lambda folder: command(written(folder, table()), "--vessels", str(VESSELS), "--holder", "Công ty Ví Dụ"),
        Both(vi=r"--holder = Công ty Ví Dụ: hợp với nhiều đơn vị trong danh sách \(ghi đủ tên một đơn vị: .*Ví Dụ Hai", en=r"fits several companies of the list \(give the whole name of one: .*Ví Dụ Hai"),
    ),
    "hours that are none": (
        lambda folder: command(written(folder, table()), "--hours", "ban ngày", "--valid-from", "01/01/2026"),
        Both(vi=r"--hours = ban ngày: không phải là giờ \(07:00-17:00", en=r"--hours = ban ngày: is no span of hours \(07:00-17:00"),
    ),
    "a term this format does not have": (
        term(qouta=5000),
        Both(vi=r"properties\.qouta = 5000: không phải là mục của định dạng này; hãy xóa", en=r"properties\.qouta = 5000: is not a key of this format; remove it"),
    ),
}  # fmt: skip


@pytest.mark.parametrize("mistake", MISTAKES)
@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_typical_mistake_is_refused_with_its_place_and_the_remedy(
    mistake: str, language: str, tmp_path: Path
) -> None:
    make, said = MISTAKES[mistake]
    result = CliRunner().invoke(app, [*make(tmp_path), "--lang", language])
    assert result.exit_code == 2, result.output
    assert re.search(said.vi if language == "vi" else said.en, result.output), result.output
    assert result.output.count("\n  - ") == 1, result.output  # one mistake, one sentence
    assert not list(tmp_path.glob("*.out.*"))


def test_both_languages_are_spoken_where_none_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SANDWATCH_LANG", raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    make, _ = MISTAKES["a date as it is written on paper"]
    result = CliRunner().invoke(app, make(tmp_path))
    assert "có 1 lỗi" in result.output
    assert "has 1 mistake(s)" in result.output


def test_the_docs_list_these_mistakes_and_no_others() -> None:
    listed = re.findall(r"^\d+\. (.+?)\.?$", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    assert listed == list(MISTAKES)
    assert len(listed) >= 30
