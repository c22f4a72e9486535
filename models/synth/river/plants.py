"""Trees of the bank: coconut and nipa palms, broad crowns, banana, bamboo; and water hyacinth."""

import math

import numpy as np
from numpy.typing import NDArray

from models.synth.matrices import chain, shift, turn
from models.synth.paint import Kind, Paint
from models.synth.shapes import Mesh, ball, join, sheet, triangles, tube

LEAF = Paint(58, 84, 38, gloss=0.1, grime=0.0, kind=Kind.LEAF)
PALM_LEAF = Paint(74, 98, 44, gloss=0.2, grime=0.0, kind=Kind.LEAF)
NIPA_LEAF = Paint(70, 96, 40, gloss=0.15, grime=0.0, kind=Kind.LEAF)
HYACINTH_LEAF = Paint(74, 118, 46, gloss=0.3, grime=0.0, kind=Kind.LEAF)
TRUNK = Paint(98, 86, 70, gloss=0.05, grime=0.3)


def frond(length: float, width: float, droop: float, paint: Paint, *, joints: int = 5) -> Mesh:
    """A feathered leaf along +x, bent down by `droop` metres at its end, folded along its rib."""
    share = np.linspace(0.0, 1.0, joints + 1)
    rib_x = length * share * (1 - 0.15 * droop / length * share)
    rib_z = 0.35 * length * np.sin(share * 1.4) * (1 - share) - droop * share**2
    half = width * np.interp(share, (0.0, 0.2, 0.4, 0.6, 0.8, 1.0), (0.25, 0.8, 1.0, 0.9, 0.6, 0.05))
    grid = np.stack(
        [
            np.stack([rib_x - 0.1, half, rib_z - half * 0.45], axis=1),
            np.stack([rib_x, np.zeros(joints + 1), rib_z], axis=1),
            np.stack([rib_x - 0.1, -half, rib_z - half * 0.45], axis=1),
        ],
        axis=1,
    )
    return sheet(grid, paint)


def coconut(rng: np.random.Generator, height: float = 9.0, *, leaves: int = 11, joints: int = 3) -> Mesh:
    lean = float(rng.uniform(0.2, 1.6))
    knee = (lean * 0.3, 0.0, height * 0.5)
    crown = (lean, 0.0, height)
    fan = []
    for k in range(leaves):
        angle = 360.0 * k / leaves + float(rng.uniform(-12, 12))
        rise = float(rng.uniform(-35, 40))
        leaf = frond(
            float(rng.uniform(2.8, 3.8)),
            0.6,
            float(rng.uniform(0.8, 2.0)),
            PALM_LEAF.shaded(float(rng.uniform(0.7, 1.2))),
            joints=joints,
        )
        fan.append(leaf.moved(chain(shift(*crown), turn("z", angle), turn("y", -rise))))
    return join(
        [
            tube((0, 0, 0), knee, 0.19, TRUNK, end=0.15, sides=3),
            tube(knee, crown, 0.15, TRUNK, end=0.11, sides=3),
            *fan,
        ]
    )


def nipa(rng: np.random.Generator) -> Mesh:
    """A clump of trunkless fronds standing in the water's edge, 4 to 6 m."""
    leaves = []
    for _ in range(9):
        leaf = frond(
            float(rng.uniform(3.6, 5.4)),
            0.55,
            float(rng.uniform(0.2, 1.4)),
            NIPA_LEAF.shaded(float(rng.uniform(0.7, 1.25))),
            joints=2,
        )
        leaves.append(
            leaf.moved(
                chain(
                    shift(float(rng.normal(0, 0.4)), float(rng.normal(0, 0.4)), 0),
                    turn("z", float(rng.uniform(0, 360))),
                    turn("y", -float(rng.uniform(48, 82))),
                )
            )
        )
    return join(leaves)


def crown(rng: np.random.Generator, height: float = 8.0, *, lumps_of_leaf: int = 6) -> Mesh:
    """A broad-leaved tree: lumps of leaf round a hidden trunk, ragged, darker below."""
    lumps = [tube((0, 0, 0), (0, 0, height * 0.6), 0.18, TRUNK, sides=3)]
    for _ in range(lumps_of_leaf):
        reach = height * 0.3
        at = rng.normal(0, 1, 3) * (reach * 0.55, reach * 0.55, height * 0.17) + (0, 0, height * 0.64)
        lump = ball(
            float(rng.uniform(0.45, 0.8) * reach),
            (0, 0, 0),
            LEAF.shaded(float(rng.uniform(0.7, 1.25))),
            sides=6,
            squash=0.85,
        )
        position = lump.position * rng.uniform(0.72, 1.3, (len(lump.position), 1)).astype(np.float32)
        lumps.append(triangles(position + at, LEAF.shaded(float(0.6 + 0.7 * (at[2] / height))), lump.normal))
    return join(lumps)


