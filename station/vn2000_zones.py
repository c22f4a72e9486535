"""The 3-degree zones of VN-2000 a file can be written in, each by its central meridian.

Codes are those of the EPSG register: 5896 to 5899 and 9205 to 9218. 3405 and 3406 are other zones (6 degrees wide).
"""

from dataclasses import dataclass
from typing import Final

from agent.licence.vn2000 import FALSE_EASTING_M, SCALE_OF_ZONE, from_wgs84

EPSG: Final = {
    102.0: 5896,
    103.0: 9205,
    104.0: 9206,
    104.5: 9207,
    104.75: 9208,
    105.0: 5897,
    105.5: 9209,
    105.75: 9210,
    106.0: 9211,
    106.25: 9212,
    106.5: 9213,
    107.0: 9214,
    107.25: 9215,
    107.5: 9216,
    107.75: 5899,
    108.0: 5898,
    108.25: 9217,
    108.5: 9218,
}
ZONE_WIDTH_DEG: Final = 3


@dataclass(frozen=True, slots=True)
class Zone:
    """A zone; X is the northing and Y the easting, as Vietnamese tables have it."""

    meridian_deg: float

    @property
    def epsg(self) -> int:
        return EPSG[self.meridian_deg]

    @property
    def meridian(self) -> str:
        """As decisions write it: `105-30`."""
        whole = int(self.meridian_deg)
        return f"{whole}-{round((self.meridian_deg - whole) * 60):02d}"

    @property
    def name(self) -> str:
        return f"VN-2000 / TM-3 {self.meridian}"

    def plane(self, lat_deg: float, lon_deg: float) -> tuple[float, float]:
        """X northing and Y easting in metres, to the millimetre."""
        x, y = from_wgs84(lat_deg, lon_deg, self.meridian_deg, ZONE_WIDTH_DEG)
        return round(x, 3), round(y, 3)

    @property
    def wkt(self) -> str:
        """Well-known text of the zone, without the change of datum: a reader takes that of the code."""
        return (
            f'PROJCS["{self.name}",GEOGCS["VN-2000",DATUM["Vietnam_2000",SPHEROID["WGS 84",6378137,298.257223563,'
            'AUTHORITY["EPSG","7030"]],AUTHORITY["EPSG","6756"]],PRIMEM["Greenwich",0],'
            'UNIT["degree",0.0174532925199433],AUTHORITY["EPSG","4756"]],PROJECTION["Transverse_Mercator"],'
            f'PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",{self.meridian_deg:g}],'
            f'PARAMETER["scale_factor",{SCALE_OF_ZONE[ZONE_WIDTH_DEG]}],PARAMETER["false_easting",{FALSE_EASTING_M:g}],'
            f'PARAMETER["false_northing",0],UNIT["metre",1],AUTHORITY["EPSG","{self.epsg}"]]'
        )


def zone_of(text: str | None) -> Zone | None:
    """The zone of a meridian in degrees (`105.5`), None for an empty text. Raises ValueError for others."""
    if not text:
        return None
    meridian = float(text)
    if meridian not in EPSG:
        raise ValueError(f"{text} is no central meridian of a 3-degree zone of VN-2000")
    return Zone(meridian)
