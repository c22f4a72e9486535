"""What time it really was: a boot's anchors date what it wrote before it knew the time.

Nothing signed is changed. A stamp by satellites stands as it is; any other is reckoned from the boot's best
anchor: satellites before the network, then the one nearest to the stamp. A boot that never knew the time has
no times, and its events stand in the list where their numbers are: behind the last moment that was known.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa

from agent.event import wire
from agent.types import ClockQuality, Stamp
from station import tables

DAY = timedelta(days=1)
RANK = {ClockQuality.NTP.value: 1, ClockQuality.GNSS.value: 2}
ORDER_STEP = timedelta(milliseconds=1)


def possible(
    connection: sa.Connection, device: str, boot_id: str, moment: datetime, received_utc: str
) -> bool:
    """Whether a live box can have been there: not before it was enrolled, not after its record came.

    A receiver that counts the weeks wrong is off by twenty years. A replay tells of the day of its recording.
    """
    if boot_id.startswith("voyage:"):
        return True
    column = tables.devices.c
    enrolled = connection.execute(sa.select(column.enrolled_utc).where(column.id == device)).scalar_one()
    return datetime.fromisoformat(enrolled) - DAY <= moment <= datetime.fromisoformat(received_utc) + DAY


def dated(
    connection: sa.Connection, device: str, boot_id: str, stamp: Stamp, received_utc: str
) -> datetime | None:
    """The time of a stamp as well as it is known here; None where nobody ever knew."""
    told = stamp.utc
    if told is not None and not possible(connection, device, boot_id, told, received_utc):
        told = None
    if told is not None and stamp.clock_quality is ClockQuality.GNSS:
        return told
    column = tables.anchors.c
    rows = connection.execute(
        sa.select(column.mono_ns, column.utc, column.source).where(
            column.device == device, column.boot_id == boot_id
        )
    ).all()
    own = 0 if told is None else RANK.get(stamp.clock_quality.value, 0)
    better = [row for row in rows if RANK.get(row.source, 0) > own]
    if not better:
        return told if own else None
    best = min(better, key=lambda row: (-RANK[row.source], abs(row.mono_ns - stamp.mono_ns)))
    passed = timedelta(microseconds=(stamp.mono_ns - best.mono_ns) // 1000)
    return datetime.fromisoformat(best.utc) + passed


def place_in_list(connection: sa.Connection, device: str, seq: int, received_utc: str) -> str:
    """Where an event without a time stands: behind the last event before it, by its number."""
    column = tables.events.c
    before = connection.execute(
        sa.select(column.order_utc, column.first_seq)
        .where(column.device == device, column.first_seq < seq)
        .order_by(column.first_seq.desc())
        .limit(1)
    ).first()
    if before is None:
        return received_utc
    return wire.utc_text(datetime.fromisoformat(before.order_utc) + ORDER_STEP)
