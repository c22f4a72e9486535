"""Where and when a box falls silent, compared with the fleet: a box that goes blind at dusk inside its area stands out.

By vessel: hours of each kind in a span of days, how many of them lay in the hours its licences permit, and how many began where
it may dig. The fleet's middle (median over its boxes) stands beside it; three times that and at least three hours more is marked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median
from typing import Final

import sqlalchemy as sa

from agent.event import wire
from agent.licence.hours import date_in_force, inside_hours, local_time
from agent.licence.licence import Licence
from agent.licence.zones import Area, Zones
from station import tables
from station.fleet import Ship
from station.silences import (
    TOLD,
    Announced,
    Silence,
    SilenceKind,
    hours_by_day,
    hours_by_hour,
    merged,
    pieces,
)

TIMES: Final = 3.0
LEAST_MORE_H: Final = 3.0
STEP: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Pattern:
    """One box over a span. Hours by kind; `by_hour` and `by_day` are of all kinds the records tell."""

    ship: Ship
    hours: Mapping[SilenceKind, float]
    permitted_h: float
    in_area: int  # silences that began inside an area of its licences
    placed: int  # those whose place was known
    announced_h: float
    by_hour: tuple[float, ...]
    by_day: Mapping[date, float]
    no_link: Silence | None
    beyond_fleet: bool

    @property
    def told_h(self) -> float:
        return sum(self.hours.values())


def patterns(
    connection: sa.Connection,
    ships: Sequence[Ship],
    found: Sequence[Silence],
    notices: Sequence[Announced],
    licences: Mapping[str, Licence],
    since: datetime,
    until: datetime,
) -> list[Pattern]:
    """Every box, most silent first."""
    drafts = [_pattern(connection, ship, found, notices, licences, since, until) for ship in ships]
    middle = median([draft.told_h - draft.announced_h for draft in drafts]) if drafts else 0.0
    marked = [_marked(draft, middle) for draft in drafts]
    return sorted(marked, key=lambda one: (-one.told_h, one.ship.name))


def fleet_middle(of: Sequence[Pattern]) -> float:
    """Hours of silence of the middle box."""
    return median([one.told_h for one in of]) if of else 0.0


def _marked(draft: Pattern, middle: float) -> Pattern:
    own = draft.told_h - draft.announced_h
    values = {name: getattr(draft, name) for name in Pattern.__slots__}
    return Pattern(**{**values, "beyond_fleet": own > TIMES * middle and own - middle >= LEAST_MORE_H})


def _pattern(
    connection: sa.Connection,
    ship: Ship,
    found: Sequence[Silence],
    notices: Sequence[Announced],
    licences: Mapping[str, Licence],
    since: datetime,
    until: datetime,
) -> Pattern:
    own = [one for one in found if one.device == ship.device and one.known]
    spans = {kind: [(one.since, one.until) for one in own if one.kind is kind] for kind in TOLD}
    together = merged([span for kind in TOLD for span in spans[kind]])
    hers = [licences[number] for number in ship.licences if number in licences]
    permitted = announced = 0.0
    for begin, end, hour in pieces(together, since, until, STEP):
        length = (end - begin).total_seconds() / 3600
        if any(_permits(licence, begin) for licence in hers):
            permitted += length
        days = [one for one in notices if one.device == ship.device]
        if any(one.first <= hour.date() <= one.last for one in days):
            announced += length
    places = [place for one in own if (place := _place_before(connection, ship.device, one.since))]
    zones = Zones([Area(licence.polygons) for licence in hers]) if hers else None
    inside = (
        0 if zones is None else sum(zones.near(lat, lon, 0.0)[0][1].distance_m < 0 for lat, lon in places)
    )
    return Pattern(
        ship=ship,
        hours={kind: sum(hours_by_day(spans[kind], since, until).values()) for kind in TOLD},
        permitted_h=permitted,
        in_area=inside,
        placed=len(places),
        announced_h=announced,
        by_hour=tuple(hours_by_hour(together, since, until)),
        by_day=hours_by_day(together, since, until),
        no_link=next((one for one in found if one.device == ship.device and not one.known), None),
        beyond_fleet=False,
    )


def _permits(licence: Licence, moment: datetime) -> bool:
    return date_in_force(licence, local_time(moment).date()) and inside_hours(licence.hours, moment)


def _place_before(connection: sa.Connection, device: str, moment: datetime) -> tuple[float, float] | None:
    """Where she was last seen before a moment, of that day."""
    column = tables.track.c
    row = connection.execute(
        sa.select(column.lat_deg, column.lon_deg)
        .where(
            column.device == device,
            column.utc.between(wire.utc_text(moment - timedelta(days=1)), wire.utc_text(moment)),
        )
        .order_by(column.utc.desc())
        .limit(1)
    ).first()
    return None if row is None else (row.lat_deg, row.lon_deg)
