"""THE DATA PATH: one reading in, everything that follows from it out.

    Reading ─► trust, track, place ─► activity ─► licence rules ─► events ─► Step
               views ─────────────────┘           silence, leads ──┘

`Watch` is pure: no disk, no clock, no thread, no device. Given the same readings it gives the same steps,
byte for byte, live or replayed. Its whole memory is `snapshot()`, which the store keeps beside the records
of the same commit.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import cast

from agent.activity.gear import Counted
from agent.activity.pace import PaceSettings
from agent.activity.recogniser import Recogniser, RecogniserSettings
from agent.activity.site_check import WHAT as SITE_CHECK
from agent.activity.site_check import Kit, passed, why_unchecked
from agent.activity.views import View, Views
from agent.event import wire
from agent.event.events import Events, EventSettings
from agent.event.evidence import Cameras
from agent.event.installation import Installation, why_lead_only
from agent.event.load_body import load_body
from agent.event.outages import Outages
from agent.licence.fill import Measured
from agent.licence.hours import local_time, moment_text
from agent.licence.leads import leads
from agent.licence.loads import PREFIX as LOAD
from agent.licence.loads import Loads
from agent.licence.off import Sailing
from agent.licence.production import Production, ProductionSettings
from agent.licence.rules import Rules, Terms
from agent.licence.silence import Silence, SilenceSettings
from agent.position.place import GearPlace, Places, PlaceSettings
from agent.position.sun import elevation_deg
from agent.position.track import Motion, Track, TrackLog, TrackSettings
from agent.position.trust import Trust, TrustSettings
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
    Seal,
    Sealed,
    Signal,
    Sky,
    SourceState,
    Stamp,
    Statement,
    Step,
    Tick,
    Verdict,
)

ANCHOR_SLACK_S = (
    1.0  # a smaller difference between GNSS time and the last anchor is jitter of the serial line
)
NO_DETECTOR = Reason("no_detector")
LAST_AT_WORK = Reason("last_at_work")
SHORT_GAP_S = 30.0  # a program that was started again at once; a receiver may be silent as long
MOST_HEARD = 500
UNDER_WAY_KN = 2.0  # from here the course says where the bow points


@dataclass(frozen=True, slots=True)
class WatchSettings:
    """What a watch is made from; the terms are the law, the rest are thresholds."""

    terms: Terms
    cameras: tuple[str, ...] = ()
    filmed: tuple[str, ...] = ()  # cameras of which clips are kept
    views: tuple[View, ...] = ()  # what each camera looks at
    kit: Kit = field(default_factory=dict)  # what the counts depend on, as the site check has it
    model_hash: str | None = None
    production: ProductionSettings = field(default_factory=ProductionSettings)
    installation: Installation | None = None
    place: PlaceSettings = field(default_factory=PlaceSettings)
    trust: TrustSettings = field(default_factory=TrustSettings)
    track: TrackSettings = field(default_factory=TrackSettings)
    pace: PaceSettings = field(default_factory=PaceSettings)
    silence: SilenceSettings = field(default_factory=SilenceSettings)
    events: EventSettings = field(default_factory=EventSettings)
    look_working_s: float = 1.0
    look_idle_s: float = 5.0
    look_counting_s: float = 0.5


class Watch:
    """Watches one vessel through one boot or one voyage."""

    def __init__(self, settings: WatchSettings, boot_id: str, origin: Origin) -> None:
        self._settings = settings
        self._cameras = Cameras(settings.cameras, settings.filmed)
        self._boot_id = boot_id
        self._trust = Trust(settings.trust)
        self._track = Track(settings.track)
        self._places = Places(settings.place)
        self._log = TrackLog()
        self._views = Views(settings.views, detector=settings.model_hash is not None)
        sees_gear = self._views.tells_of_own_gear
        self._recogniser = Recogniser(RecogniserSettings(settings.pace, sees_gear))
        self._rules = Rules(settings.terms)
        self._production = Production(settings.production, settings.terms.licences)
        self._loads = Loads(boot_id)
        self._licence = ""  # in whose area the last fix may lie
        self._silence = Silence(settings.silence)
        self._events = Events(boot_id, origin, notes=self._notes, settings=settings.events)
        self._outages = Outages()
        self._anchor: Stamp | None = None
        self._echo: Depth | None = None
        self._as_at_work = False  # at the last position
        self._sailing: Sailing | None = None  # at the last position
        self._before_off: Sailing | None = (
            None  # of the time before the box was off, until a position says more
        )
        self._same_boot = False  # as what was restored
        self._now = Stamp(0, None, ClockQuality.NONE)
        self._look_s: dict[str, float] = {}
        self._lead_on: tuple[int, ...] = ()
        self._sun: tuple[int, float] | None = None
        self._site_check: Statement | None = None
        self._heard: list[str] = []  # the statements that were taken in

    def _notes(self, opened: Stamp) -> tuple[Reason, ...]:
        """What a reader has to know of every event of this box that opens at that moment."""
        day = None if opened.utc is None else local_time(opened.utc).date()
        notes = why_lead_only(self._settings.installation, day)
        if not self._views.tells_of_own_gear:
            notes = (*notes, Reason("position_only"))
        else:
            unchecked = why_unchecked(self._site_check, self._settings.kit)
            notes = (*notes, *(reason for reason in unchecked if reason not in notes))
        return notes if self._settings.model_hash is not None else (*notes, NO_DETECTOR)

    def step(self, reading: Reading) -> Step:
        """Take one reading in. Readings come in the order of their `mono_ns`; one that is late is taken as now."""
        match reading:
            case Fix():
                return self._fix(reading)
            case Tick():
                anchors = self._tell_time(reading.mono_ns, reading.utc, reading.clock_quality)
                return self._passing(reading.mono_ns, anchors)
            case SourceState():
                self._advance(reading.mono_ns)
                self._silence.step(reading)
                records = self._outages.step(reading, self._now)
                if reading.source == "gnss" and reading.state is Health.ENDED:
                    records += self._log.flush()
                return self._passing(reading.mono_ns, records)
            case Sealed():
                return self._kept(reading)
            case Observation():
                return self._see(reading)
            case _:
                return self._note(reading)

    def _kept(self, answer: Sealed) -> Step:
        """The eyes kept something of an event, or of a load."""
        self._advance(answer.mono_ns)
        if not answer.event_id.startswith(LOAD):
            return Step(self._now, events=self._events.sealed(self._now, answer))
        self._loads.sealed(answer.event_id, answer.files)
        return Step(self._now)

    def _note(self, reading: Sky | Heading | Depth | Signal | Statement) -> Step:
        """What is taken in and judged with what comes after it."""
        self._advance(reading.mono_ns)
        match reading:
            case Sky():
                self._trust.sky(reading)
            case Signal():
                self._trust.signal(reading)
                self._recogniser.signal(reading.mono_ns, reading.name, reading.value)
            case Heading():
                self._places.heard(reading)
                self._views.heads(reading.mono_ns, reading.heading_deg)
            case Depth():
                self._echo = reading
            case Statement():
                return self._hear(reading)
        return Step(self._now)

    def _hear(self, said: Statement) -> Step:
        """A person's statement becomes a record once, and counts from now on."""
        fields = cast("dict[str, Json]", wire.to_json(said))
        del fields["mono_ns"]
        digest = sha256(wire.canonical(fields)).hexdigest()[:16]
        if digest in self._heard:
            return Step(self._now)
        self._heard = [*self._heard, digest][-MOST_HEARD:]
        if said.what == SITE_CHECK:
            self._site_check = said
            if passed(said, self._settings.kit):
                self._views.commission()
        elif (cycles := self._loads.cycles_of(str(said.values.get("load")))) is not None:
            m3, error_m3 = said.values.get("m3"), said.values.get("error_m3")
            if isinstance(m3, (int, float)) and isinstance(error_m3, (int, float)):
                self._production.measured(Measured(cycles, float(m3), float(error_m3)))
        return Step(self._now, records=(Body("statement", fields),))

    def _fix(self, fix: Fix) -> Step:
        self._advance(fix.mono_ns)
        doubts = self._trust.step(fix)
        fix = replace(fix, checks=self._trust.checks)
        records: tuple[Body, ...] = ()
        if fix.utc is not None and fix.lat_deg is not None and not doubts:
            records = self._tell_time(fix.mono_ns, fix.utc, ClockQuality.GNSS)
        self._silence.heard(fix, doubts)
        motion = self._track.step(fix)
        if fix.cog_deg is not None and (fix.sog_kn or 0.0) >= UNDER_WAY_KN:
            self._views.heads(fix.mono_ns, fix.cog_deg, by_course=True)
        activity = self._recognise(motion)
        place = self._places.step(fix, motion, suspect=bool(doubts))
        seen = fix if fix.lat_deg is not None else None
        findings = self._rules.judge(activity, place, self._now, doubts, self._echo)
        changes: tuple[EventChange, ...] = ()
        if seen is not None:
            self._as_at_work = self._rules.as_at_work(activity, place, self._now)
            self._licence = next(
                (
                    item.licence
                    for item in findings
                    if item.kind is FindingKind.OUTSIDE_AREA
                    and item.licence
                    and item.verdict is not Verdict.BREACH
                ),
                "",
            )
            changes = self._after_off(activity, place, doubts, seen)
            self._sailing = None if doubts else self._rules.sailing(activity, seen, self._now)
            self._events.worked(self._production.work_since)
            changes += self._events.judge(
                Happening.WORKING, self._now, findings, activity, seen, opens=leads(findings, doubts)
            )
            records += self._log.step(seen, self._now, activity)
        return self._finish(activity, motion, changes, records)

    def _after_off(
        self, activity: Activity, place: GearPlace | None, doubts: tuple[Reason, ...], fix: Fix
    ) -> tuple[EventChange, ...]:
        """The first position that can be believed after the box was off under way."""
        if self._before_off is None or place is None or doubts:
            return ()
        if self._now.clock_quality is not ClockQuality.GNSS:
            return ()
        found = self._rules.after_off(self._before_off, activity, place, self._now)
        self._before_off = None
        return self._events.judge(Happening.BOX, self._now, found, activity, fix) if found else ()

    def _passing(self, mono_ns: int, records: tuple[Body, ...] = ()) -> Step:
        """Time passed, or a source changed state: what has become silent?"""
        self._advance(mono_ns)
        motion = self._track.motion(self._now.mono_ns)
        activity = self._recognise(motion)
        changes: tuple[EventChange, ...] = ()
        # A camera that is lost brings no look, and the time passes not counted; nor does a box that only hears a pump.
        if activity.kind is ActivityKind.UNKNOWN or not self._views.tells_of_own_gear:
            made, changes = self._produce(activity, motion, ())
            records += made
        return self._finish(activity, motion, changes, records)

    def _see(self, seen: Observation) -> Step:
        """A look: what the gear does, and whether others are at work."""
        self._advance(seen.mono_ns)
        self._silence.saw(seen)
        counted = self._views.step(seen, self._sun_deg())
        self._loads.happened(self._now, self._views.alongside(seen))
        motion = self._track.motion(self._now.mono_ns)
        activity = self._recognise(motion)
        records, changes = self._produce(activity, motion, counted)
        if self._views.target() != self._lead_on:
            self._lead_on = self._views.target()
            changes += self._events.judge(Happening.OTHERS, self._now, (), activity, motion.fix)
        leads = self._views.leads(self._now.mono_ns)
        changes += self._events.judge(Happening.OTHERS, self._now, leads, activity, motion.fix)
        seal = self._events.seal_orders(self._now, changes, self._cameras) if changes else ()
        return Step(
            self._now,
            events=changes,
            records=records,
            look=self._look(activity),
            seal=seal + self._pictures(),
        )

    def _pictures(self) -> tuple[Seal, ...]:
        """Stills of carriers that come and go."""
        orders: tuple[Seal, ...] = ()
        for want in self._loads.pictures():
            fresh = self._cameras.order(want.load, want.from_mono_ns, want.to_mono_ns, "stills", most=2)
            self._loads.ordered(want.load, len(fresh))
            orders += fresh
        return orders

    def _produce(
        self, activity: Activity, motion: Motion, counted: tuple[Counted, ...]
    ) -> tuple[tuple[Body, ...], tuple[EventChange, ...]]:
        """Cycles into production records, and what of the quota is passed."""
        if not self._views.tells_of_own_gear and not self._recogniser.has_lines:
            return (), ()
        gear = self._views.evidence(self._now.mono_ns)
        records = self._production.step(self._now, activity, counted, gear, self._licence)
        records += tuple(
            load_body(load, self._now, self._production.m3(load.cycles))
            for load in self._loads.step(self._now, counted, self._licence)
        )
        if not records and not counted:
            return (), ()  # nothing was added that a finding could rest on
        self._events.worked(self._production.work_since)
        findings = self._production.findings(self._now, self._loads)
        changes = self._events.judge(Happening.PRODUCTION, self._now, findings, activity, motion.fix)
        return records, changes

    def _sun_deg(self) -> float | None:
        """How high the sun stands where she was last; once a minute is enough."""
        fix, utc = self._track.motion(self._now.mono_ns).fix, self._now.utc
        if fix is None or fix.lat_deg is None or fix.lon_deg is None or utc is None:
            return None
        minute = self._now.mono_ns // (60 * 1_000_000_000)
        if self._sun is None or self._sun[0] != minute:
            self._sun = (minute, elevation_deg(utc, fix.lat_deg, fix.lon_deg))
        return self._sun[1]

    def _recognise(self, motion: Motion) -> Activity:
        now_ns = self._now.mono_ns
        activity = self._recogniser.step(motion, now_ns, self._views.evidence(now_ns), self._views.blind())
        if activity.kind is ActivityKind.TRANSITING:
            self._loads.happened(self._now, self._views.forget(now_ns))
        return activity

    def _finish(
        self, activity: Activity, motion: Motion, changes: tuple[EventChange, ...], records: tuple[Body, ...]
    ) -> Step:
        for happening, findings in self._silence.findings(self._now.mono_ns):
            if happening is Happening.SIGHT:
                findings += self._views.blind_cameras()  # noqa: PLW2901
            if findings and self._as_at_work:
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

    def _look(self, activity: Activity) -> tuple[Look, ...]:
        """Look more often while the vessel may be working, most while gear is out; say so only when it changes."""
        settings = self._settings
        resting = activity.kind in (ActivityKind.TRANSITING, ActivityKind.MOORED)
        orders = []
        for camera in settings.cameras:
            interval_s = settings.look_idle_s if resting else settings.look_working_s
            if self._views.stirs(camera, self._now.mono_ns):
                interval_s = settings.look_counting_s
            if interval_s != self._look_s.get(camera):
                self._look_s[camera] = interval_s
                orders.append(Look(camera, interval_s))
        return tuple(orders)

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
        if quality is ClockQuality.SAVED:
            return ()  # a date kept over a power cut anchors nothing
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
            "as_at_work": self._as_at_work,
            "sailing": wire.to_json(self._before_off or self._sailing),
            "look_s": cast("Json", dict(self._look_s)),
            "lead_on": list(self._lead_on),
            "site_check": wire.to_json(self._site_check),
            "heard": list(self._heard),
            "views": self._views.snapshot(),
            "trust": self._trust.snapshot(),
            "track": self._track.snapshot(),
            "places": self._places.snapshot(),
            "log": self._log.snapshot(),
            "recogniser": self._recogniser.snapshot(),
            "production": self._production.snapshot(),
            "loads": self._loads.snapshot(),
            "licence": self._licence,
            "silence": self._silence.snapshot(),
            "outages": self._outages.snapshot(),
            "events": self._events.snapshot(),
        }

    def restore(self, state: Json) -> None:
        """Take up a snapshot of the same boot as if nothing had happened, of another with open events only."""
        held = cast("dict[str, Json]", state)
        self._same_boot = same_boot = held["boot_id"] == self._boot_id
        self._events.restore(held["events"], same_boot=same_boot)
        self._as_at_work = cast("bool", held.get("as_at_work", False))
        if held.get("sailing") is not None:
            self._before_off = wire.from_json(Sailing, held["sailing"])
        self._production.restore(held["production"], same_boot=same_boot)
        if "loads" in held:
            self._loads.restore(held["loads"], same_boot=same_boot)
        self._views.restore(held["views"], same_boot=same_boot)
        check = held.get("site_check")
        self._site_check = None if check is None else wire.from_json(Statement, check)
        self._heard = list(cast("list[str]", held.get("heard", [])))
        if not same_boot:
            return
        self._licence = cast("str", held["licence"])
        self._now = wire.from_json(Stamp, held["now"])
        self._anchor = None if held["anchor"] is None else wire.from_json(Stamp, held["anchor"])
        self._echo = None if held["echo"] is None else wire.from_json(Depth, held["echo"])
        self._look_s = cast("dict[str, float]", dict(cast("dict[str, Json]", held["look_s"])))
        self._lead_on = tuple(cast("list[int]", held["lead_on"]))
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
        short = self._same_boot and (mono_ns - last.mono_ns) < SHORT_GAP_S * 1_000_000_000
        if self._as_at_work and not short:
            since = "-" if last.utc is None else moment_text(local_time(last.utc))
            because = (Reason("box_off", {"from_time": since}), LAST_AT_WORK)
            off = Finding(FindingKind.BOX_OFF, Verdict.UNDETERMINED, because)
            changes += self._events.judge(Happening.BOX, self._now, (off,), None, None)
        self._look_s = {}
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
