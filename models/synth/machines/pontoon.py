"""The crane's own pontoon: hull, deck plating, spuds, rails, winches, awning, crew house, clutter.

Its frame: origin amidships on the water line, x ahead. The deck lies at `DECK_M`.
"""

import numpy as np

from models.synth.body import Body, Part, Pose
from models.synth.machines import clutter, hull
from models.synth.matrices import shift
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
from models.synth.shapes import Mesh, box, corrugated, join, polyline, railing, tube

LABEL = "barge"
LENGTH_M = 34.0
BEAM_M = 10.0
DECK_M = 1.1
CRANE_X = 6.0
AWNING_X = -3.4
SPUDS = ((11.6, 4.55), (-7.5, -4.55))
DECK_PAINT = Paint(98, 86, 74, gloss=0.3, rust=0.6, grime=0.7)


def build(name: str, rng: np.random.Generator) -> Body:
    paint = drawn(rng, HULL_PAINTS)
    return Body(
        name,
        (
            Part(
                "hull",
                join([_hull(paint), _deck(rng), _guides(rng), _house(rng), _working_gear(rng), _strewn(rng)]),
                None,
                LABEL,
            ),
            Part("spuds", _spuds(rng), "hull", LABEL),
            Part("wires", _wires(), "hull"),
        ),
    )


def _hull(paint: Paint) -> Mesh:
    half = BEAM_M / 2
    coaming = [
        box((LENGTH_M - 1, 0.1, 0.16), (0, side * (half - 0.08), DECK_M + 0.08), paint.shaded(0.8))
        for side in (-1, 1)
    ]
    bow = box((0.12, BEAM_M - 0.6, 0.3), (LENGTH_M / 2 - 0.1, 0, DECK_M + 0.15), paint.shaded(0.8))
    tyres = [
        clutter.tyre_fender((float(x), side * (half + 0.17), 0.45), outward=side)
        for side in (-1.0, 1.0)
        for x in np.arange(-13, 15, 3.6)
    ]
    rubbing = [
        box((LENGTH_M - 3, 0.14, 0.18), (0, side * (half + 0.03), DECK_M - 0.25), BARE_IRON)
        for side in (-1, 1)
    ]
    return join(
        [hull.steel(LENGTH_M, BEAM_M, DECK_M, -1.2, 2.4, paint, DECK_PAINT), *coaming, bow, *tyres, *rubbing]
    )


def _deck(rng: np.random.Generator) -> Mesh:
    """Plate seams, hatches, bollards and the sand that never gets washed off."""
    seams = [
        box((0.05, BEAM_M - 0.4, 0.012), (float(x), 0, DECK_M + 0.006), DECK_PAINT.shaded(0.6))
        for x in np.arange(-15, 16, 2.0)
    ]
    seams += [
        box((LENGTH_M - 2, 0.05, 0.012), (0, float(y), DECK_M + 0.006), DECK_PAINT.shaded(0.6))
        for y in (-2.5, 0.0, 2.5)
    ]
    hatches = [
        box((0.9, 0.9, 0.14), (x, y, DECK_M + 0.07), STEEL.worn(0.6))
        for x, y in ((1.6, 3.4), (1.6, -2.2), (13.6, 3.0), (13.6, -3.0))
    ]
    bollards = [clutter.bollard((x, side * 4.5, DECK_M)) for side in (-1, 1) for x in (-6.0, 3.0, 11.0, 15.2)]
    sand = [
        clutter.spilt_sand(
            (float(rng.uniform(-2, 15)), float(rng.uniform(-4.6, 1.0)), DECK_M),
            float(rng.uniform(0.4, 1.5)),
            rng,
        )
        for _ in range(16)
    ]
    return join([*seams, *hatches, *bollards, *sand])


def pose(*, moored: bool) -> Pose:
    """Spuds down and anchor wires out, or spuds lifted and wires in."""
    return {} if moored else {"spuds": shift(0, 0, 2.4), "wires": None}


