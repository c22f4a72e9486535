"""Packets into an MP4 that plays in a browser: copied as they came, in one pass over the disk.

H.264 and HEVC are copied; the clip of a camera that is mounted turned is turned by the player. The room for the
index (`moov`) is left at the beginning of the file, so that it can be played while it is fetched and nothing is
written twice. Two kinds are coded to H.264 here, once: MJPEG, because no browser plays it in an MP4, and film of a
camera with masks, because a copy would show what they hide.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import cast

import av
import numpy as np
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from agent.eyes.packets import Run
from agent.eyes.view import Polygon, black_out
from agent.types import CodedPacket, Image

TICKS = 90_000
MOOV_BYTES = 8192  # without its packets
MOOV_BYTES_A_PACKET = 40  # size, two times, composition offset, place, sync: 36 at most
COPIED = ("h264", "hevc")
HEAD_BYTES = 4096  # the track's header stands in the first kilobyte
MUXER = {"fflags": "+bitexact"}
CODED_EVERY = TICKS // 5 - TICKS // 50  # five pictures a second, a little less than a fifth apart at times
ENCODER = {"preset": "ultrafast", "crf": "25"}


class NoClip(ValueError):
    """These packets make no clip; the message is a sentence that begins with what they are."""


@dataclass(frozen=True, slots=True)
class Clip:
    """What a file that was written shows, upright."""

    mono_ns: int
    duration_s: float
    width_px: int
    height_px: int


def write_clip(path: Path, run: Run, turn_deg: int = 0, masks: Sequence[Polygon] = ()) -> Clip:
    """Write the run as MP4 to `path`; raises NoClip, or OSError where the disk refuses. Not yet durable.

    `turn_deg` is how far a player turns the picture clockwise, by the file's display matrix: no picture is touched.
    `masks`, on the picture as it was sent, are painted black: then the film is coded anew, five pictures a second.
    """
    if run.codec == "mjpeg" or masks:
        run = _coded(run, masks)
    if run.codec not in COPIED:
        raise NoClip(f"a stream of {run.codec} cannot be copied into a clip")
    first = first_picture(run)
    if first is None:
        raise NoClip("the first keyframe cannot be decoded")
    packets = _in_order(run.packets)
    zero = packets[0].pts
    options = {**MUXER, "moov_size": str(MOOV_BYTES + MOOV_BYTES_A_PACKET * len(packets))}
    try:
        with av.open(str(path), "w", format="mp4", options=options) as container:
            stream = container.add_mux_stream(
                run.codec, width=first.width, height=first.height, time_base=Fraction(1, TICKS)
            )
            for at, packet in enumerate(packets):
                copy = av.Packet(packet.data)
                copy.pts, copy.dts = packet.pts - zero, packet.dts - zero
                copy.duration = _lasts(packets, at)
                copy.time_base = Fraction(1, TICKS)
                copy.is_keyframe = packet.keyframe
                copy.stream = stream
                container.mux(copy)
    except av.FFmpegError as problem:
        if isinstance(problem, OSError) and problem.errno and problem.strerror and problem.errno < 256:
            raise
        raise NoClip(f"the packets cannot be put into a file: {problem.strerror or problem}") from None
    ends = max(packet.pts + _lasts(packets, at) for at, packet in enumerate(packets))
    if turn_deg:
        _turn(path, turn_deg, first.width, first.height)
    size = (first.height, first.width) if turn_deg in (90, 270) else (first.width, first.height)
    return Clip(packets[0].mono_ns, round((ends - zero) / TICKS, 3), *size)


def _turn(path: Path, turn_deg: int, width_px: int, height_px: int) -> None:
    """Write the display matrix into the track's header (ISO/IEC 14496-12, 8.3.2): PyAV copies none to a copied stream."""
    a, b, c, d, x, y = {
        90: (0, 1, -1, 0, height_px, 0),
        180: (-1, 0, 0, -1, width_px, height_px),
        270: (0, -1, 1, 0, 0, width_px),
    }[turn_deg]
    matrix = struct.pack(">9i", *(part << 16 for part in (a, b, 0, c, d, 0, x, y)), 1 << 30)
    with path.open("r+b") as file:
        head = file.read(HEAD_BYTES)  # the index stands before the pictures
        at = head.index(b"tkhd") + 4
        file.seek(at + (52 if head[at] else 40))  # version 1 has longer times
        file.write(matrix)


