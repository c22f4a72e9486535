"""What lies about on a working deck: tyres, drums, winches, ropes, tarpaulins, cans, washing, a flag."""

import math

import numpy as np

from models.synth.matrices import Point, chain, shift, turn
from models.synth.paint import (
    BARE_IRON,
    CLOTHES,
    PLASTICS,
    RED,
    ROPE_HEMP,
    ROPE_WIRE,
    RUBBER,
    STEEL,
    WET_SAND,
    YELLOW,
    Paint,
    drawn,
)
from models.synth.shapes import Mesh, ball, box, join, polygon, polyline, revolve, ring, sheet, tube


def tyre_fender(at: Point, *, outward: float = 1.0) -> Mesh:
    """A lorry tyre hung on chains on a side whose outside is `outward` along y; `at` is its middle."""
    x, y, z = at
    chains = [
        tube(
            (x + dx, y - 0.05 * outward, z + 0.35),
            (x + dx * 1.3, y - 0.12 * outward, z + 0.95),
            0.02,
            BARE_IRON,
            sides=3,
        )
        for dx in (-0.15, 0.15)
    ]
    return join([ring(0.37, 0.15, RUBBER, sides=14).moved(shift(x, y, z)), *chains])


def drum(at: Point, paint: Paint) -> Mesh:
    """A 200 litre oil drum with its two hoops."""
    profile = [
        (0.0, 0.88),
        (0.29, 0.88),
        (0.29, 0.6),
        (0.31, 0.58),
        (0.29, 0.56),
        (0.29, 0.32),
        (0.31, 0.3),
        (0.29, 0.28),
        (0.29, 0.0),
    ]
    return revolve(profile, at, paint, sides=12)


def can(at: Point, paint: Paint) -> Mesh:
    """A 20 or 30 litre plastic can."""
    x, y, z = at
    return join(
        [
            box((0.3, 0.24, 0.36), (x, y, z + 0.18), paint),
            tube((x, y, z + 0.36), (x, y, z + 0.43), 0.05, paint.shaded(0.7), sides=6, capped=True),
        ]
    )


def winch(at: Point, heading_deg: float, paint: Paint) -> Mesh:
    """An anchor winch: bed, drum full of wire, gear case, motor, brake lever."""
    made = join(
        [
            box((1.3, 1.7, 0.14), (0, 0, 0.07), BARE_IRON),
            tube((0, -0.5, 0.55), (0, 0.5, 0.55), 0.3, ROPE_WIRE, sides=12, capped=True),
            *(
                tube((0, y, 0.55), (0, y + 0.05, 0.55), 0.46, paint, sides=14, capped=True)
                for y in (-0.55, 0.5)
            ),
            *(box((0.9, 0.06, 0.5), (0, y, 0.3), paint.shaded(0.8)) for y in (-0.68, 0.68)),
            box((0.5, 0.4, 0.5), (-0.55, 0.65, 0.4), paint),
            tube((-0.6, 0.2, 0.4), (-0.6, -0.4, 0.4), 0.19, paint.shaded(0.9), sides=8, capped=True),
            tube((0.4, -0.75, 0.3), (0.75, -0.75, 1.05), 0.025, STEEL, sides=4),
        ]
    )
    return made.moved(chain(shift(*at), turn("z", heading_deg)))


def bollard(at: Point) -> Mesh:
    x, y, z = at
    return join(
        [
            box((0.8, 0.3, 0.05), (x, y, z + 0.03), BARE_IRON),
            *(
                tube((x + dx, y, z), (x + dx, y, z + 0.42), 0.11, BARE_IRON, sides=8, capped=True)
                for dx in (-0.24, 0.24)
            ),
        ]
    )


def coil(at: Point, radius: float, paint: Paint = ROPE_HEMP) -> Mesh:
    """A coiled rope, four turns high."""
    x, y, z = at
    return join(
        ring(radius * (1 - 0.06 * k), 0.05, paint).moved(
            chain(shift(x, y, z + 0.05 + 0.08 * k), turn("x", 90))
        )
        for k in range(4)
    )


