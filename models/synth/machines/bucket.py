"""A two-jaw clamshell grab on its ropes: about 1.5 m3, opening sideways across the boom.

Its own frame hangs from the hoist rope: origin at the upper head, z up. The jaws turn about the
x axis on a lower block; arms of fixed length tie them to the upper head, so that the block sinks as they open.
"""

import math

import numpy as np

from models.synth.body import Part, Pose
from models.synth.matrices import Matrix, Point, between, chain, shift, turn
from models.synth.paint import BARE_IRON, BRIGHT_STEEL, WET_SAND, Paint
from models.synth.shapes import Mesh, box, join, polygon, ring, sheet, tube

WIDTH_M = 1.5
JAW_M = 1.15  # from the hinge to the lip
WIDE_OPEN_DEG = 52.0
ARM_M = 1.75
HEAD_Y, HEAD_Z = 0.32, -0.2  # pivots of the arms on the upper head
PROFILE = ((0.0, -1.15), (0.35, -1.16), (0.78, -1.02), (1.08, -0.72), (1.24, -0.3), (1.2, 0.05), (1.06, 0.2))
CORNER: Point = (0.0, 1.12, 0.12)  # pivot of the arm on a closed jaw, seen from the hinge


def hinge_drop_m(open_share: float) -> float:
    """Depth of the hinge under the upper head, from the fixed length of the arms."""
    corner_y, corner_z = _corner(open_share)
    return math.sqrt(ARM_M**2 - (corner_y - HEAD_Y) ** 2) + corner_z - HEAD_Z


def lip_drop_m(open_share: float) -> float:
    """Depth of the lips under the upper head."""
    return hinge_drop_m(open_share) + JAW_M * math.cos(math.radians(WIDE_OPEN_DEG * open_share))


def parts(parent: str, paint: Paint, label: str) -> tuple[Part, ...]:
    """The grab as parts hanging on `parent`; pose them with `pose`."""
    iron = paint.worn(0.55, 0.6)
    head = join(
        [
            box((0.7, 0.75, 0.36), (0, 0, -0.2), iron),
            box((0.5, 0.5, 0.2), (0, 0, 0.05), iron.shaded(0.8)),
            *(ring(0.2, 0.05, BRIGHT_STEEL).moved(shift(x, 0, -0.02)) for x in (-0.18, 0.18)),
        ]
    )
    block = join(
        [
            box((0.8, 0.5, 0.34), (0, 0, 0.1), iron.shaded(0.9)),
            tube((-0.8, 0, 0), (0.8, 0, 0), 0.09, BARE_IRON, sides=8, capped=True),
        ]
    )
    arm = join(tube((x, 0, 0), (x, 0, 1), 0.06, iron, sides=5) for x in (-0.55, 0.55))
    made = [Part("grab", head, parent, label), Part("grab.block", block, "grab", label)]
    for side in ("left", "right"):
        made.append(Part(f"grab.{side}", _jaw(iron), "grab.block", label))
        made.append(Part(f"grab.arm.{side}", arm, "grab", label))
    made.append(Part("grab.load", _mound(), "grab.block", label))
    made.append(Part("grab.drip", _streaks(90, 0.55, 0.012, Paint(120, 104, 84, gloss=0.6)), "grab.block"))
    made.append(Part("grab.pour", _streaks(420, 0.36, 0.035, WET_SAND), "grab.block"))
    return tuple(made)


