"""The fleet and its silences in words and numbers, for their pages."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Literal
from urllib.parse import urlencode

from station.fleet import Ship
from station.patterns import Pattern
from station.silences import Announced, SilenceKind
from station.views import SILENT_S, silence_text
from station.words import Words, degrees_text, moment_of

State = Literal["heard", "away", "never"]


@dataclass(frozen=True, slots=True)
class ShipView:
    device: str
    name: str
    vessel: str
    licences: str
    state: State
    state_text: str
    position: str
    position_time: str
    waiting: int
    href: str


@dataclass(frozen=True, slots=True)
class CellView:
    """One day of the calendar: `level` 0 to 4 by hours of silence."""

    level: int
    title: str
    announced: bool


@dataclass(frozen=True, slots=True)
class PatternView:
    device: str
    name: str
    vessel: str
    no_link: str
    hours: tuple[str, ...]  # off, blind, lost, deaf
    permitted: str
    in_area: str
    announced: str
    by_hour: tuple[tuple[int, float, str], ...]  # hour, share of the highest, title
    beyond_fleet: bool


def ship_view(ship: Ship, waiting: int, now: datetime, words: Words) -> ShipView:
    """One vessel as list and map show it."""
    _ = words.say
    last = moment_of(ship.last_seen_utc)
    state: State = "never"
    if last is not None:
        state = "heard" if (now - last).total_seconds() < SILENT_S else "away"
    texts = {"heard": _("có liên lạc"), "never": _("chưa từng liên lạc"), "away": ""}
    place = ship.last
    return ShipView(
        device=ship.device,
        name=ship.name,
        vessel=ship.vessel,
        licences=", ".join(ship.licences),
        state=state,
        state_text=texts[state] or silence_text(ship.last_seen_utc, now, words),
        position=""
        if place is None
        else f"{degrees_text(place.lat_deg, 'lat', words)}, {degrees_text(place.lon_deg, 'lon', words)}",
        position_time="" if place is None else words.time(place.utc) or "",
        waiting=waiting,
        href="/queue?" + urlencode({"device": ship.device}),
    )


def pattern_view(row: Pattern, words: Words) -> PatternView:
    """One box of the comparison."""
    number = words.number
    highest = max(row.by_hour, default=0.0)
    link = row.no_link
    return PatternView(
        device=row.ship.device,
        name=row.ship.name,
        vessel=row.ship.vessel,
        no_link=""
        if link is None
        else words.say("chưa có liên lạc {length}, tạm thời").format(
            length=words.duration((link.until - link.since).total_seconds())
        ),
        hours=tuple(
            number(row.hours[kind], 1) if row.hours[kind] else "—"
            for kind in (SilenceKind.OFF, SilenceKind.BLIND, SilenceKind.LOST, SilenceKind.DEAF)
        ),
        permitted=number(row.permitted_h, 1),
        in_area=f"{row.in_area}/{row.placed}" if row.placed else "—",
        announced=number(row.announced_h, 1) if row.announced_h else "—",
        by_hour=tuple(
            (
                hour,
                0.0 if not highest else round(hours / highest, 3),
                f"{hour}–{hour + 1}: {number(hours, 1)} h",
            )
            for hour, hours in enumerate(row.by_hour)
        ),
        beyond_fleet=row.beyond_fleet,
    )


def calendar(
    row: Pattern, notices: Sequence[Announced], first: date, days: int, words: Words
) -> list[CellView]:
    """The days of a box, with the hours the records tell and what was announced."""
    own = [one for one in notices if one.device == row.ship.device]
    cells = []
    for number in range(days):
        day = first + timedelta(days=number)
        hours = row.by_day.get(day, 0.0)
        told = [one for one in own if one.first <= day <= one.last]
        title = f"{day:%d/%m/%Y}: {words.number(hours, 1)} h"
        title += "".join(f" · {one.text}" for one in told if one.text)
        cells.append(CellView(_level(hours), title, bool(told)))
    return cells


def _level(hours: float) -> int:
    return sum(hours > edge for edge in (0.05, 1.0, 4.0, 12.0))
