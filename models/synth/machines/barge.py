"""A sand barge (sà lan): steel hull with raked bow, coaming round an open hold, sand, cabin aft.

Its frame: origin amidships at keel-independent deck datum; `pose` sinks it with its load.
"""

import numpy as np

from models.synth.body import Body, Part, Pose
from models.synth.machines import clutter, hull
from models.synth.matrices import chain, shift, stretch
from models.synth.paint import GLASS, HULL_PAINTS, RED, SAND, STEEL, TIN, WHITE, Paint, drawn
from models.synth.shapes import Mesh, box, corrugated, join, prism, railing, sheet, tube

LABEL = "barge"
LOAD_LABEL = "sand_load"
LENGTH_M = 40.0
BEAM_M = 8.4
HOLD = (-11.0, 14.0, 3.3)  # from x, to x, half breadth
FLOOR_M = -0.01  # of the hold, under deck
COAMING_M = 1.05
LIGHT_DECK_M = 1.55  # deck over the water when empty
LADEN_DECK_M = 0.4


def build(name: str, rng: np.random.Generator) -> Body:
    paint = drawn(rng, HULL_PAINTS)
    return Body(
        name,
        (
            Part("hull", join([_hull(paint, rng), _coaming(paint), _cabin(rng), _gear(rng)]), None, LABEL),
            Part("sand", _heap(rng), "hull", LOAD_LABEL),
        ),
    )


def deck_m(fill: float) -> float:
    """Freeboard for a hold filled to `fill` (0 to 1)."""
    return LIGHT_DECK_M + (LADEN_DECK_M - LIGHT_DECK_M) * fill


def pose(fill: float) -> Pose:
    """Sunk by its load, the heap grown; its bottom is always covered."""
    grown = 0.08 + 0.92 * fill
    return {"hull": shift(0, 0, deck_m(fill)), "sand": chain(shift(0, 0, -FLOOR_M), stretch(1.0, 1.0, grown))}


def _hull(paint: Paint, rng: np.random.Generator) -> Mesh:
    deck = Paint(104, 80, 62, gloss=0.25, rust=0.6, grime=0.7)
    body = hull.steel(LENGTH_M, BEAM_M, 0.0, -2.6, 3.2, paint, deck)
    band = [
        box((LENGTH_M - 7, 0.06, 0.22), (0, side * (BEAM_M / 2 + 0.01), -0.35), RED.shaded(0.8).worn(0.5))
        for side in (-1, 1)
    ]
    tyres = [
        clutter.tyre_fender((float(x), side * (BEAM_M / 2 + 0.16), -0.45), outward=side)
        for side in (-1.0, 1.0)
        for x in np.arange(-15, 18, float(rng.uniform(4.0, 5.5)))
    ]
    return join([body, *band, *tyres])


def _coaming(paint: Paint) -> Mesh:
    """Plates round the hold with stiffeners outside, and the dark inside of the hold."""
    x0, x1, half = HOLD
    rim = paint.shaded(0.8).worn(0.75, 0.7)
    long, middle = x1 - x0, (x0 + x1) / 2
    tall = COAMING_M + FLOOR_M
    walls = [
        box((long, 0.09, tall), (middle, side * half, (COAMING_M - FLOOR_M) / 2), rim) for side in (-1, 1)
    ]
    walls += [box((0.09, half * 2, tall), (x, 0, (COAMING_M - FLOOR_M) / 2), rim) for x in (x0, x1)]
    caps = [
        box((long + 0.2, 0.2, 0.07), (middle, side * half, COAMING_M), rim.shaded(1.15)) for side in (-1, 1)
    ]
    caps += [box((0.2, half * 2, 0.07), (x, 0, COAMING_M), rim.shaded(1.15)) for x in (x0, x1)]
    ribs = [
        box((0.07, 0.22, COAMING_M), (float(x), side * (half + 0.14), COAMING_M / 2), rim.shaded(0.85))
        for x in np.arange(x0 + 0.8, x1, 1.6)
        for side in (-1, 1)
    ]
    return join([*walls, *caps, *ribs])


def _heap(rng: np.random.Generator) -> Mesh:
    """Sand as a unit-filled load: a few mounds with rounded tops, low along the coaming."""
    x0, x1, half = HOLD
    x, y = np.meshgrid(
        np.linspace(x0 + 0.05, x1 - 0.05, 60), np.linspace(-half + 0.05, half - 0.05, 22), indexing="ij"
    )
    height = np.full(x.shape, 0.35)
    for centre in np.linspace(x0 + 3.5, x1 - 3.5, 5) + rng.uniform(-1.2, 1.2, 5):
        reach, peak = rng.uniform(3.6, 4.8), rng.uniform(1.7, 2.4)
        distance = np.hypot((x - centre) / reach, (y - rng.uniform(-0.5, 0.5)) / 3.6)
        height = np.maximum(height, 0.35 + peak * np.clip(1.0 - distance, 0.0, None) ** 0.85)
    rough = rng.normal(0.0, 1.0, x.shape)
    for axis in (0, 1):
        rough = (rough + np.roll(rough, 1, axis) + np.roll(rough, -1, axis)) / 3.0
    return sheet(np.stack([x, y, height + rough * 0.1], axis=2), SAND)


def _cabin(rng: np.random.Generator) -> Mesh:
    """Crew cabin and raised wheelhouse aft, in the bright two-tone of river barges."""
    wall = (
        Paint(150, 190, 186, grime=0.4),
        WHITE,
        Paint(206, 176, 110, grime=0.4),
        Paint(96, 140, 178, grime=0.4),
    )[int(rng.integers(4))]
    x = -15.6
    windows = [
        box((0.8, 0.05, 0.55), (x + dx, side * 2.92, 1.4), GLASS)
        for dx in (-1.7, -0.3, 1.1)
        for side in (-1, 1)
    ]
    front = [box((0.05, 0.8, 0.7), (x + 1.43, y, 3.2), GLASS) for y in (-0.95, 0.0, 0.95)]
    return join(
        [
            prism([(-2.4, -2.9), (2.2, -2.9), (2.2, 2.9), (-2.4, 2.9)], 2.1, (x, 0, 0), wall),
            box((5.2, 6.3, 0.1), (x, 0, 2.15), TIN),
            box((2.4, 3.2, 1.7), (x + 0.2, 0, 3.0), wall.shaded(1.08)),
            corrugated((3.2, 3.9), (x + 0.2, 0, 3.95), TIN, slope=0.1),
            *windows,
            *front,
            tube((x - 1.8, 0.8, 2.2), (x - 1.8, 0.8, 4.6), 0.1, STEEL.worn(0.8), sides=8),
            railing([(x - 2.4, -3.0, 2.2), (x - 2.4, 3.0, 2.2)], WHITE),
        ]
    )


def _gear(rng: np.random.Generator) -> Mesh:
    """Bow windlass, bollards, ropes, mast, cans by the cabin."""
    return join(
        [
            clutter.winch((16.2, 0.0, 0.0), 0.0, drawn(rng, HULL_PAINTS)),
            *(clutter.bollard((x, side * 3.7, 0.0)) for x in (-12.5, 0.0, 15.0) for side in (-1, 1)),
            clutter.coil((17.4, 1.4, 0.0), 0.45),
            tube((18.6, 0, 0), (18.6, 0, 3.0), 0.06, WHITE, sides=6),
            clutter.oddments((14.6, 18.0, -3.2, 3.2), 0.0, 4, rng),
            clutter.flag((18.6, 0.0, 3.1), height=0.7),
        ]
    )
