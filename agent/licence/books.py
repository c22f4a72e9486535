"""What was taken, by licence, local day and hour: kept for as long as a phase of a quota runs.

Days beyond the last 400 are put together by month, under the earliest of its days: a phase that begins within such a
month loses the days before its beginning for certain and never counts one that was not its own.
"""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from itertools import pairwise
from typing import Final, Literal, TypeAlias

from agent.licence.quota import Tally

KEEP_DAYS: Final = 400
KEEP_HOURS: Final = 26
Total: TypeAlias = Literal["hour", "day", "month", "year"]
Days: TypeAlias = dict[str, Tally]  # by ISO date
Hours: TypeAlias = dict[str, Tally]  # by ISO date and hour, `2026-11-20T10`


def add(days: Days, hours: Hours, moment: datetime, more: Tally) -> None:
    """Onto the day and the hour of a local moment."""
    _onto(days, moment.date().isoformat(), more)
    while len(days) > KEEP_DAYS and _fold(days):
        pass
    _onto(hours, moment.strftime("%Y-%m-%dT%H"), more)
    while len(hours) > KEEP_HOURS:
        del hours[min(hours)]


def _onto(table: dict[str, Tally], key: str, more: Tally) -> None:
    held = table.get(key, Tally())
    table[key] = Tally(
        held.cycles + more.cycles,
        round(held.active_s + more.active_s, 1),
        round(held.not_counted_s + more.not_counted_s, 1),
        round(held.pump_s + more.pump_s, 1),
    )


def _fold(days: Days) -> bool:
    """Put the oldest two days of one month together; False where every month is one line already."""
    ordered = sorted(days)
    for first, second in pairwise(ordered):
        if first[:7] == second[:7]:
            _onto(days, first, days.pop(second))
            return True
    return False


def totals(days: Iterable[Days], hours: Iterable[Hours], moment: datetime) -> Mapping[Total, Tally]:
    """Of the hour, day, calendar month and year of a local moment, over all the books given."""
    day = moment.date().isoformat()
    sums: dict[str, Tally] = {}
    for table in hours:
        _onto(sums, "hour", table.get(moment.strftime("%Y-%m-%dT%H"), Tally()))
    for table in days:
        for held, tally in table.items():
            if held[:4] == day[:4]:
                _onto(sums, "year", tally)
            if held[:7] == day[:7]:
                _onto(sums, "month", tally)
            if held == day:
                _onto(sums, "day", tally)
    return {
        "hour": sums.get("hour", Tally()),
        "day": sums.get("day", Tally()),
        "month": sums.get("month", Tally()),
        "year": sums.get("year", Tally()),
    }


def by_date(days: Days) -> dict[date, Tally]:
    """The same with dates."""
    return {date.fromisoformat(day): tally for day, tally in days.items()}