def _spuds(rng: np.random.Generator) -> Mesh:
    """Two piles that hold her; lifted under way."""
    return join(
        tube(
            (x, y, -3.0),
            (x, y, float(rng.uniform(6.5, 8.5))),
            0.26,
            BARE_IRON.worn(0.7),
            sides=12,
            capped=True,
        )
        for x, y in SPUDS
    )


def _guides(rng: np.random.Generator) -> Mesh:
    """The frames the spuds slide in."""
    paint = drawn(rng, MACHINE_PAINTS)
    meshes = []
    for x, y in SPUDS:
        for z in (DECK_M + 0.3, DECK_M + 2.6):
            meshes += [box((0.9, 0.12, 0.22), (x, y + d, z), paint) for d in (-0.38, 0.38)]
            meshes += [box((0.12, 0.9, 0.22), (x + d, y, z), paint) for d in (-0.42, 0.42)]
        meshes += [
            tube((x + dx, y + dy, DECK_M), (x + dx, y + dy, DECK_M + 3.4), 0.06, paint, sides=5)
            for dx in (-0.42, 0.42)
            for dy in (-0.38, 0.38)
        ]
        meshes.append(tube((x - 1.6, y, DECK_M), (x - 0.42, y, DECK_M + 3.2), 0.06, paint, sides=5))
    return join(meshes)


def _wires() -> Mesh:
    """From the bow winches over the fairleads into the water."""
    return join(
        [
            polyline(
                [(12.6, 2.2, DECK_M + 0.7), (16.6, 3.4, DECK_M + 0.45), (34.0, 8.5, -0.4)],
                0.022,
                ROPE_WIRE,
                sides=4,
            ),
            polyline(
                [(12.6, -2.4, DECK_M + 0.7), (16.6, -3.6, DECK_M + 0.45), (33.0, -6.5, -0.4)],
                0.022,
                ROPE_WIRE,
                sides=4,
            ),
        ]
    )


def _house(rng: np.random.Generator) -> Mesh:
    """Crew house and wheelhouse aft, and the tin awning before them whose edge the camera sees."""
    wall = (WHITE, Paint(120, 150, 150, grime=0.5), Paint(176, 164, 120, grime=0.5))[int(rng.integers(3))]
    windows = [
        box((0.9, 0.04, 0.6), (x, side * 2.72, 2.5), GLASS) for x in (-14.5, -12.5, -10.8) for side in (-1, 1)
    ]
    awning = corrugated((6.4, 6.6), (AWNING_X - 3.2, 0.3, 3.3), TIN, slope=0.35, ribs=44)
    posts = [
        tube((x, y, DECK_M), (x, y, 3.25), 0.05, STEEL, sides=6)
        for x in (AWNING_X - 0.3, AWNING_X - 4.0)
        for y in (-2.8, 3.4)
    ]
    beam = [tube((AWNING_X - 0.2, -3.0, 3.08), (AWNING_X - 0.2, 3.6, 3.08), 0.05, STEEL, sides=6)]
    rail = polyline([(-9.7, -2.6, 4.95), (-9.7, 2.6, 4.95)], 0.03, WHITE)
    return join(
        [
            box((5.6, 5.4, 2.2), (-12.9, 0, DECK_M + 1.1), wall),
            box((6.0, 5.8, 0.12), (-12.9, 0, 3.4), TIN),
            box((2.8, 3.4, 2.0), (-13.8, 0, 4.4), wall.shaded(1.05)),
            *windows,
            awning,
            *posts,
            *beam,
            rail,
        ]
    )


