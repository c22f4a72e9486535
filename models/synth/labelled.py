"""One picture of the data set with its boxes: a still drawn, spoilt, coded as JPEG, labelled."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from models.manifest import LABELS
from models.synth import faults
from models.synth.families import Yard
from models.synth.gl import Stage
from models.synth.labels import Label, boxes
from models.synth.scenes import stills
from models.synth.scenes.stills import Scenes, Still

GEAR = LABELS[:5]
LEAST_CONTRAST = 9.0  # grey levels between the dark and the bright of a box, noise smoothed away


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """`picture` is height x width x 3, RGB, before coding; `learned[i]` says whether a detector should learn `labels[i]`."""

    still: Still
    picture: NDArray[np.uint8]
    jpeg: bytes
    labels: tuple[Label, ...]
    learned: tuple[bool, ...]


def labelled(stage: Stage, yard: Yard, seed: int, kind: Scenes = "all") -> Labelled:
    """The picture of `seed`: the same stage size, family, kind and seed give the same bytes."""
    still = stills.drawn(yard, seed, kind)
    rng = np.random.default_rng((seed, 1))
    worn = faults.drawn(still.condition, rng, width_px=stage.width_px)
    picture = faults.spoilt(worn, stage.picture(still.frame), rng)
    found = tuple(sorted(boxes(still.frame, stage), key=lambda box: (box.body, box.label)))
    good, coded = cv2.imencode(".jpg", picture[:, :, ::-1], [cv2.IMWRITE_JPEG_QUALITY, worn.quality])
    if not good:
        raise OSError(
            f"the picture of seed {seed} could not be coded as JPEG: is this OpenCV built with JPEG?"
        )
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY)
    smooth = np.asarray(cv2.GaussianBlur(grey, (0, 0), 1.5), dtype=np.uint8)
    learned = tuple(box.worth_learning and contrast(smooth, box) >= LEAST_CONTRAST for box in found)
    return Labelled(still, picture, coded.tobytes(), found, learned)


def contrast(grey: NDArray[np.uint8], box: Label) -> float:
    """Grey levels between the 3rd and 97th percentile in and just around `box`: what the dark or the haze has left."""
    wide, tall = (box.x1 - box.x0) // 10 + 1, (box.y1 - box.y0) // 10 + 1
    around = grey[max(0, box.y0 - tall) : box.y1 + tall, max(0, box.x0 - wide) : box.x1 + wide]
    low, high = np.percentile(around, (3, 97))
    return float(high - low)


def yolo(box: Label, width_px: int, height_px: int) -> str:
    """One line of a YOLO label file: class, middle and size as shares of the picture."""
    x, y = (box.x0 + box.x1) / 2 / width_px, (box.y0 + box.y1) / 2 / height_px
    wide, tall = (box.x1 - box.x0) / width_px, (box.y1 - box.y0) / height_px
    return f"{LABELS.index(box.label)} {x:.6f} {y:.6f} {wide:.6f} {tall:.6f}"
