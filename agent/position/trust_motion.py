"""Doubts that the movement raises: a jump, a speed that does not fit, a slow drag, a position that stands.

- `jump`: against the last position, and against one some seconds older, the vessel would have gone faster than
  15 m/s even if both errors were at their bound. The older one catches a quick walk in steps that each hide
  within the errors. Everything for `hold_s` after it is suspect, so one wild fix and the return from it are one
  doubt and not two; then the new place is taken as the reference.
- `speed`: over some seconds the positions tell another speed than the receiver, which measures it apart from them.
- `drag`: over a minute the positions went elsewhere than the stated speed and course lead. A false position that
  moves off at a speed a boat could have is seen by this only while the stated speed does not go along with it.
- `frozen`: bit for bit the same position while she says she moves, or for ten minutes while her engine shakes the hull.
"""

from collections import deque
from dataclasses import dataclass, field
from math import cos, hypot, radians, sin
from typing import Final

from agent.position.bound import error_bound_m
from agent.position.geodesy import LocalMetres, distance_m
from agent.position.opinion import OK, UNKNOWN, Opinion, Opinions
from agent.types import Fix, Reason

_NS: Final = 1_000_000_000
_M_S_PER_KN: Final = 1852.0 / 3600.0
_SLOW_KN: Final = 0.5  # below it receivers leave the course empty
_REACH_M: Final = 5_000.0  # the plane of the marks is made anew beyond it


@dataclass(frozen=True, slots=True)
class MotionSettings:
    fastest_m_s: float = 15.0
    reference_s: float = 5.0  # age at which the older reference is replaced
    hold_s: float = 30.0
    speed_apart_m_s: float = 5.0
    drag_s: float = 60.0
    drag_m: float = 18.0
    drag_share: float = 0.25  # of the way made: turns and smoothed courses
    frozen_moving_s: float = 20.0
    frozen_kn: float = 1.0
    frozen_shaken_s: float = 600.0


@dataclass(slots=True)
class Seen:
    """A position as it was; `error_m` is its 95 % bound."""

    mono_ns: int
    lat_deg: float
    lon_deg: float
    error_m: float


@dataclass(slots=True)
class Mark:
    """Where she was, where her stated speeds had led to by then, how long a way that was, and how much of it had no course."""

    mono_ns: int
    east_m: float
    north_m: float
    led_east_m: float
    led_north_m: float
    way_m: float
    blind_m: float
    error_m: float


@dataclass(slots=True)
class MotionState:
    last: Seen | None = None
    reference: Seen | None = None
    jump: Reason | None = None
    jump_until_ns: int = 0
    origin: tuple[float, float] | None = None
    marks: deque[Mark] = field(default_factory=deque)
    led_east_m: float = 0.0
    led_north_m: float = 0.0
    way_m: float = 0.0
    blind_m: float = 0.0
    led_mono_ns: int | None = None  # None: the speed was not known, and the marks begin anew
    same_since_ns: int = 0
    moving_since_ns: int | None = None
    shaken: bool | None = None


