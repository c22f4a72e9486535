"""What weather, lens and recorder do to a finished picture: rain, drops, insects, shake, one colour, coding.

All work on height x width x 3 of uint8, RGB, keep the picture's geometry and draw from the given generator.
"""

import math
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from models.synth.conditions import Condition
from models.synth.lens import Lens, through

Picture: TypeAlias = NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Faults:
    """Strengths from 0 (none) to 1; `shake_px` is the length of the blur, `quality` that of the recorder (JPEG)."""

    rain: float = 0.0
    drops: int = 0
    insects: int = 0
    beam: float = 0.0
    shake_px: float = 0.0
    mono: bool = False
    coded: float = 0.0
    quality: int = 90
    lens: Lens = field(default_factory=Lens)


def drawn(condition: Condition, rng: np.random.Generator, *, width_px: int) -> Faults:
    """Faults that go with `condition`; sizes follow the picture's width."""
    unit = width_px / 640.0
    dark = condition in ("night", "ir")
    wet = condition == "rain" or (condition == "ir" and rng.random() < 0.3)
    return Faults(
        rain=float(rng.uniform(0.3, 1.0)) if wet else 0.0,
        drops=int(rng.integers(3, 26)) if (rng.random() < (0.55 if wet else 0.06)) else 0,
        insects=int(rng.integers(0, 22))
        if condition == "ir" or (condition == "night" and rng.random() < 0.3)
        else 0,
        beam=float(rng.uniform(0.15, 0.7)) if condition == "ir" else 0.0,
        shake_px=unit * float(rng.uniform(1.0, 5.0)) if rng.random() < (0.3 if dark else 0.16) else 0.0,
        mono=condition == "ir",
        coded=float(rng.uniform(0.15, 1.0)) if rng.random() < 0.6 else 0.0,
        quality=int(rng.integers(45, 94)),
        lens=Lens(
            bloom=float(rng.uniform(0.1, 0.35)) + (0.35 if dark else 0.0),
            contrast=float(rng.uniform(0.85, 1.25)),
            colour=float(rng.uniform(0.65, 1.25)),
            vignette=float(rng.uniform(0.05, 0.4)),
            softness_px=unit * float(rng.uniform(0.3, 1.1)),
            noise=float(rng.uniform(2.0, 9.0)) if dark else float(rng.choice((0.0, rng.uniform(0.5, 3.5)))),
        ),
    )


def spoilt(faults: Faults, picture: Picture, rng: np.random.Generator) -> Picture:
    """`picture` as the recorder would keep it."""
    image = picture
    if faults.mono:
        image = one_colour(image)
    if faults.beam > 0:
        image = beam(image, faults.beam)
    if faults.rain > 0:
        image = rained(image, faults.rain, rng, lit=faults.mono)
    if faults.insects:
        image = insects(image, faults.insects, rng)
    if faults.drops:
        image = dropped(image, faults.drops, rng)
    if faults.shake_px > 0:
        image = shaken(image, faults.shake_px, rng)
    image = through(faults.lens, image, rng)
    if faults.mono:
        image = one_colour(image)
    return coded(image, faults.coded, rng) if faults.coded > 0 else image


def one_colour(image: Picture) -> Picture:
    """As a camera without its infrared filter sees under its own lamp: no colour, leaves pale."""
    grey = image.astype(np.float32) @ np.array((0.45, 0.42, 0.13), np.float32)
    return _bytes(np.repeat(grey[:, :, None], 3, axis=2))


def beam(image: Picture, strength: float) -> Picture:
    """Mist in the lamp's own beam: a veil brightest a little below the middle."""
    rows, columns = image.shape[:2]
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    off = np.hypot((x / columns - 0.5) / 0.42, (y / rows - 0.62) / 0.55)
    return _bytes(image + (46.0 * strength * np.exp(-off * off * 1.6))[:, :, None])


def rained(image: Picture, strength: float, rng: np.random.Generator, *, lit: bool = False) -> Picture:
    """A veil, and streaks slanting with the wind; `lit` ones shine in the camera's lamp."""
    rows, columns = image.shape[:2]
    unit = columns / 640.0
    streaks = np.zeros((rows, columns), np.float32)
    slant = float(rng.normal(0.0, 0.18))
    for _ in range(int(700 * strength)):
        near = float(rng.uniform(0.15, 1.0)) ** 2
        long = unit * (4.0 + 26.0 * near)
        x, y = float(rng.uniform(0, columns)), float(rng.uniform(-20, rows))
        end = (round(x + slant * long), round(y + long))
        cv2.line(
            streaks,
            (round(x), round(y)),
            end,
            0.2 + 0.5 * near,
            max(1, round((0.7 + near) * unit)) if near > 0.7 else 1,
            cv2.LINE_AA,
        )
    streaks = cv2.GaussianBlur(streaks, (0, 0), 0.45 * unit + 0.15).astype(np.float32)
    shine = (120.0 if lit else 52.0) * strength
    veil = float(image.mean())
    washed = image.astype(np.float32) * (1.0 - 0.22 * strength) + veil * 0.22 * strength
    return _bytes(washed + (streaks * shine)[:, :, None])


