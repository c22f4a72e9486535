"""Telling people: each channel takes what it has not handed over, in one message, and tries again what was refused.

`step` does one round and says what it did; the loop only waits. A channel that fails three times is left alone for a
minute, then twice as long each time, up to an hour. The first event is told at once; what follows within the
grouping time waits for one message together. In quiet hours only what is heavy is told; the rest waits for their end.
"""

import hashlib
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from agent.licence.hours import local_time
from station import notices
from station.alert_settings import AlertSettings
from station.alert_text import message_of
from station.channels import Channel, ChannelError
from station.clock import Now
from station.notices import Notice
from station.store import Store
from station.words import Words

log = logging.getLogger(__name__)

EVERY_S: Final = 1.0
FAILURES: Final = 3
FIRST_REST: Final = timedelta(minutes=1)
LONGEST_REST: Final = timedelta(hours=1)


@dataclass(slots=True)
class Breaker:
    """Leaves a channel alone that does not work, longer each time; one message tries it again."""

    failures: int = 0
    open_until: datetime | None = None

    def closed(self, now: datetime) -> bool:
        """May the channel be used?"""
        return self.open_until is None or now >= self.open_until

    def failed(self, now: datetime) -> None:
        self.failures += 1
        if self.failures >= FAILURES:
            rest = min(FIRST_REST * 2 ** min(self.failures - FAILURES, 10), LONGEST_REST)
            self.open_until = now + rest

    def worked(self) -> None:
        self.failures, self.open_until = 0, None


@dataclass(slots=True)
class Alerting:
    """The alerts of a station."""

    store: Store
    settings: AlertSettings
    now: Now
    _breakers: dict[str, Breaker] = field(default_factory=dict)
    _last: dict[str, datetime] = field(default_factory=dict)

    def step(self) -> dict[str, int]:
        """One round over the channels; gives how many events each has told of."""
        return {channel.name: told for channel in self.settings.channels if (told := self._tell(channel))}

    def run(self, stop: threading.Event, wait: Callable[[float], bool]) -> None:
        """Round after round until `stop`."""
        while not stop.is_set():
            try:
                self.step()
            except Exception:
                log.exception("a round of the alerts failed; the next one tries again")
            if wait(EVERY_S):
                return

    def _tell(self, channel: Channel) -> int:
        now = self.now()
        breaker = self._breakers.setdefault(channel.name, Breaker())
        last = self._last.get(channel.name)
        if not breaker.closed(now):
            return 0
        if last is not None and now < last + timedelta(seconds=self.settings.group_s):
            return 0
        with self.store.reading() as connection:
            found = notices.waiting(connection, channel.name, self._least_weight(now), now)
        if not found:
            return 0
        numbers = [notice.number for notice in found]
        with self.store.writing() as connection:
            if not notices.claim(connection, channel.name, numbers, now):
                return 0
        try:
            self._send(channel, found, now)
        except ChannelError as error:
            breaker.failed(now)
            with self.store.writing() as connection:
                notices.give_back(connection, channel.name, numbers)
            log.warning("%s (failure %d)", error, breaker.failures)
            return 0
        breaker.worked()
        self._last[channel.name] = now
        with self.store.writing() as connection:
            notices.handed_over(connection, channel.name, numbers, self.now())
        return len(found)

    def _send(self, channel: Channel, found: list[Notice], now: datetime) -> None:
        """The id is made from what is told, so that a message that comes twice is known as one."""
        names = "\n".join([channel.name, *(str(notice.number) for notice in found)])
        message_id = "msg_" + hashlib.sha256(names.encode()).hexdigest()[:32]
        words = Words(self.settings.language)
        channel.send(message_of(found, self.settings.address, words), message_id, now)

    def _least_weight(self, now: datetime) -> int:
        quiet = self.settings.quiet
        if quiet is not None and quiet.holds(local_time(now).time()):
            return max(quiet.unless_weight, self.settings.least_weight)
        return self.settings.least_weight
