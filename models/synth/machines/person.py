"""A figure of about 1.65 m: legs, arms and a head under a straw hat, cap or helmet, some in a life vest."""

import math

import numpy as np

from models.synth.body import Body, Part, Pose
from models.synth.matrices import Matrix, chain, shift, turn
from models.synth.paint import BLACK, CLOTHES, ORANGE_VEST, PLASTICS, SKIN, STRAW, Paint, drawn
from models.synth.shapes import Mesh, ball, join, revolve, tube

LABEL = "person"
HIP_M = 0.82
SHOULDER_M = 1.36


def build(name: str, rng: np.random.Generator) -> Body:
    shirt, trousers = drawn(rng, CLOTHES).worn(0.0), drawn(rng, CLOTHES).worn(0.0).shaded(0.8)
    skin = SKIN.shaded(float(rng.uniform(0.8, 1.1)))
    vest = rng.random() < 0.45
    leg = join(
        [
            tube((0, 0, 0), (0, 0, -0.42), 0.085, trousers, end=0.07),
            tube(
                (0, 0, -0.42),
                (0.02, 0, -HIP_M + 0.03),
                0.065,
                trousers if rng.random() < 0.6 else skin,
                end=0.05,
            ),
            ball(0.08, (0.06, 0, -HIP_M + 0.05), BLACK, squash=0.6),
        ]
    )
    arm = join(
        [
            tube((0, 0, 0), (0, 0, -0.28), 0.055, shirt, end=0.045),
            tube((0, 0, -0.28), (0.05, 0, -0.54), 0.04, skin, end=0.035),
            ball(0.045, (0.06, 0, -0.58), skin),
        ]
    )
    return Body(
        name,
        (
            Part("body", join([_torso(ORANGE_VEST if vest else shirt), _head(skin, rng)]), None, LABEL),
            *(Part(f"leg.{side}", leg, "body", LABEL) for side in ("left", "right")),
            *(Part(f"arm.{side}", arm, "body", LABEL) for side in ("left", "right")),
        ),
    )


def standing(at: Matrix, sway_s: float, *, busy: float = 0.0) -> Pose:
    """Upright at `at`; `busy` raises the arms and lets them work (0 idle, 1 hauling)."""
    work = busy * (40.0 + 25.0 * math.sin(sway_s * 2.6))
    return {
        "body": chain(at, turn("y", 6.0 * busy + 1.5 * math.sin(sway_s * 0.7)), shift(0, 0, 0)),
        "leg.left": chain(shift(0, 0.1, HIP_M), turn("y", 4.0)),
        "leg.right": chain(shift(0, -0.1, HIP_M), turn("y", -5.0)),
        "arm.left": chain(shift(0, 0.22, SHOULDER_M), turn("x", 8.0), turn("y", -8.0 - work)),
        "arm.right": chain(shift(0, -0.22, SHOULDER_M), turn("x", -8.0), turn("y", 6.0 - work * 0.8)),
    }


def walking(at: Matrix, pace_s: float) -> Pose:
    """Mid-stride; one stride of two steps takes 1.1 s."""
    swing = 24.0 * math.sin(2 * math.pi * pace_s / 1.1)
    return {
        "body": at,
        "leg.left": chain(shift(0, 0.09, HIP_M), turn("y", swing)),
        "leg.right": chain(shift(0, -0.09, HIP_M), turn("y", -swing)),
        "arm.left": chain(shift(0, 0.22, SHOULDER_M), turn("y", -swing * 0.8)),
        "arm.right": chain(shift(0, -0.22, SHOULDER_M), turn("y", swing * 0.8)),
    }


def _torso(paint: Paint) -> Mesh:
    grown = revolve(
        [(0.0, 0.78), (0.15, 0.8), (0.14, 1.0), (0.19, 1.3), (0.16, 1.4), (0.06, 1.44), (0.0, 1.44)],
        (0, 0, 0),
        paint,
        sides=10,
    )
    return grown.moved(np.diag((0.72, 1.12, 1.0, 1.0)))


def _head(skin: Paint, rng: np.random.Generator) -> Mesh:
    choice = rng.random()
    if choice < 0.45:
        hat = revolve([(0.0, 1.83), (0.25, 1.63)], (0, 0, 0), STRAW, sides=12)
    elif choice < 0.7:
        hat = ball(0.125, (0, 0, 1.62), drawn(rng, PLASTICS), squash=0.9)
    else:
        hat = ball(0.112, (-0.01, 0, 1.61), BLACK)
    return join(
        [tube((0, 0, 1.4), (0, 0, 1.5), 0.05, skin), ball(0.105, (0, 0, 1.57), skin, squash=1.15), hat]
    )
