"""A flat deck barge for an excavator: hull, timber mats, spud pins, hut, clutter. Origin on the water line."""

import numpy as np

from models.synth.body import Body, Part
from models.synth.machines import clutter, hull
from models.synth.paint import (
    BARE_IRON,
    GLASS,
    HULL_PAINTS,
    MACHINE_PAINTS,
    STEEL,
    TIN,
    WHITE,
    WOOD,
    Paint,
    drawn,
)
from models.synth.shapes import Mesh, box, join, railing, tube

LABEL = "barge"


class DeckBarge:
    """Drawn dimensions and the body; the excavator stands at `stand_x_m` on `deck_m`."""

    def __init__(self, name: str, rng: np.random.Generator) -> None:
        self.length_m, self.beam_m = float(rng.uniform(16, 28)), float(rng.uniform(7, 10))
        self.deck_m = float(rng.uniform(0.7, 1.3))
        self.stand_x_m = self.length_m * float(rng.uniform(0.1, 0.26))
        paint, steel = drawn(rng, HULL_PAINTS), drawn(rng, MACHINE_PAINTS)
        self.body = Body(
            name,
            (
                Part(
                    "hull",
                    join(
                        [
                            self._hull(paint, rng),
                            self._mats(rng),
                            self._pins(steel, rng),
                            self._hut(rng),
                            self._clutter(rng),
                        ]
                    ),
                    None,
                    LABEL,
                ),
            ),
        )

    def _hull(self, paint: Paint, rng: np.random.Generator) -> Mesh:
        half = self.beam_m / 2
        tyres = [
            clutter.tyre_fender((float(x), s * (half + 0.16), self.deck_m - 0.5), outward=s)
            for s in (-1.0, 1.0)
            for x in np.arange(-self.length_m / 2 + 2, self.length_m / 2 - 2, float(rng.uniform(2.5, 5)))
        ]
        kerb = [
            box((self.length_m - 1, 0.12, 0.2), (0, s * (half - 0.1), self.deck_m + 0.1), paint.shaded(0.8))
            for s in (-1, 1)
        ]
        deck = Paint(100, 86, 72, gloss=0.2, rust=0.6, grime=0.8)
        return join(
            [hull.steel(self.length_m, self.beam_m, self.deck_m, -1.0, 1.8, paint, deck), *kerb, *tyres]
        )

    def _mats(self, rng: np.random.Generator) -> Mesh:
        mats = [
            box(
                (0.3, 5.0, 0.16),
                (self.stand_x_m - 2.8 + 0.36 * k, float(rng.uniform(-0.15, 0.15)), self.deck_m + 0.08),
                WOOD.shaded(float(rng.uniform(0.6, 1.1))),
            )
            for k in range(16)
        ]
        sand = [
            clutter.spilt_sand(
                (float(rng.uniform(-4, 9)), float(rng.uniform(-3, 3)), self.deck_m),
                float(rng.uniform(0.5, 1.6)),
                rng,
            )
            for _ in range(10)
        ]
        return join([*mats, *sand])

    def _pins(self, paint: Paint, rng: np.random.Generator) -> Mesh:
        meshes = []
        tall = float(rng.uniform(5.0, 10.0))
        for x, s in ((-self.length_m * 0.36, 1), (self.length_m * 0.34, -1), (-self.length_m * 0.36, -1))[
            : int(rng.integers(1, 4))
        ]:
            y = s * (self.beam_m / 2 + 0.3)
            meshes += [
                tube(
                    (x, y, -3),
                    (x, y, tall * float(rng.uniform(0.7, 1.0))),
                    0.22,
                    BARE_IRON.worn(0.75),
                    sides=10,
                    capped=True,
                ),
                box((0.8, 0.8, 0.3), (x, y, self.deck_m + 0.1), paint),
                box((0.8, 0.8, 0.3), (x, y, self.deck_m + 1.6), paint),
            ]
        return join(meshes)

    def _hut(self, rng: np.random.Generator) -> Mesh:
        """A container or a tin hut aft, its roof with a tank."""
        x, d = -self.length_m / 2 + 3.4, self.deck_m
        wall = drawn(rng, (*HULL_PAINTS, WHITE, TIN))
        long, wide, tall = float(rng.uniform(2.6, 6.0)), 2.4, float(rng.uniform(2.1, 2.6))
        ribs = [
            box(
                (0.06, 0.06, tall),
                (x - long / 2 + 0.3 * k, s * (wide / 2 + 0.02), d + tall / 2),
                wall.shaded(0.85),
            )
            for k in range(int(long / 0.3))
            for s in (-1, 1)
        ]
        return join(
            [
                box((long, wide, tall), (x, 0, d + tall / 2), wall),
                box((long + 0.4, wide + 0.4, 0.08), (x, 0, d + tall + 0.04), TIN),
                box((0.05, 1.0, 0.7), (x + long / 2 + 0.02, 0, d + tall * 0.65), GLASS),
                tube(
                    (x - 0.6, 0.4, d + tall),
                    (x - 0.6, 0.4, d + tall + 1.1),
                    0.5,
                    Paint(40, 90, 170, gloss=0.4),
                    sides=12,
                    capped=True,
                ),
                *ribs,
            ]
        )

    def _clutter(self, rng: np.random.Generator) -> Mesh:
        half, d = self.length_m / 2, self.deck_m
        wide = self.beam_m * 0.42
        return join(
            [
                clutter.oddments((-half + 6.2, -half * 0.2, -wide, wide), d, 11, rng),
                clutter.oddments((half - 2.5, half - 1.0, -wide, wide), d, 5, rng),
                clutter.winch((half - 1.8, wide * 0.6, d), 0.0, drawn(rng, MACHINE_PAINTS)),
                clutter.heap_under_tarpaulin((1.8, 1.4, 0.9), (-half * 0.3, wide * 0.6, d), rng),
                clutter.hose((-half * 0.5, -wide * 0.7, d), (half * 0.4, -wide * 0.8, d), rng),
                *(
                    clutter.bollard((x, s * (self.beam_m / 2 - 0.5), d))
                    for x in (-half + 1.5, 0.0, half - 1.5)
                    for s in (-1, 1)
                ),
                railing(
                    [(-half + 0.8, self.beam_m / 2 - 0.2, d), (-half * 0.3, self.beam_m / 2 - 0.2, d)],
                    STEEL.worn(0.5),
                ),
                clutter.flag((-half + 0.8, wide * 0.6, d + 3.4), height=0.75),
            ]
        )
