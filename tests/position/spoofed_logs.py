"""Real logs with somebody meddling: what a script does to the readings of a log from a moment on."""

import random
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

from agent.position.geodesy import LocalMetres
from agent.position.trust import Trust, TrustSettings
from agent.position.trust_place import PlaceLimits
from agent.position.trust_time import TimeSettings
from agent.types import Fix, FixQuality, Reading, Reason, Sky
from hw.gnss_log import GnssLog

SHARED = Path(__file__).parents[3] / "shared" / "data"
SECOND = 1_000_000_000
NAUTICAL = 1852.0 / 3600.0

Script = Callable[[Reading, float], Reading]
"""The reading as the receiver would have sent it, so many seconds after the meddling began (0 is its first)."""


def readings(log: Path, start: datetime | None = None) -> list[Reading]:
    return [reading for reading in GnssLog(log, start=start) if isinstance(reading, Fix | Sky)]


def settings_of(log: list[Reading]) -> TrustSettings:
    """Region and altitude of the place of the log; its first day is the earliest."""
    fixes = [
        one for one in log if isinstance(one, Fix) and one.lat_deg is not None and one.lon_deg is not None
    ]
    first = fixes[0]
    assert first.lat_deg is not None
    assert first.lon_deg is not None
    heights = [one.alt_m for one in fixes if one.alt_m is not None] or [0.0]
    limits = PlaceLimits(
        (first.lat_deg - 1.0, first.lat_deg + 1.0),
        (first.lon_deg - 1.5, first.lon_deg + 1.5),
        (min(heights) - 30.0, max(heights) + 30.0),
    )
    earliest = None if first.utc is None else first.utc - timedelta(days=1)
    return TrustSettings(limits=limits, time=TimeSettings(earliest=earliest))


def meddled(log: list[Reading], script: Script, begin_s: float) -> Iterator[Reading]:
    for reading in log:
        since_s = reading.mono_ns / SECOND - begin_s
        yield reading if since_s < 0.0 else script(reading, since_s)


def doubts(log: Iterator[Reading] | list[Reading], settings: TrustSettings) -> list[tuple[float, Reason]]:
    """(second, reason) of every suspect fix, in order."""
    trust, found = Trust(settings), []
    for reading in log:
        if isinstance(reading, Sky):
            trust.sky(reading)
        elif isinstance(reading, Fix):
            found += [(reading.mono_ns / SECOND, reason) for reason in trust.step(reading)]
    return found


def moved(fix: Fix, east_m: float, north_m: float) -> Fix:
    if fix.lat_deg is None or fix.lon_deg is None:
        return fix
    lat_deg, lon_deg = LocalMetres(fix.lat_deg, fix.lon_deg).degrees(east_m, north_m)
    return replace(fix, lat_deg=lat_deg, lon_deg=lon_deg)


def jump(reading: Reading, since_s: float) -> Reading:
    return moved(reading, 400.0, -300.0) if isinstance(reading, Fix) else reading


def wild_fix(reading: Reading, since_s: float) -> Reading:
    return moved(reading, 150.0, 0.0) if isinstance(reading, Fix) and since_s < 1.0 else reading


def slow_drag(reading: Reading, since_s: float) -> Reading:
    return moved(reading, 0.5 * since_s, 0.0) if isinstance(reading, Fix) else reading


def consistent_drag(reading: Reading, since_s: float) -> Reading:
    """The speed goes along with the lie: nothing in plain sentences speaks against it."""
    if not isinstance(reading, Fix):
        return reading
    false = moved(reading, 0.5 * since_s, 0.0)
    return replace(false, sog_kn=0.5 / NAUTICAL, cog_deg=90.0)


class Frozen:
    """The position stands, the time and the stated speed run on."""

    def __init__(self) -> None:
        self._held: Fix | None = None

    def __call__(self, reading: Reading, _: float) -> Reading:
        if not isinstance(reading, Fix):
            return reading
        self._held = self._held or reading
        return replace(reading, lat_deg=self._held.lat_deg, lon_deg=self._held.lon_deg)


def uniform(reading: Reading, since_s: float) -> Reading:
    chance = random.Random(int(since_s))
    if not isinstance(reading, Sky):
        return reading
    return replace(reading, cn0_dbhz=tuple(chance.choice((44, 45, 46)) for _ in range(9)), elevation_deg=())


def too_strong(reading: Reading, since_s: float) -> Reading:
    if not isinstance(reading, Sky):
        return reading
    return replace(reading, cn0_dbhz=(49, 52, 55, 50, 54, 53), elevation_deg=())


def at_the_horizon(reading: Reading, since_s: float) -> Reading:
    if not isinstance(reading, Sky):
        return reading
    return replace(reading, cn0_dbhz=(41, 38, 44, 36, 47, 33, 40), elevation_deg=(0,) * 7)


def time_step(reading: Reading, since_s: float) -> Reading:
    if isinstance(reading, Fix) and reading.utc is not None:
        return replace(reading, utc=reading.utc + timedelta(seconds=37))
    return reading


def rollover(reading: Reading, since_s: float) -> Reading:
    if isinstance(reading, Fix) and reading.utc is not None:
        return replace(reading, utc=reading.utc - timedelta(weeks=1024))
    return reading


def jammed(reading: Reading, since_s: float) -> Reading:
    """Ten decibels down and half the satellites gone; after half a minute there is no position any more."""
    if isinstance(reading, Sky):
        count = len(reading.cn0_dbhz) // 2
        return replace(
            reading,
            cn0_dbhz=tuple(max(1, cn0 - 10) for cn0 in reading.cn0_dbhz[:count]),
            elevation_deg=reading.elevation_deg[:count],
        )
    if isinstance(reading, Fix) and since_s > 30.0:
        return replace(reading, lat_deg=None, lon_deg=None, quality=FixQuality.NONE, satellites=0)
    return reading


def airport(reading: Reading, since_s: float) -> Reading:
    """The trick against drones: a position far inland. Begun with the log, no jump shows it."""
    return replace(reading, lat_deg=55.5915, lon_deg=37.2615) if isinstance(reading, Fix) else reading
