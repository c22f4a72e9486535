"""From shards to a model on the device, for both architectures, on coloured rectangles. `make soak T=training`."""

import importlib.util
import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import onnxruntime as ort
import pytest
from detector.shards import picture, random_scenes, shards, yolo

from models.detect_onnx import OnnxDetector
from models.training.frames import image_path, read_frames
from models.training.recipe import load_recipe

ROOT = Path(__file__).parents[2]
START = ROOT.parent / "shared" / "data" / "detector-baseline" / "yolox_nano.onnx"
NEEDED = ("torch", "ultralytics", "onnx2torch", "torchvision")
LACKING = [name for name in NEEDED if importlib.util.find_spec(name) is None]
pytestmark = [
    pytest.mark.soak,
    pytest.mark.timeout(900),
    pytest.mark.skipif(
        bool(LACKING),
        reason=f"{', '.join(LACKING)} not installed: the extra `train`, see models/training/README.md",
    ),
]
needs_start = pytest.mark.skipif(not START.exists(), reason=f"upstream's YOLOX-nano is not at {START}")


@dataclass(frozen=True)
class Line:
    """The training line in a folder: each script in a process of its own, as a technician runs it."""

    folder: Path

    def run(self, script: str, *arguments: object, expect: int = 0) -> str:
        result = subprocess.run(
            [sys.executable, "-m", f"models.training.{script}", *map(str, arguments)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
            env=os.environ | {"OMP_NUM_THREADS": "1"},
        )
        assert result.returncode == expect, f"{result.stdout[-2000:]}\n{result.stderr[-3000:]}"
        return result.stdout

    def recipe(self, name: str, **other: Any) -> Path:
        """The shipped recipe with other values, for a small input."""
        lines = load_recipe().text.splitlines()
        values: dict[str, Any] = {"width_px": 160, "height_px": 96, "batch": 8, "threads": 1}
        values |= {"clutter": 0.0, "strewn": 0.0, "set_into_clutter": 0.0}  # 48 frames are soon spoilt by it
        values |= other
        for index, line in enumerate(lines):
            key = line.partition(" =")[0]
            if key in values:
                lines[index] = f"{key} = {json.dumps(values[key])}"
        file = self.folder / f"{name}.toml"
        file.write_text("\n".join(lines) + "\n")
        return file


@pytest.fixture
def line(tmp_path: Path) -> Line:
    """48 frames to train on, 8 of another family each to choose thresholds by and to test."""
    made = Line(tmp_path)
    made.run(
        "prepare", tmp_path / "data", "--rendered", shards(tmp_path / "set", random_scenes(64)), "--strict"
    )
    return made


@needs_start
def test_yolox_learns_rectangles_and_the_device_finds_them(line: Line) -> None:
    recipe = line.recipe("x", architecture="yolox_nano", epochs=30)
    run, model = line.folder / "run", line.folder / "detector.onnx"
    data = line.folder / "data"
    line.run("train", data, "--out", run, "--recipe", recipe, "--start", START)
    sidecar = json.loads(line.run("export", run, "--out", model, "--data", data, "--recipe", recipe))
    assert sidecar["compared_with_torch"]["rows"] > 10
    assert sidecar["manifest"]["started_from"] == "yolox_nano.onnx"
    line.run("evaluate", model, "--data", data, "--out", line.folder / "report")
    report = json.loads((line.folder / "report" / "report.json").read_text())
    assert report["map50"] > 0.7  # eight unseen frames of plain rectangles


@needs_start
def test_a_run_that_was_stopped_ends_with_the_weights_of_one_that_was_not(line: Line) -> None:
    import torch  # noqa: PLC0415

    whole, stopped = line.folder / "whole", line.folder / "stopped"
    recipe = line.recipe("x", architecture="yolox_nano", epochs=3)
    arguments = ("--recipe", recipe, "--start", START)
    line.run("train", line.folder / "data", "--out", whole, *arguments)
    command = [
        sys.executable,
        "-m",
        "models.training.train",
        str(line.folder / "data"),
        "--out",
        str(stopped),
    ]
    command += [str(argument) for argument in arguments]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, env=environment) as first:
        assert first.stdout is not None
        assert b'"epoch": 1' in first.stdout.readline()  # told once the epoch is on the disk
        first.kill()
    line.run("train", line.folder / "data", "--out", stopped, "--recipe", recipe, "--resume")
    one, other = (torch.load(run / "last.pt", weights_only=True) for run in (whole, stopped))
    assert other["epoch"] == 3
    assert all(torch.equal(value, other["average"][name]) for name, value in one["average"].items())


@needs_start
def test_the_trunk_answers_as_the_published_file_does(tmp_path: Path) -> None:
    import torch  # noqa: PLC0415

    from models.training.yolox import YoloX  # noqa: PLC0415

    image = np.random.default_rng(1).integers(0, 256, (416, 416, 3), dtype=np.uint8)
    session = ort.InferenceSession(str(START), providers=["CPUExecutionProvider"])
    (published,) = session.run(None, {"images": image.transpose(2, 0, 1)[None].astype(np.float32)})
    network = YoloX(START, ["person", "excavator", "boat"]).eval()
    rgb = np.ascontiguousarray(image[:, :, ::-1].transpose(2, 0, 1))
    with torch.no_grad():
        raw = network(torch.from_numpy(rgb)[None].float() / 255)[0]
    # Columns of the published file: raw box, objectness, 80 classes; 0 is person, 8 boat.
    score = raw[:, 4:].sigmoid().numpy()
    assert np.allclose(score[:, 0], published[0, :, 4], atol=1e-4)
    assert np.allclose(score[:, 1], published[0, :, 5], atol=1e-4)
    assert np.allclose(score[:, 3], published[0, :, 5 + 8], atol=1e-4)
    stride = np.repeat([8.0, 16.0, 32.0], [52 * 52, 26 * 26, 13 * 13])
    assert np.allclose(raw[:, 2].numpy() / stride, np.exp(published[0, :, 2]), rtol=1e-3)


