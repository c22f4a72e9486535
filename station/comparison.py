"""What the licence says beside what was seen, and what was taken against the quota, for the page of one event."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final

import sqlalchemy as sa

from agent.licence.hours import hours_text, local_time
from agent.licence.licence import Licence
from agent.licence.quota import limits_on
from agent.licence.standing import bank_limit_on, depth_limit_on, phase_on, suspension_on
from agent.types import Event, Finding, FindingKind, Json
from station import production
from station.licences import licences_of
from station.production import Taken
from station.views import value_text
from station.words import Words

WIDTH: Final = 1000
HEIGHT: Final = 180


@dataclass(frozen=True, slots=True)
class TermView:
    """One term: what the licence says, what was seen, and the verdict of the finding about it, if there is one."""

    name: str
    says: str
    seen: str
    verdict: str


@dataclass(frozen=True, slots=True)
class MeterView:
    """Seen against a limit; `share` and `error` are of the width of the bar, which ends at 150 %."""

    name: str
    seen: str
    limit: str
    bar: float
    low: float
    high: float
    over: bool


@dataclass(frozen=True, slots=True)
class DayView:
    """One day of the month's plot."""

    title: str
    x: float
    width: float
    y: float
    height: float
    error_top: float
    error_bottom: float
    today: bool


@dataclass(frozen=True, slots=True)
class ComparisonView:
    licence: str
    holder: str
    terms: tuple[TermView, ...]
    meters: tuple[MeterView, ...]
    days: tuple[DayView, ...]
    limit_y: float | None
    counts: str


def comparison(
    connection: sa.Connection, config: Mapping[str, Json], event: Event, words: Words
) -> ComparisonView | None:
    """The licence the findings speak of, gravest first; else the only one of the box. None where none can be named."""
    held = {licence.number: licence for licence in licences_of(config)}
    named = [finding.licence for finding in event.findings if finding.licence in held]
    if named:
        licence = held[str(named[0])]
    elif len(held) == 1:
        licence = next(iter(held.values()))
    else:
        return None
    if event.opened.utc is None:
        return None
    today = local_time(event.opened.utc).date()
    own = config.get("own_vessel")
    hull = own.get("hull_number") if isinstance(own, dict) else None
    meters, days, limit_y = _production(connection, licence, today, words)
    loose = licence.quota is not None and licence.quota.volume == "loose"
    return ComparisonView(
        licence=licence.number,
        holder=licence.holder,
        terms=_terms(licence, event, today, hull if isinstance(hull, str) else "", words),
        meters=meters,
        days=days,
        limit_y=limit_y,
        counts=words.say("m³ rời trong khoang") if loose else words.say("m³ nguyên khai tại chỗ"),
    )


def _terms(licence: Licence, event: Event, today: date, hull: str, words: Words) -> tuple[TermView, ...]:
    _ = words.say
    found = {finding.kind: finding for finding in event.findings if finding.licence in (None, licence.number)}
    opened = event.opened.utc
    assert opened is not None  # noqa: S101 - `comparison` has asked
    notice = suspension_on(licence, today)
    listed = next((row for row in licence.vessels if row.hull_number == hull), None)
    depth, bank = depth_limit_on(licence, today), bank_limit_on(licence, today)
    rows: list[tuple[str, str, str, tuple[FindingKind, ...]]] = [
        (
            _("Khu vực"),
            licence.place or licence.number,
            "",
            (FindingKind.OUTSIDE_AREA, FindingKind.NO_LICENCE),
        ),
        (
            _("Giờ trong ngày"),
            hours_text(licence.hours, today),
            local_time(opened).strftime("%H:%M"),
            (FindingKind.OUTSIDE_HOURS,),
        ),
        (
            _("Thời hạn"),
            f"{_day(licence.valid_from)} – {_day(licence.valid_to)}",
            _day(today),
            (FindingKind.LICENCE_EXPIRED,),
        ),
        (
            _("Tạm dừng"),
            _("không có") if notice is None else notice.notice,
            _day(today),
            (FindingKind.SUSPENDED,),
        ),
        (
            _("Phương tiện"),
            ", ".join(row.hull_number for row in licence.vessels) or "—",
            hull + ("" if listed is None else " · " + _("hạn {day}").format(day=_day(listed.valid_to))),
            (FindingKind.VESSEL_UNREGISTERED, FindingKind.WRONG_MINE),
        ),
    ]
    if depth is not None:
        limit = f"{words.number(depth.bed_elevation_m, 1)} m ({depth.vertical_datum})"
        rows.append((_("Cao trình đáy"), limit, "", (FindingKind.DEPTH_EXCEEDED,)))
    if bank is not None:
        least = _("ít nhất {m} m").format(m=words.number(bank.at_least_m, 0))
        rows.append((_("Cách bờ"), least, "", (FindingKind.NEAR_BANK,)))
    return tuple(
        _term(name, says, seen, [found[k] for k in kinds if k in found], words)
        for name, says, seen, kinds in rows
    )


