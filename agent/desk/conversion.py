"""VN-2000 and WGS 84 by PROJ, with every number of the operation written out.

PROJ's default between the two datums is another operation of EPSG than that of Decision 05/2007/QĐ-BTNMT and lies
0.8 m beside it, and which one it takes changes with its database. So nothing is looked up: the pipeline says the
projection, the seven parameters and their direction (`agent.licence.vn2000` says why this one). The box converts
with its own code; an import compares the two.
"""

from dataclasses import dataclass
from functools import cache
from typing import Final

from pyproj import Transformer

from agent.licence.vn2000 import SCALE_OF_ZONE

ZONE_OF_EPSG: Final = {
    3405: (105.0, 6),
    5896: (102.0, 3),
    5897: (105.0, 3),
    5898: (108.0, 3),
    5899: (107.75, 3),
    9205: (103.0, 3),
    9206: (104.0, 3),
    9207: (104.5, 3),
    9208: (104.75, 3),
    9209: (105.5, 3),
    9210: (105.75, 3),
    9211: (106.0, 3),
    9212: (106.25, 3),
    9213: (106.5, 3),
    9214: (107.0, 3),
    9215: (107.25, 3),
    9216: (107.5, 3),
    9217: (108.25, 3),
    9218: (108.5, 3),
}
"""Central meridian and width of the zones of VN-2000 by their EPSG code."""


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone of VN-2000, 3 or 6 degrees wide."""

    meridian_deg: float
    width_deg: int

    def to_wgs84(self, x_northing_m: float, y_easting_m: float) -> tuple[float, float]:
        """(lat_deg, lon_deg)."""
        lon, lat = _transformer(self).transform(y_easting_m, x_northing_m)
        return lat, lon

    def from_wgs84(self, lat_deg: float, lon_deg: float) -> tuple[float, float]:
        """(x_northing_m, y_easting_m)."""
        east, north = _transformer(self).transform(lon_deg, lat_deg, direction="INVERSE")
        return north, east

    @property
    def text(self) -> str:
        """`105°30', 3°`, as decisions print it."""
        degrees, minutes = divmod(round(self.meridian_deg * 60), 60)
        return f"{degrees}°{minutes:02}', {self.width_deg}°"


def pipeline(zone: Zone) -> str:
    """The whole operation, from (easting, northing) to (longitude, latitude)."""
    return (
        "+proj=pipeline"
        f" +step +inv +proj=tmerc +lat_0=0 +lon_0={zone.meridian_deg!r} +k={SCALE_OF_ZONE[zone.width_deg]!r}"
        " +x_0=500000 +y_0=0 +ellps=WGS84"
        " +step +proj=push +v_3"
        " +step +proj=cart +ellps=WGS84"
        " +step +proj=helmert +x=-191.90441429 +y=-39.30318279 +z=-111.45032835"
        " +rx=-0.00928836 +ry=0.01975479 +rz=-0.00427372 +s=0.252906278 +convention=coordinate_frame"
        " +step +inv +proj=cart +ellps=WGS84"
        " +step +proj=pop +v_3"
        " +step +proj=unitconvert +xy_in=rad +xy_out=deg"
    )


@cache
def _transformer(zone: Zone) -> Transformer:
    return Transformer.from_pipeline(pipeline(zone))
