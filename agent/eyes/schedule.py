"""Which frame is due: one each interval, told from the frames' own stamps.

No clock is read, so a replay of the same film with the same orders looks at the same frames.
"""

import math


class Schedule:
    """Frames of one camera, one every `interval_s` seconds; 0 means every frame.

    Due moments lie on a grid that starts at the first frame, so that the mean rate is the one asked for
    although frames fall between the grid's points. After a gap the grid starts anew at the first frame
    behind it. `look` may be called from another thread than the rest.
    """

    def __init__(self, interval_s: float) -> None:
        self._interval_ns = 0
        self._anchor_ns: int | None = None
        self._newest_ns = 0
        self.look(interval_s)

    @property
    def interval_s(self) -> float:
        return self._interval_ns / 1e9

    def look(self, interval_s: float) -> None:
        """From now on a frame each `interval_s` seconds. Raises ValueError unless finite and >= 0."""
        if not (math.isfinite(interval_s) and interval_s >= 0):
            raise ValueError(
                f"looking each {interval_s} s is not possible: give a finite number of seconds, 0 or more"
            )
        self._interval_ns = round(interval_s * 1e9)

    def due(self, mono_ns: int) -> bool:
        """Whether a frame of that stamp is to be looked at. Changes nothing."""
        if self._anchor_ns is None or mono_ns < self._newest_ns:  # the first frame, or stamps began anew
            return True
        return mono_ns - self._anchor_ns >= self._interval_ns

    def seen(self, mono_ns: int) -> None:
        """A due frame of that stamp was looked at."""
        interval_ns = self._interval_ns
        anchor_ns = self._anchor_ns
        if anchor_ns is None or not interval_ns <= mono_ns - anchor_ns < 2 * interval_ns:
            self._anchor_ns = mono_ns
        else:
            self._anchor_ns = anchor_ns + interval_ns
        self._newest_ns = mono_ns
