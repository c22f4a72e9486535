"""Slow, large, repeated displacement: the swing of a boom between where it takes and where it drops.

The input is where something is, now and then, as a few numbers: what differs in the cells of the gear's region, or
the middle of the bucket's or the gear's box. Over the last minutes the main axis of these numbers is found, and
the turning points along it: a turn counts when it has gone back by half of what is usually covered. What happens
once (a boat that passes), what is small (people, a flag), what is quick (waves) and what is slow (the sway of an
anchored hull) gives no cycles.

One cycle is one visit to the far end. A visit is told only when it stands in a run: the visits beside it no
nearer than `shortest_s` and one no farther than `longest_s`. The first of a run is told together with the second.
"""

from collections import deque
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

_NS = 1_000_000_000
LEAST_BINS = 10


@dataclass(frozen=True, slots=True)
class SwingSettings:
    shortest_s: float = 16.0
    longest_s: float = 150.0
    window_s: float = 240.0
    bin_s: float = 2.0
    least_range: float = 0.5  # along the axis, in the numbers' own unit
    back_share: float = 0.5
    smooth_s: float = 5.0
    gap_s: float = 12.0  # nothing seen for so long breaks a run


@dataclass(slots=True)
class Bin:
    """The mean place of a second or two."""

    mono_ns: int
    place: tuple[float, ...]
    seen: int = 1


@dataclass(frozen=True, slots=True)
class Visit:
    """One arrival at the far end, and how long after the last."""

    mono_ns: int
    period_s: float | None


@dataclass(slots=True)
class SwingState:
    bins: deque[Bin] = field(default_factory=deque)
    axis: tuple[float, ...] = ()
    told_mono_ns: int | None = None
    reach: float = 0.0  # range along the axis over the window


