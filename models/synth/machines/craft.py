"""Other vessels, all `boat`: fishing boat, houseboat, ferry, tug, and a motor cargo vessel.

Frames: origin amidships on the water line, x ahead.
"""

from collections.abc import Callable

import numpy as np

from models.synth.body import Body, Part
from models.synth.machines import clutter, hull
from models.synth.machines.boat import HULLS
from models.synth.matrices import chain, shift, turn
from models.synth.paint import (
    BARE_IRON,
    BLACK,
    BLUE,
    GLASS,
    GREEN,
    HULL_PAINTS,
    OLD_WOOD,
    RED,
    STEEL,
    TIN,
    WHITE,
    WOOD,
    YELLOW,
    Paint,
    drawn,
)
from models.synth.shapes import Mesh, box, corrugated, join, polyline, prism, railing, tube

LABEL = "boat"
Size = tuple[float, float]  # length and breadth, metres
WALLS = (
    WHITE,
    Paint(96, 150, 168, grime=0.4),
    Paint(196, 160, 90, grime=0.4),
    Paint(120, 160, 120, grime=0.4),
    Paint(170, 110, 90, grime=0.4),
)


def fishing(name: str, rng: np.random.Generator) -> tuple[Body, Size]:
    """10 to 16 m: wheelhouse aft or amidships, net poles swung out, lamps and nets on deck."""
    long = float(rng.uniform(10, 16))
    wide, d = long * float(rng.uniform(0.22, 0.28)), float(rng.uniform(0.6, 0.9))
    x = long * float(rng.uniform(-0.28, -0.05))
    wall = drawn(rng, WALLS).worn(0.0)
    poles = [
        tube(
            (x + 1.2, s * wide * 0.4, d),
            (x + 2.0, s * wide * float(rng.uniform(0.6, 2.0)), d + 6.0),
            0.06,
            WOOD,
            sides=5,
        )
        for s in (-1, 1)
    ]
    net = clutter.heap_under_tarpaulin((2.2, wide * 0.6, 0.7), (long * 0.2, 0, d), rng)
    return _whole(
        name,
        [
            hull.wooden(long, wide, d, long * 0.1, drawn(rng, HULLS).worn(0.0), WOOD),
            *_house((long * 0.26, wide * 0.72, 2.1), (x, d), wall),
            tube((x + 1.4, 0, d), (x + 1.4, 0, d + 5.5), 0.07, WOOD, sides=6),
            *poles,
            net,
            polyline([(x + 1.4, 0, d + 5.4), (long * 0.46, 0, d + long * 0.08)], 0.02, BLACK, sides=3),
            clutter.oddments((-long * 0.42, -long * 0.36, -wide * 0.2, wide * 0.2), d + 0.1, 3, rng),
            clutter.flag((x - 1.4, 0.4, d + 3.6), height=0.6),
        ],
        (long, wide),
    )


def houseboat(name: str, rng: np.random.Generator) -> tuple[Body, Size]:
    """A dwelling on drums or an old hull: tin roof, veranda, washing, pots."""
    long, wide = float(rng.uniform(8, 14)), float(rng.uniform(4, 6))
    d, wall = 0.55, drawn(rng, (*WALLS, OLD_WOOD)).worn(0.1)
    drums = [
        tube(
            (float(x), s * wide * 0.42, 0.05),
            (float(x) + 0.85, s * wide * 0.42, 0.05),
            0.3,
            BLUE.worn(0.4),
            sides=8,
            capped=True,
        )
        for x in np.arange(-long / 2 + 0.2, long / 2 - 1, 1.0)
        for s in (-1, 1)
    ]
    tall = float(rng.uniform(2.2, 2.8))
    roofs = [
        corrugated(
            (long * 0.75, wide / 2 + 0.5), (-long * 0.08, s * wide * 0.25, d + tall + 0.35), TIN, ribs=12
        ).moved(chain(shift(0, 0, 0), turn("x", 0.0)))
        for s in (-1, 1)
    ]
    return _whole(
        name,
        [
            *drums,
            box((long, wide, 0.25), (0, 0, d - 0.12), OLD_WOOD),
            *_house((long * 0.68, wide * 0.85, tall), (-long * 0.08, d), wall),
            *roofs,
            railing([(long / 2 - 0.1, -wide / 2, d), (long / 2 - 0.1, wide / 2, d)], WOOD, gap=1.2),
            *(
                tube(
                    (long / 2 - 0.2, s * wide * 0.45, d),
                    (long / 2 - 0.2, s * wide * 0.45, d + tall),
                    0.06,
                    WOOD,
                )
                for s in (-1, 1)
            ),
            corrugated((long * 0.3, wide), (long * 0.38, 0, d + tall), TIN.shaded(0.8), slope=0.3, ribs=14),
            clutter.washing((long * 0.28, -wide * 0.46, d + 1.9), (long * 0.48, -wide * 0.46, d + 1.9), rng),
            clutter.oddments((long * 0.3, long * 0.45, -wide * 0.35, wide * 0.35), d, 5, rng),
        ],
        (long, wide),
    )


