"""The box's clocks. The only place that asks the system what time it is."""

import ctypes
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from agent.types import ClockQuality

# No box runs this before it was written: an earlier date means a clock that never knew the time (no
# battery, 1970) and not one that was saved before the power went.
WRITTEN = datetime(2026, 11, 1, tzinfo=UTC)

_TIMESYNCD_SAYS = Path("/run/systemd/timesync/synchronized")
_TIME_ERROR = 5  # adjtimex(2): the clock is not synchronised
_TIMEX_BYTES = 512  # struct timex has 208 bytes on 64-bit Linux; `modes` (first) is 0: only ask


def system_is_synchronised() -> bool:
    """Whether NTP disciplines the system clock: adjtimex says so, or timesyncd left its mark."""
    if _TIMESYNCD_SAYS.exists():
        return True
    try:
        state = ctypes.CDLL(None).adjtimex(ctypes.create_string_buffer(_TIMEX_BYTES))
    except (OSError, AttributeError):  # not Linux
        return False
    return bool(0 <= state < _TIME_ERROR)


class SystemClock:
    """`agent.ports.Clock` of the machine this runs on.

    `utc` is `ntp` while the system clock is synchronised; `saved` (a date kept over a power cut, late by
    as long as the box was off) if it is later than this software; else there is none.
    """

    def __init__(self, *, synchronised: Callable[[], bool] = system_is_synchronised) -> None:
        self._synchronised = synchronised

    def mono_ns(self) -> int:
        return time.monotonic_ns()

    def utc(self) -> tuple[datetime | None, ClockQuality]:
        now = datetime.fromtimestamp(time.time_ns() // 1000 / 1_000_000, tz=UTC)
        return judged(now, synchronised=self._synchronised())


def judged(now: datetime, *, synchronised: bool) -> tuple[datetime | None, ClockQuality]:
    """How far the system's `now` can be believed."""
    if now < WRITTEN:
        return None, ClockQuality.NONE
    return now, ClockQuality.NTP if synchronised else ClockQuality.SAVED