def pose(open_share: float, load_share: float, *, fall_m: float, dripping: bool, pouring: bool) -> Pose:
    """Places of the grab's own parts; `fall_m` is how far sand or water falls below the lips."""
    drop = hinge_drop_m(open_share)
    angle = WIDE_OPEN_DEG * open_share
    corner_y, corner_z = _corner(open_share)
    placed: dict[str, Matrix | None] = {
        "grab.block": shift(0, 0, -drop),
        "grab.left": turn("x", angle),
        "grab.right": chain(turn("z", 180), turn("x", angle)),
        "grab.arm.left": _arm(1.0, corner_y, corner_z - drop),
        "grab.arm.right": _arm(-1.0, corner_y, corner_z - drop),
        "grab.load": None,
        "grab.drip": None,
        "grab.pour": None,
    }
    if load_share > 0.05 and open_share < 0.6:
        placed["grab.load"] = chain(
            shift(0, 0, -0.75 + 0.35 * load_share), np.diag((1.0, 1.0, 0.3 + load_share, 1.0))
        )
    if dripping:
        placed["grab.drip"] = chain(shift(0, 0, -JAW_M), np.diag((1.0, 1.0, max(0.1, fall_m), 1.0)))
    if pouring:
        placed["grab.pour"] = chain(shift(0, 0, -0.5), np.diag((1.0, 1.0, max(0.1, fall_m + 0.7), 1.0)))
    return placed


def _corner(open_share: float) -> tuple[float, float]:
    angle = math.radians(WIDE_OPEN_DEG * open_share)
    _, y, z = CORNER
    return y * math.cos(angle) - z * math.sin(angle), y * math.sin(angle) + z * math.cos(angle)


def _arm(side: float, corner_y: float, corner_z: float) -> Matrix:
    """The arm's mesh has its bars at x = -+0.55 around the unit segment on z; its x must stay x."""
    placed = between((0.0, side * HEAD_Y, HEAD_Z), (0.0, side * corner_y, corner_z))
    placed[:3, 0] = (1.0, 0.0, 0.0)
    placed[:3, 1] = np.cross(placed[:3, 2] / np.linalg.norm(placed[:3, 2]), (1.0, 0.0, 0.0))
    return placed


def _jaw(paint: Paint) -> Mesh:
    """The half on the +y side of the hinge, closed: a curved shell, two cheeks, a lip with teeth."""
    half = WIDTH_M / 2
    rim = np.array(PROFILE)
    shell = sheet(
        np.stack([np.column_stack([np.full(len(rim), x), rim]) for x in (-half, half)], axis=0),
        paint,
        smooth=False,
    )
    cheeks = [
        polygon([(x, 0.0, 0.0), *((x, float(y), float(z)) for y, z in rim)], paint.shaded(0.9))
        for x in (-half, half)
    ]
    ribs = [box((0.08, 0.16, 0.5), (x, 1.2, -0.2), paint.shaded(0.75)) for x in (-0.4, 0.4)]
    lip = box((WIDTH_M + 0.06, 0.12, 0.12), (0, 0.05, -JAW_M + 0.03), BARE_IRON)
    teeth = [
        box((0.14, 0.1, 0.2), (float(x), 0.06, -JAW_M - 0.08), BRIGHT_STEEL)
        for x in np.linspace(-0.6, 0.6, 5)
    ]
    lugs = [tube((x, CORNER[1], CORNER[2]), (x, 0.95, -0.2), 0.07, paint, sides=5) for x in (-0.55, 0.55)]
    return join([shell, *cheeks, *ribs, lip, *teeth, *lugs])


def _mound() -> Mesh:
    """Sand standing over the closed jaws."""
    x, y = np.meshgrid(np.linspace(-0.68, 0.68, 9), np.linspace(-0.95, 0.95, 11), indexing="ij")
    rough = np.random.default_rng(3).uniform(-0.05, 0.05, x.shape)
    height = 0.55 * (1.0 - (x / 0.75) ** 2) * (1.0 - (y / 1.05) ** 2) + 0.1 + rough
    return sheet(np.stack([x, y, height], axis=2), WET_SAND)


def _streaks(count: int, spread: float, thick: float, paint: Paint) -> Mesh:
    """Falling threads within one unit below the origin, to be stretched downwards."""
    rng = np.random.default_rng(5)
    place = rng.normal(0.0, spread * 0.5, (count, 2))
    top = -rng.uniform(0.0, 0.85, count)
    return join(
        tube(
            (float(x), float(y), float(z)),
            (float(x * 1.05), float(y * 1.05), float(z - rng.uniform(0.06, 0.2))),
            thick,
            paint,
            sides=3,
        )
        for (x, y), z in zip(place, top, strict=True)
    )
