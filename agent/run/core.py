"""One reading through the watch, into the chain, into the store: the same for a live run and a replay.

Pictures first, then the row: a seal order is carried out before the commit that names its files. What the
watch remembers is committed together with the records it follows from, so a killed run starts again
exactly where the store stands.
"""

import hashlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol, cast

from agent.errors import StoreError
from agent.event import wire
from agent.event.chain import Chain
from agent.event.events import evidence_of
from agent.outbox.retention import Floor, retire_held, unsent_to_drop
from agent.outbox.store import EvidenceMissing, Store
from agent.types import EvidenceFile, Json, Look, Reading, Seal, Sealed, Stamp, Step
from agent.watch import Watch

log = logging.getLogger(__name__)

COMMIT_EVERY_NS = 60 * 1_000_000_000
HEARTBEAT_NS = 600 * 1_000_000_000
GATHER_NS = 1_000_000_000
FOUND_AT_ONCE = 200  # files in one record `evidence.found`: far below the size limit of a record
RETRY_NS = 5 * 1_000_000_000  # a disk that refuses is asked again after this, not at every fix


class Sight(Protocol):
    """The eyes as the core sees them. `seal` answers at once (inline) or later, as a reading (None)."""

    def look(self, order: Look) -> None: ...

    def seal(self, order: Seal) -> Sealed | None: ...


class Listener(Protocol):
    """Told of every reading the watch took, and of what followed (recorder, progress on the terminal)."""

    def __call__(self, reading: Reading, step: Step) -> None: ...


@dataclass(slots=True)
class _Refusal:
    """Since when the disk takes nothing, how often it was asked, and what it said first."""

    since: Stamp
    times: int
    why: str


