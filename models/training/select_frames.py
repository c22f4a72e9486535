"""Pick the pictures most worth labelling from what boxes sent.

    python -m models.training.select_frames MODEL.onnx PICTURES --out DIR --count 200

Three kinds, in equal parts: pictures the model is least sure of (its best doubtful score is near its threshold), pictures
that look unlike those already picked (small grey copies far apart), and pictures drawn at random, without which nobody
could say how good the model is on the whole. Near-twins are passed over. Copies go to DIR/SITE/DAY/… as they lay,
with the model's boxes beside them as a first guess (YOLO, for correction by a person), and chosen.jsonl says why each was picked.
"""

import argparse
import json
import random
import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from agent.errors import Mistake, SandwatchError, SettingsError
from agent.types import Detection, Image
from models.detect_onnx import OnnxDetector
from models.training.frames import load_image, pictures_under

FLOOR = 0.05
SMALL = (16, 9)  # width, height of the grey copies that are compared
TWIN = 0.08  # distance below which two pictures show the same; 1 is quite unlike


@dataclass(frozen=True, slots=True)
class Candidate:
    """A picture, how unsure the model is of it (0 to 1), its look, and the model's boxes."""

    path: Path
    doubt: float
    look: NDArray[np.float32]
    width_px: int
    height_px: int
    detections: tuple[Detection, ...]


@dataclass(frozen=True, slots=True)
class Chosen:
    candidate: Candidate
    reason: str


def doubt(detections: Sequence[Detection], thresholds: dict[str, float]) -> float:
    """1 where a score lies on its threshold, 0 where none lies near. Odds, so that low and high thresholds compare."""
    nearest = min(
        (abs(_logit(item.score) - _logit(thresholds[item.label])) for item in detections),
        default=float("inf"),
    )
    return float(1 / (1 + nearest))


def look_of(image: Image) -> NDArray[np.float32]:
    """A small grey copy of mean 0 and length 1: light and contrast of the hour fall away."""
    grey = cv2.cvtColor(cv2.resize(image, SMALL, interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2GRAY)
    values = np.asarray(grey, dtype=np.float32).ravel()
    values -= values.mean()
    length = float(np.linalg.norm(values))
    return values / length if length > 1e-6 else values


def select(candidates: Sequence[Candidate], count: int, seed: int) -> list[Chosen]:
    """At most `count`, in turn unsure, unlike, random; the same candidates and seed give the same choice."""
    left = sorted(candidates, key=lambda item: str(item.path))
    random.Random(seed).shuffle(left)
    far = np.full(len(left), np.inf, dtype=np.float32)  # from the nearest one chosen
    free = set(range(len(left)))
    chosen: list[Chosen] = []
    while free and len(chosen) < count:
        kind = ("unsure", "unlike", "random")[len(chosen) % 3]
        usable = [index for index in sorted(free) if far[index] > TWIN]
        if not usable:
            break
        if kind == "unsure":
            best = max(usable, key=lambda index: left[index].doubt)
        elif kind == "unlike":
            best = max(usable, key=lambda index: float(far[index]))
        else:
            best = usable[0]  # the order was shuffled
        free.remove(best)
        chosen.append(Chosen(left[best], kind))
        distances = [np.linalg.norm(left[best].look - item.look) / np.sqrt(2) for item in left]
        far = np.minimum(far, np.array(distances, dtype=np.float32))
    return chosen


def look_at(model: Path, folder: Path) -> list[Candidate]:
    """Every readable picture under a folder, seen by the model."""
    detector = OnnxDetector(model, floor=FLOOR)
    candidates = []
    for path in pictures_under(folder):
        image = load_image(path.read_bytes())
        if image is None:
            print(f"select_frames: {path} is no picture that can be decoded", file=sys.stderr)
            continue
        detections = detector.detect(image)
        thresholds = detector.manifest.thresholds
        kept = tuple(item for item in detections if item.score >= thresholds[item.label])
        height_px, width_px = image.shape[:2]
        candidates.append(
            Candidate(path, doubt(detections, thresholds), look_of(image), width_px, height_px, kept)
        )
    if not candidates:
        raise SettingsError(str(folder), [Mistake("PICTURES", str(folder), "holds no picture")])
    return candidates


def write(chosen: Sequence[Chosen], folder: Path, out: Path, labels: Sequence[str]) -> None:
    """Copies, first guesses and the reasons."""
    out.mkdir(parents=True, exist_ok=True)
    (out / "classes.txt").write_text("".join(f"{label}\n" for label in labels), encoding="utf-8")
    lines = []
    for item in chosen:
        one = item.candidate
        inside = one.path.relative_to(folder)
        (out / inside).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(one.path, out / inside)
        guess = "".join(_yolo_line(box, one, labels) for box in one.detections)
        (out / inside).with_suffix(".txt").write_text(guess, encoding="ascii")
        lines.append(
            json.dumps({"file": str(inside), "reason": item.reason, "doubt": round(one.doubt, 4)}) + "\n"
        )
    (out / "chosen.jsonl").write_text("".join(lines), encoding="utf-8")


def _yolo_line(box: Detection, one: Candidate, labels: Sequence[str]) -> str:
    x, y = (box.x0 + box.x1) / 2 / one.width_px, (box.y0 + box.y1) / 2 / one.height_px
    width, height = (box.x1 - box.x0) / one.width_px, (box.y1 - box.y0) / one.height_px
    return f"{labels.index(box.label)} {x:.6f} {y:.6f} {width:.6f} {height:.6f}\n"


def _logit(score: float) -> float:
    score = min(max(score, 1e-6), 1 - 1e-6)
    return float(np.log(score / (1 - score)))


def main() -> None:
    parser = argparse.ArgumentParser(prog="models.training.select_frames", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("model", type=Path)
    parser.add_argument("pictures", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    try:
        candidates = look_at(given.model, given.pictures)
        chosen = select(candidates, given.count, given.seed)
        write(chosen, given.pictures, given.out, OnnxDetector(given.model).manifest.labels)
    except SandwatchError as error:
        print(f"select_frames: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    print(f"{len(chosen)} of {len(candidates)} pictures in {given.out}")


if __name__ == "__main__":
    main()
