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
            if batch and record.seq != batch[-1].seq + 1:
                raise ChainError(f"does not follow seq {batch[-1].seq} before it in the batch")
            if batch and record.prev != batch[-1].hash:
                raise ChainError("does not link to the record before it in the batch")
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
        head = _lock(connection, device)
        contradicts = _contradiction(connection, device, head, batch)
        if contradicts is None:
            return _add(connection, device, head, batch, received_utc)
        _keep_fork(connection, batch[contradicts:], received_utc)
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


def _lock(connection: sa.Connection, device: str) -> Head:
    table = tables.devices
    row = connection.execute(
        sa.select(table.c.head_seq, table.c.head_hash).where(table.c.id == device).with_for_update()
    ).one()
    return Head(row.head_seq, row.head_hash)


def _contradiction(connection: sa.Connection, device: str, head: Head, batch: Sequence[Record]) -> int | None:
    """Index of the first record that contradicts what is held; raises Refusal `gap` where none could tell."""
    if not batch:
        return None
    if batch[0].seq > head.seq + 1:
        raise Refusal(
            409,
            "gap",
            f"the batch begins at seq {batch[0].seq}, the next record here is {head.seq + 1}",
            {"held_through_seq": head.seq, "head": head.hash},
        )
    table = tables.records
    held: dict[int, str] = {
        row.seq: row.hash
        for row in connection.execute(
            sa.select(table.c.seq, table.c.hash).where(
                table.c.device == device,
                table.c.seq >= batch[0].seq,
                table.c.seq <= min(batch[-1].seq, head.seq),
            )
        )
    }
    for index, record in enumerate(batch):
        same = record.hash == held[record.seq] if record.seq in held else record.seq > head.seq
        follows = record.seq != head.seq + 1 or record.prev == head.hash
        if not (same and follows):
            return index
    return None


def _add(
    connection: sa.Connection, device: str, head: Head, batch: Sequence[Record], received_utc: str
) -> Taken:
    for record in batch:
        if record.seq <= head.seq:
            continue
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
