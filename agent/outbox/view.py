"""What the outbox holds, for reading: by the store itself, and by `sandwatch status` and `verify` beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import RLock
from typing import Any, Literal, Self, cast

from sqlite_utils import Database

from agent.event import chain
from agent.outbox import memory
from agent.outbox.database import DATABASE, open_reading, sentences
from agent.types import Json

PAGE_RECORDS = 256


@dataclass(frozen=True, slots=True)
class Counts:
    """How much there is and how much of it the station has not acknowledged."""

    records: int
    pending_records: int
    evidence: int
    pending_evidence: int
    evidence_bytes: int  # of files still on this box
    pending_evidence_bytes: int
    deleted_evidence: int


@dataclass(frozen=True, slots=True)
class Delivered:
    """The newest receipt: its bytes, what it acknowledged, and when the station says it was."""

    raw: bytes
    station: str
    through_seq: int
    utc: str


@dataclass(frozen=True, slots=True)
class StoredEvidence:
    """An evidence file the outbox knows; `seq` is the first record that names it."""

    sha256: str
    kind: Literal["still", "clip"]
    media_type: str
    size_bytes: int
    seq: int


@dataclass(frozen=True, slots=True)
class Anchor:
    """The newest head the station signed for: through which record, and when by the station's clock."""

    seq: int
    station: str
    utc: str


@dataclass(frozen=True, slots=True)
class Parked:
    """The record the station refuses for good, in its words; what stands behind it waits."""

    seq: int
    code: str
    detail: str
    since_utc: str


