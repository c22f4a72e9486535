"""Rows of a table somebody keeps: CSV in the encodings and separators of Vietnamese offices, or XLSX."""

import csv
import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agent.errors import Both, Mistake, SettingsError
from agent.licence.licence import THE_FILE

MOST_ROWS: Final = 10_000
SEPARATORS: Final = ";\t|,"


@dataclass(frozen=True, slots=True)
class Row:
    """A row with its number in the file, counted from 1, and its cells as text."""

    number: int
    cells: tuple[str, ...]

    @property
    def text(self) -> str:
        return " ".join(cell for cell in self.cells if cell)


def read_rows(path: Path) -> list[Row]:
    """The rows that are not empty. Raises SettingsError where the file cannot be read as a table."""
    try:
        if path.suffix.lower() in (".xlsx", ".xlsm"):
            cells = _xlsx(path)
        else:
            cells = _csv(_decoded(path.read_bytes()))
    except OSError as error:
        problem = Both(vi=f"không đọc được: {error.strerror}", en=f"cannot be read: {error.strerror}")
        raise SettingsError(str(path), [Mistake(THE_FILE, "", problem)]) from None
    except (KeyError, ValueError, zipfile.BadZipFile, csv.Error) as error:
        problem = Both(vi=f"không phải là bảng: {error}", en=f"is no table: {error}")
        remedy = Both(vi="lưu lại dưới dạng XLSX hoặc CSV UTF-8", en="save it again as XLSX or CSV UTF-8")
        raise SettingsError(str(path), [Mistake(THE_FILE, "", problem, remedy)]) from None
    rows = [
        Row(number, tuple(cell.strip() for cell in row))
        for number, row in enumerate(cells[:MOST_ROWS], 1)
        if any(cell.strip() for cell in row)
    ]
    if not rows:
        problem = Both(vi="không có dòng nào", en="has no row")
        raise SettingsError(str(path), [Mistake(THE_FILE, "", problem)])
    return rows


def _xlsx(path: Path) -> list[list[str]]:
    """The cells of the first sheet that has any, as their values read (not as formulas)."""
    from openpyxl import load_workbook  # noqa: PLC0415  # half a second to load, and a CSV needs none of it

    book = load_workbook(path, read_only=True, data_only=True)
    try:
        for sheet in book.worksheets:
            rows = [["" if cell is None else _cell(cell) for cell in row] for row in sheet.values]
            if any(any(row) for row in rows):
                return rows
    finally:
        book.close()
    return []


def _cell(value: object) -> str:
    """A number without a point of its own reads the same in every language."""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    return str(value)


def _decoded(raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return raw.decode("utf-16")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError:
        return raw.decode("cp1258")


def _csv(text: str) -> list[list[str]]:
    """Parted by the separator that gives the same number of cells most often; a decimal comma is none."""
    lines = [line for line in text.splitlines() if line.strip()]
    best = max(SEPARATORS, key=lambda mark: _evenness(lines, mark))
    return [list(row) for row in csv.reader(io.StringIO(text), delimiter=best)]


def _evenness(lines: Sequence[str], separator: str) -> tuple[int, int]:
    """How many lines agree on a number of cells above two, and an order for equals."""
    counts = [line.count(separator) for line in lines if line.count(separator) >= 2]
    agree = max((counts.count(count) for count in set(counts)), default=0)
    return agree, -SEPARATORS.index(separator)
