"""Do the terms of a licence agree with each other? Dates in order, days covered, quotas that fit together."""

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import TypeAlias

from agent.errors import Both, Mistake
from agent.licence.terms import (
    CarrierRow,
    HoursRow,
    InForce,
    PeriodRow,
    PhaseRow,
    Properties,
    SuspensionRow,
    VesselRow,
)
from agent.licence.vessels import hull_key

Hulls: TypeAlias = Sequence[VesselRow | CarrierRow]
Span: TypeAlias = tuple[str, str, date, str, date | None]
"""A place in the file, the key and day it begins on, the key and day it ends on."""


def check_terms(terms: Properties, where: str) -> list[Mistake]:
    """Every disagreement between the terms of one licence."""
    mistakes = [mistake for span in _spans(terms, where) for mistake in _backwards(*span)]
    mistakes += _hours(terms, where)
    mistakes += _twice(terms.vessels, f"{where}.vessels")
    mistakes += _twice(terms.carriers, f"{where}.carriers")
    if terms.quota is not None and not mistakes:
        mistakes += _quota(terms.quota.phases, terms.valid_from, terms.valid_to, f"{where}.quota.phases")
    return mistakes


def _spans(terms: Properties, where: str) -> Iterator[Span]:
    yield where, "valid_from", terms.valid_from, "valid_to", terms.valid_to
    dated: dict[str, Sequence[InForce]] = {
        "hours": terms.hours,
        "depth": terms.depth,
        "bank": terms.bank,
        "mooring": terms.mooring,
    }
    for name, rows in dated.items():
        for index, row in enumerate(rows):
            place = f"{where}.{name}[{index}]"
            yield place, "effective_from", row.effective_from, "effective_to", row.effective_to
    spans: dict[str, Sequence[PeriodRow | SuspensionRow | PhaseRow]] = {
        "periods": terms.periods,
        "suspensions": terms.suspensions,
        "quota.phases": () if terms.quota is None else terms.quota.phases,
    }
    for name, days in spans.items():
        for index, span in enumerate(days):
            yield f"{where}.{name}[{index}]", "from", span.first, "to", span.last
    hulls: dict[str, Hulls] = {"vessels": terms.vessels, "carriers": terms.carriers}
    for name, vessels in hulls.items():
        for index, vessel in enumerate(vessels):
            if vessel.valid_from is not None:
                place = f"{where}.{name}[{index}]"
                yield place, "valid_from", vessel.valid_from, "valid_to", vessel.valid_to


def _backwards(where: str, first_key: str, first: date, last_key: str, last: date | None) -> list[Mistake]:
    if last is None or last >= first:
        return []
    return [
        Mistake(
            f"{where}.{last_key}",
            last.isoformat(),
            Both(
                vi=f"đứng trước {first_key} {first.isoformat()}",
                en=f"lies before {first_key} {first.isoformat()}",
            ),
            Both(
                vi="ngày cuối cùng còn hiệu lực; khoảng qua năm mới ghi năm sau ở ngày cuối",
                en="the last day it holds; a span over the turn of the year has a later year there",
            ),
        )
    ]


def _hours(terms: Properties, where: str) -> list[Mistake]:
    mistakes = [
        Mistake(
            f"{where}.hours[{index}].from",
            row.opens,
            Both(
                vi=f"cùng với to {row.closes} không cho biết giờ nào",
                en=f"with to {row.closes} says nothing",
            ),
            Both(vi='cả ngày là "00:00" đến "24:00"', en='the whole day is "00:00" to "24:00"'),
        )
        for index, row in enumerate(terms.hours)
        if row.opens in (row.closes, "24:00")
    ]
    backwards = any(
        row.effective_to is not None and row.effective_to < row.effective_from for row in terms.hours
    )
    gap = _day_without_hours(terms.hours, terms.valid_from, terms.valid_to)
    if gap is not None and not mistakes and not backwards:
        mistakes.append(
            Mistake(
                f"{where}.hours",
                gap.isoformat(),
                Both(
                    vi="ngày này của giấy phép không có giờ nào có hiệu lực",
                    en="no hours are in force on this day of the licence",
                ),
                Both(
                    vi="các khoảng hiệu lực phải phủ hết từ valid_from đến valid_to",
                    en="the effective dates together must cover valid_from to valid_to",
                ),
            )
        )
    return mistakes


