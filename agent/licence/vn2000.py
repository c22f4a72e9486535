"""VN-2000 plane coordinates to WGS 84 and back.

Vietnamese decisions give X = northing and Y = easting in a transverse Mercator zone of the VN-2000 datum. The
datum has the ellipsoid of WGS 84 and lies some 225 m from it at Cần Thơ.

Seven parameters: Decision 05/2007/QĐ-BTNMT of 27 February 2007. Its words "between WGS-84 and VN-2000" leave
the direction open; the official pairs of points in port circulars hold only with the numbers taken from
VN-2000 to WGS 84 as a coordinate frame rotation, which is EPSG's operation "VN-2000 to WGS 84 (2)".
(EPSG's operation (1), which PROJ picks by default, lies 0.8 m beside it.)

Plane: Krüger's series in the third flattening, through its fourth power (L. Krüger 1912; in the form of
C. F. F. Karney, "Transverse Mercator with an accuracy of a few nanometers", 2011): better than 1 mm here.
Heights are taken as zero on either side, because a corner has none.
"""

from math import asinh, atan2, atanh, cos, cosh, degrees, hypot, radians, sin, sinh, sqrt, tan
from typing import Final

from agent.position.geodesy import E2, EQUATOR_M, FLATTENING

SCALE_OF_ZONE: Final = {3: 0.9999, 6: 0.9996}  # zone width in degrees: scale on the central meridian
FALSE_EASTING_M: Final = 500_000.0

_SHIFT_M = (-191.90441429, -39.30318279, -111.45032835)
_TURN = tuple(radians(seconds / 3600.0) for seconds in (-0.00928836, 0.01975479, -0.00427372))
_SCALE = 1.000000252906278

_N = FLATTENING / (2.0 - FLATTENING)
_E = sqrt(E2)
_RECTIFYING_M = EQUATOR_M / (1.0 + _N) * (1.0 + _N**2 / 4.0 + _N**4 / 64.0)
_ALPHA = (
    _N / 2 - 2 * _N**2 / 3 + 5 * _N**3 / 16 + 41 * _N**4 / 180,
    13 * _N**2 / 48 - 3 * _N**3 / 5 + 557 * _N**4 / 1440,
    61 * _N**3 / 240 - 103 * _N**4 / 140,
    49561 * _N**4 / 161280,
)
_BETA = (
    _N / 2 - 2 * _N**2 / 3 + 37 * _N**3 / 96 - _N**4 / 360,
    _N**2 / 48 + _N**3 / 15 - 437 * _N**4 / 1440,
    17 * _N**3 / 480 - 37 * _N**4 / 840,
    4397 * _N**4 / 161280,
)


def to_wgs84(
    x_northing_m: float, y_easting_m: float, meridian_deg: float, zone_width_deg: int
) -> tuple[float, float]:
    """WGS 84 (lat_deg, lon_deg) of a point in a VN-2000 zone of 3 or 6 degrees."""
    return vn2000_to_wgs84(*plane_to_degrees(x_northing_m, y_easting_m, meridian_deg, zone_width_deg))


def from_wgs84(
    lat_deg: float, lon_deg: float, meridian_deg: float, zone_width_deg: int
) -> tuple[float, float]:
    """VN-2000 (x_northing_m, y_easting_m) of a WGS 84 point; the inverse of `to_wgs84` within 5 mm (heights)."""
    return degrees_to_plane(*wgs84_to_vn2000(lat_deg, lon_deg), meridian_deg, zone_width_deg)


def vn2000_to_wgs84(lat_deg: float, lon_deg: float) -> tuple[float, float]:
    """Change of datum alone, both sides in degrees."""
    x, y, z = _earth_centred(lat_deg, lon_deg)
    rx, ry, rz = _TURN
    return _geographic(
        _SHIFT_M[0] + _SCALE * (x + rz * y - ry * z),
        _SHIFT_M[1] + _SCALE * (-rz * x + y + rx * z),
        _SHIFT_M[2] + _SCALE * (ry * x - rx * y + z),
    )


