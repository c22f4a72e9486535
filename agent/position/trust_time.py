"""Doubts about the time: a step against the monotonic clock, a date before this software was written.

A receiver whose week counter has rolled over is 1,024 weeks behind and shows a date before the software was
written; one that rolls over under way steps.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from agent.position.opinion import OK, UNKNOWN, Opinion, Opinions
from agent.types import Fix, Reason

_NS: Final = 1_000_000_000


@dataclass(frozen=True, slots=True)
class TimeSettings:
    """`earliest`: no box runs before it; None where old logs are replayed and no date is too early."""

    time_step_s: float = 1.0
    clock_drift: float = 200e-6  # how far a cheap oscillator may run off while no UTC comes
    hold_s: float = 30.0
    earliest: datetime | None = None


@dataclass(slots=True)
class TimeState:
    utc: datetime | None = None
    utc_mono_ns: int = 0
    until_mono_ns: int = 0
    step: Reason | None = None


class TimeTrust:
    """Takes every fix in order."""

    def __init__(self, settings: TimeSettings) -> None:
        self._settings = settings
        self.state = TimeState()

    def step(self, fix: Fix) -> Opinions:
        """`time_step` and `date`."""
        state, utc = self.state, fix.utc
        if utc is not None:
            self._compare(utc, fix.mono_ns)
        if state.step is not None and fix.mono_ns >= state.until_mono_ns:
            state.step = None
        stepped: Opinion = state.step or (UNKNOWN if utc is None else OK)
        return {"time_step": stepped, "date": self._date(utc)}

    def _compare(self, utc: datetime, mono_ns: int) -> None:
        state, settings = self.state, self._settings
        if state.utc is not None:
            passed_s = (mono_ns - state.utc_mono_ns) / _NS
            stepped_s = (utc - state.utc).total_seconds() - passed_s
            if abs(stepped_s) > settings.time_step_s + settings.clock_drift * passed_s:
                state.until_mono_ns = mono_ns + int(settings.hold_s * _NS)
                # the first step of a flurry is the one to tell of
                state.step = state.step or Reason("time_jump", {"seconds": round(stepped_s, 1)})
        state.utc, state.utc_mono_ns = utc, mono_ns

    def _date(self, utc: datetime | None) -> Opinion:
        earliest = self._settings.earliest
        if utc is None or earliest is None:
            return UNKNOWN
        return OK if utc >= earliest else Reason("date_too_early", {"date": utc.strftime("%d/%m/%Y")})
