"""How high the bed lies near the vessel, from an echo and the level of the water at that moment.

A licence limits an elevation ("bed not below -16 m"), an echo sounder gives a depth of water, and between the two stands
the tide. So without a level of the water, from a gauge or a tide table, in the licence's
vertical datum, there is no answer. What the echo sees is the **bed near the vessel**, under the transducer: never
"depth dug", because the river digs, too.

    bed elevation = water level - depth below the transducer - transducer below the water line

The error is 95 %: of the level, of the sounder and of the transducer's depth, added in quadrature.
"""

from dataclasses import dataclass
from math import hypot
from typing import Final

from agent.licence.conditions import DepthLimit
from agent.types import Depth, Verdict

SOUNDER_SHARE: Final = 0.02  # 95 %: sound in warm fresh water and a beam of 10 to 30 degrees
SOUNDER_LEAST_M: Final = 0.2


@dataclass(frozen=True, slots=True)
class WaterLevel:
    """Elevation of the water's surface at a moment, with its 95 % error."""

    elevation_m: float
    error_m: float
    vertical_datum: str
    station: str


@dataclass(frozen=True, slots=True)
class Transducer:
    """Where the sounder's face is: metres below the water line, as measured at installation."""

    below_water_m: float
    error_m: float


@dataclass(frozen=True, slots=True)
class BedNear:
    """The bed near the vessel, as elevation, with its 95 % error and the level it rests on."""

    elevation_m: float
    error_m: float
    level: WaterLevel


def bed_near(echo: Depth, transducer: Transducer | None, level: WaterLevel | None) -> BedNear | None:
    """The bed under the transducer; None where the level or the transducer's place is not known.

    A positive offset in DPT is the sounder's own word for its depth below the water line and needs no
    `transducer`; a negative one goes down to the keel and says nothing of the water line.
    """
    if level is None:
        return None
    if transducer is not None:
        below_m, below_error_m = transducer.below_water_m, transducer.error_m
    elif echo.offset_m is not None and echo.offset_m > 0.0:
        below_m, below_error_m = echo.offset_m, 0.1
    else:
        return None
    sounder_m = max(SOUNDER_LEAST_M, SOUNDER_SHARE * echo.depth_m)
    return BedNear(
        elevation_m=level.elevation_m - echo.depth_m - below_m,
        error_m=hypot(level.error_m, sounder_m, below_error_m),
        level=level,
    )


def judge_bed(limit: DepthLimit, bed: BedNear | None) -> Verdict:
    """Below the limit by more than the error, above it by more, or not to be told."""
    if bed is None or not same_datum(limit.vertical_datum, bed.level.vertical_datum):
        return Verdict.UNDETERMINED
    if bed.elevation_m + bed.error_m < limit.bed_elevation_m:
        return Verdict.BREACH
    if bed.elevation_m - bed.error_m > limit.bed_elevation_m:
        return Verdict.PERMITTED
    return Verdict.UNDETERMINED


def same_datum(one: str, other: str) -> bool:
    """Two names of a vertical datum, however they are spaced and capitalised."""
    return _datum(one) == _datum(other)


def _datum(name: str) -> str:
    return " ".join(name.casefold().split())
