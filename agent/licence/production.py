"""Production: the cycles and hours of dredging, kept by licence and local day, told every ten minutes of work.

Cycles wait until it is known what they were: those of a spell that turns out to be dredging are production, those of
any other spell are not. Tallies survive every restart. A cycle of a moment whose date is not known waits for the
time; if the box is switched off before, it is kept as undated and belongs to no day.
"""

import math
from collections import deque
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from typing import Final

from agent.activity.gear import Counted, GearEvidence
from agent.licence.books import Days, Hours, add, by_date, totals
from agent.licence.conditions import Vessel
from agent.licence.fill import Measured, calibrated
from agent.licence.hours import hours_on, local_time
from agent.licence.licence import Licence
from agent.licence.loads import Loads, implausible
from agent.licence.quota import (
    Bucket,
    Limits,
    Tally,
    Volume,
    active_hours_finding,
    bucket_finding,
    quota_findings,
    volume,
)
from agent.licence.standing import phase_on
from agent.licence.vessels import Registration, registration
from agent.position.snapshot import state_from_json, state_json
from agent.types import Activity, ActivityKind, Apparent, Body, Finding, Json, Stamp, Work, WorkSpan

_NS: Final = 1_000_000_000
TOLD_EVERY_S: Final = 600.0
QUIET_S: Final = 180.0  # work that has stopped so long is told
STALE_PERIODS: Final = 2.2  # no cycle for so many periods: the time passes not counted
BLIND_TOLD_S: Final = 3600.0  # what no camera saw is told so often while it lasts
UNSEEN: Final = frozenset({"camera_blind", "gear_not_watched"})
MOST_SPANS: Final = 400
KEEP_MEASURED: Final = 30
AT_WORK: Final = frozenset({ActivityKind.DREDGING, ActivityKind.MACHINE_WORKING})


@dataclass(frozen=True, slots=True)
class ProductionSettings:
    """The own hull, and what its bucket takes; None where nobody said how large it is."""

    hull_number: str = ""
    bucket: Bucket | None = None


@dataclass(slots=True)
class _Interval:
    """Work since the last record."""

    from_mono_ns: int
    from_utc: str | None
    cycles: int = 0
    active_s: float = 0.0
    pump_s: float = 0.0  # of the active time: by suction
    not_counted_s: float = 0.0
    blind_s: float = 0.0  # of it: she lay there and no camera saw the gear
    by: dict[str, int] = field(default_factory=dict)


@dataclass(slots=True)
class _Spell:
    """One activity from when to when."""

    kind: ActivityKind
    from_mono_ns: int
    to_mono_ns: int


@dataclass(slots=True)
class _State:
    days: dict[str, dict[str, Tally]] = field(default_factory=dict)  # licence: day: tally
    hours: dict[str, dict[str, Tally]] = field(default_factory=dict)  # licence: hour: tally
    undated: int = 0
    waiting: deque[Counted] = field(default_factory=deque)  # of a spell not yet known to be dredging
    unbooked: deque[str] = field(default_factory=deque)  # stamps of cycles of an unknown date
    interval: _Interval | None = None
    measured: list[Measured] = field(default_factory=list)  # loads that somebody measured
    mono_ns: int | None = None
    worked_mono_ns: int | None = None
    licence: str = ""
    spans: deque[_Spell] = field(default_factory=deque)
    beats: deque[str] = field(default_factory=deque)  # stamps of the last cycles
    apparent: Apparent | None = None


