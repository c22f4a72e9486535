"""The desk's conversion is Decision 05/2007's whatever PROJ would choose by itself, and the box's own agrees."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyproj import Transformer

from agent.desk.conversion import ZONE_OF_EPSG, Zone
from agent.licence.corners import MERIDIANS_DEG
from agent.licence.vn2000 import to_wgs84
from agent.position.geodesy import distance_m
from desk.desk_builders import A, B, C


def dms(degrees: float, minutes: float, seconds: float) -> float:
    return degrees + minutes / 60.0 + seconds / 3600.0


OFFICIAL = {
    # WGS 84, VN-2000, both rounded to 0.1" (3 m): Circulars 37/2019 (Lý Sơn) and 20/2019 on ports
    "LS1": ((dms(15, 22, 29.0), dms(109, 6, 7.0)), (dms(15, 22, 32.7), dms(109, 6, 0.5))),
    "LS2": ((dms(15, 20, 32.0), dms(109, 5, 35.0)), (dms(15, 20, 35.7), dms(109, 5, 28.5))),
    "LS3": ((dms(15, 20, 10.0), dms(109, 7, 6.0)), (dms(15, 20, 13.7), dms(109, 6, 59.5))),
    "LS4": ((dms(15, 22, 24.0), dms(109, 7, 43.0)), (dms(15, 22, 27.7), dms(109, 7, 36.5))),
    "12°33'": ((dms(12, 33, 36.0), dms(109, 26, 0.0)), (dms(12, 33, 39.7), dms(109, 25, 53.6))),
}


@pytest.mark.parametrize("name", OFFICIAL)
def test_official_pairs_hold_within_their_rounding(name: str) -> None:
    """Through the plane of the zone and back on the other datum, as a table would go."""
    wgs84, vn2000 = OFFICIAL[name]
    zone = Zone(108.0, 3)
    plane = Transformer.from_pipeline(
        "+proj=pipeline +step +proj=unitconvert +xy_in=deg +xy_out=rad"
        " +step +proj=tmerc +lat_0=0 +lon_0=108 +k=0.9999 +x_0=500000 +y_0=0 +ellps=WGS84"
    )
    east, north = plane.transform(vn2000[1], vn2000[0])
    assert distance_m(*zone.to_wgs84(north, east), *wgs84) < 2.0


@pytest.mark.parametrize(
    ("meridian_deg", "x", "y"),
    [(105.0, 1110935.60, 585853.10), (104.75, 1111011.39, 613259.61), (105.5, 1110846.62, 531044.22)],
)
def test_vector_of_can_tho_holds_to_its_last_digit(meridian_deg: float, x: float, y: float) -> None:
    assert Zone(meridian_deg, 3).from_wgs84(10.045, 105.785) == pytest.approx((x, y), abs=0.0051)


@pytest.mark.parametrize(
    ("corners", "meridian_deg", "first"),
    [
        (A, 105.0, (10.2685660, 105.5700062)),
        (B, 105.0, (10.1235036, 105.7108795)),
        (C, 105.5, (9.8361653, 106.0260615)),
    ],
)
def test_first_corner_of_the_synthetic_zones_lies_where_it_should(
    corners: tuple[tuple[float, float], ...], meridian_deg: float, first: tuple[float, float]
) -> None:
    assert distance_m(*Zone(meridian_deg, 3).to_wgs84(*corners[0]), *first) < 0.01


def test_projs_own_choice_lies_elsewhere() -> None:
    """The reason for which nothing is looked up."""
    by_default = Transformer.from_crs("EPSG:5897", "EPSG:4326", always_xy=True)
    lon, lat = by_default.transform(585853.10, 1110935.60)
    assert 0.5 < distance_m(lat, lon, 10.045, 105.785) < 1.5


@settings(max_examples=200, deadline=None)
@given(
    st.floats(900_000.0, 1_400_000.0),
    st.floats(380_000.0, 620_000.0),
    st.sampled_from(MERIDIANS_DEG),
    st.sampled_from([3, 6]),
)
def test_desk_and_box_agree_and_the_way_back_is_below_a_centimetre(
    x: float, y: float, meridian_deg: float, width_deg: int
) -> None:
    zone = Zone(meridian_deg, width_deg)
    lat, lon = zone.to_wgs84(x, y)
    assert distance_m(lat, lon, *to_wgs84(x, y, meridian_deg, width_deg)) < 0.001
    assert zone.from_wgs84(lat, lon) == pytest.approx((x, y), abs=0.005)


def test_codes_of_the_zones_are_epsgs() -> None:
    for code, (meridian_deg, width_deg) in ZONE_OF_EPSG.items():
        plain = Transformer.from_crs(f"EPSG:{code}", "EPSG:4756", always_xy=True)  # no change of datum
        lon, _ = plain.transform(500_000.0, 1_100_000.0)
        east, _ = plain.transform(600_000.0, 1_100_000.0)
        assert lon == pytest.approx(meridian_deg, abs=1e-9)
        narrow = Transformer.from_pipeline(
            f"+proj=pipeline +step +inv +proj=tmerc +lon_0={meridian_deg} +k={'0.9999' if width_deg == 3 else '0.9996'}"
            " +x_0=500000 +ellps=WGS84 +step +proj=unitconvert +xy_in=rad +xy_out=deg"
        )
        assert narrow.transform(600_000.0, 1_100_000.0)[0] == pytest.approx(east, abs=1e-9)
