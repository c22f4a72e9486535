"""The sentences that are read, as values.

All angles in degrees, south and west negative. A field that was empty is None.
"""

from dataclasses import dataclass
from datetime import date
from typing import TypeAlias

from agent.types import FixQuality


@dataclass(frozen=True, slots=True)
class Rmc:
    """Position, speed and course with the date. `mode` is None before NMEA 2.3."""

    talker: str
    time_us: int | None
    valid: bool
    lat_deg: float | None
    lon_deg: float | None
    sog_kn: float | None
    cog_deg: float | None
    date: date | None
    mode: FixQuality | None


@dataclass(frozen=True, slots=True)
class Gga:
    talker: str
    time_us: int | None
    lat_deg: float | None
    lon_deg: float | None
    quality: FixQuality
    satellites: int | None
    hdop: float | None
    alt_m: float | None


@dataclass(frozen=True, slots=True)
class Gll:
    """Position. `valid` is None where the receiver sends no status (NMEA 1.5)."""

    talker: str
    time_us: int | None
    valid: bool | None
    lat_deg: float | None
    lon_deg: float | None
    mode: FixQuality | None


@dataclass(frozen=True, slots=True)
class Gns:
    """As GGA, for several constellations; `quality` is that of the best one."""

    talker: str
    time_us: int | None
    lat_deg: float | None
    lon_deg: float | None
    quality: FixQuality
    satellites: int | None
    hdop: float | None
    alt_m: float | None


@dataclass(frozen=True, slots=True)
class Gsa:
    """Satellites used. `system` is the constellation id of NMEA 4.10 and later."""

    talker: str
    satellites: tuple[str, ...]
    hdop: float | None
    system: str
    fix_type: int | None = None  # 1 none, 2 or 3 dimensions


@dataclass(frozen=True, slots=True)
class Gsv:
    """Message `number` of `messages` about the satellites in view: (id, C/N0 in dB-Hz or None) each.

    `elevations_deg` is of the same satellites in the same order.
    """

    talker: str
    messages: int
    number: int
    in_view: int
    satellites: tuple[tuple[str, int | None], ...]
    signal: str
    elevations_deg: tuple[int | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Vtg:
    talker: str
    cog_deg: float | None
    sog_kn: float | None


@dataclass(frozen=True, slots=True)
class Zda:
    talker: str
    time_us: int | None
    date: date | None


@dataclass(frozen=True, slots=True)
class Gst:
    """Standard deviations (1 sigma, metres) of the position of that time."""

    talker: str
    time_us: int | None
    lat_m: float | None
    lon_m: float | None


@dataclass(frozen=True, slots=True)
class Dpt:
    talker: str
    depth_m: float | None
    offset_m: float | None


@dataclass(frozen=True, slots=True)
class Dbt:
    talker: str
    depth_m: float | None


@dataclass(frozen=True, slots=True)
class Hdt:
    talker: str
    heading_deg: float | None


@dataclass(frozen=True, slots=True)
class Dtm:
    """Datum of the positions that follow: `W84`, `W72`, `S85`, `P90`, `999` for one of the user's own."""

    talker: str
    code: str | None


Sentence: TypeAlias = Rmc | Gga | Gll | Gns | Gsa | Gsv | Vtg | Zda | Gst | Dpt | Dbt | Hdt | Dtm
