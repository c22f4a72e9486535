"""A pump boat: wooden hull, engine and sand pump on deck, suction pipe over the side, discharge pipe with its jet.

Its frame: origin amidships on the water line, x ahead; it discharges to starboard (-y).
"""

import numpy as np

from models.synth.body import Body, Part, Pose
from models.synth.machines import clutter, hull, jet
from models.synth.machines.boat import HULLS
from models.synth.matrices import Point, chain, shift, turn
from models.synth.paint import (
    BARE_IRON,
    GLASS,
    MACHINE_PAINTS,
    ROPE_HEMP,
    STEEL,
    TIN,
    WHITE,
    WOOD,
    Paint,
    drawn,
)
from models.synth.shapes import Mesh, box, corrugated, join, polyline, revolve, tube

LABEL = "suction_dredger"


class PumpBoat:
    """Drawn dimensions and the body built from them."""

    def __init__(self, name: str, rng: np.random.Generator) -> None:
        self.length_m = float(rng.uniform(11, 20))
        self.beam_m = self.length_m * float(rng.uniform(0.2, 0.26))
        self.deck_m = float(rng.uniform(0.5, 0.9))
        self.mouth: Point = (
            float(rng.uniform(-0.05, 0.2)) * self.length_m,
            -self.beam_m / 2 - float(rng.uniform(0.6, 2.4)),
            self.deck_m + float(rng.uniform(1.2, 2.6)),
        )
        wood, iron = drawn(rng, HULLS).worn(0.0), drawn(rng, MACHINE_PAINTS)
        spout = jet.build(
            rng,
            radius_m=float(rng.uniform(0.13, 0.24)),
            speed_mps=float(rng.uniform(3.0, 6.5)),
            rise_deg=float(rng.uniform(-15, 25)),
            drop_m=self.mouth[2] - 0.2,
        )
        self.body = Body(
            name,
            (
                Part(
                    "hull",
                    join(
                        [
                            hull.wooden(self.length_m, self.beam_m, self.deck_m, 0.9, wood, WOOD),
                            self._plant(iron, rng),
                            self._house(rng),
                            self._clutter(rng),
                        ]
                    ),
                    None,
                    LABEL,
                ),
                Part("suction", self._suction(iron, rng), "hull", LABEL),
                Part("pipe", self._pipe(iron), "hull", LABEL),
                Part("jet", spout.moved(chain(shift(*self.mouth), turn("z", -90))), "hull", jet.LABEL),
            ),
        )

    def pose(self, *, pumping: bool) -> Pose:
        """Pumping, or stopped with the suction pipe hauled up and no jet."""
        return {} if pumping else {"jet": None, "suction": chain(shift(0, 0, 0.9), turn("y", -3.0))}

    def _plant(self, paint: Paint, rng: np.random.Generator) -> Mesh:
        """Diesel with radiator and exhaust, belt guard, volute of the pump."""
        d = self.deck_m
        x = self.length_m * 0.12
        engine = [
            box((1.7, 0.8, 0.9), (x, 0, d + 0.55), paint),
            box((0.25, 1.0, 1.1), (x - 1.05, 0, d + 0.65), BARE_IRON),
            *(
                tube(
                    (x - 0.5 + 0.35 * k, 0, d + 1.0),
                    (x - 0.5 + 0.35 * k, 0, d + 1.15),
                    0.12,
                    STEEL,
                    sides=8,
                    capped=True,
                )
                for k in range(4)
            ),
            tube((x + 0.2, 0.3, d + 1.0), (x + 0.2, 0.35, d + 2.6), 0.07, BARE_IRON.worn(0.9), sides=8),
            box((0.8, 0.15, 0.8), (x + 1.2, 0.2, d + 0.5), drawn(rng, MACHINE_PAINTS)),
        ]
        volute = revolve(
            [(0.0, 0.3), (0.55, 0.3), (0.6, 0.0), (0.55, -0.3), (0.0, -0.3)],
            (0, 0, 0),
            BARE_IRON.worn(0.6),
            sides=14,
        )
        return join([*engine, volute.moved(chain(shift(x + 1.9, 0, d + 0.65), turn("x", 90)))])

    def _suction(self, paint: Paint, rng: np.random.Generator) -> Mesh:
        """The long pipe over the bow or side into the water, hung from a frame of poles by tackle."""
        d, x = self.deck_m, self.length_m * 0.28
        out = self.beam_m / 2 + 0.35
        head = (x + 0.8, out, d + float(rng.uniform(2.2, 4.2)))
        poles = [
            tube((x + dx, dy, d), head, 0.07, paint if rng.random() < 0.5 else WOOD, sides=6)
            for dx, dy in ((-0.9, out - 0.7), (1.7, out - 0.7), (0.4, -0.3))
        ]
        pipe = polyline(
            [
                (x, 0.1, d + 0.65),
                (x + 0.3, out - 0.2, d + 0.9),
                (x + 1.4, out + 0.1, d + 0.5),
                (x + 6.0, out + 0.4, -2.2),
            ],
            0.16,
            BARE_IRON.worn(0.7),
            sides=8,
        )
        hang = tube(head, (x + 2.0, out + 0.1, d + 0.15), 0.025, ROPE_HEMP, sides=4)
        return join([*poles, pipe, hang])

    def _pipe(self, paint: Paint) -> Mesh:
        """From the pump up to the mouth over the side, on a trestle."""
        x, d = self.length_m * 0.12 + 1.9, self.deck_m
        mx, my, mz = self.mouth
        bend = (mx, 0.0, mz + 0.05)
        legs = [
            tube((mx + dx, -self.beam_m * 0.3, d), (mx, -self.beam_m * 0.35, mz - 0.1), 0.05, paint, sides=5)
            for dx in (-0.5, 0.5)
        ]
        return join(
            [
                polyline(
                    [(x, 0, d + 1.2), (x, 0.0, mz), bend, (mx, my, mz)], 0.15, BARE_IRON.worn(0.65), sides=8
                ),
                *legs,
            ]
        )

    def _house(self, rng: np.random.Generator) -> Mesh:
        """A cabin or a plain awning aft."""
        d, x = self.deck_m, -self.length_m * 0.27
        long, wide = self.length_m * 0.26, self.beam_m * 0.8
        roof = corrugated(
            (long + 0.8, wide + 0.5),
            (x, 0, d + 2.15),
            TIN.shaded(float(rng.uniform(0.7, 1.1))),
            slope=0.15,
            ribs=12,
        )
        if rng.random() < 0.45:
            posts = [
                tube((x + dx, dy, d), (x + dx, dy, d + 2.1), 0.05, WOOD)
                for dx in (-long / 2, long / 2)
                for dy in (-wide / 2, wide / 2)
            ]
            return join([roof, *posts])
        wall = (WHITE, Paint(110, 160, 176, grime=0.4), Paint(188, 150, 92, grime=0.4), WOOD)[
            int(rng.integers(4))
        ]
        panes = [box((long * 0.5, 0.04, 0.55), (x, s * wide / 2, d + 1.35), GLASS) for s in (-1, 1)]
        return join(
            [
                roof,
                box((long, wide, 2.0), (x, 0, d + 1.0), wall),
                box((0.04, wide * 0.7, 0.6), (x + long / 2, 0, d + 1.4), GLASS),
                *panes,
            ]
        )

    def _clutter(self, rng: np.random.Generator) -> Mesh:
        d, half = self.deck_m, self.length_m / 2
        return join(
            [
                clutter.oddments(
                    (-half * 0.25, half * 0.1, -self.beam_m * 0.3, self.beam_m * 0.3), d, 5, rng
                ),
                clutter.oddments((half * 0.5, half * 0.65, -0.4, 0.4), d, 2, rng),
                *(
                    clutter.tyre_fender((fx, -self.beam_m / 2 - 0.1, d - 0.25), outward=-1.0)
                    for fx in (-half * 0.4, 0.0, half * 0.35)
                ),
            ]
        )
