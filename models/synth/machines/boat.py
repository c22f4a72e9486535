"""Wooden river boats: a covered cargo boat (ghe) and a small open sampan with a long-tail motor."""

import numpy as np

from models.synth.body import Body, Part
from models.synth.machines import clutter, hull
from models.synth.matrices import shift
from models.synth.paint import BLACK, GLASS, OLD_WOOD, RED, STEEL, TIN, WHITE, WOOD, Paint, drawn
from models.synth.shapes import Mesh, box, corrugated, join, sheet, tube

LABEL = "boat"
HULLS = (
    Paint(104, 62, 44, gloss=0.2, grime=0.5),
    Paint(58, 92, 116, gloss=0.2, grime=0.5),
    Paint(70, 104, 78, gloss=0.2, grime=0.5),
    Paint(120, 96, 70, gloss=0.15, grime=0.6),
)


def cargo(name: str, rng: np.random.Generator) -> Body:
    """About 17 m: red bow with painted eyes, arched roof over the hold, wheelhouse aft."""
    length, beam = 17.0, 3.8
    paint = drawn(rng, HULLS).worn(0.0)
    body = hull.wooden(length, beam, 0.75, 1.5, paint, WOOD)
    return Body(
        name,
        (
            Part(
                "hull",
                join(
                    [
                        body,
                        *_eyes(length),
                        _arch(rng),
                        _aft(rng),
                        clutter.oddments((3.5, 5.5, -0.6, 0.6), 0.85, 3, rng),
                    ]
                ),
                None,
                LABEL,
            ),
        ),
    )


def sampan(name: str, rng: np.random.Generator) -> Body:
    """About 7 m, with an engine on the stern and its shaft in the water."""
    body = hull.wooden(7.0, 1.35, 0.3, 0.6, drawn(rng, (OLD_WOOD, WOOD, *HULLS)).worn(0.0), OLD_WOOD)
    motor = join(
        [
            box((0.5, 0.35, 0.35), (-3.0, 0, 0.75), RED.shaded(0.8)),
            tube((-3.2, 0, 0.7), (-5.4, 0, -0.15), 0.04, STEEL, sides=5),
            tube((-2.8, 0, 0.8), (-2.0, 0, 1.0), 0.03, STEEL, sides=4),
        ]
    )
    return Body(
        name,
        (
            Part(
                "hull",
                join([body, motor, clutter.oddments((-0.5, 1.5, -0.3, 0.3), 0.25, 2, rng)]),
                None,
                LABEL,
            ),
        ),
    )


def _eyes(length: float) -> list[Mesh]:
    """The red bow and its eyes, as boats of the delta carry them."""
    meshes = []
    for side in (-1.0, 1.0):
        x = length * 0.4
        y = side * 0.93
        meshes += [
            tube((x, y * 1.02, 1.35), (x, y * 1.02 + side * 0.06, 1.35), 0.3, WHITE, sides=12, capped=True),
            tube(
                (x + 0.06, y * 1.02 + side * 0.05, 1.35),
                (x + 0.06, y * 1.02 + side * 0.09, 1.35),
                0.13,
                BLACK,
                sides=10,
                capped=True,
            ),
        ]
    meshes.append(box((1.0, 0.2, 0.9), (length * 0.485, 0, 1.7), RED))
    return meshes


def _arch(rng: np.random.Generator) -> Mesh:
    angle = np.linspace(0.0, np.pi, 11)
    along = np.linspace(-3.2, 2.4, 8)
    rough = rng.normal(0.0, 0.02, (8, 11))
    grid = np.stack(
        [
            np.broadcast_to(along[:, None], (8, 11)),
            np.broadcast_to(np.cos(angle) * 1.7, (8, 11)),
            0.8 + np.sin(angle) * (1.35 + rough),
        ],
        axis=2,
    )
    return sheet(
        grid,
        (Paint(150, 118, 76, gloss=0.05, grime=0.5), TIN, Paint(60, 96, 132, gloss=0.2, grime=0.4))[
            int(rng.integers(3))
        ],
    )


def _aft(rng: np.random.Generator) -> Mesh:
    wall = (WHITE, Paint(96, 150, 168, grime=0.4), Paint(196, 160, 90, grime=0.4))[int(rng.integers(3))]
    return join(
        [
            box((3.0, 2.9, 2.0), (-5.3, 0, 1.9), wall),
            box((0.04, 2.2, 0.6), (-3.78, 0, 2.4), GLASS),
            *(box((1.8, 0.04, 0.6), (-5.3, side * 1.46, 2.3), GLASS) for side in (-1, 1)),
            corrugated((3.8, 3.4), (-5.3, 0, 3.0), TIN, slope=0.1, ribs=12),
            tube((-6.9, 0.5, 1.0), (-6.9, 0.5, 3.6), 0.07, STEEL, sides=6),
            clutter.drum((-7.4, -0.5, 0.9), RED).moved(shift(0, 0, 0)),
        ]
    )
