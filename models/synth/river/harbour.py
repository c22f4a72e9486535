"""What a river port has and no dredger: quay, gantry and jib cranes with hook, stacks, bridge, marks. No gear."""

import numpy as np

from models.synth.body import Body, Part
from models.synth.machines.lattice import boom
from models.synth.matrices import chain, shift, turn
from models.synth.paint import (
    BLUE,
    GLASS,
    GREEN,
    HULL_PAINTS,
    MACHINE_PAINTS,
    RED,
    ROPE_WIRE,
    STEEL,
    TIN,
    WHITE,
    YELLOW,
    Paint,
    drawn,
)
from models.synth.shapes import Mesh, box, corrugated, join, polyline, prism, railing, tube

CONCRETE = Paint(150, 146, 136, gloss=0.05, grime=0.6)
TOP_M = 2.6  # the quay over the water
CRANE_HULL_M = (30.0, 11.0)  # of a floating crane


def quay(name: str, rng: np.random.Generator) -> Body:
    """60 to 140 m along x, its face at y = 0, everything behind it (y > 0): cranes, stacks, sheds, lamp posts."""
    long = float(rng.uniform(60, 140))
    piles = [
        tube((float(x), 0.3, -2), (float(x), 0.3, TOP_M - 0.6), 0.35, CONCRETE.shaded(0.7), sides=8)
        for x in np.arange(-long / 2 + 1, long / 2, 4.0)
    ]
    meshes: list[Mesh] = [
        box((long, 30, 0.9), (0, 15, TOP_M - 0.45), CONCRETE),
        box((long, 1, 2.5), (0, 3.0, 0.9), CONCRETE.shaded(0.35)),
        *piles,
        *(
            box((0.8, 0.4, 1.6), (float(x), -0.1, 1.6), Paint(30, 30, 32))
            for x in np.arange(-long / 2 + 3, long / 2, 8.0)
        ),
    ]
    for x in np.arange(-long / 2 + 15, long / 2 - 10, float(rng.uniform(28, 45))):
        choice = rng.random()
        made = _jib(rng) if choice < 0.5 else _portal(rng) if choice < 0.8 else _crawler(rng)
        meshes.append(made.moved(chain(shift(float(x), float(rng.uniform(5, 9)), TOP_M))))
    for x in np.arange(-long / 2 + 4, long / 2 - 6, 6.6):
        if rng.random() < 0.6:
            meshes += [
                box(
                    (6.0, 2.44, 2.6),
                    (float(x) + 3, 17.0 + 2.7 * float(rng.integers(3)), TOP_M + 1.3 + 2.6 * k),
                    drawn(rng, (BLUE, RED, GREEN, WHITE, *HULL_PAINTS)),
                )
                for k in range(int(rng.integers(1, 4)))
            ]
    for x in np.arange(-long / 2 + 18, long / 2 - 15, 38):
        tall = float(rng.uniform(6, 11))
        wall = drawn(rng, (TIN, BLUE, Paint(196, 190, 170, grime=0.4))).worn(0.2)
        meshes += [
            box((30, 16, tall), (float(x), 34, TOP_M + tall / 2), wall),
            corrugated((32, 18), (float(x), 34, TOP_M + tall + 0.4), TIN),
        ]
    meshes += [
        tube((float(x), 12.0, TOP_M), (float(x), 12.0, TOP_M + 9), 0.12, STEEL, sides=5)
        for x in np.arange(-long / 2 + 8, long / 2, 26)
    ]
    return Body(name, (Part("quay", join(meshes)),))


def _jib(rng: np.random.Generator) -> Mesh:
    """A slewing quay crane on a portal or pedestal, its hook hanging from a lattice or plated jib."""
    paint = drawn(rng, MACHINE_PAINTS)
    base, long, rise = float(rng.uniform(4, 9)), float(rng.uniform(14, 26)), float(rng.uniform(35, 65))
    legs = [
        tube((sx * 2.4, sy * 2.4, 0), (sx * 1.2, sy * 1.2, base), 0.28, paint, sides=6)
        for sx in (-1, 1)
        for sy in (-1, 1)
    ]
    jib = boom(long, 1.2, paint, bays=11).moved(chain(shift(1.2, 0, base + 2.2), turn("y", -rise)))
    tip_x, tip_z = 1.2 + long * np.cos(np.radians(rise)), base + 2.2 + long * np.sin(np.radians(rise))
    hang = float(rng.uniform(4, tip_z - 1.5))
    top = [
        box((5.0, 3.0, 2.6), (-1.0, 0, base + 1.5), paint.shaded(0.95)),
        box((1.4, 1.2, 1.6), (1.8, 1.3, base + 1.3), GLASS),
        polyline([(-2.4, 0, base + 2.6), (-0.8, 0, base + 7.0), (1.0, 0, base + 2.6)], 0.18, paint),
        tube((-0.8, 0, base + 7.0), (tip_x, 0, tip_z), 0.06, ROPE_WIRE),
        tube((tip_x, 0, tip_z), (tip_x, 0, tip_z - hang), 0.04, ROPE_WIRE),
        box((0.5, 0.4, 0.8), (tip_x, 0, tip_z - hang), YELLOW),
    ]
    if rng.random() < 0.4:
        top.append(box((2.4, 1.6, 1.3), (tip_x, 0, tip_z - hang - 2.0), drawn(rng, (BLUE, WHITE, RED))))
    return join([*legs, jib, *top]).moved(turn("z", float(rng.uniform(-160, -20))))


