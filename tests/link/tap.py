"""Between boat and station: cuts connections at an exact byte, or eats answers that were already given."""

import contextlib
import random
import socket
import struct
import threading
from collections.abc import Callable
from typing import Self

PIECE_BYTES = 16 << 10
NOW = struct.pack("ii", 1, 0)  # SO_LINGER: an end without farewell, a reset


class Tap:
    """Forwards TCP from `listener` to `target`; both are reached from the thread that `enter` puts ashore."""

    def __init__(
        self,
        listener: socket.socket,
        target: tuple[str, int],
        enter: Callable[[], contextlib.AbstractContextManager[None]] = contextlib.nullcontext,
    ) -> None:
        self._listener = listener
        self._target = target
        self._enter = enter
        self._lock = threading.Lock()
        self._pairs: set[tuple[socket.socket, socket.socket]] = set()
        self._left: int | None = None
        self._eaten: tuple[float, random.Random] | None = None
        self._closing = False
        self.cut = threading.Event()
        self.answers_eaten = 0
        self.answers = 0
        self._thread = threading.Thread(target=self._accept, name="tap")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing = True
        with contextlib.suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        self.end_all()
        self._thread.join()

    def cut_after(self, count: int) -> None:
        """When so many more bytes came from the boat, not one more goes on; `cut` is set."""
        self.cut.clear()
        self._left = count

    def eat_answers(self, share: float, seed: int) -> None:
        """Of the answers of the station this share is swallowed after it was given."""
        self._eaten = (share, random.Random(seed))

    def end_all(self) -> None:
        """Every connection ends without farewell."""
        with self._lock:
            pairs, self._pairs = self._pairs, set()
        for pair in pairs:
            for side in pair:
                with contextlib.suppress(OSError):
                    side.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, NOW)
                    side.shutdown(socket.SHUT_RDWR)
                side.close()

    def _accept(self) -> None:
        with self._enter():
            while True:
                try:
                    boat, _ = self._listener.accept()
                except OSError:
                    return
                try:
                    station = socket.create_connection(self._target, timeout=10)
                except OSError:
                    boat.close()
                    continue
                station.settimeout(None)
                pair = (boat, station)
                with self._lock:
                    self._pairs.add(pair)
                if self._closing:
                    self.end_all()
                asked = threading.Event()
                for work in (self._up, self._back):
                    threading.Thread(target=work, args=(*pair, asked), daemon=True).start()

    def _up(self, boat: socket.socket, station: socket.socket, asked: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while piece := boat.recv(PIECE_BYTES):
                asked.set()
                with self._lock:
                    left = self._left
                    if left is not None:
                        piece = piece[:left]
                        self._left = left - len(piece)
                    last = self._left == 0
                    if last:
                        self._left = None
                station.sendall(piece)
                if last:
                    self.cut.set()
                    self.end_all()
                    return
            station.shutdown(socket.SHUT_WR)

    def _back(self, boat: socket.socket, station: socket.socket, asked: threading.Event) -> None:
        with contextlib.suppress(OSError):
            while piece := station.recv(PIECE_BYTES):
                if asked.is_set():  # the first piece of an answer
                    asked.clear()
                    self.answers += 1
                    if self._eaten is not None and self._eaten[1].random() < self._eaten[0]:
                        self.answers_eaten += 1
                        self.end_all()
                        return
                boat.sendall(piece)
            boat.shutdown(socket.SHUT_WR)
