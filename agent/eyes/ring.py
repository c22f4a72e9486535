"""The pre-roll ring: the last looks, so that an event has pictures from before it was known."""

from collections import deque
from dataclasses import dataclass
from threading import Lock

import cv2

from agent.types import Detection, Frame, Observation

JPEG_QUALITY = 85


@dataclass(frozen=True, slots=True)
class Still:
    """One look, encoded once: the bytes that are kept are the bytes that are hashed.

    `jpeg` is empty as long as the picture lies in the ring of packets only (`agent.eyes.develop`).
    """

    jpeg: bytes
    observation: Observation

    @property
    def mono_ns(self) -> int:
        return self.observation.mono_ns

    @property
    def detections(self) -> tuple[Detection, ...] | None:
        return self.observation.detections


def encode(frame: Frame) -> bytes:
    """The frame as JPEG. The same pixels give the same bytes with the same build of OpenCV."""
    done, jpeg = cv2.imencode(".jpg", frame.image, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    if not done:
        height_px, width_px = frame.image.shape[:2]
        raise ValueError(f"a frame of {width_px}x{height_px} px of camera {frame.camera} cannot be a JPEG")
    return jpeg.tobytes()


class Ring:
    """Stills of the last `seconds`, together at most `max_bytes`; the oldest leave first.

    The newest still is always kept, even where it alone is larger than `max_bytes`: a wrong setting must
    not leave an event without a picture. One thread may add while another takes.
    """

    def __init__(self, seconds: float = 60.0, max_bytes: int = 32 * 1024 * 1024) -> None:
        if seconds <= 0 or max_bytes <= 0:
            raise ValueError(f"a ring of {seconds} s and {max_bytes} bytes holds nothing: both must exceed 0")
        self.length_ns = round(seconds * 1e9)
        self.max_bytes = max_bytes
        self._stills: deque[Still] = deque()
        self._size_bytes = 0
        self._lock = Lock()

    @property
    def size_bytes(self) -> int:
        return self._size_bytes

    def __len__(self) -> int:
        return len(self._stills)

    def add(self, still: Still) -> None:
        """Keep a still, newer than all before; one that is older means that stamps began anew."""
        with self._lock:
            if self._stills and still.mono_ns < self._stills[-1].mono_ns:
                self._stills.clear()
                self._size_bytes = 0
            self._stills.append(still)
            self._size_bytes += len(still.jpeg)
            while len(self._stills) > 1 and (
                self._size_bytes > self.max_bytes or still.mono_ns - self._stills[0].mono_ns > self.length_ns
            ):
                self._size_bytes -= len(self._stills.popleft().jpeg)

    def between(self, camera: str, from_mono_ns: int, to_mono_ns: int) -> tuple[Still, ...]:
        """What `camera` saw in that span, oldest first, both ends included.

        Where the span holds none (the camera is looked at seldom) it is the last still before it, unless
        that is older than the ring is long: what the camera saw an hour ago says nothing of now.
        """
        with self._lock:
            stills = [still for still in self._stills if still.observation.camera == camera]
        within = tuple(still for still in stills if from_mono_ns <= still.mono_ns <= to_mono_ns)
        if within:
            return within
        before = [still for still in stills if 0 < from_mono_ns - still.mono_ns <= self.length_ns]
        return tuple(before[-1:])
