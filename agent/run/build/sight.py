"""What of the settings the eyes are made from: the detector, read and checked, and the cameras."""

from dataclasses import dataclass
from pathlib import Path

from agent.errors import Mistake, SettingsError
from agent.ports import Detector
from agent.run.build.eyes import Watched
from agent.run.plan import Plan
from agent.run.settings import SHIPPED, Evidence
from agent.run.settings import Camera as Table
from agent.types import Json
from models import shipped
from models.manifest import Manifest, read_model


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


def watched(table: Table, evidence: Evidence) -> Watched:
    """A camera of the settings in the plain values that its eyes are made from."""
    return Watched(
        name=table.name,
        url=table.url,
        second_url=table.second_url,
        turn_deg=table.turn_deg,
        masks=table.masks,
        machine_region=table.machine_region,
        on_own_hull=table.mount == "own_gear",
        landmarks=table.landmarks,
        device=table.device_options(),
        ring_s=evidence.ring_s,
        ring_mb=evidence.ring_mb,
    )