def _term(name: str, says: str, seen: str, findings: list[Finding], words: Words) -> TermView:
    values = [text for finding in findings if (text := value_text(finding, words))]
    return TermView(
        name,
        says,
        " · ".join(part for part in (seen, *values) if part) or "—",
        findings[0].verdict.value if findings else "none",
    )


def _production(
    connection: sa.Connection, licence: Licence, today: date, words: Words
) -> tuple[tuple[MeterView, ...], tuple[DayView, ...], float | None]:
    """Meters of day, month, year and phase, and the days of the month; nothing where no volume is set."""
    phase = phase_on(licence, today)
    if licence.quota is None or phase is None:
        return (), (), None
    _ = words.say
    loose = licence.quota.volume == "loose"
    limits = limits_on(phase, None)
    month = today.replace(day=1)
    spans = {
        "day": (_("Trong ngày"), today),
        "month": (_("Trong tháng"), month),
        "year": (_("Trong năm"), today.replace(month=1, day=1)),
        "phase": (_("Trong giai đoạn"), phase.first),
    }
    first = min(begin for _name, begin in spans.values())
    taken = production.by_day(connection, licence.number, first, today)

    def since(begin: date) -> Taken:
        return sum((each for day, each in taken.items() if begin <= day), Taken())

    meters = tuple(
        _meter(spans[span][0], since(spans[span][1]).volume(loose=loose), limit, words)
        for span, limit in limits.items()
    )
    days, limit_y = _plot(taken, month, today, limits.get("day"), words, loose=loose)
    return meters, days, limit_y


def _meter(name: str, seen: tuple[float, float], limit: float, words: Words) -> MeterView:
    value, error = seen

    def place(volume: float) -> float:
        return round(min(1.0, max(0.0, volume / limit / 1.5)) * WIDTH, 1) if limit > 0 else 0.0

    share = words.number(100 * value / limit, 0) if limit > 0 else "—"
    return MeterView(
        name=name,
        seen=f"{words.number(value, 0)} ± {words.number(error, 0)} m³ ({share} %)",
        limit=f"{words.number(limit, 0)} m³",
        bar=place(value),
        low=place(value - error),
        high=place(value + error),
        over=value - error > limit,
    )


def _plot(
    taken: Mapping[date, Taken],
    month: date,
    today: date,
    limit: float | None,
    words: Words,
    *,
    loose: bool,
) -> tuple[tuple[DayView, ...], float | None]:
    """The days of a month up to this one, as bars with their errors."""
    length = ((month + timedelta(days=32)).replace(day=1) - month).days
    shown = [month + timedelta(days=n) for n in range((today - month).days + 1)]
    values = {day: taken.get(day, Taken()).volume(loose=loose) for day in shown}
    top = max([1.0, limit or 0.0, *(value + error for value, error in values.values())]) * 1.05

    def y(volume: float) -> float:
        return round(HEIGHT * (1 - max(0.0, volume) / top), 1)

    step = WIDTH / length
    days = tuple(
        DayView(
            title=f"{_day(day)}: {words.number(value, 0)} ± {words.number(error, 0)} m³",
            x=round(step * (day.day - 1) + step * 0.15, 1),
            width=round(step * 0.7, 1),
            y=y(value),
            height=round(HEIGHT - y(value), 1),
            error_top=y(value + error),
            error_bottom=y(value - error),
            today=day == today,
        )
        for day, (value, error) in values.items()
        if not math.isclose(value + error, 0.0)
    )
    return days, None if limit is None else y(limit)


def _day(day: date) -> str:
    return day.strftime("%d/%m/%Y")
