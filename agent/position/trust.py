"""Can this fix be believed?

A suspect fix is labelled, never dropped, and never accuses. Four plain checks; what they cannot see is a
slow drag: a false position that moves off at a speed a boat could have.

- The receiver says so itself: a datum other than WGS 84, or a position that is simulated, entered by hand or
  only estimated.
- Jump: against the last position, and against one some seconds older, the vessel would have gone faster than
  15 m/s even if both errors were at their bound. The older one catches a quick walk in steps that each hide
  within the errors.
- Time: UTC stepped by more than a second against the monotonic clock.

After a jump or a time step everything for `hold_s` is suspect, so one wild fix and the return from it are one
doubt and not two; then the new place or time is taken as the reference.
"""

from dataclasses import dataclass
from datetime import datetime

from agent.position.bound import error_bound_m
from agent.position.geodesy import distance_m
from agent.position.snapshot import state_from_json, state_json
from agent.types import Fix, FixQuality, Json, Reason

_NS = 1_000_000_000
_NOT_MEASURED = frozenset({FixQuality.ESTIMATED, FixQuality.MANUAL, FixQuality.SIMULATED})
_SIMULATED = Reason("position_simulated")


@dataclass(frozen=True, slots=True)
class TrustSettings:
    fastest_m_s: float = 15.0
    reference_s: float = 5.0  # age at which the older reference is replaced
    hold_s: float = 30.0
    time_step_s: float = 1.0
    clock_drift: float = 200e-6  # how far a cheap oscillator may run off while no UTC comes


@dataclass(slots=True)
class _Seen:
    """A position as it was; `error_m` is its 95 % bound."""

    mono_ns: int
    lat_deg: float
    lon_deg: float
    error_m: float


@dataclass(slots=True)
class _Held:
    """A reason that stays until `until_mono_ns`."""

    until_mono_ns: int
    reason: Reason


@dataclass(slots=True)
class _State:
    last: _Seen | None = None
    reference: _Seen | None = None
    utc: datetime | None = None
    utc_mono_ns: int = 0
    jump: _Held | None = None
    time_step: _Held | None = None
    latest_mono_ns: int = 0


class Trust:
    """Takes every fix in order; an earlier monotonic stamp than the last (another boot) starts anew."""

    def __init__(self, settings: TrustSettings | None = None) -> None:
        self._settings = settings or TrustSettings()
        self._state = _State()

    def step(self, fix: Fix) -> tuple[Reason, ...]:
        """Why this fix is suspect; empty when it is believed."""
        if fix.mono_ns < self._state.latest_mono_ns:
            self._state = _State()
        state = self._state
        state.latest_mono_ns = fix.mono_ns
        reasons: list[Reason] = []
        if fix.datum != "W84":
            reasons.append(Reason("datum_not_wgs84", {"datum": fix.datum}))
        if fix.quality in _NOT_MEASURED:
            reasons.append(_SIMULATED)
        if fix.lat_deg is not None and fix.lon_deg is not None:
            self._place(_Seen(fix.mono_ns, fix.lat_deg, fix.lon_deg, error_bound_m(fix)))
        if fix.utc is not None:
            self._time(fix.utc, fix.mono_ns)
        if state.jump is not None:
            if fix.mono_ns < state.jump.until_mono_ns:
                reasons.append(state.jump.reason)
            else:
                state.jump = None
        if state.time_step is not None:
            if fix.mono_ns < state.time_step.until_mono_ns:
                reasons.append(state.time_step.reason)
            else:
                state.time_step = None
        return tuple(reasons)

    def _place(self, here: _Seen) -> None:
        state, settings = self._state, self._settings
        jumped = self._jump(state.last, here)
        if jumped is None and state.reference is not state.last:
            jumped = self._jump(state.reference, here)
        if jumped is not None:
            until_ns = here.mono_ns + int(settings.hold_s * _NS)
            # the first jump of a flurry is the one to tell of
            state.jump = _Held(until_ns, jumped if state.jump is None else state.jump.reason)
            state.reference = here
        elif state.reference is None or here.mono_ns - state.reference.mono_ns >= settings.reference_s * _NS:
            state.reference = here
        state.last = here

    def _jump(self, before: _Seen | None, here: _Seen) -> Reason | None:
        if before is None:
            return None
        gone_m = distance_m(before.lat_deg, before.lon_deg, here.lat_deg, here.lon_deg)
        seconds = (here.mono_ns - before.mono_ns) / _NS
        if gone_m <= self._settings.fastest_m_s * seconds + before.error_m + here.error_m:
            return None
        return Reason("position_jump", {"distance_m": round(gone_m, 1), "seconds": round(seconds, 1)})

    def _time(self, utc: datetime, mono_ns: int) -> None:
        state, settings = self._state, self._settings
        if state.utc is not None:
            passed_s = (mono_ns - state.utc_mono_ns) / _NS
            stepped_s = (utc - state.utc).total_seconds() - passed_s
            if abs(stepped_s) > settings.time_step_s + settings.clock_drift * passed_s:
                until_ns = mono_ns + int(settings.hold_s * _NS)
                reason = Reason("time_jump", {"seconds": round(stepped_s, 1)})
                state.time_step = _Held(
                    until_ns, reason if state.time_step is None else state.time_step.reason
                )
        state.utc = utc
        state.utc_mono_ns = mono_ns

    def snapshot(self) -> Json:
        return state_json(self._state)

    def restore(self, data: Json) -> None:
        self._state = state_from_json(_State, data)
