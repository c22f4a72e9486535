"""A hydraulic excavator on tracks: undercarriage, slewing house with cab, bent boom, stick, backhoe bucket.

Its frame stands on deck at the slew centre, x ahead. Proportions are those of the 14 to 35 t class, some with
a long-reach front. Joints: `house` (slew), `boom`, `stick`, `bucket`, and the rams between them.
"""

import math
from dataclasses import dataclass

import numpy as np

from models.synth.body import Body, Part, Pose
from models.synth.matrices import Matrix, Point, between, chain, moved, shift, turn
from models.synth.paint import (
    BARE_IRON,
    BLACK,
    BRIGHT_STEEL,
    GLASS,
    RUBBER,
    STEEL,
    WET_SAND,
    Paint,
    drawn,
)
from models.synth.shapes import Mesh, box, girder, join, polygon, polyline, prism, sheet, tube

LABEL = "excavator"
LABELLED_BUCKET = "bucket"
PAINTS = (
    Paint(230, 172, 34, gloss=0.35),
    Paint(222, 108, 32, gloss=0.35),
    Paint(196, 180, 60, gloss=0.35),
    Paint(70, 130, 110, gloss=0.35),
    Paint(56, 96, 158, gloss=0.35),
    Paint(212, 206, 190, gloss=0.35),
)
RAM = tube((0, 0, 0), (0, 0, 1), 0.09, BRIGHT_STEEL, sides=8)


@dataclass(frozen=True, slots=True)
class Build:
    """Drawn dimensions in metres."""

    boom_m: float
    stick_m: float
    bend: float  # rise of the boom's knee over the line foot to head, as a share of its length
    house_m: float
    breadth_m: float
    floor_m: float  # underside of the house over deck
    track_m: float
    bucket: float  # size, 1 is about a cubic metre

    @property
    def foot(self) -> Point:
        return (0.35, 0.0, self.floor_m + 0.75)


@dataclass(frozen=True, slots=True)
class Stance:
    """Angles in degrees: slew to port, boom over the horizon, stick against the boom's line, bucket against the stick."""

    slew_deg: float
    boom_deg: float
    stick_deg: float
    bucket_deg: float
    load_share: float = 0.0


def measures(rng: np.random.Generator) -> Build:
    long_reach = rng.random() < 0.3
    size = float(rng.uniform(0.82, 1.18))
    return Build(
        boom_m=size * float(rng.uniform(8.0, 10.0) if long_reach else rng.uniform(5.2, 6.2)),
        stick_m=size * float(rng.uniform(5.5, 7.5) if long_reach else rng.uniform(2.5, 3.3)),
        bend=float(rng.uniform(0.1, 0.2)) * (0.6 if long_reach else 1.0),
        house_m=size * float(rng.uniform(4.2, 4.9)),
        breadth_m=size * float(rng.uniform(2.5, 2.9)),
        floor_m=size * float(rng.uniform(1.0, 1.2)),
        track_m=size * float(rng.uniform(3.9, 4.6)),
        bucket=size * float(rng.uniform(0.6, 0.75) if long_reach else rng.uniform(0.85, 1.1)),
    )


def build(name: str, rng: np.random.Generator) -> tuple[Body, Build]:
    """The body, and the dimensions its pose needs."""
    made = measures(rng)
    paint = drawn(rng, PAINTS)
    front = paint if rng.random() < 0.75 else drawn(rng, PAINTS)
    return (
        Body(
            name,
            (
                Part("tracks", _tracks(made), None, LABEL),
                Part("house", _house(made, paint, rng), "tracks", LABEL),
                Part("boom", _boom(made, front), "house", LABEL),
                Part("stick", _stick(made, front), "boom", LABEL),
                *(Part(f"ram.boom.{side}", RAM, "house", LABEL) for side in ("left", "right")),
                Part("ram.stick", RAM, "boom", LABEL),
                Part("ram.bucket", RAM, "stick", LABEL),
                Part("bucket", _bucket(made.bucket, BARE_IRON.worn(0.6)), "stick", LABELLED_BUCKET),
                Part("load", _load(made.bucket, rng), "bucket", LABELLED_BUCKET),
            ),
        ),
        made,
    )