def wgs84_to_vn2000(lat_deg: float, lon_deg: float) -> tuple[float, float]:
    """The inverse of `vn2000_to_wgs84`; turning back by the transposed matrix is exact to 0.1 micrometre."""
    x, y, z = (
        (value - shift) / _SCALE
        for value, shift in zip(_earth_centred(lat_deg, lon_deg), _SHIFT_M, strict=True)
    )
    rx, ry, rz = _TURN
    return _geographic(x - rz * y + ry * z, rz * x + y - rx * z, -ry * x + rx * y + z)


def plane_to_degrees(
    x_northing_m: float, y_easting_m: float, meridian_deg: float, zone_width_deg: int
) -> tuple[float, float]:
    """Latitude and longitude on the datum of the plane coordinates."""
    k0 = SCALE_OF_ZONE[zone_width_deg]
    xi = x_northing_m / (k0 * _RECTIFYING_M)
    eta = (y_easting_m - FALSE_EASTING_M) / (k0 * _RECTIFYING_M)
    xi1 = xi - sum(b * sin(2 * j * xi) * cosh(2 * j * eta) for j, b in enumerate(_BETA, 1))
    eta1 = eta - sum(b * cos(2 * j * xi) * sinh(2 * j * eta) for j, b in enumerate(_BETA, 1))
    tau1 = sin(xi1) / hypot(sinh(eta1), cos(xi1))
    return (
        degrees(atan2(_tangent_from_conformal(tau1), 1.0)),
        meridian_deg + degrees(atan2(sinh(eta1), cos(xi1))),
    )


def degrees_to_plane(
    lat_deg: float, lon_deg: float, meridian_deg: float, zone_width_deg: int
) -> tuple[float, float]:
    """(x_northing_m, y_easting_m) on the datum of the degrees; the inverse of `plane_to_degrees`."""
    k0 = SCALE_OF_ZONE[zone_width_deg]
    east = radians(lon_deg - meridian_deg)
    tau1 = _conformal_from_tangent(tan(radians(lat_deg)))
    xi1 = atan2(tau1, cos(east))
    eta1 = asinh(sin(east) / hypot(tau1, cos(east)))
    xi = xi1 + sum(a * sin(2 * j * xi1) * cosh(2 * j * eta1) for j, a in enumerate(_ALPHA, 1))
    eta = eta1 + sum(a * cos(2 * j * xi1) * sinh(2 * j * eta1) for j, a in enumerate(_ALPHA, 1))
    return k0 * _RECTIFYING_M * xi, FALSE_EASTING_M + k0 * _RECTIFYING_M * eta


def _conformal_from_tangent(tau: float) -> float:
    sigma = sinh(_E * atanh(_E * tau / hypot(1.0, tau)))
    return tau * hypot(1.0, sigma) - sigma * hypot(1.0, tau)


def _tangent_from_conformal(tau1: float) -> float:
    """Newton's method; two rounds reach the last bit at these latitudes, a third costs nothing here."""
    tau = tau1
    for _ in range(3):
        reached = _conformal_from_tangent(tau)
        tau += (
            (tau1 - reached)
            / hypot(1.0, reached)
            * (1.0 + (1.0 - E2) * tau * tau)
            / ((1.0 - E2) * hypot(1.0, tau))
        )
    return tau


def _earth_centred(lat_deg: float, lon_deg: float) -> tuple[float, float, float]:
    lat, lon = radians(lat_deg), radians(lon_deg)
    normal = EQUATOR_M / sqrt(1.0 - E2 * sin(lat) ** 2)
    return (
        normal * cos(lat) * cos(lon),
        normal * cos(lat) * sin(lon),
        normal * (1.0 - E2) * sin(lat),
    )


def _geographic(x: float, y: float, z: float) -> tuple[float, float]:
    """Bowring's formula (1976): below a micrometre for points within kilometres of the ellipsoid."""
    axis = hypot(x, y)
    polar_m = EQUATOR_M * (1.0 - FLATTENING)
    theta = atan2(z * EQUATOR_M, axis * polar_m)
    lat = atan2(
        z + E2 / (1.0 - E2) * polar_m * sin(theta) ** 3,
        axis - E2 * EQUATOR_M * cos(theta) ** 3,
    )
    return degrees(lat), degrees(atan2(y, x))
