"""Silence is a finding: a position lost or suspect, a camera that does not see.

One rule each, all `undetermined`, because silence accuses nobody:

- receiver silent: nothing heard from it for `receiver_s`;
- fix lost: it sends, and has had no position for `position_s`;
- until the first position since the start `grace_s` are allowed to either (a cold receiver needs minutes);
- position suspect: every fix for `suspect_s` had a doubt, and the last one is not old;
- camera lost: a camera, or the eyes, in a state other than healthy for `camera_s`.

A source that ended is a file read to its end: no loss. A thing heard or seen again ends its silence.
"""

from dataclasses import dataclass, field

from agent.position.snapshot import state_from_json, state_json
from agent.types import (
    Finding,
    FindingKind,
    Fix,
    Happening,
    Health,
    Json,
    Observation,
    Reason,
    SourceState,
    Verdict,
)

_NS = 1_000_000_000


@dataclass(frozen=True, slots=True)
class SilenceSettings:
    receiver_s: float = 30.0
    position_s: float = 60.0
    grace_s: float = 300.0
    suspect_s: float = 10.0
    camera_s: float = 60.0


@dataclass(slots=True)
class _Blind:
    """A camera or the eyes since they last were healthy."""

    since_mono_ns: int
    state: Health
    reason: str


@dataclass(slots=True)
class _State:
    start_mono_ns: int | None = None
    heard_mono_ns: int | None = None
    position_mono_ns: int | None = None
    lat_deg: float | None = None
    lon_deg: float | None = None
    suspect_mono_ns: int | None = None  # since when every fix has been suspect
    suspect: tuple[Reason, ...] = ()
    receiver_ended: bool = False
    blind: dict[str, _Blind] = field(default_factory=dict)


class Silence:
    """Takes every fix with its doubts, every state of a source, every observation; asked as time passes."""

    def __init__(self, settings: SilenceSettings | None = None) -> None:
        self._settings = settings or SilenceSettings()
        self._state = _State()

    def heard(self, fix: Fix, suspect: tuple[Reason, ...]) -> None:
        """The receiver sent something; `suspect` is what `agent.position.trust` said of it."""
        state = self._state
        self._begin(fix.mono_ns)
        state.heard_mono_ns = fix.mono_ns
        state.receiver_ended = False
        if fix.lat_deg is not None and fix.lon_deg is not None:
            state.position_mono_ns = fix.mono_ns
            state.lat_deg, state.lon_deg = fix.lat_deg, fix.lon_deg
        if not suspect:
            state.suspect_mono_ns = None
        elif state.suspect_mono_ns is None:
            state.suspect_mono_ns = fix.mono_ns
        state.suspect = suspect

    def step(self, source: SourceState) -> None:
        """A source changed state. The receiver is judged by what it sends; of its states only the end counts."""
        self._begin(source.mono_ns)
        if source.source == "gnss":
            self._state.receiver_ended = source.state is Health.ENDED
            return
        if source.source.startswith("line:"):
            return  # a line that cannot be read is a record; it is no camera
        if source.source == "card":
            return  # a card that is missing is no camera that is blind; the events say what could not be kept
        blind = self._state.blind
        if source.state in (Health.HEALTHY, Health.ENDED):
            blind.pop(source.source, None)
        elif source.source in blind:
            blind[source.source] = _Blind(blind[source.source].since_mono_ns, source.state, source.reason)
        else:
            blind[source.source] = _Blind(source.mono_ns, source.state, source.reason)

    def saw(self, observation: Observation) -> None:
        """A picture was looked at: that camera sees, and so do the eyes."""
        self._begin(observation.mono_ns)
        if self._state.blind:
            self._state.blind.pop(f"camera:{observation.camera}", None)
            self._state.blind.pop("eyes", None)

    def findings(self, mono_ns: int) -> tuple[tuple[Happening, tuple[Finding, ...]], ...]:
        """What is silent now, by happening; both happenings are always there, mostly with nothing."""
        self._begin(mono_ns)
        position = self._lost(mono_ns) + self._suspect(mono_ns)
        return ((Happening.POSITION, position), (Happening.SIGHT, self._blind(mono_ns)))

    def _begin(self, mono_ns: int) -> None:
        if self._state.start_mono_ns is None:
            self._state.start_mono_ns = mono_ns

    def _lost(self, mono_ns: int) -> tuple[Finding, ...]:
        state, settings = self._state, self._settings
        if state.receiver_ended:
            return ()
        start_ns = state.start_mono_ns or 0
        cold = state.position_mono_ns is None
        silent_s = (mono_ns - (start_ns if state.heard_mono_ns is None else state.heard_mono_ns)) / _NS
        lost_s = (mono_ns - (start_ns if state.position_mono_ns is None else state.position_mono_ns)) / _NS
        if silent_s > (settings.grace_s if cold else settings.receiver_s):
            seconds, code = silent_s, "receiver_silent"
        elif lost_s > (settings.grace_s if cold else settings.position_s):
            seconds, code = lost_s, "fix_lost_for"
        else:
            return ()
        because: tuple[Reason, ...] = (Reason(code, {"seconds": int(seconds)}),)
        if state.lat_deg is not None and state.lon_deg is not None:
            place = {"lat_deg": round(state.lat_deg, 7), "lon_deg": round(state.lon_deg, 7)}
            because = (*because, Reason("last_seen", place))
        return (_finding(FindingKind.POSITION_LOST, because, seconds),)

    def _suspect(self, mono_ns: int) -> tuple[Finding, ...]:
        state, settings = self._state, self._settings
        if state.suspect_mono_ns is None or state.heard_mono_ns is None:
            return ()
        if mono_ns - state.heard_mono_ns > settings.receiver_s * _NS:
            return ()  # silent by now: lost, no longer suspect
        seconds = (state.heard_mono_ns - state.suspect_mono_ns) / _NS
        if seconds < settings.suspect_s:
            return ()
        return (_finding(FindingKind.POSITION_SUSPECT, state.suspect, seconds),)

    def _blind(self, mono_ns: int) -> tuple[Finding, ...]:
        """One finding for all cameras, with a reason for each."""
        limit_ns = self._settings.camera_s * _NS
        lost = (
            sorted(
                (source, blind)
                for source, blind in self._state.blind.items()
                if mono_ns - blind.since_mono_ns > limit_ns
            )
            if self._state.blind
            else []
        )
        if not lost:
            return ()
        because = tuple(
            Reason(
                "camera_state",
                {
                    "camera": source.removeprefix("camera:"),
                    "state": blind.state.value,
                    "reason": blind.reason,
                },
            )
            for source, blind in lost
        )
        longest_s = (mono_ns - min(blind.since_mono_ns for _, blind in lost)) / _NS
        return (_finding(FindingKind.CAMERA_LOST, because, longest_s),)

    def snapshot(self) -> Json:
        return state_json(self._state)

    def restore(self, data: Json) -> None:
        self._state = state_from_json(_State, data)


def _finding(kind: FindingKind, because: tuple[Reason, ...], seconds: float) -> Finding:
    return Finding(kind, Verdict.UNDETERMINED, because, value=float(int(seconds)), unit="s")
