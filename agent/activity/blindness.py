"""Does a camera see what it is there to see? Each cause has its own onset and end.

| cause | onset | told from |
|---|---|---|
| `covered` | 10 s | grey levels all alike, and not because of the night |
| `dark` | 60 s | hardly any light while the sun is down |
| `frozen` | 30 s | nothing at all changes from look to look, though the picture has contrast |
| `defocused` | 60 s | fine detail for its contrast under a third of what it has been |
| `elsewhere` | 60 s | its edges are not where they have been: turned away, or on another hull |
| `sun` | 300 s | a dark picture by day, a bright one by night |
| `replaced` | at once | the picture has another size than it had |

What the camera is used to is learned while nothing is wrong, slowly, and kept across restarts: a box that was carried to
another hull while it was off says `elsewhere`. A cause ends when its measure has been right again for as long.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from math import log
from typing import Final

from agent.position.snapshot import state_from_json, state_json
from agent.types import Finding, FindingKind, Json, Observation, Reason, Verdict

_NS: Final = 1_000_000_000
ONSET_S: Final = {
    "covered": 10.0,
    "dark": 60.0,
    "frozen": 30.0,
    "defocused": 60.0,
    "elsewhere": 60.0,
    "sun": 300.0,
    "replaced": 0.0,
}
NIGHTLY: Final = frozenset(
    {"dark"}
)  # makes the activity unknown, and is no event: the sun goes down every day
FLAT: Final = 8.0  # standard deviation of grey
DARK: Final = 10.0  # mean grey
LEARN_S: Final = 600.0
LEARNED_LOOKS: Final = 60
BLUR_SHARE: Final = 0.33
LIKENESS: Final = 0.45  # correlation of the edges with those of before
DAY_DEG, NIGHT_DEG = 8.0, -10.0
BRIGHT_NIGHT: Final = 110.0


@dataclass(slots=True)
class _Cause:
    wrong_mono_ns: int | None = None  # since when its measure is wrong without a break
    right_mono_ns: int | None = None
    since_mono_ns: int | None = None  # of the state, None while it does not hold


@dataclass(slots=True)
class _State:
    causes: dict[str, _Cause] = field(default_factory=lambda: {name: _Cause() for name in ONSET_S})
    edges: list[float] = field(default_factory=list)  # what it is used to
    detail: float = 0.0
    learned: int = 0
    size: str = ""
    mono_ns: int | None = None


class Blindness:
    """Takes the observations of one camera in order."""

    def __init__(self, camera: str) -> None:
        self._camera = camera
        self._state = _State()

    def step(self, seen: Observation, sun_deg: float | None) -> None:
        """One look; how high the sun stands, None where place or time are not known."""
        if seen.contrast is None or not seen.edges:
            return
        state = self._state
        size = f"{seen.width_px}x{seen.height_px}"
        edges = [log(1.0 + byte) for byte in bytes.fromhex(seen.edges)]
        detail = seen.sharpness / max(1.0, seen.contrast) ** 2
        wrong = {name: wrong(seen, sun_deg) for name, wrong in PLAIN.items()}
        learned = state.learned >= LEARNED_LOOKS
        plain = any(wrong.values())
        wrong["defocused"] = learned and not plain and detail < BLUR_SHARE * state.detail
        wrong["elsewhere"] = learned and not plain and _likeness(edges, state.edges) < LIKENESS
        wrong["replaced"] = bool(state.size) and size != state.size
        for name, is_wrong in wrong.items():
            _settle(state.causes[name], seen.mono_ns, ONSET_S[name], wrong=is_wrong)
        if not any(wrong.values()):
            self._learn(seen.mono_ns, edges, detail)
            state.size = size
        state.mono_ns = seen.mono_ns

    def _learn(self, mono_ns: int, edges: list[float], detail: float) -> None:
        state = self._state
        if not state.edges or len(state.edges) != len(edges):
            state.edges, state.detail, state.learned = edges, detail, 0
        passed_s = 1.0 if state.mono_ns is None else min(10.0, max(0.0, (mono_ns - state.mono_ns) / _NS))
        share = max(passed_s / LEARN_S, 1.0 / (state.learned + 1) if state.learned < LEARNED_LOOKS else 0.0)
        state.edges = [
            round(old + (new - old) * share, 4) for old, new in zip(state.edges, edges, strict=True)
        ]
        state.detail = round(state.detail + (detail - state.detail) * share, 6)
        state.learned = min(LEARNED_LOOKS, state.learned + 1)

    def blind(self) -> tuple[Reason, ...]:
        """Why it does not see now; empty while it does."""
        return tuple(
            Reason("camera_blind", {"camera": self._camera, "cause": name})
            for name, cause in self._state.causes.items()
            if cause.since_mono_ns is not None
        )

    def findings(self) -> tuple[Finding, ...]:
        """The causes that are events."""
        because = tuple(reason for reason in self.blind() if reason.values["cause"] not in NIGHTLY)
        if not because:
            return ()
        return (Finding(FindingKind.CAMERA_BLIND, Verdict.UNDETERMINED, because),)

    def snapshot(self) -> Json:
        return state_json(self._state)

    def restore(self, data: Json, *, same_boot: bool) -> None:
        """Take up a snapshot; of another boot what the camera is used to, and nothing else."""
        self._state = state_from_json(_State, data)
        if not same_boot:
            held = self._state
            self._state = _State(edges=held.edges, detail=held.detail, learned=held.learned, size=held.size)


def _flat(seen: Observation) -> bool:
    return seen.contrast is not None and seen.contrast < FLAT


def _covered(seen: Observation, sun_deg: float | None) -> bool:
    return _flat(seen) and (seen.brightness >= DARK or (sun_deg is not None and sun_deg > DAY_DEG))


def _dark(seen: Observation, sun_deg: float | None) -> bool:
    return seen.brightness < DARK and _flat(seen) and (sun_deg is None or sun_deg <= DAY_DEG)


def _frozen(seen: Observation, sun_deg: float | None) -> bool:
    del sun_deg
    return seen.change is not None and seen.change <= 0.01 and not _flat(seen)


def _against_sun(seen: Observation, sun_deg: float | None) -> bool:
    if sun_deg is None or _flat(seen):
        return False
    return (sun_deg > DAY_DEG and seen.brightness < DARK) or (
        sun_deg < NIGHT_DEG and seen.brightness > BRIGHT_NIGHT
    )


PLAIN: Final[dict[str, Callable[[Observation, float | None], bool]]] = {
    "covered": _covered,
    "dark": _dark,
    "frozen": _frozen,
    "sun": _against_sun,
}


def _settle(cause: _Cause, mono_ns: int, onset_s: float, *, wrong: bool) -> None:
    """Hysteresis both ways."""
    if wrong:
        cause.right_mono_ns = None
        if cause.wrong_mono_ns is None:
            cause.wrong_mono_ns = mono_ns
        if cause.since_mono_ns is None and mono_ns - cause.wrong_mono_ns >= onset_s * _NS:
            cause.since_mono_ns = cause.wrong_mono_ns
        return
    cause.wrong_mono_ns = None
    if cause.since_mono_ns is None:
        return
    if cause.right_mono_ns is None:
        cause.right_mono_ns = mono_ns
    if mono_ns - cause.right_mono_ns >= onset_s * _NS:
        cause.since_mono_ns = cause.right_mono_ns = None


def _likeness(one: list[float], other: list[float]) -> float:
    """Correlation of two lists of numbers of the same length; 1 where either is all alike."""
    if len(one) != len(other) or not one:
        return 1.0
    mean_one, mean_other = sum(one) / len(one), sum(other) / len(other)
    both = sum((a - mean_one) * (b - mean_other) for a, b in zip(one, other, strict=True))
    spread = sum((a - mean_one) ** 2 for a in one) * sum((b - mean_other) ** 2 for b in other)
    return 1.0 if spread <= 1e-9 else float(both / spread**0.5)
