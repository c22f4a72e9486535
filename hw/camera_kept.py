"""From packets as PyAV reads them to packets as they are kept for clips: one form, one unit of time.

H.264 and HEVC come in two forms: Annex B (RTSP, V4L2, TS) or with lengths (MP4, MKV), with the parameter sets in
every keyframe, once in the header, or changed on the way. Kept is always Annex B with the parameter sets before
every keyframe, so that any clip can begin at any keyframe. Nothing is decoded for it.
"""

import logging
from fractions import Fraction
from typing import Protocol

from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.stream import VideoStream

from agent.types import CodedPacket
from hw.camera_stamps import NS, Stamps

log = logging.getLogger(__name__)

TICKS = 90_000  # a second
START = b"\0\0\0\1"
PARAMETERS = {"h264": frozenset((7, 8)), "hevc": frozenset((32, 33, 34))}
ANEW = {"h264": frozenset((5,)), "hevc": frozenset((19, 20))}  # IDR pictures
JPEG_EVERY_NS = NS // 5  # an MJPEG camera sends ten times the bytes of H.264; five a second are kept


class Keep(Protocol):
    """Where packets are kept (`agent.eyes.packets.PacketRing`)."""

    def begin(self, codec: str) -> None:
        """What comes now does not continue what came before."""
        ...

    def add(self, packet: CodedPacket) -> None: ...


class KeptPackets:
    """Passes the packets of one open stream on. A new picture size, or times that leap, begin a new run."""

    def __init__(self, stream: VideoStream, stamps: Stamps, keep: Keep) -> None:
        codec: VideoCodecContext = stream.codec_context
        self._codec = codec.name
        self._stamps = stamps
        self._keep = keep
        self._tick = (stream.time_base or Fraction(1, TICKS)) * TICKS
        self._parameters = b""
        self._length_bytes = 0  # of a unit; 0: the stream is Annex B
        self._leaps = stamps.leaps
        self._last_ns: int | None = None
        self._read_header(codec.extradata or b"")
        keep.begin(self._codec)

    def take(self, packet: "Packet[VideoStream]", mono_ns: int) -> None:
        """Keep a packet whose picture is stamped `mono_ns`; what a clip cannot hold is passed over."""
        pts = packet.pts if packet.pts is not None else packet.dts
        if pts is None or packet.size == 0 or packet.is_corrupt:
            return
        if self._stamps.leaps != self._leaps:
            self._leaps = self._stamps.leaps
            self._keep.begin(self._codec)
        data = bytes(packet)
        if self._codec == "mjpeg":
            if self._last_ns is not None and 0 <= mono_ns - self._last_ns < JPEG_EVERY_NS:
                return
            self._last_ns = mono_ns
        elif self._codec in PARAMETERS:
            data = self._plain(data, keyframe=packet.is_keyframe)
        else:
            return
        dts = packet.dts if packet.dts is not None else pts
        ticks = (round(pts * self._tick), round(dts * self._tick))
        self._keep.add(CodedPacket(mono_ns, *ticks, packet.is_keyframe, data))

    def _plain(self, data: bytes, *, keyframe: bool) -> bytes:
        if self._length_bytes:
            data = b"".join(START + unit for unit in _measured(data, self._length_bytes))
        if not keyframe:
            return data
        held = b"".join(START + unit for unit in units(data) if self._is_parameter(unit))
        if not held:
            return self._parameters + data
        if held != self._parameters:
            if self._parameters:
                self._keep.begin(self._codec)
            self._parameters = held
        return data

    def _is_parameter(self, unit: bytes) -> bool:
        return bool(unit) and _kind(self._codec, unit) in PARAMETERS[self._codec]

    def _read_header(self, header: bytes) -> None:
        """Parameter sets from what the container says of the stream (`avcC`, `hvcC`, or Annex B)."""
        if self._codec not in PARAMETERS or not header:
            return
        if header[0] != 1:
            self._parameters = b"".join(START + unit for unit in units(header) if self._is_parameter(unit))
            return
        try:
            read = _avc_header if self._codec == "h264" else _hevc_header
            self._length_bytes, found = read(header)
        except IndexError:
            log.warning("the header of the stream is cut short; its clips may not play")
            return
        self._parameters = b"".join(START + unit for unit in found)


def stands_alone(codec: VideoCodecContext, keyframe: bytes) -> bool:
    """Whether nothing from this keyframe on builds on what came before it; False where that cannot be told."""
    name, header = codec.name, codec.extradata or b""
    if name not in ANEW:
        return False
    at = 4 if name == "h264" else 21
    lengths = len(header) > at and header[0] == 1
    found = _measured(keyframe, (header[at] & 3) + 1) if lengths else units(keyframe)
    return any(unit and _kind(name, unit) in ANEW[name] for unit in found)


def units(data: bytes) -> list[bytes]:
    """The units of an Annex B packet, without their start codes."""
    return [piece.rstrip(b"\0") for piece in data.split(b"\0\0\1")[1:]]


def _kind(codec: str, unit: bytes) -> int:
    return unit[0] & 0x1F if codec == "h264" else unit[0] >> 1 & 0x3F


def _measured(data: bytes, length_bytes: int) -> list[bytes]:
    """The units of a packet that gives their lengths; a torn last one is left out."""
    found, at = [], 0
    while at + length_bytes <= len(data):
        end = at + length_bytes + int.from_bytes(data[at : at + length_bytes])
        if end > len(data):
            break
        found.append(data[at + length_bytes : end])
        at = end
    return found


def _avc_header(header: bytes) -> tuple[int, list[bytes]]:
    """ISO/IEC 14496-15, 5.3.3.1: bytes of a length, and the parameter sets."""
    found, at = [], 5
    for mask in (0x1F, 0xFF):
        count, at = header[at] & mask, at + 1
        for _ in range(count):
            unit, at = _sized(header, at)
            found.append(unit)
    return (header[4] & 3) + 1, found


def _hevc_header(header: bytes) -> tuple[int, list[bytes]]:
    """ISO/IEC 14496-15, 8.3.3.1."""
    found, at = [], 23
    for _ in range(header[22]):
        count, at = int.from_bytes(header[at + 1 : at + 3]), at + 3
        for _ in range(count):
            unit, at = _sized(header, at)
            found.append(unit)
    return (header[21] & 3) + 1, found


def _sized(header: bytes, at: int) -> tuple[bytes, int]:
    end = at + 2 + int.from_bytes(header[at : at + 2])
    if end > len(header):
        raise IndexError(f"a parameter set ends at byte {end} of {len(header)}")
    return header[at + 2 : end], end
