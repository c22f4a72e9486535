"""The track of an event as files that a map program opens: GPX 1.1 and GeoJSON (RFC 7946).

Made from the `track` records of the chain, which are what is signed; these files are copies for people.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import cast
from xml.sax.saxutils import escape, quoteattr

from agent.event import wire
from agent.types import Event, Json


@dataclass(frozen=True, slots=True)
class TrackPoint:
    mono_ns: int
    utc: str | None
    lat_deg: float
    lon_deg: float


def points(bodies: Iterable[Mapping[str, Json]], from_mono_ns: int, to_mono_ns: int) -> Iterator[TrackPoint]:
    """The positions of some `track` records that lie in a span of one boot, in order."""
    for body in bodies:
        for item in cast("list[dict[str, Json]]", body.get("points") or []):
            mono_ns = int(str(item["mono_ns"]))
            if from_mono_ns <= mono_ns <= to_mono_ns and item.get("lat_deg") is not None:
                utc = item.get("utc")
                yield TrackPoint(
                    mono_ns,
                    None if utc is None else str(utc),
                    float(cast("float", item["lat_deg"])),
                    float(cast("float", item["lon_deg"])),
                )


def as_gpx(event: Event, track: Iterable[TrackPoint], device: str) -> str:
    name = escape(event.event_id)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<gpx version="1.1" creator={quoteattr(device)} xmlns="http://www.topografix.com/GPX/1/1">',
        f"<trk><name>{name}</name><trkseg>",
    ]
    for point in track:
        when = "" if point.utc is None else f"<time>{escape(point.utc)}</time>"
        lines.append(f'<trkpt lat="{point.lat_deg:.7f}" lon="{point.lon_deg:.7f}">{when}</trkpt>')
    return "\n".join([*lines, "</trkseg></trk></gpx>", ""])


def as_geojson(event: Event, track: Iterable[TrackPoint], device: str) -> Json:
    """The track as a line; the place of the gravest finding as a point beside it."""
    line: list[Json] = []
    times: list[Json] = []
    for point in track:
        line.append([point.lon_deg, point.lat_deg])
        times.append(point.utc)
    named: dict[str, Json] = {"device": device, "event_id": event.event_id}
    features: list[Json] = []
    if len(line) > 1:  # RFC 7946 knows no line of one place
        geometry: Json = {"type": "LineString", "coordinates": line}
        features.append(
            {"type": "Feature", "geometry": geometry, "properties": {**named, "coordTimes": times}}
        )
    fix = event.fix
    if fix is not None and fix.lat_deg is not None and fix.lon_deg is not None:
        place: Json = {"type": "Point", "coordinates": [fix.lon_deg, fix.lat_deg]}
        values: dict[str, Json] = {
            "error_m": fix.error_m,
            "utc": None if fix.utc is None else wire.utc_text(fix.utc),
        }
        features.append({"type": "Feature", "geometry": place, "properties": {**named, **values}})
    return {"type": "FeatureCollection", "features": features}
