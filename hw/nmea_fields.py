"""One field of a sentence, strictly: text in, value or None out, SentenceError on anything else.

An empty field is None and never 0.0. A number is digits with at most one point: no exponent, no `nan`, no
underscore, no blanks, all of which Python's own `float` would take.
"""

import re
from datetime import date
from typing import TypeVar

from agent.errors import SentenceError

T = TypeVar("T")

_NUMBER = re.compile(r"[+-]?(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})").fullmatch
_WHOLE = re.compile(r"\d{1,9}").fullmatch
_LATITUDE = re.compile(r"(\d\d)([0-5]\d(?:\.\d{0,9})?)").fullmatch
_LONGITUDE = re.compile(r"(\d\d\d)([0-5]\d(?:\.\d{0,9})?)").fullmatch
_TIME = re.compile(r"([01]\d|2[0-3])([0-5]\d)([0-5]\d|60)(?:\.(\d{0,9}))?").fullmatch
_DATE = re.compile(r"(\d\d)(\d\d)(\d\d)").fullmatch

FIRST_GPS_YEAR = 80  # GPS time begins in January 1980: a two-digit year from 80 on is of the 1900s


def number(text: str, name: str, low: float, high: float) -> float | None:
    """A decimal number in [low, high]."""
    if not text:
        return None
    if _NUMBER(text) is None:
        raise SentenceError("number", f"{name} = {text!r} is not a decimal number")
    value = float(text)
    if not low <= value <= high:
        raise SentenceError("range", f"{name} = {text}: allowed is {low:g} to {high:g}")
    return value


def whole(text: str, name: str, low: int, high: int) -> int | None:
    """A whole number without sign in [low, high]."""
    if not text:
        return None
    if _WHOLE(text) is None:
        raise SentenceError("number", f"{name} = {text!r} is not a whole number")
    value = int(text)
    if not low <= value <= high:
        raise SentenceError("range", f"{name} = {text}: allowed is {low} to {high}")
    return value


def must(value: T | None, name: str) -> T:
    """A field the sentence means nothing without."""
    if value is None:
        raise SentenceError("missing", f"{name} is empty")
    return value


def letter(text: str, name: str, allowed: str) -> str | None:
    """One letter out of `allowed`."""
    if not text:
        return None
    if len(text) != 1 or text not in allowed:
        raise SentenceError("letter", f"{name} = {text!r}: allowed is one of {allowed}")
    return text


def position(lat: str, north: str, lon: str, east: str) -> tuple[float, float] | tuple[None, None]:
    """`ddmm.mmmm,N,dddmm.mmmm,E` as degrees, south and west negative.

    A position is whole or absent: a latitude without its longitude or hemisphere is refused. Exactly
    (0, 0) is what receivers send that know nothing; the point lies in the Atlantic, so it is absent too.
    """
    if not lat and not lon:
        return None, None
    if not (lat and north and lon and east):
        raise SentenceError("position", f"only a part of a position is there: {lat},{north},{lon},{east}")
    lat_parts, lon_parts = _LATITUDE(lat), _LONGITUDE(lon)
    if lat_parts is None or north not in "NS" or len(north) != 1:
        raise SentenceError("position", f"latitude {lat!r},{north!r} is not ddmm.mmmm,N or S")
    if lon_parts is None or east not in "EW" or len(east) != 1:
        raise SentenceError("position", f"longitude {lon!r},{east!r} is not dddmm.mmmm,E or W")
    lat_deg = int(lat_parts[1]) + float(lat_parts[2]) / 60.0
    lon_deg = int(lon_parts[1]) + float(lon_parts[2]) / 60.0
    if lat_deg > 90.0 or lon_deg > 180.0:
        raise SentenceError("range", f"position {lat},{north},{lon},{east} is not on the Earth")
    if lat_deg == 0.0 and lon_deg == 0.0:
        return None, None
    return (-lat_deg if north == "S" else lat_deg), (-lon_deg if east == "W" else lon_deg)


def time_of_day(text: str) -> int | None:
    """`hhmmss.sss` as microseconds since midnight UTC. Second 60 is a leap second, only at minute 59."""
    if not text:
        return None
    parts = _TIME(text)
    if parts is None:
        raise SentenceError("time", f"{text!r} is not hhmmss.ss")
    hours, minutes, seconds, fraction = parts.groups()
    if seconds == "60" and minutes != "59":
        raise SentenceError("time", f"{text!r}: second 60 exists only in minute 59")
    whole_s = int(hours) * 3600 + int(minutes) * 60 + int(seconds)
    return whole_s * 1_000_000 + (int(fraction[:6].ljust(6, "0")) if fraction else 0)


def two_digit_date(text: str) -> date | None:
    """`ddmmyy`. The year is taken as sent: a receiver that is 1,024 weeks behind stays 1,024 weeks behind."""
    if not text:
        return None
    parts = _DATE(text)
    if parts is None:
        raise SentenceError("date", f"{text!r} is not ddmmyy")
    year = int(parts[3])
    return calendar_date(year + (1900 if year >= FIRST_GPS_YEAR else 2000), int(parts[2]), int(parts[1]))


def calendar_date(year: int, month: int, day: int) -> date:
    try:
        return date(year, month, day)
    except ValueError:
        raise SentenceError("date", f"{year:04}-{month:02}-{day:02} is no day of the calendar") from None