class Production:
    """Takes every moment in order."""

    def __init__(self, settings: ProductionSettings, licences: tuple[Licence, ...] = ()) -> None:
        self._settings = settings
        self._licences = {licence.number: licence for licence in licences}
        self._state = _State()

    def step(
        self,
        now: Stamp,
        activity: Activity,
        counted: tuple[Counted, ...],
        gear: GearEvidence | None,
        licence: str,
    ) -> tuple[Body, ...]:
        """One moment. `licence` is the number of the one in whose area she may be, empty where in none."""
        state = self._state
        if state.mono_ns is not None and now.mono_ns < state.mono_ns:
            self._forget_stamps()
        self._date(now)
        dt_s = 0.0 if state.mono_ns is None else min(10.0, (now.mono_ns - state.mono_ns) / _NS)
        state.mono_ns, state.licence = now.mono_ns, licence or state.licence
        self._strip(now, activity)
        if gear is not None and gear.apparent is not None:
            state.apparent = gear.apparent
        state.waiting.extend(counted)
        if activity.kind is ActivityKind.DREDGING:
            self._work(now, dt_s, gear, activity)
        elif _unseen(activity):
            self._pass_unseen(now, dt_s)
        elif activity.kind not in (ActivityKind.MACHINE_WORKING, ActivityKind.UNKNOWN):
            state.waiting.clear()
        while state.waiting and now.mono_ns - state.waiting[0].mono_ns > 900 * _NS:
            state.waiting.popleft()
        return self._tell(now)

    def _forget_stamps(self) -> None:
        """Another boot: stamps of the last one mean nothing; cycles that were never dated stay undated."""
        state = self._state
        state.undated += len(state.unbooked)
        self._state = _State(
            days=state.days,
            hours=state.hours,
            undated=state.undated,
            licence=state.licence,
            apparent=state.apparent,
            measured=state.measured,
        )

    def _strip(self, now: Stamp, activity: Activity) -> None:
        """What she did when, for the strip of an event: the last spans of activity and the moments of cycles."""
        spans = self._state.spans
        if spans and spans[-1].kind is activity.kind:
            spans[-1].to_mono_ns = now.mono_ns
        else:
            spans.append(_Spell(activity.kind, now.mono_ns, now.mono_ns))
        while len(spans) > MOST_SPANS:
            spans.popleft()

    def _work(self, now: Stamp, dt_s: float, gear: GearEvidence | None, activity: Activity) -> None:
        state = self._state
        state.worked_mono_ns = now.mono_ns
        if state.interval is None:
            state.interval = _Interval(now.mono_ns, _text(now.utc))
        fresh = len(state.waiting)
        for item in state.waiting:
            state.interval.by[item.by] = state.interval.by.get(item.by, 0) + 1
            state.beats.append(str(item.mono_ns))
            self._book(now, item.mono_ns)
        state.waiting.clear()
        while len(state.beats) > 4 * MOST_SPANS:
            state.beats.popleft()
        last = int(state.beats[-1]) if state.beats else now.mono_ns
        stale_s = STALE_PERIODS * (60.0 if gear is None or gear.period_s is None else gear.period_s)
        suction = _by_suction(activity)
        lost_s = dt_s if not suction and (now.mono_ns - last) / _NS > stale_s else 0.0
        interval = state.interval
        interval.cycles += fresh
        interval.active_s += dt_s
        interval.not_counted_s += lost_s
        pump_s = dt_s if suction else 0.0
        interval.pump_s += pump_s
        if now.utc is not None:
            self._add(local_time(now.utc), Tally(0, dt_s, lost_s, pump_s))

    def _pass_unseen(self, now: Stamp, dt_s: float) -> None:
        """She lies and no camera sees the gear: whatever is done meanwhile is not counted, and that is said."""
        state = self._state
        state.worked_mono_ns = now.mono_ns
        if state.interval is None:
            state.interval = _Interval(now.mono_ns, _text(now.utc))
        state.interval.not_counted_s += dt_s
        state.interval.blind_s += dt_s
        if now.utc is not None:
            self._add(local_time(now.utc), Tally(0, 0.0, dt_s))

    def _book(self, now: Stamp, mono_ns: int) -> None:
        """One cycle onto its day, or among those whose day is not known yet."""
        if now.utc is None:
            self._state.unbooked.append(str(mono_ns))
            return
        moment = now.utc - timedelta(microseconds=(now.mono_ns - mono_ns) // 1000)
        self._add(local_time(moment), Tally(1))

    def _date(self, now: Stamp) -> None:
        if now.utc is not None:
            while self._state.unbooked:
                self._book(now, int(self._state.unbooked.popleft()))

    def _add(self, moment: datetime, more: Tally) -> None:
        days = self._state.days.setdefault(self._state.licence, {})
        add(days, self._state.hours.setdefault(self._state.licence, {}), moment, more)

    def _tell(self, now: Stamp) -> tuple[Body, ...]:
        """The record of the last ten minutes of work, or of what there was when the work has stopped."""
        state = self._state
        interval = state.interval
        if interval is None or state.worked_mono_ns is None:
            return ()
        over = (now.mono_ns - state.worked_mono_ns) / _NS > QUIET_S
        if interval.active_s < TOLD_EVERY_S and interval.blind_s < BLIND_TOLD_S and not over:
            return ()
        state.interval = None
        body: dict[str, Json] = {
            "from_mono_ns": str(interval.from_mono_ns),
            "from_utc": interval.from_utc,
            "to_mono_ns": str(state.worked_mono_ns),
            "licence": state.licence or None,
            "cycles": interval.cycles,
            "counted_by": dict(interval.by),
            "active_s": round(interval.active_s, 1),
            "pump_s": round(interval.pump_s, 1),
            "not_counted_s": round(interval.not_counted_s, 1),
            "blind_s": round(interval.blind_s, 1),
            **self.m3(interval.cycles),
            "totals": None if now.utc is None else self._totals(local_time(now.utc)),
        }
        return (Body("production", body),)

    def m3(self, cycles: int) -> dict[str, Json]:
        """The volume of so many cycles as it stands in a record; what it was reckoned from beside it."""
        bucket, swell = self.bucket(), self._swell()
        if bucket is None:
            return {"volume": None}
        made = volume(cycles, bucket, swell)
        return {
            "volume": {
                "loose_m3": made.loose_m3,
                "loose_error_m3": made.loose_error_m3,
                "in_place_m3": made.in_place_m3,
                "in_place_error_m3": made.in_place_error_m3,
                "swell": made.swell,
                "bucket_m3": bucket.volume_m3,
                "fill": bucket.fill,
                "fill_error": bucket.fill_error,
                "fill_loads": len(self._state.measured),
            }
        }

    def _totals(self, moment: datetime) -> Json:
        """Of this hour, day, month and year: under the licence she works by, and of the vessel under all."""
        state = self._state
        books: dict[str, tuple[list[Days], list[Hours]]] = {
            "licence": ([state.days.get(state.licence, {})], [state.hours.get(state.licence, {})]),
            "vessel": (list(state.days.values()), list(state.hours.values())),
        }
        return {
            whose: {
                span: {
                    "cycles": tally.cycles,
                    "active_s": tally.active_s,
                    "pump_s": tally.pump_s,
                    **self.m3(tally.cycles),
                }
                for span, tally in totals(days, hours, moment).items()
            }
            for whose, (days, hours) in books.items()
        }

    def measured(self, load: Measured) -> None:
        """Somebody measured a load of so many cycles: from now on the fill is reckoned with it."""
        self._state.measured = [*self._state.measured, load][-KEEP_MEASURED:]

    def bucket(self) -> Bucket | None:
        """What one cycle takes: the certificate's bucket where the licence lists the hull, else the settings'.

        Its fill is that of the measured loads, where there are any (`agent.licence.fill`).
        """
        held, row = self._settings.bucket, self._registered()
        if row is not None:
            held = Bucket(row.bucket_m3) if held is None else replace(held, volume_m3=row.bucket_m3)
        return None if held is None else calibrated(held, self._state.measured)

    def _registered(self) -> Vessel | None:
        """The own hull in the list of the licence she works by, on the last day she worked."""
        licence = self._licences.get(self._state.licence)
        last = max((day for days in self._state.days.values() for day in days), default=None)
        if licence is None or last is None:
            return None
        state, row = registration(licence.vessels, self._settings.hull_number, date.fromisoformat(last))
        return row if state is Registration.VALID and isinstance(row, Vessel) else None

    def _swell(self) -> float | None:
        licence = self._licences.get(self._state.licence)
        return None if licence is None or licence.quota is None else licence.quota.swell

    def findings(self, now: Stamp, loads: Loads | None = None) -> tuple[Finding, ...]:
        """What of quota and hours is passed under the licence she works by, and whether the bucket is the registered one."""
        licence, bucket, apparent = (
            self._licences.get(self._state.licence),
            self.bucket(),
            self._state.apparent,
        )
        found: tuple[Finding, ...] = ()
        if apparent is not None and apparent.differs:
            found += (bucket_finding(apparent, bucket, None if licence is None else licence.number),)
        if licence is None or now.utc is None:
            return found
        today = local_time(now.utc).date()
        days = by_date(self._state.days.get(licence.number, {}))
        if bucket is not None:
            row = self._registered()
            limits = Limits(
                licence.number,
                licence.quota,
                phase_on(licence, today),
                None if row is None else row.m3_per_day,
                _as_seen(bucket, apparent),
            )
            found += quota_findings(limits, days, today, bucket)
            if loads is not None:
                today_s = loads.on(today, licence.number)
                found += implausible(
                    today_s, licence.carriers, today, days.get(today, Tally()).cycles, bucket, licence.number
                )
        permitted_s = sum(
            60.0 * ((row.closes_min - row.opens_min) % 1440 or 1440) for row in hours_on(licence.hours, today)
        )
        return found + active_hours_finding(licence.number, days.get(today, Tally()).active_s, permitted_s)

    def work_since(self, mono_ns: int) -> Work | None:
        """Cycles, volume and strip since a moment of this boot; None where the gear was never seen at work."""
        state = self._state
        beats = tuple(round((int(beat) - mono_ns) / _NS, 1) for beat in state.beats if int(beat) >= mono_ns)
        spans = tuple(
            WorkSpan(
                spell.kind,
                round(max(0, spell.from_mono_ns - mono_ns) / _NS, 1),
                round((spell.to_mono_ns - mono_ns) / _NS, 1),
            )
            for spell in state.spans
            if spell.to_mono_ns > mono_ns
        )
        if not beats and not any(span.kind in AT_WORK for span in spans):
            return None
        active_s = sum(span.to_s - span.from_s for span in spans if span.kind is ActivityKind.DREDGING)
        bucket = self.bucket()
        made: Volume | None = None if bucket is None else volume(len(beats), bucket, self._swell())
        return Work(
            cycles=len(beats),
            active_s=round(active_s, 1),
            loose_m3=None if made is None else made.loose_m3,
            loose_error_m3=None if made is None else made.loose_error_m3,
            in_place_m3=None if made is None else made.in_place_m3,
            in_place_error_m3=None if made is None else made.in_place_error_m3,
            swell=None if made is None else made.swell,
            spans=spans,
            beats_s=beats,
        )

    def snapshot(self) -> Json:
        return state_json(self._state)

    def restore(self, data: Json, *, same_boot: bool) -> None:
        """Take up a snapshot; of another boot the tallies alone."""
        self._state = state_from_json(_State, data)
        if not same_boot:
            self._forget_stamps()


def _as_seen(bucket: Bucket, apparent: Apparent | None) -> Bucket | None:
    """The bucket as large as it looks; None where it looks as it did."""
    if apparent is None or not apparent.differs:
        return None
    ratio = apparent.volume_ratio
    return replace(
        bucket,
        volume_m3=bucket.volume_m3 * ratio,
        volume_error=math.hypot(bucket.volume_error, apparent.error / ratio),
    )


def _by_suction(activity: Activity) -> bool:
    """Is the sand pumped, by what is seen or by what the pump's line says?"""
    return activity.method == "suction" or any(reason.code == "pump_runs" for reason in activity.because)


def _unseen(activity: Activity) -> bool:
    """Does she lie, unknown what she does because no camera sees it?"""
    if activity.kind is not ActivityKind.UNKNOWN or not activity.at_rest:
        return False
    return any(reason.code in UNSEEN for reason in activity.because)


def _text(utc: datetime | None) -> str | None:
    if utc is None:
        return None
    return utc.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
