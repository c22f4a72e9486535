"""Both banks of a bending river as chunks of static mesh: mud, grass, trees, palms, houses.

World frame: x along the reach, y to the left bank, z up.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.synth.body import Body, Part
from models.synth.paint import Kind, Paint
from models.synth.river import houses, plants
from models.synth.river.scatter import Spots, scattered, spread
from models.synth.shapes import Mesh, join, sheet

MUD = Paint(104, 82, 60, gloss=0.3, grime=0.4)
GRASS = Paint(84, 98, 52, gloss=0.05, grime=0.2, kind=Kind.LEAF)
CHUNK_M = 250.0
FAR_M = 900.0  # beyond here plainer plants do


@dataclass(frozen=True, slots=True)
class Reach:
    """A reach of river: distances of the banks from the line x of the world, and how it bends."""

    left_m: float = 170.0
    right_m: float = 510.0
    bend_from_m: float = 300.0
    bend_m: float = 330.0  # sideways displacement 1500 m further on
    from_m: float = -250.0
    to_m: float = 3250.0
    island: bool = True

    def line(self, x: NDArray[np.float64]) -> NDArray[np.float64]:
        """Sideways displacement of the river at x."""
        return self.bend_m * np.square(np.clip(x - self.bend_from_m, 0.0, 3000.0) / 1500.0)

    def bank(self, x: NDArray[np.float64], side: float) -> NDArray[np.float64]:
        offset = self.left_m if side > 0 else -self.right_m
        return self.line(x) + offset + 14.0 * np.sin(x / 90.0 + side) + 5.0 * np.sin(x / 23.0 + 2 * side)


ISLAND = Reach(left_m=-175.0, bend_from_m=900.0, bend_m=500.0, from_m=560.0, to_m=1560.0)  # its near shore


def build(reach: Reach, rng: np.random.Generator) -> tuple[Body, ...]:
    """Both banks and perhaps an island, one body per chunk, so that what is out of sight is not drawn."""
    stock = _Stock(rng)
    banks = (*_shore("left", reach, 1.0, stock, rng), *_shore("right", reach, -1.0, stock, rng))
    return (*banks, *_shore("island", ISLAND, 1.0, stock, rng)) if reach.island else banks


def _shore(
    name: str, reach: Reach, side: float, stock: "_Stock", rng: np.random.Generator
) -> tuple[Body, ...]:
    bodies = []
    for number, start in enumerate(np.arange(reach.from_m, reach.to_m, CHUNK_M)):
        mesh = join([_ground(reach, side, float(start)), _growth(reach, side, float(start), stock, rng)])
        bodies.append(Body(f"bank.{name}.{number}", (Part("bank", mesh),)))
    return tuple(bodies)


class _Stock:
    """The few templates everything is copied from, once for near and once, plainer, for far."""

    def __init__(self, rng: np.random.Generator) -> None:
        self.coconuts = [plants.coconut(rng, float(rng.uniform(8, 13))) for _ in range(4)]
        self.far_coconuts = [
            plants.coconut(rng, float(rng.uniform(8, 13)), leaves=7, joints=2) for _ in range(3)
        ]
        self.crowns = [plants.crown(rng, float(rng.uniform(7, 11))) for _ in range(5)]
        self.far_crowns = [plants.crown(rng, float(rng.uniform(7, 11)), lumps_of_leaf=2) for _ in range(3)]
        self.nipas = [plants.nipa(rng) for _ in range(3)]
        self.bananas = [plants.banana(rng) for _ in range(2)]
        self.bamboos = [plants.bamboo(rng)]
        self.houses = [houses.on_stilts(rng) for _ in range(6)]
        self.mast = houses.mast()


def _ground(reach: Reach, side: float, start: float) -> Mesh:
    x = np.linspace(start, start + CHUNK_M, 21)
    edge = reach.bank(x, side)
    profile = ((-3.0, -0.6), (0.0, 0.15), (2.5, 0.9), (9.0, 1.3), (60.0, 1.6))
    rows = np.stack(
        [np.stack([x, edge + side * out, np.full_like(x, z)], axis=1) for out, z in profile], axis=1
    )
    return join([sheet(rows[:, :3], MUD), sheet(rows[:, 2:], GRASS)])


def _growth(reach: Reach, side: float, start: float, stock: _Stock, rng: np.random.Generator) -> Mesh:
    far = start > FAR_M or (side > 0 and start > 250.0)
    meshes = []

    def along(count: int, out: tuple[float, float], scale: tuple[float, float]) -> Spots:
        x = rng.uniform(start, start + CHUNK_M, count)
        depth = rng.uniform(*out, count)
        place = np.stack(
            [x, reach.bank(x, side) + side * depth, np.interp(depth, (0, 2.5, 9), (0.1, 0.9, 1.3))], axis=1
        )
        return spread(place, rng, scale)

    x = np.linspace(start, start + CHUNK_M, 61 if far else 121)
    for out, height in ((12.0, (4.0, 9.0)), (34.0, (7.0, 13.0))):
        foot = np.stack([x, reach.bank(x, side) + side * out, np.full_like(x, 1.2)], axis=1)
        meshes.append(plants.thicket(foot, rng, height))
    share = 0.4 if start > 2 * FAR_M else 1.0
    crowns, palms = (stock.far_crowns, stock.far_coconuts) if far else (stock.crowns, stock.coconuts)
    meshes += [scattered(t, along(round((7 if far else 5) * share), (3, 22), (0.7, 1.5))) for t in crowns]
    meshes += [scattered(t, along(round(5 * share), (2, 26), (0.9, 1.5))) for t in palms]
    if not far:
        meshes += [scattered(t, along(6, (0.2, 2.4), (0.55, 1.0))) for t in stock.nipas]
        meshes += [scattered(t, along(3, (2, 9), (0.8, 1.3))) for t in stock.bananas]
        meshes += [scattered(t, along(2, (3, 10), (0.8, 1.2))) for t in stock.bamboos]
    if rng.random() < 0.7:
        for _ in range(int(rng.integers(2, 7))):
            spots = along(1, (-2.5, 3.0), (0.9, 1.2))
            facing = np.full(1, -90.0 * side + float(rng.uniform(-12, 12)))
            chosen = stock.houses[int(rng.integers(len(stock.houses)))]
            meshes.append(scattered(chosen, Spots(spots.place * (1, 1, 0), facing, spots.scale, spots.tint)))
    if rng.random() < 0.14:
        meshes.append(scattered(stock.mast, along(1, (20, 50), (0.9, 1.1))))
    return join(meshes)
