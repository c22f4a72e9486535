"""How far off a fix may be."""

from typing import Final

from agent.types import Fix

ERROR_UNSTATED_M: Final = 15.0
"""Taken as the 95 % bound where the receiver gave nothing to estimate one from.

A plain receiver under open sky is within 10 m; half as much again is for the wheelhouse roof, the bank's
trees and what is not known about a receiver that says neither GST nor HDOP.
"""


def error_bound_m(fix: Fix) -> float:
    """The 95 % horizontal bound of a fix, the documented default where it has none."""
    return ERROR_UNSTATED_M if fix.error_m is None else fix.error_m
