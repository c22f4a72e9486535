"""The outbox on the box: what is signed is kept here until the station's receipt says that it has it.

A damaged database never keeps the box from starting: it is set aside whole, what can be read of it is taken
over, and the chain goes on in a new segment whose first record says so (`agent.outbox.damage`).

`commit` is one transaction: the records, the names of their evidence and what the watch remembers, durable
when it returns. A record follows the one before it; a record never names a file that is not on disk. Only
`accept`, with a receipt that verified and that speaks of our own history, marks anything as delivered.
"""

import hashlib
import json
import logging
import os
import sqlite3
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from agent.card import Guard
from agent.durable import evidence_path, remove_if_empty, sync_folder
from agent.errors import ChainError, StoreDamaged, StoreError
from agent.event import chain, wire
from agent.event.receipt import Receipt
from agent.outbox import damage, database, memory, wal
from agent.outbox.found import Found, find
from agent.outbox.journal import Journal
from agent.outbox.view import StoredEvidence
from agent.sidecar import sidecar_path
from agent.types import GRAVITY, EvidenceFile, Json, Verdict

log = logging.getLogger(__name__)

BATCH_RECORDS = 512
BATCH_BYTES = 4 << 20
RECEIPTS_KEPT = 32
EVIDENCE_FOLDER = "evidence"


