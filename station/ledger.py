"""The chains held here: a batch of records is verified and added whole, or nothing changes."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from agent.errors import ChainError
from agent.event import chain, wire
from agent.event.chain import Head, Record
from station import tables
from station.alarms import AlarmKind, end_earlier, end_gaps, raise_alarm
from station.alone import alone
from station.projection import project
from station.refusal import Refusal
from station.store import Store

LACKING_AT_MOST = 100


@dataclass(frozen=True, slots=True)
class Taken:
    """What is held after a batch: the head, and of the batch's evidence what is there and what lacks."""

    head: Head
    held: tuple[str, ...]
    lacking: tuple[str, ...]


def read_batch(raws: Sequence[bytes], device: str, key: Ed25519PublicKey) -> list[Record]:
    """Verify a batch as far as it can be without the store; raises Refusal 422 `record`."""
    batch: list[Record] = []
    for position, raw in enumerate(raws, start=1):
        seq: int | None = None
        try:
            record = chain.read_record(raw)
            seq = record.seq
            if record.device != device:
                raise ChainError(
                    f"record is of device {record.device!r}, the request is signed by {device!r}"
                )
            chain.check_signature(record, key)
            if batch:
                problem = chain.break_in(Head(batch[-1].seq, batch[-1].hash), record)
                if problem is not None:
                    raise ChainError(problem)
        except ValueError as error:  # ChainError among them; a number too long for Python is another
            raise Refusal(
                422, "record", f"record {position} of the batch: {error}", {"seq": seq, "position": position}
            ) from None
        batch.append(record)
    return batch


def accept(store: Store, device: str, batch: Sequence[Record], now: datetime) -> Taken:
    """Add the records of a verified batch that are not held yet, in one transaction.

    Raises Refusal 409 `gap` or `fork`; the records of a fork are kept apart first.
    """
    received_utc = wire.utc_text(now)
    with store.writing() as connection:
        head = lock_head(connection, device)
        offered = _beyond(head, batch)
        contradicts = None if offered is not None else _contradiction(connection, device, head, batch)
        if offered is not None:
            raise_alarm(connection, device, AlarmKind.GAP, offered, head.seq, received_utc)
        elif contradicts is None:
            return _add(connection, device, head, batch, received_utc)
        else:
            _keep_fork(connection, batch[contradicts:], received_utc)
            raise_alarm(connection, device, AlarmKind.FORK, batch[contradicts].seq, head.seq, received_utc)
    if contradicts is None:
        raise Refusal(
            409,
            "gap",
            f"the batch begins at seq {offered}, the next record here is {head.seq + 1}",
            {"held_through_seq": head.seq, "head": head.hash},
        )
    seq = batch[contradicts].seq
    raise Refusal(
        409,
        "fork",
        f"record seq {seq} is not the one held here or does not follow it: two chains carry the key of {device}. "
        "Both are kept; nothing was added.",
        {"seq": seq, "held_through_seq": head.seq, "head": head.hash},
    )


def head_of(connection: sa.Connection, device: str) -> Head:
    """Where the chain of `device` stands."""
    table = tables.devices
    row = connection.execute(sa.select(table.c.head_seq, table.c.head_hash).where(table.c.id == device)).one()
    return Head(row.head_seq, row.head_hash)


def lock_head(connection: sa.Connection, device: str) -> Head:
    """Where the chain of `device` stands, held for this transaction alone."""
    alone(connection, "device", device)
    return head_of(connection, device)


def _beyond(head: Head, batch: Sequence[Record]) -> int | None:
    """The seq a batch begins at, if what should stand before it is not here."""
    if not batch:
        return None
    after = chain.continues(batch[0])
    return batch[0].seq if after > head.seq else None


def _contradiction(connection: sa.Connection, device: str, head: Head, batch: Sequence[Record]) -> int | None:
    """Index of the first record that contradicts what is held or what a head told."""
    if not batch:
        return None
    held, told = (
        _hashes(connection, table, device, batch[0].seq, batch[-1].seq)
        for table in (tables.records, tables.heads)
    )
    for index, record in enumerate(batch):
        same = record.hash in held[record.seq] if record.seq in held else record.seq > head.seq
        bound = record.hash in told.get(record.seq, {record.hash})
        follows = record.seq <= head.seq or index > 0 or chain.break_in(head, record) is None
        if not (same and bound and follows):
            return index
    return None


def _hashes(
    connection: sa.Connection, table: sa.Table, device: str, first_seq: int, last_seq: int
) -> dict[int, set[str]]:
    column = table.c
    rows = connection.execute(
        sa.select(column.seq, column.hash).where(
            column.device == device, column.seq >= first_seq, column.seq <= last_seq
        )
    )
    hashes: dict[int, set[str]] = {}
    for row in rows:
        hashes.setdefault(row.seq, set()).add(row.hash)
    return hashes


def _add(
    connection: sa.Connection, device: str, head: Head, batch: Sequence[Record], received_utc: str
) -> Taken:
    for record in batch:
        if record.seq <= head.seq:
            continue
        if record.kind == chain.SEGMENT_KIND:
            raise_alarm(connection, device, AlarmKind.SEGMENT, record.seq, head.seq, received_utc)
        elif record.kind == "disk.refused":
            end_earlier(connection, device, AlarmKind.DISK, record.seq, received_utc)
            raise_alarm(connection, device, AlarmKind.DISK, record.seq, head.seq, received_utc)
        problem = project(connection, record, received_utc)
        connection.execute(
            sa.insert(tables.records).values(
                device=device,
                seq=record.seq,
                hash=record.hash,
                kind=record.kind[:64].replace("\x00", " "),
                utc=record.utc if record.utc is not None and len(record.utc) == 24 else None,
                raw=record.raw,
                received_utc=received_utc,
                problem=problem,
            )
        )
        head = Head(record.seq, record.hash)
    connection.execute(
        sa.update(tables.devices)
        .where(tables.devices.c.id == device)
        .values(head_seq=head.seq, head_hash=head.hash, last_seen_utc=received_utc)
    )
    end_gaps(connection, device, head.seq, received_utc)
    named = set[str]().union(*(wire.evidence_named(record.body) for record in batch))
    return Taken(head, _held(connection, device, named), lacking(connection, device))


def _keep_fork(connection: sa.Connection, records: Sequence[Record], received_utc: str) -> None:
    table = tables.forks
    for record in records:
        known = connection.execute(
            sa.select(table.c.seq).where(
                table.c.device == record.device, table.c.seq == record.seq, table.c.hash == record.hash
            )
        ).first()
        if known is None:
            connection.execute(
                sa.insert(table).values(
                    device=record.device,
                    seq=record.seq,
                    hash=record.hash,
                    raw=record.raw,
                    received_utc=received_utc,
                )
            )


def _held(connection: sa.Connection, device: str, named: set[str]) -> tuple[str, ...]:
    table = tables.evidence
    return tuple(
        connection.execute(
            sa.select(table.c.sha256).where(table.c.device == device, table.c.held, table.c.sha256.in_(named))
        ).scalars()
    )


def lacking(connection: sa.Connection, device: str) -> tuple[str, ...]:
    """Digests named by the device's accepted records and not held in full, oldest first."""
    table = tables.evidence
    return tuple(
        connection.execute(
            sa.select(table.c.sha256)
            .where(table.c.device == device, ~table.c.held)
            .order_by(table.c.seq, table.c.sha256)
            .limit(LACKING_AT_MOST)
        ).scalars()
    )
