"""A jet of sand slurry from a pipe mouth at the origin, thrown along +x, falling to z = -`drop_m`."""

import math

import numpy as np

from models.synth.paint import Kind, Paint
from models.synth.shapes import Mesh, ball, join, sheet, tube

LABEL = "discharge"
SLURRY = Paint(112, 88, 62, gloss=0.55, grime=0.05)
SPRAY = Paint(150, 130, 104, gloss=0.3, grime=0.0, kind=Kind.SAND)
GRAVITY = 9.81


def build(
    rng: np.random.Generator, *, radius_m: float, speed_mps: float, rise_deg: float, drop_m: float
) -> Mesh:
    """A rough rope of water that widens, threads torn from it, and the boil where it lands."""
    up, along = speed_mps * math.sin(math.radians(rise_deg)), speed_mps * math.cos(math.radians(rise_deg))
    lasts = (up + math.sqrt(up * up + 2 * GRAVITY * drop_m)) / GRAVITY
    shade = float(rng.uniform(0.8, 1.25))
    at = np.linspace(0.0, lasts, 16)
    angle = np.linspace(0.0, 2 * math.pi, 9)
    wide = radius_m * (1.0 + 1.7 * (at / lasts) ** 1.4)[:, None] * rng.uniform(0.5, 1.35, (16, 9))
    wide[:, -1] = wide[:, 0]
    x, z = along * at, up * at - GRAVITY / 2 * at**2
    grid = np.stack(
        [
            np.broadcast_to(x[:, None], wide.shape) + 0.5 * wide * np.cos(angle),
            wide * np.sin(angle),
            z[:, None] + 0.8 * wide * np.cos(angle),
        ],
        axis=2,
    )
    meshes = [sheet(grid, SLURRY.shaded(shade))]
    for _ in range(130):
        start = float(rng.uniform(0.15, 0.95)) * lasts
        off = rng.normal(0.0, radius_m * (0.8 + 1.9 * start / lasts), 3)
        ends = [
            (
                float(along * moment + off[0]),
                float(off[1]),
                float(up * moment - GRAVITY / 2 * moment**2 + off[2] * 0.6),
            )
            for moment in (start, start + float(rng.uniform(0.03, 0.1)))
        ]
        meshes.append(
            tube(ends[0], ends[1], radius_m * float(rng.uniform(0.06, 0.2)), SPRAY.shaded(shade), sides=3)
        )
    for _ in range(14):
        spot = rng.normal(0.0, radius_m * 2.2, 2)
        meshes.append(
            ball(
                radius_m * float(rng.uniform(0.3, 1.1)),
                (float(x[-1] + spot[0]), float(spot[1]), -drop_m + 0.05),
                SPRAY.shaded(shade),
                sides=6,
                squash=float(rng.uniform(0.3, 0.8)),
            )
        )
    return join(meshes)
