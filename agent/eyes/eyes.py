"""The eyes in one piece: frames in, observations out, stills sealed on order.

A replay uses this class directly; live it runs inside a child process (`agent.eyes.worker`).
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from agent.eyes.observe import observe
from agent.eyes.ring import Ring, Still, encode
from agent.eyes.seal import seal
from agent.ports import Detector, Source
from agent.types import Frame, Look, Observation, Seal, Sealed, SourceState


class Camera(Source[Frame | SourceState], Protocol):
    """A source of frames that can be told how often to look."""

    @property
    def camera(self) -> str:
        """Its name in the settings."""
        ...

    @property
    def beats(self) -> int:
        """Grows with each packet read, each attempt and each second waited: still means stuck."""
        ...

    def look(self, interval_s: float) -> None: ...


class Eyes:
    """One camera watched. `look` and `seal` may be called from another thread than the iteration."""

    def __init__(
        self,
        source: Camera,
        detector: Detector | None,
        ring: Ring,
        evidence_root: Path,
        *,
        stills: int = 3,
    ) -> None:
        self._source = source
        self._detector = detector
        self._ring = ring
        self._evidence_root = evidence_root
        self._stills = stills

    @property
    def beats(self) -> int:
        return self._source.beats

    def __iter__(self) -> Iterator[Observation | SourceState]:
        for item in self._source:
            if isinstance(item, SourceState):
                yield item
                continue
            observation = observe(item, self._detector)
            # Into the ring before it is told: an event that follows from it finds its picture.
            self._ring.add(Still(encode(item), observation))
            yield observation

    def look(self, order: Look) -> None:
        """Obeyed if it is for this camera; another camera's order is none of ours."""
        if order.camera == self._source.camera:
            self._source.look(order.interval_s)

    def seal(self, order: Seal) -> Sealed:
        """Keep what lies in the ring of the order's span. Never raises for a disk or for darkness."""
        return seal(order, self._ring, self._evidence_root, most=self._stills)

    def close(self) -> None:
        self._source.close()
