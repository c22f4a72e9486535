"""A picture of any shape into a fixed input without distortion, and boxes back into the picture.

The picture is scaled by one factor so that it fits, and stands in the middle of a grey border. Both sides
of training and use take the geometry from here.
"""

from dataclasses import dataclass
from typing import Self

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.types import Image

GREY = 114  # the border both architectures were trained with upstream


@dataclass(frozen=True, slots=True)
class Letterbox:
    """`left`, `top`: the border in input pixels. `scale_x`, `scale_y` differ by the rounding to whole pixels only."""

    source_width_px: int
    source_height_px: int
    input_width_px: int
    input_height_px: int
    left: int
    top: int
    inner_width_px: int
    inner_height_px: int

    @classmethod
    def fit(cls, source: tuple[int, int], target: tuple[int, int]) -> Self:
        """`source` and `target` as (width, height)."""
        (width, height), (input_width, input_height) = source, target
        if min(width, height) < 1:
            raise ValueError(f"a picture of {width} x {height} px has no pixels")
        scale = min(input_width / width, input_height / height)
        inner_width = min(input_width, max(1, round(width * scale)))
        inner_height = min(input_height, max(1, round(height * scale)))
        left, top = (input_width - inner_width) // 2, (input_height - inner_height) // 2
        return cls(width, height, input_width, input_height, left, top, inner_width, inner_height)

    @property
    def scale_x(self) -> float:
        return self.inner_width_px / self.source_width_px

    @property
    def scale_y(self) -> float:
        return self.inner_height_px / self.source_height_px

    def picture(self, image: Image) -> Image:
        """The input picture, BGR as it came, border grey."""
        size = (self.inner_width_px, self.inner_height_px)
        inner = (
            image if image.shape[1::-1] == size else cv2.resize(image, size, interpolation=cv2.INTER_LINEAR)
        )
        if size == (self.input_width_px, self.input_height_px):
            return np.asarray(inner, dtype=np.uint8)
        whole = np.full((self.input_height_px, self.input_width_px, 3), GREY, dtype=np.uint8)
        whole[self.top : self.top + size[1], self.left : self.left + size[0]] = inner
        return whole

    def to_input(self, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Boxes x0 y0 x1 y1 (N x 4) of the source in input pixels."""
        return boxes * self._scales() + self._offsets()

    def to_source(self, boxes: NDArray[np.float64]) -> NDArray[np.float64]:
        """Boxes of the input in source pixels, cut at the picture's edge."""
        limits = np.array([self.source_width_px, self.source_height_px] * 2, dtype=np.float64)
        return np.clip((boxes - self._offsets()) / self._scales(), 0.0, limits)

    def _scales(self) -> NDArray[np.float64]:
        return np.array([self.scale_x, self.scale_y] * 2, dtype=np.float64)

    def _offsets(self) -> NDArray[np.float64]:
        return np.array([self.left, self.top] * 2, dtype=np.float64)
