"""What the own vessel is doing, from position alone: the first evidence of `agent.activity.recogniser`.

| kind | enters | leaves |
|---|---|---|
| transiting | smoothed sog above 1.5 kn for 15 s | sog at or below 1.0 kn for 15 s |
| stationary | still for 3 minutes | not still again within 5 minutes of leaving the circle, or transiting |
| moored | still for 45 minutes, the minutes' means within 8 m | one of them farther than 12 m: stationary |
| unknown | no position for more than 60 s, or none of the others | |

What this cannot tell: a dredger held on spuds or four anchors, grab working, lies as quietly as one made fast
to a quay, so `moored` means no more than "has lain within the noise of the receiver for long"; and a barge that
lies at one anchor swings too wide to be called moored though nobody is aboard. Place and licence are no
evidence of activity and are not asked.
"""

from dataclasses import dataclass
from typing import Final

from agent.position.snapshot import state_from_json, state_json
from agent.position.track import Motion
from agent.types import Activity, ActivityKind, Json, Reason

_NS = 1_000_000_000
_LYING = frozenset({ActivityKind.STATIONARY, ActivityKind.MOORED})
NO_POSITION: Final = Reason("no_position")
POSITION_ONLY: Final = Reason("position_only")


@dataclass(frozen=True, slots=True)
class PaceSettings:
    transiting_kn: float = 1.5
    slow_kn: float = 1.0
    confirm_s: float = 15.0
    still_s: float = 180.0
    keep_stationary_s: float = 300.0
    moored_s: float = 2700.0
    moored_radius_m: float = 8.0
    unmoored_radius_m: float = 12.0
    no_position_s: float = 60.0


@dataclass(slots=True)
class _State:
    kind: ActivityKind = ActivityKind.UNKNOWN
    since_mono_ns: int | None = None
    fast_since_mono_ns: int | None = None  # sog above the upper limit since
    slow_since_mono_ns: int | None = None  # sog at or below the lower limit since
    still_mono_ns: int = 0  # when she was last still long enough
    latest_mono_ns: int = 0


class Pace:
    """Takes the motion after every fix, and after ticks while no fix comes, in order of `mono_ns`.

    A moment earlier than the last one is another boot: what was known of the first is dropped.
    """

    def __init__(self, settings: PaceSettings | None = None) -> None:
        self._settings = settings or PaceSettings()
        self._state = _State()
        self._told = (0, -1.0)  # minutes and radius of the reason in `_still`, made once for each
        self._still: tuple[Reason, ...] = ()

    def step(self, motion: Motion, mono_ns: int) -> Activity:
        if mono_ns < self._state.latest_mono_ns:
            self._state = _State()
        state = self._state
        state.latest_mono_ns = mono_ns
        kind = self._kind(motion, mono_ns)
        if kind is not state.kind or state.since_mono_ns is None:
            state.kind = kind
            state.since_mono_ns = mono_ns
        return Activity(
            kind=kind,
            since_mono_ns=state.since_mono_ns,
            because=self._because(kind, motion),
            at_rest=kind in _LYING,
        )

    def _kind(self, motion: Motion, mono_ns: int) -> ActivityKind:
        state, settings = self._state, self._settings
        if motion.age_s is None or motion.age_s > settings.no_position_s:
            state.fast_since_mono_ns = state.slow_since_mono_ns = None
            return ActivityKind.UNKNOWN
        fast, slow = self._paces(motion.sog_kn, mono_ns)
        if fast or (state.kind is ActivityKind.TRANSITING and not slow):
            return ActivityKind.TRANSITING
        if motion.still_s >= settings.still_s:
            state.still_mono_ns = mono_ns
            radius_m = (
                settings.unmoored_radius_m if state.kind is ActivityKind.MOORED else settings.moored_radius_m
            )
            if motion.still_s >= settings.moored_s and motion.still_radius_m <= radius_m:
                return ActivityKind.MOORED
            return ActivityKind.STATIONARY
        if state.kind in _LYING and mono_ns - state.still_mono_ns <= settings.keep_stationary_s * _NS:
            return ActivityKind.STATIONARY
        return ActivityKind.UNKNOWN

    def _paces(self, sog_kn: float | None, mono_ns: int) -> tuple[bool, bool]:
        """Has the speed been above the upper limit, and has it been below the lower, for `confirm_s`?"""
        state, settings = self._state, self._settings
        if sog_kn is None or sog_kn <= settings.transiting_kn:
            state.fast_since_mono_ns = None
        elif state.fast_since_mono_ns is None:
            state.fast_since_mono_ns = mono_ns
        if sog_kn is not None and sog_kn > settings.slow_kn:
            state.slow_since_mono_ns = None
        elif state.slow_since_mono_ns is None:
            state.slow_since_mono_ns = mono_ns
        confirm_ns = settings.confirm_s * _NS
        return (
            state.fast_since_mono_ns is not None and mono_ns - state.fast_since_mono_ns >= confirm_ns,
            state.slow_since_mono_ns is not None and mono_ns - state.slow_since_mono_ns >= confirm_ns,
        )

    def _because(self, kind: ActivityKind, motion: Motion) -> tuple[Reason, ...]:
        settings = self._settings
        if motion.age_s is None or motion.age_s > settings.no_position_s:
            return (NO_POSITION,)
        if kind is ActivityKind.TRANSITING:
            high = {"sog_kn": round(motion.sog_kn or 0.0, 1), "limit_kn": settings.transiting_kn}
            return (Reason("sog_high", high), POSITION_ONLY)
        if motion.still_s < settings.still_s:
            short = {"seconds": int(motion.still_s), "needed": int(settings.still_s)}
            return (Reason("still_not_long", short), POSITION_ONLY)
        # the radius is known of the last 45 minutes only, so no longer time is claimed for it
        minutes = int(min(motion.still_s, settings.moored_s) // 60)
        if (minutes, motion.still_radius_m) != self._told:
            self._told = (minutes, motion.still_radius_m)
            still = {"radius_m": round(motion.still_radius_m, 1), "minutes": minutes}
            self._still = (Reason("still_for", still), POSITION_ONLY)
        return self._still

    def snapshot(self) -> Json:
        return state_json(self._state)

    def restore(self, data: Json) -> None:
        self._state = state_from_json(_State, data)
