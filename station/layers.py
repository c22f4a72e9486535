"""What maps of others take from the station: layers of features in WGS 84, read a page at a time.

A layer is one kind of thing with a place: events, licence areas, vessels where they were last, positions. GeoJSON,
GeoPackage and OGC API Features are made from the same layers, so that they never say different things.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal, TypeAlias

import sqlalchemy as sa

from agent.event import wire
from agent.licence.hours import local_time
from agent.types import Json, Verdict
from station import fleet, licences, tables
from station.listing import Summary, summary_of

Kind: TypeAlias = Literal["text", "integer", "number", "time", "day"]
Shape: TypeAlias = Literal["Point", "MultiPolygon"]
MOST: Final = 1000  # features in one page


@dataclass(frozen=True, slots=True)
class Column:
    """One property every feature of a layer has; null where it is not known."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class Feature:
    """One thing. `geometry` is GeoJSON, None where nobody knows where it was."""

    id: str
    geometry: Mapping[str, Json] | None
    properties: Mapping[str, Json]


@dataclass(frozen=True, slots=True)
class Asked:
    """Which features: west, south, east, north; from and to a moment, both included; how many; after which."""

    box: tuple[float, float, float, float] | None = None
    since: datetime | None = None
    until: datetime | None = None
    limit: int = MOST
    after: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """Features in order, and the place after which the next page begins; None where there is none."""

    features: tuple[Feature, ...]
    after: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True)
class Layer:
    """`read` gives a page, `one` a feature by its id."""

    name: str
    title: str
    shape: Shape
    columns: tuple[Column, ...]
    read: Callable[[sa.Connection, Asked], Found]
    one: Callable[[sa.Connection, str], Feature | None]


# ── events ────────────────────────────────────────────────────────────────────────────────────────────

EVENT_COLUMNS: Final = (
    Column("device", "text"),
    Column("event_id", "text"),
    Column("vessel", "text"),
    Column("happening", "text"),
    Column("verdict", "text"),
    Column("kinds", "text"),
    Column("licence", "text"),
    Column("opened", "time"),
    Column("closed", "time"),
    Column("value", "number"),
    Column("error", "number"),
    Column("unit", "text"),
    Column("position_error_m", "number"),
    Column("state", "text"),
    Column("synthetic", "integer"),
)


def _events(connection: sa.Connection, asked: Asked) -> Found:
    event, review = tables.events.c, tables.reviews.c
    key = (event.order_utc, event.device, event.event_id)
    query = _event_rows().order_by(*key).limit(asked.limit + 1)
    if asked.box is not None:
        west, south, east, north = asked.box
        query = query.where(review.lat_deg.between(south, north), _between(review.lon_deg, west, east))
    if asked.since is not None:
        query = query.where(event.order_utc >= wire.utc_text(asked.since))
    if asked.until is not None:
        query = query.where(event.order_utc <= wire.utc_text(asked.until))
    if asked.after is not None:
        query = query.where(sa.tuple_(*key) > sa.tuple_(*(sa.literal(part) for part in asked.after)))
    rows = connection.execute(query).all()
    shown = rows[: asked.limit]
    last = shown[-1] if len(rows) > asked.limit else None
    return Found(
        tuple(_event(summary_of(row)) for row in shown),
        None if last is None else (last.order_utc, last.device, last.event_id),
    )


def _one_event(connection: sa.Connection, name: str) -> Feature | None:
    device, _tilde, event_id = name.partition("~")
    column = tables.events.c
    row = connection.execute(
        _event_rows().where(column.device == device, column.event_id == event_id)
    ).first()
    return None if row is None else _event(summary_of(row))


def _event_rows() -> sa.Select[tuple[object, ...]]:
    event, review = tables.events.c, tables.reviews.c
    joined = tables.events.join(
        tables.reviews, (review.device == event.device) & (review.event_id == event.event_id)
    )
    return sa.select(tables.events, review.state, review.vessel).select_from(joined)


