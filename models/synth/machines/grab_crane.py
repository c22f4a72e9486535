"""The crane: round base, slewing house with cab and machinery, A-frame, lattice boom, ropes, grab.

Its frame stands on deck at the slew centre, x ahead. Joints: `house` (slew), `boom` (luff), ropes and grab.
"""

import math

import numpy as np

from models.synth.body import Body, Part, Pose
from models.synth.cycle import CranePose, Phase
from models.synth.machines import bucket
from models.synth.machines.lattice import boom
from models.synth.matrices import Matrix, Point, between, chain, moved, shift, turn
from models.synth.paint import (
    BARE_IRON,
    BLACK,
    BRIGHT_STEEL,
    GLASS,
    MACHINE_PAINTS,
    ROPE_WIRE,
    RUBBER,
    STEEL,
    TIN,
    Paint,
    drawn,
)
from models.synth.shapes import Mesh, box, corrugated, join, polyline, prism, railing, ring, tube

LABEL = "grab_crane"
BOOM_M = 15.0
FOOT: Point = (1.35, 0.0, 1.0)  # boom foot, in the house's frame
HOUSE_Z = 1.15  # top of the slewing ring over deck
GANTRY: Point = (-1.3, 0.0, 5.1)  # head of the A-frame, in the house's frame
LABELLED_BUCKET = "bucket"


def build(name: str, rng: np.random.Generator) -> Body:
    paint = drawn(rng, MACHINE_PAINTS)
    boom_paint = paint if rng.random() < 0.6 else drawn(rng, MACHINE_PAINTS)
    head = [
        ring(0.34, 0.05, BRIGHT_STEEL, sides=14).moved(shift(BOOM_M + 0.1, y, 0.0)) for y in (-0.14, 0.14)
    ]
    tip = join(
        [
            boom(BOOM_M, 1.15, boom_paint),
            *head,
            box((0.5, 0.5, 0.3), (BOOM_M - 0.1, 0, 0), boom_paint.shaded(0.8)),
        ]
    )
    walk = polyline([(2.5, 0.3, 0.62), (BOOM_M - 1.5, 0.2, 0.5)], 0.02, STEEL, sides=3)
    rope = tube((0, 0, 0), (0, 0, 1), 0.022, ROPE_WIRE, sides=4)
    return Body(
        name,
        (
            Part("base", _base(), None, LABEL),
            Part(
                "house", join([_house(paint), _machinery(paint), _gantry(paint), _cab(paint)]), "base", LABEL
            ),
            Part("boom", join([tip, walk]), "house", LABEL),
            *(Part(f"pendant.{i}", rope, "house", LABEL) for i in range(4)),
            *(Part(f"hoist.{i}", rope, "base", LABEL) for i in range(4)),
            *bucket.parts("base", drawn(rng, MACHINE_PAINTS), LABELLED_BUCKET),
        ),
    )


def tip_of(pose: CranePose) -> Point:
    """Where the ropes leave the boom head, in the crane's frame."""
    return moved(chain(_house_at(pose), _boom_at(pose)), (BOOM_M + 0.25, 0.0, -0.25))


def pose(
    at: CranePose, *, deck_m: float, swing: tuple[float, float] = (0.0, 0.0), ground_m: float = 0.0
) -> Pose:
    """All joints.

    `deck_m` is the deck over the water, `swing` the grab's swing in metres ahead and to port, `ground_m` the
    height over the water on which sand falls.
    """
    tip = tip_of(at)
    lips = at.grab_m - deck_m
    head_z = lips + bucket.lip_drop_m(at.open_share)
    share = min(1.0, max(0.0, (tip[2] - head_z) / 12.0))
    grab: Point = (tip[0] + swing[0] * share, tip[1] + swing[1] * share, head_z)
    placed: dict[str, Matrix | None] = {
        "house": _house_at(at),
        "boom": _boom_at(at),
        "grab": chain(shift(*grab), turn("z", at.slew_deg)),
    }
    boom_head = moved(_boom_at(at), (BOOM_M - 0.3, 0.0, 0.3))
    boom_waist = moved(_boom_at(at), (BOOM_M * 0.62, 0.0, 0.55))
    for index, (y, end) in enumerate(
        ((0.45, boom_head), (-0.45, boom_head), (0.3, boom_waist), (-0.3, boom_waist))
    ):
        start = (GANTRY[0], y, GANTRY[2])
        placed[f"pendant.{index}"] = between(start, (end[0], y * 0.5, end[2]))
    across = (-math.sin(math.radians(at.slew_deg)), math.cos(math.radians(at.slew_deg)))
    for index, offset in enumerate((-0.16, -0.1, 0.1, 0.16)):
        placed[f"hoist.{index}"] = between(
            (tip[0] + across[0] * offset, tip[1] + across[1] * offset, tip[2]),
            (grab[0] + across[0] * offset, grab[1] + across[1] * offset, grab[2] + 0.1),
        )
    over_water = at.phase is Phase.HOIST and at.grab_m > 0.3
    placed.update(
        bucket.pose(
            at.open_share,
            at.load_share,
            fall_m=max(0.0, at.grab_m - ground_m),
            dripping=over_water or (at.phase is Phase.SWING and at.progress < 0.5),
            pouring=at.phase is Phase.DUMP and 0.12 < at.progress < 0.75,
        )
    )
    return placed


