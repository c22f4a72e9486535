"""How the camera's own vessel moves: spells at anchor, at work and under way, and her sway.

World axes: x points to the true bearing `ahead_deg`, y to its left; the start is at the origin.
"""

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from models.synth.matrices import Matrix, chain, shift, turn

KNOT_MPS = 0.514444
SETTLE_S = 14.0  # how gently speed and heading follow the plan


@dataclass(frozen=True, slots=True)
class Leg:
    """One spell of the voyage, seconds of the film. At anchor and at work the speed is 0."""

    kind: Literal["anchored", "working", "under_way"]
    from_s: float
    to_s: float
    heading_deg: float
    sog_kn: float = 0.0


@dataclass(frozen=True, slots=True)
class Motion:
    """Where she is: metres in the world, heading and heel in degrees, speed over ground."""

    x: float
    y: float
    turned_deg: float  # from world x to port
    sog_mps: float


class Track:
    """Legs followed smoothly; position is the integral of speed, half a second at a time."""

    step_s = 0.5

    def __init__(self, legs: tuple[Leg, ...], length_s: float, ahead_deg: float) -> None:
        self.legs = legs
        self.ahead_deg = ahead_deg
        rows = []
        x = y = 0.0
        speed = legs[0].sog_kn * KNOT_MPS
        turned = _between(ahead_deg - legs[0].heading_deg)
        for k in range(int(length_s / self.step_s) + 2):
            leg = self.leg(k * self.step_s)
            share = self.step_s / SETTLE_S
            speed += (leg.sog_kn * KNOT_MPS - speed) * share
            turned += _between(self.ahead_deg - leg.heading_deg - turned) * share * min(1.0, 0.4 + speed)
            rows.append((x, y, turned, speed))
            x += speed * math.cos(math.radians(turned)) * self.step_s
            y += speed * math.sin(math.radians(turned)) * self.step_s
        self._rows = np.array(rows)

    def leg(self, at_s: float) -> Leg:
        for leg in self.legs:
            if leg.from_s <= at_s < leg.to_s:
                return leg
        return self.legs[-1] if at_s >= self.legs[-1].to_s else self.legs[0]

    def at(self, at_s: float) -> Motion:
        index = np.clip(at_s / self.step_s, 0, len(self._rows) - 1)
        x, y, turned, speed = (
            float(np.interp(index, np.arange(len(self._rows)), column)) for column in self._rows.T
        )
        swing = 1.6 * math.sin(at_s / 19.0) + 0.7 * math.sin(at_s / 7.3 + 1.0)
        idle = max(0.0, 1.0 - speed / 0.8)
        return Motion(
            x + 0.6 * idle * math.sin(at_s / 23.0),
            y + 0.9 * idle * math.sin(at_s / 19.0),
            turned + swing * idle * 0.6,
            speed,
        )


def _between(angle_deg: float) -> float:
    """The same angle from -180 to 180."""
    return (angle_deg + 180.0) % 360.0 - 180.0


def afloat(
    motion: Motion, at_s: float, *, list_deg: float = 0.0, trim_deg: float = 0.0, lively: float = 1.0
) -> Matrix:
    """Hull to world: place and heading, list and trim from her load, roll, pitch and heave from the chop."""
    roll = list_deg + lively * (0.22 * math.sin(at_s * 1.31) + 0.12 * math.sin(at_s * 2.03 + 0.7))
    pitch = trim_deg + lively * (0.12 * math.sin(at_s * 0.97 + 0.3) + 0.06 * math.sin(at_s * 1.7))
    heave = 0.02 * lively * math.sin(at_s * 1.1)
    return chain(
        shift(motion.x, motion.y, heave), turn("z", motion.turned_deg), turn("y", pitch), turn("x", roll)
    )
