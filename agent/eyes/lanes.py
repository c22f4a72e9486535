"""One stream watched by a thread of its own, and whether that thread still moves."""

import logging
import threading
from collections.abc import Iterator
from typing import Protocol

from agent.eyes.mailbox import Mailbox
from agent.ports import Clock
from agent.types import Health, Observation, Sealed, SourceState

log = logging.getLogger(__name__)

HUNG_S = 30.0  # longer than any timeout of a camera's own
AGAIN_S = 5.0


class Watched(Protocol):
    @property
    def beats(self) -> int: ...

    def __iter__(self) -> Iterator[object]: ...


class Lane:
    """Passes on what a stream tells. `run` is its thread, `tend` is called by another.

    A driver that hangs cannot be interrupted; it is told as `silent` while the other lanes go on, and as healthy
    by the first thing it gives afterwards.
    """

    def __init__(
        self,
        source: str,
        watched: Watched,
        outbound: Mailbox[Observation | SourceState | Sealed],
        clock: Clock,
    ) -> None:
        self.source = source
        self.ended = False
        self._watched = watched
        self._outbound = outbound
        self._clock = clock
        self._beats = -1
        self._moved_ns = clock.mono_ns()
        self._hung = False

    @property
    def beats(self) -> int:
        return self._watched.beats

    def run(self) -> None:
        """Until the stream ends. Whatever falls over here takes this camera only, and is tried again."""
        pause = threading.Event()
        while True:
            try:
                for item in self._watched:
                    self._pass_on(item)
            except Exception as problem:
                log.exception("watching %s fell over; trying again in %s s", self.source, AGAIN_S)
                reason = f"{self._name} fell over: {type(problem).__name__}; see the log"
                self._outbound.put(SourceState(self._clock.mono_ns(), self.source, Health.FAILED, reason))
                pause.wait(AGAIN_S)
            else:
                self.ended = True
                return

    def _pass_on(self, item: object) -> None:
        if not isinstance(item, (Observation, SourceState, Sealed)):
            return  # a picture of a stream that is not looked at
        if self._hung and isinstance(item, Observation):
            reason = f"{self._name} gives pictures again"
            self._outbound.put(SourceState(item.mono_ns, self.source, Health.HEALTHY, reason))
        if not isinstance(item, Sealed):
            self._hung = False
        self._outbound.put(item)

    def tend(self, now_ns: int) -> float:
        """For how many seconds the stream has hung; 0 while it moves. Tells when it begins to."""
        beats = self._watched.beats
        if beats != self._beats or self.ended:
            self._beats, self._moved_ns = beats, now_ns
            return 0.0
        still_s = (now_ns - self._moved_ns) / 1e9
        if still_s <= HUNG_S:
            return 0.0
        if not self._hung:
            self._hung = True
            reason = f"{self._name} hangs: its driver has not answered for {still_s:.0f} s"
            self._outbound.put(SourceState(now_ns, self.source, Health.SILENT, reason))
        return still_s

    @property
    def _name(self) -> str:
        return self.source.replace(":", " ", 1)
