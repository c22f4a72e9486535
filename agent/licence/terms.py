"""The properties of a licence feature: their model, and what is wrong with them in words.

Unknown keys are refused: a limit that the box would accept and not judge is worse than a file it refuses.
The registered vessels are the one exception: they are kept for the record and the reader, and no rule compares
them with the own vessel.
"""

import json
from collections.abc import Sequence
from datetime import date, timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

from agent.errors import Mistake
from agent.types import Json

FORMAT: Final = "sandwatch-licence/1"
MOST_CORNERS: Final = 2000

Text = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^\S(.*\S)?$")]
Clock = Annotated[str, StringConstraints(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class CornerRow(_Table):
    """One row of the table in the decision: X is the northing, Y the easting."""

    ring: int | Text
    corner: Text
    x_northing_m: float = Field(ge=0, le=10_000_000)
    y_easting_m: float = Field(ge=0, le=10_000_000)


class Vn2000(_Table):
    meridian_deg: float = Field(ge=102, le=110, multiple_of=0.25)
    zone_width_deg: Literal[3, 6]
    corners: tuple[CornerRow, ...] = Field(min_length=3, max_length=MOST_CORNERS)


class HoursRow(_Table):
    opens: Clock = Field(alias="from")
    closes: Clock = Field(alias="to")
    effective_from: date
    effective_to: date | None


class PeriodRow(_Table):
    first: date = Field(alias="from")
    last: date = Field(alias="to")


class VesselRow(_Table):
    hull_number: Text
    bucket_m3: float = Field(gt=0, le=50)
    m3_per_day: float = Field(gt=0, le=100_000)
    valid_to: date


class Properties(_Table):
    format: Literal["sandwatch-licence/1"]
    number: Text
    holder: Text
    valid_from: date
    valid_to: date
    synthetic: bool
    vn2000: Vn2000
    hours: tuple[HoursRow, ...] = Field(min_length=1)
    vessels: tuple[VesselRow, ...] = ()
    periods: tuple[PeriodRow, ...] = ()


ALLOWED: Final = {
    "format": f'"{FORMAT}"',
    "number": "the number on the decision, as text",
    "holder": "the name of the holder, as text",
    "valid_from": 'a date as "2026-01-31"',
    "valid_to": 'a date as "2027-12-31"',
    "effective_from": 'a date as "2026-01-31"',
    "effective_to": 'a date as "2027-12-31", or null for "until further notice"',
    "from": '"07:00" in hours, a date as "2026-01-31" in periods',
    "to": '"17:00" in hours ("24:00" is midnight), a date as "2026-06-30" in periods',
    "synthetic": "true for an invented licence, false for a real one",
    "vn2000": "the corner table of the decision: meridian_deg, zone_width_deg, corners",
    "meridian_deg": "the central meridian of the table in degrees, a multiple of 0.25 such as 105 or 105.5",
    "zone_width_deg": "3 (scale 0.9999) or 6 (scale 0.9996)",
    "corners": f"3 to {MOST_CORNERS} rows of ring, corner, x_northing_m, y_easting_m",
    "ring": "the number or name of the ring in the table",
    "corner": 'the corner\'s name as text, such as "1"',
    "x_northing_m": "X of the table, the northing in metres, such as 1135614",
    "y_easting_m": "Y of the table, the easting in metres, such as 562242",
    "hours": 'a list of {"from", "to", "effective_from", "effective_to"}',
    "vessels": 'a list of {"hull_number", "bucket_m3", "m3_per_day", "valid_to"}',
    "hull_number": "the registration number of the vessel, as text",
    "bucket_m3": "the bucket's volume in m³, above 0 and at most 50",
    "m3_per_day": "m³ a day, above 0",
    "periods": 'a list of {"from": date, "to": date}',
}
_PROBLEMS: Final = {
    "missing": "is missing",
    "extra_forbidden": "is not a key of this format; remove it, or check its spelling",
}


def parse_properties(raw: Json, where: str) -> tuple[Properties | None, list[Mistake]]:
    """The properties, or None, and every mistake in them."""
    if not isinstance(raw, dict):
        return None, [Mistake(where, _shown(raw), "must be an object with the terms of the licence")]
    try:
        terms = Properties.model_validate_json(json.dumps(raw))
    except ValidationError as error:
        return None, _distinct([_mistake(item, where) for item in error.errors()])
    return terms, [*_dates(terms, where), *_hours(terms, where)]


def _distinct(mistakes: Sequence[Mistake]) -> list[Mistake]:
    """One mistake a place: a value that fits neither of two kinds is told of once.

    Nor is a list said to be too short because a row in it was wrong and did not count.
    """
    places = {mistake.where: mistake for mistake in mistakes}
    return [
        mistake
        for place, mistake in places.items()
        if not any(other.startswith(f"{place}[") for other in places)
    ]


def _mistake(item: ErrorDetails, where: str) -> Mistake:
    path = [
        part for part in item["loc"] if isinstance(part, int) or part in ALLOWED or part in _unknown(item)
    ]
    place = where + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    key = next((part for part in reversed(path) if isinstance(part, str)), "")
    kind = item["type"]
    if kind == "missing":
        return Mistake(place, "", _PROBLEMS[kind], ALLOWED.get(key, ""))
    if kind == "extra_forbidden":
        return Mistake(place, _shown(item["input"]), _PROBLEMS[kind])
    return Mistake(place, _shown(item["input"]), _sentence(item), ALLOWED.get(key, ""))


def _unknown(item: ErrorDetails) -> tuple[Any, ...]:
    """The name of a key this format does not have; other parts of a path are pydantic's own words."""
    return item["loc"][-1:] if item["type"] == "extra_forbidden" else ()


def _sentence(item: ErrorDetails) -> str:
    if item["type"] == "string_pattern_mismatch":
        return "is not written as it should be"
    if item["type"] in ("too_short", "too_long"):
        return f"holds {item['ctx']['actual_length']}"
    message = item["msg"].removeprefix("Value error, ").removeprefix("Input ")
    return message[:1].lower() + message[1:]


def _shown(value: Any) -> str:
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:57] + "..."


def _dates(terms: Properties, where: str) -> list[Mistake]:
    mistakes = []
    if terms.valid_to < terms.valid_from:
        mistakes.append(
            Mistake(
                f"{where}.valid_to",
                terms.valid_to.isoformat(),
                f"lies before valid_from {terms.valid_from.isoformat()}",
                "the last day the licence is in force",
            )
        )
    for index, period in enumerate(terms.periods):
        if period.last < period.first:
            mistakes.append(
                Mistake(
                    f"{where}.periods[{index}].to",
                    period.last.isoformat(),
                    f"lies before from {period.first.isoformat()}",
                    "a period over the turn of the year has a later year in to",
                )
            )
    return mistakes


def _hours(terms: Properties, where: str) -> list[Mistake]:
    mistakes = []
    for index, row in enumerate(terms.hours):
        place = f"{where}.hours[{index}]"
        if row.opens in (row.closes, "24:00"):
            mistakes.append(
                Mistake(
                    f"{place}.from",
                    row.opens,
                    f"with to {row.closes} says nothing",
                    'the whole day is "00:00" to "24:00"',
                )
            )
        if row.effective_to is not None and row.effective_to < row.effective_from:
            mistakes.append(
                Mistake(
                    f"{place}.effective_to",
                    row.effective_to.isoformat(),
                    f"lies before effective_from {row.effective_from.isoformat()}",
                    "the last day of these hours, or null",
                )
            )
    gap = _day_without_hours(terms.hours, terms.valid_from, terms.valid_to)
    if gap is not None and not mistakes:
        mistakes.append(
            Mistake(
                f"{where}.hours",
                gap.isoformat(),
                "no hours are in force on this day of the licence",
                "the effective dates together must cover valid_from to valid_to",
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
