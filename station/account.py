"""The account of record: what all boxes of a licence saw, over hulls and replaced boxes, against its quota.

It is what was *seen*, at least the lower end of its error: a vessel of the licence's list that carries no box is named beside it.
Whether a quota is passed is said as on the box (`agent.licence.quota`): a breach from 97.5 %, undetermined from 50 %.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import sqlalchemy as sa

from agent.licence.licence import Licence
from agent.licence.quota import PASSED, SUSPECTED, limits_on, probability_above
from agent.licence.standing import phase_on
from agent.licence.vessels import hull_key
from agent.types import Verdict
from station import fleet, production
from station.fleet import Ship
from station.production import Taken

WHOLE: Final = ("day", "month", "year", "phase")


@dataclass(frozen=True, slots=True)
class Against:
    """What was seen in one span against what the licence allows in it."""

    span: str
    first: date
    value_m3: float
    error_m3: float
    limit_m3: float
    verdict: Verdict

    @property
    def at_least_m3(self) -> float:
        return max(0.0, self.value_m3 - self.error_m3)


@dataclass(frozen=True, slots=True)
class Account:
    """Where a licence stands on a day. `uncovered` are hulls of its list that no box watches."""

    licence: Licence
    day: date
    taken: Taken  # in the phase or, without one, the calendar year
    against: tuple[Against, ...]
    covered: tuple[str, ...]
    uncovered: tuple[str, ...]


def account_of(
    connection: sa.Connection, licence: Licence, day: date, ships: Sequence[Ship] | None = None
) -> Account:
    """The account of a licence as of a local day."""
    phase = phase_on(licence, day)
    year = day.replace(month=1, day=1)
    first = min(year, phase.first) if phase is not None else year
    days = production.by_day(connection, licence.number, first, day)
    covered, uncovered = coverage(licence, day, fleet.ships(connection) if ships is None else ships)
    begin = year if phase is None else phase.first
    return Account(
        licence=licence,
        day=day,
        taken=_since(days, begin, day),
        against=tuple(against_on(licence, days, day)),
        covered=covered,
        uncovered=uncovered,
    )


def against_on(licence: Licence, days: Mapping[date, Taken], day: date) -> list[Against]:
    """Each span that ends with this day, against its limit; none where no volume is set."""
    phase = phase_on(licence, day)
    if licence.quota is None or phase is None:
        return []
    loose = licence.quota.volume == "loose"
    begins = {
        "day": day,
        "month": day.replace(day=1),
        "year": day.replace(month=1, day=1),
        "phase": phase.first,
    }
    found = []
    for span, limit in limits_on(phase, None).items():
        value, error = _since(days, begins[span], day).volume(loose=loose)
        found.append(Against(span, begins[span], value, error, limit, verdict_of(value, error, limit)))
    return found


def verdict_of(value_m3: float, error_m3: float, limit_m3: float) -> Verdict:
    """Passed for certain, more likely than not, or not."""
    chance = probability_above(value_m3, error_m3, limit_m3)
    if chance >= PASSED:
        return Verdict.BREACH
    return Verdict.UNDETERMINED if chance >= SUSPECTED else Verdict.PERMITTED


def coverage(licence: Licence, day: date, ships: Sequence[Ship]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The hulls of the list that hold on that day: those with a box that has this licence, and those without."""
    watched = {hull_key(ship.vessel) for ship in ships if licence.number in ship.licences and ship.vessel}
    hulls = [
        row.hull_number
        for row in licence.vessels
        if (row.valid_from is None or row.valid_from <= day) and day <= row.valid_to
    ]
    return (
        tuple(hull for hull in hulls if hull_key(hull) in watched),
        tuple(hull for hull in hulls if hull_key(hull) not in watched),
    )


def _since(days: Mapping[date, Taken], first: date, last: date) -> Taken:
    return sum((taken for day, taken in days.items() if first <= day <= last), Taken())


def days_between(first: date, last: date) -> list[date]:
    """Every day of a span, both ends included."""
    return [first + timedelta(days=number) for number in range((last - first).days + 1)]