def _house_at(at: CranePose) -> Matrix:
    return chain(shift(0, 0, HOUSE_Z), turn("z", at.slew_deg))


def _boom_at(at: CranePose) -> Matrix:
    return chain(shift(*FOOT), turn("y", -at.boom_deg))


def _base() -> Mesh:
    ring_steel = BARE_IRON.worn(0.5)
    return join(
        [
            box((4.4, 4.0, 0.35), (0, 0, 0.18), ring_steel),
            *(box((0.5, 4.6, 0.3), (x, 0, 0.15), ring_steel.shaded(0.8)) for x in (-1.9, 0.0, 1.9)),
            tube((0, 0, 0.3), (0, 0, HOUSE_Z - 0.15), 1.25, STEEL, sides=20),
            tube((0, 0, HOUSE_Z - 0.2), (0, 0, HOUSE_Z), 1.42, BARE_IRON, sides=20, capped=True),
        ]
    )


def _house(paint: Paint) -> Mesh:
    """The machinery house behind the boom: doors, louvres, counterweight, roof with its clutter."""
    outline = [(-3.1, -1.25), (-2.9, -1.45), (0.9, -1.45), (0.9, 1.45), (-2.9, 1.45), (-3.1, 1.25)]
    dark = paint.shaded(0.55)
    rear = [box((0.04, 0.9, 1.25), (-3.12, y, 1.35), paint.shaded(0.88)) for y in (-0.62, 0.62)]
    louvres = [
        box((0.06, 0.74, 0.04), (-3.15, y, 0.95 + 0.11 * k), dark) for y in (-0.62, 0.62) for k in range(8)
    ]
    side = [
        box((0.9, 0.04, 1.2), (x, y, 1.3), paint.shaded(0.9))
        for x in (-2.2, -1.1, 0.05)
        for y in (-1.47, 1.47)
    ]
    slots = [box((0.7, 0.05, 0.04), (-2.2, y, 1.0 + 0.12 * k), dark) for y in (-1.5, 1.5) for k in range(6)]
    return join(
        [
            prism([(-3.3, -1.5), (1.6, -1.5), (1.6, 1.5), (-3.3, 1.5)], 0.28, (0, 0, 0), STEEL.shaded(0.7)),
            prism(outline, 1.75, (0, 0, 0.28), paint),
            prism(
                [(-3.75, -1.4), (-3.1, -1.4), (-3.1, 1.4), (-3.75, 1.4)],
                1.05,
                (0, 0, 0.1),
                paint.shaded(0.6).worn(0.5),
            ),
            box((0.05, 2.5, 0.22), (-3.78, 0, 0.75), Paint(226, 190, 60, grime=0.5)),
            *rear,
            *louvres,
            *side,
            *slots,
            corrugated((4.4, 3.3), (-1.15, 0, 2.16), TIN, slope=0.12),
        ]
    )


