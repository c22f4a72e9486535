"""Camera, detector and ring joined into eyes, inline or in a process of their own."""

import socket
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import Mistake, SettingsError
from agent.eyes.child import serve
from agent.ports import Detector
from agent.run.log import start_logging
from agent.run.plan import Plan
from agent.run.settings import Camera, Evidence
from agent.types import Json
from hw.clock import SystemClock
from models.manifest import Manifest, read_model

if TYPE_CHECKING:
    from agent.eyes.eyes import Eyes

FIRST_LOOK_S = 1.0
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
    model = read_model(named.model)
    if named.sha256 not in (None, model.sha256):
        problem = Mistake("detector.sha256", str(named.sha256), f"{named.model} has {model.sha256}")
        raise SettingsError(str(plan.file), [problem])
    return Loaded(model.sha256, model.file, model.manifest)


def open_detector(model: Path) -> Detector:
    """The detector in a model file, ready to look; raises SettingsError. Loads OpenCV and the runtime."""
    from models.detect_onnx import OnnxDetector

    return OnnxDetector(model)


def make_eyes(
    camera: Camera,
    evidence: Evidence,
    evidence_root: Path,
    start_mono_ns: int | None,
    model: Path | None = None,
) -> "Eyes":
    """Camera, ring and detector; `start_mono_ns` is the stamp of a film's first frame, None live.

    OpenCV and PyAV are imported here and not above: the core of a live run must never load them.
    """
    from agent.eyes.eyes import Eyes
    from agent.eyes.ring import Ring
    from agent.eyes.schedule import Schedule
    from hw.camera_stamps import ArrivalStamps, RecordedStamps
    from hw.camera_stream import VideoSource

    stamps = ArrivalStamps(SystemClock()) if start_mono_ns is None else RecordedStamps(start_mono_ns)
    source = VideoSource(camera.url, camera.name, Schedule(FIRST_LOOK_S), stamps)
    detector = None if model is None else open_detector(model)
    return Eyes(source, detector, Ring(evidence.ring_s, evidence.ring_mb * MB), evidence_root)


def eyes_main(
    link: socket.socket,
    camera: Camera,
    evidence: Evidence,
    evidence_root: Path,
    model: Path | None = None,
) -> None:
    """The main of the eyes' own process."""
    start_logging()
    serve(link, make_eyes(camera, evidence, evidence_root, None, model))