class MotionTrust:
    """Takes every fix in order, and what the vibration sensor says."""

    def __init__(self, settings: MotionSettings) -> None:
        self._settings = settings
        self.state = MotionState()
        self._local = LocalMetres(0.0, 0.0)

    def restored(self) -> None:
        """The state was set from outside."""
        if self.state.origin is not None:
            self._local = LocalMetres(*self.state.origin)

    def step(self, fix: Fix) -> Opinions:
        """`jump`, `speed`, `drag` and `frozen`."""
        state = self.state
        speed: Opinion = UNKNOWN
        drag: Opinion = UNKNOWN
        frozen: Opinion = UNKNOWN
        if fix.lat_deg is not None and fix.lon_deg is not None:
            here = Seen(fix.mono_ns, fix.lat_deg, fix.lon_deg, error_bound_m(fix))
            frozen = self._frozen(fix, here)
            speed = self._place(fix, here)
            drag = self._drag(fix, fix.lat_deg, fix.lon_deg)
        if state.jump is not None and fix.mono_ns >= state.jump_until_ns:
            state.jump = None
        jump: Opinion = state.jump or (UNKNOWN if fix.lat_deg is None else OK)
        return {"jump": jump, "speed": speed, "drag": drag, "frozen": frozen}

    def _place(self, fix: Fix, here: Seen) -> Opinion:
        state, settings = self.state, self._settings
        jumped = self._jump(state.last, here)
        if jumped is None and state.reference is not state.last:
            jumped = self._jump(state.reference, here)
        speed: Opinion = UNKNOWN
        if jumped is not None:
            state.jump_until_ns = here.mono_ns + int(settings.hold_s * _NS)
            # the first jump of a flurry is the one to tell of
            state.jump = state.jump or jumped
            state.reference = here
        elif state.reference is None:
            state.reference = here
        else:
            speed = self._speed(fix, state.reference, here)
            if here.mono_ns - state.reference.mono_ns >= settings.reference_s * _NS:
                state.reference = here
        state.last = here
        return speed

    def _jump(self, before: Seen | None, here: Seen) -> Reason | None:
        if before is None:
            return None
        gone_m = distance_m(before.lat_deg, before.lon_deg, here.lat_deg, here.lon_deg)
        seconds = (here.mono_ns - before.mono_ns) / _NS
        if gone_m <= self._settings.fastest_m_s * seconds + before.error_m + here.error_m:
            return None
        return Reason("position_jump", {"distance_m": round(gone_m, 1), "seconds": round(seconds, 1)})

    def _speed(self, fix: Fix, before: Seen, here: Seen) -> Opinion:
        seconds = (here.mono_ns - before.mono_ns) / _NS
        if fix.sog_kn is None or not 3.0 <= seconds <= 3.0 * self._settings.reference_s:
            return UNKNOWN
        gone_m = distance_m(before.lat_deg, before.lon_deg, here.lat_deg, here.lon_deg)
        apart_m_s = abs(gone_m / seconds - fix.sog_kn * _M_S_PER_KN)
        if apart_m_s <= self._settings.speed_apart_m_s + (before.error_m + here.error_m) / (2.0 * seconds):
            return OK
        return Reason("speed_differs", {"metres_a_second": round(apart_m_s, 1)})

    def _drag(self, fix: Fix, lat_deg: float, lon_deg: float) -> Opinion:
        state, settings, now_ns = self.state, self._settings, fix.mono_ns
        if fix.sog_kn is None or (fix.sog_kn >= _SLOW_KN and fix.cog_deg is None):
            state.led_mono_ns = None
            return UNKNOWN
        if state.led_mono_ns is None or state.origin is None or state.jump is not None:
            return self._begin_marks(lat_deg, lon_deg, now_ns)
        seconds = (now_ns - state.led_mono_ns) / _NS
        if not 0.0 <= seconds <= 10.0:
            return self._begin_marks(lat_deg, lon_deg, now_ns)
        step_m = fix.sog_kn * _M_S_PER_KN * seconds
        course = radians(fix.cog_deg or 0.0)
        state.way_m += step_m
        if fix.cog_deg is None:
            state.blind_m += step_m
        else:
            state.led_east_m += step_m * sin(course)
            state.led_north_m += step_m * cos(course)
        state.led_mono_ns = now_ns
        east_m, north_m = self._local.metres(lat_deg, lon_deg)
        if hypot(east_m, north_m) > _REACH_M:
            return self._begin_marks(lat_deg, lon_deg, now_ns)
        marks = state.marks
        while len(marks) > 1 and now_ns - marks[1].mono_ns >= settings.drag_s * _NS:
            marks.popleft()
        if not marks or now_ns - marks[-1].mono_ns >= 5 * _NS:
            led = (state.led_east_m, state.led_north_m, state.way_m, state.blind_m)
            marks.append(Mark(now_ns, east_m, north_m, *led, error_bound_m(fix)))
        first = marks[0]
        off_m = hypot(
            east_m - first.east_m - (state.led_east_m - first.led_east_m),
            north_m - first.north_m - (state.led_north_m - first.led_north_m),
        )
        noise_m = max(0.0, first.error_m + error_bound_m(fix) - settings.drag_m)
        turns_m = settings.drag_share * (state.way_m - first.way_m) + state.blind_m - first.blind_m
        if off_m <= settings.drag_m + noise_m + turns_m:
            return OK
        seconds = (now_ns - first.mono_ns) / _NS
        return Reason("position_dragged", {"distance_m": round(off_m, 1), "seconds": round(seconds)})

    def _begin_marks(self, lat_deg: float, lon_deg: float, now_ns: int) -> Opinion:
        state = self.state
        state.origin = (lat_deg, lon_deg)
        self._local = LocalMetres(lat_deg, lon_deg)
        state.marks.clear()
        state.led_east_m = state.led_north_m = state.way_m = state.blind_m = 0.0
        state.led_mono_ns = now_ns
        return UNKNOWN

    def _frozen(self, fix: Fix, here: Seen) -> Opinion:
        state, settings, last = self.state, self._settings, self.state.last
        if last is None or (last.lat_deg, last.lon_deg) != (here.lat_deg, here.lon_deg):
            state.same_since_ns = here.mono_ns
        if fix.sog_kn is None or fix.sog_kn < settings.frozen_kn:
            state.moving_since_ns = None
        elif state.moving_since_ns is None:
            state.moving_since_ns = here.mono_ns
        same_s = (here.mono_ns - state.same_since_ns) / _NS
        moving_s = 0.0 if state.moving_since_ns is None else (here.mono_ns - state.moving_since_ns) / _NS
        if min(same_s, moving_s) >= settings.frozen_moving_s:
            return Reason("position_frozen", {"seconds": int(same_s)})
        if same_s < settings.frozen_shaken_s:
            return OK
        # many receivers hold a resting position on purpose: without an engine it says nothing
        return Reason("position_frozen", {"seconds": int(same_s)}) if state.shaken else UNKNOWN
