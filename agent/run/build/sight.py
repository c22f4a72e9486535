"""Camera, detector and ring joined into eyes, inline or in a process of their own."""

import logging
import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agent.card import Guard, guard
from agent.errors import Mistake, SettingsError
from agent.eyes.child import serve
from agent.ports import Detector
from agent.run.log import start_logging
from agent.run.plan import Plan
from agent.run.settings import SHIPPED, Evidence
from agent.run.settings import Camera as Table
from agent.types import Json
from hw.clock import SystemClock
from models import shipped
from models.manifest import Manifest, read_model

if TYPE_CHECKING:
    from agent.eyes.eyes import Eyes
    from agent.eyes.landmarks import Landmarks

log = logging.getLogger(__name__)

FIRST_LOOK_S = 1.0
MAIN_LOOK_S = 30.0  # a stream that is only kept has one keyframe decoded so often: healthy means pictures
STILLS_MB = 16
MB = 1 << 20


@dataclass(frozen=True, slots=True)
class Loaded:
    """The detector of a run. A replay of a recording knows its digest alone: its looks are in the readings."""

    sha256: str
    file: Path | None = None
    manifest: Manifest | None = None

    def __str__(self) -> str:
        card = self.manifest
        if card is None:
            return f"sha256 {self.sha256}"
        return (
            f"{card.name}, sha256 {self.sha256[:12]}, {card.input_width_px} x {card.input_height_px} px, "
            f"{len(card.labels)} labels; started from {card.started_from}; saw {card.seen}"
        )

    def to_json(self) -> Json:
        card = {} if self.manifest is None else self.manifest.to_json()
        return {"sha256": self.sha256, **card}


def choose_detector(plan: Plan, *, recorded: bool = False) -> Loaded | None:
    """The detector the config names, read and checked by its header. Raises SettingsError.

    `recorded`: the looks are in a recording, so the file need not be here.
    """
    named = plan.settings.detector
    if named is None:
        return None
    if named.model is None:
        if named.sha256 is not None and recorded:
            return Loaded(named.sha256)
        problem = Mistake(
            "detector.model", "", "is missing", "the digest alone is enough for a recording only"
        )
        raise SettingsError(str(plan.file), [problem])
    model = read_model(model_file(named.model))
    if named.sha256 not in (None, model.sha256):
        problem = Mistake("detector.sha256", str(named.sha256), f"{named.model} has {model.sha256}")
        raise SettingsError(str(plan.file), [problem])
    return Loaded(model.sha256, model.file, model.manifest)


def model_file(named: Path) -> Path:
    """Where the model lies that a config or a command line names."""
    return shipped.MODEL if named == SHIPPED else named


def open_detector(model: Path) -> Detector:
    """The detector in a model file, ready to look; raises SettingsError. Loads OpenCV and the runtime."""
    from models.detect_onnx import OnnxDetector

    return OnnxDetector(model_file(model))


def make_eyes(
    table: Table,
    evidence: Evidence,
    evidence_root: Path,
    start_mono_ns: int | None,
    detector: Detector | None = None,
    card: Guard | None = None,
) -> "Eyes":
    """The eyes of one camera; `start_mono_ns` is the stamp of a film's first frame, None live.

    OpenCV and PyAV are imported here and not above: the core of a live run must never load them.
    """
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
    if is_folder(table):
        source = FolderCamera(Path(table.url.removeprefix("file://")), table.name, schedule, SystemClock())
    elif table.url.startswith("csi"):
        packets = PacketRing(evidence.ring_s, evidence.ring_mb * MB)
        source = PiCamera(table.url, table.name, schedule, SystemClock(), packets)
    else:
        packets = PacketRing(evidence.ring_s, evidence.ring_mb * MB)
        options = table.device_options()
        url, keep = table.second_url or table.url, None if table.second_url else packets
        source = VideoSource(url, table.name, schedule, stamps, keep=keep, device=options)
        if table.second_url is not None:
            main = VideoSource(
                table.url,
                table.name,
                Schedule(MAIN_LOOK_S),
                LiveStamps(SystemClock()),
                keep=packets,
                source=f"camera:{table.name}/main",
                device=options,
            )
    return Eyes(
        source,
        detector,
        Ring(evidence.ring_s, STILLS_MB * MB),
        evidence_root,
        view=View(table.turn_deg, table.masks),
        stir=Stir(table.machine_region, on_own_hull=table.mount == "own_gear", known=_landmarks(table)),
        keeping=None if packets is None else Keeping(packets, main),
        inline=not live,
        guard=card or NO_GUARD,
    )


def _landmarks(table: Table) -> "tuple[Landmarks, ...]":
    """Those of the commissioning. A damaged file must not blind the box: then it watches without them."""
    from agent.eyes.landmarks import from_text

    if table.landmarks is None:
        return ()
    try:
        return from_text(table.landmarks.read_text(encoding="utf-8"))
    except (OSError, ValueError) as problem:
        log.error("camera %s: %s %s; it is watched without landmarks", table.name, table.landmarks, problem)
        return ()


def is_folder(table: Table) -> bool:
    """Whether the camera is a folder of stills: of those there are no clips."""
    return Path(table.url.removeprefix("file://")).is_dir()


def eyes_main(
    link: socket.socket,
    cameras: tuple[Table, ...],
    evidence: Evidence,
    evidence_root: Path,
    state_dir: Path,
    model: Path | None = None,
) -> None:
    """The main of the eyes' own process: all cameras share one detector."""
    from agent.eyes.observe import OneAtATime

    start_logging()
    detector = None if model is None else OneAtATime(open_detector(model))
    check = None if evidence.folder is None else guard(evidence.folder, state_dir)
    eyes = [make_eyes(camera, evidence, evidence_root, None, detector, check) for camera in cameras]
    serve(link, eyes, SystemClock())
