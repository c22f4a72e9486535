"""Pictures, folders and clips shown to a detector: what `sandwatch detect` goes through."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import cv2
import numpy as np

from agent.errors import Mistake, SettingsError
from agent.ports import Detector
from agent.types import Detection, Frame, Health, Image, Json, SourceState

PICTURES = frozenset((".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"))
CLIPS = frozenset((".mp4", ".mkv", ".mov", ".avi", ".ts", ".webm", ".h264", ".flv", ".asf", ".mpg", ".mpeg"))
OpenClip: TypeAlias = "Callable[[Path], Iterator[Frame | SourceState]]"
COLOUR = (0, 220, 255)  # BGR
REGION_COLOUR = (90, 220, 60)
Region: TypeAlias = tuple[tuple[float, float], ...]  # corners, shares of width and height


@dataclass(frozen=True, slots=True)
class Named:
    """A file to look at, and the path its drawing gets inside the folder of drawings."""

    file: Path
    drawing: Path


@dataclass(frozen=True, slots=True)
class Sighting:
    """What was seen in one picture, or in one frame of a clip `at_s` from its start; or why nothing could be."""

    file: Path
    at_s: float | None
    detections: tuple[Detection, ...]
    problem: str = ""

    def lines(self) -> list[dict[str, Json]]:
        """One JSON object a box."""
        return [
            {
                "file": str(self.file),
                "at_s": self.at_s,
                "label": found.label,
                "score": round(found.score, 4),
                "x0": round(found.x0, 1),
                "y0": round(found.y0, 1),
                "x1": round(found.x1, 1),
                "y1": round(found.y1, 1),
            }
            for found in self.detections
        ]

    def __str__(self) -> str:
        place = f"{self.file}" if self.at_s is None else f"{self.file} at {self.at_s:.1f} s"
        boxes = "; ".join(
            f"{found.label} {found.score:.2f} ({found.x0:.0f} {found.y0:.0f} {found.x1:.0f} {found.y1:.0f})"
            for found in self.detections
        )
        return f"{place}: {boxes or 'nothing'}"


def find(paths: Sequence[Path]) -> list[Named]:
    """The files to look at, folders gone through in order of name; raises SettingsError naming every bad path."""
    found: list[Named] = []
    mistakes: list[Mistake] = []
    for path in paths:
        if path.is_dir():
            inside = sorted(file for file in path.rglob("*") if file.suffix.lower() in PICTURES | CLIPS)
            folder = Path(path.resolve().name)
            found += [Named(file, folder / file.relative_to(path)) for file in inside if file.is_file()]
            if not inside:
                mistakes.append(Mistake("PATH", str(path), "holds no picture and no clip"))
        elif path.is_file():
            found.append(Named(path, Path(path.name)))
        else:
            mistakes.append(Mistake("PATH", str(path), "does not exist"))
    if mistakes:
        raise SettingsError("command line", mistakes)
    return found


def look(
    files: Sequence[Named],
    detector: Detector,
    open_clip: OpenClip,
    draw: Path | None,
    region: Region | None = None,
) -> Iterator[Sighting]:
    """`region` is drawn where pictures are. Each picture and each frame a clip gives, in turn; one that cannot be read is told and passed over."""
    for named in files:
        if named.file.suffix.lower() not in PICTURES:
            yield from _look_at_clip(named, detector, open_clip, draw, region)
            continue
        image = read_picture(named.file)
        if image is None:
            yield Sighting(named.file, None, (), "is no picture that can be read")
            continue
        sighting = Sighting(named.file, None, detector.detect(image))
        _write_drawing(draw, named.drawing, image, sighting, region)
        yield sighting


def _look_at_clip(
    named: Named,
    detector: Detector,
    open_clip: OpenClip,
    draw: Path | None,
    region: Region | None,
) -> Iterator[Sighting]:
    for item in open_clip(named.file):
        if isinstance(item, SourceState):
            if item.state is Health.FAILED:
                yield Sighting(named.file, None, (), item.reason)
            continue
        at_s = round(item.mono_ns / 1e9, 3)
        found = detector.detect(item.image)
        sighting = Sighting(named.file, at_s, found)
        drawing = named.drawing.with_name(f"{named.drawing.stem}-{at_s:09.3f}s.jpg")
        _write_drawing(draw, drawing, item.image, sighting, region)
        yield sighting


def read_picture(file: Path) -> Image | None:
    """The picture in BGR, turned upright as its camera noted; None where it cannot be decoded."""
    try:
        coded = np.frombuffer(file.read_bytes(), dtype=np.uint8)
    except OSError:
        return None
    image = cv2.imdecode(coded, cv2.IMREAD_COLOR) if coded.size else None
    return None if image is None else np.asarray(image, dtype=np.uint8)


def drawn(image: Image, detections: Sequence[Detection], region: Region | None = None) -> Image:
    """A copy with the boxes, and the region of the own machine, drawn in."""
    picture = image.copy()
    width = max(1, round(max(image.shape[:2]) / 640))
    if region is not None:
        tall, wide = image.shape[:2]
        corners = np.array([(round(x * wide), round(y * tall)) for x, y in region], dtype=np.int32)
        cv2.polylines(picture, [corners], isClosed=True, color=REGION_COLOUR, thickness=width)
    for found in detections:
        low, high = (round(found.x0), round(found.y0)), (round(found.x1), round(found.y1))
        cv2.rectangle(picture, low, high, COLOUR, width)
        words = f"{found.label} {found.score:.2f}"
        place = (low[0], max(12 * width, low[1] - 4))
        cv2.putText(picture, words, place, cv2.FONT_HERSHEY_SIMPLEX, 0.4 * width, (0, 0, 0), 3 * width)
        cv2.putText(picture, words, place, cv2.FONT_HERSHEY_SIMPLEX, 0.4 * width, COLOUR, width)
    return picture


def _write_drawing(
    folder: Path | None, name: Path, image: Image, sighting: Sighting, region: Region | None
) -> None:
    """Raises SettingsError where the folder cannot be written."""
    if folder is None:
        return
    file = (folder / name).with_suffix(".jpg")
    coded = cv2.imencode(".jpg", drawn(image, sighting.detections, region))[1]
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(coded.tobytes())
    except OSError as error:
        problem = Mistake("--draw", str(file), f"cannot be written: {error.strerror}")
        raise SettingsError("command line", [problem]) from None
