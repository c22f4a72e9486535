"""Help for the hands that turn a camera: is it sharp, is it level, is the machine where it is looked for?"""

import math
from dataclasses import dataclass

import cv2
import numpy as np

from agent.eyes.observe import reduced_grey, sharpness
from agent.eyes.view import Polygon, outlined
from agent.types import Image

STEEPEST_DEG = 15.0  # a line that leans more is no horizon
REGION_COLOUR = (0, 220, 255)
GRID_COLOUR = (255, 255, 255)
HORIZON_COLOUR = (255, 160, 0)


@dataclass(frozen=True, slots=True)
class Aimed:
    """A picture with its aids drawn in, how sharp it is, and how far the longest level line leans (None: there is none).

    Sharpness compares pictures of the same scene only: turn the ring until it is largest. A horizon that falls to the
    right leans by positive degrees.
    """

    image: Image
    sharpness: float
    tilt_deg: float | None


def aim(image: Image, machine_region: Polygon | None = None) -> Aimed:
    """The aids for one upright, masked picture."""
    grey = reduced_grey(image)
    line = _horizon(grey)
    drawn = outlined(image, () if machine_region is None else (machine_region,), REGION_COLOUR)
    height_px, width_px = drawn.shape[:2]
    for share in (1 / 3, 2 / 3):
        y, x = round(height_px * share), round(width_px * share)
        cv2.line(drawn, (0, y), (width_px, y), GRID_COLOUR, 1)
        cv2.line(drawn, (x, 0), (x, height_px), GRID_COLOUR, 1)
    tilt_deg = None
    if line is not None:
        x0, y0, x1, y1 = line
        scale = width_px / grey.shape[1]
        ends = (round(x0 * scale), round(y0 * scale)), (round(x1 * scale), round(y1 * scale))
        cv2.line(drawn, *ends, HORIZON_COLOUR, max(2, width_px // 320))
        tilt_deg = math.degrees(math.atan2(y1 - y0, x1 - x0))
    return Aimed(drawn, sharpness(grey), tilt_deg)


def _horizon(
    grey: "np.ndarray[tuple[int, ...], np.dtype[np.uint8]]",
) -> tuple[float, float, float, float] | None:
    """The longest line that lies nearly level, from left to right, in pixels of the reduced picture."""
    edges = cv2.Canny(cv2.GaussianBlur(grey, (5, 5), 0), 40, 120)
    width_px = grey.shape[1]
    found = cv2.HoughLinesP(
        edges, 1, np.pi / 720, width_px // 6, minLineLength=width_px / 4, maxLineGap=width_px // 20
    )
    level = []
    for x0, y0, x1, y1 in () if found is None else found.reshape(-1, 4).tolist():
        if x1 < x0:
            x0, y0, x1, y1 = x1, y1, x0, y0  # noqa: PLW2901
        if x1 > x0 and abs(math.degrees(math.atan2(y1 - y0, x1 - x0))) <= STEEPEST_DEG:
            level.append((x0, y0, x1, y1))
    return max(level, key=lambda line: line[2] - line[0], default=None)
