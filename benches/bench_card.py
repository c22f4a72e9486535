"""Every figure of the shipped detector's card: rendered test families, real pictures, and a general detector beside it.

Run: python benches/bench_card.py [--model FILE.onnx] [--data PREPARED] [--real DIR] [--out REPORT]. `--data` is a folder of
`python -m models.training.prepare`; without it the rendered part is left out. `--real` is the folder with `shore-livecams`,
`dredger-photos`, `inland-vessel-iwt` and `detector-baseline` (default ../shared/data); what is absent is named and left out.
None of the real pictures was trained on. Shares stand with their 95 % Wilson interval. `--out` gets report.json and pictures
of the failures.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime

from agent.types import Image
from models.detect_onnx import OnnxDetector
from models.letterbox import Letterbox
from models.shipped import MODEL
from models.training.evaluate import GROUPS, evaluate_frames, share_json
from models.training.frames import load_image, pictures_under, read_frames
from models.training.gallery import Gallery
from models.training.measure import Share

COCO_VESSEL = 8  # "boat", the only class of COCO that a hull belongs to; it has none for gear
BASELINE_PX = 416
ASKED = (  # folder, what is asked, left out, whether it is there to find
    ("dredger-photos", "gear", ("Material-Drying",), True),
    ("shore-livecams", "gear", (), False),
    ("inland-vessel-iwt", "gear", (), False),
    ("inland-vessel-iwt", "vessel", (), True),
)


def baseline(file: Path) -> Callable[[Image], bool]:
    """Whether upstream's YOLOX-nano reports a boat, at the score (0.25) its own demonstration uses."""
    session = onnxruntime.InferenceSession(str(file), providers=["CPUExecutionProvider"])
    entry = session.get_inputs()[0].name

    def sees(image: Image) -> bool:
        frame = Letterbox.fit((image.shape[1], image.shape[0]), (BASELINE_PX, BASELINE_PX))
        picture = frame.picture(image).transpose(2, 0, 1)[None].astype(np.float32)
        rows = session.run(None, {entry: picture})[0][0]
        return bool((rows[:, 4] * rows[:, 5 + COCO_VESSEL] >= 0.25).any())

    return sees


def real_pictures(model: Path, folder: Path, out: Path | None) -> list[dict[str, Any]]:
    detector = OnnxDetector(model)
    file = folder / "detector-baseline" / "yolox_nano.onnx"
    other = baseline(file) if file.exists() else None
    rows = []
    for name, what, left_out, there in ASKED:
        pictures = [p for p in found(folder / name) if not any(part in p.name for part in left_out)]
        if not pictures:
            print(f"{folder / name}: no pictures, left out", file=sys.stderr)
            continue
        ours = theirs = 0
        gallery = Gallery(24)
        for path in pictures:
            image = load_image(path.read_bytes())
            if image is None:
                print(f"{path}: cannot be decoded, left out", file=sys.stderr)
                continue
            seen = [item for item in detector.detect(image) if item.label in GROUPS[what]]
            ours += bool(seen)
            theirs += other is not None and what == "vessel" and other(image)
            if bool(seen) is not there:
                gallery.keep(path.name, image, seen, ())
        row = {"folder": name, "asked": what, "there": there, **share_json((ours, len(pictures)))}
        if other is not None and what == "vessel":
            row["baseline"] = share_json((theirs, len(pictures)))
        rows.append(row)
        if out is not None:
            gallery.write(out / "failures" / f"{what}-{name}")
    return rows


def found(folder: Path) -> Sequence[Path]:
    return list(pictures_under(folder)) if folder.is_dir() else []


def told(row: dict[str, Any]) -> str:
    share = Share(row["hits"], row["count"])
    kind = "found" if row["there"] else "false alarms"
    text = f"  {row['asked']} in {row['folder']}: {kind} {share}"
    if "baseline" in row:
        text += f"; yolox_nano (COCO) {Share(row['baseline']['hits'], row['baseline']['count'])}"
    return text


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", type=Path, default=MODEL)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--split", default="test", choices=("val", "test"))
    parser.add_argument(
        "--real", type=Path, default=Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
    )
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    report: dict[str, Any] = {"model": given.model.name}
    if given.data is not None:
        gallery = Gallery(24)
        rendered = evaluate_frames(given.model, given.data, read_frames(given.data, given.split), gallery)
        report["rendered"] = rendered | {"split": given.split}
        if given.out is not None:
            gallery.write(given.out / "failures" / "rendered")
        print(
            f"rendered, {given.split} families, {rendered['frames']} pictures: mAP50 {rendered['map50']:.3f}"
        )
        for name, value in rendered["map50_by_condition"].items():
            print(f"  {name}: mAP50 {value:.3f}")
        for name, value in rendered["ap50"].items():
            recall, right = rendered["recall"][f"label | {name}"], rendered["precision"].get(name)
            told_right = (
                "reports none" if right is None else f"precision {Share(right['hits'], right['count'])}"
            )
            print(
                f"  {name}: AP50 {value:.3f}, recall {Share(recall['hits'], recall['count'])}, {told_right}"
            )
        for key, pair in rendered["recall"].items():
            if key.endswith("bucket") and not key.startswith("label"):
                print(f"  recall {key}: {Share(pair['hits'], pair['count'])}")
    print("real pictures, none of them trained on:")
    report["real"] = real_pictures(given.model, given.real, given.out)
    for row in report["real"]:
        print(told(row))
    if given.out is not None:
        given.out.mkdir(parents=True, exist_ok=True)
        (given.out / "report.json").write_text(
            json.dumps(report, indent=1, ensure_ascii=False) + "\n", "utf-8"
        )


if __name__ == "__main__":
    main()
