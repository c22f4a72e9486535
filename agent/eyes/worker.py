"""The eyes as a process of their own, seen from the core.

Whatever touches pixels may crash, hang or be killed: here it becomes a `SourceState` of the source
`eyes`, and a new process is started. Nothing here imports OpenCV or PyAV.
"""

import contextlib
import logging
import os
import pickle
import random
import selectors
import signal
import socket
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import IO, Any, cast

from agent.eyes.link import LinkError, Unpacker, pack
from agent.eyes.mailbox import Mailbox
from agent.ports import Clock
from agent.types import Health, Look, Observation, Reading, Seal, Sealed, SourceState

log = logging.getLogger(__name__)

SOURCE = "eyes"
MOST_ORDERS = 64
BEAT_S = 5.0
HOUR_NS = 3600 * 1_000_000_000


@dataclass(frozen=True, slots=True)
class Patience:
    """How long to wait for what. A start includes loading the model and opening the camera."""

    stall_s: float = 30.0  # without any sign of life; longer than a camera's own timeouts
    first_wait_s: float = 1.0  # before the first new start; doubles
    longest_wait_s: float = 60.0
    steady_s: float = 120.0  # alive for so long: the next fall counts as the first
    stop_s: float = 1.0  # to end by itself at `close`, then it is killed
    most_starts: int = (
        20  # within an hour; then the next one waits: a process that cannot live must not cost the box
    )


@dataclass(slots=True)
class _Child:
    process: subprocess.Popen[bytes]
    fate: int  # a handle that can be read once the process has ended
    link: socket.socket
    started_ns: int
    heard_ns: int
    unpacker: Unpacker = field(default_factory=Unpacker)
    outgoing: bytearray = field(default_factory=bytearray)
    sees: bool = False


