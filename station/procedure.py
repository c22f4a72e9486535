"""What the law of a day says about a case: deadlines, penalty bands, thresholds, the price of sand.

All of it is data with dates (`sandwatch-procedure/1`, `config/rules/cases/*.toml`); nothing of it stands in the code.
Where two instruments say something about the same subject on one day, the one that began later is taken.
"""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import SandwatchError
from agent.types import FindingKind

Measure = Literal["distance_m", "volume_m3"]
Vnd = int


class ProcedureError(SandwatchError, ValueError):
    """A file of the procedure cannot be read; the message names the file and every mistake."""


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Deadline(_Part):
    about: Literal["verification"]
    article: str
    days: int = Field(gt=0)
    complex_days: int = Field(gt=0)
    warn_days: int = Field(ge=0)


class _Band(_Part):
    kinds: tuple[Annotated[FindingKind, Field(strict=False)], ...] = Field(min_length=1, strict=False)
    measure: Measure
    from_: float = Field(alias="from", ge=0, strict=False)
    below: float | None = Field(default=None, strict=False)
    low_vnd: Vnd | None = None
    high_vnd: Vnd | None = None
    on: Literal["individual", "organisation"]
    article: str


class _Threshold(_Part):
    article: str
    gain_vnd: Vnd = Field(gt=0)
    value_vnd: Vnd = Field(gt=0)


class _Price(_Part):
    vnd_per_m3: Vnd = Field(gt=0)


class _Instrument(_Part):
    format: Literal["sandwatch-procedure/1"]
    id: str
    number: str
    title_vi: str
    title_en: str
    effective_from: date
    effective_to: date | None = None
    deadline: tuple[_Deadline, ...] = Field(default=(), strict=False)
    band: tuple[_Band, ...] = Field(default=(), strict=False)
    threshold: tuple[_Threshold, ...] = Field(default=(), strict=False)
    price: tuple[_Price, ...] = Field(default=(), strict=False)


@dataclass(frozen=True, slots=True)
class Source:
    """Which text says so, and where in it."""

    number: str
    title: tuple[str, str]  # Vietnamese, English
    article: str
    effective_from: date


@dataclass(frozen=True, slots=True)
class Deadline:
    """Days from the acceptance of the data; `complex_days` where the case was marked as complex."""

    source: Source
    days: int
    complex_days: int
    warn_days: int


@dataclass(frozen=True, slots=True)
class Band:
    """A penalty between two values of a measure; the amounts are None where they are not known."""

    source: Source
    kinds: frozenset[FindingKind]
    measure: Measure
    low: float
    below: float | None
    low_vnd: Vnd | None
    high_vnd: Vnd | None
    on: Literal["individual", "organisation"]

    def holds(self, value: float) -> bool:
        """Whether the value lies in the band."""
        return self.low <= value and (self.below is None or value < self.below)


@dataclass(frozen=True, slots=True)
class Threshold:
    """From here on it is a matter of the Penal Code: unlawful gain, or value of what was taken."""

    source: Source
    gain_vnd: Vnd
    value_vnd: Vnd


@dataclass(frozen=True, slots=True)
class Price:
    source: Source
    vnd_per_m3: Vnd


@dataclass(frozen=True, slots=True)
class Procedure:
    """What holds on one day; None or empty where no instrument says anything."""

    verification: Deadline | None
    bands: tuple[Band, ...]
    threshold: Threshold | None
    price: Price | None


@dataclass(frozen=True, slots=True)
class Instruments:
    """All instruments that are known, whatever their dates."""

    _read: tuple[_Instrument, ...]

    def on(self, day: date) -> Procedure:
        """What holds on a day of the river."""
        held = [
            each
            for each in self._read
            if each.effective_from <= day and (each.effective_to is None or day <= each.effective_to)
        ]
        newest = sorted(held, key=lambda each: each.effective_from, reverse=True)
        banded = next((each for each in newest if each.band), None)
        return Procedure(
            verification=_first(
                Deadline(_source(each, part.article), part.days, part.complex_days, part.warn_days)
                for each in newest
                for part in each.deadline
            ),
            bands=() if banded is None else tuple(_band(banded, part) for part in banded.band),
            threshold=_first(
                Threshold(_source(each, part.article), part.gain_vnd, part.value_vnd)
                for each in newest
                for part in each.threshold
            ),
            price=_first(Price(_source(each, ""), part.vnd_per_m3) for each in newest for part in each.price),
        )


def read_instruments(texts: Sequence[tuple[str, str]]) -> Instruments:
    """The instruments in these files (name, text). Raises ProcedureError."""
    found: list[_Instrument] = []
    for name, text in texts:
        try:
            found.append(_Instrument.model_validate(tomllib.loads(text)))
        except (tomllib.TOMLDecodeError, ValidationError) as error:
            raise ProcedureError(f"{name}: {error}") from None
    return Instruments(tuple(found))


@cache
def shipped() -> Instruments:
    """The instruments that come with the program."""
    folder = files("station") / "procedures"
    return read_instruments(
        sorted(
            (entry.name, entry.read_text(encoding="utf-8"))
            for entry in folder.iterdir()
            if entry.name.endswith(".toml")
        )
    )


T = TypeVar("T")


def _first(found: Iterable[T]) -> T | None:
    return next(iter(found), None)


def _source(each: _Instrument, article: str) -> Source:
    return Source(each.number, (each.title_vi, each.title_en), article, each.effective_from)


def _band(each: _Instrument, part: _Band) -> Band:
    return Band(
        _source(each, part.article),
        frozenset(part.kinds),
        part.measure,
        part.from_,
        part.below,
        part.low_vnd,
        part.high_vnd,
        part.on,
    )
