"""What the boxes told of their receivers and cameras: the last state of each."""

from dataclasses import dataclass

import sqlalchemy as sa

from agent.event.chain import Record
from agent.types import Health
from station import tables


@dataclass(frozen=True, slots=True)
class Source:
    """One receiver, camera or eye of a box, as it last told; `seq` is the record."""

    device: str
    source: str
    seq: int
    state: Health
    reason: str
    utc: str | None


def keep(connection: sa.Connection, record: Record) -> None:
    """Write down a `source` record. Raises ValueError on a body that cannot be."""
    body = record.body
    source, reason, utc = body.get("source"), body.get("reason"), record.utc
    state = Health(str(body.get("state")))
    if not isinstance(source, str) or not 0 < len(source) <= 100:
        raise ValueError("a source has a name")
    table = tables.sources
    this = (table.c.device == record.device) & (table.c.source == source)
    connection.execute(sa.delete(table).where(this))
    connection.execute(
        sa.insert(table).values(
            device=record.device,
            source=source,
            seq=record.seq,
            state=state.value,
            reason=reason[:500] if isinstance(reason, str) else "",
            utc=utc if isinstance(utc, str) and len(utc) == 24 else None,
        )
    )


def sources_of(connection: sa.Connection) -> dict[str, list[Source]]:
    """The sources of every box that has told of any."""
    column = tables.sources.c
    found: dict[str, list[Source]] = {}
    for row in connection.execute(
        sa.select(*(column[name] for name in Source.__slots__)).order_by(column.device, column.source)
    ):
        source = Source(**{**row._mapping, "state": Health(row.state)})  # noqa: SLF001 - SQLAlchemy's documented name
        found.setdefault(source.device, []).append(source)
    return found
