"""How far beyond the boundary of a licence, in metres: positive outside, negative inside.

Corners are projected once into local metres around the middle of the area (`agent.position.geodesy`: 5 cm
over 5 km); a fix is projected and compared with every edge. Edges are straight there, which for edges of
kilometres is within a millimetre of the geodesic and of the straight line of the VN-2000 plane.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import hypot, inf, sqrt
from typing import Final

from agent.licence.rings import Polygons
from agent.position.geodesy import LocalMetres, distance_m

_FAR_DEG: Final = 0.4  # about 40 km: beyond it the local plane bends, and metres no longer matter
_MOVED_M: Final = 500.0  # after so much way the order of the areas by distance is made anew
_M_PER_DEG: Final = 111_700.0  # of latitude at the poles, of longitude at the equator: never less
_SAFE: Final = 0.99  # distances on the sphere may be too long by 0.6 %


@dataclass(frozen=True, slots=True)
class Boundary:
    """The nearest point of a boundary, and the signed distance to it."""

    distance_m: float
    lat_deg: float
    lon_deg: float


class Area:
    """The polygons of one licence."""

    __slots__ = ("_edges", "_local", "_rings", "radius_m")

    def __init__(self, polygons: Polygons) -> None:
        corners = [corner for polygon in polygons for ring in polygon for corner in ring]
        lons, lats = [lon for lon, _ in corners], [lat for _, lat in corners]
        self._local = LocalMetres((min(lats) + max(lats)) / 2.0, (min(lons) + max(lons)) / 2.0)
        metres = self._local.metres
        # (ax, ay, dx, dy, 1 / length²): from a by d, in local metres
        self._edges: list[tuple[float, float, float, float, float]] = []
        self._rings = [[metres(lat, lon) for lon, lat in ring] for polygon in polygons for ring in polygon]
        for ring in self._rings:
            ax, ay = ring[-1]
            for bx, by in ring:
                dx, dy = bx - ax, by - ay
                self._edges.append((ax, ay, dx, dy, 1.0 / (dx * dx + dy * dy)))
                ax, ay = bx, by
        self.radius_m = max(hypot(x, y) for ring in self._rings for x, y in ring)
        """Of the circle around the middle that holds all corners."""

    def at_least_m(self, lat_deg: float, lon_deg: float) -> float:
        """A distance to the area that is never too long: to the circle that holds it; 0 inside that."""
        middle_m = distance_m(lat_deg, lon_deg, self._local.lat_deg, self._local.lon_deg)
        return max(0.0, middle_m * _SAFE - self.radius_m)

    def boundary(self, lat_deg: float, lon_deg: float) -> Boundary:
        """The signed distance; its boundary point is on the nearest edge.

        Polygons of a licence do not overlap and holes lie inside theirs, so whether a point is inside follows from
        how many edges a ray to the east crosses, over all rings. Farther than 40 km away the nearest corner
        stands for the boundary, good to 0.6 % of the distance.
        """
        local = self._local
        u, v = lat_deg - local.lat_deg, lon_deg - local.lon_deg
        if not (-_FAR_DEG < u < _FAR_DEG and -_FAR_DEG < v < _FAR_DEG):
            return self._from_afar(lat_deg, lon_deg)
        x, y = local.metres(lat_deg, lon_deg)
        nearest = inf
        near_x = near_y = 0.0
        inside = False
        for ax, ay, dx, dy, per_square in self._edges:
            px, py = x - ax, y - ay
            if (py < 0.0) != (py < dy) and px < dx * py / dy:
                inside = not inside
            t = (px * dx + py * dy) * per_square
            if t > 0.0:
                if t < 1.0:
                    px -= t * dx
                    py -= t * dy
                else:
                    px -= dx
                    py -= dy
            square = px * px + py * py
            if square < nearest:
                nearest = square
                near_x, near_y = px, py
        distance = sqrt(nearest)
        lat, lon = local.degrees(x - near_x, y - near_y)
        return Boundary(-distance if inside else distance, lat, lon)

    def _from_afar(self, lat_deg: float, lon_deg: float) -> Boundary:
        corners = [self._local.degrees(x, y) for ring in self._rings for x, y in ring]
        apart, lat, lon = min((distance_m(lat_deg, lon_deg, lat, lon), lat, lon) for lat, lon in corners)
        return Boundary(apart, lat, lon)


class Zones:
    """Many areas: which are near? Answers do not depend on what was asked before; only the speed does.

    The areas are sorted by the least distance they can have from an anchor; while the vessel is within
    `_MOVED_M` of it, each is nearer by at most the way made since, and the search can stop early.
    """

    def __init__(self, areas: Sequence[Area]) -> None:
        self._areas = tuple(areas)
        self._anchor: tuple[float, float] | None = None
        self._order: list[tuple[float, int]] = []

    def near(self, lat_deg: float, lon_deg: float, margin_m: float) -> list[tuple[int, Boundary]]:
        """The nearest area, and every other at most `margin_m` away, as (its number, boundary).

        The farthest inside comes first; equal distances by number. Empty only where there are no areas.
        """
        made_m = self._way_made(lat_deg, lon_deg)
        found: list[tuple[float, int, Boundary]] = []
        nearest = inf
        for least_m, number in self._order:
            if least_m - made_m > max(nearest, margin_m):
                break
            boundary = self._areas[number].boundary(lat_deg, lon_deg)
            nearest = min(nearest, boundary.distance_m)
            found.append((boundary.distance_m, number, boundary))
        if len(found) > 1:
            found.sort(key=lambda item: item[:2])
        return [
            (number, boundary)
            for index, (apart, number, boundary) in enumerate(found)
            if index == 0 or apart <= margin_m
        ]

    def _way_made(self, lat_deg: float, lon_deg: float) -> float:
        """Metres from the anchor, never too short; moves the anchor here when that is too much."""
        if self._anchor is not None:
            made_m = (abs(lat_deg - self._anchor[0]) + abs(lon_deg - self._anchor[1])) * _M_PER_DEG
            if made_m <= _MOVED_M:
                return made_m
        self._anchor = (lat_deg, lon_deg)
        self._order = sorted(
            (area.at_least_m(lat_deg, lon_deg), number) for number, area in enumerate(self._areas)
        )
        return 0.0
