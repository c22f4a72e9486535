"""The upload: one unit of work at a time, for as long as anything is pending.

The head of the chain goes first on every contact and hourly; records before evidence, stills before clips,
and between two chunks whatever record is new. The station's word counts only if it verifies with the pinned
key and speaks of our own history; every other outcome leaves the store as it was, or makes it send again.
Nothing is deleted here and nothing is given up. A record that the station refuses for good is parked: what
stands before it goes, with its evidence; what stands behind it waits, because order is what the chain proves.
"""

import hashlib
import logging
import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from agent.durable import evidence_path
from agent.errors import ChainError, ShoreRefused, ShoreUnreachable, StoreError
from agent.event.chain import Head
from agent.event.head import head_text, open_head_receipt
from agent.event.receipt import open_receipt
from agent.outbox.allowance import Allowance
from agent.outbox.pace import Pace
from agent.outbox.progress import (
    LATER_STATUSES,
    OF_ONE_FILE,
    OF_ONE_RECORD,
    OUT_OF_THE_WAY,
    REFUSALS,
    WORKED,
    Outcome,
    Progress,
)
from agent.outbox.queue import RecordQueue
from agent.outbox.refusal import Refusal
from agent.outbox.store import Store
from agent.outbox.view import StoredEvidence
from agent.ports import Shore
from agent.types import Answer, EvidenceChunk, HeadNote, Json, RecordBatch

log = logging.getLogger(__name__)

IDLE_S = 1.0
HEAD_EVERY_S = 3600.0
FIRST_WAIT_S = 1.0
LONGEST_WAIT_S = 120.0
ASIDE_S = 600.0
PATIENCE_PER_FILE = 3


