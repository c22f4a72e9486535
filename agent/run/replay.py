"""Recorded readings as one stream, in the order in which they happened."""

import heapq
import time
from collections.abc import Iterable, Iterator
from threading import Event as Flag

from agent.types import Reading, Tick

TICK_NS = 1_000_000_000


def merged(sources: Iterable[Iterable[Reading]]) -> Iterator[Reading]:
    """All sources in one order by `mono_ns`; of equal stamps the earlier source comes first."""
    return heapq.merge(*sources, key=lambda reading: reading.mono_ns)


def with_ticks(readings: Iterable[Reading]) -> Iterator[Reading]:
    """The same readings with a Tick at every whole second between them."""
    due = TICK_NS
    for reading in readings:
        while due <= reading.mono_ns:
            yield Tick(due)
            due += TICK_NS
        yield reading


def paced(readings: Iterable[Reading], speed: float, stop: Flag, skip: int = 0) -> Iterator[Reading]:
    """The same readings at `speed` times real time, until `stop` is set; the first `skip` as fast as they come."""
    first_ns: int | None = None
    begun = time.monotonic()
    for number, reading in enumerate(readings):
        if number >= skip:
            if first_ns is None:
                first_ns, begun = reading.mono_ns, time.monotonic()
            wait_s = (reading.mono_ns - first_ns) / 1e9 / speed - (time.monotonic() - begun)
            if wait_s > 0 and stop.wait(wait_s):
                return
        yield reading
