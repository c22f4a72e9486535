"""Woods seen from close by: a row of bare trees, and a hillside grown over. They fill a picture and are nothing."""

import numpy as np

from models.synth.body import Body, Part
from models.synth.matrices import turn
from models.synth.paint import Paint
from models.synth.river.plants import LEAF, TRUNK, crown
from models.synth.river.scatter import scattered, spread
from models.synth.shapes import Mesh, join, sheet, tube

LONG_M = 120.0  # along x; the face lies at y = 0, all else behind it (y > 0)


def bare(name: str, rng: np.random.Generator) -> Body:
    """A strip of leafless trees on low ground, as a flooded or a winter wood."""
    ground = Paint(104, 92, 66, gloss=0.0, grime=0.4).shaded(float(rng.uniform(0.6, 1.2)))
    trees = []
    for _ in range(3):
        count = int(rng.integers(9, 22))
        place = np.stack(
            [rng.uniform(-LONG_M / 2, LONG_M / 2, count), rng.uniform(1, 14, count), np.full(count, 0.8)],
            axis=1,
        )
        trees.append(scattered(_leafless(rng), spread(place, rng, (0.6, 1.2))))
    return Body(name, (Part("wood", join([_ground(30.0, 0.8, ground, rng), *trees])),))


def hillside(name: str, rng: np.random.Generator) -> Body:
    """A slope of 20 to 80 m grown over with broad crowns."""
    deep, tall = float(rng.uniform(40, 90)), float(rng.uniform(20, 80))
    soil = LEAF.shaded(float(rng.uniform(0.5, 1.1)))
    count = 600
    along, up = rng.uniform(-LONG_M / 2, LONG_M / 2, count), np.sqrt(rng.uniform(0, 1, count))
    place = np.stack([along, up * deep, 0.5 + up * tall], axis=1)
    woods = [
        scattered(crown(rng, float(rng.uniform(5, 10)), lumps_of_leaf=3), spread(part, rng, (0.6, 1.3)))
        for part in np.array_split(place, 3)
    ]
    return Body(name, (Part("hill", join([_ground(deep, tall, soil, rng), *woods])),))


def _ground(deep: float, tall: float, paint: Paint, rng: np.random.Generator) -> Mesh:
    x, y = np.meshgrid(np.linspace(-LONG_M / 2, LONG_M / 2, 30), np.linspace(0, deep, 10), indexing="ij")
    height = tall * np.clip(y / deep, 0, 1) + rng.normal(0, 0.02 * tall + 0.1, x.shape)
    return sheet(np.stack([x, y, height], axis=2), paint, smooth=False)


def _leafless(rng: np.random.Generator) -> Mesh:
    """One tree, three orders of branches."""
    tall = float(rng.uniform(7, 16))
    paint = TRUNK.shaded(float(rng.uniform(0.4, 1.1)))
    made: list[Mesh] = []

    def grow(foot: np.ndarray, way: np.ndarray, long: float, thick: float, left: int) -> None:
        top = foot + way * long
        made.append(tube(tuple(foot), tuple(top), thick, paint, end=thick * 0.6, sides=3))
        if not left:
            return
        for _ in range(4):
            bent = way + rng.normal(0, 0.45, 3) * (1, 1, 0.6) + (0, 0, 0.15)
            start = foot + (top - foot) * float(rng.uniform(0.35, 1.0))
            grow(
                start,
                bent / np.linalg.norm(bent),
                long * float(rng.uniform(0.35, 0.65)),
                thick * 0.5,
                left - 1,
            )

    grow(np.zeros(3), np.array([0.0, 0.0, 1.0]), tall * 0.6, tall * 0.02, 3)
    return join(made).moved(turn("z", float(rng.uniform(0, 360))))
