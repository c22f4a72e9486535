"""How much the boxes saw being taken: their production records by licence and local day.

The station sums over all boxes of a licence. The errors of one bucket's fill are the same all day, so they are
added, not averaged away. What is shown is what was seen; vessels without a box are not in it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from agent.event.chain import Record
from agent.licence.hours import local_time
from agent.types import ClockQuality, Json, Stamp
from station import tables, times

M3 = ("loose_m3", "loose_error_m3", "in_place_m3", "in_place_error_m3")


@dataclass(frozen=True, slots=True)
class Taken:
    """What was seen taken in some time, m³ with 95 % errors. `unmeasured` cycles are of buckets of unknown size."""

    cycles: int = 0
    active_s: float = 0.0
    loose_m3: float = 0.0
    loose_error_m3: float = 0.0
    in_place_m3: float = 0.0
    in_place_error_m3: float = 0.0
    unmeasured: int = 0

    def __add__(self, other: "Taken") -> "Taken":
        return replace(self, **{name: getattr(self, name) + getattr(other, name) for name in Taken.__slots__})

    def volume(self, *, loose: bool) -> tuple[float, float]:
        """Value and error, as a licence counts them."""
        if loose:
            return self.loose_m3, self.loose_error_m3
        return self.in_place_m3, self.in_place_error_m3


def keep(connection: sa.Connection, record: Record, received_utc: str) -> None:
    """Write down a `production` record. Raises ValueError on a body that cannot be."""
    body = record.body
    volume = body.get("volume")
    licence = body.get("licence")
    values: dict[str, object] = {
        "device": record.device,
        "seq": record.seq,
        "licence": licence[:200] if isinstance(licence, str) else "",
        "day": _day(connection, record, received_utc),
        "cycles": _count(body.get("cycles")),
        "active_s": _number(body.get("active_s")),
    }
    for name in M3:
        values[name] = _number(volume.get(name)) if isinstance(volume, dict) else None
    connection.execute(sa.insert(tables.production).values(values))


def _day(connection: sa.Connection, record: Record, received_utc: str) -> str | None:
    """The local day on which the work began; None where nobody knows."""
    utc, mono = record.body.get("from_utc"), record.body.get("from_mono_ns")
    if not (isinstance(mono, str) and mono.isascii() and mono.isdigit() and len(mono) < 19):
        raise ValueError("from_mono_ns is a decimal string")
    told = datetime.fromisoformat(utc) if isinstance(utc, str) and len(utc) == 24 else None
    stamp = Stamp(int(mono), told, ClockQuality(record.clock_quality))
    moment = times.dated(connection, record.device, record.boot_id, stamp, received_utc)
    return None if moment is None else local_time(moment).date().isoformat()


def _count(value: Json) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**31:
        raise ValueError("cycles are a number")
    return value


def _number(value: Json) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value < 1e12:
        raise ValueError("volumes and times are numbers")
    return float(value)


def by_day(connection: sa.Connection, licence: str, first: date, last: date) -> dict[date, Taken]:
    """What was seen under a licence on each day of a span."""
    day = tables.production.c.day
    found = _sums(
        connection,
        day,
        tables.production.c.licence == licence,
        day.between(first.isoformat(), last.isoformat()),
    )
    return {date.fromisoformat(key): taken for key, taken in found.items()}


def by_month(connection: sa.Connection, licence: str) -> dict[str, Taken]:
    """What was seen under a licence in each month (`2026-11`), newest first."""
    column = tables.production.c
    month = sa.func.substr(column.day, 1, 7)
    found = _sums(connection, month, column.licence == licence, column.day.is_not(None))
    return dict(sorted(found.items(), reverse=True))


@dataclass(frozen=True, slots=True)
class Line:
    """What one box saw under one licence on one local day."""

    licence: str
    day: str
    device: str
    taken: Taken


def by_box(connection: sa.Connection, since: str | None, until: str | None) -> list[Line]:
    """What each box saw on each day of a span (both ends included), newest day first."""
    column = tables.production.c
    dated: list[sa.ColumnElement[bool]] = [column.day.is_not(None)]
    if since is not None:
        dated.append(column.day >= since)
    if until is not None:
        dated.append(column.day <= until)
    rows = connection.execute(
        sa.select(column.licence, column.day, column.device, *_totals())
        .where(*dated)
        .group_by(column.licence, column.day, column.device)
        .order_by(column.day.desc(), column.licence, column.device)
    )
    return [Line(row.licence, row.day, row.device, _taken(row)) for row in rows]


def _totals() -> list[sa.ColumnElement[Any]]:
    """The sums of a group of records, named as the fields of `Taken`."""
    column = tables.production.c
    return [
        sa.func.sum(column.cycles).label("cycles"),
        sa.func.sum(column.active_s).label("active_s"),
        sa.func.sum(sa.case((column.loose_m3.is_(None), column.cycles), else_=0)).label("unmeasured"),
        *(sa.func.coalesce(sa.func.sum(column[name]), 0.0).label(name) for name in M3),
    ]


def _taken(row: Any) -> Taken:
    return Taken(**{name: getattr(row, name) for name in Taken.__slots__})  # one column a field


def _sums(
    connection: sa.Connection, key: sa.ColumnElement[Any], *where: sa.ColumnElement[bool]
) -> Mapping[str, Taken]:
    rows = connection.execute(sa.select(key.label("key"), *_totals()).where(*where).group_by(key))
    return {row.key: _taken(row) for row in rows}
