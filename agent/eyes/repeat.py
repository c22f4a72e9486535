"""Have these minutes been seen before? A recording that runs round and round shows the same waves twice.

Each second the picture is kept as a few cells, and of each cell what is new against the last seconds: glitter, chop,
sway, people. The last two minutes of it are compared with all two minutes of the last half hour. What a river does
never comes again so exactly all over the picture; what a recording does comes again, however it was coded anew.

A crane that swings in an even beat agrees with itself, and since the hull leans with it, so does the whole picture,
but not to the second. The chop agrees with itself for as long as it is regular, at many distances. So it is asked how
much of what the seconds beside a distance leave unexplained is explained at that distance.

Memory is bounded (2.5 MB a camera) and ends with the process of the eyes.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Plane: TypeAlias = NDArray[np.float32]

CELLS: Final = (16, 9)  # across and down; the last column joins no block
BLOCK: Final = 3  # cells to a block, each way
DOWN, ACROSS = CELLS[1] // BLOCK, CELLS[0] // BLOCK
BLOCKS: Final = DOWN * ACROSS
INSIDE: Final = BLOCK * BLOCK
KEPT: Final = 1800  # beats of a second
SHORTEST: Final = 20  # beats; what comes again sooner is the chop
NEWS_S: Final = 8.0  # a cell's own mean is taken over so long
WINDOW_S: Final = 120.0  # or sixty looks
LEAST_BEATS: Final = 40.0  # compared looks behind a figure
BESIDE: Final = (4, 5, 6, 7)  # so many beats away a recording agrees no more
LEAST_MOVED: Final = 0.05  # grey levels of a cell; a block with less says nothing
GAP_S: Final = 60.0
JUDGED_EVERY: Final = 5  # beats


@dataclass(frozen=True, slots=True)
class Repeat:
    """`likeness` (0 to 1) of the last minutes to those `lag_s` before."""

    likeness: float
    lag_s: float


class Repeats:
    """Takes every look of one camera in order."""

    def __init__(self) -> None:
        self._first_ns: int | None = None
        self._last_ns = 0
        self._begin()

    def _begin(self) -> None:
        self._beat = -1
        self._mean: Plane | None = None
        self._mean_at_s = 0.0
        # Twice in a row, so that the last KEPT beats lie in one piece wherever the ring begins.
        self._kept = np.zeros((BLOCKS, INSIDE, 2 * KEPT), np.float32)
        self._norms = np.zeros((BLOCKS, 2 * KEPT), np.float32)
        self._there = np.zeros(2 * KEPT, np.float32)
        # By distance, the farthest first: what both have in common, and how much each has.
        self._both, self._now, self._then = (np.zeros((BLOCKS, KEPT - 1), np.float32) for _ in range(3))
        self._count = np.zeros(KEPT - 1, np.float32)
        self._told: Repeat | None = None
        self.news: float | None = None  # of the last look, grey levels of a cell

    def step(self, mono_ns: int, thumb: Plane) -> Repeat | None:
        """One look; None while there is too little to compare."""
        if self._first_ns is None or mono_ns < self._last_ns:
            self._first_ns = mono_ns
            self._begin()
        self._last_ns = mono_ns
        at_s = (mono_ns - self._first_ns) / 1e9
        beat = int(at_s)
        if beat == self._beat:
            return self._told
        news = self._news(at_s, thumb)
        self.news = float(np.sqrt(np.square(news).mean())) if self._beat >= 0 else None
        blocks = _blocks(news)
        self._pass_beats(beat)
        self._compare(beat, blocks)
        if beat // JUDGED_EVERY != (beat - 1) // JUDGED_EVERY or self._there[(beat - 1) % KEPT] == 0.0:
            self._told = self._judged()
        return self._told

    def _news(self, at_s: float, thumb: Plane) -> Plane:
        """What of each cell is new, without what the whole picture has in common: clouds, exposure."""
        cells = np.asarray(cv2.resize(thumb, CELLS, interpolation=cv2.INTER_AREA), dtype=np.float32)
        passed_s = at_s - self._mean_at_s
        if self._mean is None or passed_s > GAP_S:
            self._mean = cells
        news = np.asarray(cells - self._mean, dtype=np.float32)
        self._mean = np.asarray(self._mean + news * np.float32(min(1.0, passed_s / NEWS_S)), dtype=np.float32)
        self._mean_at_s = at_s
        return np.asarray(news - news.mean(), dtype=np.float32)

    def _pass_beats(self, beat: int) -> None:
        """Beats without a look are empty, and what was compared grows old."""
        passed = beat - self._beat
        for empty in range(max(self._beat + 1, beat - KEPT + 1), beat):
            self._there[[empty % KEPT, empty % KEPT + KEPT]] = 0.0
        self._beat = beat
        old = np.float32(np.exp(-min(passed, 2) / WINDOW_S))
        self._both *= old
        self._now *= old
        self._then *= old
        self._count *= old

    def _compare(self, beat: int, blocks: Plane) -> None:
        """Add this beat to the tally of every distance at which there was a look, and keep it."""
        at = beat % KEPT
        past = slice(at + 1, at + KEPT)  # the beats before this one, the oldest first
        norms = np.einsum("bc,bc->b", blocks, blocks)
        there = self._there[past]
        self._both += np.matmul(blocks[:, None, :], self._kept[:, :, past])[:, 0, :] * there
        self._now += norms[:, None] * there
        self._then += self._norms[:, past] * there
        self._count += there
        for place in (at, at + KEPT):
            self._kept[:, :, place], self._norms[:, place], self._there[place] = blocks, norms, 1.0

    def _judged(self) -> Repeat | None:
        enough = self._count >= LEAST_BEATS
        enough[KEPT - SHORTEST :] = False  # too near to be told from the chop
        if not enough.any():
            return None
        near = self._count >= LEAST_BEATS / 2
        least = np.float32(LEAST_MOVED**2 * INSIDE) * self._count
        speaks = (self._now > least) & (self._then > least)
        likeness = np.where(speaks, self._both / np.sqrt(np.maximum(self._now * self._then, 1e-9)), 0.0)
        figures = np.where(near, np.partition(likeness, BLOCKS // 2, axis=0)[BLOCKS // 2], 0.0)
        best = int(np.where(enough, figures, -1.0).argmax())
        beside = [
            figures[best + way * off] for off in BESIDE for way in (-1, 1) if 0 <= best + way * off < KEPT - 1
        ]
        left = 1.0 - max(0.0, *(float(one) for one in beside))
        explained = 1.0 - (1.0 - float(figures[best])) / max(left, 1e-6)
        return Repeat(round(max(0.0, explained), 3), float(KEPT - 1 - best))


def _blocks(cells: Plane) -> Plane:
    """The cells by blocks of 3 x 3."""
    whole = cells[: DOWN * BLOCK, : ACROSS * BLOCK]
    parts = whole.reshape(DOWN, BLOCK, ACROSS, BLOCK).swapaxes(1, 2)
    return np.ascontiguousarray(parts.reshape(BLOCKS, INSIDE))
