"""What the boxes saw beside what was declared: volumes by day, transport documents, AIS tracks.

A difference is flagged only beyond the error of what was seen. Less declared than certainly seen is the plain case; more declared than
seen is also what vessels without a box and hours nobody watched look like, so it is said with them.
"""

from bisect import bisect_left
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final, Literal

import sqlalchemy as sa

from agent.event import wire
from agent.licence.licence import Licence
from agent.licence.vessels import hull_key
from agent.licence.zones import Area, Zones
from agent.position.geodesy import distance_m
from station import production, tables
from station.fleet import Ship
from station.outer_tables import ais_points, declared
from station.production import Taken
from station.words import LOCAL, moment_of

Flag = Literal["declared_less", "declared_more", "transport_less", "transport_more", "not_declared"]
NEAR_S: Final = 90.0  # positions of the track stand about a minute apart
APART_M: Final = 300.0  # both errors, an antenna at either end, and a minute of drifting
MOST_AIS: Final = 50_000


@dataclass(frozen=True, slots=True)
class Day:
    """One day of a licence. `declared_m3` and `transport_m3` are None where nothing was declared."""

    day: date
    taken: Taken
    value_m3: float
    error_m3: float
    declared_m3: float | None
    transport_m3: float | None
    flags: tuple[Flag, ...]


@dataclass(frozen=True, slots=True)
class AisView:
    """AIS of one hull beside its box: positions at the same time, those far apart, and without a box those in the area."""

    vessel: str
    has_box: bool
    points: int
    compared: int
    apart: int
    most_m: float
    in_area_days: tuple[str, ...]


def reconcile(connection: sa.Connection, licence: Licence, first: date, last: date) -> list[Day]:
    """Every day of a span on which something was seen or declared, newest first."""
    loose = licence.quota is not None and licence.quota.volume == "loose"
    seen = production.by_day(connection, licence.number, first, last)
    daily = _declared(connection, "daily", licence.number, first, last)
    carried = _declared(connection, "transport", licence.number, first, last)
    months = {day.isoformat()[:7] for day in daily}
    found = []
    for day in sorted({*seen, *daily, *carried}, reverse=True):
        taken = seen.get(day, Taken())
        value, error = taken.volume(loose=loose)
        says, carries = daily.get(day), carried.get(day)
        flags: list[Flag] = []
        if says is not None and says < value - error:
            flags.append("declared_less")
        if says is not None and says > value + error:
            flags.append("declared_more")
        if carries is not None and carries < value - error:
            flags.append("transport_less")
        if carries is not None and carries > value + error:
            flags.append("transport_more")
        if says is None and value - error > 0 and day.isoformat()[:7] in months:
            flags.append("not_declared")
        found.append(Day(day, taken, value, error, says, carries, tuple(flags)))
    return found


def _declared(
    connection: sa.Connection, kind: str, licence: str, first: date, last: date
) -> dict[date, float]:
    """The sum of each day; of a vessel or document that several files speak of the latest holds."""
    column = declared.c
    rows = connection.execute(
        sa.select(column.day, column.vessel, column.document, column.m3, column.import_number)
        .where(
            column.kind == kind,
            column.licence == licence,
            column.day.between(first.isoformat(), last.isoformat()),
        )
        .order_by(column.import_number, column.line)
    )
    latest: dict[tuple[str, str, str], tuple[int, float]] = {}
    for row in rows:
        key = (row.day, hull_key(row.vessel) if kind == "daily" else "", row.document)
        held = latest.get(key)
        # Within one file the lines of a day add up; a later file replaces what an earlier one said.
        more = held[1] if held is not None and held[0] == row.import_number else 0.0
        latest[key] = (row.import_number, more + row.m3)
    sums: dict[date, float] = {}
    for (day, _vessel, _document), (_number, m3) in latest.items():
        when = date.fromisoformat(day)
        sums[when] = sums.get(when, 0.0) + m3
    return sums


def ais_beside(
    connection: sa.Connection, licence: Licence, ships: Sequence[Ship], since: datetime, until: datetime
) -> list[AisView]:
    """The AIS tracks of the hulls this licence lists, and of boxes that have it."""
    boxes: dict[str, list[str]] = {}
    for ship in ships:
        if ship.vessel:
            boxes.setdefault(hull_key(ship.vessel), []).append(ship.device)
    wanted = {hull_key(row.hull_number) for row in licence.vessels}
    wanted |= {hull_key(ship.vessel) for ship in ships if licence.number in ship.licences and ship.vessel}
    column = ais_points.c
    rows = connection.execute(
        sa.select(column.vessel, column.utc, column.lat_deg, column.lon_deg)
        .where(column.utc.between(wire.utc_text(since), wire.utc_text(until)))
        .order_by(column.vessel, column.utc)
        .limit(MOST_AIS)
    )
    heard: dict[str, list[tuple[str, datetime, float, float]]] = {}
    for row in rows:
        key, moment = hull_key(row.vessel), moment_of(row.utc)
        if key in wanted and moment is not None:
            heard.setdefault(key, []).append((row.vessel, moment, row.lat_deg, row.lon_deg))
    zones = Zones([Area(licence.polygons)])
    return [_ais(connection, points, boxes.get(key, []), zones) for key, points in sorted(heard.items())]


def _ais(
    connection: sa.Connection,
    points: Sequence[tuple[str, datetime, float, float]],
    devices: Sequence[str],
    zones: Zones,
) -> AisView:
    compared, apart, most = 0, 0, 0.0
    days: set[str] = set()
    track = _track(connection, devices, points[0][1], points[-1][1]) if devices else []
    moments = [moment for moment, _lat, _lon in track]
    for _vessel, moment, lat, lon in points:
        if not devices:
            (_number, boundary), *_more = zones.near(lat, lon, 0.0)
            if boundary.distance_m < 0:
                days.add(moment.astimezone(LOCAL).date().isoformat())
            continue
        place = bisect_left(moments, moment)
        near = min(track[max(0, place - 1) : place + 1], key=lambda one: abs(one[0] - moment), default=None)
        if near is None or abs((near[0] - moment).total_seconds()) > NEAR_S:
            continue
        compared += 1
        metres = distance_m(lat, lon, near[1], near[2])
        most = max(most, metres)
        apart += metres > APART_M
    return AisView(points[0][0], bool(devices), len(points), compared, apart, most, tuple(sorted(days)))


def _track(
    connection: sa.Connection, devices: Sequence[str], first: datetime, last: datetime
) -> list[tuple[datetime, float, float]]:
    column = tables.track.c
    rows = connection.execute(
        sa.select(column.utc, column.lat_deg, column.lon_deg)
        .where(column.device.in_(devices), column.utc.between(wire.utc_text(first), wire.utc_text(last)))
        .order_by(column.utc)
    )
    return [(moment, row.lat_deg, row.lon_deg) for row in rows if (moment := moment_of(row.utc)) is not None]


def flagged(days: Sequence[Day]) -> Mapping[str, int]:
    """How many days carry each flag."""
    counts: dict[str, int] = {}
    for day in days:
        for flag in day.flags:
            counts[flag] = counts.get(flag, 0) + 1
    return counts
