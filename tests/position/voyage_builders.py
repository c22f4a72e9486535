"""Fixes of a vessel on the Hậu River, by metres from a point in the stream."""

import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from agent.position.geodesy import LocalMetres
from agent.types import Fix, FixQuality

SECOND = 1_000_000_000
START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)  # 10:00 in Cần Thơ
HERE = LocalMetres(10.262, 105.575)


def fix(at: float = 0.0, east: float = 0.0, north: float = 0.0, **other: Any) -> Fix:
    """A good fix `at` seconds after the start, so many metres from a point in the stream."""
    lat_deg, lon_deg = HERE.degrees(east, north)
    values: dict[str, Any] = {
        "mono_ns": round(at * SECOND),
        "utc": START + timedelta(seconds=at),
        "lat_deg": lat_deg,
        "lon_deg": lon_deg,
        "quality": FixQuality.GNSS,
        "sog_kn": 0.1,
        "error_m": 5.0,
    }
    return Fix(**(values | other))


def lost(at: float) -> Fix:
    """The receiver is alive and has no position."""
    return fix(at, lat_deg=None, lon_deg=None, quality=FixQuality.NONE, sog_kn=None, error_m=None)


def voyage(
    seconds: float,
    where: Callable[[float], tuple[float, float]],
    *,
    start: float = 0.0,
    every: float = 1.0,
    noise_m: float = 0.0,
    seed: int = 1,
    **other: Any,
) -> Iterator[Fix]:
    """Fixes along `where(t)` (east, north), with white noise of `noise_m` a side."""
    chance = random.Random(seed)
    for number in range(int(seconds / every)):
        at = start + number * every
        east, north = where(at)
        yield fix(at, east + chance.gauss(0.0, noise_m), north + chance.gauss(0.0, noise_m), **other)
