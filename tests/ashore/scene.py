"""A barge that drifted out of its licence area one evening: what the browser tests look at. All invented."""

import math
from datetime import UTC, datetime, timedelta

import builders
from agent.types import (
    Activity,
    ActivityKind,
    ClockQuality,
    Detection,
    Event,
    FindingKind,
    Fix,
    FixQuality,
    Happening,
    Json,
    Origin,
    Reason,
    Stamp,
    Verdict,
)
from ashore.boat import Boat, evidence, still

OPENED = datetime(2026, 11, 20, 10, 41, 7, tzinfo=UTC)
MINUTE = 60 * builders.SECOND
OPENED_NS = 40 * MINUTE
AREA = [
    [105.5700062, 10.2685660],
    [105.5816300, 10.2570700],
    [105.5800100, 10.2554700],
    [105.5683900, 10.2669700],
    [105.5700062, 10.2685660],
]
BARGE = (10.26342, 105.57604)
EDGE = (10.263085, 105.575538)
METRES = 66.4


def stamp(minutes: float) -> Stamp:
    """Minutes after the opening."""
    return Stamp(OPENED_NS + int(minutes * MINUTE), OPENED + timedelta(minutes=minutes), ClockQuality.GNSS)


def config() -> dict[str, Json]:
    corners: list[Json] = [[lon, lat] for lon, lat in AREA]
    area: dict[str, Json] = {"type": "Polygon", "coordinates": [corners]}
    return {
        "licences": [
            {
                "type": "Feature",
                "geometry": area,
                "properties": {"number": "VÍ DỤ-01/GP", "holder": "Công ty Ví Dụ"},
            }
        ]
    }


def track() -> dict[str, Json]:
    """She comes up the river and lies down beyond the edge."""
    points: list[Json] = []
    for step in range(-18, 13):
        away = max(0.0, -step - 4.0)
        lat = BARGE[0] - 0.00055 * away + 0.00003 * math.sin(step * 1.7)
        lon = BARGE[1] + 0.00048 * away + 0.00004 * math.cos(step * 1.3) + 0.00002 * away * math.sin(step / 3)
        at = stamp(step)
        points.append(
            {
                "mono_ns": str(at.mono_ns),
                "utc": at.utc.isoformat(timespec="milliseconds").replace("+00:00", "Z") if at.utc else None,
                "lat_deg": round(lat, 7),
                "lon_deg": round(lon, 7),
                "sog_kn": 0.1,
                "cog_deg": None,
                "error_m": 4.8,
            }
        )
    return {"points": points}


def fix() -> Fix:
    return Fix(OPENED_NS, OPENED, BARGE[0], BARGE[1], FixQuality.GNSS, sog_kn=0.1, hdop=0.9, error_m=8.6)


def working(pictures: list[bytes], *, boxes: bool = False) -> Event:
    """Beyond the boundary and outside the hours, with pictures."""
    licence = "VÍ DỤ-01/GP"
    seen = (Detection("dredger", 0.91, 400, 130, 1000, 520),) if boxes else None
    return Event(
        event_id="voyage:invented-evening.1",
        happening=Happening.WORKING,
        origin=Origin("replay", "invented-evening", synthetic=True),
        opened=stamp(0),
        updated=stamp(11.4),
        closed=stamp(11.4),
        findings=(
            builders.finding(
                because=(
                    Reason(
                        "beyond_boundary",
                        {"licence": licence, "distance_m": METRES, "error_m": 8.6},
                    ),
                ),
                licence=licence,
                value=METRES,
                error=8.6,
                boundary_lat_deg=EDGE[0],
                boundary_lon_deg=EDGE[1],
            ),
            builders.finding(
                verdict=Verdict.UNDETERMINED,
                kind=FindingKind.OUTSIDE_HOURS,
                because=(
                    Reason(
                        "inside_hours", {"local_time": "17:41", "hours": "06:00-18:00", "licence": licence}
                    ),
                ),
                licence=licence,
                value=None,
                error=None,
                unit=None,
                boundary_lat_deg=None,
                boundary_lon_deg=None,
            ),
        ),
        activity=Activity(
            ActivityKind.STATIONARY,
            OPENED_NS - 4 * MINUTE,
            (Reason("still_for", {"radius_m": 25, "minutes": 4}),),
        ),
        fix=fix(),
        evidence=tuple(
            evidence(
                data, width_px=1280, height_px=720, detections=seen, model_hash="0f" * 32 if boxes else None
            )
            for data in pictures
        ),
        notes=(Reason("uncalibrated"), Reason("position_only"), *(() if boxes else (Reason("no_detector"),))),
    )


def camera_lost() -> Event:
    """A second, plainer event."""
    return Event(
        event_id="voyage:invented-evening.2",
        happening=Happening.SIGHT,
        origin=Origin("replay", "invented-evening", synthetic=True),
        opened=stamp(6),
        updated=stamp(6),
        closed=None,
        findings=(
            builders.finding(
                verdict=Verdict.UNDETERMINED,
                kind=FindingKind.CAMERA_LOST,
                because=(
                    Reason(
                        "camera_state", {"camera": "deck", "state": "silent", "reason": "no frame for 30 s"}
                    ),
                ),
                licence=None,
                value=None,
                error=None,
                unit=None,
                boundary_lat_deg=None,
                boundary_lon_deg=None,
            ),
        ),
        activity=None,
        fix=None,
        evidence=(),
    )


def play(boat: Boat, *, boxes: bool = False) -> None:
    """Send the whole evening, pictures too."""
    pictures = [still(seed) for seed in (1, 2, 3)]
    boat.write("config.applied", config())
    boat.write("track", track())
    boat.happens(working(pictures, boxes=boxes))
    boat.happens(camera_lost())
    boat.send()
    for data in pictures:
        boat.upload(data)
