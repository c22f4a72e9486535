"""The seams. Each has two real implementations, or one that cannot exist on a laptop."""

from collections.abc import Iterator
from datetime import datetime
from typing import Protocol, TypeVar

from agent.types import Answer, ClockQuality, Detection, Image, Parcel

T_co = TypeVar("T_co", covariant=True)


class Source(Protocol[T_co]):
    """Gives items until it is closed or comes to its end.

    A device that disappears is no error of the iterator: the source says so with a `SourceState`, tries
    again by itself, and goes on. `close` may be called from another thread and ends the iteration.
    """

    def __iter__(self) -> Iterator[T_co]: ...

    def close(self) -> None: ...


class Detector(Protocol):
    """Boxes in one frame, in pixels of that frame. `model_hash` is the SHA-256 of the model file."""

    @property
    def model_hash(self) -> str: ...

    def detect(self, image: Image) -> tuple[Detection, ...]: ...


class Shore(Protocol):
    """The far side seen from the boat.

    Raises ShoreUnreachable (try again later) or ShoreRefused (the station answered and said no).
    Delivering the same thing twice is harmless.
    """

    def deliver(self, parcel: Parcel) -> Answer: ...


class Clock(Protocol):
    """The box's clocks. `utc` gives the system clock and how far it can be believed."""

    def mono_ns(self) -> int: ...

    def utc(self) -> tuple[datetime | None, ClockQuality]: ...
