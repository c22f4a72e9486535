"""A long inland ship without gear: open holds with bulk, hatches, containers or a tanker's pipes; wheelhouse aft.

Seen close by or from above she is all coaming, heap, pipe and winch, and still no dredger.
"""

import itertools

import numpy as np

from models.synth.body import Body, Part
from models.synth.machines import clutter, hull
from models.synth.machines.craft import Size
from models.synth.matrices import shift
from models.synth.paint import (
    BLUE,
    GLASS,
    GREEN,
    HULL_PAINTS,
    RED,
    ROPE_WIRE,
    SAND,
    STEEL,
    WHITE,
    YELLOW,
    Kind,
    Paint,
    drawn,
)
from models.synth.shapes import Mesh, box, corrugated, join, polyline, railing, revolve, sheet, tube

LABEL, LOAD_LABEL = "barge", "sand_load"
DECK_M = 1.3  # over the water, half laden
BULK = (
    SAND,
    Paint(128, 124, 118, gloss=0.0, grime=0.2, kind=Kind.SAND),  # gravel
    Paint(52, 52, 56, gloss=0.05, grime=0.2, kind=Kind.SAND),  # coal
    Paint(122, 66, 48, gloss=0.0, grime=0.2, kind=Kind.SAND),  # ore
    Paint(206, 184, 120, gloss=0.0, grime=0.1, kind=Kind.SAND),  # grain
)
LOADS_OF_SAND = 2  # the first of BULK are what a sand barge carries too


def build(name: str, rng: np.random.Generator) -> tuple[Body, Size]:
    """55 to 105 m long; the body's origin lies amidships at the water."""
    long, beam = float(rng.uniform(55, 105)), float(rng.uniform(8.2, 11.4))
    paint = drawn(rng, (*HULL_PAINTS, Paint(24, 26, 32, gloss=0.3), WHITE))
    deck = Paint(120, 76, 62, gloss=0.25, rust=0.3, grime=0.5).shaded(float(rng.uniform(0.6, 1.3)))
    body = hull.steel(long, beam, DECK_M, -1.8, long * 0.06, paint, deck)
    stripe = [
        box(
            (long * 0.86, 0.06, 0.25),
            (0, side * (beam / 2 + 0.02), DECK_M - 0.35),
            drawn(rng, (WHITE, RED, YELLOW)),
        )
        for side in (-1, 1)
    ]
    x0, x1, half = -long / 2 + 15.0, long / 2 - 9.0, beam / 2 - 0.9
    cargo = (_holds, _holds, _hatches, _containers, _pipes)[int(rng.integers(5))]
    above, heaps, heaps_are_sand = cargo(x0, x1, half, paint, rng)
    steel = join([body, *stripe, *above, *_aft(long, beam, rng), *_bow(long, beam, paint, rng)])
    parts = [Part("hull", steel, None, LABEL)]
    if heaps:
        parts.append(Part("load", join(heaps), "hull", LOAD_LABEL if heaps_are_sand else LABEL))
    return Body(name, tuple(parts)), (long, beam)


def _holds(
    x0: float, x1: float, half: float, paint: Paint, rng: np.random.Generator
) -> tuple[list[Mesh], list[Mesh], bool]:
    """One to four holds behind a coaming, one or two abreast, each with its heaps."""
    tall, rim = float(rng.uniform(0.6, 1.6)), paint.shaded(float(rng.uniform(0.7, 1.2))).worn(0.6, 0.6)
    ends = np.linspace(x0, x1, int(rng.integers(1, 5)) + 1)
    lanes = [(-half, half)] if rng.random() < 0.6 else [(-half, -0.15), (0.15, half)]
    chosen = int(rng.integers(len(BULK)))
    walls, heaps = [], []
    for left, right in lanes:
        for a, b in itertools.pairwise(ends):
            middle, long, wide = (a + b) / 2, float(b - a) - 0.3, right - left
            walls += [box((long, 0.12, tall), (middle, y, DECK_M + tall / 2), rim) for y in (left, right)]
            walls += [
                box((0.12, wide, tall), (float(x), (left + right) / 2, DECK_M + tall / 2), rim)
                for x in (a + 0.15, b - 0.15)
            ]
            walls += [
                box((0.1, 0.3, tall), (float(x), y, DECK_M + tall / 2), rim.shaded(0.8))
                for x in np.arange(a + 1.0, b, 2.2)
                for y in (left, right)
            ]
            walls.append(
                box((long, wide, 0.02), (middle, (left + right) / 2, DECK_M + 0.04), rim.shaded(0.45))
            )
            heaps.append(_heap(a + 0.3, b - 0.3, left + 0.1, right - 0.1, tall, BULK[chosen], rng))
    return walls, heaps, chosen < LOADS_OF_SAND


