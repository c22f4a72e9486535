"""Devices without hardware, for tests and for a desk: real implementations of the seams, not recorders."""

import threading
from datetime import UTC, datetime, timedelta

from agent.types import ClockQuality


class FakeClock:
    """`agent.ports.Clock` that stands still until `advance` is called, from any thread.

    Like a real one it has a monotonic part that never goes back, and a UTC part that may be set to
    anything, or not be known at all.
    """

    def __init__(
        self,
        utc: datetime | None = datetime(2026, 11, 20, 10, tzinfo=UTC),
        *,
        quality: ClockQuality = ClockQuality.NTP,
        mono_ns: int = 0,
    ) -> None:
        self._lock = threading.Lock()
        self._mono_ns = mono_ns
        self._utc = utc
        self._quality = quality if utc is not None else ClockQuality.NONE

    def mono_ns(self) -> int:
        with self._lock:
            return self._mono_ns

    def utc(self) -> tuple[datetime | None, ClockQuality]:
        with self._lock:
            return self._utc, self._quality

    def advance(self, seconds: float) -> None:
        """Let time pass on both clocks."""
        if seconds < 0:
            raise ValueError(f"a monotonic clock cannot be advanced by {seconds} s; use set_utc to step UTC")
        with self._lock:
            self._mono_ns += round(seconds * 1e9)
            if self._utc is not None:
                self._utc += timedelta(seconds=seconds)

    def set_utc(self, utc: datetime | None, quality: ClockQuality = ClockQuality.NTP) -> None:
        """Step the UTC clock, or make it unknown; the monotonic one does not notice."""
        with self._lock:
            self._utc = utc
            self._quality = quality if utc is not None else ClockQuality.NONE
