"""What every camera has in common: its states, told when they change, and the wait between two attempts."""

import random
from collections.abc import Iterator

from agent.types import Health, SourceState


class States:
    """The states of one source; each is told once, in a sentence that begins with the camera's name."""

    def __init__(self, source: str) -> None:
        self._source = source
        self.said: Health | None = None

    def tell(self, mono_ns: int, state: Health, sentence: str) -> Iterator[SourceState]:
        if state is not self.said:
            self.said = state
            who = self._source.replace(":", " ", 1)
            yield SourceState(mono_ns, self._source, state, f"{who} {sentence}")


class Attempts:
    """How long to wait before a camera is tried again: doubled each time, a fifth more or less."""

    def __init__(
        self, first_s: float = 1.0, longest_s: float = 60.0, jitter: random.Random | None = None
    ) -> None:
        self._first_s = first_s
        self._longest_s = longest_s
        self._jitter = jitter or random.Random()
        self._next_s = first_s

    def worked(self) -> None:
        """It gives pictures: the next failure counts as the first."""
        self._next_s = self._first_s

    def pause(self) -> Iterator[float]:
        """The wait in steps of a second at most, between which a camera shows that somebody is alive."""
        left_s = self._next_s * self._jitter.uniform(0.8, 1.2)
        self._next_s = min(self._next_s * 2, self._longest_s)
        while left_s > 0:
            yield min(left_s, 1.0)
            left_s -= 1.0
