"""A camera on the CSI connector of a Raspberry Pi, by picamera2 and libcamera.

Written against the documentation of picamera2 0.3 and never run on a Pi by us: there is none where this is tested.
The two streams of the sensor are used as two streams of a network camera are: the large one goes to the H.264
encoder and its packets into the ring; the small one is looked at when the schedule asks, as an array, without any
decoding. `url = "csi"` is the first camera, `csi:1` the second.
"""

import importlib
import threading
from collections.abc import Iterator
from typing import Any

import cv2
import numpy as np

from agent.ports import Clock
from agent.types import CodedPacket, Frame, Health, SourceState
from hw.camera_decoder import Schedule
from hw.camera_kept import TICKS, Keep
from hw.camera_states import Attempts, States

MAIN_PX = (1920, 1080)
SMALL_PX = (640, 360)
RATE = 25
BIT_RATE = 4_000_000
WAIT_S = 0.05
MISSING = "cannot be opened: picamera2 is not installed here; sudo apt install python3-picamera2, and a venv with --system-site-packages"


class PiCamera:
    """Frames that are due, and what becomes of the camera; as `hw.camera_stream.VideoSource` is.

    A sensor that stops answering blocks `capture_request` for ever; the eyes then tell that its driver hangs.
    """

    def __init__(self, url: str, camera: str, schedule: Schedule, clock: Clock, keep: Keep | None) -> None:
        self._number = int(url.partition(":")[2] or 0)
        self._camera = camera
        self._schedule = schedule
        self._clock = clock
        self._keep = keep
        self._closed = threading.Event()
        self._states = States(f"camera:{camera}")
        self._attempts = Attempts()
        self.beats = 0

    @property
    def camera(self) -> str:
        return self._camera

    def look(self, interval_s: float) -> None:
        self._schedule.look(interval_s)

    def close(self) -> None:
        self._closed.set()

    def __iter__(self) -> Iterator[Frame | SourceState]:
        while not self._closed.is_set():
            self.beats += 1
            try:
                picamera2 = importlib.import_module("picamera2")
            except ImportError:
                yield from self._states.tell(self._clock.mono_ns(), Health.FAILED, MISSING)
            else:
                try:
                    yield from self._watch(picamera2)
                except (RuntimeError, OSError, IndexError) as problem:
                    yield from self._states.tell(
                        self._clock.mono_ns(), Health.FAILED, f"broke off: {problem}; check its ribbon cable"
                    )
            for step_s in self._attempts.pause():
                if self._closed.wait(step_s):
                    break
                self.beats += 1

    def _watch(self, picamera2: Any) -> Iterator[Frame | SourceState]:
        device = picamera2.Picamera2(self._number)
        try:
            device.configure(
                device.create_video_configuration(
                    main={"size": MAIN_PX, "format": "YUV420"},
                    lores={"size": SMALL_PX, "format": "YUV420"},
                    controls={"FrameRate": RATE},
                )
            )
            if self._keep is not None:
                self._keep.begin("h264")
                device.start_encoder(*_encoder(self._keep))
            device.start()
            while not self._closed.wait(WAIT_S):
                now_ns = self._clock.mono_ns()
                self.beats += 1
                if not self._schedule.due(now_ns):
                    continue
                request = device.capture_request(flush=True)
                try:
                    yuv = request.make_array("lores")
                    taken_ns = int(request.get_metadata()["SensorTimestamp"])
                finally:
                    request.release()
                self._attempts.worked()
                self._schedule.seen(now_ns)
                image = np.asarray(cv2.cvtColor(yuv, cv2.COLOR_YUV2BGR_I420), dtype=np.uint8)
                height_px, width_px = image.shape[:2]
                yield from self._states.tell(
                    self._clock.mono_ns(), Health.HEALTHY, f"gives pictures of {width_px}x{height_px} px"
                )
                # libcamera stamps by CLOCK_BOOTTIME, which is our monotonic clock but for sleep; a box never sleeps.
                yield Frame(min(taken_ns, now_ns), self._camera, image)
        finally:
            device.stop()
            device.close()


def _encoder(keep: Keep) -> tuple[Any, Any]:
    """picamera2's H.264 encoder with an output that passes its packets on."""
    encoders = importlib.import_module("picamera2.encoders")
    outputs = importlib.import_module("picamera2.outputs")

    class ToRing(outputs.Output):  # type: ignore[misc, name-defined]
        def outputframe(
            self,
            frame: Any,
            keyframe: bool = True,  # noqa: FBT001, FBT002
            timestamp: int | None = None,
            *_: Any,
            **__: Any,
        ) -> None:
            at = (timestamp or 0) * TICKS // 1_000_000
            keep.add(CodedPacket((timestamp or 0) * 1000, at, at, keyframe, bytes(frame)))

    return encoders.H264Encoder(bitrate=BIT_RATE, repeat=True, iperiod=RATE * 2), ToRing()
