"""Does a camera see what it is there to see? Each cause has its own onset and end.

| cause | onset | told from |
|---|---|---|
| `covered` | 10 s | grey levels all alike, and not because of the night |
| `dark` | 60 s | hardly any light while the sun is down |
| `frozen` | 30 s | nothing is new from look to look, though the picture has contrast |
| `looped` | 60 s | minutes show again, all over the picture, what was seen before: a recording runs round and round |
| `defocused` | 60 s | by day, fine detail for its contrast under an eighth of what it has been |
| `drops` | 60 s | several new round spots, across the upper half, that stay while all behind them moves |
| `elsewhere` | 60 s | its edges are not where they have been: turned away, or on another hull |
| `hull` | 300 s | by day, the deck is not that of the commissioning |
| `sun` | 300 s | a dark picture or a night's sky by day, a bright one or a day's sky by night |
| `replaced` | at once | another size of picture, or other parameters of the stream, than it had |

What the camera is used to is learned while nothing is wrong, slowly, and kept across restarts: a box that was carried to
another hull while it was off says so. A cause ends when its measure has been right again for as long. What is measured
against the camera's own past is what she is used to after a day, else a camera that was rightly changed would be
called blind for ever; what is measured against the commissioning lasts until there is another.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from math import log
from typing import Final

from agent.position.snapshot import state_from_json, state_json
from agent.types import Finding, FindingKind, Json, Observation, Reason, Verdict

_NS: Final = 1_000_000_000
ONSET_S: Final = {
    "covered": 10.0,
    "dark": 60.0,
    "frozen": 30.0,
    "looped": 60.0,
    "defocused": 60.0,
    "drops": 60.0,
    "elsewhere": 60.0,
    "hull": 300.0,
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
BLUR_SHARE: Final = 0.12
LIKENESS: Final = 0.45  # correlation of the edges with those of before
DAY_DEG, NIGHT_DEG = 8.0, -10.0
BRIGHT_NIGHT: Final = 110.0
STILL: Final = 0.12  # grey levels of a cell; by day a river is never so still
LOOPED: Final = 0.7
LAG_SLACK_S: Final = 2.5
SPOTS: Final = 6
AS_COMMISSIONED: Final = 0.65  # of the landmarks, 1 as then
SKIES_APART: Final = 40.0  # grey levels between a day's and a night's sky, from which they can be told apart
USED_TO_S: Final = 86400.0
BY_ITS_PAST: Final = frozenset({"defocused", "elsewhere", "replaced"})


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
    stream: str = ""
    day_sky: float | None = None  # grey of the uppermost cells by day, and by night
    night_sky: float | None = None
    lag_s: float | None = None
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
        edges = [log(1.0 + byte) for byte in bytes.fromhex(seen.edges)]
        detail = seen.sharpness / max(1.0, seen.contrast) ** 2
        wrong = {name: wrong(seen, sun_deg) for name, wrong in PLAIN.items()}
        wrong["sun"] = wrong["sun"] or self._sky_against_sun(seen, sun_deg)
        learned = state.learned >= LEARNED_LOOKS
        plain = any(wrong.values())
        wrong["hull"] = not plain and _other_deck(seen, sun_deg)
        wrong["defocused"] = (
            learned and not plain and _is_day(seen, sun_deg) and detail < BLUR_SHARE * state.detail
        )
        wrong["elsewhere"] = (
            learned and not plain and seen.landmarks is None and _likeness(edges, state.edges) < LIKENESS
        )
        wrong["looped"] = self._again(seen)
        wrong["replaced"] = _differs(_size(seen), state.size) or _differs(seen.stream, state.stream)
        for name, is_wrong in wrong.items():
            _settle(state.causes[name], seen.mono_ns, ONSET_S[name], wrong=is_wrong)
        if not any(wrong.values()):
            self._learn(seen.mono_ns, edges, detail)
            self._learn_light(seen, sun_deg)
            state.size, state.stream = _size(seen), seen.stream or state.stream
        state.mono_ns = seen.mono_ns
        self._get_used(seen.mono_ns)

    def _sky_against_sun(self, seen: Observation, sun_deg: float | None) -> bool:
        """A sky as this camera knows it from the other half of the day."""
        state = self._state
        if sun_deg is None or _flat(seen):
            return False
        sky = _sky(seen)
        if state.day_sky is None or state.night_sky is None:
            return sun_deg < NIGHT_DEG and sky > BRIGHT_NIGHT
        apart = state.day_sky - state.night_sky
        if apart < SKIES_APART:
            return False
        share = (sky - state.night_sky) / apart
        return (sun_deg < NIGHT_DEG and share > 0.7) or (sun_deg > DAY_DEG and share < 0.3)

    def _again(self, seen: Observation) -> bool:
        """The same distance in time, look for look: chance does not keep one."""
        before, self._state.lag_s = self._state.lag_s, None
        if seen.repeat is None or seen.repeat_s is None or seen.repeat < LOOPED:
            return False
        self._state.lag_s = seen.repeat_s
        return before is not None and abs(seen.repeat_s - before) <= LAG_SLACK_S

    def _learn_light(self, seen: Observation, sun_deg: float | None) -> None:
        state = self._state
        if sun_deg is None:
            return
        if sun_deg > DAY_DEG:
            state.day_sky = _toward(state.day_sky, _sky(seen))
        elif sun_deg < NIGHT_DEG:
            state.night_sky = _toward(state.night_sky, _sky(seen))

    def _get_used(self, mono_ns: int) -> None:
        """What has differed from the camera's own past for a day is the past of the next."""
        for name in BY_ITS_PAST:
            since_ns = self._state.causes[name].since_mono_ns
            if since_ns is not None and mono_ns - since_ns > USED_TO_S * _NS:
                others = {
                    kept: cause for kept, cause in self._state.causes.items() if kept not in BY_ITS_PAST
                }
                self._state = _State(causes=_State().causes | others, mono_ns=mono_ns)
                return

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
        held = state_from_json(_State, data)
        if not same_boot:
            held = replace(held, causes=_State().causes, lag_s=None, mono_ns=None)
        self._state = held


