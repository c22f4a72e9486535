"""Every error this product raises on purpose.

    SandwatchError
    ├── SettingsError      a config, licence, rule or voyage file is wrong (all mistakes at once)
    ├── SentenceError      one NMEA sentence was refused
    ├── SourceError        a receiver or camera failed; the source may recover
    ├── StoreError         the local store cannot be opened or written
    │   └── StoreDamaged   its bytes are not what was written: a start sets it aside
    ├── StickError         a folder that carries evidence ashore cannot be read or written
    ├── BundleRefused      a config bundle is not taken; what the box runs by stays as it is
    ├── ChainError         a record, signature or link does not verify
    └── ShoreError         the far side could not be reached or did not accept
        ├── ShoreUnreachable
        └── ShoreRefused

A message says what failed, on which value, and what to do.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias


class SandwatchError(Exception):
    """Root of all errors raised on purpose."""


@dataclass(frozen=True, slots=True)
class Both:
    """A sentence in Vietnamese and English, made where it is known what is wrong. As `str` it is English."""

    vi: str
    en: str

    def __str__(self) -> str:
        return self.en


Sentence: TypeAlias = str | Both
"""Where only a `str` stands, a technician reads it in English whatever his language."""


def in_language(sentence: Sentence, language: Literal["vi", "en"]) -> str:
    """The text of a sentence in that language, in English where it has no other."""
    return sentence.vi if isinstance(sentence, Both) and language == "vi" else str(sentence)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One wrong thing in a file a person wrote.

    `where` is the path of the key inside the file (`camera.0.url`, `features[2] ring 1`, row 7 of a table),
    `value` what stood there, `allowed` what may stand there or what to do.
    """

    where: Sentence
    value: str
    problem: Sentence
    allowed: Sentence = ""

    def text(self, language: Literal["vi", "en"]) -> str:
        """The mistake as one line in that language."""
        where, problem, allowed = (
            in_language(part, language) for part in (self.where, self.problem, self.allowed)
        )
        text = f"{where} = {self.value}: {problem}" if self.value else f"{where}: {problem}"
        return f"{text} ({allowed})" if allowed else text

    def within(self, place: str) -> "Mistake":
        """The same mistake of a file that is itself only a part: `place` stands before where it is."""
        where = (
            Both(vi=place + self.where.vi, en=place + self.where.en)
            if isinstance(self.where, Both)
            else place + self.where
        )
        return replace(self, where=where)

    def __str__(self) -> str:
        return self.text("en")


class SettingsError(SandwatchError, ValueError):
    """A file a person wrote is wrong; holds every mistake found in it, not only the first."""

    def __init__(self, file: str, mistakes: Sequence[Mistake]) -> None:
        self.file = file
        self.mistakes = tuple(mistakes)
        super().__init__(self.text("en"))

    def text(self, language: Literal["vi", "en"]) -> str:
        """All mistakes in that language, one a line."""
        lines = "\n".join(f"  - {mistake.text(language)}" for mistake in self.mistakes)
        count = len(self.mistakes)
        head = f"{self.file} có {count} lỗi:" if language == "vi" else f"{self.file} has {count} mistake(s):"
        return f"{head}\n{lines}"


class SentenceError(SandwatchError, ValueError):
    """One NMEA sentence was refused; `reason` is the name of the counter it goes to."""

    def __init__(self, reason: str, detail: str) -> None:
        self.reason = reason
        super().__init__(f"{reason}: {detail}")


class SourceError(SandwatchError, OSError):
    """A receiver or camera could not be opened or read."""


class StoreError(SandwatchError, OSError):
    """The local store cannot be opened, is damaged, or has no room."""


class StoreDamaged(StoreError):
    """The database is damaged. The next start keeps it aside and goes on with what can be saved."""


class StickError(SandwatchError, OSError):
    """A folder that carries evidence ashore cannot be read or written, or is not what it should be."""


class BundleRefused(SandwatchError, ValueError):
    """A config bundle is not taken; `code` is the word for it (`agent.bundle.Code`)."""

    def __init__(self, code: str, detail: str) -> None:
        self.code = str(code)
        self.detail = detail
        super().__init__(f"refused ({code}): {detail}")


class ChainError(SandwatchError, ValueError):
    """A record does not verify; the message names the record and the check that failed."""


class ShoreError(SandwatchError, OSError):
    """The far side did not take what was offered; nothing is lost, it is offered again."""


class ShoreUnreachable(ShoreError):
    """No answer, or no answer that is the station's (half-open link, captive portal, 5xx)."""


class ShoreRefused(ShoreError):
    """The station answered and refused; `status` is its HTTP status, `code` its own word for the reason."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        self.status = status
        self.code = code
        super().__init__(f"station refused ({status} {code}): {detail}")
