"""Findings become events: opened once, extended, closed with hysteresis.

One event holds all findings of one happening; at most one event of each happening is open. A finding
that comes and goes with the noise of the receiver or the swing of an anchored barge neither opens an
event (it must last `confirm_s`) nor closes one (it must be away for `clear_s`).
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import cast

from agent.event import wire
from agent.event.evidence import Cameras, Evidence, KeepSettings
from agent.types import (
    GRAVITY,
    Activity,
    Event,
    EventChange,
    EvidenceFile,
    Finding,
    FindingKind,
    Fix,
    Happening,
    Json,
    Origin,
    Reason,
    Seal,
    Sealed,
    Stamp,
    Verdict,
    Work,
)

SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a happening must be flagged before it is an event, and clear before the event ends."""

    confirm_s: float
    clear_s: float


@dataclass(frozen=True, slots=True)
class EventSettings:
    """Lost positions and cameras have waited in `agent.licence.silence` already, so they open at once.

    `clear_s` of work is longer than a vessel needs to be known as stationary again, so that a restart of the
    box does not cut an event in two.
    """

    patience: Mapping[Happening, Patience] = field(
        default_factory=lambda: {
            Happening.WORKING: Patience(confirm_s=30.0, clear_s=240.0),
            Happening.POSITION: Patience(confirm_s=0.0, clear_s=30.0),
            Happening.SIGHT: Patience(confirm_s=0.0, clear_s=60.0),
            Happening.BOX: Patience(confirm_s=0.0, clear_s=0.0),
            Happening.PRODUCTION: Patience(confirm_s=0.0, clear_s=600.0),
            Happening.OTHERS: Patience(confirm_s=0.0, clear_s=0.0),
        }
    )
    keep: KeepSettings = field(default_factory=KeepSettings)
    update_step_m: float = 10.0  # a larger distance beyond the boundary is worth an update
    update_every_s: float = 60.0
    work_every_s: float = 600.0  # the cycles of an open event are told so often


@dataclass(slots=True)
class _Open:
    """One happening: when it was first and last flagged, and its event once there is one."""

    flagged_since_ns: int | None = None
    clear_since_ns: int | None = None
    told_ns: int | None = None  # when the last update of its findings was recorded, and the distance it told
    told_m: float = 0.0
    event: Event | None = None


def certain(finding: Finding) -> float:
    """How much of the measured value is beyond doubt: value less its 95 % error."""
    return (finding.value or 0.0) - (finding.error or 0.0)


