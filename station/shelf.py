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
from station.choice import Choice, Order, chosen, leading
from station.ruling import State
from station.weight import HEAVIEST

PAGE_ROWS = 50
TRACK_POINTS = 5000


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
    state: State
    weight: int
    assignee: int | None
    assignee_name: str | None
    vessel: str


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
    event, head, review = tables.events.c, tables.records.c, tables.reviews.c
    return sa.select(
        tables.events,
        tables.devices.c.name.label("device_name"),
        head.hash.label("last_hash"),
        review.state,
        review.lightness,
        review.assignee,
        review.assignee_name,
        review.vessel,
    ).select_from(
        tables.events.join(
            tables.reviews, (review.device == event.device) & (review.event_id == event.event_id)
        )
        .join(tables.devices, tables.devices.c.id == event.device)
        .join(tables.records, (head.device == event.device) & (head.seq == event.last_seq))
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
        state=State(row.state),
        weight=HEAVIEST - row.lightness,
        assignee=row.assignee,
        assignee_name=row.assignee_name,
        vessel=row.vessel,
    )


def _key(order: Order, choice: Choice) -> tuple[sa.ColumnElement[Any], ...]:
    """What a list is ordered by: the queue by weight and then by age, oldest first."""
    lead = leading(choice, order)
    place = (lead.order_utc, lead.device, lead.event_id)
    return place if order == "newest" else (lead.lightness, *place)


def _place(listed: Listed, order: Order) -> tuple[int | str, ...]:
    place = (listed.order_utc, listed.device, listed.event.event_id)
    return place if order == "newest" else (HEAVIEST - listed.weight, *place)


def page_of_events(
    connection: sa.Connection,
    choice: Choice,
    before: str | None = None,
    rows: int = PAGE_ROWS,
    order: Order = "newest",
) -> Page:
    """The first events of a choice, or those after the cursor `before`. Raises ValueError on a foreign cursor."""
    after = None if before is None else _cursor(before, order)
    found = _from(connection, choice, order, after, rows + 1)
    shown = tuple(found[:rows])
    return Page(shown, cursor_of(shown[-1], order) if len(found) > rows else None)


def neighbours(
    connection: sa.Connection, choice: Choice, order: Order, listed: Listed
) -> tuple[Listed | None, Listed | None]:
    """The events before and after this one in a list, whether or not it still stands there itself."""
    place = _place(listed, order)
    before = _from(connection, choice, order, place, 1, backwards=True)
    after = _from(connection, choice, order, place, 1)
    return (before[0] if before else None, after[0] if after else None)


def count(connection: sa.Connection, choice: Choice, most: int) -> int:
    """How many events a choice has, counted up to `most`."""
    event, review = tables.events.c, tables.reviews.c
    joined = tables.events.join(
        tables.reviews, (review.device == event.device) & (review.event_id == event.event_id)
    )
    some = chosen(sa.select(event.event_id).select_from(joined), choice, "queue").limit(most).subquery()
    return connection.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()


def _from(
    connection: sa.Connection,
    choice: Choice,
    order: Order,
    place: tuple[int | str, ...] | None,
    rows: int,
    *,
    backwards: bool = False,
) -> list[Listed]:
    """So many events of a choice from a place on, this place left out."""
    key = _key(order, choice)
    query = chosen(_listing(), choice, order)
    descending = (order == "newest") is not backwards
    if place is not None:
        here, there = sa.tuple_(*key), sa.tuple_(*(sa.literal(part) for part in place))
        query = query.where(here < there if descending else here > there)
    query = query.order_by(*(part.desc() if descending else part.asc() for part in key)).limit(rows)
    return [_listed(row) for row in connection.execute(query)]


def cursor_of(listed: Listed, order: Order) -> str:
    """A place in a list as it stands in an address."""
    text = "\n".join(str(part) for part in _place(listed, order))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def _cursor(text: str, order: Order) -> tuple[int | str, ...]:
    raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True).decode()
    parts = raw.replace("\x00", " ").split("\n")
    if order == "newest":
        order_utc, device, event_id = parts
        return order_utc, device, event_id
    lightness, order_utc, device, event_id = parts
    return max(-1, min(int(lightness), HEAVIEST + 1)), order_utc, device, event_id


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

    def number(table: sa.Table, *where: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
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
            number(tables.events).label("events"),
            number(evidence, evidence.c.held).label("evidence_held"),
            number(evidence, ~evidence.c.held).label("evidence_lacking"),
            number(tables.forks).label("forks"),
            number(tables.records, tables.records.c.problem.is_not(None)).label("problems"),
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


def filter_values(connection: sa.Connection) -> tuple[list[str], list[str]]:
    """Every vessel and every licence that some event speaks of."""
    term = tables.terms.c
    return (
        _distinct(connection, tables.reviews.c.vessel),
        _distinct(connection, term.value, term.what == "licence"),
    )


def _distinct(
    connection: sa.Connection, column: sa.ColumnElement[str], *where: sa.ColumnElement[bool]
) -> list[str]:
    """The values of an indexed column, each found from the one before it: DISTINCT would walk through every row."""
    least = sa.func.min(column)
    walk = sa.select(least.label("value")).where(column > "", *where).cte("walk", recursive=True)
    following = sa.select(least).where(column > walk.c.value, *where).scalar_subquery()
    walk = walk.union_all(sa.select(following).where(walk.c.value.is_not(None)))
    return list(connection.execute(sa.select(walk.c.value).where(walk.c.value.is_not(None))).scalars())
