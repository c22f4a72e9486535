"""Hours of the day and days of a licence, at Asia/Ho_Chi_Minh. Limits are whole minutes of local time."""

from collections.abc import Callable, Sequence
from datetime import date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from agent.licence.clock import clock_text
from agent.licence.licence import Hours, Licence

ZONE: Final = ZoneInfo("Asia/Ho_Chi_Minh")
_DAY: Final = timedelta(days=1)
_INSTANT: Final = timedelta(microseconds=1)


def local_time(utc: datetime) -> datetime:
    """The same moment as people on the river read it."""
    return utc.astimezone(ZONE)


def hours_on(hours: Sequence[Hours], day: date) -> list[Hours]:
    """Those in force on a local day."""
    return [
        row
        for row in hours
        if row.effective_from <= day and (row.effective_to is None or day <= row.effective_to)
    ]


def hours_text(hours: Sequence[Hours], day: date) -> str:
    """`07:00-17:00` or several with commas, as in force on that day; `-` where there are none."""
    return (
        ", ".join(f"{clock_text(row.opens_min)}-{clock_text(row.closes_min)}" for row in hours_on(hours, day))
        or "-"
    )


def inside_hours(hours: Sequence[Hours], utc: datetime) -> bool:
    """Is this moment within the hours in force?

    Hours across midnight belong to the day on which they begin: those of 31 December last into the new
    year though others begin to be in force on 1 January.
    """
    moment = local_time(utc)
    day, minute = moment.date(), moment.hour * 60 + moment.minute
    for row in hours_on(hours, day):
        if row.closes_min > row.opens_min:
            if row.opens_min <= minute < row.closes_min:
                return True
        elif minute >= row.opens_min:
            return True
    return any(
        row.closes_min <= row.opens_min and minute < row.closes_min for row in hours_on(hours, day - _DAY)
    )


def inside_hours_within(hours: Sequence[Hours], utc: datetime, margin: timedelta) -> bool | None:
    """The same for a clock that may be off by `margin` either way; None where the answer depends on it."""
    first, last = utc - margin, utc + margin
    moments = {first, utc, last}
    for limit in _limits(hours, local_time(utc).date()):
        if first <= limit <= last:
            moments |= {limit, max(first, limit - _INSTANT)}
    answers = {inside_hours(hours, moment) for moment in moments}
    return answers.pop() if len(answers) == 1 else None


def _limits(hours: Sequence[Hours], day: date) -> set[datetime]:
    """Moments of that day and its neighbours at which hours begin or end."""
    limits = set()
    for near in (day - _DAY, day, day + _DAY):
        midnight = datetime.combine(near, time(), tzinfo=ZONE)
        for row in hours_on(hours, near):
            night = _DAY if row.closes_min <= row.opens_min else timedelta()
            limits.add(midnight + timedelta(minutes=row.opens_min))
            limits.add(midnight + timedelta(minutes=row.closes_min) + night)
    return limits


def date_in_force(licence: Licence, day: date) -> bool:
    """Is the licence in force on a local day? First and last day are included."""
    return licence.valid_from <= day <= licence.valid_to


def date_in_period(licence: Licence, day: date) -> bool:
    """Is the day in one of the periods of the year? A licence that names none may be worked on every day."""
    return not licence.periods or any(period.first <= day <= period.last for period in licence.periods)


def within(question: Callable[[date], bool], utc: datetime, margin: timedelta) -> bool | None:
    """A question about the local day, for a clock that may be off by `margin`; None where it depends on that."""
    answers = {question(local_time(utc + shift).date()) for shift in (-margin, timedelta(), margin)}
    return answers.pop() if len(answers) == 1 else None


def moment_text(moment: datetime) -> str:
    """`20/11/2026 23:05`, as written in Vietnam."""
    return moment.strftime("%d/%m/%Y %H:%M")


def date_text(day: date) -> str:
    """`20/11/2026`."""
    return day.strftime("%d/%m/%Y")