def _event(item: Summary) -> Feature:
    event = item.event
    fix = event.fix
    here = None if fix is None or fix.lat_deg is None or fix.lon_deg is None else (fix.lat_deg, fix.lon_deg)
    finding = item.gravest
    properties: dict[str, Json] = {
        "device": item.device,
        "event_id": event.event_id,
        "vessel": item.vessel or None,
        "happening": event.happening.value,
        "verdict": item.verdict,
        "kinds": " ".join(
            dict.fromkeys(one.kind.value for one in event.findings if one.verdict is not Verdict.PERMITTED)
        ),
        "licence": " ".join(dict.fromkeys(one.licence for one in event.findings if one.licence)) or None,
        "opened": item.opened_utc,
        "closed": item.closed_utc,
        "value": None if finding is None else finding.value,
        "error": None if finding is None else finding.error,
        "unit": None if finding is None else finding.unit,
        "position_error_m": None if fix is None else fix.error_m,
        "state": item.state.value,
        "synthetic": int(event.origin.synthetic),
    }
    return Feature(f"{item.device}~{event.event_id}", _point(here), properties)


# ── licence areas ─────────────────────────────────────────────────────────────────────────────────────

LICENCE_COLUMNS: Final = (
    Column("number", "text"),
    Column("holder", "text"),
    Column("valid_from", "day"),
    Column("valid_to", "day"),
    Column("province", "text"),
    Column("place", "text"),
    Column("meridian_deg", "number"),
    Column("sha256", "text"),
    Column("synthetic", "integer"),
)


def _licences(connection: sa.Connection, asked: Asked) -> Found:
    found = []
    for held in licences.held_licences(licences.last_configs(connection)):
        licence = held.licence
        if not _in_time(licence.valid_from, licence.valid_to, asked):
            continue
        corners = [point for polygon in licence.polygons for ring in polygon for point in ring]
        if asked.box is not None and not _touches(corners, asked.box):
            continue
        geometry: dict[str, Json] = {
            "type": "MultiPolygon",
            "coordinates": [
                [[[lon, lat] for lon, lat in (*ring, ring[0])] for ring in polygon]
                for polygon in licence.polygons
            ],
        }
        properties: dict[str, Json] = {
            "number": licence.number,
            "holder": licence.holder,
            "valid_from": licence.valid_from.isoformat(),
            "valid_to": licence.valid_to.isoformat(),
            "province": licence.province,
            "place": licence.place,
            "meridian_deg": licence.meridian_deg,
            "sha256": licence.sha256,
            "synthetic": int(licence.synthetic),
        }
        found.append(Feature(licence.sha256[:16], geometry, properties))
    return _page(found, asked)


def _in_time(first: date, last: date, asked: Asked) -> bool:
    return (asked.since is None or last >= local_time(asked.since).date()) and (
        asked.until is None or first <= local_time(asked.until).date()
    )


# ── vessels ───────────────────────────────────────────────────────────────────────────────────────────

VESSEL_COLUMNS: Final = (
    Column("device", "text"),
    Column("name", "text"),
    Column("vessel", "text"),
    Column("position_utc", "time"),
    Column("last_contact_utc", "time"),
)


def _vessels(connection: sa.Connection, asked: Asked) -> Found:
    found = []
    for ship in fleet.ships(connection):
        last = ship.last
        moment = None if last is None else last.utc
        if asked.box is not None and (last is None or not _inside(last.lon_deg, last.lat_deg, asked.box)):
            continue
        if asked.since is not None and (moment is None or moment < wire.utc_text(asked.since)):
            continue
        if asked.until is not None and (moment is None or moment > wire.utc_text(asked.until)):
            continue
        properties: dict[str, Json] = {
            "device": ship.device,
            "name": ship.name,
            "vessel": ship.vessel or None,
            "position_utc": moment,
            "last_contact_utc": ship.last_seen_utc,
        }
        here = None if last is None else (last.lat_deg, last.lon_deg)
        found.append(Feature(ship.device, _point(here), properties))
    return _page(found, asked)


# ── positions ─────────────────────────────────────────────────────────────────────────────────────────

TRACK_COLUMNS: Final = (Column("device", "text"), Column("utc", "time"))


