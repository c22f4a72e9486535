"""One training picture for the YOLOX loop: cut, scaled and mirrored into the input's rectangle; recoloured."""

import math
import random
from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.types import Image
from models.letterbox import GREY, Letterbox

IGNORED = -1  # the label of something of which too little is seen to call it by its name or a mistake
LEAST_LEFT = 0.3  # of a box after cutting; less and it is ignored,
LEAST_LEFT_LARGE = 0.15  # or less than this where it fills
LARGE = 0.1  # of the picture: a hull close by is seen in part,
LEAST_LEFT_GEAR = 0.5  # but a few struts that fill the picture are no crane yet
ZOOM = (0.5, 2.2)
LEAST_SIDE_PX = 2.0


def plain(
    image: Image, boxes: NDArray[np.float64], size: tuple[int, int]
) -> tuple[Image, NDArray[np.float64]]:
    """As the device sees it. Boxes (M, 5): label, x0 y0 x1 y1; `size` is (width, height) of the input."""
    frame = Letterbox.fit((image.shape[1], image.shape[0]), size)
    placed = boxes.copy()
    placed[:, 1:] = frame.to_input(boxes[:, 1:])
    return frame.picture(image), placed


def moved(
    image: Image,
    boxes: NDArray[np.float64],
    size: tuple[int, int],
    gear: Sequence[int],
    chance: random.Random,
) -> tuple[Image, NDArray[np.float64]]:
    """As the device might see it from another place. `gear`: the labels of boxes that must be seen nearly whole."""
    width, height = size
    frame = Letterbox.fit((image.shape[1], image.shape[0]), size)
    zoom = math.exp(chance.uniform(*map(math.log, ZOOM)))
    reach = 0.2 + 0.4 * max(0.0, zoom - 1.0)
    shift_x, shift_y = (chance.uniform(-reach, reach) * side for side in size)
    scale_x, scale_y = frame.scale_x * zoom, frame.scale_y * zoom
    left = (width - image.shape[1] * scale_x) / 2 + shift_x
    top = (height - image.shape[0] * scale_y) / 2 + shift_y
    warp = np.array([[scale_x, 0, left], [0, scale_y, top]])
    picture = cv2.warpAffine(
        image, warp, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT, borderValue=(GREY,) * 3
    )
    placed = boxes.copy()
    placed[:, 1:] = boxes[:, 1:] * [scale_x, scale_y, scale_x, scale_y] + [left, top, left, top]
    placed = kept(placed, (0, 0, *size), gear)
    if chance.random() < 0.5:
        picture = cv2.flip(picture, 1)
        placed[:, [1, 3]] = width - placed[:, [3, 1]]
    return np.asarray(picture, dtype=np.uint8), placed


def kept(
    boxes: NDArray[np.float64], within: tuple[int, int, int, int], gear: Sequence[int]
) -> NDArray[np.float64]:
    """Boxes (M, 5) cut at the edges of a rectangle (x0 y0 x1 y1); the label is IGNORED where little is left."""
    x0, y0, x1, y1 = within
    before = (boxes[:, 3] - boxes[:, 1]) * (boxes[:, 4] - boxes[:, 2])
    cut = boxes.copy()
    cut[:, 1:] = np.clip(boxes[:, 1:], [x0, y0, x0, y0], [x1, y1, x1, y1])
    sides = cut[:, 3:] - cut[:, 1:3]
    area = sides.prod(axis=1)
    large = area >= LARGE * (x1 - x0) * (y1 - y0)
    least = np.where(large, LEAST_LEFT_LARGE, LEAST_LEFT)
    least = np.where(np.isin(boxes[:, 0], gear), LEAST_LEFT_GEAR, least)
    cut[area < least * before, 0] = IGNORED
    return np.asarray(cut[(sides >= LEAST_SIDE_PX).all(axis=1)])


def recoloured(picture: Image, chance: random.Random) -> Image:
    """Other light, another sensor, a softer lens."""
    if chance.random() < 0.5:
        picture = _tinted(picture, chance)
    values = picture.astype(np.float32)
    if chance.random() < 0.1:
        values[:] = values.mean(axis=2, keepdims=True)
    values *= [chance.uniform(0.9, 1.1) for _ in range(3)]
    values = (values - 114) * chance.uniform(0.7, 1.3) + 114 + chance.uniform(-35, 35)
    if chance.random() < 0.3:
        noise = np.random.default_rng(chance.getrandbits(32)).normal(0, chance.uniform(1, 10), values.shape)
        values += noise.astype(np.float32)
    if chance.random() < 0.1:
        spoilt = np.random.default_rng(chance.getrandbits(32)).random(values.shape[:2])
        values[spoilt < 0.02], values[spoilt > 0.98] = 0.0, 255.0
    picture = np.clip(values, 0, 255).astype(np.uint8)
    if chance.random() < 0.2:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), chance.uniform(0.4, 1.5)), dtype=np.uint8)
    return picture


def _tinted(picture: Image, chance: random.Random) -> Image:
    """Other paint, other water: all hues turned, more or less colour, lights and shades spread otherwise."""
    hsv = cv2.cvtColor(picture, cv2.COLOR_BGR2HSV).astype(np.float32)
    hsv[:, :, 0] = (hsv[:, :, 0] + chance.uniform(-22, 22)) % 180
    hsv[:, :, 1] *= chance.uniform(0.4, 1.6)
    hsv[:, :, 2] = 255 * (hsv[:, :, 2] / 255) ** chance.uniform(0.65, 1.5)
    return np.asarray(cv2.cvtColor(np.clip(hsv, 0, 255).astype(np.uint8), cv2.COLOR_HSV2BGR))
