"""THE DATA PATH: one reading in, everything that follows from it out.

    Reading ─► trust, track, place ─► activity ─► licence rules ─► events ─► Step
                                                  silence ────────┘

`Watch` is pure: no disk, no clock, no thread, no device. Given the same readings it gives the same steps,
byte for byte, live or replayed. Its whole memory is `snapshot()`, which the store keeps beside the records
of the same commit.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import cast

from agent.activity.recogniser import Recogniser, RecogniserSettings
from agent.event import wire
from agent.event.events import Events, EventSettings
from agent.event.evidence import Cameras
from agent.event.installation import Installation, why_lead_only
from agent.event.outages import Outages
from agent.licence.hours import local_time, moment_text
from agent.licence.rules import Rules, Terms
from agent.licence.silence import Silence, SilenceSettings
from agent.position.place import Places, PlaceSettings
from agent.position.track import Motion, Track, TrackLog, TrackSettings
from agent.position.trust import Trust
from agent.types import (
    Activity,
    ActivityKind,
    Body,
    ClockQuality,
    Depth,
    EventChange,
    EvidenceFile,
    Finding,
    FindingKind,
    Fix,
    Happening,
    Heading,
    Health,
    Json,
    Look,
    Observation,
    Origin,
    Reading,
    Reason,
    Sealed,
    SourceState,
    Stamp,
    Step,
    Tick,
    Verdict,
)

ANCHOR_SLACK_S = (
    1.0  # a smaller difference between GNSS time and the last anchor is jitter of the serial line
)
NO_DETECTOR = Reason("no_detector")
LAST_AT_WORK = Reason("last_at_work")
_NOT_AT_WORK = frozenset({ActivityKind.UNKNOWN, ActivityKind.TRANSITING, ActivityKind.MOORED})


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """What a watch is made from; the terms are the law, the rest are thresholds."""

    terms: Terms
    cameras: tuple[str, ...] = ()
    filmed: tuple[str, ...] = ()  # cameras of which clips are kept
    model_hash: str | None = None
    installation: Installation | None = None
    place: PlaceSettings = field(default_factory=PlaceSettings)
    track: TrackSettings = field(default_factory=TrackSettings)
    recogniser: RecogniserSettings = field(default_factory=RecogniserSettings)
    silence: SilenceSettings = field(default_factory=SilenceSettings)
    events: EventSettings = field(default_factory=EventSettings)
    look_working_s: float = 1.0
    look_idle_s: float = 5.0


class Watch:
    """Watches one vessel through one boot or one voyage."""

    def __init__(self, settings: WatchSettings, boot_id: str, origin: Origin) -> None:
        self._settings = settings
        self._cameras = Cameras(settings.cameras, settings.filmed)
        self._boot_id = boot_id
        self._trust = Trust()
        self._track = Track(settings.track)
        self._places = Places(settings.place)
        self._log = TrackLog()
        self._recogniser = Recogniser(settings.recogniser)
        self._rules = Rules(settings.terms)
        self._silence = Silence(settings.silence)
        self._events = Events(boot_id, origin, notes=self._notes, settings=settings.events)
        self._outages = Outages()
        self._anchor: Stamp | None = None
        self._echo: Depth | None = None
        self._doing = ActivityKind.UNKNOWN  # at the last position
        self._now = Stamp(0, None, ClockQuality.NONE)
        self._look_s: float | None = None

    def _notes(self, opened: Stamp) -> tuple[Reason, ...]:
        """What a reader has to know of every event of this box that opens at that moment."""
        day = None if opened.utc is None else local_time(opened.utc).date()
        notes = (*why_lead_only(self._settings.installation, day), Reason("position_only"))
        return notes if self._settings.model_hash is not None else (*notes, NO_DETECTOR)

    def step(self, reading: Reading) -> Step:
        """Take one reading in. Readings come in the order of their `mono_ns`; one that is late is taken as now."""
        match reading:
            case Fix():
                return self._fix(reading)
            case Tick():
                self._tell_time(reading.mono_ns, reading.utc, reading.clock_quality)
                return self._passing(reading.mono_ns)
            case SourceState():
                self._advance(reading.mono_ns)
                self._silence.step(reading)
                records = self._outages.step(reading, self._now)
                if reading.source == "gnss" and reading.state is Health.ENDED:
                    records += self._log.flush()
                return self._passing(reading.mono_ns, records)
            case Sealed():
                self._advance(reading.mono_ns)
                return Step(self._now, events=self._events.sealed(self._now, reading))
            case _:
                # Sky, signals: kept in recordings, judged by no rule yet.
                self._advance(reading.mono_ns)
                if isinstance(reading, Heading):
                    self._places.heard(reading)
                elif isinstance(reading, Depth):
                    self._echo = reading
                elif isinstance(reading, Observation):
                    self._silence.saw(reading)
                return Step(self._now)

    def _fix(self, fix: Fix) -> Step:
        self._advance(fix.mono_ns)
        doubts = self._trust.step(fix)
        records: tuple[Body, ...] = ()
        if fix.utc is not None and fix.lat_deg is not None and not doubts:
            records = self._tell_time(fix.mono_ns, fix.utc, ClockQuality.GNSS)
        self._silence.heard(fix, doubts)
        motion = self._track.step(fix)
        activity = self._recogniser.step(motion, self._now.mono_ns)
        place = self._places.step(fix, motion, suspect=bool(doubts))
        seen = fix if fix.lat_deg is not None else None
        findings = self._rules.judge(activity, place, self._now, doubts, self._echo)
        changes: tuple[EventChange, ...] = ()
        if seen is not None:
            self._doing = activity.kind
            changes = self._events.judge(Happening.WORKING, self._now, findings, activity, seen)
            records += self._log.step(seen, self._now, activity)
        return self._finish(activity, motion, changes, records)

    def _passing(self, mono_ns: int, records: tuple[Body, ...] = ()) -> Step:
        """Time passed, or a source changed state: what has become silent?"""
        self._advance(mono_ns)
        motion = self._track.motion(self._now.mono_ns)
        activity = self._recogniser.step(motion, self._now.mono_ns)
        return self._finish(activity, motion, (), records)

    def _finish(
        self, activity: Activity, motion: Motion, changes: tuple[EventChange, ...], records: tuple[Body, ...]
    ) -> Step:
        for happening, findings in self._silence.findings(self._now.mono_ns):
            if findings and self._at_work():
                findings = tuple(_last_at_work(finding) for finding in findings)  # noqa: PLW2901
            changes += self._events.judge(happening, self._now, findings, activity, motion.fix)
        changes += self._events.judge(Happening.BOX, self._now, (), activity, motion.fix)
        return Step(
            self._now,
            events=changes,
            records=records,
            look=self._look(activity),
            seal=self._events.seal_orders(self._now, changes, self._cameras),
        )

    def _at_work(self) -> bool:
        """Was she last seen lying in the river, other than moored?"""
        return self._doing not in _NOT_AT_WORK

    def _look(self, activity: Activity) -> tuple[Look, ...]:
        """Look more often while the vessel may be working; say so only when it changes."""
        resting = activity.kind in (ActivityKind.TRANSITING, ActivityKind.MOORED)
        interval_s = self._settings.look_idle_s if resting else self._settings.look_working_s
        if interval_s == self._look_s:
            return ()
        self._look_s = interval_s
        return tuple(Look(camera, interval_s) for camera in self._settings.cameras)

    # ── time is data ──────────────────────────────────────────────────────────────────────────────────

    def _advance(self, mono_ns: int) -> None:
        """Move now on to `mono_ns`; UTC follows from the anchor."""
        mono_ns = max(mono_ns, self._now.mono_ns)
        if self._anchor is None or self._anchor.utc is None:
            self._now = Stamp(mono_ns, None, ClockQuality.NONE)
            return
        passed = timedelta(microseconds=(mono_ns - self._anchor.mono_ns) // 1000)
        self._now = Stamp(mono_ns, self._anchor.utc + passed, self._anchor.clock_quality)

    def _tell_time(self, mono_ns: int, utc: datetime | None, quality: ClockQuality) -> tuple[Body, ...]:
        """Somebody says what time it is. GNSS outranks the system clock; a new anchor is a record."""
        if utc is None or quality is ClockQuality.NONE:
            return ()
        held = self._anchor
        if held is not None and held.utc is not None:
            ranks = list(ClockQuality)
            if ranks.index(quality) < ranks.index(held.clock_quality):
                return ()
            expected = held.utc + timedelta(microseconds=(mono_ns - held.mono_ns) // 1000)
            same = held.clock_quality is quality and abs((utc - expected).total_seconds()) <= ANCHOR_SLACK_S
            if same:
                return ()
        self._anchor = Stamp(mono_ns, utc, quality)
        self._advance(mono_ns)
        if quality is not ClockQuality.GNSS:
            return ()
        return (
            Body(
                "time.anchor", {"mono_ns": str(mono_ns), "utc": wire.utc_text(utc), "source": quality.value}
            ),
        )

    # ── restart ───────────────────────────────────────────────────────────────────────────────────────

    def snapshot(self) -> dict[str, Json]:
        """The whole memory of the watch as JSON; `restore` takes it up again."""
        return {
            "boot_id": self._boot_id,
            "now": wire.to_json(self._now),
            "anchor": wire.to_json(self._anchor),
            "echo": wire.to_json(self._echo),
            "doing": self._doing.value,
            "look_s": self._look_s,
            "trust": self._trust.snapshot(),
            "track": self._track.snapshot(),
            "places": self._places.snapshot(),
            "log": self._log.snapshot(),
            "recogniser": self._recogniser.snapshot(),
            "silence": self._silence.snapshot(),
            "outages": self._outages.snapshot(),
            "events": self._events.snapshot(),
        }

    def restore(self, state: Json) -> None:
        """Take up a snapshot of the same boot as if nothing had happened, of another with open events only."""
        held = cast("dict[str, Json]", state)
        same_boot = held["boot_id"] == self._boot_id
        self._events.restore(held["events"], same_boot=same_boot)
        self._doing = ActivityKind(cast("str", held["doing"]))
        if not same_boot:
            return
        self._now = wire.from_json(Stamp, held["now"])
        self._anchor = None if held["anchor"] is None else wire.from_json(Stamp, held["anchor"])
        self._echo = None if held["echo"] is None else wire.from_json(Depth, held["echo"])
        self._look_s = cast("float | None", held["look_s"])
        self._trust.restore(held["trust"])
        self._track.restore(held["track"])
        self._places.restore(held["places"])
        self._log.restore(held["log"])
        self._recogniser.restore(held["recogniser"])
        self._silence.restore(held["silence"])
        self._outages.restore(held.get("outages", {}))

    def resume(
        self, mono_ns: int, last: Stamp, sealed: Callable[[str], tuple[EvidenceFile, ...]] = lambda _: ()
    ) -> Step:
        """The first step after the box was off: the gap, and pictures that will never come.

        `last` is the stamp of the last commit before (of this boot or another); `sealed` gives once what is on
        disk of an event whose seal order was carried out and never answered.
        """
        self._advance(mono_ns)
        gap = Body(
            "gap",
            {
                "from_utc": None if last.utc is None else wire.utc_text(last.utc),
                "from_mono_ns": str(last.mono_ns),
                "to_utc": None if self._now.utc is None else wire.utc_text(self._now.utc),
                "to_mono_ns": str(self._now.mono_ns),
                "why": "the agent was not running",
            },
        )
        changes: tuple[EventChange, ...] = ()
        for event_id in self._events.unanswered():
            files = sealed(event_id)
            problem = None if files else "the agent stopped before they were on disk"
            answer = Sealed(self._now.mono_ns, event_id, files, problem)
            changes += self._events.sealed(self._now, answer)
        if self._at_work():
            since = "-" if last.utc is None else moment_text(local_time(last.utc))
            because = (Reason("box_off", {"from_time": since}), LAST_AT_WORK)
            off = Finding(FindingKind.BOX_OFF, Verdict.UNDETERMINED, because)
            changes += self._events.judge(Happening.BOX, self._now, (off,), None, None)
        self._look_s = None
        return Step(self._now, events=changes, records=(gap,))

    @property
    def stamp(self) -> Stamp:
        """Now, as the watch knows it."""
        return self._now


def _last_at_work(finding: Finding) -> Finding:
    """A position lost while she lay as at work says so; other silences are no matter of what she did."""
    if finding.kind is not FindingKind.POSITION_LOST:
        return finding
    return replace(finding, because=(*finding.because, LAST_AT_WORK))
