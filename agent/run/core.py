"""One reading through the watch, into the chain, into the store: the same for a live run and a replay.

Pictures first, then the row: a seal order is carried out before the commit that names its files. What the
watch remembers is committed together with the records it follows from, so a killed run starts again
exactly where the store stands.
"""

import hashlib
from collections.abc import Mapping
from typing import Protocol, cast

from agent.errors import StoreError
from agent.event import wire
from agent.event.chain import Chain
from agent.event.events import evidence_of
from agent.outbox.store import Store
from agent.types import EvidenceFile, Json, Look, Reading, Seal, Sealed, Stamp, Step
from agent.watch import Watch

COMMIT_EVERY_NS = 60 * 1_000_000_000


class Sight(Protocol):
    """The eyes as the core sees them. `seal` answers at once (inline) or later, as a reading (None)."""

    def look(self, order: Look) -> None: ...

    def seal(self, order: Seal) -> Sealed | None: ...


class Listener(Protocol):
    """Told of every reading the watch took, and of what followed (recorder, progress on the terminal)."""

    def __call__(self, reading: Reading, step: Step) -> None: ...


class Core:
    """Owns the watch, the chain's head and the order of things."""

    def __init__(
        self,
        watch: Watch,
        chain: Chain,
        store: Store,
        sight: Sight | None = None,
        listeners: tuple[Listener, ...] = (),
    ) -> None:
        self._watch = watch
        self._chain = chain
        self._store = store
        self._sight = sight
        self._listeners = listeners
        self._config_sha256: str | None = None
        self._waiting: list[tuple[Stamp, str, Mapping[str, Json]]] = []
        self._evidence: dict[str, EvidenceFile] = {}
        self._taken = 0
        self._committed_ns: int | None = None

    def restore(self) -> int:
        """Take up what the store holds; returns how many readings of this boot or voyage are behind it."""
        held = self._store.state()
        if held is None:
            return 0
        state, through = held
        fields = cast("dict[str, Json]", state)
        self._watch.restore(fields["watch"])
        self._config_sha256 = cast("str", fields["config_sha256"])
        self._taken = through
        return through

    def last_stamp(self) -> tuple[str, Stamp] | None:
        """Boot and stamp of the last commit, or None for a new store."""
        held = self._store.state()
        if held is None:
            return None
        watch = cast("dict[str, Json]", cast("dict[str, Json]", held[0])["watch"])
        return str(watch["boot_id"]), wire.from_json(Stamp, watch["now"])

    def apply_config(self, stamp: Stamp, body: Mapping[str, Json]) -> None:
        """Record under which settings and licences the run judges, if that changed since the last record."""
        digest = hashlib.sha256(wire.canonical(dict(body))).hexdigest()
        if digest == self._config_sha256:
            return
        self._config_sha256 = digest
        self._waiting.append((stamp, "config.applied", body))

    def take(self, reading: Reading) -> Step:
        """One reading of a source, with everything that follows. Raises StoreError; call again, nothing is lost."""
        step = self._pass(reading)
        self._taken += 1
        due = self._committed_ns is None or step.stamp.mono_ns - self._committed_ns >= COMMIT_EVERY_NS
        if self._waiting or due:
            self.commit(step.stamp)
        return step

    def follow(self, step: Step) -> None:
        """A step that came from no reading (the resumption after a gap)."""
        self._keep(step)

    def commit(self, stamp: Stamp) -> None:
        """Sign and store what waits, in one transaction."""
        head = self._chain.head
        records = [self._chain.append(at, kind, body) for at, kind, body in self._waiting]
        state: Json = {"watch": self._watch.snapshot(), "config_sha256": self._config_sha256}
        try:
            self._store.commit(records, tuple(self._evidence.values()), state, self._taken)
        except StoreError:
            self._chain.head = head
            raise
        self._waiting.clear()
        self._evidence.clear()
        self._committed_ns = stamp.mono_ns

    def _pass(self, reading: Reading) -> Step:
        step = self._watch.step(reading)
        self._keep(step)
        for listener in self._listeners:
            listener(reading, step)
        if self._sight is not None:
            for look in step.look:
                self._sight.look(look)
            for order in step.seal:
                answer = self._sight.seal(order)
                if answer is not None:
                    self._pass(answer)
        return step

    def _keep(self, step: Step) -> None:
        for body in step.records:
            self._waiting.append((step.stamp, body.kind, body.body))
        for change in step.events:
            self._waiting.append((step.stamp, change.kind, wire.event_body(change.event)))
        for file in evidence_of(step.events):
            self._evidence[file.sha256] = file
