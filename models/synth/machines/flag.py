"""A flag on a staff and a loose rope beside it: what flutters on a deck while nothing works."""

import math

import numpy as np

from models.synth.body import Body, Part, Pose
from models.synth.matrices import chain, shift, turn
from models.synth.paint import ROPE_HEMP, STEEL, Kind, Paint
from models.synth.shapes import polygon, tube

CLOTH = Paint(196, 28, 30, gloss=0.05, grime=0.1, kind=Kind.SOLID)
STAFF_M, STRIPS, STRIP_M, TALL_M = 5.2, 5, 0.3, 1.0


def build(name: str, rng: np.random.Generator) -> Body:
    """The staff stands at the origin; each strip of cloth hangs on the one before."""
    cloth = CLOTH.shaded(float(rng.uniform(0.7, 1.2)))
    strip = polygon(
        ((0.0, 0.0, 0.0), (-STRIP_M, 0.0, 0.0), (-STRIP_M, 0.0, TALL_M), (0.0, 0.0, TALL_M)), cloth
    )
    strips = [Part(f"strip.{k}", strip, f"strip.{k - 1}" if k else "staff") for k in range(STRIPS)]
    staff = Part("staff", tube((0, 0, 0), (0, 0, STAFF_M), 0.05, STEEL))
    rope = Part("rope", tube((0, 0, 0), (0, 0, -3.4), 0.05, ROPE_HEMP), "staff")
    return Body(name, (staff, *strips, rope))


def pose(at_s: float) -> Pose:
    """A wave runs along the cloth; the rope swings with the boat and the wind."""
    joints = {}
    for number in range(STRIPS):
        bend = 28.0 * math.sin(at_s * 5.3 - 1.1 * number) + 6.0 * math.sin(at_s * 0.7)
        at = shift(0.0, 0.0, STAFF_M - TALL_M - 0.1) if number == 0 else shift(-STRIP_M, 0.0, 0.0)
        joints[f"strip.{number}"] = chain(at, turn("z", bend))
    joints["rope"] = chain(
        shift(0.1, 0.0, STAFF_M - 0.2),
        turn("y", 9.0 * math.sin(at_s * 1.4)),
        turn("x", 12.0 * math.sin(at_s * 1.9 + 1.0)),
    )
    return joints
