"""How far from a line: a bank, the middle of a river. Never signed; a line has no inside."""

from collections.abc import Sequence
from itertools import pairwise
from math import hypot, inf

from agent.licence.rings import Ring
from agent.licence.zones import Boundary
from agent.position.geodesy import LocalMetres


def distance_to_lines(lines: Sequence[Ring], lat_deg: float, lon_deg: float) -> Boundary | None:
    """The nearest point of the lines and the metres to it; None where there is no line.

    The metres are those of the plane around the place, exact to 5 cm over 5 km: near lines are told exactly, far
    ones roughly.
    """
    local = LocalMetres(lat_deg, lon_deg)
    nearest, near_x, near_y = inf, 0.0, 0.0
    for line in lines:
        points = [local.metres(lat, lon) for lon, lat in line]
        for (ax, ay), (bx, by) in pairwise(points):
            dx, dy = bx - ax, by - ay
            square = dx * dx + dy * dy
            along = 0.0 if square == 0.0 else min(1.0, max(0.0, -(ax * dx + ay * dy) / square))
            x, y = ax + along * dx, ay + along * dy
            if hypot(x, y) < nearest:
                nearest, near_x, near_y = hypot(x, y), x, y
    if nearest == inf:
        return None
    lat, lon = local.degrees(near_x, near_y)
    return Boundary(nearest, lat, lon)
