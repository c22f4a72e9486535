"""What the map of an event shows, as one GeoJSON FeatureCollection (RFC 7946: longitude first).

Every feature says its `role`: `licence`, `track`, `track_point`, `boundary` (the line to the nearest point
of the boundary) or `position`. Texts are plain: the page writes them as text, never as markup.
"""

from collections.abc import Mapping
from typing import cast

import sqlalchemy as sa

from agent.types import FindingKind, Json
from station import shelf
from station.shelf import Listed
from station.words import Words

BEFORE_NS = 20 * 60 * 10**9  # the track this long before the event opened
AFTER_NS = 10 * 60 * 10**9
UNKNOWN_END_NS = 6 * 3600 * 10**9  # where the event ended in another boot, whose stamps cannot be compared


def event_map(connection: sa.Connection, listed: Listed, words: Words) -> dict[str, Json]:
    """The map of one event."""
    config = shelf.config_for(connection, listed.device, listed.last_seq)
    features: list[Json] = [*licence_features(config)]
    features += _track(connection, listed, words)
    features += _position(listed, words)
    return {"type": "FeatureCollection", "features": features}


def licence_features(config: Mapping[str, Json]) -> list[Json]:
    """The licence areas of a `config.applied` body: polygons and their numbers, nothing else of them."""
    licences = config.get("licences")
    entries = licences.get("features") if isinstance(licences, dict) else licences
    found: list[Json] = []
    for entry in entries if isinstance(entries, list) else []:
        if not isinstance(entry, dict):
            continue
        geometry, properties = entry.get("geometry"), entry.get("properties")
        if not (isinstance(geometry, dict) and geometry.get("type") in ("Polygon", "MultiPolygon")):
            continue
        if not _drawable(geometry.get("coordinates")):
            continue
        number = properties.get("number") if isinstance(properties, dict) else None
        found.append(_feature(geometry, role="licence", label=str(number or "?")))
    return found


def _drawable(coordinates: Json) -> bool:
    """Whether nested lists end in pairs of numbers that lie on the globe."""
    if not isinstance(coordinates, list) or not coordinates:
        return False
    if all(isinstance(item, list) for item in coordinates):
        return all(_drawable(item) for item in coordinates)
    return (
        len(coordinates) >= 2
        and all(isinstance(item, (int, float)) and not isinstance(item, bool) for item in coordinates)
        and abs(cast("float", coordinates[0])) <= 180
        and abs(cast("float", coordinates[1])) <= 90
    )


def _track(connection: sa.Connection, listed: Listed, words: Words) -> list[Json]:
    event = listed.event
    begin = event.opened.mono_ns
    end = (event.closed or event.updated).mono_ns
    if end < begin:
        end = begin + UNKNOWN_END_NS
    points = shelf.track_around(
        connection, listed.device, listed.boot_id, max(0, begin - BEFORE_NS), end + AFTER_NS
    )
    features: list[Json] = []
    if len(points) > 1:
        line: list[Json] = [[lon, lat] for _utc, lat, lon in points]
        features.append(_feature({"type": "LineString", "coordinates": line}, role="track"))
    for utc, lat, lon in points:
        time = words.time(utc)
        features.append(_point(lat, lon, role="track_point", label=time[11:16] if time else ""))
    return features


def _position(listed: Listed, words: Words) -> list[Json]:
    fix = listed.event.fix
    if fix is None or fix.lat_deg is None or fix.lon_deg is None:
        return []
    features: list[Json] = []
    for finding in listed.event.findings:
        lat, lon = finding.boundary_lat_deg, finding.boundary_lon_deg
        if (
            finding.kind not in (FindingKind.OUTSIDE_AREA, FindingKind.NO_LICENCE)
            or lat is None
            or lon is None
        ):
            continue
        metres = None if finding.value is None else f"{words.number(abs(finding.value), 1)} m"
        if metres is not None and finding.error is not None:
            metres += f" ± {words.number(finding.error, 1)} m"
        line: list[Json] = [[fix.lon_deg, fix.lat_deg], [lon, lat]]
        features.append(
            _feature({"type": "LineString", "coordinates": line}, role="boundary", label=metres or "")
        )
    features.append(
        _point(
            fix.lat_deg,
            fix.lon_deg,
            role="position",
            label=listed.device_name,
            error_m=fix.error_m,
            cog_deg=fix.cog_deg if fix.sog_kn is not None and fix.sog_kn > 0.5 else None,
        )
    )
    return features


def _point(lat: float, lon: float, **properties: Json) -> dict[str, Json]:
    return _feature({"type": "Point", "coordinates": [lon, lat]}, **properties)


def _feature(geometry: dict[str, Json], **properties: Json) -> dict[str, Json]:
    return {"type": "Feature", "geometry": geometry, "properties": {**properties}}
