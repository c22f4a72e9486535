"""What a person should look at, kept until it ended or for good.

fork      two chains carry one key: a cloned card, or a history written anew
rollback  the box stands at an older record than it was known to have: an older card was put back
gap       the box offers records and those before them are not here; ends when they come
segment   the box found its store damaged and began a new segment of its chain
disk      the disk of the box took nothing for a while; ends when the next such time is known
"""

from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa

from station import tables


class AlarmKind(StrEnum):
    FORK = "fork"
    ROLLBACK = "rollback"
    GAP = "gap"
    SEGMENT = "segment"
    DISK = "disk"


@dataclass(frozen=True, slots=True)
class Alarm:
    """One alarm; `ended_utc` None while it stands."""

    device: str
    kind: AlarmKind
    seq: int
    known_seq: int
    raised_utc: str
    last_utc: str
    ended_utc: str | None


def raise_alarm(
    connection: sa.Connection, device: str, kind: AlarmKind, seq: int, known_seq: int, utc: str
) -> None:
    """Keep an alarm; one that stands already about the same record is only seen again."""
    column = tables.alarms.c
    this = (
        (column.device == device) & (column.kind == kind) & (column.seq == seq) & column.ended_utc.is_(None)
    )
    seen = connection.execute(sa.update(tables.alarms).where(this).values(last_utc=utc))
    if seen.rowcount == 0:
        values = {"device": device, "kind": kind.value, "seq": seq, "known_seq": known_seq}
        connection.execute(sa.insert(tables.alarms).values(**values, raised_utc=utc, last_utc=utc))


def end_gaps(connection: sa.Connection, device: str, through_seq: int, utc: str) -> None:
    """The records before these places came after all."""
    column = tables.alarms.c
    connection.execute(
        sa.update(tables.alarms)
        .where(
            column.device == device,
            column.kind == AlarmKind.GAP.value,
            column.seq <= through_seq + 1,
            column.ended_utc.is_(None),
        )
        .values(ended_utc=utc)
    )


def end_earlier(connection: sa.Connection, device: str, kind: AlarmKind, seq: int, utc: str) -> None:
    """A newer alarm of this kind, about record `seq`, says all that is to be done."""
    column = tables.alarms.c
    older = (column.device == device) & (column.kind == kind.value) & (column.seq < seq)
    connection.execute(
        sa.update(tables.alarms).where(older, column.ended_utc.is_(None)).values(ended_utc=utc)
    )


def alarms_of(connection: sa.Connection, device: str | None = None) -> list[Alarm]:
    """The alarms of one device, or of all, newest first."""
    column = tables.alarms.c
    query = sa.select(*(column[name] for name in Alarm.__slots__)).order_by(column.number.desc())
    if device is not None:
        query = query.where(column.device == device)
    return [
        Alarm(**{**row._mapping, "kind": AlarmKind(row.kind)})  # noqa: SLF001 - SQLAlchemy's documented name
        for row in connection.execute(query)
    ]
