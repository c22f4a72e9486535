"""Doubts that the satellites raise: jammers drown all at once, simulators send all alike.

Each of these says something only of receivers that send GSV. A strength that falls by more than 6 dB within 10 s over
all satellites, or most satellites gone at once, is noise on the band; strengths that hardly differ, that are all
above what comes from the sky, or satellites that stand at the horizon by the score come from one antenna near by.
"""

from collections import deque
from dataclasses import dataclass, field
from statistics import fmean, pstdev
from typing import Final

from agent.position.opinion import OK, UNKNOWN, Opinion, Opinions
from agent.types import Reason, Sky

_NS: Final = 1_000_000_000
ENOUGH: Final = 6  # satellites with a strength, to speak of a spread
FEW: Final = 4


@dataclass(frozen=True, slots=True)
class SkySettings:
    drop_db: float = 6.0
    drop_s: float = 12.0
    gone_share: float = 0.6
    least_spread_db: float = 1.5
    strongest_dbhz: float = 48.0
    confirm_s: float = 10.0  # how long a sky must look made before it is said
    old_s: float = 15.0
    hold_s: float = 60.0


@dataclass(slots=True)
class Heard:
    mono_ns: int
    mean_dbhz: float
    count: int


@dataclass(slots=True)
class SkyState:
    recent: deque[Heard] = field(default_factory=deque)
    drop: Reason | None = None
    drop_until_ns: int = 0
    uniform_since_ns: int | None = None
    strong_since_ns: int | None = None
    spread_db: float | None = None
    low: int | None = None  # satellites at or below the horizon, of those with a strength
    count: int = 0
    mono_ns: int | None = None


class SkyTrust:
    """Takes every sky; asked at every fix."""

    def __init__(self, settings: SkySettings) -> None:
        self._settings = settings
        self.state = SkyState()

    def sky(self, sky: Sky) -> None:
        state, settings, now_ns = self.state, self._settings, sky.mono_ns
        strengths = [cn0 for cn0 in sky.cn0_dbhz if cn0 > 0]
        state.mono_ns, state.count = now_ns, len(strengths)
        state.spread_db = pstdev(strengths) if len(strengths) >= ENOUGH else None
        uniform = state.spread_db is not None and state.spread_db < settings.least_spread_db
        state.uniform_since_ns = _since(state.uniform_since_ns, now_ns, holds=uniform)
        strong = len(strengths) >= FEW and min(strengths) > settings.strongest_dbhz
        state.strong_since_ns = _since(state.strong_since_ns, now_ns, holds=strong)
        known = [degrees for degrees in sky.elevation_deg if degrees is not None]
        state.low = sum(degrees <= 0 for degrees in known) if len(known) >= FEW else None
        self._fall(Heard(now_ns, fmean(strengths) if strengths else 0.0, len(strengths)))

    def _fall(self, now: Heard) -> None:
        state, settings = self.state, self._settings
        while state.recent and now.mono_ns - state.recent[0].mono_ns > settings.drop_s * _NS:
            state.recent.popleft()
        for before in state.recent:
            if before.count < FEW:
                continue
            gone = before.count - now.count
            fell_db = before.mean_dbhz - now.mean_dbhz
            if gone >= FEW and gone >= settings.gone_share * before.count:
                reason = Reason("satellites_gone", {"before": before.count, "after": now.count})
            elif now.count and fell_db > settings.drop_db:
                reason = Reason("signal_fell", {"db": round(fell_db, 1)})
            else:
                continue
            state.drop, state.drop_until_ns = reason, now.mono_ns + int(settings.hold_s * _NS)
            break
        state.recent.append(now)

    def step(self, mono_ns: int) -> Opinions:
        """`signal_drop`, `signal_uniform`, `signal_strong` and `elevation`."""
        state, settings = self.state, self._settings
        if state.drop is not None and mono_ns >= state.drop_until_ns:
            state.drop = None
        fresh = state.mono_ns is not None and 0 <= mono_ns - state.mono_ns <= settings.old_s * _NS
        if not fresh:
            state.uniform_since_ns = state.strong_since_ns = None
        uniform: Opinion = UNKNOWN
        if fresh and state.spread_db is not None:
            made = self._confirmed(state.uniform_since_ns)
            uniform = Reason("signal_uniform", {"db": round(state.spread_db, 1)}) if made else OK
        strong: Opinion = UNKNOWN
        if fresh and state.count >= FEW:
            strong = Reason("signal_strong") if self._confirmed(state.strong_since_ns) else OK
        elevation: Opinion = UNKNOWN
        if fresh and state.low is not None:
            made = state.low >= ENOUGH and 2 * state.low >= state.count
            elevation = Reason("elevations_zero", {"satellites": state.low}) if made else OK
        return {
            "signal_drop": state.drop or (OK if fresh else UNKNOWN),
            "signal_uniform": uniform,
            "signal_strong": strong,
            "elevation": elevation,
        }

    def _confirmed(self, since_ns: int | None) -> bool:
        now_ns = self.state.mono_ns
        return (
            since_ns is not None
            and now_ns is not None
            and now_ns - since_ns >= self._settings.confirm_s * _NS
        )


def _since(since_ns: int | None, now_ns: int, *, holds: bool) -> int | None:
    if not holds:
        return None
    return now_ns if since_ns is None else since_ns
