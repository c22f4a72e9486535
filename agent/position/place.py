"""Where the gear is, with its 95 % bound: what the rules measure distances from.

One fix and the lever arm give one place. Once the vessel has lain still for two minutes, the place is the mean over
the minutes in which she lay where she lies now: a minute's mean that lies farther from the latest than the
receiver's own error ends the span, so a barge that warps along the cut is not said to be where she was half an hour
ago, and one whose swing an RTK receiver sees is followed fix by fix. What is said of a mean is where the gear was on
the mean of that span. A single fix that is surer than the mean (its span holds the poor fixes of another hour) is
taken instead.

A suspect fix is a place of its own and enters no mean.
"""

from collections import deque
from dataclasses import dataclass, field
from math import hypot, sqrt
from typing import Final

from agent.position.antenna import Antenna, AntennaSettings, Lever
from agent.position.bound import ERROR_UNSTATED_M, ReceiverClass, floor_m, stated_bound_m, total_bound_m
from agent.position.geodesy import LocalMetres
from agent.position.snapshot import state_from_json, state_json
from agent.position.track import Motion
from agent.types import Fix, Heading, Json, Reason

_NS: Final = 1_000_000_000
_MINUTE_NS: Final = 60 * _NS
LEAST_MINUTES: Final = 2


@dataclass(frozen=True, slots=True)
class GearPlace:
    """`mean_s` is how long the mean goes back, 0 for a single fix. `notes` say what the bound was made of."""

    lat_deg: float
    lon_deg: float
    error_m: float
    sog_kn: float | None = None
    mean_s: float = 0.0
    notes: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class PlaceSettings:
    receiver: ReceiverClass = ReceiverClass.SINGLE_FREQUENCY
    antenna: AntennaSettings = field(default_factory=AntennaSettings)
    longest_minutes: int = 240


@dataclass(slots=True)
class Minute:
    """Sums of one minute; the errors that are not averaged are the worst of it."""

    start_mono_ns: int
    fixes: int = 0
    east_m: float = 0.0
    north_m: float = 0.0
    stated_m2: float = 0.0
    floor_m: float = 0.0
    random_m: float = 0.0
    slack_m: float = 0.0

    def add(self, other: "Minute") -> None:
        self.fixes += other.fixes
        self.east_m += other.east_m
        self.north_m += other.north_m
        self.stated_m2 += other.stated_m2
        self.floor_m = max(self.floor_m, other.floor_m)
        self.random_m = max(self.random_m, other.random_m)
        self.slack_m = max(self.slack_m, other.slack_m)


@dataclass(slots=True)
class _Span:
    """The minutes of one time of lying still, in metres from `lat_deg, lon_deg`."""

    lat_deg: float
    lon_deg: float
    minute: Minute
    minutes: deque[Minute] = field(default_factory=deque)
    closed: Minute | None = None  # the sum of `minutes`


@dataclass(slots=True)
class _State:
    span: _Span | None = None
    still_s: float = 0.0