def pose(made: Build, at: Stance) -> Pose:
    boom = chain(shift(*made.foot), turn("y", -at.boom_deg))
    stick = chain(shift(made.boom_m, 0, 0), turn("y", -at.stick_deg))
    bucket = chain(shift(made.stick_m, 0, 0), turn("y", 90.0 - at.bucket_deg))
    knee = (made.boom_m * 0.42, made.boom_m * made.bend)
    placed: dict[str, Matrix | None] = {
        "house": chain(shift(0, 0, made.floor_m), turn("z", at.slew_deg), shift(0, 0, -made.floor_m)),
        "boom": boom,
        "stick": stick,
        "bucket": bucket,
        "load": None if at.load_share < 0.1 else np.diag((1.0, 1.0, at.load_share, 1.0)),
    }
    for side, y in (("left", 0.42), ("right", -0.42)):
        head = moved(boom, (knee[0] * 0.9, y, knee[1] * 0.75))
        placed[f"ram.boom.{side}"] = between((1.1, y, made.floor_m + 0.25), head)
    heel = moved(stick, (-0.75, 0.0, 0.3))
    placed["ram.stick"] = between((knee[0], 0.0, knee[1] + 0.45), heel)
    placed["ram.bucket"] = between(
        (made.stick_m * 0.2, 0.0, 0.42), moved(bucket, (0.42 * made.bucket, 0.0, 0.25))
    )
    return placed


def lip(made: Build, at: Stance) -> Point:
    """The teeth of the bucket in the machine's frame."""
    placed = pose(made, at)
    matrix = np.eye(4)
    for joint in ("house", "boom", "stick", "bucket"):
        own = placed[joint]
        matrix = matrix if own is None else matrix @ own
    return moved(matrix, (0.0, 0.0, -1.3 * made.bucket))


def _tracks(made: Build) -> Mesh:
    """Two crawlers with pads, sprockets and rollers, and the frame between them."""
    long, gauge, wide, tall = made.track_m, made.breadth_m - 0.6, 0.6, made.floor_m * 0.85
    reach, round_m = long / 2, tall / 2
    angle = np.linspace(0.0, math.pi, 7)
    rim = [(reach - round_m + round_m * math.sin(a), round_m - round_m * math.cos(a)) for a in angle.tolist()]
    rim += [(-x, z) for x, z in rim[::-1]]
    meshes: list[Mesh] = []
    for side in (-1.0, 1.0):
        y = side * gauge / 2
        loop = np.array([*rim, rim[0]])
        belt = np.stack(
            [
                np.column_stack([loop[:, 0], np.full(len(loop), y + d), loop[:, 1]])
                for d in (-wide / 2, wide / 2)
            ],
            axis=1,
        )
        meshes.append(sheet(belt, RUBBER.worn(0.5, 0.8), smooth=False))
        meshes += [
            box((0.1, wide + 0.04, 0.05), (float(x), y, z), STEEL.shaded(0.6))
            for x in np.arange(-reach + round_m, reach - round_m, 0.22)
            for z in (tall + 0.01, 0.02)
        ]
        meshes += [
            tube(
                (x, y - wide / 2 + 0.05, round_m),
                (x, y + wide / 2 - 0.05, round_m),
                round_m * 0.8,
                BARE_IRON,
                sides=12,
                capped=True,
            )
            for x in (-reach + round_m, reach - round_m)
        ]
        meshes += [
            tube(
                (float(x), y - wide / 2 + 0.06, 0.22),
                (float(x), y + wide / 2 - 0.06, 0.22),
                0.14,
                BARE_IRON,
                sides=8,
                capped=True,
            )
            for x in np.linspace(-reach + 0.9, reach - 0.9, 6)
        ]
        meshes.append(box((long - tall, wide * 0.6, tall * 0.5), (0, y, round_m), STEEL.worn(0.6, 0.8)))
    meshes.append(box((1.7, gauge, 0.4), (0, 0, tall * 0.7), STEEL.worn(0.5, 0.7)))
    meshes.append(tube((0, 0, tall * 0.6), (0, 0, made.floor_m), 0.65, BARE_IRON, sides=16))
    return join(meshes)


