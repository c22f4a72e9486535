"""When a picture was taken: by its place in a recording, or by a live camera's clock held against ours."""

from fractions import Fraction
from typing import Protocol

from agent.ports import Clock

NS = 1_000_000_000
ASSUMED_RATE = Fraction(25)


class Stamps(Protocol):
    """Turns presentation times (`pts`, in units of the stream) into monotonic stamps that never fall."""

    @property
    def leaps(self) -> int:
        """How often the times of the stream leapt; packets before and behind a leap make no one clip."""
        ...

    def opened(self, time_base: Fraction | None, rate: Fraction | None) -> None:
        """A stream was opened: the seconds of one unit, and its pictures a second where known."""
        ...

    def arrived(self, pts: int | None) -> int:
        """A packet was read; the stamp its picture will have, as far as can be told before decoding."""
        ...

    def of(self, pts: int | None) -> int:
        """The stamp of a decoded picture."""
        ...

    def now(self) -> int:
        """The stamp for what happens to the source now."""
        ...


class _Waiting:
    """Stamps of packets whose picture has not come out of the decoder yet, by `pts`."""

    MOST = 512  # packets wait until one is due (`hw.camera_decoder`), and an H.264 decoder holds back 16 pictures

    def __init__(self) -> None:
        self._stamps: dict[int, int] = {}

    def put(self, pts: int, mono_ns: int) -> None:
        self._stamps[pts] = mono_ns
        if len(self._stamps) > self.MOST:
            del self._stamps[next(iter(self._stamps))]

    def take(self, pts: int | None, otherwise_ns: int) -> int:
        return otherwise_ns if pts is None else self._stamps.pop(pts, otherwise_ns)


class RecordedStamps:
    """A recording: the first packet is at `start_mono_ns`, the rest as far from it as their `pts`.

    A damaged film can leap by hours, and the voyage must not leap with it: behind a leap, counted in
    `leaps`, the pictures follow on one picture later. Pictures without `pts` (a bare H.264 file) are
    counted at the stream's rate, 25 a second where it has none.
    """

    LEAP_BACK_NS = 10 * NS  # more than any reordering of pictures
    LEAP_AHEAD_NS = 600 * NS  # more than any pause of a recorder that writes one file

    def __init__(self, start_mono_ns: int) -> None:
        self._zero_ns = start_mono_ns  # where pts 0 lies, once the first pts is known
        self._newest_ns = start_mono_ns
        self._now_ns = start_mono_ns
        self._started = False
        self._counting = False
        self._time_base = Fraction(1, NS)
        self._picture_ns = 0
        self._waiting = _Waiting()
        self.leaps = 0

    def opened(self, time_base: Fraction | None, rate: Fraction | None) -> None:
        self._time_base = time_base or Fraction(1, NS)
        self._picture_ns = round(NS / (rate or ASSUMED_RATE))

    def arrived(self, pts: int | None) -> int:
        if pts is None:
            return self._newest_ns
        offset_ns = round(pts * self._time_base * NS)
        if not self._started:
            self._started = True
            self._zero_ns -= offset_ns
        ahead_ns = self._zero_ns + offset_ns - self._newest_ns
        if not -self.LEAP_BACK_NS <= ahead_ns <= self.LEAP_AHEAD_NS:
            self.leaps += 1
            self._zero_ns = self._newest_ns + self._picture_ns - offset_ns
        stamp_ns = self._zero_ns + offset_ns
        self._newest_ns = max(self._newest_ns, stamp_ns)
        self._waiting.put(pts, stamp_ns)
        return stamp_ns

    def of(self, pts: int | None) -> int:
        next_ns = self._now_ns + (self._picture_ns if self._counting else 0)
        self._counting = True
        self._now_ns = max(self._now_ns, self._waiting.take(pts, next_ns))
        return self._now_ns

    def now(self) -> int:
        return max(self._now_ns, self._newest_ns)


class LiveStamps:
    """A live camera: when its pictures were taken, on this box's monotonic clock.

    A camera's `pts` tell how far apart its pictures are, their arrival tells when that was. What arrives least
    late shows how the two clocks stand to each other, so a picture that was held up on the way is stamped by its
    capture and not by its arrival. Only the last minute counts: two clocks never run alike, and the smallest
    lateness is looked for anew all the time. A camera that sets its clock makes its `pts` leap: a leap, counted
    in `leaps`, begins the comparison anew.
    """

    WINDOW_NS = 30 * NS  # the smallest lateness of this window and the one before it counts
    LEAP_NS = 1 * NS  # further back than any reordering, further ahead than any jitter
    LATEST_NS = 20 * NS  # later than that is no delay: a read that waits gives up before

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._time_base = Fraction(1, NS)
        self._window_ns: int | None = None  # when the current window began; None: nothing to compare with yet
        self._least_ns = 0  # smallest arrival less `pts` in this window
        self._before_ns = 0  # and in the one before
        self._furthest_ns = 0  # largest `pts` so far
        self._newest_ns = 0
        self._now_ns = 0
        self._waiting = _Waiting()
        self.leaps = 0

    def opened(self, time_base: Fraction | None, rate: Fraction | None) -> None:
        del rate  # arrival tells it
        self._time_base = time_base or Fraction(1, NS)
        self._window_ns = None
        self._waiting = _Waiting()

    def arrived(self, pts: int | None) -> int:
        now_ns = self._clock.mono_ns()
        if pts is None:
            self._newest_ns = now_ns
            return now_ns
        at_ns = round(pts * self._time_base * NS)
        self._compare(at_ns, now_ns)
        stamp_ns = at_ns + min(self._least_ns, self._before_ns)
        self._newest_ns = max(self._newest_ns, stamp_ns)
        self._waiting.put(pts, stamp_ns)
        return stamp_ns

    def _compare(self, at_ns: int, now_ns: int) -> None:
        late_ns = now_ns - at_ns
        if self._window_ns is not None:
            beyond_ns = late_ns - min(self._least_ns, self._before_ns)
            back = at_ns < self._furthest_ns - self.LEAP_NS
            if back or not -self.LEAP_NS <= beyond_ns <= self.LATEST_NS:
                self.leaps += 1
                self._window_ns = None
        if self._window_ns is None:
            self._window_ns, self._least_ns, self._before_ns = now_ns, late_ns, late_ns
            self._furthest_ns = at_ns
        elif now_ns - self._window_ns > self.WINDOW_NS:
            self._window_ns, self._before_ns, self._least_ns = now_ns, self._least_ns, late_ns
        self._least_ns = min(self._least_ns, late_ns)
        self._furthest_ns = max(self._furthest_ns, at_ns)

    def of(self, pts: int | None) -> int:
        self._now_ns = max(self._now_ns, self._waiting.take(pts, self._newest_ns))
        return self._now_ns

    def now(self) -> int:
        return self._clock.mono_ns()
