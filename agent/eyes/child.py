"""The child's side of the eyes: observations up, orders down, and out when the core is gone."""

import contextlib
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Protocol

from agent.eyes.link import pack, receive
from agent.eyes.mailbox import Mailbox
from agent.types import Look, Observation, Seal, Sealed, SourceState

log = logging.getLogger(__name__)

BEAT_S = 1.0


class Sight(Protocol):
    """What is served: `agent.eyes.eyes.Eyes`, or anything that does the same."""

    @property
    def beats(self) -> int: ...

    def __iter__(self) -> Iterator[Observation | SourceState]: ...

    def look(self, order: Look) -> None: ...

    def seal(self, order: Seal) -> Sealed: ...


def begin(main: Callable[[socket.socket], None], link: socket.socket) -> None:
    """The first lines of the child process; `main` builds the eyes and gives them to `serve`."""
    # Ctrl-C reaches both processes; when to stop is the core's decision, told by closing the link.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # When memory runs out the kernel shall take the eyes, not the core.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")
    main(link)


def serve(link: socket.socket, eyes: Sight) -> None:
    """Watch and obey until the core closes the link, which ends this process from within.

    Three threads: this one watches; one obeys orders, so that a stalled camera does not hold up a seal;
    one sends, so that a core that does not read does not hold up the camera.
    """
    outbound: Mailbox[Observation | SourceState | Sealed] = Mailbox()
    watched = threading.Event()
    threading.Thread(target=_send, args=(link, outbound, eyes, watched), name="send", daemon=True).start()
    obeying = threading.Thread(target=_obey, args=(link, outbound, eyes), name="obey", daemon=True)
    obeying.start()
    for reading in eyes:
        outbound.put(reading)
    # A film has its end, and orders may still come for what is in the ring.
    watched.set()
    obeying.join()


def _send(
    link: socket.socket,
    outbound: Mailbox[Observation | SourceState | Sealed],
    eyes: Sight,
    watched: threading.Event,
) -> None:
    """Send what there is; say "alive" only where the watching thread has moved, or has nothing left to do."""
    told = -1
    try:
        while True:
            message = outbound.take(BEAT_S)
            beats = eyes.beats
            if message is None and beats == told and not watched.is_set():
                continue
            told = beats
            link.sendall(pack(message))
    except ConnectionError:
        os._exit(0)  # nobody listens any more
    except Exception:
        log.exception("the eyes could not tell what they saw; the process ends and the core starts it anew")
        os._exit(1)


def _obey(
    link: socket.socket,
    outbound: Mailbox[Observation | SourceState | Sealed],
    eyes: Sight,
) -> None:
    try:
        for order in receive(link):
            if isinstance(order, Look):
                eyes.look(order)
            elif isinstance(order, Seal):
                outbound.put(eyes.seal(order))
    except Exception:
        log.exception("the eyes could not obey an order; the process ends and the core starts it anew")
        os._exit(1)
    # The core is gone or has closed. A decoder may hang for ever in the other thread: no waiting for it.
    os._exit(0)
