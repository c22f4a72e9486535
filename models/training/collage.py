"""Clutter and objects in one picture: what is busy is no machine, and a machine is one also where all is busy.

In rendered scenes alone the busiest thing is always the machine, and a detector that has seen nothing else learns
just that. So some training pictures get pieces of clutter between their objects, and of some only one object is left, cut
out with its surroundings and set into clutter: gear or boat alike, so that the seam tells nothing.
"""

import math
import random
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.types import Image
from models.training.augment import IGNORED, kept
from models.training.clutter import clutter

WIDER = 1.4  # a backdrop than the picture that is cut out of it
MOST_HIDDEN = 0.3  # of an object, by one piece of clutter
TRIES = 6
LEAST_OBJECT = 0.015  # of the picture's area; smaller ones are not worth a picture of their own


class Backdrops:
    """Pictures of nothing, made once and cut anew each time: drawing one costs as much as half a step of training."""

    def __init__(self, count: int, size: tuple[int, int], chance: random.Random) -> None:
        self._size = size
        wide, tall = (round(side * WIDER) for side in size)
        self._pictures = [clutter((wide, tall), chance) for _ in range(count)]

    def draw(self, chance: random.Random) -> Image:
        picture = chance.choice(self._pictures)
        share = chance.uniform(0.6, 1.0)
        tall, wide = (round(side * share) for side in picture.shape[:2])
        left = chance.randint(0, picture.shape[1] - wide)
        top = chance.randint(0, picture.shape[0] - tall)
        part = cv2.resize(picture[top : top + tall, left : left + wide], self._size)
        return np.asarray(part[:, ::-1] if chance.random() < 0.5 else part, dtype=np.uint8)


def strewn(picture: Image, boxes: NDArray[np.float64], other: Image, chance: random.Random) -> Image:
    """`picture` with one to four pieces of `other`, of which none hides much of an object. Boxes (M, 5) in its pixels."""
    height, width = picture.shape[:2]
    inside = np.zeros((height, width), np.uint8)
    for _ in range(chance.randint(1, 4)):
        for _ in range(TRIES):
            wide = round(width * math.exp(chance.uniform(math.log(0.12), math.log(0.8))))
            tall = round(height * math.exp(chance.uniform(math.log(0.12), math.log(0.9))))
            left, top = (
                chance.randint(-wide // 3, width - wide // 2),
                chance.randint(-tall // 3, height - tall // 2),
            )
            if _most_hidden(boxes, left, top, left + wide, top + tall) <= MOST_HIDDEN:
                _mark(inside, left, top, wide, tall, chance)
                break
    return _joined(picture, other, inside, chance)


def set_into_clutter(
    picture: Image,
    boxes: NDArray[np.float64],
    gear: Sequence[int],
    other: Image,
    chance: random.Random,
) -> tuple[Image, NDArray[np.float64]]:
    """One object of `picture` and what is close around it, all else `other`; as it was where it holds none of any size."""
    height, width = picture.shape[:2]
    sides = boxes[:, 3:] - boxes[:, 1:3]
    whole = boxes[:, 0] != IGNORED
    large = np.flatnonzero(whole & (sides.prod(axis=1) >= LEAST_OBJECT * width * height))
    if not len(large):
        return picture, boxes
    x0, y0, x1, y1 = boxes[chance.choice(list(large)), 1:]
    margin = chance.uniform(0.02, 0.3) * min(x1 - x0, y1 - y0)
    left, top = max(0, math.floor(x0 - margin)), max(0, math.floor(y0 - margin))
    right, bottom = min(width, math.ceil(x1 + margin)), min(height, math.ceil(y1 + margin))
    inside = np.full((height, width), 255, np.uint8)
    inside[top:bottom, left:right] = 0
    return _joined(picture, other, inside, chance), kept(boxes, (left, top, right, bottom), gear)


def _most_hidden(boxes: NDArray[np.float64], x0: int, y0: int, x1: int, y1: int) -> float:
    if not len(boxes):
        return 0.0
    shared = np.clip(np.minimum(boxes[:, 3:], (x1, y1)) - np.maximum(boxes[:, 1:3], (x0, y0)), 0, None)
    whole = (boxes[:, 3:] - boxes[:, 1:3]).prod(axis=1)
    return float((shared.prod(axis=1) / np.maximum(whole, 1e-6)).max())


def _mark(inside: Image, left: int, top: int, wide: int, tall: int, chance: random.Random) -> None:
    if chance.random() < 0.5:
        inside[max(0, top) : max(0, top + tall), max(0, left) : max(0, left + wide)] = 255
    else:
        middle = (left + wide // 2, top + tall // 2)
        cv2.ellipse(inside, middle, (wide // 2, tall // 2), 0, 0, 360, 255, -1)


def _joined(picture: Image, other: Image, inside: Image, chance: random.Random) -> Image:
    """`other` where `inside`, with a hard edge or a soft one."""
    if chance.random() < 0.5:
        return np.where(inside[:, :, None] > 0, other, picture)
    share = cv2.GaussianBlur(inside, (0, 0), chance.uniform(0.8, 6.0)).astype(np.float32)[:, :, None] / 255
    return np.asarray(picture + (other.astype(np.float32) - picture) * share, dtype=np.uint8)