class Swings:
    """Takes places in order; gives the visits that have become certain. `state` is its whole memory."""

    def __init__(self, settings: SwingSettings | None = None) -> None:
        self.settings = settings or SwingSettings()
        self.state = SwingState()

    @property
    def reach(self) -> float:
        """How far the place moved along its axis in the window; 0 while too little is known."""
        return self.state.reach

    @property
    def known(self) -> bool:
        """Has it been seen often enough to say how far it moves?"""
        return len(self.state.bins) > LEAST_BINS

    def step(self, mono_ns: int, place: tuple[float, ...] | None) -> tuple[Visit, ...]:
        """One look; None where the place is not known."""
        bins = self.state.bins
        if bins and (mono_ns < bins[-1].mono_ns or (place and len(place) != len(bins[-1].place))):
            self.state = SwingState()
            bins = self.state.bins
        if place is None:
            return ()
        if bins and mono_ns - bins[-1].mono_ns < int(self.settings.bin_s * _NS):
            last = bins[-1]
            last.seen += 1
            last.place = tuple(
                [round(old + (new - old) / last.seen, 4) for old, new in zip(last.place, place, strict=True)]
            )
            return ()
        visits = self._visits() if self.known else ()
        bins.append(Bin(mono_ns, place))
        window_ns = int(self.settings.window_s * _NS)
        while mono_ns - bins[0].mono_ns > window_ns:
            bins.popleft()
        return visits

    def _visits(self) -> tuple[Visit, ...]:
        settings, state = self.settings, self.state
        at_s = np.array([item.mono_ns for item in state.bins], dtype=np.float64) / _NS
        along = self._along(at_s)
        low, high = np.percentile(along, (4, 96))
        state.reach = round(float(high - low), 4)
        if state.reach < settings.least_range:
            return ()
        turns = turning_points(along, max(settings.least_range, state.reach * settings.back_share))
        far = [float(at_s[at]) for at, upper in turns if upper]
        return self._told(_in_runs(far, at_s, settings))

    def _along(self, at_s: NDArray[np.float64]) -> NDArray[np.float64]:
        """Places along their main axis, smoothed; the axis keeps its direction from one time to the next."""
        state = self.state
        points = np.array([item.place for item in state.bins], dtype=np.float64)
        points = _smoothed(at_s, points, self.settings.smooth_s)
        axis = main_axis(points - points.mean(axis=0), state.axis)
        state.axis = tuple(round(float(part), 5) for part in axis)
        return np.asarray(points @ axis, dtype=np.float64)

    def _told(self, visits: list[Visit]) -> tuple[Visit, ...]:
        """Those later than what was told already. Where the axis has turned, the same visit may stand elsewhere."""
        told = self.state.told_mono_ns
        periods = sorted(visit.period_s for visit in visits if visit.period_s is not None)
        usual_s = periods[len(periods) // 2] if periods else self.settings.shortest_s
        apart_ns = int(0.6 * usual_s * _NS)
        fresh = tuple(visit for visit in visits if told is None or visit.mono_ns > told + apart_ns)
        if fresh:
            self.state.told_mono_ns = fresh[-1].mono_ns
        return fresh


def main_axis(centred: NDArray[np.float64], held: tuple[float, ...]) -> NDArray[np.float64]:
    """The direction in which the points spread most, by power iteration from the one held before: its sense stays."""
    wide = centred.shape[1]
    axis = np.array(held) if len(held) == wide else centred[np.argmax((centred**2).sum(axis=1))].copy()
    for _ in range(3 if len(held) == wide else 12):
        axis = centred.T @ (centred @ axis)
        length = float(np.linalg.norm(axis))
        if length == 0.0:
            return np.full(wide, wide**-0.5)
        axis = axis / length
    return np.asarray(axis, dtype=np.float64)


def _smoothed(at_s: NDArray[np.float64], points: NDArray[np.float64], over_s: float) -> NDArray[np.float64]:
    """Each column: the median of three, then the mean over about `over_s`."""
    if len(points) < 3:
        return points
    padded = np.concatenate((points[:1], points, points[-1:]))
    middle = np.median(np.stack((padded[:-2], padded[1:-1], padded[2:])), axis=0)
    width = max(1, round(over_s * (len(at_s) - 1) / max(1.0, float(at_s[-1] - at_s[0]))))
    edge = width // 2
    padded = np.concatenate((np.repeat(middle[:1], edge + 1, axis=0), middle))
    padded = np.concatenate((padded, np.repeat(middle[-1:], width - 1 - edge, axis=0)))
    sums = np.cumsum(padded, axis=0)
    return np.asarray((sums[width:] - sums[:-width]) / width, dtype=np.float64)


def turning_points(along: NDArray[np.float64], back: float) -> list[tuple[int, bool]]:
    """Where the place turned: index and whether at the upper end. Certain ones only: it has gone back by `back`."""
    turns: list[tuple[int, bool]] = []
    high = low = 0
    upward: bool | None = None
    for at in range(1, len(along)):
        value = along[at]
        if value > along[high]:
            high = at
        if value < along[low]:
            low = at
        if upward is not False and along[high] - value >= back:
            turns.append((high, True))
            upward, low = False, at
        elif upward is not True and value - along[low] >= back:
            turns.append((low, False))
            upward, high = True, at
    return turns


def _in_runs(far_s: list[float], at_s: NDArray[np.float64], settings: SwingSettings) -> list[Visit]:
    """The visits that stand in a run of at least two with nothing unseen between them."""
    apart: list[float | None] = []
    for before, after in pairwise(far_s):
        between = at_s[(at_s >= before) & (at_s <= after)]
        whole = float(np.diff(between).max(initial=0.0)) <= settings.gap_s
        apart.append(
            after - before if whole and settings.shortest_s <= after - before <= settings.longest_s else None
        )
    visits = []
    for number, moment in enumerate(far_s):
        since = apart[number - 1] if number else None
        until = apart[number] if number < len(apart) else None
        if since is not None or until is not None:
            visits.append(Visit(round(moment * _NS), None if since is None else round(since, 2)))
    return visits
