"""Hours of the day and dates of a licence, at local time."""

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.licence.hours import (
    date_in_force,
    date_in_period,
    hours_text,
    inside_hours,
    inside_hours_within,
    local_time,
    moment_text,
    within,
)
from agent.licence.licence import Hours
from licence.licence_builders import hours, square_licence

DAY = hours("07:00", "17:00")
NIGHT = hours("19:00", "05:00")
MIDNIGHT_LOCAL = datetime(2026, 11, 19, 17, 0, tzinfo=UTC)  # 20 November 00:00 at UTC+7


def minutes_inside(*rows: Hours, start: datetime = MIDNIGHT_LOCAL) -> list[int]:
    """The minutes of one local day that are inside."""
    return [minute for minute in range(1440) if inside_hours(rows, start + timedelta(minutes=minute))]


def test_every_minute_of_a_day_with_hours_of_the_day() -> None:
    assert minutes_inside(DAY) == list(range(7 * 60, 17 * 60))


def test_every_minute_of_a_day_with_hours_over_midnight() -> None:
    assert minutes_inside(NIGHT) == [*range(5 * 60), *range(19 * 60, 1440)]


def test_every_minute_of_a_day_with_two_spells() -> None:
    rows = (hours("06:00", "11:30"), hours("13:00", "18:00"))
    assert minutes_inside(*rows) == [*range(360, 690), *range(780, 1080)]


def test_whole_day_is_open_in_every_minute() -> None:
    assert minutes_inside(hours("00:00", "24:00")) == list(range(1440))


def test_closing_at_midnight_may_be_written_either_way() -> None:
    assert minutes_inside(hours("20:00", "24:00")) == list(range(1200, 1440))
    assert minutes_inside(hours("20:00", "00:00")) == list(range(1200, 1440))


def test_limits_are_to_the_second_the_first_inside_and_the_last_outside() -> None:
    opening = MIDNIGHT_LOCAL + timedelta(hours=7)
    closing = MIDNIGHT_LOCAL + timedelta(hours=17)
    instant = timedelta(microseconds=1)
    assert not inside_hours([DAY], opening - instant)
    assert inside_hours([DAY], opening)
    assert inside_hours([DAY], closing - instant)
    assert not inside_hours([DAY], closing)


def test_night_over_the_turn_of_the_year_belongs_to_the_day_it_began() -> None:
    """Night hours end with 2026; the day hours of 2027 do not cut the last night short."""
    rows = [
        hours("19:00", "05:00", date(2026, 1, 1), date(2026, 12, 31)),
        hours("07:00", "17:00", date(2027, 1, 1)),
    ]
    new_year = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)  # 1 January 2027 00:00 local
    inside = [m for m in range(-1440, 1440) if inside_hours(rows, new_year + timedelta(minutes=m))]
    assert inside == [*range(-1440, -1440 + 300), *range(-300, 300), *range(420, 1020)]


def test_first_night_of_a_licence_does_not_begin_the_day_before() -> None:
    rows = [hours("19:00", "05:00", date(2026, 11, 20))]
    assert minutes_inside(*rows) == list(range(19 * 60, 1440))


def test_hours_change_with_the_decree_on_the_first_of_march() -> None:
    rows = [
        hours("07:00", "17:00", date(2024, 1, 1), date(2025, 2, 28)),
        hours("05:00", "19:00", date(2025, 3, 1)),
    ]
    six = datetime(2025, 2, 28, 23, 0, tzinfo=UTC)  # 06:00 on 1 March
    assert inside_hours(rows, six)
    assert not inside_hours(rows, six - timedelta(days=1))
    assert hours_text(rows, date(2025, 2, 28)) == "07:00-17:00"
    assert hours_text(rows, date(2025, 3, 1)) == "05:00-19:00"
    assert hours_text(rows, date(2023, 3, 1)) == "-"


def test_local_time_is_seven_hours_ahead_and_written_as_in_vietnam() -> None:
    moment = datetime(2026, 12, 31, 18, 5, tzinfo=UTC)
    assert moment_text(local_time(moment)) == "01/01/2027 01:05"


