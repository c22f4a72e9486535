"""Can this fix be believed?

A suspect fix is labelled, never dropped, and never accuses. Every check says ok, suspect or unknown, and all of it
is kept with the fix (`Fix.checks`); the families stand in `trust_claims`, `trust_motion`, `trust_time`, `trust_sky` and
`trust_place`. All are from plain sentences: what they cannot see is a receiver that is lied to consistently, in place,
speed and strength (docs/gnss.md).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.position.opinion import SUSPECT, Opinions
from agent.position.snapshot import state_from_json, state_json
from agent.position.trust_claims import ClaimsState, claims
from agent.position.trust_motion import MotionSettings, MotionState, MotionTrust
from agent.position.trust_place import PlaceLimits, placed
from agent.position.trust_sky import SkySettings, SkyState, SkyTrust
from agent.position.trust_time import TimeSettings, TimeState, TimeTrust
from agent.types import Fix, Json, Reason, Signal, Sky


@dataclass(frozen=True, slots=True)
class TrustSettings:
    limits: PlaceLimits = field(default_factory=PlaceLimits)
    motion: MotionSettings = field(default_factory=MotionSettings)
    time: TimeSettings = field(default_factory=TimeSettings)
    sky: SkySettings = field(default_factory=SkySettings)


@dataclass(slots=True)
class _State:
    claims: ClaimsState
    motion: MotionState
    time: TimeState
    sky: SkyState
    latest_mono_ns: int = 0


class Trust:
    """Takes every fix and sky in order; an earlier monotonic stamp than the last (another boot) starts anew."""

    def __init__(self, settings: TrustSettings | None = None) -> None:
        self._settings = settings or TrustSettings()
        self._latest_ns = 0
        self._checks: Mapping[str, str] = {}
        self._begin()

    def _begin(self) -> None:
        self._claims = ClaimsState()
        self._motion = MotionTrust(self._settings.motion)
        self._time = TimeTrust(self._settings.time)
        self._sky = SkyTrust(self._settings.sky)

    @property
    def checks(self) -> Mapping[str, str]:
        """What every check said of the last fix: `ok`, `suspect` or `unknown`. Never changed afterwards."""
        return self._checks

    def sky(self, sky: Sky) -> None:
        self._sky.sky(sky)

    def signal(self, signal: Signal) -> None:
        """The vibration sensor says whether the engine runs; other lines are no matter here."""
        if signal.name == "vibration":
            self._motion.state.shaken = signal.value > 0.0

    def step(self, fix: Fix) -> tuple[Reason, ...]:
        """Why this fix is suspect; empty when it is believed."""
        if fix.mono_ns < self._latest_ns:
            self._begin()
        self._latest_ns = fix.mono_ns
        opinions: Opinions = {
            **claims(fix, self._claims),
            **self._motion.step(fix),
            **self._time.step(fix),
            **placed(fix, self._settings.limits),
            **self._sky.step(fix.mono_ns),
        }
        checks = {
            name: opinion if isinstance(opinion, str) else SUSPECT for name, opinion in opinions.items()
        }
        if checks != self._checks:
            self._checks = checks
        return tuple([opinion for opinion in opinions.values() if not isinstance(opinion, str)])

    def snapshot(self) -> Json:
        return state_json(
            _State(self._claims, self._motion.state, self._time.state, self._sky.state, self._latest_ns)
        )

    def restore(self, data: Json) -> None:
        state = state_from_json(_State, data)
        self._motion.state, self._time.state, self._sky.state = state.motion, state.time, state.sky
        self._claims = state.claims
        self._latest_ns = state.latest_mono_ns
        self._motion.restored()
