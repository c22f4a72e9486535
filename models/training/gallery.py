"""Pictures of what went wrong, the worst first: missed boxes red, false ones orange, right ones green."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from agent.types import Detection, Image
from models.training.frames import Box
from models.training.measure import matches

RED, ORANGE, GREEN = (40, 40, 230), (0, 150, 255), (60, 200, 60)  # BGR
WIDTH_PX = 640


class Gallery:
    """Keeps the `most` worst frames, drawn."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: list[tuple[int, str, Image]] = []

    def offer(self, name: str, image: Image, detections: Sequence[Detection], boxes: Sequence[Box]) -> None:
        """Kept if it is among the worst so far; a frame without mistakes never is."""
        hits = matches(detections, boxes)
        wrong = hits.count(None) + len(boxes) - sum(hit is not None for hit in hits)
        if wrong and (len(self._kept) < self._most or wrong > self._kept[-1][0]):
            self._add(wrong, name, draw(image, detections, boxes))

    def keep(self, name: str, image: Image, detections: Sequence[Detection], boxes: Sequence[Box]) -> None:
        """Kept while there is room: a failure that the boxes do not show."""
        if len(self._kept) < self._most:
            self._add(1, name, draw(image, detections, boxes))

    def write(self, folder: Path) -> int:
        """One JPEG a failure; returns how many."""
        for number, (_, name, picture) in enumerate(self._kept, start=1):
            folder.mkdir(parents=True, exist_ok=True)
            coded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 80])[1]
            (folder / f"{number:03d}-{Path(name).stem}.jpg").write_bytes(coded.tobytes())
        return len(self._kept)

    def _add(self, wrong: int, name: str, picture: Image) -> None:
        self._kept.append((wrong, name, picture))
        self._kept.sort(key=lambda item: -item[0])
        del self._kept[self._most :]


def draw(image: Image, detections: Sequence[Detection], boxes: Sequence[Box]) -> Image:
    """A small copy with the boxes in the colour of what they are."""
    scale = min(1.0, WIDTH_PX / image.shape[1])
    picture = np.asarray(
        cv2.resize(image, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), dtype=np.uint8
    )
    hits = matches(detections, boxes)
    for index, box in enumerate(boxes):
        if index not in hits:
            _box(picture, box, scale, RED, f"missed {box.label}")
    for detection, hit in zip(detections, hits, strict=True):
        words = f"{detection.label} {detection.score:.2f}"
        _box(picture, detection, scale, ORANGE if hit is None else GREEN, words)
    return picture


def _box(
    picture: Image, box: Detection | Box, scale: float, colour: tuple[int, int, int], words: str
) -> None:
    low, high = (round(box.x0 * scale), round(box.y0 * scale)), (round(box.x1 * scale), round(box.y1 * scale))
    cv2.rectangle(picture, low, high, colour, 1)
    cv2.putText(picture, words, (low[0], max(10, low[1] - 3)), cv2.FONT_HERSHEY_SIMPLEX, 0.4, colour, 1)
