"""The box was off while she was under way: what of that time her way does not explain.

Told once time and place are known again, from the last place under way and the first after it. A journey that went on
leaves no time over; work on the other bank does, and so does a long stop. A program that was started again, an engine
that stalled for a moment, a box without power until the quay are ordinary; so nothing is told below `MOST_UNEXPLAINED`,
and nothing of a vessel that is back at a mooring place. It accuses nobody.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from agent.licence.hours import local_time, moment_text
from agent.position.geodesy import distance_m
from agent.types import Finding, FindingKind, Reason, Verdict

MOST_UNEXPLAINED: Final = timedelta(minutes=20)
LEAST_KN: Final = 2.0
_MS_OF_KN: Final = 0.514444


@dataclass(frozen=True, slots=True)
class Sailing:
    """The last place under way."""

    utc: datetime
    lat_deg: float
    lon_deg: float
    sog_kn: float


def off_under_way(last: Sailing, utc: datetime, lat_deg: float, lon_deg: float) -> Finding | None:
    """The lead, None where the way between the two places explains the time."""
    way_m = distance_m(last.lat_deg, last.lon_deg, lat_deg, lon_deg)
    took = timedelta(seconds=way_m / (max(LEAST_KN, last.sog_kn) * _MS_OF_KN))
    unexplained = utc - last.utc - took
    if unexplained < MOST_UNEXPLAINED:
        return None
    minutes = int(unexplained / timedelta(minutes=1))
    because = (
        Reason("box_off", {"from_time": moment_text(local_time(last.utc))}),
        Reason(
            "off_under_way",
            {"minutes": minutes, "way_km": round(way_m / 1000.0, 1), "sog_kn": round(last.sog_kn, 1)},
        ),
    )
    return Finding(FindingKind.BOX_OFF, Verdict.UNDETERMINED, because, value=60.0 * minutes, unit="s")
