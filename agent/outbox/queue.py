"""Which records go next, and what a refused one holds up.

The station takes a batch whole or not at all. If it refuses one record for good (`record`: it does not
verify; `fork`: another one stands in its place), the records before it go alone, then it is parked: shown by
`sandwatch status`, an alarm in the log, offered again every ten minutes. Its evidence-bearing predecessors are
not held up. What stands behind it waits: the station can append it nowhere without a hole in the chain, and a
hole that is taken once is what a forger would ask for. It is not lost and not unseen meanwhile: the head goes
on being told every hour, so what waits cannot be altered either.
"""

from collections.abc import Callable, Sequence

from agent.event import chain
from agent.outbox.store import BATCH_RECORDS, Store
from agent.types import Json

PARKED_S = 600.0


class RecordQueue:
    """Batches of records, in order, as large as the station takes them."""

    def __init__(self, store: Store, mono_s: Callable[[], float]) -> None:
        self._store = store
        self._mono_s = mono_s
        self._most = BATCH_RECORDS
        self._through: int | None = None  # the record behind it was refused
        self._parked_until: float | None = None
        self._asked = False

    def next_batch(self, *, urgent_only: bool) -> tuple[bytes, ...]:
        """The records to offer now; none while one is parked. `urgent_only`: none behind the last event."""
        limit, through = self._most, self._through
        if self._parked_until is not None:
            if self._mono_s() < self._parked_until:
                return ()
            limit = 1  # the parked one alone: has the station changed its mind?
        if urgent_only:
            event = self._store.last_pending_event()
            if event is None:
                return ()
            through = event if through is None else min(event, through)
        return self._store.pending_records(limit, through=through)

    def taken(self) -> None:
        """A batch was acknowledged."""
        if self._parked_until is not None or not self._asked:
            self._store.unpark()  # one parked before a restart, too
        self._asked = True
        self._parked_until = self._through = None

    def too_large(self, records: int) -> int:
        """The station takes no batch of so many; the largest from now on."""
        self._most = max(1, records // 2)
        return self._most

    def stuck(self, batch: Sequence[bytes], seq: Json, code: str, problem: str) -> str | None:
        """The station refused a batch for one record, by its word `seq`. Parks it if it is the first one.

        Returns the sentence for the alarm, or None where the records before it go alone next.
        """
        first, last = (chain.read_record(raw).seq for raw in (batch[0], batch[-1]))
        if not isinstance(seq, int) or isinstance(seq, bool) or not first <= seq <= last:
            if len(batch) > 1:
                self._most = len(batch) // 2  # it does not say which one: halve until it is alone
                return None
            seq = first
        if seq > first:
            self._through = seq - 1
            return None
        self._most = BATCH_RECORDS
        self._through = None
        self._parked_until = self._mono_s() + PARKED_S
        self._store.park(seq, code, problem)
        return (
            f"{problem}; record seq {seq} is parked, what stands behind it waits, what stands before it goes on; "
            f"it is offered again in {PARKED_S:.0f} s"
        )