def _portal(rng: np.random.Generator) -> Mesh:
    """A container gantry: four legs, sill and head beams, a boom out over the water."""
    paint, tall = drawn(rng, (BLUE, YELLOW, RED, WHITE)), float(rng.uniform(13, 22))
    legs = [box((0.7, 0.7, tall), (x, y, tall / 2), paint) for x in (-4.5, 4.5) for y in (-2.5, 8.0)]
    beams = [box((9.7, 0.7, 0.9), (0, y, tall), paint) for y in (-2.5, 8.0)]
    beams += [box((0.8, 34, 1.0), (x, 0, tall + 0.9), paint.shaded(0.95)) for x in (-1.4, 1.4)]
    beams.append(box((3.6, 3.0, 2.4), (0, float(rng.uniform(-9, 6)), tall - 0.6), WHITE))
    ties = [
        tube((x, 2.0, tall + 8), (x, y, tall + 1), 0.12, paint) for x in (-1.4, 1.4) for y in (-15.0, 8.0)
    ]
    masts = [tube((x * 1.0, 2.0, tall), (x, 2.0, tall + 8), 0.3, paint) for x in (-1.4, 1.4)]
    return join([*legs, *beams, *ties, *masts])


def _crawler(rng: np.random.Generator) -> Mesh:
    """A crawler crane with lattice jib and hook."""
    paint = drawn(rng, MACHINE_PAINTS)
    long, rise = float(rng.uniform(16, 30)), float(rng.uniform(55, 76))
    jib = boom(long, 1.1, paint, bays=13).moved(chain(shift(1.3, 0, 1.8), turn("y", -rise)))
    tip_x, tip_z = 1.3 + long * np.cos(np.radians(rise)), 1.8 + long * np.sin(np.radians(rise))
    body = [
        *(box((5.6, 0.9, 1.0), (0, s * 2.0, 0.5), STEEL.shaded(0.5)) for s in (-1, 1)),
        prism([(-3.5, -1.5), (1.6, -1.5), (1.6, 1.5), (-3.5, 1.5)], 2.0, (0, 0, 1.1), paint),
        box((1.5, 1.0, 1.6), (1.6, 1.5, 2.0), GLASS),
        tube((-2.5, 0, 3.0), (tip_x, 0, tip_z), 0.06, ROPE_WIRE),
        tube((tip_x, 0, tip_z), (tip_x, 0, float(rng.uniform(2, tip_z * 0.6))), 0.04, ROPE_WIRE),
    ]
    return join([jib, *body]).moved(turn("z", float(rng.uniform(-160, -20))))


def floating_crane(name: str, rng: np.random.Generator) -> Body:
    """A pontoon that carries a crane with a hook: a `barge`, and no gear upon it."""
    long, broad = CRANE_HULL_M
    paint = drawn(rng, HULL_PAINTS).worn(0.2)
    hull = join(
        [
            box((long, broad, 2.4), (0, 0, 0.1), paint),
            box((long + 0.3, broad + 0.3, 0.25), (0, 0, 1.2), paint.shaded(0.6)),
            box((4.5, 6.0, 2.5), (-long / 2 + 4, 0, 2.55), WHITE),
            box((4.6, 4.0, 0.8), (-long / 2 + 4, 0, 2.9), GLASS),
        ]
    )
    crane = (_jib(rng) if rng.random() < 0.5 else _crawler(rng)).moved(
        chain(shift(4.0, 0, 1.3), turn("z", float(rng.uniform(0, 360))))
    )
    return Body(name, (Part("hull", hull, label="barge"), Part("crane", crane)))


def bridge(name: str, rng: np.random.Generator, span_m: float) -> Body:
    """A girder bridge across the river along y, from -`span_m` to `span_m`, on pairs of round piers."""
    deck, gap = float(rng.uniform(8, 18)), float(rng.uniform(28, 45))
    meshes: list[Mesh] = [
        box((11, 2 * span_m, 1.8), (0, 0, deck), CONCRETE),
        *(
            railing([(s * 5.4, -span_m, deck + 0.9), (s * 5.4, span_m, deck + 0.9)], WHITE, gap=6.0)
            for s in (-1, 1)
        ),
    ]
    for y in np.arange(-span_m + gap / 2, span_m, gap):
        meshes += [
            tube((x, float(y), -2), (x, float(y), deck), 0.9, CONCRETE.shaded(0.9), sides=12)
            for x in (-3.5, 3.5)
        ]
        meshes.append(box((11, 2.4, 1.4), (0, float(y), deck - 1.5), CONCRETE.shaded(0.95)))
        meshes.append(box((12, 4, 1.6), (0, float(y), 0.2), CONCRETE.shaded(0.8)))
    return Body(name, (Part("bridge", join(meshes)),))


def mark(name: str, rng: np.random.Generator) -> Body:
    """A buoy or a pile beacon, red or green."""
    paint = RED if rng.random() < 0.5 else GREEN
    if rng.random() < 0.6:
        meshes = [
            tube((0, 0, -0.3), (0, 0, 0.7), 1.0, paint, sides=12, capped=True),
            *(
                tube((0.7 * c, 0.7 * s, 0.7), (0.1 * c, 0.1 * s, 3.4), 0.07, paint)
                for c, s in ((1, 0), (-0.5, 0.87), (-0.5, -0.87))
            ),
            box((0.7, 0.7, 0.8), (0, 0, 3.2), paint),
        ]
    else:
        meshes = [
            *(
                tube((0.9 * c, 0.9 * s, -2), (0.3 * c, 0.3 * s, 4.5), 0.16, CONCRETE)
                for c, s in ((1, 0), (-0.5, 0.87), (-0.5, -0.87))
            ),
            tube(
                (0, 0, 4.5),
                (0, 0, 6.4),
                0.5,
                paint,
                sides=10,
                end=0.05 if paint is GREEN else 0.5,
                capped=True,
            ),
        ]
    return Body(name, (Part("mark", join(meshes)),))
