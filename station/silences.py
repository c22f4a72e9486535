"""Silence has kinds. Why nothing was heard is told by the records, when they are there; until then nobody is blamed.

    no_link   nothing has come for two hours: provisional, it dissolves when the records arrive and is kept nowhere
    off       the box did not run
    blind     a camera or the eyes did not see
    lost      the receiver gave no position
    deaf      another sensor was away

Only `off`, `blind` and `lost` can become findings, and it is the box that makes them (`box_off`, `camera_lost`, `position_lost`): so
never before its records are in. A stoppage that was declared, or a technician's visit, stands beside the silence it explains.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from typing import Final

import sqlalchemy as sa

from agent.event import wire
from agent.event.chain import Record
from agent.types import ClockQuality, Json, Stamp
from station import tables, times
from station.outer_tables import announced, gaps
from station.words import LOCAL, moment_of

LINK_S: Final = 7200.0  # a box tells its head every hour
SHORT: Final = 500


class SilenceKind(StrEnum):
    NO_LINK = "no_link"
    OFF = "off"
    BLIND = "blind"
    LOST = "lost"
    DEAF = "deaf"


TOLD: Final = (SilenceKind.OFF, SilenceKind.BLIND, SilenceKind.LOST, SilenceKind.DEAF)


@dataclass(frozen=True, slots=True)
class Silence:
    """One silence of a box. `known` is whether its records are here: a provisional one accuses nobody."""

    device: str
    kind: SilenceKind
    source: str
    since: datetime
    until: datetime
    why: str
    known: bool


@dataclass(frozen=True, slots=True)
class Announced:
    """A declared stoppage or a technician's visit, local days, both included."""

    number: int
    device: str
    kind: str
    first: date
    last: date
    text: str
    entered_utc: str
    entered_by: str


def keep(connection: sa.Connection, record: Record, received_utc: str) -> None:
    """Write down a `gap` record. Raises ValueError on a body that cannot be."""
    body = record.body
    source, why = body.get("source"), body.get("why")
    begin, end = (_moment(connection, record, name, received_utc) for name in ("from", "to"))
    connection.execute(
        sa.insert(gaps).values(
            device=record.device,
            seq=record.seq,
            kind=kind_of(source if isinstance(source, str) else "").value,
            source=source[:100] if isinstance(source, str) else "",
            from_utc=begin,
            to_utc=end,
            why=why[:SHORT] if isinstance(why, str) else "",
        )
    )


def kind_of(source: str) -> SilenceKind:
    """What it is when this source is away; without a source the box itself was off."""
    if not source:
        return SilenceKind.OFF
    if source.startswith("camera") or source == "eyes":
        return SilenceKind.BLIND
    return SilenceKind.LOST if source == "gnss" else SilenceKind.DEAF


def _moment(connection: sa.Connection, record: Record, name: str, received_utc: str) -> str | None:
    """When it began or ended. The beginning of a box that was off is a stamp of the boot before: only its UTC says anything."""
    utc, mono = record.body.get(f"{name}_utc"), record.body.get(f"{name}_mono_ns")
    if not (isinstance(mono, str) and mono.isascii() and mono.isdigit() and len(mono) < 19):
        raise ValueError(f"{name}_mono_ns is a decimal string")
    told = _utc(utc)
    if name == "from" and not record.body.get("source"):
        return None if told is None else wire.utc_text(told)
    stamp = Stamp(int(mono), told, ClockQuality(record.clock_quality))
    moment = times.dated(connection, record.device, record.boot_id, stamp, received_utc)
    return None if moment is None else wire.utc_text(moment)


def _utc(value: Json) -> datetime | None:
    return datetime.fromisoformat(value) if isinstance(value, str) and len(value) == 24 else None


def silences(connection: sa.Connection, since: datetime, until: datetime, now: datetime) -> list[Silence]:
    """Every silence of a known time that touches the span, by box and beginning; links that are away now at the end."""
    column = gaps.c
    rows = connection.execute(
        sa.select(gaps)
        .where(column.to_utc >= wire.utc_text(since), column.from_utc <= wire.utc_text(until))
        .order_by(column.device, column.from_utc)
    )
    found = []
    for row in rows:
        begin, end = moment_of(row.from_utc), moment_of(row.to_utc)
        if begin is not None and end is not None and begin < end:
            kind = SilenceKind(row.kind)
            found.append(Silence(row.device, kind, row.source, begin, end, row.why, known=True))
    return [*found, *_without_link(connection, until, now)]