def ferry(name: str, rng: np.random.Generator) -> tuple[Body, Size]:
    """A double-ended car ferry: open deck, ramps raised, bridge on a portal, some lorries and motorcycles."""
    long, wide, d = float(rng.uniform(24, 42)), float(rng.uniform(8, 12)), 1.2
    paint = drawn(rng, HULL_PAINTS)
    ramps = [
        box((4.0, wide * 0.6, 0.18), (0, 0, 0), STEEL.worn(0.5)).moved(
            chain(shift(s * (long / 2 + 1.2), 0, d + 1.2), turn("y", -s * 42.0))
        )
        for s in (-1, 1)
    ]
    z = d + float(rng.uniform(3.6, 4.6))
    posts = [
        tube((dx, s * (wide / 2 - 0.4), d), (dx, s * (wide / 2 - 0.4), z), 0.16, WHITE, sides=6)
        for dx in (-5, -2, 2, 5)
        for s in (-1, 1)
    ]
    lorries = []
    for x in np.arange(-long * 0.38, long * 0.38, 6.5):
        if rng.random() < 0.6:
            y, cab = float(rng.uniform(-1.5, 1.5)), drawn(rng, (BLUE, RED, WHITE, YELLOW, GREEN))
            lorries += [
                box((1.5, 2.1, 1.9), (float(x) + 2.2, y, d + 1.4), cab),
                box(
                    (3.6, 2.2, float(rng.uniform(0.9, 2.2))),
                    (float(x) - 0.6, y, d + 1.6),
                    drawn(rng, HULL_PAINTS),
                ),
                *(
                    tube(
                        (float(x) + wx, y - 1.1, d + 0.45),
                        (float(x) + wx, y + 1.1, d + 0.45),
                        0.45,
                        BLACK,
                        sides=8,
                        capped=True,
                    )
                    for wx in (-1.8, 2.1)
                ),
            ]
    bulwark = [box((long - 4, 0.12, 1.1), (0, s * wide / 2, d + 0.55), paint.shaded(1.2)) for s in (-1, 1)]
    return _whole(
        name,
        [
            hull.steel(long, wide, d, -1.3, 3.0, paint, STEEL.worn(0.5)),
            *bulwark,
            *ramps,
            *posts,
            *lorries,
            box((12.0, wide, 0.25), (0, 0, z), WHITE),
            *_house((4.5, 3.2, 2.2), (0.0, z), WHITE),
            railing(
                [(-6, -wide / 2, z), (6, -wide / 2, z), (6, wide / 2, z), (-6, wide / 2, z)], WHITE, gap=1.5
            ),
            clutter.flag((-5.0, 0.2, z + 4.0), height=0.9),
        ],
        (long, wide),
    )


def tug(name: str, rng: np.random.Generator) -> tuple[Body, Size]:
    """12 to 20 m: high bow with tyres, wheelhouse on a deckhouse, funnel, towing post."""
    long = float(rng.uniform(12, 20))
    wide, d = long * 0.3, float(rng.uniform(0.9, 1.3))
    paint, wall = (
        drawn(rng, HULL_PAINTS),
        drawn(rng, (WHITE, YELLOW, Paint(206, 120, 60, grime=0.3), Paint(130, 170, 190, grime=0.3))),
    )
    x = long * 0.08
    tyres = [
        clutter.tyre_fender((float(tx), s * (wide / 2 + 0.12), d - 0.2), outward=s)
        for s in (-1.0, 1.0)
        for tx in np.arange(-long * 0.38, long * 0.3, 1.5)
    ]
    return _whole(
        name,
        [
            hull.wooden(long, wide, d, long * 0.08, paint, STEEL.worn(0.5)),
            *tyres,
            *_house((long * 0.4, wide * 0.62, 2.1), (x, d), wall),
            *_house((long * 0.17, wide * 0.55, 2.1), (x + long * 0.06, d + 2.15), wall.shaded(1.05)),
            tube(
                (x - long * 0.15, 0, d + 2.1),
                (x - long * 0.15, 0, d + 4.2),
                0.45,
                drawn(rng, (RED, BLACK, YELLOW, BLUE)),
                sides=12,
                capped=True,
            ),
            tube((x, 0, d + 4.2), (x, 0, d + 7.4), 0.07, WHITE),
            tube((-long * 0.25, 0, d), (-long * 0.25, 0, d + 1.2), 0.2, BARE_IRON, sides=8, capped=True),
            railing([(-long * 0.42, -wide * 0.38, d + 0.2), (-long * 0.42, wide * 0.38, d + 0.2)], WHITE),
        ],
        (long, wide),
    )


