"""Signed distance against shapely in an azimuthal plane around the fix, and against geodesics (pyproj)."""

import math
import random
from collections.abc import Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Proj
from shapely.geometry import Point, Polygon
from shapely.ops import unary_union

from agent.licence.rings import Polygons, Ring
from agent.licence.zones import Area, Boundary, Zones
from licence.licence_builders import example, parse

GEOD = Geod(ellps="WGS84")
LAT, LON = 10.045, 105.785


def star(corners: int, seed: int, size_m: float, lat: float = LAT, lon: float = LON) -> Ring:
    """A simple ring of so many corners, `size_m` across at most."""
    chance = random.Random(seed)
    turns = sorted(chance.uniform(0.0, 360.0) for _ in range(corners))
    points = [GEOD.fwd(lon, lat, turn, chance.uniform(0.2, 0.5) * size_m) for turn in turns]
    return tuple((lon, lat) for lon, lat, _ in points)


def oracle(polygons: Polygons, lat: float, lon: float) -> float:
    """Distance by shapely in an azimuthal equidistant plane of the fix, where distances from it are geodesics.

    Edges are cut every 100 m or less, because a geodesic is not straight in that plane.
    """
    plane = Proj(proj="aeqd", lat_0=lat, lon_0=lon, ellps="WGS84")

    def cut(ring: Ring) -> list[tuple[float, float]]:
        points: list[tuple[float, float]] = []
        for here, after in zip(ring, ring[1:] + ring[:1], strict=True):
            length = GEOD.inv(*here, *after)[2]
            points += [here, *GEOD.npts(*here, *after, 1 + int(length // 100))]
        return [plane(*point) for point in points]

    area = unary_union(
        [Polygon(cut(polygon[0]), [cut(hole) for hole in polygon[1:]]) for polygon in polygons]
    )
    apart = float(area.boundary.distance(Point(0.0, 0.0)))
    return -apart if area.contains(Point(0.0, 0.0)) else apart


def check(polygons: Polygons, lat: float, lon: float) -> Boundary:
    ours = Area(polygons).boundary(lat, lon)
    assert ours.distance_m == pytest.approx(oracle(polygons, lat, lon), abs=0.05)
    to_point = GEOD.inv(lon, lat, ours.lon_deg, ours.lat_deg)[2]
    assert to_point == pytest.approx(abs(ours.distance_m), abs=0.05)
    return ours


bearings = st.floats(0.0, 360.0)


@settings(max_examples=300, deadline=None)
@given(
    st.integers(3, 12),
    st.integers(0, 10_000),
    st.floats(50.0, 5_000.0),
    st.floats(8.7, 23.0),
    bearings,
    st.floats(0.0, 5_000.0),
)
def test_distance_is_within_five_centimetres_over_five_kilometres(
    corners: int, seed: int, size_m: float, lat: float, bearing: float, away_m: float
) -> None:
    ring = star(corners, seed, size_m, lat)
    fix_lon, fix_lat, _ = GEOD.fwd(LON, lat, bearing, away_m)
    if Polygon(ring).is_valid:  # a star seen from outside its middle may cross itself
        check(((ring,),), fix_lat, fix_lon)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, 10_000), bearings, st.floats(0.0, 4_000.0))
def test_holes_and_several_areas_count(seed: int, bearing: float, away_m: float) -> None:
    """A square with a hole, and another square 3 km to the east."""
    chance = random.Random(seed)

    def square(lat: float, lon: float, half_m: float) -> Ring:
        turn = chance.uniform(0.0, 90.0)
        points = [
            GEOD.fwd(lon, lat, turn + quarter, half_m * math.sqrt(2.0)) for quarter in (0, 90, 180, 270)
        ]
        return tuple((lon, lat) for lon, lat, _ in points)

    east_lon, east_lat, _ = GEOD.fwd(LON, LAT, 90.0, 3_000.0)
    polygons = ((square(LAT, LON, 900.0), square(LAT, LON, 200.0)), (square(east_lat, east_lon, 400.0),))
    lon, lat, _ = GEOD.fwd(LON, LAT, bearing, away_m)
    check(polygons, lat, lon)


def test_middle_of_the_hole_is_outside() -> None:
    outer = star(8, 3, 1_000.0)
    hole = tuple((LON + (lon - LON) * 0.1, LAT + (lat - LAT) * 0.1) for lon, lat in outer)
    assert Area(((outer,),)).boundary(LAT, LON).distance_m < -20.0
    assert Area(((outer, hole),)).boundary(LAT, LON).distance_m > 0.0


def test_ten_metres_beyond_the_example_boundary_is_ten_metres() -> None:
    polygons = parse(example()).polygons
    (ax, ay), (bx, by) = polygons[0][0][0], polygons[0][0][1]
    azimuth, _, length = GEOD.inv(ax, ay, bx, by)
    mid_lon, mid_lat, _ = GEOD.fwd(ax, ay, azimuth, length / 2)
    out_lon, out_lat, _ = GEOD.fwd(mid_lon, mid_lat, azimuth + 90.0, 10.5)
    ours = Area(polygons).boundary(out_lat, out_lon)
    assert abs(ours.distance_m) == pytest.approx(10.5, abs=0.01)
    assert (ours.lat_deg, ours.lon_deg) == pytest.approx((mid_lat, mid_lon), abs=1e-7)


def test_corner_itself_is_on_the_boundary() -> None:
    polygons = parse(example()).polygons
    lon, lat = polygons[0][0][2]
    assert Area(polygons).boundary(lat, lon).distance_m == pytest.approx(0.0, abs=1e-6)


@pytest.mark.parametrize(("lat", "lon"), [(21.0, 105.8), (52.5, 13.4), (-33.9, 151.2), (40.7, -74.0)])
def test_from_another_country_the_distance_is_still_right_to_one_in_a_hundred(lat: float, lon: float) -> None:
    area = Area(parse(example()).polygons)
    (corner_lon, corner_lat) = parse(example()).polygons[0][0][0]
    apart = GEOD.inv(lon, lat, corner_lon, corner_lat)[2]
    assert area.boundary(lat, lon).distance_m == pytest.approx(apart, rel=0.01)


# ── many licences ─────────────────────────────────────────────────────────────────────────────────────


def areas(count: int, seed: int) -> list[Area]:
    chance = random.Random(seed)
    rings = (
        star(
            6, number, chance.uniform(200.0, 3_000.0), LAT + chance.gauss(0, 0.3), LON + chance.gauss(0, 0.3)
        )
        for number in range(count)
    )
    return [Area(((ring,),)) for ring in rings]


def slow(zones: Sequence[Area], lat: float, lon: float, margin_m: float) -> list[int]:
    """The same answer without any shortcut."""
    by_distance = sorted((area.boundary(lat, lon).distance_m, number) for number, area in enumerate(zones))
    return [number for index, (apart, number) in enumerate(by_distance) if index == 0 or apart <= margin_m]


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 1_000), st.floats(0.0, 3_000.0), st.floats(0.0, 200.0))
def test_search_among_many_areas_finds_what_a_search_of_all_finds(
    seed: int, margin_m: float, stride_m: float
) -> None:
    """Along a voyage of many small steps, where the search uses what it sorted before."""
    chance = random.Random(seed)
    many = areas(60, seed)
    zones = Zones(many)
    lon, lat = LON, LAT
    for _ in range(40):
        lon, lat, _ = GEOD.fwd(lon, lat, chance.uniform(0, 360), stride_m)
        assert [number for number, _ in zones.near(lat, lon, margin_m)] == slow(many, lat, lon, margin_m)


def test_no_areas_no_answer() -> None:
    assert Zones([]).near(LAT, LON, 10.0) == []


def test_same_area_twice_is_named_in_the_order_of_the_licences() -> None:
    twice = [Area(parse(example()).polygons)] * 2
    assert [number for number, _ in Zones(twice).near(10.262, 105.575, 5.0)] == [0, 1]
