"""Light of a moment: sun, sky and haze from the sun's height, as linear RGB.

The sun is dimmed through the air mass of Kasten and Young (1989); the colours of the sky are set by eye
between a high sun and the dark.
"""

import math
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from models.synth.sun import Sun

Colour: TypeAlias = tuple[float, float, float]
EXTINCTION = np.array([0.075, 0.13, 0.235])  # per air mass, red, green, blue, a humid evening


@dataclass(frozen=True, slots=True)
class Light:
    """`sun_ray` points to the sun in world axes; `haze_per_m` is the extinction of the air."""

    sun_ray: tuple[float, float, float]
    sun: Colour
    zenith: Colour
    horizon_sunward: Colour
    horizon_away: Colour
    cloud_share: float
    haze_per_m: float
    exposure: float


@dataclass(frozen=True, slots=True)
class Weather:
    cloud_share: float = 0.5
    visibility_m: float = 9000.0


def light(sun: Sun, ahead_deg: float, weather: Weather) -> Light:
    """Light when world x points to true bearing `ahead_deg`."""
    height = sun.elevation_deg
    bearing = math.radians(ahead_deg - sun.azimuth_deg)
    raised = math.radians(max(height, 0.6))
    ray = (math.cos(raised) * math.cos(bearing), math.cos(raised) * math.sin(bearing), math.sin(raised))
    above = max(height, 0.0)
    mass = 1.0 / (math.sin(math.radians(above)) + 0.50572 * (above + 6.07995) ** -1.6364)
    beam = 16.0 * np.exp(-EXTINCTION * mass) * _ramp(height, -1.0, 1.5)
    day = _ramp(height, -7.0, 14.0)
    zenith = _mix((0.010, 0.016, 0.040), (0.20, 0.33, 0.54), day**1.3)
    away = _mix((0.022, 0.024, 0.040), (0.62, 0.66, 0.72), day)
    low = _ramp(height, -8.0, 1.0) * (1.0 - _ramp(height, 9.0, 26.0))
    sunward = _mix(away, (1.55, 0.86, 0.40), low * (0.25 + 0.75 * day))
    away = _mix(away, (0.74, 0.58, 0.44), 0.55 * low)
    noon = 1.0 + 1.1 * _ramp(height, 7.0, 45.0) + 1.6 * _ramp(height, 12.0, 50.0)
    zenith, away, sunward = (_colour(np.array(colour) * noon) for colour in (zenith, away, sunward))
    brightness = 0.2126 * zenith[0] + 0.7152 * zenith[1] + 0.0722 * zenith[2] + 0.10 * float(beam.mean())
    return Light(
        sun_ray=ray,
        sun=_colour(beam),
        zenith=zenith,
        horizon_sunward=sunward,
        horizon_away=away,
        cloud_share=weather.cloud_share,
        haze_per_m=3.0 / weather.visibility_m,
        exposure=0.86 / (0.16 + brightness**0.85),
    )


def _ramp(value: float, low: float, high: float) -> float:
    share = min(1.0, max(0.0, (value - low) / (high - low)))
    return share * share * (3.0 - 2.0 * share)


def _mix(a: Colour, b: Colour, share: float) -> Colour:
    return _colour(np.array(a) + (np.array(b) - np.array(a)) * share)


def _colour(values: np.ndarray) -> Colour:
    return float(values[0]), float(values[1]), float(values[2])