def insects(image: Picture, count: int, rng: np.random.Generator) -> Picture:
    """Bright blurred specks and short curls in a lamp's beam."""
    rows, columns = image.shape[:2]
    unit = columns / 640.0
    specks = np.zeros((rows, columns), np.float32)
    for _ in range(count):
        x, y = rng.normal(0.5, 0.24) * columns, rng.normal(0.5, 0.24) * rows
        wide, angle = unit * float(rng.uniform(0.5, 2.2)), float(rng.uniform(0, 180))
        axes = (max(1, round(wide * float(rng.uniform(1, 4)))), max(1, round(wide)))
        cv2.ellipse(
            specks, (round(x), round(y)), axes, angle, 0, 360, float(rng.uniform(0.4, 1.0)), -1, cv2.LINE_AA
        )
    return _bytes(image + (cv2.GaussianBlur(specks, (0, 0), 0.9 * unit + 0.2) * 190.0)[:, :, None])


def dropped(image: Picture, count: int, rng: np.random.Generator) -> Picture:
    """Drops on the lens: each shows the scene small, upside down and out of focus, its rim dark."""
    rows, columns = image.shape[:2]
    unit = columns / 640.0
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32)
    from_x, from_y, inside = x.copy(), y.copy(), np.zeros((rows, columns), np.float32)
    rim = np.zeros((rows, columns), np.float32)
    for _ in range(count):
        cx, cy = float(rng.uniform(0, columns)), float(rng.uniform(0, rows))
        radius = unit * float(np.exp(rng.uniform(np.log(4), np.log(26))))
        tall = radius * float(rng.uniform(1.0, 1.5))
        off = np.hypot((x - cx) / radius, (y - cy) / tall)
        here = off < 1.0
        from_x[here] = (cx - (x[here] - cx) * 3.5) % columns
        from_y[here] = np.clip(cy - (y[here] - cy) * 3.5, 0, rows - 1)
        inside[here] = 1.0
        rim[here] = np.clip((off[here] - 0.6) / 0.4, 0, 1)
    bent = cv2.remap(cv2.GaussianBlur(image, (0, 0), 2.5 * unit), from_x, from_y, cv2.INTER_LINEAR)
    share = cv2.GaussianBlur(inside, (0, 0), 1.4 * unit)[:, :, None] * 0.9
    shown = bent.astype(np.float32) * (1.06 - 0.45 * cv2.GaussianBlur(rim, (0, 0), unit)[:, :, None])
    return _bytes(image * (1.0 - share) + shown * share)


def shaken(image: Picture, length_px: float, rng: np.random.Generator) -> Picture:
    """The blur of an engine's vibration: mostly up and down, along a short line."""
    size = 2 * math.ceil(length_px / 2.0) + 3
    kernel = np.zeros((size, size), np.float32)
    angle = math.radians(90.0 + float(rng.normal(0, 25)))
    for share in np.linspace(-0.5, 0.5, 4 * size):
        at = size / 2 - 0.5 + length_px * share * np.array((math.cos(angle), math.sin(angle)))
        kernel[round(float(at[1])), round(float(at[0]))] += 1.0
    return np.asarray(cv2.filter2D(image, -1, kernel / kernel.sum()), dtype=np.uint8)


def coded(image: Picture, strength: float, rng: np.random.Generator) -> Picture:
    """Through x264 and back at a low rate: the picture is the third of a camera that moves a little.

    So its blocks are predicted from the pictures before and corrected coarsely, as in a stream.
    """
    rows, columns = image.shape[0] // 2 * 2, image.shape[1] // 2 * 2
    x, y = (float(step) for step in rng.normal(0.0, 1.5 * image.shape[1] / 640.0, 2))
    before = [
        np.asarray(
            cv2.warpAffine(
                image,
                np.array([[1.0, 0.0, count * x], [0.0, 1.0, count * y]]),
                (image.shape[1], image.shape[0]),
                borderMode=cv2.BORDER_REPLICATE,
            ),
            np.uint8,
        )
        for count in (2, 1)
    ]
    coder = av.CodecContext.create("libx264", "w")
    coder.width, coder.height, coder.pix_fmt = columns, rows, "yuv420p"
    coder.time_base = Fraction(1, 25)
    crf = f"{23.0 + 16.0 * strength:.1f}"
    coder.options = {"crf": crf, "preset": "veryfast", "bf": "0", "threads": "1", "tune": "zerolatency"}
    decoder = av.CodecContext.create("h264", "r")
    decoder.thread_count = 1
    packets = []
    for number, picture in enumerate((*before, image)):
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(picture[:rows, :columns]), format="rgb24")
        frame.pts = number
        packets += coder.encode(frame)
    packets += coder.encode(None)
    shown = [frame for packet in packets for frame in decoder.decode(packet)]
    shown += decoder.decode(None)
    result = image.copy()
    result[:rows, :columns] = shown[-1].to_ndarray(format="rgb24")
    return result


def _bytes(values: NDArray[np.floating]) -> Picture:
    return np.asarray(np.clip(values, 0, 255), dtype=np.uint8)