def heap_under_tarpaulin(size: Point, at: Point, rng: np.random.Generator) -> Mesh:
    """Something covered: a sheet lying over boxes, blue or orange or green."""
    u, v = np.meshgrid(np.linspace(-1, 1, 13), np.linspace(-1, 1, 11), indexing="ij")
    bulk = np.clip(1.35 - np.maximum(np.abs(u), np.abs(v)) ** 3 * 1.35, 0.0, 1.0)
    folds = rng.normal(0.0, 0.05, u.shape) + 0.06 * np.sin(u * 5 + rng.uniform(0, 6)) * np.cos(v * 4)
    grid = np.stack(
        [u * size[0] / 2, v * size[1] / 2, (bulk + folds * (bulk > 0.1)) * size[2]], axis=2
    ) + np.array(at)
    colours = (
        Paint(38, 84, 150, gloss=0.3, grime=0.45),
        Paint(206, 96, 40, gloss=0.3, grime=0.5),
        Paint(58, 96, 72, gloss=0.3, grime=0.45),
    )
    return sheet(grid, colours[int(rng.integers(3))])


def spilt_sand(at: Point, radius: float, rng: np.random.Generator) -> Mesh:
    """A flat ragged patch of wet sand on deck."""
    angle = np.linspace(0, 2 * math.pi, 15)[:-1]
    reach = radius * rng.uniform(0.55, 1.1, 14)
    rim: list[Point] = [
        (at[0] + float(r * math.cos(a)), at[1] + float(r * math.sin(a)), at[2] + 0.004)
        for r, a in zip(reach, angle, strict=True)
    ]
    middle: Point = (at[0], at[1], at[2] + 0.05 * radius)
    return join(polygon((middle, a, b), WET_SAND) for a, b in zip(rim, [*rim[1:], rim[0]], strict=True))


def washing(a: Point, b: Point, rng: np.random.Generator) -> Mesh:
    """Clothes on a line."""
    meshes = [tube(a, b, 0.012, ROPE_HEMP, sides=3)]
    for share in np.linspace(0.1, 0.9, 7):
        x, y, z = (a[i] + (b[i] - a[i]) * float(share) for i in range(3))
        wide, tall = float(rng.uniform(0.3, 0.55)), float(rng.uniform(0.45, 0.85))
        along = np.array(b) - np.array(a)
        dx, dy = (along[:2] / np.linalg.norm(along[:2]) * wide / 2).tolist()
        meshes.append(
            polygon(
                [
                    (x - dx, y - dy, z),
                    (x + dx, y + dy, z),
                    (x + dx * 0.8, y + dy * 0.8, z - tall),
                    (x - dx * 0.8, y - dy * 0.8, z - tall),
                ],
                drawn(rng, CLOTHES).worn(0.0),
            )
        )
    return join(meshes)


def flag(at: Point, *, height: float = 1.0) -> Mesh:
    """The national flag on its staff, blowing to the side: red with a yellow five-pointed star."""
    x, y, z = at
    wide = height * 1.5
    u, v = np.meshgrid(np.linspace(0, 1, 9), np.linspace(0, 1, 3), indexing="ij")
    wave = 0.09 * height * np.sin(u * 7.0) * u
    cloth = sheet(
        np.stack([x + wave, y - u * wide, z - v * height - 0.12 * u * height], axis=2), RED.worn(0.0, 0.1)
    )
    points = [
        (0.5 + reach * math.sin(math.pi * k / 5) / 1.5, 0.5 - reach * math.cos(math.pi * k / 5))
        for k in range(10)
        for reach in ((0.3,) if k % 2 == 0 else (0.115,))
    ]
    star = []
    for offset in (-0.03, 0.03):
        rim = [
            (
                x + 0.09 * height * math.sin(pu * 7.0) * pu + offset,
                y - pu * wide,
                z - pv * height - 0.12 * pu * height,
            )
            for pu, pv in points
        ]
        middle = (
            x + 0.09 * height * math.sin(3.5) * 0.5 + offset,
            y - 0.5 * wide,
            z - 0.5 * height - 0.06 * height,
        )
        star += [
            polygon((middle, a, b), YELLOW.worn(0.0, 0.05))
            for a, b in zip(rim, [*rim[1:], rim[0]], strict=True)
        ]
    return join([tube((x, y, z - 3.0), (x, y, z + 0.1), 0.03, STEEL, sides=5), cloth, *star])


