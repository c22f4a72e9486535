"""What the pages need of a record, taken out of it when it is accepted.

The record is already verified and held. A body this version does not understand (a newer box) is no
reason to refuse it, because a refused record would stop everything behind it: it is kept, and the reason
why it cannot be shown is kept beside it.
"""

import json
import re
from datetime import datetime
from typing import cast

import sqlalchemy as sa

from agent.errors import ChainError
from agent.event import wire
from agent.event.chain import Record
from agent.types import GRAVITY, Event, Json
from station import health, notices, production, review, silences, tables, times

EVENT_ID = re.compile(r"[^\x00-\x20/?#%\x7f]{1,200}")
INTEGER_LIMIT = 2**63  # of a database column
TEXT_LIMIT = 200


def project(connection: sa.Connection, record: Record, received_utc: str) -> str | None:
    """Write what `record` adds to evidence, events, track and configs; None, or why that cannot be.

    What it names as evidence is awaited even where the rest of it cannot be read: a newer box's pictures
    must not stay on the boat.
    """
    try:
        with connection.begin_nested():
            _evidence(connection, record)
        with connection.begin_nested():
            if record.kind in ("event.opened", "event.updated", "event.closed"):
                _event(connection, record, received_utc)
            elif record.kind == "track":
                _track(connection, record)
            elif record.kind == "config.applied":
                _config(connection, record)
            elif record.kind == "tombstone":
                _tombstone(connection, record)
            elif record.kind == "time.anchor":
                _anchor(connection, record, received_utc)
            elif record.kind == "production":
                production.keep(connection, record, received_utc)
            elif record.kind == "gap":
                silences.keep(connection, record, received_utc)
            elif record.kind == "source":
                health.keep(connection, record)
    except (ValueError, OverflowError, sa.exc.DataError) as error:  # a ChainError is a ValueError
        return f"{record.kind}: {error}".replace("\x00", " ")
    return None


def _event(connection: sa.Connection, record: Record, received_utc: str) -> None:
    event = wire.event_from_body(dict(record.body))
    if not EVENT_ID.fullmatch(event.event_id):
        raise ChainError("event_id has characters that cannot stand in an address, or more than 200")
    opened, updated, closed = (
        None
        if stamp is None
        else _text(times.dated(connection, record.device, record.boot_id, stamp, received_utc))
        for stamp in (event.opened, event.updated, event.closed)
    )
    values = {
        "happening": event.happening.value,
        "verdict": gravest(event),
        "opened_utc": opened,
        "updated_utc": updated,
        "closed": event.closed is not None,
        "closed_utc": closed,
        "origin": event.origin.kind,
        "synthetic": event.origin.synthetic,
        "voyage": event.origin.voyage,
        "last_seq": record.seq,
        "body": wire.canonical(dict(record.body)).decode(),
    }
    table = tables.events
    this = (table.c.device == record.device) & (table.c.event_id == event.event_id)
    known = connection.execute(sa.select(table.c.device).where(this)).first()
    if known is None:
        values |= {
            "device": record.device,
            "event_id": event.event_id,
            "order_utc": opened or times.place_in_list(connection, record.device, record.seq, received_utc),
            "boot_id": record.boot_id,
            "first_seq": record.seq,
        }
        connection.execute(sa.insert(table).values(values))
    else:
        # The opening belongs to the boot that wrote it: another boot's anchors say nothing of it.
        del values["opened_utc"]
        connection.execute(sa.update(table).where(this).values(values))
    review.place(connection, record.device, event.event_id)
    notices.raise_notice(connection, record.device, event.event_id, received_utc)


def _text(moment: datetime | None) -> str | None:
    return None if moment is None else wire.utc_text(moment)


