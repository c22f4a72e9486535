"""Reading side of the store: the list of events, one event, the devices. Nothing here writes."""

import base64
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import sqlalchemy as sa

from agent.event import wire
from agent.types import Event, Json
from station import tables
from station.alarms import Alarm, alarms_of

PAGE_ROWS = 50
TRACK_POINTS = 5000


@dataclass(frozen=True, slots=True)
class Choice:
    """Which events are wanted; None is any."""

    verdict: str | None = None
    happening: str | None = None
    device: str | None = None


@dataclass(frozen=True, slots=True)
class Listed:
    """One row of the list."""

    device: str
    device_name: str
    event: Event
    order_utc: str
    verdict: str | None
    first_seq: int
    last_seq: int
    last_hash: str
    boot_id: str


@dataclass(frozen=True, slots=True)
class Page:
    """Rows, newest first, and the cursor of the page after them (None: there is none)."""

    rows: tuple[Listed, ...]
    after: str | None


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One device as the device page shows it."""

    id: str
    name: str
    last_seen_utc: str | None
    head_seq: int
    head_hash: str
    events: int
    evidence_held: int
    evidence_lacking: int
    forks: int
    problems: int
    alarms: tuple[Alarm, ...] = ()


def _listing() -> sa.Select[Any]:
    head = tables.records.c
    return sa.select(
        tables.events, tables.devices.c.name.label("device_name"), head.hash.label("last_hash")
    ).select_from(
        tables.events.join(tables.devices, tables.devices.c.id == tables.events.c.device).join(
            tables.records, (head.device == tables.events.c.device) & (head.seq == tables.events.c.last_seq)
        )
    )


def _listed(row: Any) -> Listed:
    return Listed(
        device=row.device,
        device_name=row.device_name,
        event=wire.event_from_body(json.loads(row.body)),
        order_utc=row.order_utc,
        verdict=row.verdict,
        first_seq=row.first_seq,
        last_seq=row.last_seq,
        last_hash=row.last_hash,
        boot_id=row.boot_id,
    )


def page_of_events(
    connection: sa.Connection, choice: Choice, before: str | None = None, rows: int = PAGE_ROWS
) -> Page:
    """The newest events of a choice, or those after the cursor `before`. Raises ValueError on a foreign cursor."""
    column = tables.events.c
    query = _listing()
    for name, wanted in (
        ("verdict", choice.verdict),
        ("happening", choice.happening),
        ("device", choice.device),
    ):
        if wanted is not None:
            query = query.where(column[name] == wanted)
    key = (column.order_utc, column.device, column.event_id)
    if before is not None:
        query = query.where(sa.tuple_(*key) < sa.tuple_(*(sa.literal(part) for part in _cursor(before))))
    query = query.order_by(*(part.desc() for part in key)).limit(rows + 1)
    found = [_listed(row) for row in connection.execute(query)]
    shown = tuple(found[:rows])
    last = shown[-1] if len(found) > rows else None
    return Page(shown, None if last is None else cursor_of(last.order_utc, last.device, last.event.event_id))


def cursor_of(order_utc: str, device: str, event_id: str) -> str:
    """A place in the list as it stands in an address."""
    return base64.urlsafe_b64encode(f"{order_utc}\n{device}\n{event_id}".encode()).decode().rstrip("=")


def _cursor(text: str) -> tuple[str, str, str]:
    raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    order_utc, device, event_id = raw.split("\n")
    return order_utc, device, event_id


def one_event(connection: sa.Connection, device: str, event_id: str) -> Listed | None:
    """One event, or None."""
    column = tables.events.c
    row = connection.execute(_listing().where(column.device == device, column.event_id == event_id)).first()
    return None if row is None else _listed(row)


def held_of(connection: sa.Connection, device: str, digests: Sequence[str]) -> frozenset[str]:
    """Which of these digests are held in full."""
    column = tables.evidence.c
    return frozenset(
        connection.execute(
            sa.select(column.sha256).where(
                column.device == device, column.held, column.sha256.in_(list(digests))
            )
        ).scalars()
    )


def config_for(connection: sa.Connection, device: str, seq: int) -> dict[str, Json]:
    """The configuration in force when record `seq` was written: the last `config.applied` before it."""
    column = tables.configs.c
    body = connection.execute(
        sa.select(column.body)
        .where(column.device == device, column.seq <= seq)
        .order_by(column.seq.desc())
        .limit(1)
    ).scalar()
    return {} if body is None else cast("dict[str, Json]", json.loads(body))


def track_around(
    connection: sa.Connection, device: str, boot_id: str, from_mono_ns: int, to_mono_ns: int
) -> list[tuple[str | None, float, float]]:
    """Positions (utc, latitude, longitude) of one boot between two monotonic stamps, in order."""
    column = tables.track.c
    rows = connection.execute(
        sa.select(column.utc, column.lat_deg, column.lon_deg)
        .where(
            column.device == device,
            column.boot_id == boot_id,
            column.mono_ns >= from_mono_ns,
            column.mono_ns <= to_mono_ns,
        )
        .order_by(column.mono_ns)
        .limit(TRACK_POINTS)
    )
    return [(row.utc, row.lat_deg, row.lon_deg) for row in rows]


def media_type(connection: sa.Connection, sha256: str) -> str | None:
    """The media type of a digest held in full, or None where it is not held."""
    column = tables.evidence.c
    row = connection.execute(
        sa.select(column.media_type).where(column.sha256 == sha256, column.held).limit(1)
    ).first()
    return None if row is None else (row.media_type or "application/octet-stream")


def device_names(connection: sa.Connection) -> list[tuple[str, str]]:
    """Id and name of every enrolled device."""
    column = tables.devices.c
    return [
        (row.id, row.name)
        for row in connection.execute(sa.select(column.id, column.name).order_by(column.name))
    ]


def all_devices(connection: sa.Connection) -> list[DeviceRow]:
    """Every enrolled device with what is held of it."""
    device = tables.devices.c

    def count(table: sa.Table, *where: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
        return (
            sa.select(sa.func.count())
            .select_from(table)
            .where(table.c.device == device.id, *where)
            .correlate(tables.devices)
            .scalar_subquery()
        )

    evidence = tables.evidence
    rows = connection.execute(
        sa.select(
            device.id,
            device.name,
            device.last_seen_utc,
            device.head_seq,
            device.head_hash,
            count(tables.events).label("events"),
            count(evidence, evidence.c.held).label("evidence_held"),
            count(evidence, ~evidence.c.held).label("evidence_lacking"),
            count(tables.forks).label("forks"),
            count(tables.records, tables.records.c.problem.is_not(None)).label("problems"),
        ).order_by(device.id)
    )
    standing: dict[str, list[Alarm]] = {}
    for alarm in alarms_of(connection):
        if alarm.ended_utc is None:
            standing.setdefault(alarm.device, []).append(alarm)
    return [
        DeviceRow(**row._mapping, alarms=tuple(standing.get(row.id, ())))  # noqa: SLF001 - SQLAlchemy's documented name
        for row in rows
    ]
