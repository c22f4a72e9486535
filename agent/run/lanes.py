"""The watchdog is fed by progress: every lane says that it has moved, and a lane that stands still stops the pings.

A lane moves when its loop turns, not when its device gives something: a dead camera, a receiver below a bridge and a box
without a link degrade what is known and are no reason to start anew. A thread that hangs is.
"""

import logging
import os
import socket
from collections.abc import Callable
from threading import Event as Flag
from threading import Lock

from agent.ports import Clock

log = logging.getLogger(__name__)

# How long each lane may stand still: longer than the longest thing it does between two beats.
CORE_S, GNSS_S, EYES_S = 60.0, 60.0, 60.0
UPLOAD_S = 900.0  # one chunk on the slowest link that is not dead (docs/outbox.md)

Beat = Callable[[], None]
Say = Callable[[str], None]


class Lanes:
    """When each lane last moved. Beats come from many threads."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._lock = Lock()
        self._limits_ns: dict[str, int] = {}
        self._moved_ns: dict[str, int] = {}

    def lane(self, name: str, limit_s: float) -> Beat:
        """A new lane, which has just moved; call what comes back at every turn of its loop."""

        def beat() -> None:
            with self._lock:
                self._moved_ns[name] = self._clock.mono_ns()

        with self._lock:
            self._limits_ns[name] = round(limit_s * 1e9)
        beat()
        return beat

    def standing(self) -> list[str]:
        """The lanes that have stood still for too long, in words."""
        now_ns = self._clock.mono_ns()
        with self._lock:
            still = {name: now_ns - self._moved_ns[name] for name in self._limits_ns}
            return [
                f"{name} has not moved for {ns / 1e9:.0f} s"
                for name, ns in still.items()
                if ns > self._limits_ns[name]
            ]


class Feeder:
    """Feeds the watchdog as long as every lane moves."""

    def __init__(self, lanes: Lanes, say: Say) -> None:
        self._lanes = lanes
        self._say = say
        self._said: list[str] = []

    def step(self) -> bool:
        """One ping, or none and the reason in the log; whether it was sent."""
        standing = self._lanes.standing()
        if not standing:
            self._say("WATCHDOG=1")
        elif [name.split()[0] for name in standing] != self._said:
            log.error("the watchdog is not fed: %s", "; ".join(standing))
            self._say(f"STATUS=not fed: {'; '.join(standing)}")
        self._said = [name.split()[0] for name in standing]
        return not standing

    def run(self, stop: Flag, every_s: float) -> None:
        while not stop.wait(every_s):
            self.step()


def notifier(address: str | None = None) -> Say | None:
    """Speaks to systemd (sd_notify): one datagram to `address`, by default $NOTIFY_SOCKET; None where nobody listens."""
    address = address or os.environ.get("NOTIFY_SOCKET")
    if not address:
        return None
    target = "\0" + address[1:] if address.startswith("@") else address

    def say(text: str) -> None:
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
                line.settimeout(1.0)
                line.sendto(text.encode(), target)
        except OSError as error:
            log.warning("systemd does not hear: %s", error.strerror)

    return say


def watchdog_s() -> float | None:
    """The patience that systemd has with this process ($WATCHDOG_USEC), None where it has no watchdog."""
    text = os.environ.get("WATCHDOG_USEC", "")
    return int(text) / 1e6 if text.isdigit() and int(text) else None
