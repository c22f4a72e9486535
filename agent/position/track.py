"""Where the vessel was, how fast she goes, how long she has been still; and the track that is kept of it."""

from collections import deque
from dataclasses import dataclass, field
from datetime import UTC
from typing import cast

from agent.position.geodesy import distance_m
from agent.position.opinion import SUSPECT
from agent.position.snapshot import state_from_json, state_json
from agent.position.stillness import Spell, Stillness, StillSettings
from agent.types import Activity, ActivityKind, Body, Fix, Json, Stamp

KN_PER_M_S = 3600.0 / 1852.0
_NS = 1_000_000_000
_LYING = frozenset({ActivityKind.STATIONARY, ActivityKind.MOORED})


@dataclass(frozen=True, slots=True)
class Motion:
    """What the positions up to now say.

    `fix` is the last one with a position, `age_s` how long ago that was. `still_s` is how long she had been
    still at that fix (`agent.position.stillness` says what still means). `still_radius_m` is the farthest
    that a minute's mean position lay from the mean of them all, over the spell or its last 45 minutes; 0
    before the first whole minute. `sog_kn` is smoothed; None while it is not known.
    """

    fix: Fix | None
    age_s: float | None
    still_s: float
    still_radius_m: float
    sog_kn: float | None


@dataclass(frozen=True, slots=True)
class TrackSettings:
    """`sog_baseline_s`: where the receiver gives no speed it is the displacement over that time."""

    still: StillSettings = field(default_factory=StillSettings)
    sog_smooth_s: float = 5.0
    sog_baseline_s: float = 20.0


@dataclass(slots=True)
class _Mark:
    """A passed position, to measure speed from."""

    mono_ns: int
    lat_deg: float
    lon_deg: float


@dataclass(slots=True)
class _TrackState:
    fix: Fix | None = None
    spell: Spell | None = None
    sog_kn: float | None = None
    marks: deque[_Mark] = field(default_factory=deque)


class Track:
    """Takes every fix in order. A monotonic stamp earlier than the last is another boot: it starts anew."""

    def __init__(self, settings: TrackSettings | None = None) -> None:
        self._settings = settings or TrackSettings()
        self._state = _TrackState()
        self._stillness = Stillness(self._settings.still)

    def step(self, fix: Fix) -> Motion:
        """Take one fix; without a position it only lets time pass."""
        lat_deg, lon_deg = fix.lat_deg, fix.lon_deg
        if lat_deg is None or lon_deg is None:
            return self.motion(fix.mono_ns)
        last = self._state.fix
        if last is not None and fix.mono_ns < last.mono_ns:
            self._state = _TrackState()
            self._stillness = Stillness(self._settings.still)
            last = None
        state = self._state
        dt_s = 0.0 if last is None else (fix.mono_ns - last.mono_ns) / _NS
        self._speed(fix, lat_deg, lon_deg, dt_s)
        state.spell = self._stillness.step(fix, lat_deg, lon_deg, dt_s)
        state.fix = fix
        return self.motion(fix.mono_ns)

    def motion(self, mono_ns: int) -> Motion:
        """The same as of a later moment: only `age_s` has grown."""
        state = self._state
        fix, spell = state.fix, state.spell
        if fix is None or spell is None:
            return Motion(fix=None, age_s=None, still_s=0.0, still_radius_m=0.0, sog_kn=None)
        return Motion(
            fix,
            max(0, mono_ns - fix.mono_ns) / _NS,
            (spell.inside_mono_ns - spell.since_mono_ns) / _NS,
            spell.spread_m,
            state.sog_kn,
        )

    def _speed(self, fix: Fix, lat_deg: float, lon_deg: float, dt_s: float) -> None:
        state, sog_kn = self._state, fix.sog_kn
        if sog_kn is None:
            state.sog_kn = self._displacement_kn(fix.mono_ns, lat_deg, lon_deg)
        elif state.sog_kn is None:
            state.sog_kn = sog_kn
        else:
            state.sog_kn += (sog_kn - state.sog_kn) * dt_s / (self._settings.sog_smooth_s + dt_s)

    def _displacement_kn(self, mono_ns: int, lat_deg: float, lon_deg: float) -> float | None:
        """Speed from where she was `sog_baseline_s` ago; None while no position is of about that age."""
        marks, baseline_ns = self._state.marks, int(self._settings.sog_baseline_s * _NS)
        while len(marks) > 1 and mono_ns - marks[1].mono_ns >= baseline_ns:
            marks.popleft()
        if marks and mono_ns - marks[0].mono_ns > 3 * baseline_ns:
            marks.clear()
        if not marks or mono_ns - marks[-1].mono_ns >= _NS:
            marks.append(_Mark(mono_ns, lat_deg, lon_deg))
        first = marks[0]
        span_ns = mono_ns - first.mono_ns
        if span_ns < baseline_ns:
            return None
        return distance_m(first.lat_deg, first.lon_deg, lat_deg, lon_deg) / (span_ns / _NS) * KN_PER_M_S

    def snapshot(self) -> Json:
        return state_json(self._state)

    def restore(self, data: Json) -> None:
        self._state = state_from_json(_TrackState, data)
        self._stillness = Stillness(self._settings.still, self._state.spell)


