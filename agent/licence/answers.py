"""What one licence says of a vessel: the place, the hour, the day, notices, the list of vessels.

Each answer is a verdict with its reasons. Those that hang on the time hold for a whole minute, because the limits of
hours and days are whole minutes.
"""

from datetime import datetime, timedelta
from typing import Final, NamedTuple

from agent.licence.hours import (
    date_in_force,
    date_in_period,
    date_text,
    hours_text,
    inside_hours_within,
    local_time,
    moment_text,
    within,
)
from agent.licence.licence import Licence
from agent.licence.standing import suspension_on
from agent.licence.vessels import Registration, registration
from agent.types import ClockQuality, FindingKind, Reason, Verdict

SAVED_CLOCK_MARGIN: Final = timedelta(hours=1)
"""A saved clock stood still while the box was off; within an hour of a limit it decides nothing."""

REGISTRATIONS: Final = {
    Registration.VALID: (Verdict.PERMITTED, "vessel_registered"),
    Registration.EXPIRED: (Verdict.BREACH, "vessel_expired"),
    Registration.NOT_YET: (Verdict.BREACH, "vessel_not_yet"),
    Registration.UNLISTED: (Verdict.BREACH, "vessel_unlisted"),
    Registration.ALIKE: (Verdict.UNDETERMINED, "vessel_alike"),
}


class Answer(NamedTuple):
    """To one question."""

    kind: FindingKind
    verdict: Verdict
    because: tuple[Reason, ...]


def margin_of(quality: ClockQuality) -> timedelta:
    """How far off a clock of this quality may be, near enough for limits of whole minutes."""
    return SAVED_CLOCK_MARGIN if quality is ClockQuality.SAVED else timedelta()


def when_answers(
    licence: Licence, hull_number: str, utc: datetime | None, quality: ClockQuality
) -> tuple[Answer, ...]:
    """Hours, term, and only where there is something to say of it: the notice that stops the work, the vessel."""
    if utc is None or quality is ClockQuality.NONE:
        unknown = (Reason("time_unknown"),)
        return (
            Answer(FindingKind.OUTSIDE_HOURS, Verdict.UNDETERMINED, unknown),
            Answer(FindingKind.LICENCE_EXPIRED, Verdict.UNDETERMINED, unknown),
        )
    margin = margin_of(quality)
    answers = [_hours(licence, utc, margin), _in_force(licence, utc, margin)]
    answers += [
        answer
        for answer in (_suspended(licence, utc, margin), _vessel(licence, hull_number, utc, margin))
        if answer is not None
    ]
    return tuple(answers)


def _suspended(licence: Licence, utc: datetime, margin: timedelta) -> Answer | None:
    """None where no notice stops the work."""
    stopped = within(lambda day: suspension_on(licence, day) is not None, utc, margin)
    if stopped is False:
        return None
    moment = local_time(utc)
    notice = suspension_on(licence, moment.date())
    values = {
        "licence": licence.number,
        "notice": "-" if notice is None else notice.notice,
        "local_date": date_text(moment.date()),
    }
    verdict = Verdict.UNDETERMINED if stopped is None else Verdict.BREACH
    return Answer(FindingKind.SUSPENDED, verdict, (Reason("suspended_by", values),))


def _vessel(licence: Licence, hull_number: str, utc: datetime, margin: timedelta) -> Answer | None:
    """None where the licence lists no vessel or the box does not know its own hull number."""
    days = {local_time(utc + shift).date() for shift in (-margin, timedelta(), margin)}
    standings = {registration(licence.vessels, hull_number, day)[0] for day in days}
    day = local_time(utc).date()
    standing, row = registration(licence.vessels, hull_number, day)
    if standing is Registration.UNKNOWN:
        return None
    verdict, code = REGISTRATIONS[standing]
    values: dict[str, float | int | str] = {
        "licence": licence.number,
        "hull_number": hull_number,
        "local_date": date_text(day),
    }
    if row is not None:
        values |= {"listed": row.hull_number, "valid_to": date_text(row.valid_to)}
        if row.valid_from is not None:
            values["valid_from"] = date_text(row.valid_from)
    if len(standings) > 1:
        verdict = Verdict.UNDETERMINED
    return Answer(FindingKind.VESSEL_UNREGISTERED, verdict, (Reason(code, values),))


def area_answer(licence: Licence, apart_m: float, error_m: float) -> Answer:
    """Inside, outside, or too near to say."""
    if apart_m - error_m > 0.0:
        verdict, code = Verdict.BREACH, "beyond_boundary"
    elif apart_m + error_m < 0.0:
        verdict, code = Verdict.PERMITTED, "inside_area"
    else:
        verdict, code = Verdict.UNDETERMINED, "near_boundary"
    values: dict[str, float | int | str] = {
        "licence": licence.number,
        "distance_m": round(abs(apart_m), 1),
        "error_m": round(error_m, 1),
    }
    return Answer(FindingKind.OUTSIDE_AREA, verdict, (Reason(code, values),))


def _hours(licence: Licence, utc: datetime, margin: timedelta) -> Answer:
    moment = local_time(utc)
    inside = inside_hours_within(licence.hours, utc, margin)
    values = {
        "local_time": moment_text(moment),
        "hours": hours_text(licence.hours, moment.date()),
        "licence": licence.number,
    }
    if inside is None:
        near = (Reason("time_near_limit", values),)
        return Answer(FindingKind.OUTSIDE_HOURS, Verdict.UNDETERMINED, near)
    verdict = Verdict.PERMITTED if inside else Verdict.BREACH
    return Answer(
        FindingKind.OUTSIDE_HOURS, verdict, (Reason("inside_hours" if inside else "outside_hours", values),)
    )


def _in_force(licence: Licence, utc: datetime, margin: timedelta) -> Answer:
    day = local_time(utc).date()
    in_force = within(lambda date: date_in_force(licence, date), utc, margin)
    in_period = within(lambda date: date_in_period(licence, date), utc, margin)
    dates = {"licence": licence.number, "local_date": date_text(day)}
    span = {"valid_from": date_text(licence.valid_from), "valid_to": date_text(licence.valid_to)}
    periods = ", ".join(f"{date_text(row.first)}-{date_text(row.last)}" for row in licence.periods)
    if in_force is False:
        verdict, reason = Verdict.BREACH, Reason("licence_not_in_force", dates | span)
    elif in_period is False:
        verdict, reason = Verdict.BREACH, Reason("outside_period", dates | {"periods": periods})
    elif in_force is None or in_period is None:
        verdict, reason = Verdict.UNDETERMINED, Reason("date_near_limit", dates)
    else:
        verdict, reason = Verdict.PERMITTED, Reason("licence_in_force", dates | span)
    return Answer(FindingKind.LICENCE_EXPIRED, verdict, (reason,))
