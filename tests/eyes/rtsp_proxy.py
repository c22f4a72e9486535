"""Between a camera and the box: a TCP proxy that cuts, stalls, damages, and lets the camera's clock leap."""

import contextlib
import random
import socket
import struct
import threading
from collections.abc import Iterator


class RtspProxy:
    """Passes RTSP over TCP on. What it does to the camera's packets is set while it runs."""

    def __init__(self, port: int, listen: int = 0) -> None:
        self._target = ("127.0.0.1", port)
        self._socket = socket.create_server(("127.0.0.1", listen))
        self.port = self._socket.getsockname()[1]
        self.stalled = False  # half-open: nothing comes, nobody says why
        self.damage = 0.0  # share of packets with damaged bytes
        self.leap_s = 0.0  # added to the camera's times (90 kHz)
        self.damaged = 0
        self.visits = 0
        self._random = random.Random(7)
        self._open: list[socket.socket] = []
        self._thread = threading.Thread(target=self._accept, daemon=True)
        self._thread.start()

    def cut(self) -> None:
        """Reset every connection."""
        for held in self._open:
            with contextlib.suppress(OSError):
                held.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                held.shutdown(socket.SHUT_RDWR)
        self._open.clear()

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self.cut()
        self._thread.join()

    def _accept(self) -> None:
        while True:
            try:
                here, _ = self._socket.accept()
            except OSError:
                return
            self.visits += 1
            try:
                there = socket.create_connection(self._target, timeout=10)
            except OSError:
                here.close()
                continue
            there.settimeout(None)
            self._open += [here, there]
            threading.Thread(target=self._pass_up, args=(here, there), daemon=True).start()
            threading.Thread(target=self._pass_down, args=(there, here), daemon=True).start()

    def _pass_up(self, here: socket.socket, there: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while piece := here.recv(65536):
                there.sendall(piece)
        self._shut(here, there)

    def _pass_down(self, there: socket.socket, here: socket.socket) -> None:
        with contextlib.suppress(OSError):
            for piece in _pieces(there):
                if not self.stalled:
                    here.sendall(self._treated(piece))
        self._shut(here, there)

    def _treated(self, piece: bytes) -> bytes:
        if piece[:1] != b"$" or piece[1] != 0 or len(piece) < 32:  # channel 0: RTP of the picture
            return piece
        changed = bytearray(piece)
        if self.leap_s:
            at = (int.from_bytes(changed[8:12]) + round(self.leap_s * 90_000)) % (1 << 32)
            changed[8:12] = at.to_bytes(4)
        if self.damage and self._random.random() < self.damage:
            self.damaged += 1
            for _ in range(8):
                changed[self._random.randrange(16, len(changed))] ^= 0xFF
        return bytes(changed)

    @staticmethod
    def _shut(*sockets: socket.socket) -> None:
        for each in sockets:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()


def _pieces(there: socket.socket) -> Iterator[bytes]:
    """What the camera says, in whole RTP packets and whole answers (RFC 2326, 10.12)."""
    held = b""
    while piece := there.recv(65536):
        held += piece
        while held:
            if held[:1] == b"$":
                if len(held) < 4 or len(held) < 4 + int.from_bytes(held[2:4]):
                    break
                end = 4 + int.from_bytes(held[2:4])
            else:
                head, found, _ = held.partition(b"\r\n\r\n")
                if not found:
                    break
                length = next(
                    (
                        int(line.partition(b":")[2])
                        for line in head.split(b"\r\n")
                        if line.lower().startswith(b"content-length:")
                    ),
                    0,
                )
                end = len(head) + 4 + length
                if len(held) < end:
                    break
            yield held[:end]
            held = held[end:]
