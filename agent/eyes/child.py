"""The child's side of the eyes: observations up, orders down, and out when the core is gone."""

import contextlib
import ctypes
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol

from agent.eyes.lanes import Lane
from agent.eyes.link import pack, receive
from agent.eyes.mailbox import Mailbox
from agent.ports import Clock
from agent.types import Look, Observation, Seal, Sealed, SourceState

log = logging.getLogger(__name__)

BEAT_S = 1.0
TEND_S = 0.5
RENEW_AFTER_S = 300.0  # a driver that has hung for so long is worth a new process
RENEW_EVERY_S = 900.0  # but not more often than this: the other cameras pay for it
RENEWED = 75  # exit code
M_ARENA_MAX, M_MMAP_THRESHOLD, M_TRIM_THRESHOLD = -8, -3, -1  # of malloc.h
LARGE_BYTES = 256 << 10

Outbound = Mailbox[Observation | SourceState | Sealed]


class Sight(Protocol):
    """What is served: `agent.eyes.eyes.Eyes` of one camera, or anything that does the same."""

    @property
    def camera(self) -> str: ...

    @property
    def beats(self) -> int: ...

    @property
    def main(self) -> "Stream | None": ...

    def __iter__(self) -> Iterator[Observation | SourceState | Sealed]: ...

    def look(self, order: Look) -> None: ...

    def seal(self, order: Seal) -> Sealed | None: ...

    def answers(self, now_ns: int) -> Iterator[Sealed]: ...


class Stream(Protocol):
    """A second stream of a camera that is only read; of what it gives, its states are told."""

    @property
    def beats(self) -> int: ...

    def __iter__(self) -> Iterator[object]: ...


def begin(main: Callable[[socket.socket], None], link: socket.socket) -> None:
    """The first lines of the child process; `main` builds the eyes and gives them to `serve`."""
    # Ctrl-C reaches both processes; when to stop is the core's decision, told by closing the link.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # When memory runs out the kernel shall take the eyes, not the core.
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500", encoding="ascii")
    share_memory()
    main(link)


def share_memory() -> None:
    """One heap for all threads, and pictures outside of it, given back at once.

    Else each thread keeps room of its own for the largest picture it ever held, and the first picture that is
    freed makes the C library take all later ones from the heap, where small things soon lie between them.
    """
    with contextlib.suppress(AttributeError):  # a C library that is not GNU's
        library = ctypes.CDLL(None)
        for what, value in (
            (M_ARENA_MAX, 1),
            (M_MMAP_THRESHOLD, LARGE_BYTES),
            (M_TRIM_THRESHOLD, LARGE_BYTES),
        ):
            library.mallopt(what, value)


def serve(link: socket.socket, cameras: Sequence[Sight], clock: Clock) -> None:
    """Watch and obey until the core closes the link, which ends this process from within.

    One thread watches each stream, so that a camera whose driver hangs holds up no other; one obeys orders and
    one carries out those that had to wait, so that a slow disk holds up no camera; one sends, so that a core that
    does not read holds up nothing. This one looks after the others.
    """
    outbound: Outbound = Mailbox()
    lanes = [Lane(f"camera:{eyes.camera}", eyes, outbound, clock) for eyes in cameras]
    lanes += [
        Lane(f"camera:{eyes.camera}/main", eyes.main, outbound, clock)
        for eyes in cameras
        if eyes.main is not None
    ]
    _start("send", lambda: _send(link, outbound, lanes))
    _start("seal", lambda: _carry_out(outbound, cameras, clock))
    obeying = _start("obey", lambda: _obey(link, outbound, cameras))
    for lane in lanes:
        _start(lane.source, lane.run)
    begun_ns = clock.mono_ns()
    while obeying.is_alive():
        obeying.join(TEND_S)
        now_ns = clock.mono_ns()
        hung_s = [lane.tend(now_ns) for lane in lanes]
        if max(hung_s) > RENEW_AFTER_S and now_ns - begun_ns > RENEW_EVERY_S * 1e9:
            log.error(
                "the driver of %s hangs; the process ends so that it is opened anew",
                lanes[hung_s.index(max(hung_s))].source,
            )
            os._exit(RENEWED)


def _start(name: str, work: Callable[[], None]) -> threading.Thread:
    thread = threading.Thread(target=work, name=name, daemon=True)
    thread.start()
    return thread


def _send(link: socket.socket, outbound: Outbound, lanes: Sequence[Lane]) -> None:
    """Send what there is; say "alive" only where a watching thread has moved, or has nothing left to do."""
    told = -1
    try:
        while True:
            message = outbound.take(BEAT_S)
            beats = sum(lane.beats for lane in lanes)
            if message is None and beats == told and not all(lane.ended for lane in lanes):
                continue
            told = beats
            link.sendall(pack(message))
    except ConnectionError:
        os._exit(0)  # nobody listens any more
    except Exception:
        log.exception("the eyes could not tell what they saw; the process ends and the core starts it anew")
        os._exit(1)


def _obey(link: socket.socket, outbound: Outbound, cameras: Sequence[Sight]) -> None:
    try:
        for order in receive(link):
            for eyes in cameras:
                if eyes.camera != order.camera:
                    continue
                if isinstance(order, Look):
                    eyes.look(order)
                elif isinstance(order, Seal) and (answer := eyes.seal(order)) is not None:
                    outbound.put(answer)
            if isinstance(order, Seal) and order.camera not in {eyes.camera for eyes in cameras}:
                problem = f"there is no camera {order.camera} here"
                outbound.put(Sealed(order.to_mono_ns, order.event_id, (), problem, order.camera, order.want))
    except Exception:
        log.exception("the eyes could not obey an order; the process ends and the core starts it anew")
        os._exit(1)
    # The core is gone or has closed. A decoder may hang for ever in the other thread: no waiting for it.
    os._exit(0)


def _carry_out(outbound: Outbound, cameras: Sequence[Sight], clock: Clock) -> None:
    """Answer the orders whose span is over."""
    pause = threading.Event()
    try:
        while not pause.wait(TEND_S):
            for eyes in cameras:
                for answer in eyes.answers(clock.mono_ns()):
                    outbound.put(answer)
    except Exception:
        log.exception("the eyes could not keep a clip; the process ends and the core starts it anew")
        os._exit(1)
