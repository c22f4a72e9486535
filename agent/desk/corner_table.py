"""The corner table of a decision: rows of corner, X and Y, in rings and polygons.

Areas are parted by a column (`Khu vực`) or by a line of text between the rows (`Khu II`). An area whose name says that it is taken out
(`trừ`, `lỗ`, `hole`) is a hole of the area before it. A first corner that is repeated at the end of its area is dropped.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby
from math import hypot
from pathlib import Path
from typing import Final

from agent.desk.headers import Columns, Stated, find_header, plain, stated
from agent.desk.numbers import coordinate, metres_text
from agent.desk.tables import Row, read_rows
from agent.errors import Both, Mistake, SettingsError
from agent.licence.licence import THE_FILE

SAME_M: Final = 0.005
NEARLY_M: Final = 5.0
_HOLE_WORDS: Final = frozenset({"tru", "lo", "hole", "loai"})
_LEAST_M: Final = 100_000.0
_OFFSET_M: Final = 800_000.0  # between the eastings (below) and the northings (above) of Vietnam


@dataclass(frozen=True, slots=True)
class Point:
    """A corner: X the northing, Y the easting. `row` is its row in the file, 0 where the source has no rows."""

    row: int
    corner: str
    x_m: float
    y_m: float

    @property
    def where(self) -> Both:
        """The corner as a person finds it in the file."""
        if not self.row:
            return Both(vi=f"điểm {self.corner}", en=f"corner {self.corner}")
        return Both(vi=f"dòng {self.row} (điểm {self.corner})", en=f"row {self.row} (corner {self.corner})")


@dataclass(frozen=True, slots=True)
class TableRing:
    """A ring, not closed by a repeated point. A hole belongs to the ring before it that is none."""

    name: str
    hole: bool
    points: tuple[Point, ...]


@dataclass(frozen=True, slots=True)
class CornerTable:
    """The rings of a source in VN-2000, and what else it says. `note`: how they came to be, where not from a table."""

    rings: tuple[TableRing, ...]
    stated: Stated = field(default_factory=Stated)
    note: str = ""


def read_table(path: Path) -> CornerTable:
    """The corner table of a CSV or XLSX file. Raises SettingsError with every mistake, each with its row."""
    rows = read_rows(path)
    found = find_header(rows)
    if found is None:
        problem = Both(vi="không có dòng tiêu đề ghi cột X và cột Y", en="has no header that names X and Y")
        remedy = Both(
            vi='thêm một dòng "Điểm; X (m); Y (m)" trên các tọa độ: X hướng bắc, Y hướng đông',
            en='add a row "Điểm; X (m); Y (m)" above the coordinates: X the northing, Y the easting',
        )
        raise SettingsError(str(path), [Mistake(THE_FILE, "", problem, remedy)])
    header, columns = found
    mistakes = _cut(rows[header + 1 :], columns, sum(bool(cell) for cell in rows[header].cells))
    if mistakes:
        raise SettingsError(str(path), mistakes)
    named: list[tuple[str, Point]] = []
    texts = [row.text for row in rows[: header + 1]]
    section = ""
    for row in rows[header + 1 :]:
        if _is_text(row, columns):
            texts.append(row.text)
            section = row.text if _begins_area(row.text) else section
            continue
        point, wrong = _point(row, columns)
        mistakes += wrong
        if point is not None:
            named.append((_cell(row, columns.ring) or section, point))
    said = stated(texts)
    rings: list[TableRing] = []
    if not mistakes:
        mistakes += _swapped([point for _, point in named], rows[header].number)
        for name, group in groupby(named, key=lambda item: item[0]):
            ring, wrong = _ring(name, [point for _, point in group], is_first=not rings)
            mistakes += wrong
            rings.append(ring)
    if not named and not mistakes:
        problem = Both(vi="không có điểm nào dưới dòng tiêu đề", en="has no corner below its header")
        mistakes.append(Mistake(THE_FILE, "", problem))
    if mistakes:
        raise SettingsError(str(path), mistakes)
    return CornerTable(tuple(rings), said)


def _cell(row: Row, column: int | None) -> str:
    return row.cells[column] if column is not None and column < len(row.cells) else ""


def _is_text(row: Row, columns: Columns) -> bool:
    """A line of words, not of coordinates: neither X nor Y has a digit."""
    return (
        not any(letter.isdigit() for at in (columns.x, columns.y) for letter in _cell(row, at))
        and not (_cell(row, columns.x) and _cell(row, columns.y))
        and not (_cell(row, columns.corner).isdigit() and len(row.text.split()) == 1)
    )


def _begins_area(text: str) -> bool:
    words = plain(text).split()
    return bool(words) and (
        words[0] in ("khu", "vung", "thua", "polygon", "area") or bool(_HOLE_WORDS & set(words))
    )


def _point(row: Row, columns: Columns) -> tuple[Point | None, list[Mistake]]:
    corner = _cell(row, columns.corner) or str(row.number)
    where = Both(vi=f"dòng {row.number} (điểm {corner})", en=f"row {row.number} (corner {corner})")
    values: dict[str, float] = {}
    mistakes = []
    for name, at in (("X", columns.x), ("Y", columns.y)):
        text = _cell(row, at)
        value = coordinate(text)
        if value is None:
            problem = (
                Both(vi="thiếu", en="is missing")
                if not text
                else Both(vi="không phải là số", en="is no number")
            )
            remedy = Both(
                vi="ghi số mét như trong quyết định, ví dụ 1.135.614,25",
                en="give the metres of the decision, such as 1.135.614,25",
            )
            mistakes.append(
                Mistake(
                    Both(vi=f"{where.vi}, cột {name}", en=f"{where.en}, column {name}"),
                    text[:60],
                    problem,
                    remedy,
                )
            )
        else:
            values[name] = value
    if mistakes:
        return None, mistakes
    return Point(row.number, corner, values["X"], values["Y"]), []


def _cut(rows: Sequence[Row], columns: Columns, width: int) -> list[Mistake]:
    """Rows with more cells than the header, and numbers too small for coordinates: a comma has parted them."""
    cut = [
        row
        for row in rows
        if sum(bool(cell) for cell in row.cells) > width
        and any(0.0 <= (coordinate(_cell(row, at)) or -1.0) < _LEAST_M for at in (columns.x, columns.y))
    ]
    if not cut:
        return []
    problem = Both(
        vi=f"có nhiều ô hơn dòng tiêu đề ({len(cut)} dòng): dấu phẩy thập phân đã tách một số thành hai",
        en=f"has more cells than the header ({len(cut)} rows): a decimal comma has cut a number in two",
    )
    remedy = Both(
        vi="lưu CSV với dấu chấm phẩy, hoặc lưu XLSX", en="save the CSV with semicolons, or as XLSX"
    )
    where = Both(vi=f"dòng {cut[0].number}", en=f"row {cut[0].number}")
    return [Mistake(where, cut[0].text[:60], problem, remedy)]


def _swapped(points: Sequence[Point], header: int) -> list[Mistake]:
    """Vietnamese tables have X the northing; northings and eastings of Vietnam do not overlap."""
    wrong = [point for point in points if point.x_m < _OFFSET_M < point.y_m]
    if wrong and len(wrong) == len(points):
        problem = Both(
            vi=f"X và Y bị đổi chỗ ở cả {len(wrong)} dòng",
            en=f"X and Y have changed places in all {len(wrong)} rows",
        )
        remedy = Both(
            vi="X là hướng bắc (ở đây bảy chữ số), Y là hướng đông (sáu chữ số): đổi tên hai cột ở dòng tiêu đề",
            en="X is the northing (seven digits here), Y the easting (six): exchange the names of the two columns",
        )
        return [Mistake(Both(vi=f"dòng {header}", en=f"row {header}"), "X, Y", problem, remedy)]
    return [
        Mistake(
            point.where,
            f"X {metres_text(point.x_m)}, Y {metres_text(point.y_m)}",
            Both(vi="X và Y bị đổi chỗ ở dòng này", en="X and Y have changed places in this row"),
            Both(vi="đổi chỗ hai số", en="exchange the two numbers"),
        )
        for point in wrong
    ]


def _ring(name: str, points: list[Point], *, is_first: bool) -> tuple[TableRing, list[Mistake]]:
    mistakes: list[Mistake] = []
    hole = bool(_HOLE_WORDS & set(plain(name).split()))
    if hole and is_first:
        problem = Both(
            vi="là phần trừ ra mà trước đó không có khu vực nào", en="is taken out of no area before it"
        )
        remedy = Both(vi="đặt khu vực ngoài lên trước", en="put the outer area first")
        mistakes.append(Mistake(points[0].where, name, problem, remedy))
    first, last = points[0], points[-1]
    apart_m = hypot(first.x_m - last.x_m, first.y_m - last.y_m)
    if len(points) > 3 and apart_m <= SAME_M:
        points = points[:-1]
    elif len(points) > 3 and apart_m < NEARLY_M:
        problem = Both(
            vi=f"vòng chưa khép kín: cách điểm đầu (dòng {first.row}) {apart_m:.2f} m",
            en=f"the ring does not close: {apart_m:.2f} m from its first corner (row {first.row})",
        )
        remedy = Both(
            vi="nếu là điểm đầu lặp lại thì ghi đúng như dòng đầu, hoặc bỏ dòng này",
            en="if it is the first corner again, write it as there or leave the row out",
        )
        mistakes.append(Mistake(last.where, "", problem, remedy))
    if len(points) < 3:
        problem = Both(
            vi=f"khu vực này chỉ có {len(points)} điểm", en=f"its area has {len(points)} corner(s) only"
        )
        mistakes.append(
            Mistake(first.where, name, problem, Both(vi="ít nhất 3 điểm", en="at least 3 corners"))
        )
    for before, after in zip(points, [*points[1:], points[0]], strict=True):
        if len(points) >= 3 and hypot(before.x_m - after.x_m, before.y_m - after.y_m) <= SAME_M:
            problem = Both(
                vi=f"trùng tọa độ với dòng {before.row}", en=f"has the coordinates of row {before.row}"
            )
            remedy = Both(
                vi="mỗi điểm một dòng: sửa hoặc bỏ một dòng", en="one row a corner: correct or remove one"
            )
            mistakes.append(Mistake(after.where, "", problem, remedy))
    seen: dict[str, int] = {}
    for point in points:
        if point.corner in seen:
            problem = Both(
                vi=f"số hiệu này đã có ở dòng {seen[point.corner]}",
                en=f"this name stands in row {seen[point.corner]} already",
            )
            remedy = Both(
                vi="kiểm tra số hiệu; khu vực khác cần một dòng tên khu hoặc cột Khu vực",
                en="check the name; another area needs a line with its name or a column Khu vực",
            )
            mistakes.append(Mistake(point.where, point.corner, problem, remedy))
        seen.setdefault(point.corner, point.row)
    return TableRing(name, hole, tuple(points)), mistakes
