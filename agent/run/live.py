"""The live run: threads put readings into the inbox, one loop takes them through the core.

Threads: GNSS reader, eyes, upload, and this loop. None of them may end the run; a thread that falls over is
logged, counted and started again. Only a stop signal ends it.
"""

import logging
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import replace
from threading import Event as Flag
from threading import Thread

from agent.card import Guard
from agent.errors import StoreDamaged, StoreError
from agent.ports import Clock
from agent.run.core import Core
from agent.run.inbox import Inbox
from agent.run.lanes import Feeder, Lanes, notifier, watchdog_s
from agent.run.statements import Statements
from agent.types import Fix, Health, Reading, SourceState, Tick

log = logging.getLogger(__name__)

TICK_S = 1.0
RESTART_S = 5.0
CARD_EVERY_S = 5.0


def pump(name: str, source: Iterable[Reading], inbox: Inbox, clock: Clock, stop: Flag) -> None:
    """Move a source's readings into the inbox until `stop`; a fault of the source is a reading too."""
    while not stop.is_set():
        try:
            for reading in source:
                inbox.put(reading)
                if stop.is_set():
                    return
        except Exception:
            log.exception("source %s fell over; trying again in %s s", name, RESTART_S)
            inbox.put(SourceState(clock.mono_ns(), name, Health.FAILED, "its reader fell over; see the log"))
        else:
            return
        stop.wait(RESTART_S)


def as_recorded(reading: Reading) -> Reading:
    """The reading with its time in whole milliseconds, as a recording holds it, so that a replay sees the same."""
    if not isinstance(reading, (Fix, Tick)) or reading.utc is None or reading.utc.microsecond % 1000 == 0:
        return reading
    return replace(reading, utc=reading.utc.replace(microsecond=reading.utc.microsecond // 1000 * 1000))


def start(name: str, work: Callable[[], None]) -> Thread:
    """Run `work` in a thread that does not keep the process alive."""
    thread = Thread(target=work, name=name, daemon=True)
    thread.start()
    return thread


def every(seconds: float, stop: Flag, work: Callable[[], object]) -> None:
    """Do `work` again and again until `stop`; a disk that refuses is logged, and asked again next time."""
    while not stop.wait(seconds):
        try:
            work()
        except StoreError as error:
            log.error("%s", error)


def hear(statements: Statements, inbox: Inbox, clock: Clock) -> None:
    """What people have stated since the last time goes in like any reading."""
    for said in statements.fresh(clock.mono_ns):
        inbox.put(said)


def watch_card(guard: Guard, inbox: Inbox, clock: Clock, stop: Flag) -> None:
    """Tell when the data card goes missing, is another one, or is back."""
    said: str | None = ""
    while True:
        problem = guard()
        if problem != said:
            said = problem
            state = Health.HEALTHY if problem is None else Health.FAILED
            inbox.put(SourceState(clock.mono_ns(), "card", state, problem or "the data card is there"))
        if stop.wait(CARD_EVERY_S):
            return


def tell_systemd(lanes: Lanes, stop: Flag) -> None:
    """That the watch has begun; and from now on, as long as every lane moves, that it lives."""
    say = notifier()
    if say is None:
        return
    say("READY=1\nSTATUS=watching")
    patience_s = watchdog_s()
    if patience_s is not None:
        feeder = Feeder(lanes, say)
        start("watchdog", lambda: feeder.run(stop, patience_s / 4))


class Loop:
    """Takes readings through the core, ticks when there are none, and outlives a disk that refuses."""

    def __init__(
        self, core: Core, inbox: Inbox, clock: Clock, beat: Callable[[], None] = lambda: None
    ) -> None:
        """`beat` is called before each step."""
        self._beat = beat
        self._core = core
        self._inbox = inbox
        self._clock = clock
        self._last_tick_ns = 0
        self.counts: Counter[str] = Counter()

    def step(self) -> Reading:
        """One reading, or a tick when a second passed without one; returns what was taken."""
        now_ns = self._clock.mono_ns()
        reading: Reading | None = None
        if now_ns - self._last_tick_ns < TICK_S * 1e9:
            reading = self._inbox.get(TICK_S)
        if reading is None:
            self._last_tick_ns = self._clock.mono_ns()
            utc, quality = self._clock.utc()
            reading = Tick(self._last_tick_ns, utc, quality)
        try:
            self._core.take(as_recorded(reading))
        except StoreDamaged:
            raise  # the next start sets it aside and goes on; nothing this process writes would be kept
        except StoreError as error:
            # What could not be written waits inside the core and goes with the next commit that works.
            if self.counts["store"] % 60 == 0:
                log.error("%s", error)
            self.counts["store"] += 1
        self.counts[type(reading).__name__] += 1
        return reading

    def run(self, stop: Flag) -> None:
        """Until `stop` is set; then everything that waits is committed."""
        while not stop.is_set():
            self._beat()
            self.step()
        self._core.commit()