@pytest.mark.parametrize(
    ("clock", "answer"),
    [
        ("05:59", False),
        ("06:00", None),
        ("07:59", None),
        ("08:00", True),
        ("15:59", True),
        ("16:00", None),
        ("18:00", False),
    ],
)
def test_clock_that_may_be_an_hour_off_decides_nothing_near_a_limit(
    clock: str,
    answer: bool | None,  # noqa: FBT001
) -> None:
    utc = MIDNIGHT_LOCAL + timedelta(hours=int(clock[:2]), minutes=int(clock[3:]))
    assert inside_hours_within([DAY], utc, timedelta(hours=1)) is answer


def test_short_hours_inside_the_doubt_of_the_clock_are_not_overlooked() -> None:
    short = hours("12:10", "12:20")
    assert (
        inside_hours_within([short], MIDNIGHT_LOCAL + timedelta(hours=11, minutes=40), timedelta(hours=1))
        is None
    )


def test_whole_day_is_open_by_any_clock() -> None:
    assert inside_hours_within([hours("00:00", "24:00")], MIDNIGHT_LOCAL, timedelta(hours=1)) is True


def test_first_and_last_day_of_a_licence_are_in_force_and_their_neighbours_are_not() -> None:
    licence = square_licence(valid=("2026-03-01", "2026-11-30"))
    days = [date(2026, 2, 28), date(2026, 3, 1), date(2026, 11, 30), date(2026, 12, 1)]
    assert [date_in_force(licence, day) for day in days] == [False, True, True, False]


def test_licence_may_be_worked_only_in_its_periods() -> None:
    licence = square_licence(periods=[("2026-01-01", "2026-05-31"), ("2026-11-15", "2027-05-31")])
    days = [date(2026, 5, 31), date(2026, 6, 1), date(2026, 11, 14), date(2026, 12, 31), date(2027, 1, 1)]
    assert [date_in_period(licence, day) for day in days] == [True, False, False, True, True]


def test_day_is_undecided_when_the_clock_may_be_on_either_side_of_midnight() -> None:
    licence = square_licence(valid=("2026-03-01", "2026-11-19"))
    hour = timedelta(hours=1)

    def in_force(day: date) -> bool:
        return date_in_force(licence, day)

    assert within(in_force, MIDNIGHT_LOCAL - timedelta(hours=2), hour) is True
    assert within(in_force, MIDNIGHT_LOCAL - timedelta(minutes=30), hour) is None
    assert within(in_force, MIDNIGHT_LOCAL + timedelta(hours=2), hour) is False


spans = st.tuples(st.integers(0, 1439), st.integers(0, 1440)).filter(lambda span: span[0] != span[1])
around_new_year = st.integers(-2880, 2880)  # minutes from local midnight


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.tuples(spans, st.integers(-2, 2), st.none() | st.integers(0, 3)), min_size=1, max_size=3),
    around_new_year,
)
def test_hours_are_those_of_a_calendar_written_out_minute_by_minute(
    rows: list[tuple[tuple[int, int], int, int | None]], minute: int
) -> None:
    """Against the plainest reading: on each day each spell in force covers its minutes, past midnight too."""
    new_year = date(2027, 1, 1)
    table = [
        Hours(
            opens,
            closes,
            new_year + timedelta(days=first),
            None if length is None else new_year + timedelta(days=first + length),
        )
        for (opens, closes), first, length in rows
    ]
    open_minutes: set[int] = set()
    for day in range(-4, 4):
        for row in table:
            on = new_year + timedelta(days=day)
            if row.effective_from <= on and (row.effective_to is None or on <= row.effective_to):
                closes = row.closes_min if row.closes_min > row.opens_min else row.closes_min + 1440
                open_minutes |= {1440 * day + m for m in range(row.opens_min, closes)}
    midnight = datetime(2026, 12, 31, 17, 0, tzinfo=UTC)
    assert inside_hours(table, midnight + timedelta(minutes=minute)) is (minute in open_minutes)
