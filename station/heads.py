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

Channel = Literal["http", "folder"]


def note(connection: sa.Connection, device: str, head: Head, now: datetime, channel: Channel) -> None:
    """Keep that `device` told of `head`; told again, its last time moves."""
    table = tables.heads
    utc = wire.utc_text(now)
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
