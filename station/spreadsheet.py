"""A list as a file: CSV (RFC 4180, UTF-8 with the mark Excel needs) and XLSX (ECMA-376, one sheet).

Numbers stay numbers and times are ISO 8601 with +07:00. A text that a spreadsheet would take for a formula gets an apostrophe
before it in CSV: what a box or a stranger wrote is never computed on an inspector's computer. In XLSX a text is a text.
"""

import csv
import io
import re
import zipfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from xml.sax.saxutils import escape

Cell: TypeAlias = str | int | float | None
FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
NOT_IN_XML: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
CSV_TYPE: Final = "text/csv; charset=utf-8"
XLSX_TYPE: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_OFFICE = "http://schemas.openxmlformats.org"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'


@dataclass(frozen=True, slots=True)
class Sheet:
    """A list with its headings; `name` is the file's, in plain letters."""

    name: str
    headings: tuple[str, ...]
    rows: Iterable[Sequence[Cell]]


def csv_bytes(sheet: Sheet) -> bytes:
    """The sheet as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(sheet.headings)
    for row in sheet.rows:
        writer.writerow([_plain(cell) for cell in row])
    return "\ufeff".encode() + text.getvalue().encode()


def _plain(cell: Cell) -> Cell:
    if isinstance(cell, str):
        cell = cell.replace("\x00", "")
        return "'" + cell if cell.startswith(FORMULA) else cell
    return cell


def xlsx_bytes(sheet: Sheet) -> bytes:
    """The sheet as XLSX: the headings stay in sight, every text stands in its cell."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in _FRAME.items():
            archive.writestr(name, _HEAD + text)
        with archive.open("xl/worksheets/sheet1.xml", "w") as page:
            page.write((_HEAD + _SHEET_BEGIN).encode())
            page.write(_row(sheet.headings, 1).encode())
            for number, row in enumerate(sheet.rows, start=2):
                page.write(_row(row, number).encode())
            page.write(b"</sheetData></worksheet>")
    return packed.getvalue()


def _row(cells: Sequence[Cell], number: int) -> str:
    return f'<row r="{number}">' + "".join(_cell(cell) for cell in cells) + "</row>"


def _cell(cell: Cell) -> str:
    if cell is None:
        return "<c/>"
    if isinstance(cell, str):
        text = escape(NOT_IN_XML.sub("", cell)[:32767])
        return f'<c t="inlineStr"><is><t xml:space="preserve">{text}</t></is></c>'
    return f"<c><v>{cell!r}</v></c>"


_SHEET_BEGIN = (
    f'<worksheet xmlns="{_OFFICE}/spreadsheetml/2006/main"><sheetViews><sheetView workbookViewId="0">'
    '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>'
    '<sheetFormatPr defaultRowHeight="15" defaultColWidth="18"/><sheetData>'
)
_FRAME = {
    "[Content_Types].xml": (
        f'<Types xmlns="{_OFFICE}/package/2006/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        '<Override PartName="/xl/worksheets/sheet1.xml" ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        "</Types>"
    ),
    "_rels/.rels": (
        f'<Relationships xmlns="{_OFFICE}/package/2006/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument/2006/relationships/officeDocument" Target="xl/workbook.xml"/></Relationships>'
    ),
    "xl/workbook.xml": (
        f'<workbook xmlns="{_OFFICE}/spreadsheetml/2006/main" xmlns:r="{_OFFICE}/officeDocument/2006/relationships">'
        '<sheets><sheet name="Sandwatch" sheetId="1" r:id="rId1"/></sheets></workbook>'
    ),
    "xl/_rels/workbook.xml.rels": (
        f'<Relationships xmlns="{_OFFICE}/package/2006/relationships"><Relationship Id="rId1" '
        f'Type="{_OFFICE}/officeDocument/2006/relationships/worksheet" Target="worksheets/sheet1.xml"/></Relationships>'
    ),
}
