"""A cutter suction dredger: pontoon, ladder with cutter under a bow gantry, deck and wheelhouse, spuds astern.

Its frame: origin amidships on the water line, x ahead (to the ladder).
"""

import itertools
import math

import numpy as np

from models.synth.body import Body, Part, Pose
from models.synth.machines import clutter, hull, jet
from models.synth.machines.lattice import boom
from models.synth.matrices import Point, between, chain, moved, shift, turn
from models.synth.paint import (
    BARE_IRON,
    GLASS,
    HULL_PAINTS,
    MACHINE_PAINTS,
    ROPE_WIRE,
    STEEL,
    TIN,
    WHITE,
    Paint,
    drawn,
)
from models.synth.shapes import Mesh, box, girder, join, polyline, prism, railing, revolve, tube

LABEL = "suction_dredger"
WALLS = (
    WHITE,
    Paint(206, 196, 160, grime=0.4),
    Paint(130, 168, 190, grime=0.4),
    Paint(120, 160, 128, grime=0.4),
)


class Cutter:
    """Drawn dimensions and the body built from them."""

    def __init__(self, name: str, rng: np.random.Generator) -> None:
        self.length_m, self.beam_m = float(rng.uniform(18, 34)), float(rng.uniform(6.0, 9.5))
        self.deck_m = float(rng.uniform(0.8, 1.5))
        self.gantry_m = float(rng.uniform(5.0, 8.5))
        self.ladder_m = self.length_m * float(rng.uniform(0.42, 0.58))
        self.hinge: Point = (self.length_m / 2 - self.ladder_m * 0.42, 0.0, self.deck_m + 0.3)
        self.head: Point = (self.length_m / 2 + 0.9, 0.0, self.deck_m + self.gantry_m)
        self.spud_m = float(rng.uniform(9.0, 17.0))
        paint, steel = drawn(rng, HULL_PAINTS), drawn(rng, MACHINE_PAINTS)
        wire = tube((0, 0, 0), (0, 0, 1), 0.03, ROPE_WIRE, sides=4)
        spud = tube(
            (0, 0, -3.0),
            (0, 0, self.spud_m),
            float(rng.uniform(0.25, 0.4)),
            BARE_IRON.worn(0.7),
            sides=12,
            capped=True,
        )
        self.body = Body(
            name,
            (
                Part(
                    "hull",
                    join(
                        [
                            self._hull(paint, rng),
                            self._gantry(steel),
                            self._houses(rng),
                            self._astern(steel),
                            self._deck(rng),
                        ]
                    ),
                    None,
                    LABEL,
                ),
                Part("ladder", self._ladder(steel, rng), "hull", LABEL),
                *(Part(f"wire.{k}", wire, "hull", LABEL) for k in range(2)),
                *(Part(f"spud.{k}", spud, "hull", LABEL) for k in range(2)),
            ),
        )

    def pose(self, ladder_deg: float, spuds_up_m: tuple[float, float]) -> Pose:
        """`ladder_deg` is how steeply the ladder dips (negative: lifted out of the water)."""
        ladder = chain(shift(*self.hinge), turn("y", ladder_deg))
        hung = [moved(ladder, (self.ladder_m * 0.8, y, 0.4)) for y in (-0.4, 0.4)]
        placed: dict[str, np.ndarray | None] = {"ladder": ladder}
        for k, (end, y) in enumerate(zip(hung, (-0.5, 0.5), strict=True)):
            placed[f"wire.{k}"] = between((self.head[0], y, self.head[2]), end)
            placed[f"spud.{k}"] = shift(
                -self.length_m / 2 - 0.55,
                (2 * k - 1) * self.beam_m * 0.28,
                spuds_up_m[k] - self.spud_m * 0.25,
            )
        return placed

    def _hull(self, paint: Paint, rng: np.random.Generator) -> Mesh:
        """Side pontoons and a middle one, the well for the ladder open at the bow."""
        deck = Paint(98, 86, 74, gloss=0.25, rust=0.6, grime=0.7)
        wide, well = self.beam_m, 1.6
        side = (wide - well) / 2
        aft_m = self.length_m / 2 + self.hinge[0] - 1.0
        pieces = [
            hull.steel(self.length_m, side, self.deck_m, -0.9, 1.6, paint, deck).moved(
                shift(0, sign * (well + side) / 2, 0)
            )
            for sign in (-1, 1)
        ]
        pieces.append(
            box(
                (aft_m, well + 0.2, self.deck_m + 0.8),
                (-self.length_m / 2 + aft_m / 2, 0, self.deck_m / 2 - 0.4),
                paint,
            )
        )
        tyres = [
            clutter.tyre_fender((float(x), sign * (wide / 2 + 0.16), 0.4), outward=sign)
            for sign in (-1.0, 1.0)
            for x in np.arange(-self.length_m / 2 + 2, self.length_m / 2 - 2, float(rng.uniform(3.2, 6.0)))
        ]
        rails = [
            railing(
                [
                    (-self.length_m / 2 + 1, sign * (wide / 2 - 0.15), self.deck_m),
                    (self.length_m / 2 - 1, sign * (wide / 2 - 0.15), self.deck_m),
                ],
                WHITE.worn(0.5),
                gap=2.2,
            )
            for sign in (-1, 1)
        ]
        return join([*pieces, *tyres, *rails])

    def _gantry(self, paint: Paint) -> Mesh:
        """The bow A-frame with its back stays, head beam and sheaves."""
        x, _, z = self.head
        half = self.beam_m * 0.36
        foot = self.length_m / 2 - 1.4
        legs = [
            tube((foot, s * half, self.deck_m), (x, s * half * 0.6, z), 0.2, paint, sides=8, end=0.15)
            for s in (-1, 1)
        ]
        stays = [
            tube(
                (foot - self.gantry_m * 0.75, s * half, self.deck_m),
                (x, s * half * 0.6, z),
                0.11,
                paint,
                sides=6,
            )
            for s in (-1, 1)
        ]
        beams = [
            tube((x, -half * 0.65, z), (x, half * 0.65, z), 0.22, paint.shaded(0.9), sides=8, capped=True)
        ]
        middle = (foot + x) / 2
        beams.append(
            tube(
                (middle, -half * 0.8, self.deck_m + self.gantry_m / 2),
                (middle, half * 0.8, self.deck_m + self.gantry_m / 2),
                0.1,
                paint,
                sides=6,
            )
        )
        rungs = [
            box(
                (0.06, 0.45, 0.05),
                (foot + (x - foot) * s, half * (1 - 0.4 * s) + 0.3, self.deck_m + self.gantry_m * s),
                STEEL,
            )
            for s in np.linspace(0.05, 0.95, 14).tolist()
        ]
        lamp = clutter.floodlight((x + 0.2, 0.0, z + 0.3), 0.0)
        return join([*legs, *stays, *beams, *rungs, lamp])

    def _ladder(self, paint: Paint, rng: np.random.Generator) -> Mesh:
        """Along +x from its hinge: a girder (plated or lattice), suction pipe under it, cutter with its blades."""
        long = self.ladder_m
        if rng.random() < 0.5:
            beam = girder(
                [(0, 0.35), (long * 0.5, 0.5), (long - 1, 0.35)],
                [(0, -0.2), (long * 0.5, -0.35), (long - 1, -0.2)],
                0.95,
                paint,
            )
        else:
            beam = boom(long - 1, 1.1, paint, bays=9, foot=0.8, tip=0.8, chord=0.08)
        pipe = tube((0, 0, -0.55), (long - 1, 0, -0.5), 0.27, BARE_IRON, sides=10)
        cone = revolve(
            [(0.0, 1.1), (0.4, 0.8), (0.68, 0.3), (0.72, 0.0)], (0, 0, 0), STEEL.worn(0.8), sides=10
        ).moved(chain(shift(long - 1, 0, -0.1), turn("y", 90)))
        blades = [
            box((0.9, 0.12, 0.3), (long - 0.6, 0, 0.58), BARE_IRON).moved(
                chain(shift(0, 0, -0.1), turn("x", 60.0 * k), shift(0, 0, 0))
            )
            for k in range(6)
        ]
        sheaves = [box((0.5, 0.4, 0.5), (long * 0.8, y, 0.5), STEEL) for y in (-0.4, 0.4)]
        return join([beam, pipe, cone, *blades, *sheaves])

    def _houses(self, rng: np.random.Generator) -> Mesh:
        """Engine house, wheelhouse on legs or on top, exhausts, pump pipe along the deck."""
        wall = drawn(rng, WALLS).worn(0.25)
        d, wide = self.deck_m, self.beam_m * 0.62
        long = self.length_m * float(rng.uniform(0.26, 0.36))
        x = -self.length_m * float(rng.uniform(0.08, 0.16))
        low = float(rng.uniform(2.1, 2.6))
        lifted = d + low + (float(rng.uniform(0.4, 1.4)) if rng.random() < 0.4 else 0.05)
        wheel_x = x + long / 2 - 1.4
        posts = [
            tube((wheel_x + dx, dy, d + low), (wheel_x + dx, dy, lifted), 0.09, STEEL)
            for dx in (-1, 1)
            for dy in (-1.1, 1.1)
        ]
        windows = [
            box((0.8, 0.04, 0.55), (float(wx), s * (wide / 2 + 0.02), d + low * 0.65), GLASS)
            for wx in np.arange(x - long / 2 + 0.9, x + long / 2 - 0.5, 1.7)
            for s in (-1, 1)
        ]
        panes = [box((0.04, 2.3, 0.85), (wheel_x + sx * 1.31, 0, lifted + 1.35), GLASS) for sx in (-1, 1)]
        panes += [box((2.2, 0.04, 0.85), (wheel_x, s * 1.36, lifted + 1.35), GLASS) for s in (-1, 1)]
        stacks = [
            tube(
                (x - long * 0.3, y, d + low),
                (x - long * 0.3, y, d + low + 1.7),
                0.13,
                BARE_IRON.worn(0.8),
                sides=8,
            )
            for y in (-0.6, 0.2)
        ]
        return join(
            [
                box((long, wide, low), (x, 0, d + low / 2), wall),
                box((long + 0.5, wide + 0.5, 0.1), (x, 0, d + low + 0.05), TIN),
                box((2.6, 2.7, 2.1), (wheel_x, 0, lifted + 1.05), wall.shaded(1.06)),
                prism(
                    [(-1.6, -1.6), (1.7, -1.6), (1.7, 1.6), (-1.6, 1.6)],
                    0.12,
                    (wheel_x, 0, lifted + 2.1),
                    TIN,
                ),
                tube((wheel_x - 0.6, 0.5, lifted + 2.2), (wheel_x - 0.6, 0.5, lifted + 4.6), 0.05, WHITE),
                railing(
                    [
                        (x - long / 2, -wide / 2, d + low + 0.1),
                        (x - long / 2, wide / 2, d + low + 0.1),
                        (x, wide / 2, d + low + 0.1),
                    ],
                    WHITE,
                    gap=1.5,
                ),
                *posts,
                *windows,
                *panes,
                *stacks,
            ]
        )

    def _astern(self, paint: Paint) -> Mesh:
        """Spud carriage: guides, a portal over them, and the discharge pipe leaving over the stern."""
        x, d = -self.length_m / 2, self.deck_m
        y = self.beam_m * 0.28
        guides = [
            box((0.9, 1.0, 0.35), (x - 0.5, s * y, z), paint) for s in (-1, 1) for z in (d + 0.2, d + 2.6)
        ]
        portal = [tube((x + 0.3, s * y, d), (x + 0.1, s * y, d + 4.8), 0.13, paint, sides=6) for s in (-1, 1)]
        portal.append(tube((x + 0.1, -y, d + 4.8), (x + 0.1, y, d + 4.8), 0.13, paint, sides=6))
        pipe = polyline(
            [
                (self.hinge[0], 0.9, d + 0.5),
                (x + 1.0, 0.9, d + 0.5),
                (x - 1.2, 0.5, d + 0.35),
                (x - 2.4, 0.3, 0.25),
            ],
            0.26,
            BARE_IRON.worn(0.8),
            sides=10,
        )
        flanges = [
            tube((fx, 0.9, d + 0.5), (fx + 0.1, 0.9, d + 0.5), 0.36, BARE_IRON, sides=12, capped=True)
            for fx in np.arange(x + 1.5, self.hinge[0], 3.0).tolist()
        ]
        return join([*guides, *portal, pipe, *flanges])

    def _deck(self, rng: np.random.Generator) -> Mesh:
        half, d = self.length_m / 2, self.deck_m
        return join(
            [
                clutter.winch((half - 3.2, self.beam_m * 0.3, d), 0.0, drawn(rng, MACHINE_PAINTS)),
                clutter.winch((half - 3.2, -self.beam_m * 0.3, d), 0.0, drawn(rng, MACHINE_PAINTS)),
                clutter.oddments(
                    (-half + 1.5, -half + 5.0, -self.beam_m * 0.42, self.beam_m * 0.42), d, 7, rng
                ),
                clutter.oddments((half - 8.0, half - 4.5, self.beam_m * 0.3, self.beam_m * 0.44), d, 4, rng),
                clutter.heap_under_tarpaulin((1.8, 1.3, 0.9), (-half + 3.0, -1.5, d), rng),
                clutter.flag((half - 1.0, self.beam_m * 0.42, d + 3.2), height=0.8),
            ]
        )


