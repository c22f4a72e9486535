"""The shore as a folder on a stick: weeks of evidence carried by hand, and the receipts carried back.

The same parcels as over HTTP, in the same order: head, records, stills, clips. What differs is that nobody
answers: a receipt comes on the next visit, and only then is anything marked. So a stick that is lost, full or
broken costs a walk and no evidence. Filling goes on where it stopped, on this stick or on another.
"""

import gzip
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from agent import stick as layout
from agent.durable import evidence_path, make_folder, sync_folder, write_file
from agent.errors import ChainError, StickError
from agent.event import chain, wire
from agent.event.head import head_text, read_head_text
from agent.event.receipt import Receipt, open_receipt
from agent.outbox.store import BATCH_BYTES, BATCH_RECORDS, Store
from agent.outbox.view import StoredEvidence, View
from agent.stick import Stick
from agent.types import Answer, EvidenceChunk, HeadNote, Parcel, RecordBatch

PIECE_BYTES = 1 << 20
INBOX = "receipts"  # below the state folder: what `sandwatch receipts` leaves for a box that is running


class FolderShore:
    """Takes parcels into a folder. An answer says how much of a file is there; it never holds a receipt."""

    def __init__(self, stick: Stick, device: str, key: Ed25519PrivateKey) -> None:
        self._stick = stick
        self._key = key
        stick.claim(device)

    def deliver(self, parcel: Parcel) -> Answer:
        """Put a parcel onto the stick; raises StickError, StickFull where there is no room for it."""
        if isinstance(parcel, HeadNote):
            device, head = read_head_text(parcel.line.encode("ascii"))
            signed = chain.sign_object(
                {"v": wire.VERSION, "device": device, "seq": head.seq, "hash": head.hash}, self._key
            )
            self._stick.write(layout.HEAD, signed)
            return Answer()
        if isinstance(parcel, RecordBatch):
            return self._records(parcel)
        return self._evidence(parcel)

    def _records(self, batch: RecordBatch) -> Answer:
        first, last = (chain.read_record(batch.records[at]).seq for at in (0, -1))
        body = gzip.compress(b"".join(raw + b"\n" for raw in batch.records), compresslevel=6, mtime=0)
        parts = layout.batch_parts(first, last)
        if self._stick.read(parts, len(body) + 1) != body:
            self._stick.write(parts, body, reserve_bytes=layout.RESERVE_BYTES)
        for name in self._stick.names(layout.RECORDS):  # a shorter batch of before is in this one
            found = layout.BATCH_NAME.fullmatch(name)
            if found and int(found[1]) == first and int(found[2]) < last:
                self._stick.remove((*layout.RECORDS, name))
        return Answer(held_through_seq=last)

    def _evidence(self, chunk: EvidenceChunk) -> Answer:
        parts = layout.evidence_parts(chunk.sha256)
        part = (*parts[:-1], parts[-1] + ".part")
        if not chunk.data:
            if self._stick.size(parts) == chunk.total_bytes and self._digest(parts) == chunk.sha256:
                return Answer(offset=chunk.total_bytes)
            return Answer(offset=min(self._stick.size(part) or 0, chunk.total_bytes - 1))
        self._stick.append(parts, chunk.offset, chunk.data)
        end = chunk.offset + len(chunk.data)
        if end == chunk.total_bytes:
            if self._digest(part) != chunk.sha256:  # left by a stick that was pulled out: begin anew
                self._stick.remove(part)
                return Answer(offset=0)
            self._stick.finish(parts)
        return Answer(offset=end)

    def _digest(self, parts: layout.Parts) -> str | None:
        with self._stick.opened(parts) as file:
            return None if file is None else hashlib.file_digest(file, "sha256").hexdigest()


# ── filling a stick ───────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Carried:
    """What lies on the stick now, and what found no place on it. `problem` says why, if anything."""

    through_seq: int
    records: int
    files: int
    bytes: int
    files_left: int
    missing: tuple[str, ...]
    problem: str | None


def export(
    view: View, evidence_root: Path, stick: Stick, key: Ed25519PrivateKey, from_seq: int | None = None
) -> Carried:
    """Put everything that no receipt acknowledged onto the stick: head, records, stills, clips.

    A stick that is full or pulled out ends it in order, with the most important already there. `from_seq`
    begins at an earlier record, for a station that has lost what it acknowledged. Raises StickError where
    nothing can be put there at all (another box's stick, no folder).
    """
    head = view.head()
    shore = FolderShore(stick, view.device(), key)
    pending = view.unacknowledged_evidence(from_seq)
    through, records, done, size = 0, 0, 0, 0
    missing: list[str] = []
    problem: str | None = None
    try:
        shore.deliver(HeadNote(head_text(view.device(), head)))
        for batch in _batches(view.records(from_seq or view.acked_through() + 1)):
            through = shore.deliver(RecordBatch(batch)).held_through_seq or through
            records += len(batch)
        for evidence in pending:
            if _carry(shore, evidence, evidence_path(evidence_root, evidence.sha256, evidence.media_type)):
                done += 1
                size += evidence.size_bytes
            else:
                missing.append(evidence.sha256)
    except StickError as error:
        problem = str(error)
    left = len(pending) - done - len(missing)
    return Carried(through, records, done, size, left, tuple(missing), problem)