def _working_gear(rng: np.random.Generator) -> Mesh:
    """Anchor winches, side rails, light mast, flag, ladder over the side."""
    paint = drawn(rng, MACHINE_PAINTS)
    winches = [
        clutter.winch((x, y, DECK_M), heading, paint)
        for x, y, heading in ((12.2, 2.2, 12.0), (12.2, -2.4, -14.0), (-1.2, 3.3, 90.0))
    ]
    rails = [
        railing([(-9.8, 4.85, DECK_M), (1.4, 4.85, DECK_M)], WHITE.worn(0.5), gap=1.8),
        railing([(13.4, 4.85, DECK_M), (16.4, 4.7, DECK_M), (16.4, 1.2, DECK_M)], WHITE.worn(0.5), gap=1.7),
    ]
    mast = join(
        [
            tube((15.9, 0.9, DECK_M), (15.9, 0.9, 5.4), 0.05, STEEL, sides=6),
            tube((15.9, 0.9, 5.3), (15.9, 0.9, 5.6), 0.11, Paint(220, 220, 210), sides=8, capped=True),
        ]
    )
    rungs = [tube((4.6, 5.05, z), (5.0, 5.05, z), 0.02, STEEL, sides=3) for z in np.arange(0.1, 1.6, 0.3)]
    return join([*winches, *rails, mast, *rungs, clutter.flag((16.1, 0.2, 4.9), height=0.75)])


def _strewn(rng: np.random.Generator) -> Mesh:
    """The loose things, in the places where crews put them: along the sides, behind the crane, on the awning."""
    roof = join(
        [
            clutter.oddments((AWNING_X - 1.6, AWNING_X - 0.7, -2.4, 2.8), 0.0, 3, rng).moved(
                shift(0, 0, 3.14)
            ),
            polyline(
                [(AWNING_X - 0.25, -2.9, 3.24), (AWNING_X - 0.5, 0.2, 3.27), (AWNING_X - 0.3, 3.4, 3.24)],
                0.035,
                Paint(40, 60, 120),
                sides=5,
            ),
        ]
    )
    return join(
        [
            clutter.oddments((-2.6, 2.6, 2.4, 4.4), DECK_M, 12, rng),
            clutter.oddments((-2.0, 2.2, -4.4, -2.6), DECK_M, 9, rng),
            clutter.oddments((9.8, 15.5, 2.9, 4.3), DECK_M, 7, rng),
            clutter.oddments((3.0, 8.5, 3.2, 4.4), DECK_M, 4, rng),
            clutter.oddments((10.0, 15.0, -4.4, -3.4), DECK_M, 5, rng),
            clutter.sandbags((-2.2, -1.6, DECK_M), rng),
            clutter.sandbags((13.2, 0.4, DECK_M), rng),
            clutter.hose((-1.5, 2.0, DECK_M), (3.4, 1.8, DECK_M), rng),
            clutter.hose((1.0, -2.4, DECK_M), (9.0, -3.0, DECK_M), rng, Paint(40, 70, 130, gloss=0.3)),
            clutter.toolbox((2.2, -1.5, DECK_M), drawn(rng, MACHINE_PAINTS)),
            clutter.floodlight((AWNING_X - 0.1, 2.4, 3.0), 10.0),
            clutter.floodlight((AWNING_X - 0.1, -1.6, 3.0), -10.0),
            clutter.floodlight((15.9, 0.9, 5.0), 180.0),
            clutter.heap_under_tarpaulin((2.2, 1.6, 1.0), (0.6, -0.2, DECK_M), rng),
            clutter.heap_under_tarpaulin((1.5, 1.3, 0.7), (14.3, -1.2, DECK_M), rng),
            clutter.washing((AWNING_X - 0.2, -4.6, 3.0), (1.0, -4.7, 2.8), rng),
            box((1.7, 1.1, 1.25), (-1.6, 0.9, DECK_M + 0.63), Paint(70, 108, 84, rust=0.3, grime=0.5)),
            tube((-1.6, 0.9, 2.3), (-1.6, 0.9, 3.0), 0.06, BARE_IRON, sides=6),
            roof,
        ]
    )
