"""The heads the boxes told of, as they told them: what a later chain is held against.

A head is kept whatever it says. One that is older than another, or of another history, is exactly what a
restored or copied card looks like; refusing it would throw the proof away.
"""

from datetime import datetime
from typing import Literal

import sqlalchemy as sa

from agent.event import wire
from agent.event.chain import Head
from station import tables
from station.alarms import AlarmKind, raise_alarm
from station.alone import alone

Channel = Literal["http", "folder"]


def note(connection: sa.Connection, device: str, head: Head, now: datetime, channel: Channel) -> None:
    """Keep that `device` told of `head`; told again, its last time moves. What it contradicts is an alarm."""
    table = tables.heads
    utc = wire.utc_text(now)
    alone(connection, "device", device)
    _judge(connection, device, head, utc, channel)
    this = (table.c.device == device) & (table.c.seq == head.seq) & (table.c.hash == head.hash)
    told = connection.execute(sa.update(table).where(this).values(last_utc=utc, channel=channel))
    if told.rowcount == 0:
        connection.execute(
            sa.insert(table).values(
                device=device, seq=head.seq, hash=head.hash, first_utc=utc, last_utc=utc, channel=channel
            )
        )
    connection.execute(
        sa.update(tables.devices).where(tables.devices.c.id == device).values(last_seen_utc=utc)
    )


def _judge(connection: sa.Connection, device: str, head: Head, utc: str, channel: Channel) -> None:
    """A head of another history is a fork; an older one is an older card, unless it came by stick, days late."""
    known = hashes_at(connection, device, head.seq)
    newest = known_through(connection, device)
    if known - {head.hash}:
        raise_alarm(connection, device, AlarmKind.FORK, head.seq, newest, utc)
    elif head.seq < newest and channel == "http":
        raise_alarm(connection, device, AlarmKind.ROLLBACK, head.seq, newest, utc)


def known_through(connection: sa.Connection, device: str) -> int:
    """The highest record that is held or that any head named; 0 for none."""
    told, held = tables.heads.c, tables.devices.c
    by_head = connection.execute(sa.select(sa.func.max(told.seq)).where(told.device == device)).scalar()
    by_record = connection.execute(sa.select(held.head_seq).where(held.id == device)).scalar()
    return max(by_head or 0, by_record or 0)


def hashes_at(connection: sa.Connection, device: str, seq: int) -> frozenset[str]:
    """Every hash that is known of a record: its own where it is held, and what heads told."""
    return frozenset(
        digest
        for table in (tables.records, tables.heads)
        for digest in connection.execute(
            sa.select(table.c.hash).where(table.c.device == device, table.c.seq == seq)
        ).scalars()
    )


def anchored_utc(connection: sa.Connection, device: str, seq: int) -> str | None:
    """When the station first knew a hash that covers record `seq`: by a head, or by the record itself."""
    told, came = tables.heads.c, tables.records.c
    by_head = sa.select(sa.func.min(told.first_utc)).where(told.device == device, told.seq >= seq)
    by_record = sa.select(came.received_utc).where(came.device == device, came.seq == seq)
    times = [connection.execute(query).scalar() for query in (by_head, by_record)]
    return min((time for time in times if time is not None), default=None)