def _machinery(paint: Paint) -> Mesh:
    """Winch drums before the house, exhaust, fuel tank, handrails, ladder, spare tyre and hose on the roof."""
    drums = [
        tube(
            (0.25 + 0.75 * k, -0.7, 1.0), (0.25 + 0.75 * k, 0.75, 1.0), 0.34, ROPE_WIRE, sides=12, capped=True
        )
        for k in range(2)
    ]
    flanges = [
        tube(
            (0.25 + 0.75 * k, y, 1.0),
            (0.25 + 0.75 * k, y + 0.05, 1.0),
            0.48,
            BARE_IRON,
            sides=12,
            capped=True,
        )
        for k in range(2)
        for y in (-0.75, 0.72)
    ]
    ladder = [
        polyline([(-2.6 + w, 1.6, -0.55), (-2.6 + w, 1.6, 2.2)], 0.025, STEEL, sides=4) for w in (0.0, 0.4)
    ]
    rungs = [tube((-2.6, 1.6, z), (-2.2, 1.6, z), 0.018, STEEL, sides=3) for z in np.arange(-0.4, 2.1, 0.32)]
    return join(
        [
            *(d.moved(shift(0.6, 0, -0.3)) for d in [*drums, *flanges]),
            *ladder,
            *rungs,
            tube((-2.1, -0.8, 2.1), (-2.1, -0.8, 3.2), 0.09, BARE_IRON.worn(0.9), sides=8, capped=True),
            tube((-2.1, -0.8, 2.2), (-2.1, -0.8, 2.75), 0.17, BARE_IRON.worn(0.8), sides=8, capped=True),
            tube(
                (-1.6, 0.6, 2.45),
                (-0.6, 0.6, 2.45),
                0.28,
                Paint(60, 96, 140, grime=0.6),
                sides=10,
                capped=True,
            ),
            ring(0.42, 0.14, RUBBER).moved(chain(shift(-2.55, 0.7, 2.3), turn("x", 90))),
            railing([(-3.1, -1.55, 0.28), (0.9, -1.55, 0.28)], paint.shaded(0.8), height=0.95),
            railing([(-3.3, 1.35, 2.15), (-3.3, -1.35, 2.15)], STEEL, height=0.55, bars=1),
            box((0.5, 0.4, 0.45), (0.4, -1.0, 2.4), Paint(196, 60, 40, grime=0.5)),
        ]
    )


def _gantry(paint: Paint) -> Mesh:
    """The A-frame: two front legs, two back stays, sheaves at its head."""
    x, _, z = GANTRY
    legs = [tube((0.7, y, 0.5), (x, y * 0.75, z), 0.1, paint, sides=6) for y in (-1.2, 1.2)]
    stays = [tube((-3.1, y, 0.6), (x, y * 0.75, z), 0.075, paint.shaded(0.85), sides=6) for y in (-1.2, 1.2)]
    cross = [tube((x, -0.95, z), (x, 0.95, z), 0.1, paint.shaded(0.8), sides=6)]
    ties = [tube((-0.05, -1.08, 2.2), (-0.05, 1.08, 2.2), 0.05, paint, sides=5)]
    cross_bars = [tube((0.05, -1.05, 2.2), (-0.85, 0.95, 4.0), 0.04, paint, sides=4)]
    sheaves = [ring(0.21, 0.045, STEEL).moved(shift(x, y, z + 0.02)) for y in (-0.45, -0.3, 0.3, 0.45)]
    return join([*legs, *stays, *cross, *ties, *cross_bars, *sheaves])


def _cab(paint: Paint) -> Mesh:
    """The operator's cab on the port side of the boom foot, windows all round."""
    frame = paint.shaded(1.02)
    posts = [tube((x, y, 1.1), (x, y, 2.3), 0.05, frame, sides=4) for x in (0.85, 2.15) for y in (0.75, 1.75)]
    return join(
        [
            box((1.4, 1.1, 0.85), (1.5, 1.25, 0.7), frame),
            box((1.2, 0.02, 0.85), (1.5, 1.78, 1.6), GLASS),
            box((1.2, 0.02, 0.85), (1.5, 0.72, 1.6), GLASS),
            box((0.02, 0.95, 0.95), (2.17, 1.25, 1.55), GLASS),
            box((0.02, 0.95, 0.7), (0.83, 1.25, 1.65), GLASS),
            *posts,
            box((1.65, 1.3, 0.08), (1.5, 1.25, 2.36), frame.shaded(1.1)),
            box((0.3, 0.06, 0.5), (1.2, 1.84, 1.0), BLACK),
        ]
    )