def _flat(seen: Observation) -> bool:
    return seen.contrast is not None and seen.contrast < FLAT


def _covered(seen: Observation, sun_deg: float | None) -> bool:
    return _flat(seen) and (seen.brightness >= DARK or (sun_deg is not None and sun_deg > DAY_DEG))


def _dark(seen: Observation, sun_deg: float | None) -> bool:
    return seen.brightness < DARK and _flat(seen) and (sun_deg is None or sun_deg <= DAY_DEG)


def _frozen(seen: Observation, sun_deg: float | None) -> bool:
    if seen.change is None or _flat(seen):
        return False
    still = seen.news is not None and seen.news < STILL and _is_day(seen, sun_deg)
    return still or seen.change <= 0.01


def _dropped(seen: Observation, sun_deg: float | None) -> bool:
    return seen.spots is not None and seen.spots >= SPOTS and _is_day(seen, sun_deg)


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
    "drops": _dropped,
    "sun": _against_sun,
}


def _is_day(seen: Observation, sun_deg: float | None) -> bool:
    """By the sun; by the picture itself where place or time are not known."""
    return seen.brightness > 60.0 if sun_deg is None else sun_deg > 0.0


def _other_deck(seen: Observation, sun_deg: float | None) -> bool:
    """By day only: lamps show what they light, and not every night they are lit."""
    by_day = _is_day(seen, sun_deg) if sun_deg is None else sun_deg > DAY_DEG
    return by_day and seen.landmarks is not None and seen.landmarks < AS_COMMISSIONED


def _sky(seen: Observation) -> float:
    """Grey of the uppermost row of the mosaic."""
    row = bytes.fromhex(seen.mosaic[:16])
    return sum(row) / max(1, len(row))


def _size(seen: Observation) -> str:
    return f"{seen.width_px}x{seen.height_px}"


def _differs(one: str, other: str) -> bool:
    """Where both are known."""
    return bool(one) and bool(other) and one != other


def _toward(held: float | None, now: float) -> float:
    """Over some hundred looks."""
    return round(now if held is None else held + (now - held) / 300.0, 3)


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
