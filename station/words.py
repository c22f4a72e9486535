"""What the pages say, and how they write numbers and times, in Vietnamese and English.

The pages are written in Vietnamese: a sentence of the source is its own key. English stands in
`locale/en*.po`, read at start; a test fails when a sentence is missing there or left over. The words of
findings and reasons are those of the boat (`agent.event.phrases`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Final, Literal
from zoneinfo import ZoneInfo

from babel.messages.pofile import read_po

from agent.event import phrases
from agent.event.phrases import Language
from agent.types import ClockQuality

LANGUAGES: Final[tuple[Language, ...]] = ("vi", "en")
LOCALE = Path(__file__).with_name("locale")
LOCAL = ZoneInfo("Asia/Ho_Chi_Minh")


@cache
def catalogue(language: Language) -> Mapping[str, str]:
    """Vietnamese sentence -> sentence in `language`."""
    found: dict[str, str] = {}
    for path in sorted(LOCALE.glob(f"{language}*.po")):
        with path.open("rb") as file:
            messages = read_po(file, locale=language)
        found |= {
            message.id: message.string
            for message in messages
            if message.id and isinstance(message.id, str) and isinstance(message.string, str)
        }
    return found


def language_of(text: str | None) -> Language | None:
    """A language this station speaks, or None."""
    return next((language for language in LANGUAGES if language == text), None)


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language."""

    language: Language

    def say(self, sentence: str) -> str:
        """A sentence of the pages, as gettext would give it: itself where it is not translated."""
        return catalogue(self.language).get(sentence, sentence)

    def pick(self, pair: tuple[str, str]) -> str:
        """The text of a (Vietnamese, English) pair of the phrase tables."""
        return phrases.pick(pair, self.language)

    def number(self, value: float, decimals: int) -> str:
        """A number as people of the language write it, with so many decimals."""
        text = f"{value:,.{decimals}f}"
        return text.translate(str.maketrans(",.", ".,")) if self.language == "vi" else text

    def time(self, moment: datetime | str | None) -> str | None:
        """Local time of the river, `dd/MM/yyyy HH:mm:ss`, in both languages."""
        moment = moment_of(moment)
        return None if moment is None else moment.astimezone(LOCAL).strftime("%d/%m/%Y %H:%M:%S")

    def duration(self, seconds: float) -> str:
        """A length of time in its two largest units."""
        _ = self.say
        whole = max(0, round(seconds))
        if whole < 60:
            return _("{n} giây").format(n=whole)
        minutes, rest = divmod(whole, 60)
        if minutes < 60:
            return _("{n} phút").format(n=minutes) + (" " + _("{n} giây").format(n=rest) if rest else "")
        hours, minutes = divmod(minutes, 60)
        return _("{n} giờ").format(n=hours) + (" " + _("{n} phút").format(n=minutes) if minutes else "")

    def clock(self, quality: ClockQuality) -> str:
        """Where a time comes from."""
        _ = self.say
        return {
            ClockQuality.GNSS: _("giờ vệ tinh"),
            ClockQuality.NTP: _("giờ mạng"),
            ClockQuality.SAVED: _("giờ lưu trong máy, có thể sai"),
            ClockQuality.NONE: _("không rõ giờ"),
        }[quality]

    def size(self, size_bytes: int) -> str:
        """A file's size as people read it."""
        if size_bytes < 1_000_000:
            return f"{self.number(size_bytes / 1000, 0)} kB"
        return f"{self.number(size_bytes / 1_000_000, 1)} MB"


def moment_of(moment: datetime | str | None) -> datetime | None:
    """A time of the wire format as a datetime; None where it is none."""
    if isinstance(moment, str):
        try:
            moment = datetime.fromisoformat(moment)
        except ValueError:
            return None
    return moment if moment is None or moment.tzinfo is not None else None


Place = Literal["lat", "lon"]


def degrees_text(value: float, place: Place, words: Words) -> str:
    """A latitude or longitude with its hemisphere: `10,26857° B` / `10.26857° N`."""
    letters = {("lat", "vi"): "BN", ("lat", "en"): "NS", ("lon", "vi"): "ĐT", ("lon", "en"): "EW"}
    letter = letters[place, words.language][value < 0]
    return f"{words.number(abs(value), 5)}° {letter}"