class View:
    """Reads an outbox. One connection, used from any thread; raises StoreError."""

    def __init__(self, db: Database, folder: Path) -> None:
        self._db = db
        self._path = folder / DATABASE
        self._lock = RLock()

    @classmethod
    def open_reading(cls, folder: Path) -> "View":
        """An outbox that another process may be writing. Nothing in it is changed."""
        return View(open_reading(folder), folder)

    def close(self) -> None:
        with self._lock:
            self._db.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def path(self) -> Path:
        """The database file."""
        return self._path

    def device(self) -> str:
        """Whose outbox this is."""
        return cast("str", self._row("SELECT device FROM meta")[0])

    def head(self) -> chain.Head:
        """The end of the chain: the last record's number and hash."""
        row = self._row("SELECT seq, hash FROM records ORDER BY seq DESC LIMIT 1")
        return chain.Head(*row) if row else chain.Head()

    def foothold(self) -> chain.Head:
        """What the next record stands behind: the head, or the place where a new segment begins."""
        head = self.head()
        begun = self._row("SELECT number, prev FROM segments ORDER BY number DESC LIMIT 1")
        if begun and head.seq <= begun[0] * chain.SEGMENT_RECORDS:
            return chain.Head(begun[0] * chain.SEGMENT_RECORDS, begun[1])
        return head

    def segment(self) -> int:
        """How often this chain began anew."""
        row = self._row("SELECT max(number) FROM segments")
        return cast("int", row[0] or 0)

    def acked_through(self) -> int:
        """The last record the station has acknowledged; 0 for none."""
        return cast("int", self._row("SELECT acked_through_seq FROM delivery")[0])

    def state(self) -> tuple[Json, int] | None:
        """What the watch remembered at the last commit and the ordinal of the reading it stood at."""
        row = self._row("SELECT snapshot, through_reading FROM state")
        return (memory.unpack(row[0]), cast("int", row[1])) if row else None

    def records(self, from_seq: int = 1) -> Iterator[bytes]:
        """The records' bytes in order, from `from_seq` to the last one there is when it is reached."""
        while page := self._rows(
            "SELECT seq, raw FROM records WHERE seq >= ? ORDER BY seq LIMIT ?", from_seq, PAGE_RECORDS
        ):
            for _, raw in page:
                yield raw
            from_seq = page[-1][0] + 1

    def latest_events(self, limit: int = 50) -> tuple[chain.Record, ...]:
        """The latest record of each event, the event that changed last first."""
        rows = self._rows(
            "SELECT raw FROM records WHERE seq IN"
            " (SELECT max(seq) FROM records WHERE event_id IS NOT NULL GROUP BY event_id ORDER BY 1 DESC LIMIT ?)"
            " ORDER BY seq DESC",
            limit,
        )
        return tuple(chain.read_record(raw) for (raw,) in rows)

    def last_receipt(self) -> Delivered | None:
        """The newest receipt, or None before the first."""
        row = self._row("SELECT raw, station, through_seq, utc FROM receipts ORDER BY number DESC LIMIT 1")
        return Delivered(*row) if row else None

    def anchor(self) -> Anchor | None:
        """The newest head the station signed for, or None before the first."""
        row = self._row("SELECT seq, station, utc FROM heads ORDER BY number DESC LIMIT 1")
        return Anchor(*row) if row else None

    def parked(self) -> Parked | None:
        """The record the station refuses for good, if there is one."""
        row = self._row("SELECT seq, code, detail, since_utc FROM parked")
        return Parked(*row) if row else None

    def spent(self, day: str, link: str) -> int:
        """Bytes that went over this kind of link on this day."""
        row = self._row("SELECT bytes FROM spent WHERE day = ? AND link = ?", day, link)
        return cast("int", row[0]) if row else 0

    def spent_lately(self, rows: int = 4) -> tuple[tuple[str, str, int], ...]:
        """Day, kind of link and bytes, the newest first."""
        return tuple(
            (row[0], row[1], row[2])
            for row in self._rows("SELECT day, link, bytes FROM spent ORDER BY rowid DESC LIMIT ?", rows)
        )

    def is_held(self, sha256: str) -> bool:
        """Whether a receipt acknowledged this file."""
        return bool(self._row("SELECT 1 FROM evidence WHERE sha256 = ? AND receipt IS NOT NULL", sha256))

    def unacknowledged_evidence(self, from_seq: int | None = None) -> tuple[StoredEvidence, ...]:
        """Files on this box that no receipt acknowledged, or that a record from `from_seq` on names; stills first."""
        rows = self._rows(
            "SELECT sha256, kind, media_type, size_bytes, seq FROM evidence"
            " WHERE file = 'kept' AND (receipt IS NULL OR seq >= ?) ORDER BY kind DESC, seq",
            2**63 - 1 if from_seq is None else from_seq,
        )
        return tuple(StoredEvidence(*row) for row in rows)

    def last_pending_event(self) -> int | None:
        """The last record of an event that the station has not acknowledged."""
        row = self._row(
            "SELECT seq FROM records WHERE event_id IS NOT NULL"
            " AND seq > (SELECT acked_through_seq FROM delivery) ORDER BY seq DESC LIMIT 1"
        )
        return cast("int", row[0]) if row else None

    def counts(self) -> Counts:
        with self._reading():
            records = self._row("SELECT count(*) FROM records")[0]
            pending = self._row(
                "SELECT count(*) FROM records WHERE seq > (SELECT acked_through_seq FROM delivery)"
            )
            evidence = self._row(
                "SELECT count(*), coalesce(sum(size_bytes) FILTER (WHERE file = 'kept'), 0),"
                " count(*) FILTER (WHERE file <> 'kept') FROM evidence"
            )
            lacking = self._row(
                "SELECT count(*), coalesce(sum(size_bytes), 0) FROM evidence WHERE receipt IS NULL AND file = 'kept'"
            )
        return Counts(
            records=records,
            pending_records=pending[0],
            evidence=evidence[0],
            pending_evidence=lacking[0],
            evidence_bytes=evidence[1],
            pending_evidence_bytes=lacking[1],
            deleted_evidence=evidence[2],
        )

    @contextmanager
    def _reading(self) -> Iterator[None]:
        """Several reads of one moment."""
        with self._lock, sentences(self._path):
            self._db.conn.execute("BEGIN")
            try:
                yield
            finally:
                self._db.conn.execute("COMMIT")

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock, sentences(self._path):
            return self._db.conn.execute(sql, values).fetchall()

    def _row(self, sql: str, *values: object) -> tuple[Any, ...]:
        """The first row; an empty tuple where there is none."""
        rows = self._rows(sql, *values)
        return rows[0] if rows else ()