def _day_without_hours(rows: Sequence[HoursRow], first: date, last: date) -> date | None:
    day = first
    while day <= last:
        ends = [
            row.effective_to or date.max
            for row in rows
            if row.effective_from <= day <= (row.effective_to or date.max)
        ]
        if not ends:
            return day
        reach = max(ends)
        if reach >= last:
            return None
        day = reach + timedelta(days=1)
    return None


def _twice(rows: Hulls, where: str) -> list[Mistake]:
    """A hull may stand in the list twice only where the spans of its certificates do not overlap."""
    mistakes = []
    for index, row in enumerate(rows):
        for before in rows[:index]:
            if hull_key(row.hull_number) != hull_key(before.hull_number):
                continue
            first, second = sorted((before, row), key=lambda item: item.valid_to)
            if second.valid_from is None or second.valid_from <= first.valid_to:
                mistakes.append(
                    Mistake(
                        f"{where}[{index}].hull_number",
                        row.hull_number,
                        Both(vi="đã có trong danh sách", en="stands in the list already"),
                        Both(
                            vi="mỗi phương tiện một dòng; đăng ký gia hạn cần valid_from sau hạn cũ",
                            en="one row a vessel; a renewed registration needs a valid_from after the old end",
                        ),
                    )
                )
                break
    return mistakes


def _quota(phases: Sequence[PhaseRow], valid_from: date, valid_to: date, where: str) -> list[Mistake]:
    mistakes = []
    for index, phase in enumerate(phases):
        place = f"{where}[{index}]"
        if phase.first < valid_from or phase.last > valid_to:
            mistakes.append(
                Mistake(
                    place,
                    phase.name,
                    Both(
                        vi="có ngày nằm ngoài thời hạn của giấy phép",
                        en="has days outside the term of the licence",
                    ),
                    Both(
                        vi=f"từ {valid_from.isoformat()} đến {valid_to.isoformat()}",
                        en=f"from {valid_from.isoformat()} to {valid_to.isoformat()}",
                    ),
                )
            )
        mistakes += _volumes(phase, place)
    ordered = sorted(enumerate(phases), key=lambda item: item[1].first)
    for (_, before), (index, after) in pairwise(ordered):
        if after.first <= before.last:
            mistakes.append(
                Mistake(
                    f"{where}[{index}].from",
                    after.first.isoformat(),
                    Both(
                        vi=f"giai đoạn “{before.name}” còn đến {before.last.isoformat()}",
                        en=f"phase “{before.name}” lasts until {before.last.isoformat()}",
                    ),
                    Both(
                        vi="mỗi ngày chỉ thuộc một giai đoạn: sửa ngày bắt đầu hoặc ngày kết thúc",
                        en="a day belongs to one phase: correct where one begins or the other ends",
                    ),
                )
            )
    return mistakes


def _volumes(phase: PhaseRow, where: str) -> list[Mistake]:
    caps = [
        (key, value)
        for key, value in (
            ("m3_per_day", phase.m3_per_day),
            ("m3_per_month", phase.m3_per_month),
            ("m3_per_year", phase.m3_per_year),
            ("m3_total", phase.m3_total),
        )
        if value is not None
    ]
    if not caps:
        return [
            Mistake(
                where,
                phase.name,
                Both(vi="không ghi khối lượng nào", en="sets no volume"),
                Both(
                    vi="ít nhất một trong m3_per_day, m3_per_month, m3_per_year, m3_total",
                    en="at least one of m3_per_day, m3_per_month, m3_per_year, m3_total",
                ),
            )
        ]
    return [
        Mistake(
            f"{where}.{small}",
            f"{low:g}",
            Both(vi=f"lớn hơn {large} {high:g}", en=f"is more than {large} {high:g}"),
            Both(
                vi="hạn mức của khoảng ngắn không thể vượt hạn mức của khoảng dài: kiểm tra số 0 và dấu chấm",
                en="the cap of a short span cannot exceed that of a longer one: check zeros and points",
            ),
        )
        for (small, low), (large, high) in pairwise(caps)
        if low > high
    ]
