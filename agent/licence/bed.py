"""Is the bed near the vessel lower than the licence lets it be left? The reckoning is in `agent.licence.depth`."""

from datetime import date, datetime
from typing import Final

from agent.licence.depth import BedNear, Transducer, WaterLevel, bed_near, judge_bed, same_datum
from agent.licence.licence import Licence
from agent.licence.standing import depth_limit_on
from agent.licence.water_levels import WaterTable
from agent.position.place import GearPlace
from agent.types import Depth, Finding, FindingKind, Reason, Verdict

ECHO_OLD_NS: Final = 60 * 1_000_000_000


def bed_finding(
    licence: Licence,
    echo: Depth,
    here: GearPlace,
    utc: datetime,
    day: date,
    water: tuple[WaterTable, ...],
    transducer: Transducer | None,
) -> Finding | None:
    """None where the licence sets no depth for that day; the value is metres below the limit."""
    limit = depth_limit_on(licence, day)
    if limit is None:
        return None
    level = _level(water, utc, here, limit.vertical_datum)
    bed = bed_near(echo, transducer, level)
    verdict = judge_bed(limit, bed)
    values: dict[str, float | int | str] = {
        "licence": licence.number,
        "limit_m": limit.bed_elevation_m,
        "datum": limit.vertical_datum,
        "depth_m": round(echo.depth_m, 1),
    }
    if bed is None:
        return Finding(
            FindingKind.DEPTH_EXCEEDED, verdict, (Reason("bed_unknown", values),), licence=licence.number
        )
    return Finding(
        FindingKind.DEPTH_EXCEEDED,
        verdict,
        (Reason(_CODES[verdict], values | _of(bed)),),
        licence=licence.number,
        value=round(limit.bed_elevation_m - bed.elevation_m, 2),
        error=round(bed.error_m, 2),
        unit="m",
    )


_CODES: Final = {
    Verdict.BREACH: "bed_below_limit",
    Verdict.PERMITTED: "bed_above_limit",
    Verdict.UNDETERMINED: "bed_near_limit",
}


def _of(bed: BedNear) -> dict[str, float | int | str]:
    return {
        "bed_m": round(bed.elevation_m, 1),
        "error_m": round(bed.error_m, 1),
        "station": bed.level.station,
    }


def _level(
    water: tuple[WaterTable, ...], utc: datetime, here: GearPlace, vertical_datum: str
) -> WaterLevel | None:
    """The surest level there and then, in the licence's own datum; another says nothing."""
    levels = [table.level(utc, here.lat_deg, here.lon_deg) for table in water]
    same = [
        level for level in levels if level is not None and same_datum(level.vertical_datum, vertical_datum)
    ]
    return min(same, key=lambda level: level.error_m, default=None)
