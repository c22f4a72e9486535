"""Camera, detector and ring joined into eyes, inline or in a process of their own.

The eyes' process imports this module and is handed plain values: the library that checks settings would cost it
20 MB. What loads OpenCV and PyAV is imported in the functions, because the core imports this module too.
"""

import logging
import socket
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from agent.card import Guard, guard
from agent.eyes.child import serve
from agent.ports import Detector
from agent.run.log import start_logging
from hw.clock import SystemClock

if TYPE_CHECKING:
    from agent.eyes.eyes import Eyes
    from agent.eyes.landmarks import Landmarks
    from agent.eyes.view import Polygon

log = logging.getLogger(__name__)

FIRST_LOOK_S = 1.0
MAIN_LOOK_S = 30.0  # a stream that is only kept has one keyframe decoded so often: healthy means pictures
STILLS_MB = 16
MB = 1 << 20


@dataclass(frozen=True, slots=True)
class Watched:
    """One camera of the settings, and how much of it is kept."""

    name: str
    url: str
    second_url: str | None = None
    turn_deg: Literal[0, 90, 180, 270] = 0
    masks: tuple["Polygon", ...] = ()
    machine_region: "Polygon | None" = None
    on_own_hull: bool = True
    landmarks: Path | None = None
    device: Mapping[str, str] = field(default_factory=dict)
    ring_s: float = 20.0
    ring_mb: int = 16


def make_eyes(
    watched: Watched,
    evidence_root: Path,
    start_mono_ns: int | None,
    detector: Detector | None = None,
    card: Guard | None = None,
) -> "Eyes":
    """The eyes of one camera; `start_mono_ns` is the stamp of a film's first frame, None live."""
    from agent.eyes.eyes import Camera, Eyes, Keeping
    from agent.eyes.packets import PacketRing
    from agent.eyes.ring import Ring
    from agent.eyes.schedule import Schedule
    from agent.eyes.seal import NO_GUARD
    from agent.eyes.stir import Stir
    from agent.eyes.view import View
    from hw.camera_folder import FolderCamera
    from hw.camera_pi import PiCamera
    from hw.camera_stamps import LiveStamps, RecordedStamps
    from hw.camera_stream import VideoSource

    live = start_mono_ns is None
    stamps = LiveStamps(SystemClock()) if start_mono_ns is None else RecordedStamps(start_mono_ns)
    schedule = Schedule(FIRST_LOOK_S)
    packets = main = None
    source: Camera
    if is_folder(watched.url):
        source = FolderCamera(
            Path(watched.url.removeprefix("file://")), watched.name, schedule, SystemClock()
        )
    elif watched.url.startswith("csi"):
        packets = PacketRing(watched.ring_s, watched.ring_mb * MB)
        source = PiCamera(watched.url, watched.name, schedule, SystemClock(), packets)
    else:
        packets = PacketRing(watched.ring_s, watched.ring_mb * MB)
        url, keep = watched.second_url or watched.url, None if watched.second_url else packets
        source = VideoSource(url, watched.name, schedule, stamps, keep=keep, device=watched.device)
        if watched.second_url is not None:
            main = VideoSource(
                watched.url,
                watched.name,
                Schedule(MAIN_LOOK_S),
                LiveStamps(SystemClock()),
                keep=packets,
                source=f"camera:{watched.name}/main",
                device=watched.device,
                shown=False,
            )
    return Eyes(
        source,
        detector,
        Ring(watched.ring_s, STILLS_MB * MB),
        evidence_root,
        view=View(watched.turn_deg, watched.masks),
        stir=Stir(watched.machine_region, on_own_hull=watched.on_own_hull, known=_landmarks(watched)),
        keeping=None if packets is None else Keeping(packets, main),
        inline=not live,
        guard=card or NO_GUARD,
    )


def _landmarks(watched: Watched) -> "tuple[Landmarks, ...]":
    """Those of the commissioning. A damaged file must not blind the box: then it watches without them."""
    from agent.eyes.landmarks import from_text

    if watched.landmarks is None:
        return ()
    try:
        return from_text(watched.landmarks.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        log.error(
            "camera %s: %s %s; it is watched without landmarks", watched.name, watched.landmarks, problem
        )
        return ()


def is_folder(url: str) -> bool:
    """Whether the camera is a folder of stills: of those there are no clips."""
    path = Path(url.removeprefix("file://"))
    if url.startswith(("csi", "/dev/")) or ("://" in url and not url.startswith("file://")):
        return False
    # A folder whose disk is not there yet is a folder all the same, and a film has a suffix.
    return path.is_dir() or not (path.suffix or path.exists())


def eyes_main(
    link: socket.socket,
    cameras: tuple[Watched, ...],
    evidence_root: Path,
    data_card: Path | None,
    state_dir: Path,
    model: Path | None = None,
) -> None:
    """The main of the eyes' own process: all cameras share one detector."""
    from agent.eyes.observe import OneAtATime
    from models.detect_onnx import OnnxDetector

    start_logging()
    detector = None if model is None else OneAtATime(OnnxDetector(model))
    check = None if data_card is None else guard(data_card, state_dir)
    eyes = [make_eyes(camera, evidence_root, None, detector, check) for camera in cameras]
    serve(link, eyes, SystemClock())