@dataclass(frozen=True, slots=True)
class TrackLogSettings:
    """How often a point is kept and how long points are collected before they make a record."""

    moving_point_s: float = 10.0
    still_point_s: float = 60.0
    moving_record_s: float = 60.0
    still_record_s: float = 600.0


@dataclass(slots=True)
class _LogState:
    points: list[dict[str, str | float | list[str] | None]] = field(default_factory=list)
    first_mono_ns: int = 0
    last_mono_ns: int | None = None


class TrackLog:
    """The decimated track: a point every 10 s, every minute while she lies, collected into `track` records.

    The body is `{"points": [{"mono_ns", "utc", "lat_deg", "lon_deg", "sog_kn", "cog_deg", "error_m", "suspect"}, …]}`;
    `mono_ns` is text, `suspect` are the checks of `agent.position.trust` that doubt the point (mostly none), `utc` text or null, the other values are numbers, null where the receiver gave none.
    """

    def __init__(self, settings: TrackLogSettings | None = None) -> None:
        self._settings = settings or TrackLogSettings()
        self._state = _LogState()

    def step(self, fix: Fix, stamp: Stamp, activity: Activity) -> tuple[Body, ...]:
        """Take a fix, when it was, and what the vessel was doing: the records that are due (mostly none)."""
        if fix.lat_deg is None or fix.lon_deg is None:
            return ()
        state, settings, mono_ns = self._state, self._settings, stamp.mono_ns
        lying = activity.kind in _LYING
        last_ns = state.last_mono_ns
        point_ns = (settings.still_point_s if lying else settings.moving_point_s) * _NS
        if last_ns is not None and 0 <= mono_ns - last_ns < point_ns:
            return ()
        # points of another boot do not share a record with those of this one
        bodies = self.flush() if last_ns is not None and mono_ns < last_ns else ()
        state.last_mono_ns = mono_ns
        if not state.points:
            state.first_mono_ns = mono_ns
        state.points.append(_point(fix, stamp, fix.lat_deg, fix.lon_deg))
        record_ns = (settings.still_record_s if lying else settings.moving_record_s) * _NS
        # due when the next point would begin the next minute (or ten)
        if mono_ns - state.first_mono_ns + point_ns >= record_ns:
            bodies += self.flush()
        return bodies

    def flush(self) -> tuple[Body, ...]:
        """What has been collected, for the end of a run."""
        points = self._state.points
        if not points:
            return ()
        self._state.points = []
        kept = [cast("Json", dict(point)) for point in points]
        return (Body(kind="track", body={"points": kept}),)

    def snapshot(self) -> Json:
        return state_json(self._state)

    def restore(self, data: Json) -> None:
        self._state = state_from_json(_LogState, data)


def _point(
    fix: Fix, stamp: Stamp, lat_deg: float, lon_deg: float
) -> dict[str, str | float | list[str] | None]:
    utc = stamp.utc
    return {
        "mono_ns": str(stamp.mono_ns),
        "utc": None
        if utc is None
        else utc.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "lat_deg": round(lat_deg, 7),  # 1 cm
        "lon_deg": round(lon_deg, 7),
        "sog_kn": _rounded(fix.sog_kn),
        "cog_deg": _rounded(fix.cog_deg),
        "error_m": _rounded(fix.error_m),
        "suspect": [name for name, said in (fix.checks or {}).items() if said == SUSPECT],
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 2)
