"""A recorded NMEA log as a source of readings, as fast as they are asked for.

The log is read in pieces, so memory stays flat. Nobody knows when its bytes once arrived; the monotonic
stamps come from the fixes' own UTC.
"""

import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from agent.errors import SourceError
from agent.types import Health, Reading, SourceState
from hw.epoch_dating import Dating
from hw.epochs import Epochs
from hw.nmea import SentenceReader
from hw.nmea_counters import Counters

CHUNK_BYTES = 65_536
NS_PER_US = 1_000
SECOND_NS = 1_000_000_000
SMALL_BACKWARD = timedelta(seconds=-2)  # two receivers on one line are out of step by so much
HUGE_FORWARD = timedelta(hours=1)
LONGEST_INTERVAL = timedelta(seconds=10)
SAME_VOYAGE = timedelta(hours=12)
_ANY_NOON = datetime(2000, 1, 1, 12, tzinfo=UTC)


class Timeline:
    """Monotonic stamps out of the times of the fixes: `hw.epochs.Stamping` for a log.

    Stamps count from `origin` and never go down; without an origin, or with one more than 12 hours away,
    they count from the first time in the log. A time that steps back, or forward by more than an hour, moves
    the stamps on by the last interval between epochs only: the jump stays visible in `Fix.utc`, which is not
    touched. A step back of at most 2 s holds the stamp. Epochs before the first time are stamped 0; epochs that lost their time move on by the interval. With
    `timeless` (a log that has no time at all) every epoch is a second.
    """

    def __init__(self, origin: datetime | None, *, timeless: bool = False) -> None:
        self.now_ns = 0
        self._origin = origin
        self._timeless = timeless
        self._undated = Dating(_ANY_NOON)  # orders times of day of a log without dates, nothing else
        self._last: datetime | None = None
        self._interval_ns = SECOND_NS
        self._epochs = 0

    def epoch(self, arrived_ns: int, utc: datetime | None, time_us: int | None) -> int:  # noqa: ARG002
        self._epochs += 1
        moment = utc or self._undated.moment(time_us)
        if moment is None:
            if self._last is not None or (self._timeless and self._epochs > 1):
                self.now_ns += self._interval_ns
            return self.now_ns
        if self._last is None:
            if self._origin is None or abs(moment - self._origin) > SAME_VOYAGE:
                self._origin = moment
        else:
            self._follow(self._last, moment)
        self._last = moment
        self.now_ns = max(self.now_ns, self._since_origin_ns(moment))
        return self.now_ns

    def aside(self, arrived_ns: int) -> int:  # noqa: ARG002
        return self.now_ns

    def _follow(self, last: datetime, moment: datetime) -> None:
        step = moment - last
        if step < SMALL_BACKWARD or step > HUGE_FORWARD:
            self._origin = moment - timedelta(microseconds=(self.now_ns + self._interval_ns) // NS_PER_US)
        elif timedelta() < step <= LONGEST_INTERVAL:
            self._interval_ns = step // timedelta(microseconds=1) * NS_PER_US

    def _since_origin_ns(self, moment: datetime) -> int:
        assert self._origin is not None  # noqa: S101 - set with the first moment
        return (moment - self._origin) // timedelta(microseconds=1) * NS_PER_US


class GnssLog:
    """`agent.ports.Source` of the readings in the log at `path`; each iteration reads it from its start.

    `start` is any moment within 12 hours of the first fix: it dates a log whose sentences have no date.
    `voyage_start` is the moment whose stamp is 0; without it that is the first time in the log. The last
    reading is `SourceState` ended. `counters` are those of the latest iteration.
    """

    def __init__(
        self, path: Path, *, start: datetime | None = None, voyage_start: datetime | None = None
    ) -> None:
        self.path = path
        self.counters = Counters()
        self._start = start or voyage_start
        self._voyage_start = voyage_start
        self._closed = threading.Event()

    def __iter__(self) -> Iterator[Reading]:
        self.counters = Counters()
        timeline = Timeline(self._voyage_start, timeless=not self._has_time())
        epochs = Epochs(date_hint=self._start, stamping=timeline, counters=self.counters)
        reader = SentenceReader(self.counters)
        for chunk in self._chunks():
            for sentence in reader.feed(chunk):
                yield from epochs.step(sentence, 0)
        yield from epochs.flush(0)
        if not self._closed.is_set():
            yield SourceState(
                timeline.now_ns, "gnss", Health.ENDED, f"the log {self.path.name} is at its end"
            )

    def close(self) -> None:
        self._closed.set()

    def _has_time(self) -> bool:
        """Whether any sentence in the log tells the time; reads on to the first that does."""
        reader = SentenceReader()
        return any(
            getattr(sentence, "time_us", None) is not None
            for chunk in self._chunks()
            for sentence in reader.feed(chunk)
        )

    def _chunks(self) -> Iterator[bytes]:
        try:
            with self.path.open("rb") as log:
                while not self._closed.is_set() and (chunk := log.read(CHUNK_BYTES)):
                    yield chunk
        except OSError as error:
            raise SourceError(
                f"the NMEA log {self.path} cannot be read: {error.strerror}; check the path and its rights"
            ) from error
