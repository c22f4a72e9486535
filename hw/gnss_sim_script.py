"""The script of a synthetic voyage: where the hull goes, and what happens to its receiver. See docs/gnss.md."""

import tomllib
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Literal, TypeAlias

from pydantic import ConfigDict, Field, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from agent.errors import Mistake, SettingsError

Latitude: TypeAlias = Annotated[float, Field(ge=-85, le=85)]
Longitude: TypeAlias = Annotated[float, Field(ge=-180, le=180)]
Place: TypeAlias = tuple[Latitude, Longitude]
Speed: TypeAlias = Annotated[float, Field(gt=0, le=40)]
Seconds: TypeAlias = Annotated[float, Field(gt=0, le=604_800)]
From: TypeAlias = Annotated[float, Field(ge=0)]

_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True)
class Transit:
    """Along the points of `to` in straight lines; stops at the last if the next leg lies still."""

    kind: Literal["transit"]
    to: Annotated[tuple[Place, ...], Field(min_length=1)]
    speed_kn: Speed
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class Anchor:
    """At anchor or on wires: a slow figure of eight around where the last leg ended."""

    kind: Literal["anchor"]
    seconds: Seconds
    swing_radius_m: Annotated[float, Field(ge=0, le=200)] = 4.0
    swing_period_s: Annotated[float, Field(ge=20, le=86_400)] = 240.0
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class Drift:
    """With the stream, engine off."""

    kind: Literal["drift"]
    seconds: Seconds
    speed_kn: Speed
    course_deg: Annotated[float, Field(ge=0, lt=360)]
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class Dropout:
    """No position: RMC V, quality 0, an empty sky. The receiver's clock runs on."""

    kind: Literal["dropout"]
    from_s: From
    to_s: Seconds
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class Silence:
    """No sentence at all: the cable is out."""

    kind: Literal["silence"]
    from_s: From
    to_s: Seconds
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class Quality:
    """Another GGA quality: 1 alone, 2 corrected, 4 RTK fixed, 5 RTK float; the noise follows."""

    kind: Literal["quality"]
    from_s: From
    to_s: Seconds
    quality: Literal[1, 2, 4, 5]
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class Satellites:
    """At most so many satellites are used; HDOP and noise grow by themselves."""

    kind: Literal["satellites"]
    from_s: From
    to_s: Seconds
    at_most: Annotated[int, Field(ge=4, le=24)]
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class Jump:
    """The reported position is off by so much: multipath, or somebody who lies to the receiver."""

    kind: Literal["jump"]
    from_s: From
    to_s: Seconds
    north_m: Annotated[float, Field(ge=-1e6, le=1e6)]
    east_m: Annotated[float, Field(ge=-1e6, le=1e6)]
    __pydantic_config__ = _STRICT


@dataclass(frozen=True, slots=True)
class Datum:
    """DTM names another datum. The coordinates stay as they are; a `jump` beside it moves them."""

    kind: Literal["datum"]
    from_s: From
    to_s: Seconds
    code: Annotated[str, Field(pattern=r"^[A-Z0-9]{3}$")]
    __pydantic_config__ = _STRICT


Leg: TypeAlias = Annotated[Transit | Anchor | Drift, Field(discriminator="kind")]
Happening: TypeAlias = Annotated[
    Dropout | Silence | Quality | Satellites | Jump | Datum, Field(discriminator="kind")
]


@dataclass(frozen=True, slots=True)
class Script:
    """A whole voyage. The same script gives the same bytes: all chance comes from `seed`."""

    start_utc: datetime
    start: Place
    leg: Annotated[tuple[Leg, ...], Field(min_length=1)]
    event: tuple[Happening, ...] = ()
    seed: Annotated[int, Field(ge=0)] = 0
    rate_hz: Literal[1, 2, 5, 10] = 1
    quality: Literal[1, 2, 4, 5] = 1
    heading: bool = False  # HDT, as a receiver with two antennas gives it
    __pydantic_config__ = _STRICT

    @classmethod
    def from_toml(cls, text: str, file: str) -> "Script":
        """Raises SettingsError with every mistake; `file` is only named in it."""
        try:
            script = _ADAPTER.validate_python(tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise SettingsError(file, [Mistake("the file", "", f"is not TOML: {error}")]) from None
        except ValidationError as error:
            raise SettingsError(file, [_mistake(item) for item in error.errors()]) from None
        mistakes = [
            Mistake(f"event.{index}.to_s", f"{event.to_s:g}", "is not after from_s")
            for index, event in enumerate(script.event)
            if event.to_s <= event.from_s
        ]
        if mistakes:
            raise SettingsError(file, mistakes)
        return script

    @property
    def start_moment(self) -> datetime:
        """`start_utc` with its time zone; without one it is UTC."""
        return self.start_utc.astimezone(UTC) if self.start_utc.tzinfo else self.start_utc.replace(tzinfo=UTC)


_ADAPTER: TypeAdapter[Script] = TypeAdapter(Script)


def _mistake(item: ErrorDetails) -> Mistake:
    where = ".".join(str(part) for part in item["loc"]) or "the file"
    if item["type"] == "missing":
        return Mistake(where, "", "is missing")
    return Mistake(where, repr(item["input"])[:60], item["msg"][0].lower() + item["msg"][1:])
