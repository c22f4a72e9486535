"""The cameras that are plugged in: V4L2 devices by the names that stay, and what they can send."""

import fcntl
import struct
from dataclasses import dataclass
from pathlib import Path

BY_ID = Path("/dev/v4l/by-id")
ENUM_FORMATS = 0xC0405602  # VIDIOC_ENUM_FMT of linux/videodev2.h
CAPTURE = 1
FORMAT = struct.Struct("=3I32s5I")
USEFUL = {"H264": "h264", "MJPG": "mjpeg", "YUYV": "yuyv422"}


@dataclass(frozen=True, slots=True)
class Plugged:
    """One device; `formats` are names for `input_format`, best first, empty where it could not be asked."""

    path: Path
    formats: tuple[str, ...]


def plugged(by_id: Path = BY_ID, devices: Path = Path("/dev")) -> tuple[Plugged, ...]:
    """Every V4L2 device that sends pictures, under its lasting name where it has one."""
    named = {path.resolve(): path for path in sorted(by_id.glob("*"))} if by_id.is_dir() else {}
    found = []
    for device in sorted(devices.glob("video[0-9]*")):
        formats = _formats(device)
        if formats is not None:
            found.append(Plugged(named.get(device.resolve(), device), formats))
    return tuple(found)


def _formats(device: Path) -> tuple[str, ...] | None:
    """What the device can send; empty where it cannot be asked, None where it sends no picture at all."""
    codes = []
    try:
        with device.open("rb", buffering=0) as handle:
            for index in range(32):
                asked = bytearray(FORMAT.pack(index, CAPTURE, 0, b"", 0, 0, 0, 0, 0))
                try:
                    fcntl.ioctl(handle, ENUM_FORMATS, asked)
                except OSError:
                    break
                codes.append(struct.pack("=I", FORMAT.unpack(asked)[4]).decode("ascii", "replace"))
    except OSError:
        return ()
    if not codes:
        return None  # a device for metadata, or the output of a codec
    return tuple(name for code, name in USEFUL.items() if code in codes)