def _in_order(packets: Sequence[CodedPacket]) -> list[CodedPacket]:
    """Packets whose decoding times grow: a muxer takes no others. What steps back is left out."""
    kept: list[CodedPacket] = []
    for packet in packets:
        if not kept or packet.dts > kept[-1].dts:
            kept.append(packet)
    return kept


def _lasts(packets: Sequence[CodedPacket], at: int) -> int:
    """Until the next picture; the last one lasts as long as the one before."""
    if len(packets) == 1:
        return TICKS // 25
    at = min(at, len(packets) - 2)
    return packets[at + 1].dts - packets[at].dts


def first_picture(run: Run) -> VideoFrame | None:
    """The first keyframe of a run, decoded; None where it cannot be."""
    return next(pictures(run.codec, run.packets[:1]), None)


def pictures(codec: str, packets: Sequence[CodedPacket]) -> Iterator[VideoFrame]:
    """The pictures of some packets, decoded; those that cannot be are left out."""
    decoder = cast("VideoCodecContext", VideoCodecContext.create(codec, "r"))
    decoder.thread_count = 1
    for packet in (*packets, None):
        try:
            coded = None
            if packet is not None:
                coded = av.Packet(packet.data)
                coded.pts, coded.dts, coded.time_base = packet.pts, packet.dts, Fraction(1, TICKS)
            yield from (picture for picture in decoder.decode(coded) if not picture.is_corrupt)
        except av.FFmpegError:
            continue


def as_image(picture: VideoFrame) -> Image:
    return np.asarray(picture.to_ndarray(format="bgr24"), dtype=np.uint8)


def _coded(run: Run, masks: Sequence[Polygon]) -> Run:
    """Five pictures a second as H.264, the masks painted in. Its cost stands in `docs/performance.md`."""
    coded: list[CodedPacket] = []
    encoder: VideoCodecContext | None = None
    last_pts: int | None = None
    for picture in pictures(run.codec, run.packets):
        pts = picture.pts or 0
        if last_pts is not None and pts - last_pts < CODED_EVERY:
            continue
        last_pts = pts
        if encoder is None:
            encoder = _encoder(picture)
        frame = _masked(picture, masks).reformat(encoder.width, encoder.height, "yuv420p")
        frame.pts, frame.time_base = pts, Fraction(1, TICKS)
        coded += _stamped(encoder.encode(frame), run.packets)
    if encoder is not None:
        coded += _stamped(encoder.encode(None), run.packets)
    if not coded:
        raise NoClip(f"no picture of the {run.codec} stream can be decoded")
    return Run("h264", tuple(coded))


def _masked(picture: VideoFrame, masks: Sequence[Polygon]) -> VideoFrame:
    if not masks:
        return picture
    image = as_image(picture)
    black_out(image, masks)
    return VideoFrame.from_ndarray(image, format="bgr24")


def _encoder(picture: VideoFrame) -> VideoCodecContext:
    encoder = VideoCodecContext.create("libx264", "w")
    encoder.width, encoder.height = picture.width // 2 * 2, picture.height // 2 * 2
    encoder.pix_fmt = "yuv420p"
    encoder.time_base = Fraction(1, TICKS)
    encoder.gop_size = 25
    encoder.max_b_frames = 0
    encoder.thread_count = 1
    encoder.options = ENCODER
    return encoder


def _stamped(packets: Sequence["Packet[VideoStream]"], taken: Sequence[CodedPacket]) -> list[CodedPacket]:
    stamps = {packet.pts: packet.mono_ns for packet in taken}
    found = []
    for packet in packets:
        pts = packet.pts or 0
        found.append(
            CodedPacket(stamps.get(pts, taken[0].mono_ns), pts, pts, packet.is_keyframe, bytes(packet))
        )
    return found