def cargo_vessel(name: str, rng: np.random.Generator) -> tuple[Body, Size]:
    """35 to 65 m of steel: hatches or containers forward, accommodation aft, perhaps a derrick. No dredging gear."""
    long = float(rng.uniform(35, 65))
    wide, d = long * float(rng.uniform(0.15, 0.19)), float(rng.uniform(1.0, 3.0))
    paint = drawn(rng, HULL_PAINTS)
    aft = -long * 0.38
    load: list[Mesh] = []
    if rng.random() < 0.5:
        for x in np.arange(aft + long * 0.13, long * 0.36, 6.4):
            for y in (-1.3, 1.3):
                load += [
                    box(
                        (6.0, 2.44, 2.55),
                        (float(x) + 3.0, y, d + 1.6 + 2.6 * k),
                        drawn(rng, (BLUE, RED, GREEN, *HULL_PAINTS)).worn(0.3),
                    )
                    for k in range(int(rng.integers(0, 3)))
                ]
    else:
        load.append(box((long * 0.6, wide * 0.7, 1.3), (long * 0.06, 0, d + 0.65), drawn(rng, HULL_PAINTS)))
        load += [
            box((long * 0.13, wide * 0.73, 0.2), (float(x), 0, d + 1.4), STEEL.worn(0.4))
            for x in np.linspace(-long * 0.18, long * 0.3, 4)
        ]
    if rng.random() < 0.35:
        x = long * float(rng.uniform(-0.1, 0.25))
        load += [
            tube((x, 0, d), (x, 0, d + 9), 0.3, YELLOW, sides=10),
            tube((x, 0, d + 2.5), (x + 9, 0.5, d + 8), 0.15, YELLOW, sides=8),
        ]
    wall = drawn(rng, (WHITE, Paint(200, 190, 150, grime=0.4)))
    return _whole(
        name,
        [
            hull.steel(long, wide, d, -2.0, 4.5, paint, STEEL.worn(0.6)),
            box((4.0, wide * 0.8, 1.0), (long / 2 - 2.3, 0, d + 0.5), paint),
            *load,
            *_house((long * 0.16, wide * 0.85, 2.5), (aft, d), wall),
            *_house((long * 0.12, wide * 0.75, 2.4), (aft, d + 2.5), wall),
            *_house((long * 0.08, wide * 0.9, 2.3), (aft + 0.8, d + 4.9), wall),
            tube(
                (aft - long * 0.06, 0, d + 4.9),
                (aft - long * 0.06, 0, d + 8.2),
                0.6,
                paint,
                sides=10,
                capped=True,
            ),
            tube((long * 0.44, 0, d), (long * 0.44, 0, d + 6.5), 0.12, WHITE),
        ],
        (long, wide),
    )


KINDS: tuple[Callable[[str, np.random.Generator], tuple[Body, Size]], ...] = (
    fishing,
    houseboat,
    ferry,
    tug,
    cargo_vessel,
)


def _whole(name: str, meshes: list[Mesh], size: Size) -> tuple[Body, Size]:
    return Body(name, (Part("hull", join(meshes), None, LABEL),)), size


def _house(size: tuple[float, float, float], at: tuple[float, float], wall: Paint) -> list[Mesh]:
    """Walls, a band of windows all round, an overhanging roof; `at` is x and the height of its floor."""
    (long, wide, tall), (x, z) = size, at
    pane_z, pane = z + tall * 0.66, min(0.7, tall * 0.3)
    count = max(2, round(long / 1.5))
    sides = [
        box(
            (long / count * 0.6, 0.05, pane),
            (x - long / 2 + long * (k + 0.5) / count, s * (wide / 2 + 0.01), pane_z),
            GLASS,
        )
        for k in range(count)
        for s in (-1, 1)
    ]
    ends = [box((0.05, wide * 0.75, pane), (x + s * (long / 2 + 0.01), 0, pane_z), GLASS) for s in (-1, 1)]
    return [
        prism(
            [(-long / 2, -wide / 2), (long / 2, -wide / 2), (long / 2, wide / 2), (-long / 2, wide / 2)],
            tall,
            (x, 0, z),
            wall,
        ),
        box(
            (long + 0.5, wide + 0.4, 0.1),
            (x, 0, z + tall + 0.05),
            TIN if wall.gloss < 0.3 else wall.shaded(0.8),
        ),
        *sides,
        *ends,
    ]
