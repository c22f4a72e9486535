"""Local metres against GeographicLib's geodesics (pyproj)."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod

from agent.position.geodesy import LocalMetres, distance_m

GEOD = Geod(ellps="WGS84")

lats = st.floats(8.5, 23.5)
lons = st.floats(102.0, 110.0)
bearings = st.floats(0.0, 360.0)


def reach(lat: float, lon: float, bearing: float, metres: float) -> tuple[float, float]:
    lon2, lat2, _ = GEOD.fwd(lon, lat, bearing, metres)
    return lat2, lon2


@settings(max_examples=400, deadline=None)
@given(lats, lons, bearings, st.floats(0.0, 20_000.0), bearings, st.floats(0.0, 5_000.0))
def test_distance_between_two_points_near_the_reference_is_within_five_centimetres_over_five_kilometres(
    lat: float, lon: float, to_first: float, first_m: float, to_second: float, apart_m: float
) -> None:
    local = LocalMetres(lat, lon)
    first = reach(lat, lon, to_first, first_m)
    second = reach(*first, to_second, apart_m)
    (x1, y1), (x2, y2) = local.metres(*first), local.metres(*second)
    ours = ((x2 - x1) ** 2 + (y2 - y1) ** 2) ** 0.5
    assert abs(ours - apart_m) <= 0.05


@settings(max_examples=200, deadline=None)
@given(lats, lons, st.floats(-20_000.0, 20_000.0), st.floats(-20_000.0, 20_000.0))
def test_metres_go_back_to_the_same_degrees(lat: float, lon: float, east: float, north: float) -> None:
    local = LocalMetres(lat, lon)
    assert local.metres(*local.degrees(east, north)) == pytest.approx((east, north), abs=1e-4)


@settings(max_examples=200, deadline=None)
@given(st.floats(-80.0, 80.0), st.floats(-180.0, 180.0), bearings, st.floats(0.0, 5_000.0))
def test_short_distances_are_within_a_centimetre_anywhere_and_across_the_date_line(
    lat: float, lon: float, bearing: float, apart_m: float
) -> None:
    assert distance_m(lat, lon, *reach(lat, lon, bearing, apart_m)) == pytest.approx(apart_m, abs=0.01)


@settings(max_examples=200, deadline=None)
@given(st.floats(-89.0, 89.0), st.floats(-180.0, 180.0), st.floats(-89.0, 89.0), st.floats(-180.0, 180.0))
def test_long_distances_are_within_six_parts_in_a_thousand(
    lat1: float, lon1: float, lat2: float, lon2: float
) -> None:
    _, _, apart_m = GEOD.inv(lon1, lat1, lon2, lat2)
    assert distance_m(lat1, lon1, lat2, lon2) == pytest.approx(apart_m, rel=0.006, abs=1.0)


def test_north_is_up_and_east_is_right() -> None:
    east, north = LocalMetres(10.0, 105.0).metres(10.001, 105.002)
    assert east == pytest.approx(219.3, abs=0.1)
    assert north == pytest.approx(110.6, abs=0.1)
