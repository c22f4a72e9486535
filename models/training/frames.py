"""A labelled frame, and the folder of them that training and evaluation read.

FOLDER/frames.jsonl        one `Labelled` a line
FOLDER/dataset.json        labels, counts, the digest of all of it
FOLDER/data.yaml           the same for ultralytics
FOLDER/images/SPLIT/*.jpg  FOLDER/labels/SPLIT/*.txt   (YOLO: class cx cy w h, parts of the picture)
"""

import hashlib
import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal, TypeAlias

import cv2
import numpy as np

from agent.errors import Mistake, SettingsError
from agent.types import Image

Split: TypeAlias = Literal["train", "val", "test"]
SPLITS: tuple[Split, ...] = ("train", "val", "test")
PICTURES = frozenset((".jpg", ".jpeg", ".png", ".bmp", ".webp"))
FRAMES, DATASET, DATA_YAML = "frames.jsonl", "dataset.json", "data.yaml"


@dataclass(frozen=True, slots=True)
class Box:
    """One labelled thing in pixels of the picture. `occluded` is the hidden share, 0 where nobody said."""

    label: str
    x0: float
    y0: float
    x1: float
    y1: float
    occluded: float = 0.0

    @property
    def height_px(self) -> float:
        return self.y1 - self.y0


@dataclass(frozen=True, slots=True)
class Labelled:
    """A picture with its boxes. `group` is what must not be torn apart by a split: a scene family, a site's day."""

    file: str  # under images/SPLIT/
    split: Split
    origin: Literal["rendered", "real"]
    source: str
    group: str
    camera: str
    condition: str
    width_px: int
    height_px: int
    sha256: str
    boxes: tuple[Box, ...]

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, table: dict[str, Any]) -> "Labelled":
        return cls(**{**table, "boxes": tuple(Box(**box) for box in table["boxes"])})

    def yolo_lines(self, labels: Sequence[str]) -> str:
        """The label file."""
        lines = []
        for box in self.boxes:
            middle_x, middle_y = (box.x0 + box.x1) / 2 / self.width_px, (box.y0 + box.y1) / 2 / self.height_px
            width, height = (box.x1 - box.x0) / self.width_px, box.height_px / self.height_px
            lines.append(
                f"{labels.index(box.label)} {middle_x:.6f} {middle_y:.6f} {width:.6f} {height:.6f}\n"
            )
        return "".join(lines)


@dataclass(frozen=True, slots=True)
class Found:
    """A frame of a source, valid, before it was given its split. `split` is the source's own wish."""

    picture: Path
    frame: Labelled
    wish: Split | None


@dataclass(frozen=True, slots=True)
class Refused:
    """A file that was left out, and why."""

    file: str
    reason: str


def read_frames(folder: Path, split: Split | None = None) -> list[Labelled]:
    """The frames of a prepared folder; raises SettingsError where it is none."""
    file = folder / FRAMES
    try:
        lines = file.read_text(encoding="utf-8").splitlines()
        frames = [Labelled.from_json(json.loads(line)) for line in lines]
    except (OSError, ValueError, TypeError, KeyError) as error:
        problem = Mistake(str(file), "", f"cannot be read: {error}", "make it with models.training.prepare")
        raise SettingsError(str(folder), [problem]) from None
    return [frame for frame in frames if split in (None, frame.split)]


def image_path(folder: Path, frame: Labelled) -> Path:
    return folder / "images" / frame.split / frame.file


def label_path(folder: Path, frame: Labelled) -> Path:
    return (folder / "labels" / frame.split / frame.file).with_suffix(".txt")


def load_image(data: bytes) -> Image | None:
    """A coded picture in BGR; None where it cannot be decoded."""
    image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    return None if image is None else np.asarray(image, dtype=np.uint8)


def read_dataset(folder: Path) -> dict[str, Any]:
    """`dataset.json` of a folder or shard set; raises SettingsError."""
    file = folder / DATASET
    try:
        table = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise SettingsError(str(folder), [Mistake(DATASET, "", f"cannot be read: {error}")]) from None
    labels = table.get("labels") if isinstance(table, dict) else None
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise SettingsError(str(folder), [Mistake("labels", repr(labels), "is no list of labels")])
    return dict(table)


def digest(frames: Iterable[Labelled]) -> str:
    """One digest of pictures, boxes and splits, whatever the order."""
    whole = hashlib.sha256()
    for frame in sorted(frames, key=lambda frame: (frame.split, frame.file)):
        whole.update(json.dumps(frame.to_json(), sort_keys=True, ensure_ascii=False).encode())
    return whole.hexdigest()


def box_mistake(box: Box, width_px: int, height_px: int) -> str | None:
    """Why a box cannot be right, or None. Half a pixel over the edge is rounding."""
    if not (box.x0 < box.x1 and box.y0 < box.y1):
        return f"box {box.label} has no area: {box.x0:g} {box.y0:g} {box.x1:g} {box.y1:g}"
    if box.x0 < -0.5 or box.y0 < -0.5 or box.x1 > width_px + 0.5 or box.y1 > height_px + 0.5:
        place = f"{box.x0:g} {box.y0:g} {box.x1:g} {box.y1:g}"
        return f"box {box.label} lies outside the picture of {width_px} x {height_px} px: {place}"
    return None


def pictures_under(folder: Path) -> Iterator[Path]:
    yield from sorted(path for path in folder.rglob("*") if path.suffix.lower() in PICTURES)