def _track(connection: sa.Connection, asked: Asked) -> Found:
    """Positions of a known time, by box and time. Of a moment that two boots claim both are given."""
    column = tables.track.c
    key = (column.device, column.utc, column.boot_id, column.mono_ns)
    query = sa.select(tables.track).where(column.utc.is_not(None)).order_by(*key).limit(asked.limit + 1)
    if asked.box is not None:
        west, south, east, north = asked.box
        query = query.where(column.lat_deg.between(south, north), _between(column.lon_deg, west, east))
    if asked.since is not None:
        query = query.where(column.utc >= wire.utc_text(asked.since))
    if asked.until is not None:
        query = query.where(column.utc <= wire.utc_text(asked.until))
    if asked.after is not None:
        device, utc, boot_id, mono_ns = asked.after
        place = (device, utc, boot_id, int(mono_ns))
        query = query.where(sa.tuple_(*key) > sa.tuple_(*(sa.literal(part) for part in place)))
    rows = connection.execute(query).all()
    shown = rows[: asked.limit]
    last = shown[-1] if len(rows) > asked.limit else None
    return Found(
        tuple(_position(row) for row in shown),
        None if last is None else (last.device, last.utc, last.boot_id, str(last.mono_ns)),
    )


def _one_position(connection: sa.Connection, name: str) -> Feature | None:
    device, _, rest = name.partition("~")
    boot_id, _, mono_ns = rest.rpartition("~")
    if not (mono_ns.isascii() and mono_ns.isdigit() and len(mono_ns) < 19):
        return None
    column = tables.track.c
    row = connection.execute(
        sa.select(tables.track).where(
            column.device == device, column.boot_id == boot_id, column.mono_ns == int(mono_ns)
        )
    ).first()
    return None if row is None else _position(row)


def _position(row: sa.Row[tuple[object, ...]]) -> Feature:
    name = f"{row.device}~{row.boot_id}~{row.mono_ns}"
    return Feature(name, _point((row.lat_deg, row.lon_deg)), {"device": row.device, "utc": row.utc})


# ── shared ────────────────────────────────────────────────────────────────────────────────────────────


def _page(found: list[Feature], asked: Asked) -> Found:
    """A page of what fits into memory: `after` holds the id of the last feature that was given."""
    found = sorted(found, key=lambda feature: feature.id)
    if asked.after is not None:
        found = [feature for feature in found if feature.id > asked.after[0]]
    shown = tuple(found[: asked.limit])
    return Found(shown, (shown[-1].id,) if len(found) > asked.limit else None)


def _one_of(
    read: Callable[[sa.Connection, Asked], Found],
) -> Callable[[sa.Connection, str], Feature | None]:
    def one(connection: sa.Connection, name: str) -> Feature | None:
        everything = read(connection, Asked(limit=100_000)).features
        return next((feature for feature in everything if feature.id == name), None)

    return one


def _point(here: tuple[float, float] | None) -> Mapping[str, Json] | None:
    return None if here is None else {"type": "Point", "coordinates": [here[1], here[0]]}


def _between(column: sa.ColumnElement[float], west: float, east: float) -> sa.ColumnElement[bool]:
    """From west to east, also over the date line."""
    return column.between(west, east) if west <= east else (column >= west) | (column <= east)


def _inside(lon: float, lat: float, box: tuple[float, float, float, float]) -> bool:
    west, south, east, north = box
    along = west <= lon <= east if west <= east else lon >= west or lon <= east
    return south <= lat <= north and along


def _touches(corners: list[tuple[float, float]], box: tuple[float, float, float, float]) -> bool:
    """Whether the rectangle round these corners meets the box."""
    west, south, east, north = box
    lons, lats = [lon for lon, _ in corners], [lat for _, lat in corners]
    along = (
        min(lons) <= east and max(lons) >= west if west <= east else max(lons) >= west or min(lons) <= east
    )
    return along and min(lats) <= north and max(lats) >= south


LAYERS: Final[Mapping[str, Layer]] = {
    layer.name: layer
    for layer in (
        Layer("events", "Sự kiện / Events", "Point", EVENT_COLUMNS, _events, _one_event),
        Layer(
            "licences",
            "Khu vực được cấp phép / Licence areas",
            "MultiPolygon",
            LICENCE_COLUMNS,
            _licences,
            _one_of(_licences),
        ),
        Layer("vessels", "Phương tiện / Vessels", "Point", VESSEL_COLUMNS, _vessels, _one_of(_vessels)),
        Layer("track", "Hành trình / Positions", "Point", TRACK_COLUMNS, _track, _one_position),
    )
}
