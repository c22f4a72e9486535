"""What lens and sensor add to a rendered picture: bloom, darker corners, softness, noise."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Lens:
    """`noise` is the deviation in grey levels; the film keeps it at 0, because noise costs bytes."""

    bloom: float = 0.18
    contrast: float = 1.1
    colour: float = 1.12
    vignette: float = 0.22
    softness_px: float = 0.45
    noise: float = 0.0


def through(lens: Lens, picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """`picture` (height x width x 3) as the camera would give it."""
    image = picture.astype(np.float32)
    grey = image.mean(axis=2, keepdims=True)
    image = grey + (image - grey) * lens.colour
    image = (image - 118.0) * lens.contrast + 122.0
    if lens.bloom > 0:
        bright = np.maximum(image - 175.0, 0.0)
        image += lens.bloom * cv2.GaussianBlur(bright, (0, 0), image.shape[1] / 110.0)
    if lens.softness_px > 0:
        image = cv2.GaussianBlur(image, (0, 0), lens.softness_px).astype(np.float32)
    rows, columns = image.shape[:2]
    across = np.linspace(-1.0, 1.0, columns, dtype=np.float32)
    down = np.linspace(-rows / columns, rows / columns, rows, dtype=np.float32)[:, None]
    image *= (1.0 - lens.vignette * np.square(across**2 + down**2) / 1.73)[:, :, None]
    if lens.noise > 0:
        image += rng.normal(0.0, lens.noise, image.shape).astype(np.float32)
    return np.asarray(np.clip(image, 0, 255), dtype=np.uint8)