def floating_pipe(
    name: str, rng: np.random.Generator, length_m: float, *, spouting: bool
) -> tuple[Body, Point]:
    """Pipe on floats from the origin along -x in bends; answers the body and where its mouth is.

    The pipe itself has no label; the jet at its end is `discharge`.
    """
    count = max(4, round(length_m / 5.5))
    share = np.linspace(0.0, 1.0, count + 1)
    bend, phase = float(rng.uniform(-0.25, 0.25)) * length_m, float(rng.uniform(0, 6))
    y = bend * share**2 + 0.05 * length_m * (np.sin(share * 5 + phase) - np.sin(phase)) * share
    points: list[Point] = [(float(-s * length_m), float(v), 0.28) for s, v in zip(share, y, strict=True)]
    drums = (
        Paint(58, 84, 110, gloss=0.3, rust=0.4)
        if rng.random() < 0.5
        else Paint(196, 120, 40, gloss=0.4, rust=0.2)
    )
    meshes = [polyline(points, 0.24, BARE_IRON.worn(0.75), sides=8)]
    for a, b in itertools.pairwise(points):
        heading = math.degrees(math.atan2(b[1] - a[1], b[0] - a[0]))
        floats = [
            tube((-1.0, s * 0.5, 0.0), (1.0, s * 0.5, 0.0), 0.33, drums, sides=8, capped=True)
            for s in (-1, 1)
        ]
        flange = tube((2.4, 0, 0.28), (2.55, 0, 0.28), 0.34, BARE_IRON, sides=10, capped=True)
        meshes.append(
            join([*floats, flange]).moved(
                chain(shift((a[0] + b[0]) / 2, (a[1] + b[1]) / 2, 0.05), turn("z", heading))
            )
        )
    last, before = points[-1], points[-2]
    heading = math.degrees(math.atan2(last[1] - before[1], last[0] - before[0]))
    rise = float(rng.uniform(0.8, 2.2))
    mouth: Point = (
        last[0] + 1.6 * math.cos(math.radians(heading)),
        last[1] + 1.6 * math.sin(math.radians(heading)),
        rise,
    )
    raft = join(
        [
            box((3.0, 2.2, 0.5), (0, 0, 0.15), STEEL.worn(0.7)),
            tube((0.4, 0.7, 0.4), (0.9, 0, rise), 0.08, STEEL),
            tube((0.4, -0.7, 0.4), (0.9, 0, rise), 0.08, STEEL),
        ]
    )
    meshes += [
        raft.moved(chain(shift(last[0], last[1], 0), turn("z", heading))),
        tube(last, mouth, 0.22, BARE_IRON.worn(0.7), sides=8),
    ]
    parts = [Part("pipe", join(meshes))]
    if spouting:
        spout = jet.build(
            rng,
            radius_m=0.24,
            speed_mps=float(rng.uniform(4, 8)),
            rise_deg=float(rng.uniform(-5, 30)),
            drop_m=rise,
        )
        parts.append(Part("jet", spout.moved(chain(shift(*mouth), turn("z", heading))), "pipe", jet.LABEL))
    return Body(name, tuple(parts)), mouth