@needs_start
def test_what_lies_beside_an_exported_model_is_the_trained_network(line: Line) -> None:
    """Its class layers too: a second run from it begins where the first one ended."""
    import torch  # noqa: PLC0415

    from models.training.yolox import YoloX  # noqa: PLC0415
    from models.training.yolox_train import load_average  # noqa: PLC0415

    recipe = line.recipe("x", architecture="yolox_nano", epochs=2)
    run, card = line.folder / "run", line.folder / "card"
    line.run("train", line.folder / "data", "--out", run, "--recipe", recipe, "--start", START)
    line.run("export", run, "--out", card / "detector.onnx", "--recipe", recipe)
    labels = load_recipe().labels
    kept, ended = YoloX(card / "start.onnx", labels).eval(), load_average(run, labels)
    image = torch.rand(1, 3, 96, 96, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        assert torch.allclose(kept(image), ended(image), atol=1e-4)


def test_yolo26_trains_resumes_exports_and_runs_on_the_device(line: Line) -> None:
    recipe = line.recipe("y", architecture="yolo26n", epochs=2)
    run, model, data = line.folder / "run", line.folder / "detector.onnx", line.folder / "data"
    line.run("train", data, "--out", run, "--recipe", recipe)
    line.run("train", data, "--out", run, "--recipe", recipe, expect=2)  # never over a run
    line.run("train", data, "--out", run, "--recipe", recipe, "--resume", expect=2)  # it came to its end
    text = line.run("export", run, "--out", model, "--data", data, "--recipe", recipe)
    sidecar = json.loads(text[text.index("{\n") :])
    assert sidecar["compared_with_torch"]["rows"] > 10
    assert sidecar["manifest"]["weights_licence"].startswith("AGPL-3.0")
    assert sidecar["manifest"]["started_from"] == "nothing: random weights"
    frame = read_frames(data, "test")[0]
    image = cv2.imread(str(image_path(data, frame)))
    assert image is not None
    found = OnnxDetector(model, floor=0.0001).detect(np.asarray(image, dtype=np.uint8))
    assert found  # two epochs teach nothing; boxes there are
    assert all(0 <= item.x0 < item.x1 <= frame.width_px for item in found)


@needs_start
def test_a_blend_is_trained_further_and_exported_with_its_whole_lineage(line: Line) -> None:
    recipe = line.recipe("x", architecture="yolox_nano", epochs=1, backbone_rate=0.0)
    data, run, held, second = (line.folder / name for name in ("data", "run", "held", "second"))
    line.run("train", data, "--out", run, "--recipe", recipe, "--start", START)
    line.run("blend", run, START, "--share", 0.7, "--layers", "backbone", "--out", held)
    line.run("train", data, "--out", second, "--recipe", recipe, "--start", held)
    begun = "yolox_nano.onnx; then 48 rendered frames; backbone 0.7 of yolox_nano.onnx"
    assert json.loads((second / "run.json").read_text())["started_from"] == begun
    line.run("blend", second, run, "--share", 0.5, "--layers", "all", "--out", line.folder / "mean")
    text = line.run("export", line.folder / "mean", "--out", line.folder / "mean.onnx", "--recipe", recipe)
    manifest = json.loads(text[text.index("{\n") :])["manifest"]
    assert manifest["started_from"] == begun
    assert manifest["seen"] == "48 rendered frames; all layers 0.5 of run"


@needs_start
def test_a_model_goes_on_from_real_frames_and_says_so(line: Line) -> None:
    real = line.folder / "real"
    for number in range(12):
        boxes = [{"label": "boat", "x0": 20 + number, "y0": 20, "x1": 60 + number, "y1": 50}]
        path = picture(real / "cai-con" / f"2026-11-{number:02d}" / "a.jpg", boxes, seed=100 + number)
        path.with_suffix(".txt").write_text(yolo(boxes, ["boat"]))
    (real / "classes.txt").write_text("boat\n")
    both = line.folder / "both"
    line.run("prepare", both, "--rendered", line.folder / "set", "--real", real, "--strict")
    recipe = line.recipe("x", architecture="yolox_nano", epochs=1)
    run, second = line.folder / "run", line.folder / "second"
    line.run("train", line.folder / "data", "--out", run, "--recipe", recipe, "--start", START)
    line.run(
        "fine_tune", run, line.folder / "data", "--out", second, "--recipe", recipe, expect=2
    )  # nothing real
    line.run("fine_tune", run, both, "--out", second, "--recipe", recipe, "--epochs", 1)
    card = json.loads((second / "run.json").read_text())
    assert card["started_from"] == "yolox_nano.onnx; then 48 rendered frames"
    assert "real frames" in card["seen"]
