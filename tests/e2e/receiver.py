"""A GNSS receiver on a serial line (a pseudo-terminal), for a live run."""

import contextlib
import os
import pty
import threading
import tty
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta


def sentence(body: str) -> bytes:
    checksum = 0
    for byte in body.encode():
        checksum ^= byte
    return f"${body}*{checksum:02X}\r\n".encode()


@contextlib.contextmanager
def receiver() -> Iterator[str]:
    """A serial line on which a receiver speaks once a second, in a datum that is not WGS 84; gives its path."""
    ours, theirs = pty.openpty()
    tty.setraw(theirs)
    stop = threading.Event()

    def speak() -> None:
        begun, number = datetime.now(UTC), 0  # noqa: TID251 - the receiver's own clock
        while not stop.wait(1.0):
            at = begun + timedelta(seconds=number)
            number += 1
            clock, day = at.strftime("%H%M%S.00"), at.strftime("%d%m%y")
            with contextlib.suppress(BlockingIOError):
                os.write(ours, sentence("GPDTM,P90,,0.0,N,0.0,E,0.0,W84"))
                os.write(ours, sentence(f"GPRMC,{clock},A,1015.4549,N,10534.7666,E,0.1,,{day},,,A"))
                os.write(ours, sentence(f"GPGGA,{clock},1015.4549,N,10534.7666,E,1,09,0.9,4.0,M,0.0,M,,"))

    thread = threading.Thread(target=speak)
    thread.start()
    try:
        yield os.ttyname(theirs)
    finally:
        stop.set()
        thread.join()
        os.close(ours)
        os.close(theirs)
