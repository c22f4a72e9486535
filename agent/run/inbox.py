"""Many threads in, one stream out.

Fixes and everything rare wait in a queue; of each camera only the newest observation waits, because an old
picture is worth nothing beside a new one. Nothing is dropped uncounted.
"""

from collections import Counter, deque
from threading import Condition

from agent.types import Observation, Reading

QUEUE_LIMIT = 20_000  # more than half an hour of a 10 Hz receiver: reached only if the core hangs


class Inbox:
    """`put` never blocks; `get` waits at most as long as it is told."""

    def __init__(self) -> None:
        self._ready = Condition()
        self._queue: deque[Reading] = deque()
        self._newest: dict[str, Observation] = {}
        self.dropped: Counter[str] = Counter()

    def put(self, reading: Reading) -> None:
        with self._ready:
            if isinstance(reading, Observation):
                if self._newest.pop(reading.camera, None) is not None:
                    self.dropped[f"camera:{reading.camera}"] += 1
                self._newest[reading.camera] = reading
            else:
                if len(self._queue) >= QUEUE_LIMIT:
                    self.dropped[type(self._queue.popleft()).__name__] += 1
                self._queue.append(reading)
            self._ready.notify()

    def get(self, timeout_s: float) -> Reading | None:
        """The next reading, or None when none came within `timeout_s`."""
        with self._ready:
            self._ready.wait_for(lambda: bool(self._queue or self._newest), timeout_s)
            if self._queue:
                return self._queue.popleft()
            if self._newest:
                return self._newest.pop(next(iter(self._newest)))
            return None
