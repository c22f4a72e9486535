"""What the eyes say about one frame: how bright, how sharp, what moved, and what the detector found in it."""

from threading import Lock

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.eyes.stir import Stir
from agent.ports import Detector
from agent.types import Detection, Frame, Image, Observation

REDUCED_WIDTH_PX = 320


class OneAtATime:
    """One detector for several cameras: their looks wait for one another instead of fighting for the cores."""

    def __init__(self, detector: Detector) -> None:
        self._detector = detector
        self._turn = Lock()

    @property
    def model_hash(self) -> str:
        return self._detector.model_hash

    def detect(self, image: Image) -> tuple[Detection, ...]:
        with self._turn:
            return self._detector.detect(image)


def observe(frame: Frame, detector: Detector | None, stir: Stir | None = None) -> Observation:
    """One frame as an Observation; `detections` is None where there is no detector.

    `stir` remembers the looks before; without it nothing is said of motion.
    """
    grey = reduced_grey(frame.image)
    height_px, width_px = frame.image.shape[:2]
    detections = None if detector is None else _plain(detector.detect(frame.image))
    moved = None if stir is None else stir.step(frame.mono_ns, grey, (width_px, height_px), detections)
    shift_x, shift_y = (None, None) if moved is None or moved.shift is None else moved.shift
    return Observation(
        mono_ns=frame.mono_ns,
        camera=frame.camera,
        width_px=width_px,
        height_px=height_px,
        brightness=round(float(grey.mean()), 3),
        sharpness=round(sharpness(grey), 3),
        detections=detections,
        model_hash=None if detector is None else detector.model_hash,
        contrast=None if moved is None else moved.contrast,
        change=None if moved is None else moved.change,
        mosaic="" if moved is None else moved.mosaic,
        edges="" if moved is None else moved.edges,
        shift_x=shift_x,
        shift_y=shift_y,
        gear="" if moved is None else moved.gear,
        news=None if moved is None else moved.news,
        repeat=None if moved is None else moved.repeat,
        repeat_s=None if moved is None else moved.repeat_s,
        spots=None if moved is None else moved.spots,
        landmarks=None if moved is None else moved.landmarks,
        stream=frame.stream,
    )


def reduced_grey(image: Image) -> NDArray[np.uint8]:
    """The frame in grey, at most 320 px wide: measures of cameras with other resolutions compare."""
    height_px, width_px = image.shape[:2]
    if width_px > REDUCED_WIDTH_PX:
        reduced_height_px = max(1, round(height_px * REDUCED_WIDTH_PX / width_px))
        # Reducing first costs a quarter of converting the whole frame to grey.
        image = _bytes(cv2.resize(image, (REDUCED_WIDTH_PX, reduced_height_px), interpolation=cv2.INTER_AREA))
    return _bytes(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY))


def sharpness(grey: NDArray[np.uint8]) -> float:
    """Variance of the Laplacian: near 0 for fog, a wet lens or a covered camera.

    The Laplacian is taken in whole numbers, so that no rounding differs between two runs.
    """
    edges = np.asarray(cv2.Laplacian(grey, cv2.CV_16S), dtype=np.int64)
    count = edges.size
    total = int(edges.sum())
    squares = int((edges * edges).sum())
    return (squares * count - total * total) / (count * count)


def _bytes(image: object) -> NDArray[np.uint8]:
    return np.asarray(image, dtype=np.uint8)


def _plain(detections: tuple[Detection, ...]) -> tuple[Detection, ...]:
    """Plain floats, whatever number type the runtime gave, to what means something: they go into signed JSON."""
    return tuple(
        Detection(
            label=str(found.label),
            score=round(float(found.score), 3),
            x0=round(float(found.x0), 1),
            y0=round(float(found.y0), 1),
            x1=round(float(found.x1), 1),
            y1=round(float(found.y1), 1),
        )
        for found in detections
    )