def _batches(raws: Iterator[bytes]) -> Iterator[tuple[bytes, ...]]:
    batch: list[bytes] = []
    size = 0
    for raw in raws:
        if batch and (len(batch) == BATCH_RECORDS or size + len(raw) + 1 > BATCH_BYTES):
            yield tuple(batch)
            batch, size = [], 0
        batch.append(raw)
        size += len(raw) + 1
    if batch:
        yield tuple(batch)


def _carry(shore: FolderShore, evidence: StoredEvidence, path: Path) -> bool:
    """Copy one file, from where an earlier copy stopped; False where the box does not have it whole."""
    sha256, size = evidence.sha256, evidence.size_bytes
    offset = shore.deliver(EvidenceChunk(sha256, 0, b"", size)).offset or 0
    restarts = 0
    while offset < size:
        try:
            with path.open("rb") as file:
                file.seek(offset)
                data = file.read(PIECE_BYTES)
        except OSError:
            return False
        if not data or restarts > 1:  # shorter than it was, or not what its name says
            return False
        offset = shore.deliver(EvidenceChunk(sha256, offset, data, size)).offset or 0
        restarts += offset == 0
    return True


# ── receipts ──────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True, slots=True)
class Returned:
    """What the station's receipts on a stick say, once they verified."""

    through_seq: int
    files: int
    receipts: tuple[Receipt, ...]


def read_receipts(stick: Stick, view: View, station_key: Ed25519PublicKey) -> Returned:
    """The receipts on a stick. Raises StickError where it is another box's, ChainError where one does not verify."""
    device, owner = view.device(), stick.owner()
    if owner != device:
        raise StickError(
            f"{stick.folder} belongs to {'no box yet' if owner is None else f'device {owner}'}, this is {device}"
        )
    found: list[Receipt] = []
    for name in stick.names(layout.RECEIPTS):
        raw = stick.read((*layout.RECEIPTS, name)) if layout.RECEIPT_NAME.fullmatch(name) else None
        if raw is not None:
            try:
                found.append(open_receipt(raw, station_key, device))
            except ChainError as error:
                raise ChainError(f"{stick.path((*layout.RECEIPTS, name))}: {error}") from None
    through = max((receipt.through_seq for receipt in found), default=0)
    return Returned(through, sum(len(receipt.evidence) for receipt in found), tuple(found))


def leave_receipts(state_dir: Path, receipts: tuple[Receipt, ...]) -> None:
    """Keep receipts for the box to take, durable: it may be running, and only it may write its outbox."""
    folder = state_dir / INBOX
    make_folder(folder)
    for receipt in receipts:
        name = hashlib.sha256(receipt.raw).hexdigest()
        write_file(folder / f"{name}.json", receipt.raw)


def take_receipts(store: Store, state_dir: Path, station_key: Ed25519PublicKey) -> int:
    """Accept what was left for this box; returns how many.

    One that does not count is set aside as `.refused`; raises ChainError for it when all are through.
    """
    folder = state_dir / INBOX
    files = sorted(folder.glob("*.json")) if folder.is_dir() else []
    taken = 0
    problem: ChainError | None = None
    for file in files:
        try:
            store.accept(open_receipt(file.read_bytes(), station_key, store.device()))
        except ChainError as error:
            problem = ChainError(f"{file}: {error}")
            file.rename(file.with_suffix(".refused"))
            continue
        file.unlink()
        taken += 1
    if taken:
        sync_folder(folder)
    if problem is not None:
        raise problem
    return taken


def clear(stick: Stick, view: View) -> int:
    """Take off the stick what receipts acknowledge; returns how many files went."""
    removed = 0
    acked = view.acked_through()
    for name in stick.names(layout.RECORDS):
        batch = layout.BATCH_NAME.fullmatch(name)
        if batch and int(batch[2]) <= acked:
            stick.remove((*layout.RECORDS, name))
            removed += 1
    for shard in stick.names(layout.EVIDENCE):
        for name in stick.names((*layout.EVIDENCE, shard)) if layout.SHARD_NAME.fullmatch(shard) else ():
            if wire.DIGEST.fullmatch(name) and view.is_held(name):
                stick.remove((*layout.EVIDENCE, shard, name))
                removed += 1
    return removed
