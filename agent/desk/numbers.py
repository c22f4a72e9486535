"""Numbers as decisions print them: `1.135.614,25`, `1 135 614.25`, `562.242`."""

import re
from typing import Final

_SPACES: Final = str.maketrans("", "", " \u00a0\u202f'’")
_NUMBER: Final = re.compile(r"[+-]?\d+([.,]\d+)*")
LEAST_M: Final = 10_000.0
"""A coordinate below this is no coordinate: the point in it parts thousands."""


def coordinate(text: str) -> float | None:
    """Metres, or None where that is no number.

    Of two kinds of marks the last one is the decimal mark; a mark that stands twice parts thousands. A single one
    before three digits is read as decimal only where the number is then still as large as a coordinate.
    """
    text = text.translate(_SPACES).removesuffix("m").strip()
    if not _NUMBER.fullmatch(text):
        return None
    marks = [mark for mark in text if mark in ".,"]
    if len(set(marks)) == 2:
        last = marks[-1]
        other = "." if last == "," else ","
        return float(text.replace(other, "").replace(last, ".")) if marks.count(last) == 1 else None
    groups = re.split(r"[.,]", text)
    in_threes = all(len(group) == 3 for group in groups[1:])
    value = float(".".join(groups[:2]))
    if len(groups) > 2 or (len(groups) == 2 and in_threes and abs(value) < LEAST_M):
        return float("".join(groups)) if in_threes else None
    return value


def metres_text(value: float, decimals: int = 2) -> str:
    """`1.135.614,25`: as it is written in Vietnam."""
    return f"{value:,.{decimals}f}".translate(str.maketrans(",.", ".,"))
