"""Buildings of the bank: houses on stilts with tin roofs, a mast with red and white bands."""

import numpy as np

from models.synth.matrices import Matrix
from models.synth.paint import GLASS, OLD_WOOD, RED, TIN, WHITE, WOOD, Paint
from models.synth.shapes import Mesh, box, corrugated, join, prism, railing, tube

WALLS = (
    Paint(122, 150, 160, grime=0.4),
    Paint(186, 168, 128, grime=0.4),
    Paint(130, 110, 88, grime=0.6),
    Paint(160, 176, 150, grime=0.4),
    Paint(150, 146, 140, grime=0.5),
)
ROOFS = (TIN, Paint(118, 62, 48, gloss=0.2, rust=0.3, grime=0.5), Paint(92, 110, 128, gloss=0.4, grime=0.4))


def on_stilts(rng: np.random.Generator) -> Mesh:
    """About 7 x 5 m, its floor 2 m over the water, veranda and steps to the river (towards +x)."""
    wall, roof = WALLS[int(rng.integers(len(WALLS)))], ROOFS[int(rng.integers(len(ROOFS)))]
    long, broad, floor, eaves = (
        float(rng.uniform(6, 9)),
        float(rng.uniform(4.2, 6)),
        2.0,
        float(rng.uniform(2.4, 3.0)),
    )
    stilts = [
        tube((float(x), float(y), -1.5), (float(x), float(y), floor), 0.1, OLD_WOOD, sides=4)
        for x in np.linspace(-long / 2, long / 2 + 2, 4)
        for y in np.linspace(-broad / 2, broad / 2, 3)
    ]
    slope = 0.9
    return join(
        [
            *stilts,
            box((long + 2.4, broad + 0.3, 0.15), (1.0, 0, floor), WOOD),
            box((long, broad, eaves), (0, 0, floor + eaves / 2), wall),
            box((0.06, 0.9, 1.9), (long / 2, -0.6, floor + 1.0), Paint(60, 46, 36)),
            box((0.06, 1.0, 0.9), (long / 2, 1.2, floor + 1.4), GLASS),
            *(
                corrugated(
                    (long + 1.6, broad / 2 + 0.5),
                    (0.4, side * broad / 4, floor + eaves + slope / 2),
                    roof,
                    ribs=10,
                ).moved(_pitched(side, slope, broad))
                for side in (-1.0, 1.0)
            ),
            prism(
                [(-long / 2, -0.02), (long / 2, -0.02), (long / 2, 0.02), (-long / 2, 0.02)],
                slope,
                (0, 0, floor + eaves),
                wall,
            ),
            railing([(long / 2 + 2, -broad / 2, floor), (long / 2 + 2, broad / 2, floor)], WOOD, gap=1.5),
        ]
    )


def mast(height: float = 42.0) -> Mesh:
    """A lattice telecom mast in red and white."""
    bars = []
    for k in range(14):
        low, high = height * k / 14, height * (k + 1) / 14
        wide, narrow = 1.6 * (1 - low / height) + 0.3, 1.6 * (1 - high / height) + 0.3
        paint = RED if k % 2 else WHITE
        feet = [(wide, 0.0, low), (-wide / 2, wide * 0.87, low), (-wide / 2, -wide * 0.87, low)]
        heads = [(narrow, 0.0, high), (-narrow / 2, narrow * 0.87, high), (-narrow / 2, -narrow * 0.87, high)]
        for i in range(3):
            bars += [
                tube(feet[i], heads[i], 0.1, paint, sides=3),
                tube(feet[i], heads[(i + 1) % 3], 0.06, paint, sides=3),
            ]
    return join(bars)


def _pitched(side: float, slope: float, broad: float) -> Matrix:
    """Shears a flat roof half about its own middle so that it falls towards `side`."""
    matrix = np.eye(4)
    fall = slope / (broad / 2)
    matrix[2, 1] = -side * fall
    matrix[2, 3] = fall * broad / 4
    return matrix
