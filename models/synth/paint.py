"""Paint: colour and wear of a surface, and palettes drawn from a seed."""

from dataclasses import dataclass, replace
from enum import IntEnum

import numpy as np


class Kind(IntEnum):
    """How light treats the surface; stands in the fourth surface byte of a vertex."""

    SOLID = 0
    LEAF = 64  # light shines through
    SAND = 128  # grain, no gloss
    LAMP = 255  # shines by itself


@dataclass(frozen=True, slots=True)
class Paint:
    """`red`, `green`, `blue` in sRGB 0 to 255; gloss, rust and grime 0 to 1."""

    red: int
    green: int
    blue: int
    gloss: float = 0.25
    rust: float = 0.0
    grime: float = 0.3
    kind: Kind = Kind.SOLID

    def shaded(self, factor: float) -> "Paint":
        """The same surface, lighter or darker."""
        red, green, blue = (min(255, round(c * factor)) for c in (self.red, self.green, self.blue))
        return replace(self, red=red, green=green, blue=blue)

    def worn(self, rust: float, grime: float | None = None) -> "Paint":
        return replace(self, rust=rust, grime=self.grime if grime is None else grime)


STEEL = Paint(98, 96, 94, gloss=0.45, rust=0.35, grime=0.5)
BARE_IRON = Paint(92, 70, 56, gloss=0.2, rust=0.75, grime=0.5)
BRIGHT_STEEL = Paint(150, 150, 148, gloss=0.7, rust=0.15, grime=0.3)
ROPE_WIRE = Paint(44, 42, 42, gloss=0.3, grime=0.2)
ROPE_HEMP = Paint(176, 158, 112, gloss=0.05, grime=0.5)
RUBBER = Paint(26, 26, 27, gloss=0.12, grime=0.55)
GLASS = Paint(34, 44, 50, gloss=1.0, grime=0.1)
TIN = Paint(150, 156, 160, gloss=0.5, rust=0.4, grime=0.45)
WOOD = Paint(112, 82, 56, gloss=0.1, grime=0.5)
OLD_WOOD = Paint(96, 84, 72, gloss=0.08, grime=0.6)
SAND = Paint(166, 134, 98, gloss=0.0, grime=0.15, kind=Kind.SAND)
WET_SAND = Paint(116, 90, 64, gloss=0.25, grime=0.2, kind=Kind.SAND)
SKIN = Paint(150, 104, 76, gloss=0.15, grime=0.05)
STRAW = Paint(206, 184, 134, gloss=0.1, grime=0.15)
BLACK = Paint(22, 22, 24, gloss=0.3, grime=0.2)
WHITE = Paint(214, 212, 204, gloss=0.35, rust=0.12, grime=0.4)
ORANGE_VEST = Paint(238, 96, 26, gloss=0.15, grime=0.1)
RED = Paint(186, 38, 30, gloss=0.25, rust=0.1, grime=0.3)
YELLOW = Paint(236, 186, 40, gloss=0.3, rust=0.15, grime=0.35)
BLUE = Paint(36, 92, 152, gloss=0.3, rust=0.2, grime=0.4)
GREEN = Paint(46, 108, 74, gloss=0.3, rust=0.2, grime=0.4)

MACHINE_PAINTS = (
    Paint(214, 158, 44, gloss=0.35),
    Paint(206, 112, 34, gloss=0.35),
    Paint(52, 104, 150, gloss=0.35),
    Paint(64, 118, 84, gloss=0.35),
    Paint(176, 58, 40, gloss=0.35),
    Paint(150, 152, 146, gloss=0.35),
)
HULL_PAINTS = (
    Paint(58, 72, 84, gloss=0.3),
    Paint(112, 46, 36, gloss=0.3),
    Paint(48, 86, 72, gloss=0.3),
    Paint(40, 74, 112, gloss=0.3),
    Paint(70, 66, 62, gloss=0.3),
)
CLOTHES = (
    Paint(52, 66, 96, gloss=0.05, grime=0.2),
    Paint(150, 60, 60, gloss=0.05, grime=0.2),
    Paint(96, 104, 84, gloss=0.05, grime=0.2),
    Paint(190, 186, 176, gloss=0.05, grime=0.25),
    Paint(62, 58, 60, gloss=0.05, grime=0.2),
    Paint(118, 92, 134, gloss=0.05, grime=0.2),
)
PLASTICS = (
    Paint(40, 90, 170, gloss=0.5, grime=0.35),
    Paint(186, 50, 40, gloss=0.45, grime=0.35),
    Paint(222, 222, 214, gloss=0.45, grime=0.4),
    Paint(60, 130, 80, gloss=0.45, grime=0.35),
    Paint(230, 190, 60, gloss=0.45, grime=0.35),
)


def drawn(rng: np.random.Generator, paints: tuple[Paint, ...]) -> Paint:
    """One of `paints` with its brightness, rust and grime varied."""
    paint = paints[int(rng.integers(len(paints)))]
    tinted = paint.shaded(float(rng.uniform(0.85, 1.12)))
    return replace(
        tinted,
        rust=float(np.clip(tinted.rust + rng.uniform(0.1, 0.5), 0.0, 1.0)),
        grime=float(np.clip(tinted.grime + rng.uniform(-0.1, 0.3), 0.0, 1.0)),
    )
