"""Where the sun stands, to about a quarter of a degree: enough for light and for "is it dark".

Low-precision solar coordinates of the Astronomical Almanac (page C5), refraction left out.
"""

import math
from dataclasses import dataclass
from datetime import UTC, datetime

J2000 = datetime(2000, 1, 1, 12, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Sun:
    """`azimuth_deg` from true north over east, `elevation_deg` above the horizon."""

    azimuth_deg: float
    elevation_deg: float


def stands(utc: datetime, lat_deg: float, lon_deg: float) -> Sun:
    days = (utc - J2000).total_seconds() / 86400.0
    mean = math.radians((280.460 + 0.9856474 * days) % 360.0)
    anomaly = math.radians((357.528 + 0.9856003 * days) % 360.0)
    ecliptic = mean + math.radians(1.915 * math.sin(anomaly) + 0.020 * math.sin(2 * anomaly))
    tilt = math.radians(23.439 - 0.0000004 * days)
    ascension = math.atan2(math.cos(tilt) * math.sin(ecliptic), math.cos(ecliptic))
    declination = math.asin(math.sin(tilt) * math.sin(ecliptic))
    sidereal = math.radians((280.46062 + 360.98564737 * days + lon_deg) % 360.0)
    hour, lat = sidereal - ascension, math.radians(lat_deg)
    up = math.sin(lat) * math.sin(declination) + math.cos(lat) * math.cos(declination) * math.cos(hour)
    east = -math.cos(declination) * math.sin(hour)
    north = math.cos(lat) * math.sin(declination) - math.sin(lat) * math.cos(declination) * math.cos(hour)
    return Sun(math.degrees(math.atan2(east, north)) % 360.0, math.degrees(math.asin(up)))
