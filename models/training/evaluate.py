"""Say what a model finds and where it fails.

    python -m models.training.evaluate MODEL.onnx --data PREPARED --split test --out REPORT
    python -m models.training.evaluate MODEL.onnx --present gear:DIR --absent gear:DIR2 --except 'Material-*'

With --data: mAP50 over the labels, also by condition, recall at the model's own thresholds by label, condition, camera and height of the
box, precision. With --present and --absent: in which share of the pictures of a folder at least one of the labels
was reported; found rate where it is there, false-alarm rate where it is not. Labels as `gear`, `vessel` or
names joined by +. Every share stands with its 95 % Wilson interval. REPORT gets report.json and a gallery of failures.
The model runs through the device's own `models.detect_onnx`.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

from agent.errors import Mistake, SandwatchError, SettingsError
from agent.types import Detection
from models.detect_onnx import OnnxDetector
from models.manifest import LABELS
from models.training.frames import Labelled, image_path, load_image, pictures_under, read_frames
from models.training.gallery import Gallery
from models.training.measure import Share, average_precision, matches

FLOOR = 0.001  # scores below it cannot change average precision that anybody would notice
GROUPS = {
    "gear": ("grab_crane", "excavator", "suction_dredger", "bucket", "discharge"),
    "vessel": ("barge", "boat", "suction_dredger"),
}
HEIGHTS_PX = (8, 16, 32, 64, 128)  # in pixels of the model's input


@dataclass(slots=True)
class Tally:
    """Counts over frames; `scored` are all detections of a label with whether they were right."""

    scored: dict[str, list[tuple[float, bool]]] = field(default_factory=lambda: defaultdict(list))
    boxes: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    found: dict[tuple[str, ...], list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))
    reported: dict[str, list[int]] = field(default_factory=lambda: defaultdict(lambda: [0, 0]))

    def add(
        self, detections: Sequence[Detection], frame: Labelled, thresholds: dict[str, float], scale: float
    ) -> None:
        """One frame: `detections` down to the floor, `scale` from picture to input pixels."""
        for detection, hit in zip(detections, matches(detections, frame.boxes), strict=True):
            self.scored[detection.label].append((detection.score, hit is not None))
        kept = [item for item in detections if item.score >= thresholds[item.label]]
        hits = matches(kept, frame.boxes)
        seen = {index for index in hits if index is not None}
        for detection, hit in zip(kept, hits, strict=True):
            _count(self.reported[detection.label], hit is not None)
        for index, box in enumerate(frame.boxes):
            self.boxes[box.label] += 1
            _count(self.found["label", box.label], index in seen)
            _count(self.found["condition", frame.condition, box.label], index in seen)
            _count(self.found["camera", frame.camera, box.label], index in seen)
            _count(self.found[f"{frame.camera} condition", frame.condition, box.label], index in seen)
            _count(self.found["height_px", height_bin(box.height_px * scale), box.label], index in seen)

    def ap50(self) -> dict[str, float]:
        """By label, of those that were there to find."""
        return {
            label: average_precision(self.scored[label], count)
            for label, count in sorted(self.boxes.items())
            if count
        }


def mean_ap50(tally: Tally) -> float | None:
    """Over the labels that were there to find."""
    ap50 = tally.ap50()
    return sum(ap50.values()) / len(ap50) if ap50 else None


def _count(pair: list[int], hit: bool) -> None:  # noqa: FBT001
    pair[0] += hit
    pair[1] += 1


def height_bin(height_px: float) -> str:
    """The bin of a box's height in input pixels, named so that names sort."""
    low = 0
    for high in HEIGHTS_PX:
        if height_px < high:
            return f"{low:03d} to {high:03d}"
        low = high
    return f"{low:03d} and more"


def evaluate_frames(
    model: Path, folder: Path, frames: Iterable[Labelled], gallery: Gallery | None = None
) -> dict[str, Any]:
    """The figures over labelled frames. Raises SettingsError where the model or a picture cannot be used."""
    detector = OnnxDetector(model, floor=FLOOR)
    card = detector.manifest
    tally, by_condition, count = Tally(), defaultdict[str, Tally](Tally), 0
    for frame in frames:
        path = image_path(folder, frame)
        image = load_image(path.read_bytes())
        if image is None:
            raise SettingsError(
                str(folder), [Mistake(str(path), "", "cannot be decoded", "prepare it again")]
            )
        detections = detector.detect(image)
        scale = min(card.input_width_px / frame.width_px, card.input_height_px / frame.height_px)
        # Boxes of labels the model does not know count as never found.
        for each in (tally, by_condition[frame.condition]):
            each.add(detections, frame, card.thresholds, scale)
        if gallery is not None:
            kept = [item for item in detections if item.score >= card.thresholds[item.label]]
            gallery.offer(frame.file, image, kept, frame.boxes)
        count += 1
    ap50 = tally.ap50()
    return {
        "model_sha256": detector.model_hash,
        "frames": count,
        "map50": mean_ap50(tally),
        "ap50": ap50,
        "map50_by_condition": {name: mean_ap50(each) for name, each in sorted(by_condition.items())},
        "thresholds": card.thresholds,
        "precision": {label: share_json(pair) for label, pair in sorted(tally.reported.items())},
        "recall": {" | ".join(key): share_json(pair) for key, pair in sorted(tally.found.items())},
    }