class Uploader:
    """Moves the outbox ashore. `step` is one unit of work; `run` only loops, waits and stops."""

    def __init__(
        self,
        store: Store,
        shore: Shore,
        station_key: Ed25519PublicKey,
        device: str,
        evidence_root: Path | None = None,
        *,
        allowance: Allowance | None = None,
        seed: int | None = None,
        mono_s: Callable[[], float] = time.monotonic,
        wait: Callable[[threading.Event, float], bool] = threading.Event.wait,
    ) -> None:
        """`mono_s` gives monotonic seconds, `wait` waits until stopped or the time is over; `seed` for tests.

        Without an `allowance` everything may go at any time.
        """
        self._store = store
        self._shore = shore
        self._station_key = station_key
        self._device = device
        self._root = evidence_root or store.evidence_root
        self._random = random.Random(seed)
        self._mono_s = mono_s
        self._wait = wait
        self._allowance = allowance
        self._pace = Pace()
        self._queue = RecordQueue(store, mono_s)
        self._head_due_s: float | None = None  # None: at the next contact
        self._batch: tuple[bytes, ...] = ()  # what this step is about: records, or a file
        self._file: StoredEvidence | None = None
        self._offsets: dict[str, int] = {}  # what the station said it holds; forgotten on every error
        self._aside: dict[str, float] = {}  # files that would hold up the others, and when to try them again
        self._file_refusals: Counter[str] = Counter()
        self._doubted: int | None = None  # a record the station acknowledged and may have lost
        self._outcomes: Counter[Outcome] = Counter()
        self._last = Outcome.IDLE
        self._failures = 0

    @property
    def outcomes(self) -> Mapping[Outcome, int]:
        """How often each outcome was seen since the start."""
        return dict(self._outcomes)

    @property
    def chunk_bytes(self) -> int:
        """How large the next chunk is."""
        return self._pace.chunk_bytes

    def run(self, stop: threading.Event, beat: Callable[[], None] = lambda: None) -> None:
        """Upload until `stop` is set. Waits with full jitter, doubling from 1 s to 120 s while nothing gets through.

        `beat` is called before each step.
        """
        while not stop.is_set():
            beat()
            try:
                progress = self.step()
            except Exception:
                log.exception("upload step failed; it is tried again")
                progress = self._count(Progress(Outcome.FAULT))
            delay = self._delay_s(progress.outcome)
            if delay > 0 and self._wait(stop, delay):
                return

    def step(self) -> Progress:
        """Send one batch or one chunk, and say what came of it. Every error becomes an outcome."""
        try:
            progress = self._work()
        except StoreError as error:
            progress = Progress(Outcome.STORE, detail=str(error))
        return self._count(progress)

    def _work(self) -> Progress:
        self._batch, self._file = (), None
        try:
            self._tell_head()
            return self._send_next()
        except ShoreUnreachable as error:
            self._offsets.clear()
            self._head_due_s = None
            return Progress(Outcome.UNREACHABLE, detail=str(error))
        except ShoreRefused as error:
            self._offsets.clear()
            return self._refused(error, self._batch, self._file)
        except ChainError as error:
            self._offsets.clear()
            return Progress(Outcome.RECEIPT, detail=str(error))

    def _send_next(self) -> Progress:
        waits_for = None if self._allowance is None else self._allowance.waits_for()
        doubted, self._doubted = self._doubted, None
        self._batch = self._queue.next_batch(urgent_only=waits_for is not None)
        if self._batch:
            return self._send_records(self._batch)
        if waits_for is not None:
            return self._waiting(waits_for)
        if doubted is not None:
            return self._offer_again(doubted)
        self._file = self._store.next_evidence(self._set_aside())
        return Progress(Outcome.IDLE) if self._file is None else self._send_evidence(self._file)

    def _waiting(self, why: str) -> Progress:
        if not self._store.pending_records(1) and self._store.next_evidence() is None:
            return Progress(Outcome.IDLE)
        return Progress(Outcome.WAITS, detail=why)

    # ── the head ──────────────────────────────────────────────────────────────────────────────────────

    def _tell_head(self) -> None:
        """Before anything else on every contact, and hourly. A station that refuses it still gets the rest."""
        now = self._mono_s()
        if self._head_due_s is not None and now < self._head_due_s:
            return
        head = self._store.head()
        if head.seq == 0:
            return
        self._head_due_s = now + HEAD_EVERY_S
        try:
            answer = self._shore.deliver(HeadNote(head_text(self._device, head)))
            self._accept_head(answer, head)
            self._count(Progress(Outcome.HEAD))
        except ChainError as error:
            self._count(Progress(Outcome.RECEIPT, detail=str(error)))
        except ShoreRefused as error:
            self._count(Progress(_outcome_of(error), detail=f"head at seq {head.seq}: {error}"))

    def _accept_head(self, answer: Answer, head: Head) -> None:
        if answer.receipt is None:
            raise ChainError("the station was told the head and gave no receipt")
        told = open_head_receipt(answer.receipt, self._station_key, self._device)
        if told.head != head:
            raise ChainError(f"the station signed for the head at seq {told.head.seq}, told was {head.seq}")
        self._store.accept_head(told)

    # ── records ───────────────────────────────────────────────────────────────────────────────────────

    def _send_records(self, batch: tuple[bytes, ...]) -> Progress:
        answer = self._shore.deliver(RecordBatch(batch))
        self._queue.taken()
        before = self._store.acked_through()
        acked = self._accept(answer)
        again = self._store.lacking(answer.lacking)
        if again:
            log.warning("the station lacks %d file(s) it had acknowledged: they are sent again", again)
        if acked <= before:
            return Progress(Outcome.RECEIPT, detail="the station took a batch and acknowledged nothing of it")
        return Progress(Outcome.RECORDS, records=acked - before, sent_bytes=sum(map(len, batch)))

    def _offer_again(self, seq: int) -> Progress:
        """Show the station one record it should hold: it holds it, takes it, or says from where it lacks all."""
        raw = next(self._store.records(seq))
        answer = self._shore.deliver(RecordBatch((raw,)))
        self._accept(answer)
        self._store.lacking(answer.lacking)
        return Progress(Outcome.RECORDS, sent_bytes=len(raw))

    def _accept(self, answer: Answer) -> int:
        if answer.receipt is None:
            raise ChainError(
                "the station took what was sent and gave no receipt: nothing is marked as delivered"
            )
        return self._store.accept(open_receipt(answer.receipt, self._station_key, self._device))

    # ── evidence ──────────────────────────────────────────────────────────────────────────────────────

    def _send_evidence(self, evidence: StoredEvidence) -> Progress:
        sha256, size = evidence.sha256, evidence.size_bytes
        path = evidence_path(self._root, sha256, evidence.media_type)
        if not _has_size(path, size):
            return self._skip(sha256, f"{path} is not there with its {size} bytes")
        offset = self._offsets.get(sha256)
        if offset is None:
            asked = self._shore.deliver(EvidenceChunk(sha256, 0, b"", size))
            offset = self._told(asked, 0, size)
            if offset == size:
                return self._finished(sha256, asked, 0)
        try:
            data = _read(path, offset, min(self._pace.chunk_bytes, size - offset))
        except OSError as error:
            return self._skip(sha256, f"{path} cannot be read: {error.strerror}")
        began_s = self._mono_s()
        try:
            answer = self._shore.deliver(EvidenceChunk(sha256, offset, data, size))
        except ShoreUnreachable:
            self._pace.broke()
            raise
        self._pace.took(len(data), self._mono_s() - began_s)
        told = self._told(answer, offset + 1, size)
        if told == size:
            return self._finished(sha256, answer, len(data))
        self._offsets[sha256] = told
        return Progress(Outcome.CHUNK, sent_bytes=len(data), sha256=sha256)

    def _told(self, answer: Answer, least: int, most: int) -> int:
        if answer.offset is None or not least <= answer.offset <= most:
            raise ShoreUnreachable(
                f"the station says it holds {answer.offset} bytes, {least} to {most} can be"
            )
        return answer.offset

    def _finished(self, sha256: str, answer: Answer, sent_bytes: int) -> Progress:
        """All bytes are ashore; it counts when a receipt names the file."""
        self._offsets.pop(sha256, None)
        self._accept(answer)
        if not self._store.is_held(sha256):
            return Progress(Outcome.RECEIPT, sha256=sha256, detail=f"the receipt does not name {sha256}")
        self._file_refusals.pop(sha256, None)
        return Progress(Outcome.HELD, sent_bytes=sent_bytes, sha256=sha256)

    def _skip(self, sha256: str, detail: str) -> Progress:
        self._offsets.pop(sha256, None)
        return Progress(Outcome.MISSING, sha256=sha256, detail=f"{detail}; {self._put_aside(sha256)}")

    def _put_aside(self, sha256: str) -> str:
        self._aside[sha256] = self._mono_s() + ASIDE_S
        self._file_refusals.pop(sha256, None)
        return f"the others go first, it is tried again in {ASIDE_S:.0f} s"

    def _set_aside(self) -> frozenset[str]:
        now = self._mono_s()
        self._aside = {sha256: until for sha256, until in self._aside.items() if until > now}
        return frozenset(self._aside)

    # ── refusals ──────────────────────────────────────────────────────────────────────────────────────

    def _refused(
        self, error: ShoreRefused, batch: tuple[bytes, ...], evidence: StoredEvidence | None
    ) -> Progress:
        outcome = _outcome_of(error)
        answer: Mapping[str, Json] = error.answer if isinstance(error, Refusal) else {}
        detail = str(error)
        if outcome is Outcome.GAP:
            detail = self._back_to(answer.get("held_through_seq"), detail)
        elif outcome is Outcome.TOO_LARGE:
            detail = self._smaller(len(batch), detail)
        elif batch and outcome in OF_ONE_RECORD:
            alarm = self._queue.stuck(batch, answer.get("seq"), error.code, detail)
            if alarm is None:
                return Progress(Outcome.NARROWED, detail=f"{detail}; fewer records at once next")
            detail = alarm
        if evidence is None:
            return Progress(outcome, detail=detail)
        if outcome is Outcome.NOT_NAMED:
            self._doubted = evidence.seq
            detail = f"{detail}; record seq {evidence.seq}, which names it, is offered again"
        elif outcome is Outcome.DIGEST and self._differs(evidence):
            return self._skip(evidence.sha256, f"{detail}; nor has the file on this box its digest")
        if outcome in OF_ONE_FILE:
            self._file_refusals[evidence.sha256] += 1
            if self._file_refusals[evidence.sha256] >= PATIENCE_PER_FILE:
                detail = f"{detail}; {self._put_aside(evidence.sha256)}"
        return Progress(outcome, sha256=evidence.sha256, detail=detail)

    def _back_to(self, held_through_seq: Json, detail: str) -> str:
        if (
            not isinstance(held_through_seq, int)
            or isinstance(held_through_seq, bool)
            or held_through_seq < 0
        ):
            return f"{detail}; it does not say through which record it holds"
        back = self._store.rewind(held_through_seq)
        return f"{detail}; {back} record(s) are sent again from seq {held_through_seq + 1}"

    def _smaller(self, records: int, detail: str) -> str:
        if records:
            return f"{detail}; batches of {self._queue.too_large(records)} record(s) from now on"
        return f"{detail}; chunks of at most {self._pace.refused()} bytes from now on"

    def _differs(self, evidence: StoredEvidence) -> bool:
        path = evidence_path(self._root, evidence.sha256, evidence.media_type)
        try:
            with path.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest() != evidence.sha256
        except OSError:
            return True

    # ── bookkeeping ───────────────────────────────────────────────────────────────────────────────────

    def _count(self, progress: Progress) -> Progress:
        self._outcomes[progress.outcome] += 1
        if progress.outcome is Outcome.WAITS and self._last is Outcome.WAITS:
            log.debug("upload: %s", progress)  # said once a night, not once a second
        elif progress.alarm:
            log.error("upload: %s: %s", progress.outcome, progress.detail)
        elif progress.detail:
            log.warning("upload: %s: %s", progress.outcome, progress.detail)
        else:
            log.debug("upload: %s", progress)
        self._last = progress.outcome
        return progress

    def _delay_s(self, outcome: Outcome) -> float:
        """Full jitter: many boats that lost the same mast do not come back in the same second."""
        if outcome in WORKED:
            self._failures = 0
            return 0.0
        if outcome in OUT_OF_THE_WAY:
            return 0.0
        if outcome in (Outcome.IDLE, Outcome.WAITS):
            self._failures = 0
            return IDLE_S
        ceiling = min(LONGEST_WAIT_S, FIRST_WAIT_S * 2.0 ** min(self._failures, 30))
        self._failures += 1
        return self._random.uniform(0.0, ceiling)


def _outcome_of(error: ShoreRefused) -> Outcome:
    if error.code not in REFUSALS and error.status in LATER_STATUSES:
        return Outcome.LATER
    return REFUSALS.get(error.code, Outcome.REFUSED)


def _has_size(path: Path, size_bytes: int) -> bool:
    try:
        return path.stat().st_size == size_bytes
    except OSError:
        return False


def _read(path: Path, offset: int, size: int) -> bytes:
    """Exactly `size` bytes from `offset`; raises OSError where the file has become shorter."""
    with path.open("rb") as file:
        file.seek(offset)
        data = file.read(size)
    if len(data) != size:
        raise OSError(0, "the file has become shorter")
    return data
