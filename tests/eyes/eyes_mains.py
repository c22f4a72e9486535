"""Mains of child processes for the tests: importable by the eyes' process, and honest about their tricks."""

import os
import socket
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from agent.eyes.child import serve
from agent.eyes.eyes import Eyes
from agent.eyes.ring import Ring
from agent.types import Frame, SourceState
from eyes.synthetic_clips import WhiteBoxDetector, scene
from hw.clock import SystemClock


class LiveCamera:
    """Draws a picture each `interval_s` until closed, stamped by the system's monotonic clock."""

    def __init__(self, camera: str, interval_s: float) -> None:
        self.camera = camera
        self.beats = 0
        self._interval_s = interval_s
        self._closed = threading.Event()

    def __iter__(self) -> Iterator[Frame | SourceState]:
        last_ns = time.monotonic_ns()
        while not self._closed.wait(0.005):
            self.beats += 1
            now_ns = time.monotonic_ns()
            if now_ns - last_ns >= self._interval_s * 1e9:
                last_ns = now_ns
                yield Frame(now_ns, self.camera, scene(self.beats))

    def look(self, interval_s: float) -> None:
        self._interval_s = interval_s

    def close(self) -> None:
        self._closed.set()


@dataclass(frozen=True)
class Watching:
    """The ordinary case: a camera, a detector, a ring, evidence under `root`."""

    root: Path
    interval_s: float = 0.02

    def __call__(self, link: socket.socket) -> None:
        serve(
            link,
            [Eyes(LiveCamera("deck", self.interval_s), WhiteBoxDetector(), Ring(), self.root, inline=False)],
            SystemClock(),
        )


@dataclass(frozen=True)
class Ending:
    """A camera whose film has one picture; the process lives on for orders."""

    root: Path

    def __call__(self, link: socket.socket) -> None:
        serve(link, [Eyes(OneLook(), None, Ring(), self.root, inline=False)], SystemClock())


class OneLook(LiveCamera):
    def __init__(self) -> None:
        super().__init__("deck", 0.0)

    def __iter__(self) -> Iterator[Frame | SourceState]:
        self.beats += 1
        yield Frame(time.monotonic_ns(), self.camera, scene(0))


@dataclass(frozen=True)
class Hanging:
    """A decoder that hangs after the first picture: the process lives, the watching thread does not move."""

    root: Path

    def __call__(self, link: socket.socket) -> None:
        serve(link, [Eyes(HungCamera(), None, Ring(), self.root, inline=False)], SystemClock())


class HungCamera(OneLook):
    def __iter__(self) -> Iterator[Frame | SourceState]:
        yield from super().__iter__()
        self._closed.wait()


@dataclass(frozen=True)
class TwoCameras:
    """One camera that sees, and one whose driver hangs from the beginning."""

    root: Path

    def __call__(self, link: socket.socket) -> None:
        deck = Eyes(LiveCamera("deck", 0.02), None, Ring(), self.root, inline=False)
        mast = Eyes(NeverACamera(), None, Ring(), self.root, inline=False)
        serve(link, [deck, mast], SystemClock())


class NeverACamera(LiveCamera):
    def __init__(self) -> None:
        super().__init__("mast", 0.0)

    def __iter__(self) -> Iterator[Frame | SourceState]:
        self._closed.wait()
        yield from ()


def falling_over(link: socket.socket) -> None:
    """A main that fails, as one with a missing model file would."""
    link.close()
    sys.exit(3)


def babbling(link: socket.socket) -> None:
    """A child gone wrong that sends what is no message."""
    link.sendall(b"\xff" * 4096)
    threading.Event().wait()


def core_that_dies(folder: Path) -> None:
    """A whole core: starts eyes, writes their pid beside, and is then killed by the test."""
    from agent.eyes.worker import EyesProcess  # noqa: PLC0415
    from hw.clock import SystemClock  # noqa: PLC0415

    eyes = EyesProcess(Watching(folder / "evidence"), SystemClock())
    for reading in eyes:
        if not isinstance(reading, SourceState):
            part = folder / "pid.part"
            part.write_text(str(eyes.pid), encoding="ascii")
            part.rename(folder / "pid")
            threading.Event().wait()


if __name__ == "__main__":
    from eyes import eyes_mains  # what the eyes' process imports has a name of its own

    eyes_mains.core_that_dies(Path(sys.argv[1]))
    os._exit(0)
