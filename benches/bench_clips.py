"""What a clip costs: copied from H.264, coded anew for a mask, coded from MJPEG, and raw pictures coded as they come.

Run: python benches/bench_clips.py. The pictures are drawn ones; CPU is that of this process.
"""

import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from agent.eyes.clip import write_clip  # noqa: E402
from agent.eyes.packets import PacketRing, Run  # noqa: E402
from agent.types import CodedPacket  # noqa: E402
from eyes.synthetic_clips import scene  # noqa: E402
from hw.camera_encode import KeptPictures  # noqa: E402

SECONDS = 10


def drawn(width: int, height: int, form: str) -> list[VideoFrame]:
    pictures = (scene(at, width_px=width, height_px=height) for at in range(10))
    return [av.VideoFrame.from_ndarray(one, format="bgr24").reformat(format=form) for one in pictures]


def coded(codec: str, size: tuple[int, int], form: str, rate: int) -> Run:
    encoder = cast("VideoCodecContext", VideoCodecContext.create(codec, "w"))
    encoder.width, encoder.height, encoder.pix_fmt = *size, form
    encoder.time_base = Fraction(1, rate)
    packets, pictures = [], drawn(*size, form)
    for at in range(SECONDS * rate):
        frame = pictures[at % 10]
        frame.pts = at
        for packet in encoder.encode(frame):
            ticks = (packet.pts or 0) * 90_000 // rate
            packets.append(
                CodedPacket(
                    ticks, ticks, (packet.dts or 0) * 90_000 // rate, packet.is_keyframe, bytes(packet)
                )
            )
    name = "mjpeg" if codec == "mjpeg" else "h264"
    return Run(name, tuple(packets))


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        film = coded("libx264", (1920, 1080), "yuv420p", 25)
        for title, run, masks in (
            ("H.264 1920x1080 at 25/s, copied", film, ()),
            ("the same of a camera with a mask, coded anew", film, (((0, 0), (1, 0), (1, 0.2), (0, 0.2)),)),
            ("MJPEG 1280x720 at 5/s, coded when sealed", coded("mjpeg", (1280, 720), "yuvj420p", 5), ()),
        ):
            begun = time.process_time()
            clip = write_clip(Path(folder) / "clip.mp4", run, masks=masks)
            print(
                f"{title}: {(time.process_time() - begun) / clip.duration_s * 1000:.1f} ms of CPU a second of clip"
            )
    keep, pictures = KeptPictures(PacketRing()), drawn(640, 480, "yuyv422")
    begun = time.process_time()
    for at in range(SECONDS * 5):
        keep.code(pictures[at % 10], at * 200_000_000)
    print(
        f"raw 640x480, coded as it comes: {(time.process_time() - begun) / SECONDS * 100:.1f} % of one core"
    )


if __name__ == "__main__":
    main()
