"""A live receiver as a source of readings that goes on by itself through everything a boat does to it.

Unplugged, replugged, at another baud rate, silent, drowned in noise: the iterator never raises and never
ends until `close`; it says what happened with `SourceState` and tries again with back-off.
"""

import threading
from collections.abc import Callable, Iterator
from random import Random

from agent.errors import SourceError
from agent.ports import Clock
from agent.types import Health, Reading, SourceState
from hw.epochs import Epochs
from hw.gnss_port import Port, SerialPort
from hw.nmea import SentenceReader
from hw.nmea_counters import Counters

# Rates in the order of what receivers on boats are set to; tried in a circle when nothing verifies.
BAUD_RATES = (9600, 38_400, 4800, 115_200, 57_600, 19_200, 230_400, 460_800)
BACK_OFF_FIRST_S, BACK_OFF_MOST_S = 0.25, 15.0
SILENT_AFTER_S = 5.0
WRONG_BAUD_AFTER_S = 3.0
WRONG_BAUD_BYTES = 40  # fewer bytes without a sentence in them prove nothing about the rate
SECOND_NS = 1_000_000_000


class GnssSource:
    """`agent.ports.Source` of Fix, Sky, Heading, Depth and SourceState from the receiver at `url`.

    `url` is a device (`/dev/ttyACM0`), a pty or `socket://host:port`. `baud` is tried first; where bytes
    come and no sentence verifies for `wrong_baud_after_s`, the next of BAUD_RATES is tried, so a wrong
    rate in the settings costs seconds and not the voyage. A line without a byte for `silent_after_s` is
    opened anew. `wait(seconds)` sleeps and says whether the source was closed meanwhile.
    """

    def __init__(
        self,
        url: str,
        *,
        clock: Clock,
        baud: int | None = None,
        silent_after_s: float = SILENT_AFTER_S,
        wrong_baud_after_s: float = WRONG_BAUD_AFTER_S,
        open_port: Callable[[str, int], Port] = SerialPort,
        wait: Callable[[float], bool] | None = None,
        random: Random | None = None,
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        """`beat` is called at every turn of the reading loop, whatever the receiver gives."""
        self._beat = beat
        self.url = url
        self.counters = Counters()
        self._clock = clock
        self._rates = _rates(baud)
        self._rate_index = 0
        self._silent_after_ns = round(silent_after_s * SECOND_NS)
        self._wrong_baud_after_ns = round(wrong_baud_after_s * SECOND_NS)
        self._open_port = open_port
        self._closed = threading.Event()
        self._wait = wait or self._closed.wait
        self._random = random or Random()
        self._epochs = Epochs(counters=self.counters)
        self._reader = SentenceReader(self.counters)
        self._state: Health | None = None
        self._back_off_s = BACK_OFF_FIRST_S

    @property
    def baud(self) -> int:
        """The rate that is tried now, or that was found."""
        return self._rates[self._rate_index]

    def close(self) -> None:
        """End the iteration, from any thread, within the time of one read (half a second at most)."""
        self._closed.set()

    def __iter__(self) -> Iterator[Reading]:
        while not self._closed.is_set():
            self._beat()
            try:
                port = self._open_port(self.url, self.baud)
            except SourceError as error:
                yield from self._becomes(Health.FAILED, str(error))
            else:
                try:
                    yield from self._listen(port)
                except SourceError as error:
                    yield from self._epochs.flush(self._clock.mono_ns())
                    yield from self._becomes(Health.FAILED, str(error))
                finally:
                    port.close()
                    self._reader.reset()
            if self._closed.is_set() or self._wait(self._next_pause_s()):
                return
            self.counters.reopened += 1

    def _listen(self, port: Port) -> Iterator[Reading]:
        """Read until the line is lost (SourceError), has been silent for too long, or is closed."""
        heard_ns = good_ns = self._clock.mono_ns()
        doubtful_bytes = 0
        idle = True
        while not self._closed.is_set():
            self._beat()
            chunk = port.read(self._epochs.idle_s)
            now_ns = self._clock.mono_ns()
            if not chunk:
                if not idle:
                    yield from self._epochs.flush(now_ns)
                    idle = True
                if now_ns - heard_ns > self._silent_after_ns:
                    yield from self._becomes(
                        Health.SILENT,
                        f"no byte from {self.url} for {(now_ns - heard_ns) / SECOND_NS:.0f} s; opening it anew",
                    )
                    return
                continue
            heard_ns, idle = now_ns, False
            verified = self.counters.verified
            sentences = self._reader.feed(chunk)
            if self.counters.verified > verified:
                good_ns, doubtful_bytes, self._back_off_s = now_ns, 0, BACK_OFF_FIRST_S
                yield from self._becomes(
                    Health.HEALTHY, f"sentences come from {self.url} at {self.baud} baud"
                )
            for sentence in sentences:
                yield from self._epochs.step(sentence, now_ns)
            doubtful_bytes += len(chunk)
            if doubtful_bytes >= WRONG_BAUD_BYTES and now_ns - good_ns > self._wrong_baud_after_ns:
                yield from self._becomes(
                    Health.RECOVERING, f"bytes come from {self.url} but no sentence; trying other baud rates"
                )
                self._rate_index = (self._rate_index + 1) % len(self._rates)
                self._reader.reset()
                port.set_baud(self.baud)
                good_ns, doubtful_bytes = now_ns, 0
        yield from self._epochs.flush(self._clock.mono_ns())

    def _becomes(self, state: Health, reason: str) -> Iterator[SourceState]:
        if state is not self._state:
            self._state = state
            yield SourceState(self._clock.mono_ns(), "gnss", state, reason)

    def _next_pause_s(self) -> float:
        """Doubling up to BACK_OFF_MOST_S, half of it by chance; back to the first after a good sentence."""
        pause_s = self._back_off_s * (0.5 + 0.5 * self._random.random())
        self._back_off_s = min(2 * self._back_off_s, BACK_OFF_MOST_S)
        return pause_s


def _rates(first: int | None) -> tuple[int, ...]:
    if first is None:
        return BAUD_RATES
    return (first, *(rate for rate in BAUD_RATES if rate != first))
