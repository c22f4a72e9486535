"""Is this hull registered for that licence on that day?

Numbers are painted and typed in many ways (`CT-00432`, `ct 00432`, `AG-120.67`): what counts is letters and
digits. `Đ` is not `D` (both are prefixes in use), but a list typed without diacritics is common, so a number
that differs in that alone is `ALIKE` and decides nothing.
"""

import unicodedata
from collections.abc import Sequence
from datetime import date
from enum import StrEnum

from agent.licence.conditions import Carrier, Vessel


class Registration(StrEnum):
    """What the list of a licence says about a hull on a day."""

    VALID = "valid"
    EXPIRED = "expired"
    NOT_YET = "not_yet"
    UNLISTED = "unlisted"
    ALIKE = "alike"  # listed but for a diacritic: a person has to look
    UNKNOWN = "unknown"  # no hull number to compare, or the licence lists no vessel


def hull_key(hull_number: str) -> str:
    """The letters and digits of a hull number, in one case."""
    return "".join(
        letter for letter in unicodedata.normalize("NFC", hull_number).casefold() if letter.isalnum()
    )


def _plain(key: str) -> str:
    decomposed = unicodedata.normalize("NFD", key.replace("đ", "d"))
    return "".join(letter for letter in decomposed if not unicodedata.combining(letter))


def registration(
    vessels: Sequence[Vessel] | Sequence[Carrier], hull_number: str, day: date
) -> tuple[Registration, Vessel | Carrier | None]:
    """How the hull stands in the list on that day, and the row that says so; of several rows the best one."""
    wanted = hull_key(hull_number)
    if not wanted or not vessels:
        return Registration.UNKNOWN, None
    rows = [row for row in vessels if hull_key(row.hull_number) == wanted]
    if not rows:
        alike = next((row for row in vessels if _plain(hull_key(row.hull_number)) == _plain(wanted)), None)
        return (Registration.UNLISTED if alike is None else Registration.ALIKE), alike
    begun = [row for row in rows if row.valid_from is None or row.valid_from <= day]
    if not begun:
        return Registration.NOT_YET, min(rows, key=lambda row: row.valid_to)
    last = max(begun, key=lambda row: row.valid_to)
    return (Registration.VALID if day <= last.valid_to else Registration.EXPIRED), last
