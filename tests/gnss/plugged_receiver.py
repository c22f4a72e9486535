"""A receiver on a real pty, and sentences with their checksum."""

import contextlib
import os
import threading
import tty
from collections.abc import Iterator
from functools import reduce
from operator import xor
from pathlib import Path

import pytest

SHARED = Path(__file__).resolve().parents[3] / "shared" / "data"


def framed(body: str) -> bytes:
    """A sentence with its checksum and line end."""
    return b"$%s*%02X\r\n" % (body.encode(), reduce(xor, body.encode(), 0))


def shared_folder(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"the recorded logs shared/data/{name} are not beside this checkout")
    return folder


class Receiver:
    """Can be unplugged, and plugged in again as another tty behind the same path, as udev links do."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._master: int | None = None

    @property
    def master(self) -> int:
        assert self._master is not None, "the receiver is unplugged"
        return self._master

    def plug(self) -> None:
        self._master, slave = os.openpty()
        tty.setraw(slave)
        new = self.path.with_suffix(".new")
        new.symlink_to(os.ttyname(slave))
        new.replace(self.path)
        os.close(slave)

    def unplug(self) -> None:
        self.path.unlink()
        os.close(self.master)
        self._master = None

    def send(self, stream: bytes, piece: int = 1024) -> None:
        """Blocks while the far side does not read, as the line does."""
        view = memoryview(stream)
        while view:
            view = view[os.write(self.master, view[:piece]) :]


@contextlib.contextmanager
def plugged_receiver(folder: Path) -> Iterator[Receiver]:
    receiver = Receiver(folder / "gnss")
    receiver.plug()
    try:
        yield receiver
    finally:
        if receiver.path.is_symlink():
            receiver.unplug()


@contextlib.contextmanager
def sending(folder: Path, name: str, sentence: bytes) -> Iterator[Path]:
    """A receiver that says the same again and again, ten times a second."""
    receiver = Receiver(folder / name)
    receiver.plug()
    os.set_blocking(receiver.master, False)
    end = threading.Event()

    def talk() -> None:
        while sentence and not end.wait(0.1):
            with contextlib.suppress(
                BlockingIOError
            ):  # nobody listens: what does not go is lost, as on a line
                os.write(receiver.master, sentence)

    thread = threading.Thread(target=talk, daemon=True)
    thread.start()
    try:
        yield receiver.path
    finally:
        end.set()
        thread.join()
        receiver.unplug()