def _house(made: Build, paint: Paint, rng: np.random.Generator) -> Mesh:
    """Counterweight, engine covers, tanks, cab to port of the boom foot, rails, exhaust, lettered side plates."""
    z, half, rear = made.floor_m, made.breadth_m / 2, -made.house_m * 0.62
    front = made.house_m * 0.38
    top = float(rng.uniform(1.05, 1.3))
    dark = Paint(52, 52, 54, gloss=0.2, grime=0.5)
    weight = prism(
        [
            (rear - 0.25, -half * 0.6),
            (rear, -half),
            (rear + 0.9, -half),
            (rear + 0.9, half),
            (rear, half),
            (rear - 0.25, half * 0.6),
        ],
        top * 0.95,
        (0, 0, z + 0.05),
        (dark if rng.random() < 0.4 else paint).worn(0.2),
    )
    cab_y, cab_long, cab_tall = half - 0.52, 1.75, float(rng.uniform(1.6, 1.8))
    cab_x, cab_z = front - cab_long / 2, z + 0.25
    corners = [
        (cab_x + dx, cab_y + dy) for dx in (-cab_long / 2, cab_long / 2 - 0.12) for dy in (-0.48, 0.48)
    ]
    posts = [tube((x, y, cab_z + 0.6), (x, y, cab_z + cab_tall), 0.055, dark, sides=4) for x, y in corners]
    panes = [
        box((cab_long - 0.2, 0.03, cab_tall - 0.75), (cab_x, cab_y + dy, cab_z + 0.35 + cab_tall / 2), GLASS)
        for dy in (-0.47, 0.47)
    ]
    panes += [
        box(
            (0.03, 0.88, cab_tall - 0.45),
            (cab_x + cab_long / 2 - 0.1, cab_y, cab_z + 0.2 + cab_tall / 2),
            GLASS,
        ),
        box(
            (0.03, 0.88, cab_tall - 0.9),
            (cab_x - cab_long / 2 + 0.02, cab_y, cab_z + 0.4 + cab_tall / 2),
            GLASS,
        ),
    ]
    cab = [
        box((cab_long, 0.96, 0.65), (cab_x, cab_y, cab_z + 0.33), paint),
        box((cab_long + 0.05, 1.02, 0.1), (cab_x, cab_y, cab_z + cab_tall + 0.04), paint.shaded(0.95)),
        box((0.3, 0.5, 0.12), (cab_x + 0.2, cab_y, cab_z + cab_tall + 0.14), dark),
        *posts,
        *panes,
    ]
    covers = [
        box(
            (made.house_m - 1.0, made.breadth_m, 0.28),
            ((rear + front) / 2 + 0.3, 0, z + 0.14),
            dark.worn(0.3),
        ),
        box(
            (made.house_m * 0.55, made.breadth_m * 0.96, top * 0.85),
            (rear + 0.9 + made.house_m * 0.2, 0, z + 0.1 + top * 0.43),
            paint,
        ),
        box(
            (made.house_m * 0.36, made.breadth_m * 0.5, 0.22),
            (rear + 1.4, -0.2, z + top + 0.1),
            paint.shaded(0.85),
        ),
        box(
            (1.6, half - 0.75, top * 0.8),
            (front - 0.95, -half + (half - 0.7) / 2, z + 0.1 + top * 0.4),
            paint,
        ),
        box((0.5, 0.5, 0.5), (front - 0.3, -half + 0.35, z + 0.4), dark),
    ]
    slots = [
        box((0.8, 0.03, 0.05), (rear + 1.6, side * half * 0.975, z + 0.4 + 0.1 * k), dark)
        for side in (-1, 1)
        for k in range(5)
    ]
    stripes = [
        box((1.1, 0.03, 0.32), (rear + 0.9, side * (half + 0.005), z + top * 0.62), BLACK) for side in (-1, 1)
    ]
    rails = [
        polyline(
            [
                (rear + 0.9, -half + 0.1, z + top),
                (rear + 0.9, -half + 0.1, z + top + 0.55),
                (front - 1.0, -half + 0.1, z + top + 0.55),
                (front - 0.2, -half + 0.1, z + 0.9),
            ],
            0.025,
            BLACK,
        )
    ]
    exhaust = [
        tube(
            (rear + 1.5, -0.5, z + top),
            (rear + 1.5, -0.5, z + top + 0.75),
            0.07,
            BARE_IRON.worn(0.8),
            sides=8,
        )
    ]
    lugs = [box((0.9, 0.1, 1.0), (0.5, y, z + 0.6), paint.shaded(0.9)) for y in (-0.36, 0.36)]
    return join([weight, *cab, *covers, *slots, *stripes, *rails, *exhaust, *lugs])


