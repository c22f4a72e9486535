"""How a camera's picture is meant to be seen: upright, and without what is nobody's business.

Applied to every picture before it is judged, shown to the detector or kept as a still, so that what is masked
leaves the box in no still and is found by no detector. A clip of a camera with masks is coded anew with the masks
in it; of others it is a copy of the camera's own packets, and it is the player that turns it (`agent.eyes.clip`).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.types import Frame, Image

Polygon: TypeAlias = tuple[tuple[float, float], ...]  # corners as shares of width and height, 0 to 1
Turn: TypeAlias = Literal[0, 90, 180, 270]  # clockwise
TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}


@dataclass(frozen=True, slots=True)
class View:
    """The picture is turned first; masks are given on the upright picture."""

    turn_deg: Turn = 0
    masks: tuple[Polygon, ...] = ()

    def on_film(self) -> tuple[Polygon, ...]:
        """The masks on the picture as the camera sends it, not upright."""
        return tuple(tuple(self._as_sent(x, y) for x, y in mask) for mask in self.masks)

    def _as_sent(self, x: float, y: float) -> tuple[float, float]:
        match self.turn_deg:
            case 0:
                return x, y
            case 90:
                return y, 1 - x
            case 180:
                return 1 - x, 1 - y
            case 270:
                return 1 - y, x

    def of(self, frame: Frame) -> Frame:
        """The frame as it is meant to be seen. The one given is not changed."""
        if not self.turn_deg and not self.masks:
            return frame
        image = frame.image
        if self.turn_deg:
            image = np.asarray(cv2.rotate(image, TURNS[self.turn_deg]), dtype=np.uint8)
        if self.masks:
            image = image.copy() if image is frame.image else image
            black_out(image, self.masks)
        return replace(frame, image=image)


def black_out(image: Image, polygons: Sequence[Polygon]) -> None:
    """Paint the polygons black, in place."""
    height_px, width_px = image.shape[:2]
    cv2.fillPoly(image, [in_pixels(polygon, width_px, height_px) for polygon in polygons], (0, 0, 0))


def in_pixels(polygon: Polygon, width_px: int, height_px: int) -> NDArray[np.int32]:
    corners = [(round(x * width_px), round(y * height_px)) for x, y in polygon]
    return np.asarray(corners, dtype=np.int32)


def outlined(image: Image, polygons: Sequence[Polygon], colour: tuple[int, int, int]) -> Image:
    """A copy with the polygons drawn as lines."""
    picture = image.copy()
    height_px, width_px = picture.shape[:2]
    for polygon in polygons:
        cv2.polylines(
            picture, [in_pixels(polygon, width_px, height_px)], True, colour, max(1, width_px // 320)
        )
    return picture
