"""Doubts about the place itself: another part of the world, a height no river has."""

from dataclasses import dataclass
from typing import Final

from agent.position.opinion import OK, UNKNOWN, Opinion, Opinions
from agent.types import Fix, Reason

MEKONG_LAT_DEG: Final = (8.3, 11.4)
MEKONG_LON_DEG: Final = (104.3, 107.0)
MEKONG_ALTITUDE_M: Final = (-30.0, 60.0)


@dataclass(frozen=True, slots=True)
class PlaceLimits:
    """Where the box can be at all: the delta of the Mekong, from the tide to a wheelhouse roof."""

    lat_deg: tuple[float, float] = MEKONG_LAT_DEG
    lon_deg: tuple[float, float] = MEKONG_LON_DEG
    altitude_m: tuple[float, float] = MEKONG_ALTITUDE_M


def placed(fix: Fix, limits: PlaceLimits) -> Opinions:
    """`region` and `altitude` of one fix."""
    return {"region": _region(fix, limits), "altitude": _altitude(fix, limits)}


def _region(fix: Fix, limits: PlaceLimits) -> Opinion:
    if fix.lat_deg is None or fix.lon_deg is None:
        return UNKNOWN
    (south, north), (west, east) = limits.lat_deg, limits.lon_deg
    if south <= fix.lat_deg <= north and west <= fix.lon_deg <= east:
        return OK
    return Reason("outside_region", {"lat_deg": round(fix.lat_deg, 3), "lon_deg": round(fix.lon_deg, 3)})


def _altitude(fix: Fix, limits: PlaceLimits) -> Opinion:
    if fix.lat_deg is None or fix.alt_m is None:
        return UNKNOWN
    low, high = limits.altitude_m
    return OK if low <= fix.alt_m <= high else Reason("altitude_impossible", {"alt_m": round(fix.alt_m)})
