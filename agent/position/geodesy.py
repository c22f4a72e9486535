"""Metres around a place on the WGS 84 ellipsoid.

`LocalMetres` is the Gauss (transverse Mercator, scale 1) projection of the ellipsoid with its meridian and
origin at the reference point, as a power series in the differences of latitude and longitude. The series is
complete through the third order; its coefficients are the classical ones, written with the radii of
curvature at the reference latitude:

    north = S(lat) - S(lat0) + N sin cos dlon^2 / 2        S: arc of the meridian, dS/dlat = M
    east  = N cos dlon + N cos^3 (1 - t^2 + eta^2) dlon^3 / 6

and d(N cos)/dlat = -M sin. Its distances differ from geodesics by less than 5 cm over 5 km anywhere within
20 km of the reference point (tests/position/test_geodesy.py measures it against GeographicLib).
"""

from math import asin, cos, hypot, radians, sin, sqrt

EQUATOR_M = 6378137.0  # WGS 84 semi-major axis
FLATTENING = 1.0 / 298.257223563
E2 = FLATTENING * (2.0 - FLATTENING)
MEAN_RADIUS_M = 6371008.8  # (2a + b) / 3

_NEAR_DEG = 0.5  # beyond it a distance is no longer worth centimetres


class LocalMetres:
    """East and north in metres from a reference point (WGS 84 degrees)."""

    __slots__ = (
        "_east0",
        "_east1",
        "_east2",
        "_east3",
        "_north1",
        "_north2",
        "_north3",
        "_sag0",
        "_sag1",
        "lat_deg",
        "lon_deg",
    )

    def __init__(self, lat_deg: float, lon_deg: float) -> None:
        self.lat_deg = lat_deg
        self.lon_deg = lon_deg
        s, c = sin(radians(lat_deg)), cos(radians(lat_deg))
        w2 = 1.0 - E2 * s * s
        meridian = EQUATOR_M * (1.0 - E2) / (w2 * sqrt(w2))  # M
        normal = EQUATOR_M / sqrt(w2)  # N
        parallel = normal * c
        meridian1 = 3.0 * meridian * E2 * s * c / w2  # dM/dlat
        meridian2 = 3.0 * meridian * E2 * (c * c - s * s) / w2  # d2M/dlat2 without its e^4 term
        eta2 = E2 / (1.0 - E2) * c * c
        rad = radians(1.0)
        self._north1 = meridian * rad
        self._north2 = meridian1 / 2.0 * rad**2
        self._north3 = meridian2 / 6.0 * rad**3
        self._sag0 = parallel * s / 2.0 * rad**2
        self._sag1 = (parallel * c - meridian * s * s) / 2.0 * rad**3
        self._east0 = parallel * rad
        self._east1 = -meridian * s * rad**2
        self._east2 = -(meridian1 * s + meridian * c) / 2.0 * rad**3
        self._east3 = normal * c * (c * c - s * s + eta2 * c * c) / 6.0 * rad**3

    def metres(self, lat_deg: float, lon_deg: float) -> tuple[float, float]:
        """(east_m, north_m) of a point."""
        u = lat_deg - self.lat_deg
        v = lon_deg - self.lon_deg
        v2 = v * v
        return (
            v * (self._east0 + u * (self._east1 + u * self._east2) + v2 * self._east3),
            u * (self._north1 + u * (self._north2 + u * self._north3)) + v2 * (self._sag0 + u * self._sag1),
        )

    def degrees(self, east_m: float, north_m: float) -> tuple[float, float]:
        """(lat_deg, lon_deg) of a point: the inverse of `metres`.

        Each round of the substitution gains three digits within 20 km; three rounds leave less than a
        micrometre.
        """
        u = north_m / self._north1
        v = east_m / self._east0
        for _ in range(3):
            v = east_m / (self._east0 + u * (self._east1 + u * self._east2) + v * v * self._east3)
            u = (north_m - v * v * (self._sag0 + u * self._sag1)) / (
                self._north1 + u * (self._north2 + u * self._north3)
            )
        return self.lat_deg + u, self.lon_deg + v


def distance_m(lat1_deg: float, lon1_deg: float, lat2_deg: float, lon2_deg: float) -> float:
    """Metres between two points.

    Within half a degree by the radii of curvature at the middle latitude (1 mm over 5 km); farther apart
    along the great circle of a sphere, good to 0.6 % of the distance.
    """
    dlat = lat2_deg - lat1_deg
    dlon = (lon2_deg - lon1_deg + 180.0) % 360.0 - 180.0
    if -_NEAR_DEG < dlat < _NEAR_DEG and -_NEAR_DEG < dlon < _NEAR_DEG:
        middle = radians((lat1_deg + lat2_deg) / 2.0)
        s = sin(middle)
        w2 = 1.0 - E2 * s * s
        normal = EQUATOR_M / sqrt(w2)
        return hypot(
            normal * cos(middle) * radians(dlon),
            normal * (1.0 - E2) / w2 * radians(dlat),
        )
    return _great_circle_m(lat1_deg, lat2_deg, dlat, dlon)


def _great_circle_m(lat1_deg: float, lat2_deg: float, dlat: float, dlon: float) -> float:
    half = (
        sin(radians(dlat) / 2.0) ** 2
        + cos(radians(lat1_deg)) * cos(radians(lat2_deg)) * sin(radians(dlon) / 2.0) ** 2
    )
    return 2.0 * MEAN_RADIUS_M * asin(min(1.0, sqrt(half)))