class Places:
    """Takes every heading and every fix with what the track says of it, in order."""

    def __init__(self, settings: PlaceSettings | None = None) -> None:
        self._settings = settings or PlaceSettings()
        self._antenna = Antenna(self._settings.antenna)
        self._state = _State()
        self._local = LocalMetres(0.0, 0.0)

    def heard(self, heading: Heading) -> None:
        self._antenna.heard(heading)

    def step(self, fix: Fix, motion: Motion, *, suspect: bool = False) -> GearPlace | None:
        """The place of the gear at this fix; None without a position."""
        if fix.lat_deg is None or fix.lon_deg is None:
            return None
        lever = self._antenna.lever(fix)
        one = self._one(fix, lever)
        if suspect:
            return self._single(fix, fix.lat_deg, fix.lon_deg, one, lever)
        state = self._state
        still_s, state.still_s = state.still_s, motion.still_s
        if state.span is None or motion.still_s < still_s or motion.still_s == 0.0:
            state.span = _Span(fix.lat_deg, fix.lon_deg, one)
            self._local = LocalMetres(fix.lat_deg, fix.lon_deg)
            one.east_m, one.north_m = lever.east_m, lever.north_m
            return self._single(fix, fix.lat_deg, fix.lon_deg, one, lever)
        east_m, north_m = self._local.metres(fix.lat_deg, fix.lon_deg)
        one.east_m, one.north_m = east_m + lever.east_m, north_m + lever.north_m
        self._take(state.span, one)
        single = self._single(fix, fix.lat_deg, fix.lon_deg, one, lever)
        closed = state.span.closed
        if closed is None or len(state.span.minutes) < LEAST_MINUTES:
            return single
        mean = self._mean(state.span, closed, fix, lever)
        return mean if mean.error_m < single.error_m else single

    def _one(self, fix: Fix, lever: Lever) -> Minute:
        stated_m = stated_bound_m(fix, self._settings.receiver)
        return Minute(
            fix.mono_ns,
            1,
            0.0,
            0.0,
            stated_m * stated_m,
            floor_m(self._settings.receiver, fix.quality),
            lever.random_m,
            lever.slack_m,
        )

    def _single(self, fix: Fix, lat_deg: float, lon_deg: float, one: Minute, lever: Lever) -> GearPlace:
        if lever.east_m or lever.north_m:
            lat_deg, lon_deg = LocalMetres(lat_deg, lon_deg).degrees(lever.east_m, lever.north_m)
        error_m = total_bound_m(sqrt(one.stated_m2), one.floor_m, one.random_m) + one.slack_m
        return GearPlace(lat_deg, lon_deg, error_m, fix.sog_kn, notes=_notes(fix, lever))

    def _take(self, span: _Span, one: Minute) -> None:
        if one.start_mono_ns - span.minute.start_mono_ns < _MINUTE_NS:
            span.minute.add(one)
            return
        latest = span.minute
        span.minute = one
        span.minutes.append(latest)
        while len(span.minutes) > self._settings.longest_minutes or not _agrees(span.minutes[0], latest):
            span.minutes.popleft()
        closed = Minute(span.minutes[0].start_mono_ns)
        for minute in span.minutes:
            closed.add(minute)
        span.closed = closed

    def _mean(self, span: _Span, closed: Minute, fix: Fix, lever: Lever) -> GearPlace:
        now = span.minute
        fixes = closed.fixes + now.fixes
        seconds = (fix.mono_ns - closed.start_mono_ns) / _NS
        error_m = total_bound_m(
            sqrt((closed.stated_m2 + now.stated_m2) / fixes),
            max(closed.floor_m, now.floor_m),
            max(closed.random_m, now.random_m),
            seconds,
        ) + max(closed.slack_m, now.slack_m)
        lat_deg, lon_deg = self._local.degrees(
            (closed.east_m + now.east_m) / fixes, (closed.north_m + now.north_m) / fixes
        )
        notes = (Reason("mean_of", {"minutes": int(seconds // 60)}), *_notes(fix, lever))
        return GearPlace(lat_deg, lon_deg, error_m, fix.sog_kn, seconds, notes)

    def snapshot(self) -> Json:
        return {"places": state_json(self._state), "antenna": self._antenna.snapshot()}

    def restore(self, data: Json) -> None:
        held = data if isinstance(data, dict) else {}
        self._state = state_from_json(_State, held.get("places"))
        self._antenna.restore(held.get("antenna"))
        span = self._state.span
        self._local = LocalMetres(0.0, 0.0) if span is None else LocalMetres(span.lat_deg, span.lon_deg)


def _agrees(old: Minute, latest: Minute) -> bool:
    """Do two minutes lie within the receiver's own error of each other?"""
    apart_m = hypot(
        old.east_m / old.fixes - latest.east_m / latest.fixes,
        old.north_m / old.fixes - latest.north_m / latest.fixes,
    )
    return apart_m <= sqrt(latest.stated_m2 / latest.fixes)


def _notes(fix: Fix, lever: Lever) -> tuple[Reason, ...]:
    if fix.error_m is None:
        return (Reason("error_unstated", {"error_m": ERROR_UNSTATED_M}), *lever.notes)
    return lever.notes
