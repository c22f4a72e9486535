"""Which packets of a stream are worth decoding.

Pictures between two keyframes build on each other: to see one, all since the last keyframe must be
decoded, and only the conversion to BGR can be left out for those that are not due. Where the interval
asked for is at least the spacing of the keyframes, keyframes alone are enough: all other packets are
read and thrown away, and keyframes that are not due as well. That is the cheap way to watch.

For the same reason damage stays: a decoder fills a hole with what was there before, and all pictures up to
the next whole keyframe show something that was never filmed. None of them is given.
"""

from collections import deque
from collections.abc import Iterator
from fractions import Fraction
from typing import Protocol

import av
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from hw.camera_stamps import Stamps


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
        self._time_base = stream.time_base or Fraction(1, 1_000_000)
        self._schedule = schedule
        self._stamps = stamps
        self._last_key_pts: int | None = None
        self._spacings_s: deque[float] = deque(maxlen=4)
        self._keyframes_only = False
        self._damaged = False
        self._damaged_pts = 0
        if self._codec.name in {"h264", "hevc"}:
            # Else most damage is patched over in silence.
            self._codec.options = {"err_detect": "explode"}
        self.decoded = 0
        self.refused = 0
        self.broken = 0
        self.arrived_ns = stamps.now()
        self._lit_ns = self.arrived_ns

    @property
    def dark_ns(self) -> int:
        return self.arrived_ns - self._lit_ns

    def frames(self, packet: "Packet[VideoStream]") -> Iterator[tuple[int, VideoFrame]]:
        """Stamp and picture of what is due and came out with this packet; oldest first."""
        self.arrived_ns = self._stamps.arrived(packet.pts)
        pictures: list[VideoFrame] = []
        if packet.is_keyframe:
            pictures += self._choose_depth(packet.pts)
        if not self._keyframes_only:
            pictures += self._decode(packet)
        elif packet.is_keyframe and self._schedule.due(self.arrived_ns):
            pictures += self._decode(packet) + self._drain()
        for picture in pictures:
            if not self._whole(picture):
                self.broken += 1
                continue
            self.decoded += 1
            self._lit_ns = self.arrived_ns
            mono_ns = self._stamps.of(picture.pts)
            if self._schedule.due(mono_ns):
                self._schedule.seen(mono_ns)
                yield mono_ns, picture

    def _whole(self, picture: VideoFrame) -> bool:
        if picture.is_corrupt:
            self._mark_damage(picture.pts)
        elif self._damaged and picture.key_frame:
            # Pictures come out later than packets go in: this keyframe may lie before the damage.
            self._damaged = picture.pts is not None and picture.pts <= self._damaged_pts
        return not self._damaged

    def _mark_damage(self, pts: int | None) -> None:
        self._damaged_pts = max(self._damaged_pts, pts or 0) if self._damaged else pts or 0
        self._damaged = True

    def _choose_depth(self, key_pts: int | None) -> list[VideoFrame]:
        """At a keyframe, and only there, decoding may change; what the decoder still held comes out."""
        if key_pts is None:
            self._keyframes_only = False
            return []
        if self._last_key_pts is not None:
            self._spacings_s.append(abs(float((key_pts - self._last_key_pts) * self._time_base)))
        self._last_key_pts = key_pts
        before = self._keyframes_only
        self._keyframes_only = bool(self._spacings_s) and self._schedule.interval_s >= max(self._spacings_s)
        return self._drain() if self._keyframes_only and not before else []

    def _decode(self, packet: "Packet[VideoStream] | None") -> list[VideoFrame]:
        try:
            return self._codec.decode(packet)
        except av.EOFError:
            return []  # drained already
        except av.FFmpegError:
            self.refused += 1
            self._mark_damage(None if packet is None else packet.pts)
            return []

    def _drain(self) -> list[VideoFrame]:
        """What the decoder held back; it is then as new, and the next packet must be a keyframe."""
        pictures = self._decode(None)
        self._codec.flush_buffers()
        return pictures
