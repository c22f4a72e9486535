"""Between two threads: of observations only the newest of each camera waits, all else waits in order."""

from collections import deque
from threading import Condition
from typing import Generic, TypeVar

from agent.types import Observation, Sealed, SourceState

LONGEST = 1024

T = TypeVar("T", bound=Observation | Sealed | SourceState)


class Mailbox(Generic[T]):
    """`put` never waits. What a slow taker misses is counted in `dropped`.

    An answer to a seal order is never dropped: there are no more of them than orders given.
    """

    def __init__(self) -> None:
        self._waiting: deque[T] = deque()
        self._changed = Condition()
        self._closed = False
        self.dropped = 0

    def put(self, item: T) -> None:
        """Leave an item; after `close` it is lost."""
        with self._changed:
            if self._closed:
                return
            if isinstance(item, Observation):
                self._drop_older_look(item.camera)
            elif isinstance(item, SourceState) and len(self._waiting) >= LONGEST:
                self._drop_oldest_state()
            self._waiting.append(item)
            self._changed.notify()

    def take(self, timeout_s: float | None = None) -> T | None:
        """The next item; None once closed and empty, or when `timeout_s` has passed."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed, timeout_s)
            return self._waiting.popleft() if self._waiting else None

    def close(self) -> None:
        """What waits may still be taken."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _drop_older_look(self, camera: str) -> None:
        for at, waiting in enumerate(self._waiting):
            if isinstance(waiting, Observation) and waiting.camera == camera:
                del self._waiting[at]
                self.dropped += 1
                return

    def _drop_oldest_state(self) -> None:
        for at, waiting in enumerate(self._waiting):
            if isinstance(waiting, SourceState):
                del self._waiting[at]
                self.dropped += 1
                return