def share_json(pair: Sequence[int]) -> dict[str, Any]:
    share = Share(*pair)
    low, high = share.interval
    return {"hits": share.hits, "count": share.count, "low": round(low, 4), "high": round(high, 4)}


def image_rate(
    model: Path,
    labels: Sequence[str],
    pictures: Sequence[Path],
    *,
    wrong_if: bool,
    gallery: Gallery | None = None,
) -> Share:
    """In how many pictures the model reports at least one of `labels`; `wrong_if` says which answer is a failure."""
    detector = OnnxDetector(model)
    hits = 0
    for path in pictures:
        image = load_image(path.read_bytes())
        if image is None:
            raise SettingsError(str(path), [Mistake("the file", "", "is no picture that can be decoded")])
        detections = [item for item in detector.detect(image) if item.label in labels]
        hits += bool(detections)
        if gallery is not None and bool(detections) is wrong_if:
            gallery.keep(path.name, image, detections, ())
    return Share(hits, len(pictures))


def parse_rate(text: str, leave_out: Sequence[str]) -> tuple[tuple[str, ...], list[Path]]:
    """`gear:DIR` as labels and pictures; raises SettingsError."""
    names, _, place = text.partition(":")
    labels = tuple(label for name in names.split("+") for label in GROUPS.get(name, (name,)))
    wrong = [label for label in labels if label not in LABELS]
    if wrong or not place or not Path(place).is_dir():
        problem = f"{', '.join(wrong)}: no such label" if wrong else "names no folder"
        allowed = f"LABELS:DIR with {', '.join((*GROUPS, *LABELS))}"
        raise SettingsError("command line", [Mistake("--present/--absent", text, problem, allowed)])
    pictures = [
        path
        for path in pictures_under(Path(place))
        if not any(fnmatch(path.stem, pattern) for pattern in leave_out)
    ]
    if not pictures:
        raise SettingsError("command line", [Mistake("--present/--absent", text, "holds no picture")])
    return labels, pictures


def print_report(report: dict[str, Any]) -> None:
    """For people: one line a figure."""
    if report.get("map50") is not None:
        print(f"{report['frames']} frames, mAP50 {report['map50']:.3f}")
        for label, value in report["ap50"].items():
            print(f"  AP50 {label}: {value:.3f}")
        for condition, value in report["map50_by_condition"].items():
            print(f"  mAP50 {condition}: " + ("nothing to find" if value is None else f"{value:.3f}"))
        for name in ("precision", "recall"):
            for key, item in report[name].items():
                print(f"  {name} {key}: {Share(item['hits'], item['count'])}")
    for item in report["images"]:
        print(f"{item['rate']} of {item['labels']} in {item['folder']}: {Share(item['hits'], item['count'])}")


def main() -> None:
    parser = argparse.ArgumentParser(prog="models.training.evaluate", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("model", type=Path)
    parser.add_argument("--data", type=Path, help="a prepared folder")
    parser.add_argument("--split", default="test", choices=("train", "val", "test"))
    parser.add_argument("--present", action="append", default=[], metavar="LABELS:DIR")
    parser.add_argument("--absent", action="append", default=[], metavar="LABELS:DIR")
    parser.add_argument("--except", dest="leave_out", action="append", default=[], metavar="PATTERN")
    parser.add_argument("--out", type=Path, help="folder for report.json and the gallery")
    parser.add_argument("--failures", type=int, default=24, help="pictures in each gallery")
    given = parser.parse_args()
    report: dict[str, Any] = {"model": given.model.name, "images": []}
    try:
        if given.data is not None:
            gallery = Gallery(given.failures)
            frames = read_frames(given.data, given.split)
            report |= evaluate_frames(given.model, given.data, frames, gallery) | {"split": given.split}
            _write_gallery(gallery, given.out, given.split)
        for rate, asked, wrong_if in (("found", given.present, False), ("false alarms", given.absent, True)):
            for text in asked:
                labels, pictures = parse_rate(text, given.leave_out)
                gallery = Gallery(given.failures)
                share = image_rate(given.model, labels, pictures, wrong_if=wrong_if, gallery=gallery)
                names, _, place = text.partition(":")
                report["images"].append(
                    {
                        "rate": rate,
                        "labels": names,
                        "folder": Path(place).name,
                        **share_json((share.hits, share.count)),
                    }
                )
                _write_gallery(gallery, given.out, f"{rate.replace(' ', '-')}-{names}-{Path(place).name}")
    except SandwatchError as error:
        print(f"evaluate: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    print_report(report)
    if given.out is not None:
        given.out.mkdir(parents=True, exist_ok=True)
        (given.out / "report.json").write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n")


def _write_gallery(gallery: Gallery, out: Path | None, name: str) -> None:
    if out is not None:
        gallery.write(out / "failures" / name)


if __name__ == "__main__":
    main()
