"""Which events are wanted, and in which order: read from an address and written into one."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time, timedelta
from typing import Any, Final, Literal, TypeAlias, cast
from urllib.parse import urlencode

import sqlalchemy as sa
from sqlalchemy.sql.base import ReadOnlyColumnCollection

from agent.event import wire
from agent.types import FindingKind, Happening, Verdict
from station import tables
from station.ruling import State
from station.words import LOCAL

Order: TypeAlias = Literal["newest", "queue"]
Columns: TypeAlias = ReadOnlyColumnCollection[str, Any]
WAITING: Final = "waiting"
STATES: Final = (WAITING, *(state.value for state in State))
MOST: Final = 200
LARGEST: Final = 2**31  # of a number in the databases
KIND: Final = tables.terms.alias("kind")
LICENCE: Final = tables.terms.alias("licence")


@dataclass(frozen=True, slots=True)
class Choice:
    """None is any. `since` and `until` are days of the river, both included; `box` is west,south,east,north."""

    verdict: str | None = None
    happening: str | None = None
    device: str | None = None
    kind: str | None = None
    licence: str | None = None
    vessel: str | None = None
    state: str | None = None
    assignee: str | None = None
    since: str | None = None
    until: str | None = None
    box: str | None = None

    def query(self, **more: str | None) -> str:
        """As it stands in an address."""
        values = {**asdict(self), **more}
        return urlencode({name: value for name, value in values.items() if value is not None})

    def waiting(self) -> "Choice":
        """The same of what waits, where no state is asked for."""
        return self if self.state is not None else replace(self, state=WAITING)

    def span(self) -> tuple[datetime | None, datetime | None]:
        """The first and the last moment of its days, None where it names none."""
        since = (
            None if self.since is None else datetime.combine(date.fromisoformat(self.since), time(), LOCAL)
        )
        until = (
            None if self.until is None else datetime.combine(date.fromisoformat(self.until), time.max, LOCAL)
        )
        return since, until

    def box_deg(self) -> tuple[float, float, float, float] | None:
        """Its box as numbers."""
        return None if self.box is None else _box(self.box)


def choice_of(query: Mapping[str, str]) -> Choice:
    """The choice of an address; an empty value is any. Raises ValueError on what cannot be."""
    values = {name: query.get(name) or None for name in Choice.__slots__}
    if any(value is not None and len(value) > MOST for value in values.values()):
        raise ValueError("a value of the choice is too long")
    if any("\x00" in value for value in values.values() if value is not None):
        raise ValueError("a value of the choice holds a NUL")
    choice = Choice(**values)
    closed: tuple[tuple[str | None, tuple[str, ...]], ...] = (
        (choice.verdict, tuple(Verdict)),
        (choice.happening, tuple(Happening)),
        (choice.kind, tuple(FindingKind)),
        (choice.state, STATES),
    )
    for value, allowed in closed:
        if value is not None and value not in allowed:
            raise ValueError(f"{value!r} is none of {', '.join(allowed)}")
    for day in (choice.since, choice.until):
        if day is not None:
            date.fromisoformat(day)
    if choice.assignee is not None and not 0 <= int(choice.assignee) < LARGEST:
        raise ValueError("no account has this number")
    if choice.box is not None:
        _box(choice.box)
    return choice


def leading(choice: Choice, order: Order) -> Columns:
    """The columns of the table by which a choice is walked through: its index begins with what is chosen.

    `order_utc`, `device` and `event_id` are the same in all of them, `waiting` and `lightness` in all but `events`.
    """
    if choice.kind is not None:
        return KIND.c
    if choice.licence is not None:
        return LICENCE.c
    if (
        order == "queue"
        or choice.vessel is not None
        or choice.state is not None
        or choice.assignee is not None
    ):
        return tables.reviews.c
    return tables.events.c


def chosen(query: sa.Select[Any], choice: Choice, order: Order) -> sa.Select[Any]:
    """The query, of the chosen events only. It already speaks of `events` and `reviews`."""
    event, lead = tables.events.c, leading(choice, order)
    for condition in (*_equal(choice, lead), *_state(choice, lead), *_when_and_where(choice, lead)):
        query = query.where(condition)
    for term, what, wanted in ((KIND, "kind", choice.kind), (LICENCE, "licence", choice.licence)):
        if wanted is not None:
            same = (term.c.device == event.device) & (term.c.event_id == event.event_id)
            query = query.join(term, same & (term.c.what == what) & (term.c.value == wanted))
    return query


def _equal(choice: Choice, lead: Columns) -> list[sa.ColumnElement[bool]]:
    event, review = tables.events.c, tables.reviews.c
    return [
        column == wanted
        for column, wanted in (
            (event.verdict, choice.verdict),
            (event.happening, choice.happening),
            (lead.device, choice.device),
            (review.vessel, choice.vessel),
            (review.assignee, None if choice.assignee is None else int(choice.assignee)),
        )
        if wanted is not None
    ]


def _state(choice: Choice, lead: Columns) -> list[sa.ColumnElement[bool]]:
    if choice.state is None:
        return []
    return [lead.waiting == sa.true() if choice.state == WAITING else tables.reviews.c.state == choice.state]


def _when_and_where(choice: Choice, lead: Columns) -> list[sa.ColumnElement[bool]]:
    review = tables.reviews.c
    found: list[sa.ColumnElement[bool]] = []
    if choice.since is not None:
        found.append(lead.order_utc >= _midnight(date.fromisoformat(choice.since)))
    if choice.until is not None:
        found.append(lead.order_utc < _midnight(date.fromisoformat(choice.until) + timedelta(days=1)))
    if choice.box is not None:
        west, south, east, north = _box(choice.box)
        found += [review.lat_deg.between(south, north), review.lon_deg.between(west, east)]
    return found


def _midnight(day: date) -> str:
    return wire.utc_text(datetime.combine(day, time(), LOCAL))


def _box(text: str) -> tuple[float, float, float, float]:
    numbers = [float(part) for part in text.split(",")]
    if len(numbers) != 4 or not all(-180 <= number <= 180 for number in numbers):
        raise ValueError("a box is west,south,east,north in degrees")
    return cast("tuple[float, float, float, float]", tuple(numbers))
