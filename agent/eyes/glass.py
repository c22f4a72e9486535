"""Drops on the lens: small round spots that were not there and stay where they are while all behind them moves.

Water, sky and bank shift under a swaying camera and average away within a minute; what sits on the glass does not. So
the picture's mean over half a minute is compared with its mean over ten, fine structure only. A vessel that comes
alongside is no spot: she is large, and low in the picture. Spots have to be several, and all over the picture, in
most of a minute's judgements.
"""

from collections import deque
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Plane: TypeAlias = NDArray[np.float32]

NEW_S: Final = 30.0
USUAL_S: Final = 600.0
EVERY_S: Final = 5.0
FINE_PX: Final = 6.0  # of a picture 160 px wide; what is smoother is light and shade
LEAST_GREY: Final = 5.0
AREA_PX: Final = (4, 400)
ROUND: Final = 0.45  # of its bounding box that a spot fills
PARTS: Final = (4, 3)  # of the picture, across and down
UPPER: Final = 0.55  # of its height
IN_UPPER, IN_ALL = 3, 7  # columns of the upper half, or parts of the whole, that have a spot
MINUTE: Final = 12  # judgements
SUSPECT: Final = 6  # spots; with more, what is usual is not learned
LONGEST_S: Final = 3600.0  # and what has stayed so long is learned all the same


class Glass:
    """Takes every look of one camera in order."""

    def __init__(self) -> None:
        self._new: Plane | None = None
        self._usual: Plane | None = None
        self._began_ns = self._last_ns = self._judged_ns = 0
        self._suspect_s = 0.0
        self._spots: int | None = None
        self._recent: deque[int] = deque(maxlen=MINUTE)

    def step(self, mono_ns: int, thumb: Plane) -> int | None:
        """How many new spots there are, 0 where they lie close together; None at the beginning."""
        if self._new is None or self._usual is None or mono_ns < self._last_ns:
            self._new, self._usual = thumb.copy(), thumb.copy()
            self._began_ns = self._last_ns = self._judged_ns = mono_ns
            self._spots = None
            self._recent.clear()
            return None
        passed_s = min(30.0, (mono_ns - self._last_ns) / 1e9)
        self._last_ns = mono_ns
        self._new = _toward(self._new, thumb, passed_s / NEW_S)
        age_s = (mono_ns - self._began_ns) / 1e9
        suspect = self._spots is not None and self._spots >= SUSPECT
        self._suspect_s = self._suspect_s + passed_s if suspect else 0.0
        if not suspect or self._suspect_s > LONGEST_S:
            self._usual = _toward(self._usual, thumb, passed_s / min(USUAL_S, max(passed_s, age_s)))
        if age_s >= USUAL_S / 2 and mono_ns - self._judged_ns >= EVERY_S * 1e9:
            self._judged_ns = mono_ns
            self._recent.append(_spots(self._new, self._usual))
            self._spots = sorted(self._recent)[(len(self._recent) - 1) // 2]
        return self._spots


def _toward(mean: Plane, thumb: Plane, share: float) -> Plane:
    return np.asarray(
        cv2.addWeighted(mean, 1.0 - min(1.0, share), thumb, min(1.0, share), 0.0), dtype=np.float32
    )


def _fine(mean: Plane) -> Plane:
    return np.asarray(mean - cv2.GaussianBlur(mean, (0, 0), FINE_PX), dtype=np.float32)


def _spots(new: Plane, usual: Plane) -> int:
    apart = np.asarray(cv2.GaussianBlur(np.abs(_fine(new) - _fine(usual)), (0, 0), 0.8), dtype=np.float32)
    limit = max(LEAST_GREY, 6.0 * float(np.median(apart)))
    count, _, found, middles = cv2.connectedComponentsWithStats(
        (apart > limit).astype(np.uint8), connectivity=8
    )
    rows, columns = new.shape
    spots, upper, parts = 0, set(), set()
    for number in range(1, count):
        wide, tall, area = (int(found[number][at]) for at in (2, 3, 4))
        if AREA_PX[0] <= area <= AREA_PX[1] and 0.4 <= wide / tall <= 2.5 and area >= ROUND * wide * tall:
            spots += 1
            x, y = middles[number]
            across, down = int(x * PARTS[0] / columns), int(y * PARTS[1] / rows)
            parts.add((across, down))
            if y < UPPER * rows:
                upper.add(across)
    return spots if len(upper) >= IN_UPPER or len(parts) >= IN_ALL else 0
