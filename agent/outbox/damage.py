"""A damaged outbox is set aside whole, and what can still be read of it is saved.

Nothing of the damaged files is changed: they go into `damaged/N/`, N counting up, and stay there for a person.
Saved is the run of records from the first one on whose hashes and links hold, what was acknowledged of it, the
newest receipt and the memory of the watch. A single damaged byte of a record is put right by its hash.
"""

import hashlib
import logging
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from agent.durable import make_folder, sync_folder
from agent.errors import ChainError, StoreError
from agent.event import chain
from agent.outbox import memory
from agent.outbox.database import DATABASE

log = logging.getLogger(__name__)

FOLDER = "damaged"
PARTS = (DATABASE, DATABASE + "-wal", DATABASE + "-shm", DATABASE + "-journal")
BITS_HEALED = 64  # records with one turned bit: each takes a tenth of a second of hashing
BYTES_HEALED = 4  # records with one wrong byte: each takes seconds
HEALED_LIMIT_BYTES = 4 << 10


@dataclass(frozen=True, slots=True)
class Saved:
    """What could be read of a damaged outbox: records in order, and what belongs to them."""

    records: tuple[chain.Record, ...] = ()
    acked_through: int = 0
    receipt: tuple[str, int, str, bytes] | None = None
    state: tuple[bytes, int] | None = None

    @property
    def head(self) -> chain.Head:
        return chain.Head(self.records[-1].seq, self.records[-1].hash) if self.records else chain.Head()


def set_aside_count(folder: Path) -> int:
    """The highest number of a set-aside outbox in `folder`; 0 for none."""
    numbers = [int(path.name) for path in (folder / FOLDER).glob("*") if path.name.isdigit()]
    return max(numbers, default=0)


def aside(folder: Path, number: int) -> Path:
    """Where set-aside outbox `number` lies."""
    return folder / FOLDER / str(number)


def set_aside(folder: Path) -> Path:
    """Move the outbox's files out of the way, durable; returns where they are. Raises StoreError."""
    to = aside(folder, set_aside_count(folder) + 1)
    try:
        make_folder(to)
        # The log before the database: a database without its log is never left in the place of the outbox.
        for name in reversed(PARTS):
            with suppress(FileNotFoundError):
                (folder / name).rename(to / name)
        sync_folder(to)
        sync_folder(folder)
    except OSError as error:
        raise StoreError(
            f"the damaged outbox in {folder} cannot be set aside ({error.strerror}). Check that the card has room "
            "and is not mounted read-only"
        ) from error
    return to


def save(folder: Path) -> Saved:
    """Read what can be read of the set-aside outbox in `folder`. Whatever it holds, this does not fail."""
    try:
        connection = sqlite3.connect(f"{(folder / DATABASE).absolute().as_uri()}?mode=ro", uri=True)
    except sqlite3.Error as error:
        log.error("nothing can be read of %s: %s", folder, error)
        return Saved()
    with closing(connection):
        records = tuple(_run(connection))
        through = records[-1].seq if records else 0
        acked = _value(connection, "SELECT acked_through_seq FROM delivery")
        receipt = _row(connection, "SELECT station, through_seq, utc, raw FROM receipts ORDER BY number DESC")
        state = _row(connection, "SELECT snapshot, through_reading, digest FROM state")
    whole = state is not None and memory.is_whole(state[0], state[2])
    known = receipt is not None and tuple(map(type, receipt)) == (str, int, str, bytes)
    return Saved(
        records=records,
        acked_through=min(acked, through) if isinstance(acked, int) and acked > 0 else 0,
        receipt=receipt if known else None,  # type: ignore[arg-type]  # its types were just looked at
        state=(state[0], int(state[1])) if whole and state is not None else None,  # type: ignore[arg-type, call-overload]
    )


def _run(connection: sqlite3.Connection) -> Iterator[chain.Record]:
    """Records in order for as long as each follows the one before."""
    head = chain.Head()
    healed = 0
    rows = None
    while True:
        try:
            rows = rows or connection.execute("SELECT hash, raw FROM records ORDER BY seq")
            row = rows.fetchone()
        except (sqlite3.Error, ValueError):  # ValueError: a text that is no UTF-8 any more
            return
        if row is None:
            return
        wanted, raw = row
        if not isinstance(raw, bytes):
            return
        if hashlib.sha256(raw).hexdigest() != wanted and healed < BITS_HEALED:
            healed += 1
            raw = heal(raw, str(wanted), any_byte=healed <= BYTES_HEALED)
        try:
            record = chain.read_record(raw)
        except ChainError:
            return
        if chain.break_in(head, record) is not None:
            return
        head = chain.Head(record.seq, record.hash)
        yield record


def heal(raw: bytes, wanted: str, *, any_byte: bool) -> bytes:
    """`raw` with the one turned bit, or wrong byte, put right, if that is what is wrong; else as it is."""
    if len(raw) > HEALED_LIMIT_BYTES:
        return raw
    turned = _tried(raw, wanted, [1 << bit for bit in range(8)])
    if turned is None and any_byte:
        turned = _tried(raw, wanted, range(1, 256))
    return raw if turned is None else turned


def _tried(raw: bytes, wanted: str, patterns: Iterable[int]) -> bytes | None:
    """The one text that hashes to `wanted` and differs from `raw` in one byte by one of these patterns."""
    before = hashlib.sha256()
    for at in range(len(raw)):
        rest = raw[at + 1 :]
        for pattern in patterns:
            byte = bytes((raw[at] ^ pattern,))
            trial = before.copy()
            trial.update(byte + rest)
            if trial.hexdigest() == wanted:
                return raw[:at] + byte + rest
        before.update(raw[at : at + 1])
    return None


def _row(connection: sqlite3.Connection, sql: str) -> tuple[object, ...] | None:
    try:
        row = connection.execute(sql + " LIMIT 1").fetchone()
    except (sqlite3.Error, ValueError):
        return None
    return None if row is None else tuple(row)


def _value(connection: sqlite3.Connection, sql: str) -> object:
    row = _row(connection, sql)
    return None if row is None else row[0]
