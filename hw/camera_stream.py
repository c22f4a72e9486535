"""One camera by PyAV: a film, an RTSP or other network stream, or a V4L2 device."""

import hashlib
import random
import stat
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import av
import numpy as np
from av.container import InputContainer
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from agent.types import Frame, Health, SourceState
from hw.camera_decoder import DueFrames, Schedule
from hw.camera_encode import KeptPictures
from hw.camera_kept import Keep, KeptPackets
from hw.camera_packets import Packets, words
from hw.camera_stamps import Stamps
from hw.camera_states import Attempts, States

FILM_FORMATS = "mov,mp4,matroska,webm,mpegts,mpeg,avi,flv,asf,h264,hevc,mjpeg"


class VideoSource:
    """Frames of one camera that are due, and what becomes of the camera.

    A film ends with ENDED, or FAILED where it cannot be played, and the iteration with it. A live stream
    never ends by itself: it says SILENT (nothing for `read_timeout_s`) or FAILED, waits `first_wait_s`,
    doubled each time up to `longest_wait_s`, says RECOVERING when it could be opened again and HEALTHY
    with the next picture. A state is told when it changes, in a sentence without the address of a stream:
    addresses hold passwords.

    `close` is noticed between two packets, with a silent network stream after `read_timeout_s` at worst.
    """

    def __init__(
        self,
        url: str,
        camera: str,
        schedule: Schedule,
        stamps: Stamps,
        *,
        open_timeout_s: float = 10.0,
        read_timeout_s: float = 10.0,
        first_wait_s: float = 1.0,
        longest_wait_s: float = 60.0,
        jitter: random.Random | None = None,
        keep: Keep | None = None,
        source: str | None = None,
        device: Mapping[str, str] | None = None,
        shown: bool = True,
        wait: Callable[[float], bool] | None = None,
    ) -> None:
        """`keep` gets every packet; `source` is the name its states are told under, `camera:NAME` if left out.

        With `shown` off its pictures are decoded as a sign of life and not given.
        `device` are options of V4L2: `input_format`, `video_size`, `framerate`. `wait` lets so many seconds pass
        between two attempts and says whether the source was closed meanwhile.
        """
        self._url = url.removeprefix("file://")
        self._device = "://" not in self._url and _is_device(Path(self._url))
        self._film = "://" not in self._url and not self._device
        self._camera = camera
        self._schedule = schedule
        self._stamps = stamps
        self._open_timeout_s = open_timeout_s
        self._read_timeout_s = read_timeout_s
        self._attempts = Attempts(first_wait_s, longest_wait_s, jitter)
        self._states = States(source or f"camera:{camera}")
        self._keep = keep
        self._device_options = dict(device or {})
        self._shown = shown
        self._closed = threading.Event()
        self._wait = wait or self._closed.wait
        self.beats = 0
        self.refused_packets = 0
        self.broken_frames = 0

    @property
    def camera(self) -> str:
        return self._camera

    @property
    def interval_s(self) -> float:
        return self._schedule.interval_s

    def look(self, interval_s: float) -> None:
        """A frame each `interval_s` seconds; where keyframes alone were decoded, from the next one on."""
        self._schedule.look(interval_s)

    def close(self) -> None:
        self._closed.set()

    def __iter__(self) -> Iterator[Frame | SourceState]:
        while not self._closed.is_set():
            yield from self._play()
            if self._film:
                return
            for step_s in self._attempts.pause():
                if self._wait(step_s):
                    break
                self.beats += 1

    def _play(self) -> Iterator[Frame | SourceState]:
        self.beats += 1
        try:
            container = av.open(
                self._url,
                "r",
                format="v4l2" if self._device else None,
                options=self._options(),
                timeout=(self._open_timeout_s, self._read_timeout_s),
            )
        except (av.FFmpegError, OSError, ValueError) as problem:
            yield from self._states.tell(self._stamps.now(), Health.FAILED, self._refusal(problem))
            return
        with container:
            if not container.streams.video:
                yield from self._states.tell(self._stamps.now(), Health.FAILED, "holds no picture")
                return
            if self._states.said is not None:
                yield from self._states.tell(
                    self._stamps.now(), Health.RECOVERING, "answers again, no picture yet"
                )
            yield from self._watch(container, container.streams.video[0])

    def _watch(self, container: InputContainer, stream: VideoStream) -> Iterator[Frame | SourceState]:
        self._stamps.opened(stream.time_base, stream.average_rate)
        packets = Packets(container, stream, film=self._film)
        due = DueFrames(stream, self._schedule, self._stamps)
        kept = self._kept(stream)
        mark = _mark(stream)
        refused_before, broken_before = self.refused_packets, self.broken_frames
        for packet in packets:
            self.beats += 1
            arrived_ns = due.arrive(packet)
            if kept is not None:
                # Before its picture is told of: an event that follows from it finds its film.
                kept.take(packet, arrived_ns)
            for mono_ns, picture in due.frames(packet):
                self._attempts.worked()
                sentence = f"gives pictures of {picture.width}x{picture.height} px"
                yield from self._states.tell(mono_ns, Health.HEALTHY, sentence)
                if self._shown:
                    yield self._frame(mono_ns, picture, mark, filmed=isinstance(kept, KeptPackets))
            self.refused_packets = refused_before + due.refused + packets.unreadable
            self.broken_frames = broken_before + due.broken
            # A camera that sends what cannot be decoded is as blind as one that sends nothing.
            limit_ns = round(max(self._read_timeout_s, 3 * self.interval_s) * 1e9)
            if due.dark_ns > limit_ns:
                yield from self._states.tell(
                    due.arrived_ns, Health.SILENT, "sends nothing that can be decoded"
                )
            if self._closed.is_set():
                return
        state, sentence = packets.ending
        if state is Health.ENDED and due.decoded == 0:
            state, sentence = Health.FAILED, "holds no picture that can be decoded"
        yield from self._states.tell(self._stamps.now(), state, sentence)

    def _options(self) -> dict[str, str]:
        if self._film:
            # What a stranger calls a film may be a playlist that makes the box call somebody, or a text
            # file, which FFmpeg would play as pictures of text.
            return {"protocol_whitelist": "file", "format_whitelist": FILM_FORMATS}
        if self._url.startswith("rtsp://"):
            # Over UDP a lost datagram is a broken picture, over TCP a short delay.
            return {"rtsp_transport": "tcp", "fflags": "nobuffer"}
        return self._device_options if self._device else {}

    def _kept(self, stream: VideoStream) -> KeptPackets | KeptPictures | None:
        if self._keep is None:
            return None
        if stream.codec_context.name == "rawvideo":
            return KeptPictures(self._keep)
        return KeptPackets(stream, self._stamps, self._keep)

    def _refusal(self, problem: Exception) -> str:
        if not self._film:
            return f"cannot be opened: {words(problem)}; check its cable, power, address and password"
        if isinstance(problem, av.InvalidDataError | av.ArgumentError):
            return f"cannot be played: {self._url} is empty, damaged or no film; give an MP4, MKV, TS or AVI"
        return f"cannot be played: {self._url}: {words(problem)}"

    def _frame(self, mono_ns: int, picture: VideoFrame, mark: str, *, filmed: bool) -> Frame:
        image = np.asarray(picture.to_ndarray(format="bgr24"), dtype=np.uint8)
        return Frame(mono_ns, self._camera, image, mark, filmed)


def _mark(stream: VideoStream) -> str:
    """A mark of what the far side says of its stream: coding and parameter sets. Another camera has others.

    Not the rate: it is measured, and differs from one opening to the next.
    """
    codec = stream.codec_context
    said = f"{codec.name} {codec.profile} {codec.pix_fmt}".encode() + (codec.extradata or b"")
    return hashlib.sha256(said).hexdigest()[:12]


def _is_device(path: Path) -> bool:
    """Whether it is or, unplugged at the moment, would be a device."""
    try:
        return stat.S_ISCHR(path.stat().st_mode)
    except OSError:
        return path.is_relative_to("/dev")
