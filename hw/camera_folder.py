"""A folder into which some camera puts stills: by FTP, by a script, by hand. Each new picture is one frame."""

import threading
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from agent.ports import Clock
from agent.types import Frame, Health, Image, SourceState
from hw.camera_decoder import Schedule
from hw.camera_states import States

SUFFIXES = frozenset((".jpg", ".jpeg", ".png"))
POLL_S = 1.0
TRIES = (
    10  # polls: a picture that cannot be read for so long is passed over, it is not being written any more
)


class FolderCamera:
    """New pictures of a folder in the order of their names, stamped when they were found.

    Those that lie there at the start are old, except the last one. A picture counts once it is whole: what FTP
    has half delivered is asked for again. `silent` is told after `silent_s` without a new picture, `failed` while
    the folder cannot be read.
    """

    def __init__(
        self, folder: Path, camera: str, schedule: Schedule, clock: Clock, *, silent_s: float = 900.0
    ) -> None:
        self._folder = folder
        self._camera = camera
        self._schedule = schedule
        self._clock = clock
        self._silent_ns = round(silent_s * 1e9)
        self._closed = threading.Event()
        self._states = States(f"camera:{camera}")
        self._done: set[str] = set()
        self._tried: dict[str, int] = {}
        self.beats = 0
        self.unreadable = 0

    @property
    def camera(self) -> str:
        return self._camera

    def look(self, interval_s: float) -> None:
        """Of pictures that come faster than this, some are passed over."""
        self._schedule.look(interval_s)

    def close(self) -> None:
        self._closed.set()

    def __iter__(self) -> Iterator[Frame | SourceState]:
        self._done = set(self._names()[:-1])
        last_ns = self._clock.mono_ns()
        while not self._closed.is_set():
            self.beats += 1
            now_ns = self._clock.mono_ns()
            if not self._folder.is_dir():
                yield from self._states.tell(
                    now_ns, Health.FAILED, "has no folder: check that its disk is there"
                )
            for image in self._new():
                last_ns = now_ns
                height_px, width_px = image.shape[:2]
                yield from self._states.tell(
                    now_ns, Health.HEALTHY, f"gives pictures of {width_px}x{height_px} px"
                )
                if self._schedule.due(now_ns):
                    self._schedule.seen(now_ns)
                    yield Frame(now_ns, self._camera, image)
            if now_ns - last_ns > self._silent_ns and self._states.said is not Health.FAILED:
                yield from self._states.tell(
                    now_ns, Health.SILENT, f"has put no picture there for {silent(self._silent_ns)}"
                )
            self._closed.wait(POLL_S)

    def _names(self) -> list[str]:
        try:
            return sorted(file.name for file in self._folder.iterdir() if file.suffix.lower() in SUFFIXES)
        except OSError:
            return []

    def _new(self) -> Iterator[Image]:
        names = self._names()
        self._done &= set(names)
        self._tried = {name: tries for name, tries in self._tried.items() if name in names}
        for name in names:
            if name in self._done:
                continue
            image = whole_picture(self._folder / name)
            if image is not None:
                self._done.add(name)
                yield image
                continue
            self._tried[name] = self._tried.get(name, 0) + 1
            if self._tried[name] >= TRIES:
                self.unreadable += 1
                self._done.add(name)


def whole_picture(file: Path) -> Image | None:
    """The picture in BGR; None where it is not whole. OpenCV would fill the rest of half a JPEG with grey."""
    try:
        coded = file.read_bytes()
    except OSError:
        return None
    if file.suffix.lower() != ".png" and not coded.rstrip(b"\0").endswith(b"\xff\xd9"):
        return None
    image = cv2.imdecode(np.frombuffer(coded, dtype=np.uint8), cv2.IMREAD_COLOR) if coded else None
    return None if image is None else np.asarray(image, dtype=np.uint8)


def silent(length_ns: int) -> str:
    seconds = length_ns // 1_000_000_000
    return f"{seconds // 60} min" if seconds >= 60 else f"{seconds} s"