def banana(rng: np.random.Generator) -> Mesh:
    leaves = [
        frond(2.4, 0.4, 1.0, HYACINTH_LEAF.shaded(float(rng.uniform(0.8, 1.2))), joints=2).moved(
            chain(shift(0, 0, 1.8), turn("z", 45.0 * k), turn("y", -float(rng.uniform(30, 70))))
        )
        for k in range(8)
    ]
    return join([tube((0, 0, 0), (0, 0, 2), 0.14, TRUNK, sides=4), *leaves])


def bamboo(rng: np.random.Generator) -> Mesh:
    culms = []
    for _ in range(11):
        angle = float(rng.uniform(0, 2 * math.pi))
        lean, tall = float(rng.uniform(0.8, 2.6)), float(rng.uniform(6, 10))
        foot = (0.4 * math.cos(angle), 0.4 * math.sin(angle), 0.0)
        top = (lean * math.cos(angle), lean * math.sin(angle), tall)
        culms.append(tube(foot, top, 0.05, HYACINTH_LEAF.shaded(0.8), sides=3))
        for share in (0.6, 0.78, 0.95):
            at = tuple(f + (t - f) * share for f, t in zip(foot, top, strict=True))
            culms.append(
                frond(1.5, 0.5, 0.9, LEAF.shaded(1.25), joints=2).moved(
                    chain(
                        shift(*at),
                        turn("z", math.degrees(angle) + float(rng.uniform(-60, 60))),
                        turn("y", -10),
                    )
                )
            )
    return join(culms)


def hyacinth(rng: np.random.Generator) -> Mesh:
    """A floating mat about 2 m across: upright round leaves on a ragged outline."""
    count = 90
    radius = np.sqrt(rng.uniform(0, 1, count)) * rng.uniform(0.6, 1.15, count)
    angle = rng.uniform(0, 2 * math.pi, count)
    foot = np.stack([radius * np.cos(angle), radius * np.sin(angle) * 0.7, np.zeros(count)], axis=1)
    bearing = rng.uniform(0, 2 * math.pi, count)
    across = np.stack([np.cos(bearing), np.sin(bearing), np.zeros(count)], axis=1) * 0.13
    tip = np.stack([-np.sin(bearing) * 0.1, np.cos(bearing) * 0.1, rng.uniform(0.14, 0.32, count)], axis=1)
    leaf = np.stack(
        [
            foot - across * 0.3,
            foot + across + tip * 0.6,
            foot + tip,
            foot - across * 0.3,
            foot + tip,
            foot - across + tip * 0.6,
        ],
        axis=1,
    )
    return triangles(leaf.reshape(-1, 3), HYACINTH_LEAF)


def thicket(foot: NDArray[np.floating], rng: np.random.Generator, height: tuple[float, float]) -> Mesh:
    """A wall of green along the foot points (n x 3), its top ragged: the depth of the growth behind the first trees."""
    count = len(foot)
    tall = np.convolve(
        rng.uniform(*height, count + 4), np.array((0.15, 0.2, 0.3, 0.2, 0.15)), "valid"
    ) + rng.normal(0, 0.5, count)
    rows = []
    for share, out in ((0.0, 0.0), (0.45, -0.6), (0.8, 0.0), (1.0, 1.2)):
        row = foot + rng.normal(0.0, 0.55, foot.shape) * (1.0, 1.0, 0.6 * (share > 0))
        row[:, 1] += out * np.sign(foot[:, 1])
        row[:, 2] += tall * share
        rows.append(row)
    wall = sheet(np.stack(rows, axis=1), LEAF, smooth=False)
    shade = np.repeat(rng.uniform(0.5, 1.15, len(wall.position) // 3), 3)
    wall.colour[:, :3] = np.clip(wall.colour[:, :3] * shade[:, None], 0, 255).astype(np.uint8)
    return wall