def _without_link(connection: sa.Connection, until: datetime, now: datetime) -> Iterator[Silence]:
    column = tables.devices.c
    for row in connection.execute(sa.select(column.id, column.last_seen_utc).order_by(column.id)):
        last = moment_of(row.last_seen_utc)
        if last is not None and (now - last).total_seconds() >= LINK_S and last < until:
            yield Silence(row.id, SilenceKind.NO_LINK, "", last, min(now, until), "", known=False)


def merged(spans: Sequence[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    """The same time without overlaps: two cameras blind at once are one hour of blindness, not two."""
    joined: list[tuple[datetime, datetime]] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(joined[-1][1], end))
        else:
            joined.append((begin, end))
    return joined


def hours_by_day(
    spans: Sequence[tuple[datetime, datetime]], since: datetime, until: datetime
) -> dict[date, float]:
    """Hours of silence on each local day of a span."""
    found: dict[date, float] = {}
    for begin, end, day in pieces(spans, since, until, timedelta(days=1)):
        found[day.date()] = found.get(day.date(), 0.0) + (end - begin).total_seconds() / 3600
    return found


def hours_by_hour(
    spans: Sequence[tuple[datetime, datetime]], since: datetime, until: datetime
) -> list[float]:
    """Hours of silence in each hour of the local day."""
    found = [0.0] * 24
    for begin, end, hour in pieces(spans, since, until, timedelta(hours=1)):
        found[hour.hour] += (end - begin).total_seconds() / 3600
    return found


def pieces(
    spans: Sequence[tuple[datetime, datetime]], since: datetime, until: datetime, step: timedelta
) -> Iterator[tuple[datetime, datetime, datetime]]:
    """Each span cut at the local hours or days: from, to, and the beginning of the hour or day it lies in."""
    for begin, end in merged(spans):
        at, last = max(begin, since).astimezone(LOCAL), min(end, until).astimezone(LOCAL)
        while at < last:
            whole = at.replace(minute=0, second=0, microsecond=0)
            if step >= timedelta(days=1):
                whole = whole.replace(hour=0)
            piece = min(last, whole + step)
            yield at.astimezone(UTC), piece.astimezone(UTC), whole
            at = piece


# ── what was announced ────────────────────────────────────────────────────────────────────────────────


def announce(
    connection: sa.Connection,
    device: str,
    kind: str,
    first: date,
    last: date,
    text: str,
    by: str,
    now: datetime,
) -> None:
    """Keep a declared stoppage or a visit. Raises ValueError on days that cannot be."""
    if kind not in ("stoppage", "visit") or last < first or (last - first).days > 366:
        raise ValueError("an announcement is a stoppage or a visit, of at most a year")
    connection.execute(
        sa.insert(announced).values(
            device=device,
            kind=kind,
            first_day=first.isoformat(),
            last_day=last.isoformat(),
            text=text[:SHORT],
            entered_utc=wire.utc_text(now),
            entered_by=by,
        )
    )


def withdraw(connection: sa.Connection, number: int, by: str, now: datetime) -> None:
    """Take an announcement back: a row of its own, the old one stays. Raises LookupError where there is none."""
    row = connection.execute(sa.select(announced).where(announced.c.number == number)).first()
    if row is None or row.kind == "withdrawn":
        raise LookupError(number)
    connection.execute(
        sa.insert(announced).values(
            device=row.device,
            kind="withdrawn",
            first_day=row.first_day,
            last_day=row.last_day,
            text="",
            entered_utc=wire.utc_text(now),
            entered_by=by,
            withdraws=number,
        )
    )


def announcements(connection: sa.Connection, since: date, until: date) -> list[Announced]:
    """What was announced for a span and not withdrawn, by its days."""
    column = announced.c
    gone = sa.select(column.withdraws).where(column.withdraws.is_not(None))
    rows = connection.execute(
        sa.select(announced)
        .where(
            column.kind != "withdrawn",
            column.number.not_in(gone),
            column.last_day >= since.isoformat(),
            column.first_day <= until.isoformat(),
        )
        .order_by(column.first_day, column.number)
    )
    return [
        Announced(
            row.number,
            row.device,
            row.kind,
            date.fromisoformat(row.first_day),
            date.fromisoformat(row.last_day),
            row.text,
            row.entered_utc,
            row.entered_by,
        )
        for row in rows
    ]
