"""What a detector is worth, in numbers: matches, average precision, recall, and how sure of it one can be."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from agent.types import Detection
from models.training.frames import Box

IOU = 0.5
Z_95 = 1.959963984540054  # 97.5 % quantile of the normal distribution


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `count`, with its 95 % Wilson interval."""

    hits: int
    count: int

    @property
    def value(self) -> float:
        return self.hits / self.count if self.count else math.nan

    @property
    def interval(self) -> tuple[float, float]:
        """Wilson's score interval, good for few trials and shares near 0 or 1 (Wilson 1927)."""
        if not self.count:
            return 0.0, 1.0
        share, squared = self.hits / self.count, Z_95 * Z_95
        middle = (share + squared / (2 * self.count)) / (1 + squared / self.count)
        spread = share * (1 - share) / self.count + squared / (4 * self.count * self.count)
        half = Z_95 * math.sqrt(spread) / (1 + squared / self.count)
        return max(0.0, middle - half), min(1.0, middle + half)

    def __str__(self) -> str:
        if not self.count:
            return "none"
        low, high = self.interval
        return f"{self.value:.2f} ({self.hits}/{self.count}; {low:.2f} to {high:.2f})"


def iou(one: Detection | Box, other: Detection | Box) -> float:
    """Shared area over joint area of two boxes."""
    width = min(one.x1, other.x1) - max(one.x0, other.x0)
    height = min(one.y1, other.y1) - max(one.y0, other.y0)
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    areas = (one.x1 - one.x0) * (one.y1 - one.y0) + (other.x1 - other.x0) * (other.y1 - other.y0)
    return shared / (areas - shared)


def matches(
    detections: Sequence[Detection], boxes: Sequence[Box], least_iou: float = IOU
) -> list[int | None]:
    """For each detection the index of the box it found, or None.

    The best score chooses first, the free box of its label that it overlaps most; a second detection of the same box is wrong.
    """
    free = set(range(len(boxes)))
    found: list[int | None] = [None] * len(detections)
    for index in sorted(range(len(detections)), key=lambda index: -detections[index].score):
        detection = detections[index]
        overlap, best = max(
            ((iou(detection, boxes[box]), box) for box in free if boxes[box].label == detection.label),
            default=(0.0, -1),
        )
        if best >= 0 and overlap >= least_iou:
            found[index] = best
            free.remove(best)
    return found


def average_precision(scored: Sequence[tuple[float, bool]], boxes: int) -> float:
    """Area under precision over recall, precision made falling first (all points, as PASCAL VOC from 2010).

    `scored`: each detection's score and whether it was right. NaN where there was nothing to find. Detections
    of equal score count together: their order says nothing.
    """
    if boxes == 0:
        return math.nan
    curve = precision_recall(scored, boxes)
    area, best, recall_above = 0.0, 0.0, curve[-1][2] if curve else 0.0
    for place in range(len(curve) - 1, -1, -1):
        best = max(best, curve[place][1])
        recall_below = curve[place - 1][2] if place else 0.0
        area += best * (recall_above - recall_below)
        recall_above = recall_below
    return area


def precision_recall(scored: Sequence[tuple[float, bool]], boxes: int) -> list[tuple[float, float, float]]:
    """Score, and precision and recall of all detections with at least that score; scores falling."""
    curve: list[tuple[float, float, float]] = []
    right = 0
    ordered = sorted(scored, key=lambda item: -item[0])
    for count, (score, hit) in enumerate(ordered, start=1):
        right += hit
        if count == len(ordered) or ordered[count][0] < score:
            curve.append((score, right / count, right / boxes if boxes else 0.0))
    return curve


def best_threshold(
    scored: Sequence[tuple[float, bool]],
    boxes: int,
    least_precision: float,
    otherwise: float,
    *,
    recall_weight: float = 1.0,
    least: float = 0.01,
) -> float:
    """The score with the highest F-beta (`recall_weight` is beta) among those that reach `least_precision`; `least` at least.

    Where none reaches it, the most precise one; where there is nothing to choose by, `otherwise`.
    """
    curve = [point for point in precision_recall(scored, boxes) if point[2] > 0]
    if not curve:
        return otherwise
    precise = [point for point in curve if point[1] >= least_precision]
    if not precise:
        score = max(curve, key=lambda point: (point[1], point[2]))[0]
    else:
        squared = recall_weight * recall_weight
        score = max(precise, key=lambda p: (1 + squared) * p[1] * p[2] / (squared * p[1] + p[2]))[0]
    # A little below, so that the detection itself passes after rounding.
    return min(0.99, max(least, math.floor(score * 1000) / 1000))
