"""Lattice girders: four chords and zigzag lacing of real bars."""

import itertools

import numpy as np

from models.synth.matrices import Point
from models.synth.paint import Paint
from models.synth.shapes import Mesh, join, tube


def boom(
    length: float,
    width: float,
    paint: Paint,
    *,
    bays: int = 14,
    foot: float = 0.55,
    tip: float = 0.4,
    chord: float = 0.055,
) -> Mesh:
    """A crane boom along +x from the origin, `width` metres square in its middle, slimmer at foot and tip."""
    stations = np.linspace(0.0, length, bays + 1)
    share = stations / length
    swell = np.interp(share, (0.0, 0.22, 0.74, 1.0), (foot, 1.0, 1.0, tip)) * width / 2.0
    flat = np.interp(share, (0.0, 0.22, 0.74, 1.0), (0.25, 1.0, 1.0, tip)) * width / 2.0
    corners = [
        [(float(x), float(sy * w), float(sz * h)) for x, w, h in zip(stations, swell, flat, strict=True)]
        for sy, sz in ((1, 1), (1, -1), (-1, -1), (-1, 1))
    ]
    bars: list[Mesh] = []
    for side in range(4):
        here, there = corners[side], corners[(side + 1) % 4]
        bars += [tube(a, b, chord, paint, sides=5) for a, b in itertools.pairwise(here)]
        bars += _lacing(here, there, paint, chord * 0.55)
    return join(bars)


def _lacing(here: list[Point], there: list[Point], paint: Paint, radius: float) -> list[Mesh]:
    bars = [
        tube(here[0], there[0], radius, paint, sides=4),
        tube(here[-1], there[-1], radius, paint, sides=4),
    ]
    for bay in range(len(here) - 1):
        a, b = (here[bay], there[bay + 1]) if bay % 2 else (there[bay], here[bay + 1])
        bars.append(tube(a, b, radius, paint, sides=4))
    return bars
