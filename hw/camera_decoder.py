"""Which packets of a stream are worth decoding.

Pictures between two keyframes build on each other: to see one, all since the last keyframe must be
decoded. So packets wait until a picture is due, and what still waits when the next keyframe comes is thrown
away, if nothing that follows builds on it. Where the interval asked for is at least the spacing of the
keyframes, keyframes alone are enough: all other packets are read and thrown away, and keyframes that are not
due as well. That is the cheap way to watch.

For the same reason damage stays: a decoder fills a hole with what was there before, and all pictures up to
the next whole keyframe show something that was never filmed. None of them is given.
"""

import logging
from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from typing import Protocol, cast

import av
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from hw.camera_kept import stands_alone
from hw.camera_stamps import Stamps

log = logging.getLogger(__name__)

MOST_WAITING = 400  # packets; then they are decoded although none is due
REFUSED_ALL = 50  # packets refused and no picture yet: it is not the link, it is how this camera codes


class Schedule(Protocol):
    """Says from stamps alone which picture is due (`agent.eyes.schedule.Schedule`)."""

    @property
    def interval_s(self) -> float: ...

    def look(self, interval_s: float) -> None: ...

    def due(self, mono_ns: int) -> bool: ...

    def seen(self, mono_ns: int) -> None: ...


class DueFrames:
    """The due pictures of one open stream.

    `decoded` counts whole pictures, `refused` packets the decoder could not read, `broken` pictures it
    marks as damaged or that build on damage. `arrived_ns` is the stamp of the last packet, `dark_ns` how
    long before it the last whole picture came out.
    """

    def __init__(self, stream: VideoStream, schedule: Schedule, stamps: Stamps) -> None:
        self._codec: VideoCodecContext = stream.codec_context
        self._codec.thread_count = 1  # frame threads hold pictures back; one core decodes 1080p25 with ease
        self.strict = self._codec.name in {"h264", "hevc"}
        if self.strict:
            # Else most damage is patched over in silence.
            self._codec.options = {"err_detect": "explode"}
        self._time_base = stream.time_base or Fraction(1, 1_000_000)
        self._schedule = schedule
        self._stamps = stamps
        self._last_key_pts: int | None = None
        self._spacings_s: deque[float] = deque(maxlen=4)
        self._keyframes_only = False
        self._waiting: list[Packet[VideoStream]] = []
        self._damaged = False
        # Packets go in ahead of the pictures that come out: a keyframe that comes out after a refused packet
        # may have gone in before it, and then cures nothing.
        self._keyframe_since = False
        self.decoded = 0
        self.refused = 0
        self.broken = 0
        self.arrived_ns = stamps.now()
        self._lit_ns = self.arrived_ns

    @property
    def dark_ns(self) -> int:
        return self.arrived_ns - self._lit_ns

    def arrive(self, packet: "Packet[VideoStream]") -> int:
        """A packet was read: the stamp of its picture, as far as can be told before decoding."""
        self.arrived_ns = self._stamps.arrived(packet.pts)
        return self.arrived_ns

    def frames(self, packet: "Packet[VideoStream]") -> Iterator[tuple[int, VideoFrame]]:
        """Stamp and picture of what is due and came out with the packet that arrived; oldest first."""
        for picture in self._pictures(packet):
            if not self._whole(picture):
                self.broken += 1
                continue
            self.decoded += 1
            self._lit_ns = self.arrived_ns
            mono_ns = self._stamps.of(picture.pts)
            if self._schedule.due(mono_ns):
                self._schedule.seen(mono_ns)
                yield mono_ns, picture

    def _pictures(self, packet: "Packet[VideoStream]") -> list[VideoFrame]:
        """What is decoded now that this packet arrived."""
        pictures: list[VideoFrame] = []
        if packet.is_keyframe:
            before = self._keyframes_only
            self._choose_depth(packet.pts)
            unused = bool(self._waiting) and stands_alone(self._codec, bytes(packet))
            if unused or (self._keyframes_only and not before):
                # What the decoder held back was decoded because it was due; what waits was not.
                self._waiting.clear()
                pictures += self._drain()
        if self._keyframes_only:
            if packet.is_keyframe and self._schedule.due(self.arrived_ns):
                pictures += self._decode(packet) + self._drain()
            return pictures
        self._waiting.append(packet)
        # A stream without times is dated by counting its pictures, and the first picture is wanted at once.
        if (
            packet.pts is None
            or self.decoded == 0
            or self._schedule.due(self.arrived_ns)
            or len(self._waiting) >= MOST_WAITING
        ):
            for waiting in self._waiting:
                pictures += self._decode(waiting)
            self._waiting.clear()
        return pictures

    def _whole(self, picture: VideoFrame) -> bool:
        if picture.is_corrupt:
            self._damaged = True
        elif picture.key_frame and self._keyframe_since:
            self._damaged = False
        return not self._damaged

    def _choose_depth(self, key_pts: int | None) -> None:
        """At a keyframe, and only there, decoding may change."""
        if key_pts is None:
            self._keyframes_only = False
            return
        if self._last_key_pts is not None:
            self._spacings_s.append(abs(float((key_pts - self._last_key_pts) * self._time_base)))
        self._last_key_pts = key_pts
        spacing_s = max(self._spacings_s, default=float("inf"))
        self._keyframes_only = self.decoded > 0 and self._schedule.interval_s >= spacing_s

    def _forgive(self) -> None:
        """Some cameras never send a packet without a fault: better to see them than to be strict."""
        codec = VideoCodecContext.create(self._codec.name, "r")
        codec.extradata = self._codec.extradata
        codec.thread_count = 1
        self._codec = cast("VideoCodecContext", codec)
        self.strict = False
        log.warning("nothing is decoded strictly; from the next keyframe on damage may go unnoticed")

    def _decode(self, packet: "Packet[VideoStream] | None") -> list[VideoFrame]:
        if packet is not None and packet.is_keyframe:
            self._keyframe_since = True
        try:
            return self._codec.decode(packet)
        except av.EOFError:
            return []  # drained already
        except av.FFmpegError:
            self.refused += 1
            self._damaged = True
            self._keyframe_since = False
            if self.strict and self.decoded == 0 and self.refused >= REFUSED_ALL:
                self._forgive()
            return []

    def _drain(self) -> list[VideoFrame]:
        """What the decoder held back; it is then as new, and the next packet must be a keyframe."""
        pictures = self._decode(None)
        self._codec.flush_buffers()
        return pictures