def _anchor(connection: sa.Connection, record: Record, received_utc: str) -> None:
    """From now on the times of this boot are known: its events are dated again."""
    mono, utc, source = (record.body.get(name) for name in ("mono_ns", "utc", "source"))
    if not (isinstance(mono, str) and mono.isascii() and mono.isdigit() and int(mono) < INTEGER_LIMIT):
        raise ChainError("mono_ns of an anchor is a decimal string")
    if (
        not isinstance(utc, str)
        or len(utc) != 24
        or source not in times.RANK
        or len(record.boot_id) > TEXT_LIMIT
    ):
        raise ChainError("an anchor has a time and its source")
    if not times.possible(
        connection, record.device, record.boot_id, datetime.fromisoformat(utc), received_utc
    ):
        raise ChainError(
            f"the box says it was {utc}, which cannot be: does its receiver count the weeks wrong?"
        )
    connection.execute(
        sa.insert(tables.anchors).values(
            device=record.device,
            seq=record.seq,
            boot_id=record.boot_id,
            mono_ns=int(mono),
            utc=utc,
            source=source,
        )
    )
    column = tables.events.c
    this_boot = (column.device == record.device) & (column.boot_id == record.boot_id)
    for row in connection.execute(sa.select(column.event_id, column.body).where(this_boot)).all():
        event = wire.event_from_body(json.loads(row.body))
        opened = _text(times.dated(connection, record.device, record.boot_id, event.opened, received_utc))
        if opened is not None:
            connection.execute(
                sa.update(tables.events)
                .where(this_boot, column.event_id == row.event_id)
                .values(opened_utc=opened, order_utc=opened)
            )
            review.place(connection, record.device, row.event_id)


def gravest(event: Event) -> str | None:
    """The verdict an event is listed under: the gravest of its findings."""
    verdicts = [finding.verdict for finding in event.findings]
    return max(verdicts, key=lambda verdict: GRAVITY[verdict]).value if verdicts else None


def _track(connection: sa.Connection, record: Record) -> None:
    points = record.body.get("points")
    if not isinstance(points, list) or len(record.boot_id) > TEXT_LIMIT:
        raise ChainError("a track has a list of points")
    table = tables.track
    for point in points:
        values = _point(point)
        this = (
            (table.c.device == record.device)
            & (table.c.boot_id == record.boot_id)
            & (table.c.mono_ns == values["mono_ns"])
        )
        if connection.execute(sa.select(table.c.device).where(this)).first() is None:
            connection.execute(
                sa.insert(table).values(device=record.device, boot_id=record.boot_id, **values)
            )


def _point(point: Json) -> dict[str, int | float | str | None]:
    if not isinstance(point, dict):
        raise ChainError("a point of a track is an object")
    mono, utc = point.get("mono_ns"), point.get("utc")
    lat, lon = point.get("lat_deg"), point.get("lon_deg")
    if not (isinstance(mono, str) and mono.isascii() and mono.isdigit() and len(mono) < 20):
        raise ChainError("mono_ns of a point is a decimal string")
    if not (utc is None or (isinstance(utc, str) and len(utc) == 24)):
        raise ChainError("utc of a point is a time or null")
    if not (_within(lat, 90) and _within(lon, 180)) or int(mono) >= INTEGER_LIMIT:
        raise ChainError("a point of a track lies on no map")
    return {
        "mono_ns": int(mono),
        "utc": utc,
        "lat_deg": float(cast("float", lat)),
        "lon_deg": float(cast("float", lon)),
    }


def _within(value: Json, limit: float) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and -limit <= value <= limit


def _config(connection: sa.Connection, record: Record) -> None:
    connection.execute(
        sa.insert(tables.configs).values(
            device=record.device, seq=record.seq, body=wire.canonical(dict(record.body)).decode()
        )
    )


def _tombstone(connection: sa.Connection, record: Record) -> None:
    """What the box had to delete will never come: it is not waited for any more."""
    deleted = record.body.get("deleted")
    gone = (
        [item.get("sha256") for item in deleted if isinstance(item, dict)]
        if isinstance(deleted, list)
        else []
    )
    column = tables.evidence.c
    connection.execute(
        sa.delete(tables.evidence).where(
            column.device == record.device, ~column.held, column.sha256.in_([str(each) for each in gone])
        )
    )


def _evidence(connection: sa.Connection, record: Record) -> None:
    """Digests a record names for the first time, with the size it gives for them."""
    named = wire.evidence_named(record.body)
    if not named:
        return
    sizes: dict[str, int] = {}
    for entry in cast("list[dict[str, Json]]", record.body["evidence"]):
        size = entry.get("size_bytes") if isinstance(entry, dict) else None
        if isinstance(size, int) and not isinstance(size, bool) and 0 <= size < INTEGER_LIMIT:
            sizes[str(entry.get("sha256"))] = size
    table = tables.evidence
    known = set(
        connection.execute(
            sa.select(table.c.sha256).where(table.c.device == record.device, table.c.sha256.in_(named))
        ).scalars()
    )
    for digest, media_type in named.items():
        if digest in known:
            continue
        connection.execute(
            sa.insert(table).values(
                device=record.device,
                sha256=digest,
                seq=record.seq,
                media_type=media_type[:TEXT_LIMIT].replace("\x00", " "),
                size_bytes=sizes.get(digest),
                held=False,
            )
        )