def _heap(
    x0: float, x1: float, y0: float, y1: float, tall: float, paint: Paint, rng: np.random.Generator
) -> Mesh:
    x, y = np.meshgrid(np.linspace(x0, x1, 40), np.linspace(y0, y1, 12), indexing="ij")
    across = 1 - np.abs((y - (y0 + y1) / 2) / ((y1 - y0) / 2)) ** 1.5
    swell = np.interp(x, np.linspace(x0, x1, 7), rng.uniform(0.35, 1.0, 7))
    height = DECK_M + 0.1 + (tall * 0.9 + float(rng.uniform(-0.5, 1.6))) * across * swell
    rough = rng.normal(0, 0.08, x.shape)
    return sheet(np.stack([x, y, np.maximum(height, DECK_M + 0.1) + rough], axis=2), paint)


def _hatches(
    x0: float, x1: float, half: float, paint: Paint, rng: np.random.Generator
) -> tuple[list[Mesh], list[Mesh], bool]:
    cover = drawn(rng, (STEEL, WHITE, GREEN, BLUE)).shaded(1.1)
    tall, step = float(rng.uniform(0.8, 1.8)), float(rng.uniform(3.0, 7.0))
    made = [
        box((x1 - x0, 2 * half, tall), ((x0 + x1) / 2, 0, DECK_M + tall / 2), paint.shaded(0.9).worn(0.5))
    ]
    for x in np.arange(x0, x1 - step, step):
        made.append(
            corrugated(
                (step * 0.96, 2 * half),
                (float(x) + step / 2, 0, DECK_M + tall + 0.1),
                cover,
                ribs=int(rng.integers(4, 12)),
            )
        )
        made.append(box((0.25, 2 * half + 0.2, 0.2), (float(x), 0, DECK_M + tall + 0.1), cover.shaded(0.7)))
    return made, [], False


def _containers(
    x0: float, x1: float, half: float, paint: Paint, rng: np.random.Generator
) -> tuple[list[Mesh], list[Mesh], bool]:
    made = [box((x1 - x0, 2 * half, 0.9), ((x0 + x1) / 2, 0, DECK_M + 0.45), paint.shaded(0.8).worn(0.5))]
    lanes = max(1, int(2 * half / 2.5))
    for x in np.arange(x0 + 0.5, x1 - 6.1, 6.3):
        for lane in range(lanes):
            for level in range(int(rng.integers(0, 4))):
                at = (float(x) + 3.0, (lane - (lanes - 1) / 2) * 2.5, DECK_M + 1.6 + 2.6 * level)
                made.append(
                    box((6.0, 2.42, 2.58), at, drawn(rng, (BLUE, RED, GREEN, WHITE, YELLOW, *HULL_PAINTS)))
                )
    return made, [], False


def _pipes(
    x0: float, x1: float, half: float, paint: Paint, rng: np.random.Generator
) -> tuple[list[Mesh], list[Mesh], bool]:
    """A tanker's deck: lines fore and aft, cross-overs amidships, domes, valves, a small hose boom."""
    line = drawn(rng, (STEEL, WHITE, RED, GREEN, YELLOW))
    made = [
        tube((x0, float(y), DECK_M + 0.7), (x1, float(y), DECK_M + 0.7), float(rng.uniform(0.08, 0.22)), line)
        for y in rng.uniform(-half, half, int(rng.integers(2, 7)))
    ]
    for x in np.arange(x0 + 2, x1, float(rng.uniform(3, 9))):
        made += [
            tube((float(x), -half, DECK_M + 1.1), (float(x), half, DECK_M + 1.1), 0.12, line),
            revolve(
                [(0.6, 0), (0.6, 0.6), (0.0, 0.8)],
                (float(x) + 1, float(rng.uniform(-2, 2)), DECK_M),
                paint,
                sides=8,
            ),
            tube(
                (float(x), half * 0.5, DECK_M),
                (float(x), half * 0.5, DECK_M + float(rng.uniform(1, 3))),
                0.06,
                WHITE,
            ),
        ]
    middle = (x0 + x1) / 2
    made += [
        tube((middle, 0, DECK_M), (middle, 0, DECK_M + 4.5), 0.18, YELLOW),
        tube(
            (middle, 0, DECK_M + 4.3), (middle + 5.5, float(rng.uniform(-3, 3)), DECK_M + 5.0), 0.12, YELLOW
        ),
        box((x1 - x0, 1.0, 0.06), (middle, 0, DECK_M + 1.5), STEEL),
        railing([(x0, -half, DECK_M), (x1, -half, DECK_M)], WHITE, gap=3.0),
        railing([(x0, half, DECK_M), (x1, half, DECK_M)], WHITE, gap=3.0),
    ]
    return made, [], False


