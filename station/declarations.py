"""What others declare, brought as CSV: daily volumes, transport documents, AIS tracks. A file is taken whole or not at all.

    daily      licence,vessel,day,m3              vessel may be empty: all of the licence
    transport  document,licence,vessel,day,m3     the vessel that carried
    ais        vessel,utc,lat_deg,lon_deg         vessel as the licence's list writes it

The first line names the columns, in any order; separators are comma, semicolon or tab. Days are 2026-11-20 or 20/11/2026, numbers are
`1234.5` or, with a semicolon or tab between columns, also `1.234,5`. Where two files speak of one thing the later one holds.
"""

import csv
import hashlib
import io
import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final, Literal

import sqlalchemy as sa

from agent.errors import SandwatchError
from agent.event import wire
from station.outer_tables import ais_points, declared, imports

Kind = Literal["daily", "transport", "ais"]
COLUMNS: Final[Mapping[Kind, tuple[str, ...]]] = {
    "daily": ("licence", "vessel", "day", "m3"),
    "transport": ("document", "licence", "vessel", "day", "m3"),
    "ais": ("vessel", "utc", "lat_deg", "lon_deg"),
}
MAY_BE_EMPTY: Final = {("daily", "vessel")}
MOST_LINES: Final = 200_000
MOST_M3: Final = 1e6  # a day or a load
MOST_TOLD: Final = 20
SHORT: Final = 200


class DeclarationError(SandwatchError, ValueError):
    """A file that was not taken; the message names what is wrong with which line."""


@dataclass(frozen=True, slots=True)
class Brought:
    """A file as it was taken."""

    number: int
    lines: int


def bring(connection: sa.Connection, kind: Kind, name: str, data: bytes, by: str, now: datetime) -> Brought:
    """Take a file. Raises DeclarationError where it was taken before or a line cannot be."""
    digest = hashlib.sha256(data).hexdigest()
    before = connection.execute(
        sa.select(imports.c.number, imports.c.brought_utc).where(imports.c.sha256 == digest)
    ).first()
    if before is not None:
        raise DeclarationError(f"this very file was taken as no. {before.number} at {before.brought_utc}")
    rows = read(kind, data)
    number: int = connection.execute(
        sa.insert(imports)
        .values(
            kind=kind,
            name=name[:SHORT],
            sha256=digest,
            lines=len(rows),
            brought_utc=wire.utc_text(now),
            brought_by=by,
        )
        .returning(imports.c.number)
    ).scalar_one()
    if kind == "ais":
        connection.execute(sa.insert(ais_points), [{"import_number": number, **row} for row in rows])
    else:
        lines = [{"import_number": number, "kind": kind, "document": "", **row} for row in rows]
        connection.execute(sa.insert(declared), lines)
    return Brought(number, len(rows))


def read(kind: Kind, data: bytes) -> list[dict[str, Any]]:
    """The rows of a file, each with its `line`. Raises DeclarationError with the first mistakes."""
    try:
        text = data.decode("utf-8-sig").replace("\x00", "")
    except UnicodeDecodeError as error:
        raise DeclarationError(f"the file is not UTF-8: byte {error.start}. Save it as CSV UTF-8.") from None
    head = text.partition("\n")[0]
    separator = max(";\t,", key=head.count)
    lines = csv.reader(io.StringIO(text), delimiter=separator)
    names = [name.strip().casefold() for name in next(lines, [])]
    lacking = [name for name in COLUMNS[kind] if name not in names]
    if lacking:
        raise DeclarationError(
            f"the first line lacks {', '.join(lacking)}; it has to name {','.join(COLUMNS[kind])}"
        )
    rows, mistakes = [], []
    for cells in lines:
        if not any(cell.strip() for cell in cells):
            continue
        values = dict(zip(names, cells, strict=False))
        try:
            rows.append({"line": lines.line_num, **_row(kind, values, comma_is_decimal=separator != ",")})
        except ValueError as error:
            mistakes.append(f"line {lines.line_num}: {error}")
        if len(mistakes) == MOST_TOLD:
            break
        if len(rows) > MOST_LINES:
            raise DeclarationError(f"the file has more than {MOST_LINES} lines: divide it")
    if mistakes:
        raise DeclarationError("nothing was taken; " + "; ".join(mistakes))
    if not rows:
        raise DeclarationError("the file has no line below its first one")
    return rows


def _row(kind: Kind, values: Mapping[str, str], *, comma_is_decimal: bool) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name in COLUMNS[kind]:
        text = values.get(name, "").strip()
        if not text and (kind, name) not in MAY_BE_EMPTY:
            raise ValueError(f"{name} is empty")
        if name in NUMBERS:
            low, high = NUMBERS[name]
            row[name] = _number(name, text, low, high, comma_is_decimal=comma_is_decimal)
        else:
            row[name] = TEXTS.get(name, _short)(text)
    return row


def _number(name: str, text: str, low: float, high: float, *, comma_is_decimal: bool) -> float:
    plain = text.replace(".", "").replace(",", ".") if comma_is_decimal and "," in text else text
    try:
        value = float(plain)
    except ValueError:
        raise ValueError(f"{name} {text!r} is no number") from None
    if not (math.isfinite(value) and low <= value <= high):
        raise ValueError(f"{name} {text!r} is not within {low:g} to {high:g}")
    return value


def _short(text: str) -> str:
    if len(text) > SHORT:
        raise ValueError(f"{text[:30]!r}… has more than {SHORT} characters")
    return text


def _day(text: str) -> str:
    local = re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text)
    try:
        if local is not None:
            return date(int(local[3]), int(local[2]), int(local[1])).isoformat()
        return date.fromisoformat(text).isoformat()
    except ValueError:
        raise ValueError(f"day {text!r} is no day: 2026-11-20 or 20/11/2026") from None


def _utc(text: str) -> str:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ValueError(f"utc {text!r} is no time: 2026-11-20T03:00:00Z") from None
    if moment.tzinfo is None:
        raise ValueError(f"utc {text!r} has no zone: 2026-11-20T03:00:00Z")
    return wire.utc_text(moment.astimezone(UTC))


NUMBERS: Final[Mapping[str, tuple[float, float]]] = {
    "m3": (0.0, MOST_M3),
    "lat_deg": (-90.0, 90.0),
    "lon_deg": (-180.0, 180.0),
}
TEXTS: Final[Mapping[str, Callable[[str], str]]] = {"day": _day, "utc": _utc}