class EyesProcess:
    """A Source of `Observation | SourceState | Sealed` that outlives its own process.

    `main` is run in a process of its own (`agent.eyes.__main__`) with the child's end of the link: a picklable callable that builds
    camera and detector there and ends in `agent.eyes.child.serve`. `look` and `seal` never wait; every
    seal order is answered by one `Sealed`, by the child or, where it cannot, from here with a `problem`.
    """

    def __init__(
        self,
        main: Callable[[socket.socket], None],
        clock: Clock,
        *,
        patience: Patience | None = None,
        jitter: random.Random | None = None,
        beat: Callable[[], None] = lambda: None,
    ) -> None:
        """`beat` is called as long as the supervising thread turns, whatever becomes of the child."""
        self._beat = beat
        self._what_to_run = pickle.dumps(main)
        self._clock = clock
        self._patience = patience or Patience()
        self._jitter = jitter or random.Random()
        self._mailbox: Mailbox[Observation | SourceState | Sealed] = Mailbox()
        self._lock = threading.Lock()
        self._looks: dict[str, Look] = {}
        self._orders: list[Look | Seal] = []  # not yet on the link
        self._unanswered: list[tuple[Seal, int]] = []  # with the moment they were given
        self._closing = threading.Event()
        self._wake_here, self._wake_there = socket.socketpair()
        self._wake_there.setblocking(False)
        self._wake_here.setblocking(False)
        self._thread: threading.Thread | None = None
        self._recent: deque[int] = deque()  # when the starts of the last hour were
        self.pid: int | None = None
        self.starts = 0

    @property
    def dropped(self) -> int:
        """Observations that gave way to newer ones before the core took them."""
        return self._mailbox.dropped

    def __iter__(self) -> Iterator[Reading]:
        if self._thread is None:
            self._thread = threading.Thread(target=self._supervise, name="eyes", daemon=True)
            self._thread.start()
        while (reading := self._mailbox.take()) is not None:
            yield reading

    def look(self, order: Look) -> None:
        """Passed on at once, and again to every new process."""
        with self._lock:
            before = self._looks.get(order.camera)
            self._looks[order.camera] = order
            self._orders = [waiting for waiting in self._orders if waiting is not before]
            self._orders.append(order)
        self._wake()

    def seal(self, order: Seal) -> None:
        """Passed on at once; the answer comes among the readings."""
        with self._lock:
            room = len(self._unanswered) < MOST_ORDERS
            if room and self.pid is not None:
                self._orders.append(order)
                self._unanswered.append((order, self._clock.mono_ns()))
                refusal = None
            elif room:
                refusal = "the eyes are not running"
            else:
                refusal = f"the eyes have {MOST_ORDERS} orders unanswered and take no more"
        if refusal is None:
            self._wake()
        else:
            self._refuse(order, refusal)

    def close(self) -> None:
        """End the process and the iteration."""
        self._closing.set()
        self._wake()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join()
        self._mailbox.close()
        self._wake_here.close()
        self._wake_there.close()

    # ── the supervising thread ────────────────────────────────────────────────────────────────────────

    def _supervise(self) -> None:
        wait_s = self._patience.first_wait_s
        while not self._closing.is_set():
            try:
                state, reason, lived_s = self._live_once()
            except Exception as problem:
                log.exception("the eyes' process was lost")
                state, reason, lived_s = Health.FAILED, f"the eyes' process was lost: {problem}", 0.0
            if self._closing.is_set():
                break
            log.warning("%s", reason)
            self._tell(state, reason)
            self._give_up_orders(reason)
            if lived_s >= self._patience.steady_s:
                wait_s = self._patience.first_wait_s
            self._pause(max(wait_s * self._jitter.uniform(0.8, 1.2), self._rest_s()))
            wait_s = min(wait_s * 2, self._patience.longest_wait_s)
            if not self._closing.is_set():
                self._tell(Health.RECOVERING, f"the eyes are started again, start {self.starts + 1}")
        self._give_up_orders("the watch has stopped")

    def _pause(self, seconds: float) -> None:
        while seconds > 0 and not self._closing.wait(min(seconds, BEAT_S)):
            self._beat()
            seconds -= BEAT_S

    def _rest_s(self) -> float:
        """How long to wait so that no hour sees more than its starts."""
        now_ns = self._clock.mono_ns()
        while self._recent and now_ns - self._recent[0] > HOUR_NS:
            self._recent.popleft()
        if len(self._recent) < self._patience.most_starts:
            return 0.0
        return (HOUR_NS - (now_ns - self._recent[0])) / 1e9

    def _live_once(self) -> tuple[Health, str, float]:
        """One life of the child: how it ended, why, and after how many seconds."""
        try:
            child = self._start()
        except (OSError, ValueError) as problem:
            return Health.FAILED, f"the process of the eyes cannot be started: {problem}", 0.0
        state, reason = Health.FAILED, "it was given up"
        try:
            state, reason = self._attend(child)
        except LinkError as problem:
            reason = f"the eyes sent what is no message: {problem}"
        finally:
            with self._lock:
                self.pid = None
            fate = self._bury(child, 0.0 if reason else self._patience.stop_s)
        lived_s = (self._clock.mono_ns() - child.started_ns) / 1e9
        return state, reason or f"the process of the eyes {fate} after {lived_s:.1f} s", lived_s

    def _start(self) -> _Child:
        ours, theirs = socket.socketpair()
        try:
            process = subprocess.Popen(
                [sys.executable, "-m", "agent.eyes", str(theirs.fileno())],
                stdin=subprocess.PIPE,
                pass_fds=(theirs.fileno(),),
                env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            )
        except BaseException:
            ours.close()
            raise
        finally:
            theirs.close()  # else its end would not be noticed
        with contextlib.suppress(BrokenPipeError):  # that it fell over is noticed by its end
            told = cast("IO[bytes]", process.stdin)
            told.write(self._what_to_run)
            told.close()
        fate = os.pidfd_open(process.pid)
        ours.setblocking(False)
        self.starts += 1
        now_ns = self._clock.mono_ns()
        self._recent.append(now_ns)
        with self._lock:
            self.pid = process.pid
            self._orders = list(self._looks.values())
        return _Child(process, fate, ours, now_ns, now_ns)

    def _attend(self, child: _Child) -> tuple[Health, str]:
        """Carry messages both ways until the child ends ("" as reason), stalls, or we close."""
        with selectors.DefaultSelector() as selector:
            selector.register(child.link, selectors.EVENT_READ)
            selector.register(child.fate, selectors.EVENT_READ)
            selector.register(self._wake_here, selectors.EVENT_READ)
            while not self._closing.is_set():
                self._beat()
                self._fill(child)
                writes = selectors.EVENT_WRITE if child.outgoing else 0
                selector.modify(child.link, selectors.EVENT_READ | writes)
                ready = {key.fileobj for key, _ in selector.select(timeout=self._patience.stall_s / 10)}
                if self._wake_here in ready:
                    self._wake_here.recv(4096)
                if child.link in ready and not self._exchange(child):
                    return Health.FAILED, ""
                if child.fate in ready and child.link not in ready:
                    return Health.FAILED, ""
                if reason := self._stalled(child):
                    return Health.SILENT, reason
        return Health.ENDED, ""

    def _fill(self, child: _Child) -> None:
        with self._lock:
            orders, self._orders = self._orders, []
        for order in orders:
            child.outgoing += pack(order)

    def _exchange(self, child: _Child) -> bool:
        """Send and receive what goes without waiting; False when the child has closed its end."""
        try:
            if child.outgoing:
                del child.outgoing[: child.link.send(child.outgoing)]
            piece = child.link.recv(65536)
        except BlockingIOError:
            return True
        except ConnectionError:
            return False
        for message in child.unpacker.feed(piece):
            child.heard_ns = self._clock.mono_ns()
            self._pass_on(child, message)
        return bool(piece)

    def _pass_on(self, child: _Child, message: Any) -> None:
        if isinstance(message, Sealed):
            with self._lock:
                asked = [order for order, _ in self._unanswered if _answers(message, order)]
                if asked:
                    self._unanswered = [entry for entry in self._unanswered if entry[0] is not asked[0]]
            if asked:
                self._mailbox.put(message)
        elif isinstance(message, Observation):
            if not child.sees:
                child.sees = True
                self._tell(Health.HEALTHY, f"the eyes see, start {self.starts}")
            self._mailbox.put(message)
        elif isinstance(message, SourceState):
            self._mailbox.put(message)
        elif message is not None:
            raise LinkError(f"a {type(message).__name__} is an order, not a reading")

    def _stalled(self, child: _Child) -> str:
        """A sentence if the child shows no life or leaves an order unanswered, else empty."""
        limit_ns = round(self._patience.stall_s * 1e9)
        now_ns = self._clock.mono_ns()
        if now_ns - child.heard_ns > limit_ns:
            return f"the eyes gave no sign of life for {(now_ns - child.heard_ns) / 1e9:.1f} s"
        with self._lock:
            # An order for what is yet to come is not late before its end has passed.
            due = (max(given_ns, order.to_mono_ns) for order, given_ns in self._unanswered)
            oldest_ns = min(due, default=now_ns)
        if now_ns - oldest_ns > limit_ns:
            return f"the eyes left a seal order unanswered for {(now_ns - oldest_ns) / 1e9:.1f} s"
        return ""

    def _bury(self, child: _Child, wait_s: float) -> str:
        """End the child for certain, after `wait_s` to end by itself; how it ended, in words."""
        child.link.close()
        os.close(child.fate)
        try:
            code = child.process.wait(wait_s)
        except subprocess.TimeoutExpired:
            child.process.kill()
            code = child.process.wait()
        if code < 0:
            return f"was ended by signal {-code} ({signal.strsignal(-code)})"
        return f"ended with code {code}"

    def _give_up_orders(self, reason: str) -> None:
        with self._lock:
            given_up, self._unanswered = self._unanswered, []
        for order, _ in given_up:
            self._refuse(order, reason)

    def _refuse(self, order: Seal, reason: str) -> None:
        problem = f"nothing was kept: {reason}"
        self._mailbox.put(Sealed(order.to_mono_ns, order.event_id, (), problem, order.camera, order.want))

    def _tell(self, state: Health, reason: str) -> None:
        self._mailbox.put(SourceState(self._clock.mono_ns(), SOURCE, state, reason))

    def _wake(self) -> None:
        with contextlib.suppress(OSError):  # full: already awake; closed: nobody to wake
            self._wake_there.send(b"!")


def _answers(answer: Sealed, order: Seal) -> bool:
    return (answer.event_id, answer.mono_ns, answer.camera, answer.want) == (
        order.event_id,
        order.to_mono_ns,
        order.camera,
        order.want,
    )
