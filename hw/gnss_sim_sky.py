"""A believable sky: two regular constellations on circular orbits, seen from one place.

Synthetic. The orbits have the published size, inclination and number of planes of GPS and Galileo, the
satellites stand at regular angles in them (a Walker pattern), so geometry and HDOP move as they do in
truth, but no satellite stands where the real one of that number stands.
"""

from dataclasses import dataclass
from math import cos, pi, radians, sin

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

EARTH_RATE = 7.292_115e-5  # rad/s
EARTH_RADIUS_M = 6_371_000.0
MASK_DEG, USED_DEG = 5.0, 10.0
USED_PER_SYSTEM = 12


@dataclass(frozen=True, slots=True)
class Constellation:
    """Talker and system id as NMEA 4.10 has them; signal id of the civil signal on L1/E1."""

    talker: str
    system: str
    signal: str
    planes: int
    each: int
    inclination_deg: float
    radius_m: float
    period_s: float


GPS = Constellation("GP", "1", "1", 6, 4, 55.0, 26_560e3, 43_078.0)
GALILEO = Constellation("GA", "3", "7", 3, 8, 56.0, 29_600e3, 50_680.0)
CONSTELLATIONS = (GPS, GALILEO)


@dataclass(frozen=True, slots=True)
class SkyBlock:
    """Rows are seconds, columns satellites (those of GPS first). HDOP is of the satellites used."""

    elevation_deg: Floats
    azimuth_deg: Floats
    cn0_dbhz: NDArray[np.int64]
    used: NDArray[np.bool_]
    hdop: Floats


class SimulatedSky:
    """The sky over (lat, lon); strengths differ by satellite and tremble with `random`."""

    def __init__(self, lat_deg: float, lon_deg: float, random: np.random.Generator) -> None:
        self._lat, self._lon = radians(lat_deg), radians(lon_deg)
        self._random = random
        self._bias = random.normal(0.0, 2.0, sum(c.planes * c.each for c in CONSTELLATIONS))

    def block(self, unix_s: Floats, at_most: NDArray[np.int64]) -> SkyBlock:
        """The sky at the seconds `unix_s`; of the satellites the `at_most` highest are used."""
        up, east, north = self._directions(unix_s)
        elevation = np.degrees(np.arcsin(up))
        azimuth = np.degrees(np.arctan2(east, north)) % 360
        strength = 26.0 + 22.0 * np.clip(up, 0, 1) + self._bias + self._random.normal(0, 0.8, up.shape)
        used = np.zeros(up.shape, dtype=np.bool_)
        first = 0
        for constellation in CONSTELLATIONS:
            columns = slice(first, first + constellation.planes * constellation.each)
            used[:, columns] = _highest(elevation[:, columns], np.full(len(unix_s), USED_PER_SYSTEM))
            first = columns.stop
        used &= _highest(np.where(used, elevation, -90.0), at_most)
        return SkyBlock(
            elevation,
            azimuth,
            np.clip(np.rint(strength), 10, 54).astype(np.int64),
            used,
            _hdop(up, east, north, used),
        )

    def _directions(self, unix_s: Floats) -> tuple[Floats, Floats, Floats]:
        """Unit vectors to all satellites: up, east, north."""
        x, y, z = (np.concatenate(parts, axis=1) for parts in zip(*_places(unix_s), strict=True))
        x = x - EARTH_RADIUS_M * cos(self._lat) * cos(self._lon)
        y = y - EARTH_RADIUS_M * cos(self._lat) * sin(self._lon)
        z = z - EARTH_RADIUS_M * sin(self._lat)
        east = -sin(self._lon) * x + cos(self._lon) * y
        out = cos(self._lon) * x + sin(self._lon) * y
        north = cos(self._lat) * z - sin(self._lat) * out
        up = sin(self._lat) * z + cos(self._lat) * out
        far = np.sqrt(x * x + y * y + z * z)
        return up / far, east / far, north / far


def _places(unix_s: Floats) -> list[tuple[Floats, Floats, Floats]]:
    """Earth-fixed x, y, z of each constellation's satellites at each second."""
    places = []
    for c in CONSTELLATIONS:
        plane, slot = np.divmod(np.arange(c.planes * c.each), c.each)
        node = 2 * pi * plane / c.planes - EARTH_RATE * unix_s[:, None]
        angle = 2 * pi * (slot / c.each + plane / (c.planes * c.each) + unix_s[:, None] / c.period_s)
        along, aside = c.radius_m * np.cos(angle), c.radius_m * np.sin(angle)
        tilt = radians(c.inclination_deg)
        places.append(
            (
                along * np.cos(node) - aside * cos(tilt) * np.sin(node),
                along * np.sin(node) + aside * cos(tilt) * np.cos(node),
                aside * sin(tilt),
            )
        )
    return places


def _highest(elevation: Floats, at_most: NDArray[np.int64]) -> NDArray[np.bool_]:
    order = np.argsort(np.argsort(-elevation, axis=1, kind="stable"), axis=1, kind="stable")
    return (elevation > USED_DEG) & (order < at_most[:, None])


def _hdop(up: Floats, east: Floats, north: Floats, used: NDArray[np.bool_]) -> Floats:
    """sqrt(Q_ee + Q_nn) of Q = (AᵀA)⁻¹, rows of A the directions and a one for the clock; 99.99 at most."""
    rows = np.stack([east, north, up, np.ones_like(up)], axis=2) * used[:, :, None]
    normal = np.einsum("tsi,tsj->tij", rows, rows) + 1e-6 * np.eye(4)
    cofactor = np.linalg.inv(normal)
    hdop: Floats = np.clip(np.sqrt(cofactor[:, 0, 0] + cofactor[:, 1, 1]), 0.5, 99.99)
    return hdop