def oddments(
    area: tuple[float, float, float, float], deck_z: float, count: int, rng: np.random.Generator
) -> Mesh:
    """`count` drums, cans, tyres, coils, planks and gas bottles strewn over x0, x1, y0, y1."""
    meshes = []
    for _ in range(count):
        x, y = float(rng.uniform(area[0], area[1])), float(rng.uniform(area[2], area[3]))
        choice = int(rng.integers(6))
        plastic = drawn(rng, PLASTICS).worn(0.05)
        if choice == 0:
            meshes.append(drum((x, y, deck_z), drawn(rng, PLASTICS).worn(0.5)))
        elif choice == 1:
            meshes += [can((x + dx, y, deck_z), plastic) for dx in (0.0, 0.36)]
        elif choice == 2:
            meshes += [
                ring(0.36, 0.15, RUBBER).moved(chain(shift(x, y, deck_z + 0.14 + 0.28 * k), turn("x", 90)))
                for k in range(int(rng.integers(1, 4)))
            ]
        elif choice == 3:
            meshes.append(coil((x, y, deck_z), 0.4))
        elif choice == 4:
            angle = float(rng.uniform(-30, 30))
            meshes += [
                box(
                    (2.6, 0.2, 0.05), (0, 0.25 * k, 0.04 + 0.05 * (k % 2)), Paint(134, 104, 70, grime=0.6)
                ).moved(chain(shift(x, y, deck_z), turn("z", angle)))
                for k in range(3)
            ]
        else:
            meshes.append(tube((x, y, deck_z), (x, y, deck_z + 1.1), 0.12, plastic, sides=8, capped=True))
    return join(meshes)


def sandbags(at: Point, rng: np.random.Generator) -> Mesh:
    """A low stack of filled sacks."""
    x, y, z = at
    sack = Paint(196, 190, 172, gloss=0.05, grime=0.6)
    return join(
        ball(0.34, (0.0, 0.0, 0.0), sack.shaded(float(rng.uniform(0.75, 1.1))), sides=8, squash=0.42).moved(
            chain(
                shift(x + 0.5 * (k % 3), y + float(rng.uniform(-0.08, 0.08)), z + 0.13 + 0.24 * (k // 3)),
                turn("z", float(rng.uniform(-25, 25))),
            )
        )
        for k in range(8)
    )


def hose(a: Point, b: Point, rng: np.random.Generator, paint: Paint = RUBBER) -> Mesh:
    """A hose lying on deck in bends from `a` to `b`."""
    along = np.linspace(0.0, 1.0, 15)
    bend = np.sin(along * float(rng.uniform(5, 11))) * float(rng.uniform(0.2, 0.5)) * np.sin(along * math.pi)
    points: list[Point] = [
        (a[0] + (b[0] - a[0]) * float(s), a[1] + (b[1] - a[1]) * float(s) + float(w), a[2] + 0.05)
        for s, w in zip(along, bend, strict=True)
    ]
    return polyline(points, 0.05, paint, sides=5)


def floodlight(at: Point, heading_deg: float) -> Mesh:
    """A lamp on its bracket, its face ahead and down."""
    lamp = join(
        [
            box((0.16, 0.42, 0.32), (0.0, 0.0, 0.0), STEEL),
            box((0.02, 0.38, 0.28), (0.09, 0.0, 0.0), Paint(214, 216, 210, gloss=0.9, grime=0.1)),
        ]
    )
    return lamp.moved(chain(shift(*at), turn("z", heading_deg), turn("y", 28.0)))


def toolbox(at: Point, paint: Paint) -> Mesh:
    """A steel chest with its lid."""
    x, y, z = at
    return join(
        [
            box((1.1, 0.55, 0.5), (x, y, z + 0.25), paint),
            box((1.16, 0.6, 0.07), (x, y, z + 0.53), paint.shaded(0.85)),
        ]
    )