def _boom(made: Build, paint: Paint) -> Mesh:
    long, rise = made.boom_m, made.boom_m * made.bend
    deep = 0.11 * long * (0.75 if long > 8 else 1.0)
    line = [(0.0, 0.0), (0.22, 0.55), (0.42, 1.0), (0.6, 0.82), (0.8, 0.42), (1.0, 0.0)]
    depth = [0.3, 0.8, 1.0, 0.85, 0.6, 0.35]
    top = [(x * long, r * rise + d * deep / 2) for (x, r), d in zip(line, depth, strict=True)]
    low = [(x * long, r * rise - d * deep / 2) for (x, r), d in zip(line, depth, strict=True)]
    hoses = polyline([(x, 0.12, z + 0.06) for x, z in top[1:]], 0.035, BLACK, sides=4)
    pins = [
        tube((x * long, -0.36, r * rise), (x * long, 0.36, r * rise), 0.11, BARE_IRON, sides=8, capped=True)
        for x, r in ((0.0, 0.0), (0.4, 0.8), (1.0, 0.0))
    ]
    lug = box((0.5, 0.3, 0.5), (0.42 * long, 0, rise + deep * 0.6), paint.shaded(0.85))
    return join([girder(top, low, 0.52, paint), hoses, *pins, lug])


def _stick(made: Build, paint: Paint) -> Mesh:
    long = made.stick_m
    deep = max(0.45, 0.13 * long) * (0.8 if long > 5 else 1.0)
    top = [(-0.85, 0.34), (-0.2, deep * 0.75), (long * 0.35, deep * 0.55), (long, 0.16)]
    low = [(-0.85, 0.1), (-0.1, -0.2), (long * 0.35, -0.16), (long, -0.14)]
    link = [
        tube((long * 0.86, y, 0.1), (long * 0.93, y, 0.55), 0.05, BARE_IRON, sides=5) for y in (-0.2, 0.2)
    ]
    hose = polyline(
        [(0, -0.2, deep * 0.8), (long * 0.4, -0.2, deep * 0.62), (long * 0.8, -0.2, 0.35)],
        0.03,
        BLACK,
        sides=4,
    )
    return join([girder(top, low, 0.36, paint.shaded(0.97)), *link, hose])


def _bucket(size: float, paint: Paint) -> Mesh:
    """Hanging from its pin at the origin: back away from the machine (+x), mouth towards it, teeth below."""
    half = 0.62 * size
    rim = (
        np.array(
            ((-0.12, 0.1), (0.3, 0.22), (0.62, -0.05), (0.74, -0.5), (0.6, -0.92), (0.28, -1.2), (0.0, -1.28))
        )
        * size
    )
    shell = sheet(
        np.stack(
            [np.column_stack([rim[:, 0], np.full(len(rim), y), rim[:, 1]]) for y in (-half, half)], axis=0
        ),
        paint,
        smooth=False,
    )
    cheeks = [polygon([(float(x), y, float(z)) for x, z in rim], paint.shaded(0.85)) for y in (-half, half)]
    lips = [box((0.1 * size, 2 * half + 0.06, 0.08), (0.02, 0, -1.27 * size), BARE_IRON)]
    teeth = [
        box((0.1, 0.12, 0.24), (-0.08, float(y), -1.36 * size), BRIGHT_STEEL)
        for y in np.linspace(-half + 0.08, half - 0.08, 5)
    ]
    ears = [box((0.5, 0.06, 0.4), (0.12, y, 0.12), paint) for y in (-0.22, 0.22)]
    return join([shell, *cheeks, *lips, *teeth, *ears])


def _load(size: float, rng: np.random.Generator) -> Mesh:
    """Sand standing out of the mouth."""
    u, v = np.meshgrid(np.linspace(-1, 1, 7), np.linspace(-1, 1, 7), indexing="ij")
    bulge = (1 - u**2) * (1 - v**2) + rng.uniform(-0.06, 0.06, u.shape)
    grid = np.stack([-0.05 - 0.35 * bulge, u * 0.58, -0.6 + v * 0.58], axis=2) * size
    return sheet(grid, WET_SAND)