def _dated(file: EvidenceFile, now: Stamp) -> EvidenceFile:
    """The file with the UTC of its picture, reckoned back from now."""
    if now.utc is None:
        return file
    return replace(file, utc=now.utc - timedelta(microseconds=(now.mono_ns - file.mono_ns) // 1000))


def _beyond_m(event: Event) -> float:
    """How far beyond a boundary the event says the vessel certainly was; 0 if it says no such thing."""
    return max(
        (certain(item) for item in event.findings if item.kind is FindingKind.OUTSIDE_AREA), default=0.0
    )


class Events:
    """Keeps the open events of one boot. Give it the findings of a happening as often as they are judged."""

    def __init__(
        self,
        boot_id: str,
        origin: Origin,
        *,
        notes: Callable[[Stamp], tuple[Reason, ...]] = lambda _: (),
        settings: EventSettings | None = None,
    ) -> None:
        self._boot_id = boot_id
        self._origin = origin
        self._notes = notes
        self._settings = settings or EventSettings()
        self._evidence = Evidence(self._settings.keep)
        self._opened = 0
        self._open = {happening: _Open() for happening in Happening}
        self._unanswered: dict[str, int] = {}  # seal orders out, by event
        self._closed: dict[str, Event] = {}  # events that closed while a seal order was out

    def judge(
        self,
        happening: Happening,
        stamp: Stamp,
        findings: tuple[Finding, ...],
        activity: Activity | None,
        fix: Fix | None,
        *,
        opens: bool = True,
    ) -> tuple[EventChange, ...]:
        """What the findings of this moment change. Without `opens` they keep an event open and begin none."""
        slot = self._open[happening]
        if all(finding.verdict is Verdict.PERMITTED for finding in findings):
            slot.flagged_since_ns = None
            return self._clear(happening, slot, stamp)
        slot.clear_since_ns = None
        if slot.event is None and not opens:
            slot.flagged_since_ns = None
            return ()
        if slot.flagged_since_ns is None:
            slot.flagged_since_ns = stamp.mono_ns
        if slot.event is not None:
            return self._extend(slot, slot.event, stamp, findings, activity, fix)
        if stamp.mono_ns - slot.flagged_since_ns < self._settings.patience[happening].confirm_s * SECOND:
            return ()
        return (self._begin(happening, slot, stamp, findings, activity, fix),)

    def worked(self, work_since: Callable[[int], Work | None]) -> None:
        """Put into the open events what the gear did since they opened; told with their next record."""
        for happening in (Happening.WORKING, Happening.PRODUCTION):
            slot = self._open[happening]
            if slot.event is not None:
                slot.event = replace(slot.event, work=work_since(slot.event.opened.mono_ns))

    def seal_orders(
        self, stamp: Stamp, changes: tuple[EventChange, ...], cameras: Cameras
    ) -> tuple[Seal, ...]:
        """What to keep of these changes, and of the events that are open at this moment."""
        orders: tuple[Seal, ...] = ()
        for change in changes:
            orders += self._evidence.begin(change, stamp.mono_ns, cameras)
            if change.kind == "event.closed":
                self._evidence.end(change.event.event_id)
        for happening, slot in self._open.items():
            if slot.event is not None:
                cleared = slot.clear_since_ns is not None
                orders += self._evidence.go_on(
                    slot.event.event_id, happening, stamp.mono_ns, cameras, cleared=cleared
                )
        for order in orders:
            self._unanswered[order.event_id] = self._unanswered.get(order.event_id, 0) + 1
        return orders

    def sealed(self, stamp: Stamp, answer: Sealed) -> tuple[EventChange, ...]:
        """The eyes kept something (or say why not): the event names it from now on."""
        slot = next(
            (s for s in self._open.values() if s.event is not None and s.event.event_id == answer.event_id),
            None,
        )
        event = slot.event if slot is not None else self._closed.get(answer.event_id)
        self._answered(answer.event_id)
        if event is None:
            return ()
        known = {file.sha256 for file in event.evidence}
        fresh = tuple(_dated(file, stamp) for file in answer.files if file.sha256 not in known)
        notes = event.notes
        if answer.problem is not None:
            problem = Reason("evidence_missing", {"reason": answer.problem})
            notes = notes if problem in notes else (*notes, problem)
        if not fresh and notes == event.notes:
            return ()
        event = replace(event, updated=stamp, evidence=(*event.evidence, *fresh), notes=notes)
        if slot is not None:
            slot.event = event
        elif event.event_id in self._closed:
            self._closed[event.event_id] = event
        return (EventChange("event.updated", event),)

    def _answered(self, event_id: str) -> None:
        left = self._unanswered.get(event_id, 0) - 1
        if left > 0:
            self._unanswered[event_id] = left
        else:
            self._unanswered.pop(event_id, None)
            self._closed.pop(event_id, None)

    def _begin(
        self,
        happening: Happening,
        slot: _Open,
        stamp: Stamp,
        findings: tuple[Finding, ...],
        activity: Activity | None,
        fix: Fix | None,
    ) -> EventChange:
        self._opened += 1
        slot.event = Event(
            event_id=f"{self._boot_id}.{self._opened}",
            happening=happening,
            origin=self._origin,
            opened=stamp,
            updated=stamp,
            closed=None,
            findings=findings,
            activity=activity,
            fix=fix,
            evidence=(),
            notes=self._notes(stamp),
        )
        slot.told_m = _beyond_m(slot.event)
        return EventChange("event.opened", slot.event)

    def _extend(
        self,
        slot: _Open,
        event: Event,
        stamp: Stamp,
        findings: tuple[Finding, ...],
        activity: Activity | None,
        fix: Fix | None,
    ) -> tuple[EventChange, ...]:
        """Put into the event what these findings say and it does not say yet.

        The gravest state of each finding is always kept; a record is made of it when a verdict turns worse, or
        the vessel is much farther beyond the boundary than was told.
        """
        gravest = {(finding.kind, finding.licence): finding for finding in event.findings}
        worse = grown = False
        for finding in findings:
            key = (finding.kind, finding.licence)
            old = gravest.get(key)
            if old is None or GRAVITY[finding.verdict] > GRAVITY[old.verdict]:
                worse = worse or finding.verdict is not Verdict.PERMITTED
            elif finding.verdict is old.verdict and certain(finding) > certain(old):
                grown = True
            else:
                continue
            gravest[key] = finding
        if worse or grown:
            slot.event = event = replace(event, findings=tuple(gravest.values()), activity=activity, fix=fix)
        told_m, beyond_m = slot.told_m, _beyond_m(event)
        rested = (
            slot.told_ns is None or stamp.mono_ns - slot.told_ns >= self._settings.update_every_s * SECOND
        )
        grew = rested and beyond_m > told_m + self._settings.update_step_m
        if not worse and not grew and not self._work_due(slot, event, stamp):
            return ()
        slot.told_ns, slot.told_m = stamp.mono_ns, beyond_m
        slot.event = replace(event, updated=stamp)
        return (EventChange("event.updated", slot.event),)

    def _work_due(self, slot: _Open, event: Event, stamp: Stamp) -> bool:
        """Is it time to tell how many cycles there are?"""
        last_ns = slot.told_ns or event.opened.mono_ns
        due = stamp.mono_ns - last_ns >= self._settings.work_every_s * SECOND
        return due and event.work is not None and event.work.cycles > 0

    def _clear(self, happening: Happening, slot: _Open, stamp: Stamp) -> tuple[EventChange, ...]:
        """Nothing is flagged: the event ends once that has lasted."""
        if slot.event is None:
            return ()
        if slot.clear_since_ns is None:
            slot.clear_since_ns = stamp.mono_ns
        if stamp.mono_ns - slot.clear_since_ns < self._settings.patience[happening].clear_s * SECOND:
            return ()
        event = replace(slot.event, updated=stamp, closed=stamp)
        if event.event_id in self._unanswered:
            self._closed[event.event_id] = event
        self._open[happening] = _Open()
        return (EventChange("event.closed", event),)

    # ── state across a restart ────────────────────────────────────────────────────────────────────────

    def snapshot(self) -> dict[str, Json]:
        """Everything a restarted watch needs to go on with the same events."""
        return {
            "opened": self._opened,
            "slots": {
                happening.value: {
                    "flagged_since_ns": _text(slot.flagged_since_ns),
                    "clear_since_ns": _text(slot.clear_since_ns),
                    "told_ns": _text(slot.told_ns),
                    "told_m": slot.told_m,
                    "event": None if slot.event is None else wire.event_body(slot.event),
                }
                for happening, slot in self._open.items()
            },
            "unanswered": dict(self._unanswered),
            "evidence": self._evidence.snapshot(),
            "closed": [wire.event_body(event) for event in self._closed.values()],
        }

    def restore(self, state: Json, *, same_boot: bool) -> None:
        """Take up a snapshot. After another boot its stamps mean nothing, and every patience starts anew."""
        held = cast("dict[str, Json]", state)
        self._opened = cast("int", held["opened"]) if same_boot else 0
        for name, data in cast("dict[str, dict[str, Json]]", held["slots"]).items():
            slot = _Open(event=None if data["event"] is None else wire.event_from_body(data["event"]))
            if same_boot:
                slot.flagged_since_ns = _number(data["flagged_since_ns"])
                slot.clear_since_ns = _number(data["clear_since_ns"])
                slot.told_ns = _number(data["told_ns"])
            slot.told_m = cast("float", data["told_m"])
            self._open[Happening(name)] = slot
        self._unanswered = cast("dict[str, int]", dict(cast("dict[str, Json]", held["unanswered"])))
        self._evidence.restore(held.get("evidence", {}), same_boot=same_boot)
        closed = [wire.event_from_body(body) for body in cast("list[Json]", held["closed"])]
        self._closed = {event.event_id: event for event in closed}

    def unanswered(self) -> tuple[str, ...]:
        """One event id per seal order that has no answer yet: after a restart none will come."""
        return tuple(event_id for event_id, count in self._unanswered.items() for _ in range(count))

    def open_events(self) -> tuple[Event, ...]:
        """The events that are open now."""
        return tuple(slot.event for slot in self._open.values() if slot.event is not None)


def _text(number: int | None) -> str | None:
    return None if number is None else str(number)


def _number(text: Json) -> int | None:
    return None if text is None else int(cast("str", text))


def evidence_of(changes: tuple[EventChange, ...]) -> tuple[EvidenceFile, ...]:
    """Every file the changed events name, each once."""
    return tuple({file.sha256: file for change in changes for file in change.event.evidence}.values())