def _aft(long: float, beam: float, rng: np.random.Generator) -> list[Mesh]:
    """Accommodation with its windows, wheelhouse above, mast, funnel, a stores crane or a car now and then."""
    wall, x, wide = (
        drawn(rng, (WHITE, WHITE, Paint(206, 176, 110, grime=0.4), BLUE)),
        -long / 2 + 7.5,
        beam - 1.6,
    )
    storeys = 2.4 * int(rng.integers(1, 3))
    made = [
        box((9.0, wide, storeys), (x, 0, DECK_M + storeys / 2), wall),
        box((9.6, wide + 0.6, 0.15), (x, 0, DECK_M + storeys), wall.shaded(0.8)),
        box((3.4, wide * 0.7, 2.5), (x + 1.5, 0, DECK_M + storeys + 1.3), wall.shaded(1.05)),
        box((3.5, wide * 0.72, 0.9), (x + 1.5, 0, DECK_M + storeys + 1.7), GLASS),
        tube(
            (x, 0, DECK_M + storeys + 2.5), (x, 0, DECK_M + storeys + float(rng.uniform(4, 8))), 0.09, WHITE
        ),
        tube((x - 3, 1.5, DECK_M + storeys), (x - 3, 1.5, DECK_M + storeys + 2.0), 0.4, STEEL.shaded(0.5)),
        railing([(x - 4.6, -wide / 2, DECK_M + storeys), (x - 4.6, wide / 2, DECK_M + storeys)], WHITE),
        *(
            box((0.9, 0.06, 0.7), (x + dx, side * (wide / 2 + 0.01), DECK_M + 1.5), GLASS)
            for dx in (-3.2, -1.0, 1.2, 3.4)
            for side in (-1, 1)
        ),
    ]
    if rng.random() < 0.4:
        made.append(
            box((4.2, 1.8, 1.4), (x - 1.5, 0, DECK_M + storeys + 0.9), drawn(rng, (RED, BLUE, WHITE)))
        )
    if rng.random() < 0.4:
        foot, top = (x + 3.5, -1.2, DECK_M + storeys), (x + 3.5, -1.2, DECK_M + storeys + 2.4)
        made += [tube(foot, top, 0.16, WHITE), tube(top, (x - 1.5, 1.5, top[2] + 1.2), 0.1, WHITE)]
    return made


def _bow(long: float, beam: float, paint: Paint, rng: np.random.Generator) -> list[Mesh]:
    """Windlasses, bollards, bulwark, a mast with its stays, anchors, coils: busy as a dredger's deck is."""
    x = long / 2 - 5.0
    bright = drawn(rng, (YELLOW, RED, GREEN, WHITE))
    mast = DECK_M + float(rng.uniform(3, 10))
    lean = x - float(rng.uniform(0, 5))
    return [
        *(
            clutter.winch((0.0, 0.0, 0.0), float(rng.uniform(0, 360)), bright).moved(
                shift(x + float(dx), float(y), DECK_M)
            )
            for dx, y in ((0.0, -1.6), (0.0, 1.6), (-2.5, -beam / 3), (-2.5, beam / 3))[
                : int(rng.integers(2, 5))
            ]
        ),
        *(
            clutter.bollard((x + dx, y, DECK_M))
            for dx in (-3.0, 2.0)
            for y in (-beam / 2 + 0.6, beam / 2 - 0.6)
        ),
        clutter.coil((x - 1.0, 0.6, DECK_M), 0.5),
        tube((x + 3, 0, DECK_M), (lean, 0, mast), 0.09, WHITE),
        *(
            polyline([(lean, 0, mast), (x - 6, y, DECK_M)], 0.03, ROPE_WIRE)
            for y in (-beam / 2 + 0.3, beam / 2 - 0.3)
        ),
        box((0.2, beam - 1.2, 1.0), (x + 4.4, 0, DECK_M + 0.5), paint),
    ]