class Core:
    """Owns the watch, the chain's head and the order of things."""

    def __init__(
        self,
        watch: Watch,
        chain: Chain,
        store: Store,
        sight: Sight | None = None,
        listeners: tuple[Listener, ...] = (),
        floor: Floor | None = None,
        heartbeat: Callable[[], Mapping[str, Json]] | None = None,
    ) -> None:
        """`floor` is the room that is kept free on the disk of the evidence; None leaves it to others.

        `heartbeat` says how the box is; None in a replay, which has none.
        """
        self._heartbeat = heartbeat
        self._beaten_ns: int | None = None
        self._floor = floor
        self._said: set[int] = set()
        self._dropped: set[str] = set()
        self._watch = watch
        self._chain = chain
        self._store = store
        self._sight = sight
        self._listeners = listeners
        self._config_sha256: str | None = None
        self._waiting: list[tuple[Stamp, str, Mapping[str, Json]]] = []
        self._evidence: dict[str, EvidenceFile] = {}
        self._taken = 0
        self._silent_until = 0
        self._committed_ns: int | None = None
        self._refused_ns: int | None = None
        self._refusal: _Refusal | None = None

    def restore(self) -> None:
        """Live: take up what the watch remembered at the last commit."""
        held = self._store.state()
        if held is not None:
            fields = cast("dict[str, Json]", held[0])
            self._watch.restore(fields["watch"])
            self._config_sha256 = cast("str", fields["config_sha256"])

    def follow_store(self, boot_id: str) -> int:
        """Replay: run silently until the watch stands where the store stands; returns how many readings that is.

        A replay that was killed is run again from its start, because what the eyes look at depends on every
        step before. Nothing is recorded twice. Raises StoreError if the store holds another voyage.
        """
        held = self._store.state()
        if held is None:
            return 0
        fields = cast("dict[str, Json]", held[0])
        boot = cast("dict[str, Json]", fields["watch"])["boot_id"]
        if boot != boot_id:
            raise StoreError(
                f"{self._store.path} holds {boot}, not {boot_id}; give another folder with --state"
            )
        self._config_sha256 = cast("str", fields["config_sha256"])
        self._silent_until = held[1]
        return held[1]

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
        self._beat(step.stamp)
        self._taken += 1
        if self._taken <= self._silent_until:
            self._catch_up()
            return step
        now_ns = step.stamp.mono_ns
        refused = self._refused_ns is not None and now_ns - self._refused_ns < RETRY_NS
        due = self._committed_ns is None or now_ns - self._committed_ns >= COMMIT_EVERY_NS
        if (due or self._pressing(now_ns)) and not refused:
            self.commit()
        return step

    def _beat(self, stamp: Stamp) -> None:
        """Every ten minutes how the box is; never at the start, so that a box that falls over again and again writes none."""
        if self._heartbeat is None:
            return
        if self._beaten_ns is None:
            self._beaten_ns = stamp.mono_ns
        if stamp.mono_ns - self._beaten_ns >= HEARTBEAT_NS:
            self._beaten_ns = stamp.mono_ns
            self._waiting.append((stamp, "heartbeat", self._heartbeat()))

    def _pressing(self, now_ns: int) -> bool:
        """An event is durable at once; anything else waits up to a second for company in one commit."""
        if not self._waiting:
            return False
        first_ns = min(at.mono_ns for at, _, _ in self._waiting)
        return now_ns - first_ns >= GATHER_NS or any(
            kind.startswith("event.") for _, kind, _ in self._waiting
        )

    def resume(self, mono_ns: int, last: Stamp) -> None:
        """Live, after the box was off: the gap, and the pictures that were sealed and not yet named."""
        self._keep(self._watch.resume(mono_ns, last, self._store.adopt))
        self.take_in_strays(self._watch.stamp)

    def take_in_strays(self, stamp: Stamp) -> None:
        """Name what lies on disk and no record names, so that it is delivered like the rest."""
        strays, self._store.strays = self._store.strays, ()
        for start in range(0, len(strays), FOUND_AT_ONCE):
            found = strays[start : start + FOUND_AT_ONCE]
            body: Mapping[str, Json] = {
                "evidence": [item.to_json() for item in found],
                "why": "it was on disk and no record named it",
            }
            self._waiting.append((stamp, "evidence.found", body))
            self._evidence.update({item.file.sha256: item.file for item in found})

    def commit(self) -> None:
        """Sign and store what waits, in one transaction. Raises StoreError; everything waits on."""
        self._say_facts()
        self._make_room()
        head = self._chain.head
        state = self._memory()
        while True:
            waiting = (*self._waiting, *self._refusal_told())
            records = [self._chain.append(at, kind, body) for at, kind, body in waiting]
            try:
                self._store.commit(
                    records,
                    tuple(self._evidence.values()),
                    state,
                    self._taken,
                    said=self._said,
                    dropped=self._dropped,
                )
                break
            except EvidenceMissing as error:
                log.error("%s", error)
                self._chain.head = head
                self._disown(error.sha256)
            except StoreError as error:
                self._chain.head = head
                self._refused_ns = self._watch.stamp.mono_ns
                self._refusal = self._refusal or _Refusal(self._watch.stamp, 0, str(error))
                self._refusal.times += 1
                raise
        self._refused_ns = self._refusal = None
        self._waiting.clear()
        self._evidence.clear()
        self._said.clear()
        self._committed_ns = self._watch.stamp.mono_ns
        if self._dropped:
            self._dropped.clear()
            self._store.retire(())

    def _say_facts(self) -> None:
        """What the store noticed comes first: a new segment begins before anything else is in it."""
        news = [fact for fact in self._store.facts() if fact.number not in self._said]
        self._said.update(fact.number for fact in news)
        self._waiting[0:0] = [(self._watch.stamp, fact.kind, fact.body) for fact in news]

    def _refusal_told(self) -> tuple[tuple[Stamp, str, Mapping[str, Json]], ...]:
        """Once the disk takes something again, the chain says from when to when it did not."""
        if self._refusal is None:
            return ()
        since, now = self._refusal.since, self._watch.stamp
        body: Mapping[str, Json] = {
            "from_utc": None if since.utc is None else wire.utc_text(since.utc),
            "from_mono_ns": str(since.mono_ns),
            "to_utc": None if now.utc is None else wire.utc_text(now.utc),
            "to_mono_ns": str(now.mono_ns),
            "times": self._refusal.times,
            "why": self._refusal.why,
        }
        return ((now, "disk.refused", body),)

    def _make_room(self) -> None:
        """Below the floor even what was never sent must go; the record that says so is committed first."""
        if self._floor is None:
            return
        retire_held(self._store, self._floor)
        doomed = [
            file for file in unsent_to_drop(self._store, self._floor) if file.sha256 not in self._dropped
        ]
        if not doomed:
            return
        body: Mapping[str, Json] = {
            "deleted": [
                {"sha256": file.sha256, "kind": file.kind, "size_bytes": file.size_bytes, "seq": file.seq}
                for file in doomed
            ],
            "why": "the disk had less room than is kept free",
        }
        log.error("no room: %d file(s) of evidence go before they were sent", len(doomed))
        self._waiting.append((self._watch.stamp, "tombstone", body))
        self._dropped.update(file.sha256 for file in doomed)

    def _catch_up(self) -> None:
        """Forget what the store has already; where both stand at the same reading they must agree."""
        self._waiting.clear()
        self._evidence.clear()
        held = self._store.state() if self._taken == self._silent_until else None
        if held is not None and wire.canonical(self._memory()) != wire.canonical(held[0]):
            raise StoreError(
                f"{self._store.path} was filled from other input or another config than this replay's; "
                "give another folder with --state"
            )

    def _memory(self) -> dict[str, Json]:
        return {"watch": self._watch.snapshot(), "config_sha256": self._config_sha256}

    def _disown(self, sha256: str) -> None:
        """A picture vanished between sealing and commit: the records that wait must not point at it."""
        self._evidence.pop(sha256, None)
        note: Json = {"code": "evidence_missing", "values": {"reason": f"{sha256[:12]} is no longer on disk"}}
        for number, (at, kind, body) in enumerate(self._waiting):
            if sha256 in wire.evidence_named(body):
                files = cast("list[dict[str, Json]]", body["evidence"])
                left: list[Json] = [file for file in files if file["sha256"] != sha256]
                notes = [*cast("list[Json]", body.get("notes", [])), note]
                self._waiting[number] = (at, kind, {**body, "evidence": left, "notes": notes})

    def _pass(self, reading: Reading) -> Step:
        step = self._watch.step(reading)
        self._keep(step)
        if self._taken >= self._silent_until:
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
            self._evidence.update({file.sha256: file for file in body.evidence})
        for change in step.events:
            self._waiting.append((step.stamp, change.kind, wire.event_body(change.event)))
        for file in evidence_of(step.events):
            self._evidence[file.sha256] = file
