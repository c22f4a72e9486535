"""Raw pictures of a camera (YUYV and the like) into H.264, once, five a second, for the ring and its clips.

A USB camera that codes nothing itself sends 18 MB a second at 640x480: no ring of packets holds that. What this
costs stands in `docs/performance.md`; a camera that gives H.264 or MJPEG costs nothing here.
"""

from fractions import Fraction

from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from agent.types import CodedPacket
from hw.camera_kept import TICKS, Keep
from hw.camera_stamps import NS

EVERY_NS = NS // 5
KEYFRAME_EACH = 10  # pictures: two seconds
OPTIONS = {"preset": "ultrafast", "tune": "zerolatency", "crf": "25"}


class KeptPictures:
    """Takes the packets of a raw stream, codes five pictures a second and passes them on."""

    def __init__(self, keep: Keep) -> None:
        self._keep = keep
        self._codec: VideoCodecContext | None = None
        self._size = (0, 0)
        self._last_ns: int | None = None

    def take(self, packet: "Packet[VideoStream]", mono_ns: int) -> None:
        if self._last_ns is not None and 0 <= mono_ns - self._last_ns < EVERY_NS:
            return
        self._last_ns = mono_ns
        for picture in packet.decode():
            self.code(picture, mono_ns)

    def code(self, picture: VideoFrame, mono_ns: int) -> None:
        """One picture, stamped `mono_ns`."""
        if self._codec is None or self._size != (picture.width, picture.height):
            self._codec = _encoder(picture.width, picture.height)
            self._size = (picture.width, picture.height)
            self._keep.begin("h264")
        coded = picture.reformat(format="yuv420p")
        at = mono_ns * TICKS // NS
        coded.pts, coded.time_base = at, Fraction(1, TICKS)
        for packet in self._codec.encode(coded):
            self._keep.add(CodedPacket(mono_ns, at, at, packet.is_keyframe, bytes(packet)))


def _encoder(width_px: int, height_px: int) -> VideoCodecContext:
    codec = VideoCodecContext.create("libx264", "w")
    codec.width, codec.height, codec.pix_fmt = width_px // 2 * 2, height_px // 2 * 2, "yuv420p"
    codec.time_base = Fraction(1, TICKS)
    codec.gop_size = KEYFRAME_EACH
    codec.thread_count = 1
    codec.options = OPTIONS
    return codec
