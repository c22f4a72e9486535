"""Hour and weather of a still: what they make of the light, of the air before the lens and of the picture."""

from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, get_args

import numpy as np

from models.synth.light import Colour, Light, Weather, light
from models.synth.sun import Sun

Condition: TypeAlias = Literal["day", "dusk", "night", "ir", "rain", "haze"]
CONDITIONS: tuple[Condition, ...] = get_args(Condition)
SHARES = (0.44, 0.13, 0.13, 0.09, 0.11, 0.10)
WARM: Colour = (1.0, 0.72, 0.42)
COLD: Colour = (0.82, 0.95, 1.0)


@dataclass(frozen=True, slots=True)
class Air:
    """What the hour gives to a frame: its light, whether lamps burn, the roughness of the water."""

    condition: Condition
    light: Light
    lamps_on: bool
    rough: float


def drawn(rng: np.random.Generator) -> Condition:
    return CONDITIONS[int(rng.choice(len(CONDITIONS), p=SHARES))]


def air(condition: Condition, rng: np.random.Generator) -> Air:
    """Light and air for `condition`, the rest drawn."""
    azimuth, ahead = float(rng.uniform(0, 360)), float(rng.uniform(0, 360))
    clouds, sight_m = float(rng.uniform(0.1, 0.8)), float(np.exp(rng.uniform(np.log(3000), np.log(22000))))
    elevation = float(rng.uniform(9, 78))
    if condition == "dusk":
        elevation = float(rng.uniform(-4.5, 7))
    elif condition in ("night", "ir"):
        elevation = float(rng.uniform(-30, -8.5))
    elif condition == "rain":
        elevation, clouds = float(rng.uniform(8, 60)), float(rng.uniform(0.85, 1.0))
        sight_m = float(np.exp(rng.uniform(np.log(500), np.log(3500))))
    elif condition == "haze":
        elevation, sight_m = float(rng.uniform(3, 60)), float(np.exp(rng.uniform(np.log(320), np.log(1600))))
    given = light(Sun(azimuth, elevation), ahead, Weather(clouds, sight_m))
    if condition == "rain":
        given = _overcast(given, 0.05)
    elif condition == "haze":
        given = _overcast(given, float(rng.uniform(0.25, 0.9)))
    elif condition in ("night", "ir"):
        # The glow of the towns, or nearly nothing for the camera that sees by its own lamp.
        glow = float(rng.uniform(0.1, 1.1)) if condition == "night" else 0.12
        given = replace(
            given,
            zenith=_times(given.zenith, glow),
            horizon_away=_times(given.horizon_away, glow),
            horizon_sunward=_times(given.horizon_sunward, glow),
            exposure=given.exposure * float(rng.uniform(0.8, 1.3)),
        )
    else:
        given = replace(given, exposure=given.exposure * float(np.exp(rng.normal(0.0, 0.14))))
    lamps_on = condition == "night" or (condition in ("dusk", "rain") and rng.random() < 0.45)
    return Air(condition, given, lamps_on, float(rng.uniform(0.25, 1.0)))


def _overcast(given: Light, kept: float) -> Light:
    """The sun behind cloud: `kept` of its beam remains, the sky is even and grey."""
    grey = tuple(0.6 * a + 0.4 * b for a, b in zip(given.horizon_away, given.zenith, strict=True))
    mean = sum(grey) / 3.0
    even: Colour = (0.5 * (grey[0] + mean), 0.5 * (grey[1] + mean), 0.5 * (grey[2] + mean))
    return replace(
        given,
        sun=_times(given.sun, kept),
        zenith=_mean(given.zenith, even),
        horizon_away=even,
        horizon_sunward=_mean(given.horizon_sunward, even) if kept > 0.2 else even,
        exposure=given.exposure * (1.35 - 0.35 * kept),
    )


def _mean(a: Colour, b: Colour) -> Colour:
    return (a[0] + b[0]) / 2, (a[1] + b[1]) / 2, (a[2] + b[2]) / 2


def _times(colour: Colour, factor: float) -> Colour:
    return colour[0] * factor, colour[1] * factor, colour[2] * factor
