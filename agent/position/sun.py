"""How high the sun stands, to about half a degree: enough to know a day's picture from a night's."""

import math
from datetime import UTC, datetime


def elevation_deg(utc: datetime, lat_deg: float, lon_deg: float) -> float:
    """Height over the horizon without refraction (the low-precision formulas of the Astronomical Almanac)."""
    days = (utc - datetime(2000, 1, 1, 12, tzinfo=UTC)).total_seconds() / 86400.0
    anomaly = math.radians((357.528 + 0.9856003 * days) % 360.0)
    mean_deg = (280.460 + 0.9856474 * days) % 360.0
    longitude = math.radians(mean_deg + 1.915 * math.sin(anomaly) + 0.020 * math.sin(2 * anomaly))
    tilt = math.radians(23.439 - 0.0000004 * days)
    declination = math.asin(math.sin(tilt) * math.sin(longitude))
    ascension = math.atan2(math.cos(tilt) * math.sin(longitude), math.cos(longitude))
    sidereal_deg = (280.46062 + 360.98564737 * days + lon_deg) % 360.0
    hour = math.radians(sidereal_deg) - ascension
    latitude = math.radians(lat_deg)
    height = math.sin(latitude) * math.sin(declination) + math.cos(latitude) * math.cos(
        declination
    ) * math.cos(hour)
    return math.degrees(math.asin(max(-1.0, min(1.0, height))))
