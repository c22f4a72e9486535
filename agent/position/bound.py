"""How far off a position may be. Every bound is one of 95 %.

Two parts, added in quadrature:

- what the receiver says of itself (`Fix.error_m`: GST where it sends it, else HDOP and quality, by
  `hw.epoch_error`). That is noise, which averaging takes away slowly: the error of a receiver keeps its sign
  for tens of minutes, so the mean of an hour is hardly better than one fix. The longest correlation time that
  is reported, an hour, is assumed throughout.
  It is taken 1.2 times as large as stated, because an event keeps the gravest of an hour's moments, and that one
  has to be held, too (tests/position/test_honesty.py);
- the floor of its class: what no receiver can say of itself and no averaging takes away, reflections from the
  crane and the bank first of all.

The floors are assumptions of this project on the cautious side; none was measured on the river.
"""

from enum import StrEnum
from math import exp, hypot, sqrt
from typing import Final

from agent.types import Fix, FixQuality

ERROR_UNSTATED_M: Final = 15.0
"""Taken as the 95 % bound where the receiver gave nothing to estimate one from.

A plain receiver under open sky is within 10 m; half as much again is for the wheelhouse roof, the bank's
trees and what is not known about a receiver that says neither GST nor HDOP.
"""

CORRELATION_S: Final = 3600.0
GRAVEST: Final = 1.2


class ReceiverClass(StrEnum):
    """What the receiver is, as the technician wrote it down."""

    SINGLE_FREQUENCY = "single_frequency"
    DUAL_FREQUENCY = "dual_frequency"
    RTK = "rtk"


_FLOOR_M: Final = {
    ReceiverClass.SINGLE_FREQUENCY: 4.0,
    ReceiverClass.DUAL_FREQUENCY: 2.5,
    ReceiverClass.RTK: 2.5,  # without corrections it is one of two frequencies
}
_RTK_FLOOR_M: Final = {FixQuality.RTK_FIXED: 0.2, FixQuality.RTK_FLOAT: 1.0}


def error_bound_m(fix: Fix) -> float:
    """What the receiver says of a fix, the documented default where it says nothing."""
    return ERROR_UNSTATED_M if fix.error_m is None else fix.error_m


def floor_m(receiver: ReceiverClass, quality: FixQuality) -> float:
    """The part of the bound that nothing takes away.

    RTK counts only from a receiver that is known to be capable of it: quality 4 is a digit in a sentence.
    """
    if receiver is ReceiverClass.RTK and quality in _RTK_FLOOR_M:
        return _RTK_FLOOR_M[quality]
    return _FLOOR_M[receiver]


def stated_bound_m(fix: Fix, receiver: ReceiverClass) -> float:
    """What the receiver says, where its class can know that: RTK claimed by another is not believed."""
    if fix.quality in _RTK_FLOOR_M and receiver is not ReceiverClass.RTK:
        return max(error_bound_m(fix), _FLOOR_M[receiver])
    return error_bound_m(fix)


def averaged(seconds: float) -> float:
    """What is left of a wandering error (first-order Gauss-Markov, `CORRELATION_S`) in a mean over `seconds`.

    1 for one fix, 0.86 after an hour, 0.61 after four.
    """
    x = seconds / CORRELATION_S
    if x < 1e-3:
        return 1.0
    return sqrt(2.0 / x * (1.0 - (1.0 - exp(-x)) / x))


def total_bound_m(stated_m: float, floor: float, lever_m: float, seconds: float = 0.0) -> float:
    """The bound of a mean over `seconds`: independent parts in quadrature."""
    return hypot(GRAVEST * stated_m * averaged(seconds), floor, lever_m)
