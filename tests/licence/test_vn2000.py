"""VN-2000 against PROJ with the operation pinned, against the official pairs, and against the test vector."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Geod, Transformer
from pyproj.transformer import TransformerGroup

from agent.licence.corners import MERIDIANS_DEG
from agent.licence.vn2000 import from_wgs84, to_wgs84, vn2000_to_wgs84, wgs84_to_vn2000
from agent.position.geodesy import distance_m
from licence.licence_builders import EXAMPLES, example, parse

GEOD = Geod(ellps="WGS84")
EPSG = {105.0: 5897, 104.75: 9208, 105.5: 9209, 105.75: 9210, 108.0: 5898}


def dms(degrees: float, minutes: float, seconds: float) -> float:
    return degrees + minutes / 60.0 + seconds / 3600.0


def pinned(epsg: int) -> Transformer:
    """PROJ's transformer by Decision 05/2007, whichever it would choose by itself."""
    found = [
        one
        for one in TransformerGroup(f"EPSG:{epsg}", "EPSG:4326").transformers
        if "VN-2000 to WGS 84 (2)" in one.description
    ]
    assert found, "PROJ's database lacks the operation VN-2000 to WGS 84 (2)"
    return found[0]


@pytest.mark.parametrize(
    ("wgs84", "vn2000"),
    [
        ((dms(15, 22, 29.0), dms(109, 6, 7.0)), (dms(15, 22, 32.7), dms(109, 6, 0.5))),
        ((dms(15, 20, 32.0), dms(109, 5, 35.0)), (dms(15, 20, 35.7), dms(109, 5, 28.5))),
        ((dms(15, 20, 10.0), dms(109, 7, 6.0)), (dms(15, 20, 13.7), dms(109, 6, 59.5))),
        ((dms(15, 22, 24.0), dms(109, 7, 43.0)), (dms(15, 22, 27.7), dms(109, 7, 36.5))),
        ((dms(12, 33, 36.0), dms(109, 26, 0.0)), (dms(12, 33, 39.7), dms(109, 25, 53.6))),
    ],
)
def test_official_pairs_of_the_port_circulars_hold_within_their_rounding(
    wgs84: tuple[float, float], vn2000: tuple[float, float]
) -> None:
    """Circular 37/2019, LS1 to LS4 (Lý Sơn), and one of 20/2019: both sides are rounded to 0.1", which is 3 m."""
    assert distance_m(*vn2000_to_wgs84(*vn2000), *wgs84) < 2.0
    assert distance_m(*wgs84_to_vn2000(*wgs84), *vn2000) < 2.0
    # the wrong direction would be out by twice the shift
    assert distance_m(*wgs84_to_vn2000(*vn2000), *wgs84) > 400.0


@pytest.mark.parametrize(
    ("meridian_deg", "x", "y"),
    [(105.0, 1110935.60, 585853.10), (104.75, 1111011.39, 613259.61), (105.5, 1110846.62, 531044.22)],
)
def test_vector_of_can_tho_holds_to_the_centimetre(meridian_deg: float, x: float, y: float) -> None:
    assert from_wgs84(10.045, 105.785, meridian_deg, 3) == pytest.approx((x, y), abs=0.01)


@pytest.mark.parametrize("meridian_deg", EPSG)
@settings(max_examples=60, deadline=None)
@given(st.floats(900_000.0, 1_900_000.0), st.floats(380_000.0, 620_000.0))
def test_conversion_is_projs_within_a_millimetre(meridian_deg: float, x: float, y: float) -> None:
    lat, lon = pinned(EPSG[meridian_deg]).transform(y, x)  # EPSG: easting first
    ours = to_wgs84(x, y, meridian_deg, 3)
    assert GEOD.inv(lon, lat, ours[1], ours[0])[2] < 0.001


@settings(max_examples=200, deadline=None)
@given(
    st.floats(8.0, 24.0),
    st.floats(-1.5, 1.5),
    st.sampled_from(MERIDIANS_DEG),
    st.sampled_from([3, 6]),
)
def test_there_and_back_is_within_five_millimetres(
    lat: float, off: float, meridian: float, width: int
) -> None:
    lon = meridian + off
    back = to_wgs84(*from_wgs84(lat, lon, meridian, width), meridian, width)
    assert distance_m(lat, lon, *back) < 0.005


def test_zone_of_six_degrees_has_the_other_scale() -> None:
    x3, _ = from_wgs84(10.045, 105.785, 105.0, 3)
    x6, _ = from_wgs84(10.045, 105.785, 105.0, 6)
    assert x3 - x6 == pytest.approx(333.0, abs=1.0)


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.geojson")), ids=lambda file: file.stem)
def test_example_polygons_are_projs_conversion_of_their_tables(file: Path) -> None:
    licence = parse(example(file.name))
    transformer = pinned(EPSG[licence.meridian_deg])
    for corner in licence.corners:
        lat, lon = transformer.transform(corner.y_easting_m, corner.x_northing_m)
        nearest = min(GEOD.inv(lon, lat, *point)[2] for point in licence.polygons[0][0])
        assert nearest < 0.02  # seven decimals of a degree
