"""Which column is which, and what the words around the table say: meridian, zone, datum, area."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from agent.desk.numbers import coordinate
from agent.desk.tables import Row

NORTHING: Final = re.compile(r"(toa do )?x|(toa do )?x (m|met)|x (bac|north\w*)( m)?|tung do.*|northing.*")
EASTING: Final = re.compile(r"(toa do )?y|(toa do )?y (m|met)|y (dong|east\w*)( m)?|hoanh do.*|easting.*")
CORNER: Final = re.compile(
    r"(ten |so hieu |ky hieu )?(diem|moc)( goc| khep goc| moc)?|so hieu|ten|corner|point|name|id"
)
ORDINAL: Final = re.compile(r"stt|tt|so tt|no|#")
RING: Final = re.compile(r"(ten )?(khu vuc|khu|vung|thua|ring|polygon|area|o)")

_MERIDIAN: Final = re.compile(
    r"(?:kinh tuyen truc|kttw?|central meridian)\D{0,20}?(10\d)(?:\D{1,4}(\d{2})\b)?"
)
_DECIMAL: Final = re.compile(r"\b(10\d)[.,](\d{1,2})(?!\d)")
_ZONE: Final = re.compile(r"(?:mui(?: chieu)?|zone)\D{0,6}([36])\s*(?:°|o\b|do\b|deg|$|\W)")
_AREA: Final = re.compile(r"(?:dien tich|area)\D{0,20}?([\d.,]*\d)\s*ha\b")


def plain(text: str) -> str:
    """Small letters without diacritics, brackets and points, one blank between words."""
    return " ".join(re.sub(r"[().:,_/\-]", " ", _bare(text)).split())


def _bare(text: str) -> str:
    decomposed = unicodedata.normalize("NFD", text.casefold().replace("đ", "d"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


@dataclass(frozen=True, slots=True)
class Columns:
    """Places of the columns in a row; `corner` and `ring` None where the table has none."""

    x: int
    y: int
    corner: int | None
    ring: int | None


@dataclass(frozen=True, slots=True)
class Stated:
    """What the words around the table say, None where they do not."""

    meridian_deg: float | None = None
    zone_width_deg: int | None = None
    area_ha: float | None = None
    other_datum: str | None = None


def find_header(rows: Sequence[Row]) -> tuple[int, Columns] | None:
    """The first row that names both X and Y, by its place in `rows`."""
    for index, row in enumerate(rows):
        names = [plain(cell) for cell in row.cells]
        x, y = _first(names, NORTHING), _first(names, EASTING)
        if x is None or y is None:
            continue
        corner = _first(names, CORNER)
        if corner is None:
            corner = _first(names, ORDINAL)
        return index, Columns(x, y, corner, _first(names, RING))
    return None


def _first(names: Sequence[str], pattern: re.Pattern[str]) -> int | None:
    return next((index for index, name in enumerate(names) if pattern.fullmatch(name)), None)


def stated(texts: Sequence[str]) -> Stated:
    """What headings and notes say. The degree sign may be printed as °, º, o or `độ`."""
    text = " ; ".join(texts)
    words = plain(_DECIMAL.sub(_minutes, text.replace("º", "°").replace("⁰", "°")))
    meridian = _MERIDIAN.search(words)
    zone = _ZONE.search(words)
    area = _AREA.search(_bare(text))
    datum = next(
        (name for name, mark in (("WGS 84", "wgs"), ("HN-72", "hn 72"), ("UTM", "utm")) if mark in words),
        None,
    )
    return Stated(
        meridian_deg=None if meridian is None else int(meridian[1]) + int(meridian[2] or 0) / 60.0,
        zone_width_deg=None if zone is None else int(zone[1]),
        area_ha=None if area is None else _hectares(area[1]),
        other_datum=None if "vn 2000" in words or "vn2000" in words else datum,
    )


def _minutes(decimal: re.Match[str]) -> str:
    """`105,5` as `105°30'`."""
    return f"{decimal[1]}°{round(float('0.' + decimal[2]) * 60):02}'"


def _hectares(text: str) -> float | None:
    """An area has a decimal mark and no thousands here: a river mine is below 1,000 ha."""
    found = coordinate(text)
    if found is None:
        return None
    return float(text.replace(",", ".")) if text.count(",") + text.count(".") == 1 else found