class EvidenceMissing(StoreError):
    """A record names evidence that is not on disk; `sha256` says which."""

    def __init__(self, sha256: str, sentence: str) -> None:
        self.sha256 = sha256
        super().__init__(sentence)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something the store noticed: the kind and body of the record that has to say it."""

    number: int
    kind: str
    body: dict[str, Json]


NEXT_RECORDS = (
    "SELECT raw FROM records WHERE seq > (SELECT acked_through_seq FROM delivery) AND seq <= ?"
    " ORDER BY seq LIMIT ?"
)
NO_END = 2**63 - 1
NEXT_EVIDENCE = (
    "SELECT sha256, kind, media_type, size_bytes, seq FROM evidence WHERE receipt IS NULL AND file = 'kept'"
    " AND seq <= (SELECT acked_through_seq FROM delivery) ORDER BY kind DESC, seq"
)


class Store(Journal):
    """The one writer of an outbox. Safe from any thread of the process; raises StoreError."""

    sealed = 0  # files of evidence taken in since the start
    transactions = 0  # since the start; each is one fsync of the log
    guard: Guard = staticmethod(lambda: None)  # why the evidence folder must not be touched now, or None
    strays: tuple[Found, ...] = ()  # evidence on disk that no record names, found at the start

    def __init__(self, folder: Path, device: str, evidence_root: Path | None = None) -> None:
        """Open or make the outbox in `folder`; evidence lies in `evidence_root`, by default inside `folder`."""
        self._handle = database.lock(folder)
        self._folder = folder
        self._device = device
        self.evidence_root = evidence_root or folder / EVIDENCE_FOLDER
        try:
            try:
                self._open(folder)
            except StoreDamaged as error:
                log.critical("%s; it is set aside", error)
                damage.set_aside(folder)
                self._open(folder)
        except BaseException:
            os.close(self._handle)
            raise

    def _open(self, folder: Path) -> None:
        problem = wal.log_damage(folder / (database.DATABASE + "-wal"))
        if problem is not None:
            raise StoreDamaged(f"outbox {folder / database.DATABASE}: it is damaged ({problem})")
        found = database.open_inspecting(folder)
        if found is not None:
            super().__init__(found, folder)
            try:
                self._inspect()
            finally:
                found.close()
        super().__init__(database.open_writing(folder), folder)
        try:
            self._claim()
            self._take_over(damage.set_aside_count(folder))
            self._look_for_strays()
        except BaseException:
            self._db.close()
            raise

    def _inspect(self) -> None:
        """What page checks do not see: is it the outbox that was written, to its last record?"""
        if self._row("SELECT device FROM meta"):
            self._check_owner()
        self._check_head()
        self._check_pending()
        self._check_state()

    @classmethod
    def open(cls, folder: Path, device: str, evidence_root: Path | None = None) -> "Store":
        """Open or make the outbox of `device` in `folder`. Raises StoreError with a sentence saying what to do."""
        return cls(folder, device, evidence_root)

    def close(self) -> None:
        with self._lock:
            if self._handle >= 0:
                super().close()
                os.close(self._handle)
                self._handle = -1

    # ── the core's side ───────────────────────────────────────────────────────────────────────────────

    def commit(
        self,
        records: Sequence[chain.Record],
        evidence: Sequence[EvidenceFile],
        state: Json,
        through_reading: int,
        *,
        said: Collection[int] = (),
        dropped: Collection[str] = (),
    ) -> None:
        """Keep records, their evidence and the watch's memory in one transaction, durable on return.

        `said` are the facts these records say; they are struck off. `dropped` are the files a tombstone among
        the records names: they may be deleted from now on.

        Raises ChainError for a record that does not follow the head or is of another device, EvidenceMissing
        for a digest without its file, StoreError where the disk refuses. Then nothing was kept.
        """
        packed = memory.pack(state)
        files = {file.sha256: file for file in evidence}
        with self._writing() as conn:
            head = self.foothold()
            for record in records:
                self._check_follows(head, record)
                head = chain.Head(record.seq, record.hash)
                conn.execute(
                    "INSERT INTO records (seq, hash, kind, event_id, raw) VALUES (?, ?, ?, ?, ?)",
                    (record.seq, record.hash, record.kind, _event_id(record), record.raw),
                )
                for sha256 in wire.evidence_named(record.body):
                    self._name(conn, record.seq, sha256, files.pop(sha256, None))
            for sha256, file in files.items():
                # The watch repeats an event's files; one that was named before is no news.
                if not self._row("SELECT 1 FROM evidence WHERE sha256 = ?", sha256):
                    raise StoreError(
                        f"evidence {sha256} ({file.kind}) is named by none of the records it came with"
                    )
            conn.execute(
                "INSERT OR REPLACE INTO state (id, snapshot, through_reading, head_seq, head_hash, digest)"
                " VALUES (1, ?, ?, ?, ?, ?)",
                (packed, through_reading, head.seq, head.hash, memory.digest(packed)),
            )
            conn.executemany("DELETE FROM facts WHERE number = ?", [(number,) for number in said])
            conn.executemany(
                "UPDATE evidence SET file = 'going' WHERE sha256 = ? AND file = 'kept'",
                [(sha256,) for sha256 in dropped],
            )

    def facts(self) -> tuple[Fact, ...]:
        """What the store noticed and the chain has still to say, oldest first."""
        rows = self._rows("SELECT number, kind, body FROM facts ORDER BY number")
        return tuple(Fact(number, kind, json.loads(body)) for number, kind, body in rows)

    def adopt(self, event_id: str) -> tuple[EvidenceFile, ...]:
        """Files found at the start whose notes name this event: its pictures were on disk after all."""
        mine = tuple(found.file for found in self.strays if found.event_id == event_id)
        self.strays = tuple(found for found in self.strays if found.event_id != event_id)
        return mine

    def _name(self, conn: sqlite3.Connection, seq: int, sha256: str, file: EvidenceFile | None) -> None:
        known = self._row("SELECT file, media_type, size_bytes FROM evidence WHERE sha256 = ?", sha256)
        if known:
            if known[0] != "kept" and self._on_disk(sha256, known[1], known[2]):
                conn.execute("UPDATE evidence SET file = 'kept' WHERE sha256 = ?", (sha256,))  # sealed again
            return
        if file is None or not self._on_disk(sha256, file.media_type, file.size_bytes):
            raise EvidenceMissing(
                sha256,
                f"record seq {seq} names evidence {sha256}, and no file of that name and size is in "
                f"{self.evidence_root}: record the event without it",
            )
        self.sealed += 1
        conn.execute(
            "INSERT INTO evidence (sha256, kind, media_type, size_bytes, seq) VALUES (?, ?, ?, ?, ?)",
            (sha256, file.kind, file.media_type, file.size_bytes, seq),
        )

    def _on_disk(self, sha256: str, media_type: str, size_bytes: int) -> bool:
        try:
            status = evidence_path(self.evidence_root, sha256, media_type).stat()
        except (OSError, KeyError):  # KeyError: a media type without a suffix has no place on disk
            return False
        return status.st_size == size_bytes

    def _check_follows(self, head: chain.Head, record: chain.Record) -> None:
        if record.device != self._device:
            raise ChainError(
                f"record seq {record.seq} is of device {record.device!r}, this outbox of {self._device!r}"
            )
        if chain.break_in(head, record) is not None or record.seq != head.seq + 1:
            raise ChainError(
                f"record seq {record.seq} does not follow the head of the outbox (seq {head.seq}): "
                "take the chain up again from the outbox's head"
            )

    # ── the shore's side ──────────────────────────────────────────────────────────────────────────────

    def pending_records(
        self, limit: int = BATCH_RECORDS, max_bytes: int = BATCH_BYTES, through: int | None = None
    ) -> tuple[bytes, ...]:
        """The next records to send, none beyond seq `through`.

        At least one if any is pending; each counts a byte more for its line's end.
        """
        batch: list[bytes] = []
        size = 0
        with self._lock, database.sentences(self._path):
            for (raw,) in self._db.conn.execute(
                NEXT_RECORDS, (NO_END if through is None else through, limit)
            ):
                size += len(raw) + 1
                if batch and size > max_bytes:
                    break
                batch.append(raw)
        return tuple(batch)

    def next_evidence(self, skip: Collection[str] = ()) -> StoredEvidence | None:
        """The next file to send: stills before clips, oldest first, named by an acknowledged record."""
        with self._lock, database.sentences(self._path):
            for row in self._db.conn.execute(NEXT_EVIDENCE):
                if row[0] not in skip:
                    return StoredEvidence(*row)
        return None

    def accept(self, receipt: Receipt) -> int:
        """Mark what a verified receipt acknowledges; returns through which record the station has it all.

        Raises ChainError if the receipt speaks of another history than ours; then nothing is marked.
        """
        with self._writing() as conn:
            own = self._hash_at(receipt.through_seq)
            if own != receipt.head:
                raise ChainError(
                    f"the station holds another history: its record seq {receipt.through_seq} is "
                    f"{receipt.head[:16]}…, ours is {own[:16] + '…' if own else 'not written yet'}. "
                    "Nothing is marked as delivered; was this box's outbox restored or its key copied?"
                )
            self._notice_rollback(conn, receipt.through_seq, receipt.utc, receipt.station)
            number = conn.execute(
                "INSERT INTO receipts (station, through_seq, utc, raw) VALUES (?, ?, ?, ?)",
                (receipt.station, receipt.through_seq, receipt.utc, receipt.raw),
            ).lastrowid
            acked = max(self.acked_through(), receipt.through_seq)
            conn.execute("UPDATE delivery SET acked_through_seq = ?", (acked,))
            conn.executemany(
                "UPDATE evidence SET receipt = ? WHERE sha256 = ? AND receipt IS NULL AND seq <= ?",
                [(number, sha256, receipt.through_seq) for sha256 in receipt.evidence],
            )
            conn.execute(
                "DELETE FROM receipts WHERE number <= ?"
                " AND NOT EXISTS (SELECT 1 FROM evidence WHERE evidence.receipt = receipts.number)",
                (cast("int", number) - RECEIPTS_KEPT,),
            )
        return acked

    def rewind(self, held_through_seq: int) -> int:
        """The station says it holds no more than this: send again from there. Returns how many records."""
        with self._writing() as conn:
            back = max(0, self.acked_through() - held_through_seq)
            if back:
                self._notice_rollback(conn, held_through_seq, None, None)
                conn.execute("UPDATE delivery SET acked_through_seq = ?", (held_through_seq,))
                conn.execute(
                    "UPDATE evidence SET receipt = NULL WHERE seq > ? AND receipt IS NOT NULL AND file = 'kept'",
                    (held_through_seq,),
                )
        return back

    def _notice_rollback(
        self, conn: sqlite3.Connection, through_seq: int, utc: str | None, station: str | None
    ) -> None:
        """A station that holds less than it signed for was set back: the chain has to say so, once a time."""
        signed = self._row("SELECT max(through_seq) FROM receipts")[0] or 0
        if through_seq >= signed or self._row("SELECT 1 FROM facts WHERE kind = 'station.behind'"):
            return
        body: Json = {
            "through_seq": through_seq,
            "signed_through_seq": signed,
            "utc": utc,
            "station": station,
        }
        log.error(
            "the station holds records through %d, it had signed for %d: was it set back?",
            through_seq,
            signed,
        )
        conn.execute(
            "INSERT INTO facts (kind, body) VALUES ('station.behind', ?)", (wire.canonical(body).decode(),)
        )

    def lacking(self, digests: Iterable[str]) -> int:
        """The station says it lacks these files: send those again that are still here. Returns how many."""
        with self._writing() as conn:
            return conn.executemany(
                "UPDATE evidence SET receipt = NULL WHERE sha256 = ? AND receipt IS NOT NULL AND file = 'kept'",
                [(sha256,) for sha256 in digests],
            ).rowcount

    # ── retention's side ──────────────────────────────────────────────────────────────────────────────

    def held_evidence(self) -> tuple[StoredEvidence, ...]:
        """Files on this box that a receipt acknowledged, oldest first."""
        rows = self._rows(
            "SELECT sha256, kind, media_type, size_bytes, seq FROM evidence"
            " WHERE receipt IS NOT NULL AND file = 'kept' ORDER BY seq"
        )
        return tuple(StoredEvidence(*row) for row in rows)

    def unsent_evidence(self) -> tuple[StoredEvidence, ...]:
        """Files on this box that no receipt acknowledged: clips before stills, oldest first."""
        rows = self._rows(
            "SELECT sha256, kind, media_type, size_bytes, seq FROM evidence"
            " WHERE receipt IS NULL AND file = 'kept' ORDER BY kind, seq"
        )
        return tuple(StoredEvidence(*row) for row in rows)

    def grave(self, files: Iterable[StoredEvidence]) -> dict[int, int]:
        """How grave the event of each file is, by the file's `seq`: 0 permitted, 1 undetermined, 2 breach."""
        found: dict[int, int] = {}
        events: dict[str | None, int] = {}
        for seq in {file.seq for file in files}:
            row = self._row("SELECT event_id FROM records WHERE seq = ?", seq)
            event_id = row[0] if row else None
            if event_id not in events:
                latest = self._row(
                    "SELECT raw FROM records WHERE event_id = ? ORDER BY seq DESC LIMIT 1", event_id
                )
                events[event_id] = _gravity(latest[0]) if latest else 0
            found[seq] = events[event_id]
        return found

    def retire(self, digests: Collection[str]) -> int:
        """Delete these files where a receipt acknowledged them; returns how many files went.

        The decision is durable before a file is touched; files of decisions that a power cut interrupted go
        too. A file that is not there any more is as good as removed.
        """
        with self._lock:
            with self._writing() as conn:
                conn.executemany(
                    "UPDATE evidence SET file = 'going'"
                    " WHERE sha256 = ? AND receipt IS NOT NULL AND file = 'kept'",
                    [(sha256,) for sha256 in digests],
                )
            going = self._rows("SELECT sha256, media_type FROM evidence WHERE file = 'going'")
            paths = [evidence_path(self.evidence_root, *row) for row in going]
            try:
                for path in paths:
                    path.unlink(missing_ok=True)
                    sidecar_path(path).unlink(missing_ok=True)
                for folder in {path.parent for path in paths if path.parent.is_dir()}:
                    sync_folder(folder)
                    remove_if_empty(folder)
            except OSError as error:
                raise StoreError(
                    f"evidence in {self.evidence_root} cannot be deleted ({error.strerror}). "
                    "Check the owner of the folder and whether the card is mounted read-only"
                ) from error
            with self._writing() as conn:
                conn.executemany(
                    "UPDATE evidence SET file = 'gone' WHERE sha256 = ?", [(row[0],) for row in going]
                )
        return len(going)

    def backup(self, path: Path) -> None:
        """A whole copy of the database as one file at `path`, durable; replaces what is there."""
        part = path.with_name(path.name + ".part")
        try:
            part.unlink(missing_ok=True)
            os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
            copy = sqlite3.connect(part, isolation_level=None)
            try:
                with self._lock, database.sentences(self._path):
                    self._db.conn.backup(copy)
                with database.sentences(part):
                    copy.execute("PRAGMA journal_mode = DELETE")  # one file, no log beside it
            finally:
                copy.close()
            with part.open("rb") as file:
                os.fsync(file.fileno())
            part.replace(path)
            sync_folder(path.parent)
        except OSError as error:
            part.unlink(missing_ok=True)
            if isinstance(error, StoreError):
                raise
            raise StoreError(f"the outbox cannot be copied to {path} ({error.strerror})") from error

    # ── inside ────────────────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction; it is kept whole or not at all."""
        with self._lock, database.sentences(self._path):
            conn = self._db.conn
            conn.execute("BEGIN IMMEDIATE")
            try:
                yield conn
                conn.execute("COMMIT")
                self.transactions += 1
            except BaseException:
                if conn.in_transaction:  # an I/O error may have ended it already
                    conn.execute("ROLLBACK")
                raise

    def _claim(self) -> None:
        """Write whose outbox this is. The write on every start shows a full or read-only disk at once."""
        device = self._device
        with self._writing() as conn:
            conn.execute(
                "INSERT INTO meta (id, device) VALUES (1, ?) ON CONFLICT DO UPDATE SET id = 1", (device,)
            )
            self._check_owner()

    def _check_owner(self) -> None:
        owner = self.device()
        if owner == self._device:
            return
        last = next(self.records(self.head().seq), None)
        if last is not None and _device_of(last) == self._device:
            raise StoreDamaged(f"outbox {self._path}: it is damaged (its records are not its owner's)")
        raise StoreError(
            f"outbox {self._path} belongs to device {owner!r}, the settings say {self._device!r}. "
            "Correct the settings, or name another folder"
        )

    def _check_head(self) -> None:
        row = self._row("SELECT head_seq, head_hash FROM state")
        head = self.foothold()
        if row and chain.Head(*row) != head:
            raise StoreDamaged(
                f"outbox {self._path}: its last record is seq {head.seq}, the watch stood at seq {row[0]}: records "
                "were lost or added by another program"
            )
        if not 0 <= self.acked_through() <= head.seq:
            raise StoreDamaged(f"outbox {self._path}: more is acknowledged than was ever written")

    def _check_pending(self) -> None:
        """What is still to be sent must be what was signed; a page check does not look into records."""
        from_seq = max(1, min(self.acked_through() + 1, self.head().seq))
        with database.sentences(self._path):
            for seq, wanted, raw in self._db.conn.execute(
                "SELECT seq, hash, raw FROM records WHERE seq >= ?", (from_seq,)
            ):
                if hashlib.sha256(raw).hexdigest() != wanted:
                    raise StoreDamaged(f"outbox {self._path}: record seq {seq} is not what was signed")

    def _check_state(self) -> None:
        row = self._row("SELECT snapshot, digest FROM state")
        if row and not memory.is_whole(*row):
            raise StoreDamaged(f"outbox {self._path}: the memory of the watch is not what was written")

    # ── after damage ──────────────────────────────────────────────────────────────────────────────────

    def _take_over(self, number: int) -> None:
        """Begin segment `number` with what the set-aside outbox still says; a cut in the middle begins again."""
        if number <= self.segment():
            return
        saved = damage.save(damage.aside(self._folder, number))
        with self._writing() as conn:
            conn.executemany(
                "INSERT INTO records (seq, hash, kind, event_id, raw) VALUES (?, ?, ?, ?, ?)",
                [(each.seq, each.hash, each.kind, _event_id(each), each.raw) for each in saved.records],
            )
            for record in saved.records:
                self._name_again(conn, record)
            conn.execute("UPDATE delivery SET acked_through_seq = ?", (saved.acked_through,))
            if saved.receipt is not None:
                conn.execute(
                    "INSERT INTO receipts (station, through_seq, utc, raw) VALUES (?, ?, ?, ?)", saved.receipt
                )
            conn.execute("INSERT INTO segments (number, prev) VALUES (?, ?)", (number, saved.head.hash))
            if saved.state is not None:
                packed, through_reading = saved.state
                begins = number * chain.SEGMENT_RECORDS
                conn.execute(
                    "INSERT INTO state (id, snapshot, through_reading, head_seq, head_hash, digest)"
                    " VALUES (1, ?, ?, ?, ?, ?)",
                    (packed, through_reading, begins, saved.head.hash, memory.digest(packed)),
                )
            body: Json = {
                "after_seq": saved.head.seq,
                "saved_records": len(saved.records),
                "memory_saved": saved.state is not None,
                "set_aside": f"{damage.FOLDER}/{number}",
                "why": "the database was damaged",
            }
            conn.execute(
                "INSERT INTO facts (kind, body) VALUES (?, ?)",
                (chain.SEGMENT_KIND, wire.canonical(body).decode()),
            )
        log.critical(
            "outbox %s: segment %d begins behind seq %d; %d record(s) were saved",
            self._path,
            number,
            saved.head.seq,
            len(saved.records),
        )

    def _name_again(self, conn: sqlite3.Connection, record: chain.Record) -> None:
        """The evidence a saved record names, as far as it is still on disk."""
        for sha256, media_type in wire.evidence_named(record.body).items():
            try:
                path = evidence_path(self.evidence_root, sha256, media_type)
                size = path.stat().st_size
            except (OSError, KeyError):
                continue
            kind = "clip" if media_type == "video/mp4" else "still"
            conn.execute(
                "INSERT OR IGNORE INTO evidence (sha256, kind, media_type, size_bytes, seq) VALUES (?, ?, ?, ?, ?)",
                (sha256, kind, media_type, size, record.seq),
            )

    def _look_for_strays(self) -> None:
        known = {row[0] for row in self._rows("SELECT sha256 FROM evidence")}
        try:
            self.strays = find(self.evidence_root, known)
        except OSError as error:
            raise StoreError(
                f"the evidence in {self.evidence_root} cannot be read ({error.strerror}). Check its owner and the card"
            ) from error


def _device_of(raw: bytes) -> str | None:
    try:
        return chain.read_record(raw).device
    except ChainError:
        return None


def _event_id(record: chain.Record) -> str | None:
    event_id = record.body.get("event_id")
    return event_id if record.kind.startswith("event.") and isinstance(event_id, str) else None


def _gravity(raw: bytes) -> int:
    """Of the latest record of an event; one that names no verdict is the least."""
    findings = json.loads(raw)["body"].get("findings", ())
    return max((GRAVITY[Verdict(item["verdict"])] for item in findings), default=0)
