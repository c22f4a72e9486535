"""Where the hull of a script truly is, second by second."""

from dataclasses import dataclass
from itertools import pairwise
from math import cos, hypot, pi, radians, sin, sqrt

import numpy as np
from numpy.typing import NDArray

from hw.gnss_sim_script import Anchor, Drift, Script, Transit

Floats = NDArray[np.float64]

KNOT_MPS = 1852 / 3600
ACCELERATION_MPS2 = 0.05  # a laden barge with its engine full astern
_WGS84_A, _WGS84_E2 = 6_378_137.0, 0.006_694_379_990_14


@dataclass(frozen=True, slots=True)
class Plane:
    """Metres east and north of an origin, on the plane that touches WGS 84 there; good for tens of km."""

    lat_deg: float
    lon_deg: float

    def metres_per_degree(self) -> tuple[float, float]:
        """(of latitude, of longitude)"""
        sine2 = sin(radians(self.lat_deg)) ** 2
        meridian = _WGS84_A * (1 - _WGS84_E2) / (1 - _WGS84_E2 * sine2) ** 1.5
        normal = _WGS84_A / sqrt(1 - _WGS84_E2 * sine2)
        return radians(1) * meridian, radians(1) * normal * cos(radians(self.lat_deg))

    def to_plane(self, lat_deg: float, lon_deg: float) -> tuple[float, float]:
        per_lat, per_lon = self.metres_per_degree()
        return (lon_deg - self.lon_deg) * per_lon, (lat_deg - self.lat_deg) * per_lat

    def to_degrees(self, east_m: Floats, north_m: Floats) -> tuple[Floats, Floats]:
        per_lat, per_lon = self.metres_per_degree()
        return self.lat_deg + north_m / per_lat, self.lon_deg + east_m / per_lon


@dataclass(frozen=True, slots=True)
class TrueTrack:
    """The truth at every whole second: metres on `plane`, and the seconds at which each leg ends."""

    plane: Plane
    east_m: Floats
    north_m: Floats
    heading_deg: Floats
    leg_ends_s: tuple[int, ...]

    @property
    def seconds(self) -> int:
        return len(self.east_m) - 1

    def place(self, second: float) -> tuple[float, float]:
        """(lat_deg, lon_deg) at `second` since the start."""
        clock = np.arange(len(self.east_m), dtype=np.float64)
        at = np.array([second], dtype=np.float64)
        lat, lon = self.plane.to_degrees(
            np.interp(at, clock, self.east_m), np.interp(at, clock, self.north_m)
        )
        return float(lat[0]), float(lon[0])


class _Hull:
    """Moves one second at a time."""

    def __init__(self) -> None:
        self.east_m, self.north_m, self.speed_mps, self.heading_deg = 0.0, 0.0, 0.0, 0.0
        self.track: list[tuple[float, float, float]] = [(0.0, 0.0, 0.0)]

    def mark(self) -> None:
        self.track.append((self.east_m, self.north_m, self.heading_deg))

    def transit(self, points: list[tuple[float, float]], speed_mps: float, *, stops: bool) -> None:
        """Speeds up and slows down by ACCELERATION_MPS2; corners are turned on the spot."""
        while points:
            left_m = _length([(self.east_m, self.north_m), *points])
            may_mps = sqrt(2 * ACCELERATION_MPS2 * left_m) if stops else speed_mps
            wanted = min(speed_mps, may_mps)
            change = min(max(wanted - self.speed_mps, -2 * ACCELERATION_MPS2), ACCELERATION_MPS2)
            self.speed_mps = max(self.speed_mps + change, 2 * ACCELERATION_MPS2)
            self._along(points, self.speed_mps)
            self.mark()
        if stops:
            self.speed_mps = 0.0

    def _along(self, points: list[tuple[float, float]], metres: float) -> None:
        while points:
            east, north = points[0][0] - self.east_m, points[0][1] - self.north_m
            apart = hypot(east, north)
            if apart > 0:
                self.heading_deg = float(np.degrees(np.arctan2(east, north)) % 360)
            if apart > metres:
                self.east_m += east / apart * metres
                self.north_m += north / apart * metres
                return
            self.east_m, self.north_m = points.pop(0)
            metres -= apart

    def anchor(self, leg: Anchor) -> None:
        """Across the heading with the period of the script, along it with half of it and a third as far."""
        heading = radians(self.heading_deg)
        origin_east, origin_north, origin_heading = self.east_m, self.north_m, self.heading_deg
        for second in range(1, round(leg.seconds) + 1):
            turn = 2 * pi * second / leg.swing_period_s
            across = leg.swing_radius_m * sin(turn)
            along = leg.swing_radius_m / 3 * sin(2 * turn)
            self.east_m = origin_east + across * cos(heading) + along * sin(heading)
            self.north_m = origin_north - across * sin(heading) + along * cos(heading)
            self.heading_deg = (origin_heading + leg.swing_radius_m * cos(turn)) % 360
            self.mark()
        self.speed_mps, self.heading_deg = 0.0, origin_heading

    def drift(self, leg: Drift) -> None:
        course, step_m = radians(leg.course_deg), leg.speed_kn * KNOT_MPS
        for _ in range(round(leg.seconds)):
            self.east_m += step_m * sin(course)
            self.north_m += step_m * cos(course)
            self.mark()
        self.speed_mps = step_m


def true_track(script: Script) -> TrueTrack:
    """The truth behind `hw.gnss_sim.sentences` of the same script."""
    plane = Plane(*script.start)
    hull = _Hull()
    if isinstance(script.leg[0], Transit):  # the voyage begins under way
        hull.speed_mps = script.leg[0].speed_kn * KNOT_MPS
    ends = []
    for index, leg in enumerate(script.leg):
        following = script.leg[index + 1 : index + 2]
        if isinstance(leg, Transit):
            points = [plane.to_plane(*point) for point in leg.to]
            stops = bool(following) and not isinstance(following[0], Transit)
            hull.transit(points, leg.speed_kn * KNOT_MPS, stops=stops)
        elif isinstance(leg, Anchor):
            hull.anchor(leg)
        else:
            hull.drift(leg)
        ends.append(len(hull.track) - 1)
    table = np.array(hull.track, dtype=np.float64)
    return TrueTrack(plane, table[:, 0], table[:, 1], table[:, 2], tuple(ends))


def _length(points: list[tuple[float, float]]) -> float:
    return sum(hypot(two[0] - one[0], two[1] - one[1]) for one, two in pairwise(points))
