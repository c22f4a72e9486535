"""How high the water stood: tables of a gauge or of the tide, `sandwatch-water-level/1`, TOML."""

import tomllib
from bisect import bisect_right
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import Both, Mistake, SettingsError
from agent.licence.depth import WaterLevel
from agent.licence.licence import THE_FILE
from agent.licence.terms import Text
from agent.licence.wording import mistakes_of
from agent.position.geodesy import distance_m

FORMAT: Final = "sandwatch-water-level/1"
APART: Final = timedelta(hours=2)
"""Levels farther apart are not joined by a line: a tide turns between them."""


@dataclass(frozen=True, slots=True)
class WaterTable:
    """Levels at one place: observed by a gauge or foretold by a tide table. It speaks for `reach_m` around."""

    station: str
    kind: Literal["gauge", "tide_table"]
    source: str
    synthetic: bool
    vertical_datum: str
    lat_deg: float
    lon_deg: float
    reach_m: float
    error_m: float
    levels: tuple[tuple[datetime, float], ...]

    def level(self, utc: datetime, lat_deg: float, lon_deg: float) -> WaterLevel | None:
        """The level there and then, on the line between two rows; None beyond its reach, its rows, or in a gap."""
        if distance_m(lat_deg, lon_deg, self.lat_deg, self.lon_deg) > self.reach_m:
            return None
        after = bisect_right(self.levels, utc, key=lambda row: row[0])
        if after and self.levels[after - 1][0] == utc:
            elevation_m = self.levels[after - 1][1]
        elif 0 < after < len(self.levels):
            (t0, z0), (t1, z1) = self.levels[after - 1], self.levels[after]
            if t1 - t0 > APART:
                return None
            elevation_m = z0 + (z1 - z0) * ((utc - t0) / (t1 - t0))
        else:
            return None
        return WaterLevel(elevation_m, self.error_m, self.vertical_datum, self.station)


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    format: Literal["sandwatch-water-level/1"]
    station: Text
    kind: Literal["gauge", "tide_table"]
    source: Text
    synthetic: bool
    vertical_datum: Text
    lat_deg: float = Field(ge=6, le=24)
    lon_deg: float = Field(ge=101, le=118)
    reach_km: float = Field(gt=0, le=100)
    error_m: float = Field(gt=0, le=5)
    levels: list[Annotated[tuple[datetime, float], Field(strict=False)]] = Field(min_length=2)


_ALLOWED: Final = {
    "format": Both(vi=f'"{FORMAT}"', en=f'"{FORMAT}"'),
    "station": Both(vi="tên trạm", en="the name of the station"),
    "kind": Both(vi='"gauge" (đo) hoặc "tide_table" (dự báo)', en='"gauge" or "tide_table"'),
    "source": Both(vi="số liệu lấy từ đâu", en="where the levels come from"),
    "synthetic": Both(vi="true cho số liệu bịa ra để thử", en="true for invented levels"),
    "vertical_datum": Both(vi='hệ độ cao, ví dụ "Hòn Dấu"', en='the vertical datum, such as "Hòn Dấu"'),
    "lat_deg": Both(vi="vĩ độ WGS 84 của trạm", en="WGS 84 latitude of the station"),
    "lon_deg": Both(vi="kinh độ WGS 84 của trạm", en="WGS 84 longitude of the station"),
    "reach_km": Both(vi="áp dụng cho bao nhiêu km quanh trạm", en="for how many km around it speaks"),
    "error_m": Both(vi="sai số 95 % trong phạm vi đó", en="the 95 % error within that reach"),
    "levels": Both(
        vi="các dòng [thời điểm có múi giờ, mực nước m]", en="rows of [time with zone, level in m]"
    ),
}


def parse_water_table(text: str, file: str) -> WaterTable:
    """A `sandwatch-water-level/1` file (TOML). Raises SettingsError with every mistake."""
    try:
        raw = _Table.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        problem = Both(vi=f"không phải là TOML: {error}", en=f"is not TOML: {error}")
        raise SettingsError(file, [Mistake(THE_FILE, "", problem)]) from None
    except ValidationError as error:
        raise SettingsError(file, mistakes_of(error.errors(), "water level", _ALLOWED)) from None
    moments = [moment for moment, _ in raw.levels]
    for index, moment in enumerate(moments):
        if moment.tzinfo is None:
            problem = Both(vi="không có múi giờ", en="has no time zone")
            remedy = Both(vi="thêm +07:00", en="add +07:00")
            raise SettingsError(file, [Mistake(f"levels[{index}]", str(moment), problem, remedy)])
        if index and moment <= moments[index - 1]:
            problem = Both(vi="không sau dòng trước", en="is not after the row before")
            raise SettingsError(file, [Mistake(f"levels[{index}]", str(moment), problem)])
    terms = raw.model_dump(exclude={"format", "reach_km", "levels"})
    return WaterTable(**terms, reach_m=raw.reach_km * 1000.0, levels=tuple(raw.levels))
