"""Which start is worth training long: the same rendered pictures, the same few epochs, judged on real pictures.

Run: python benches/bench_starts.py --data PREPARED --upstream yolox_nano.onnx --out DIR [--epochs 4] [--size 320x192]. PREPARED comes from
`make dataset` and `python -m models.training.prepare`. Needs the extra `train` and, on two cores, about an hour and a half for 2,250
training pictures; what is in DIR already is not trained again. The rows: YOLO26n from random weights; upstream's COCO-trained
YOLOX-nano, its backbone learning at the full rate; the same with the backbone at a tenth. Each is exported, its thresholds are
chosen on rendered validation families, and it is judged by `benches/bench_card.py` on rendered test families and on real pictures.
"""

import argparse
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from models.training.measure import Share
from models.training.recipe import DEFAULT

STARTS = {  # name: what of the recipe it changes, whether it starts from upstream's file
    "yolo26n-scratch": ({"architecture": '"yolo26n"', "learning_rate": "0.002"}, False),
    "yolox-coco": ({"architecture": '"yolox_nano"', "backbone_rate": "1.0"}, True),
    "yolox-coco-slow-backbone": ({"architecture": '"yolox_nano"', "backbone_rate": "0.1"}, True),
}


def recipe(file: Path, changes: dict[str, str]) -> Path:
    text = DEFAULT.read_text("utf-8")
    for key, value in changes.items():
        text, count = re.subn(rf"(?m)^{key} = [^ \n]+", f"{key} = {value}", text)
        if count != 1:
            raise SystemExit(f"{DEFAULT}: {key} stands there {count} times")
    file.write_text(text, "utf-8")
    return file


def command(module: str, *arguments: object) -> None:
    subprocess.run([sys.executable, "-m", f"models.training.{module}", *map(str, arguments)], check=True)


def judged(model: Path, data: Path, real: Path) -> dict[str, Any]:
    """The report of bench_card."""
    folder = model.parent / "report"
    here = Path(__file__).parent
    said = [sys.executable, str(here / "bench_card.py"), "--model", str(model), "--data", str(data)]
    subprocess.run([*said, "--real", str(real), "--out", str(folder)], check=True, capture_output=True)
    report: dict[str, Any] = json.loads((folder / "report.json").read_text("utf-8"))
    return report


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--upstream", type=Path, required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--size", default="320x192")
    parser.add_argument(
        "--real", type=Path, default=Path(__file__).resolve().parents[1] / ".." / "shared" / "data"
    )
    given = parser.parse_args()
    width, height = given.size.split("x")
    budget = {"epochs": str(given.epochs), "width_px": width, "height_px": height}
    given.out.mkdir(parents=True, exist_ok=True)
    rows = []
    for name, (changes, from_upstream) in STARTS.items():
        run, file = given.out / name, recipe(given.out / f"{name}.toml", budget | changes)
        if not (run / "last.pt").exists():
            start = ("--start", given.upstream) if from_upstream else ()
            command("train", given.data, "--out", run, "--recipe", file, *start)
        model = run / "export" / "detector.onnx"
        if not model.exists():
            command("export", run, "--out", model, "--data", given.data, "--recipe", file)
        report = judged(model, given.data, given.real)
        bucket = report["rendered"]["recall"].get("camera | onboard | bucket", {"hits": 0, "count": 0})
        row = [name, f"{report['rendered']['map50']:.3f}", str(Share(bucket["hits"], bucket["count"]))]
        rows.append([*row, *(str(Share(item["hits"], item["count"])) for item in report["real"])])
    heads = ["start", "rendered mAP50", "bucket recall on board"]
    heads += [f"{item['asked']} in {item['folder']}" for item in report["real"]]
    print(f"{given.epochs} epochs at {given.size}, thresholds chosen on rendered validation families")
    for line in (heads, *rows):
        print(" | ".join(line))


if __name__ == "__main__":
    main()
