"""What the detector reports lies in the frame's own pixels; a file that is no model of ours is refused in a sentence."""

import hashlib
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from detector.graphs import HEIGHT, WIDTH, manifest, model, model_file, write

from agent.errors import SettingsError
from agent.ports import Detector
from agent.types import Detection, Image
from models.detect_onnx import OnnxDetector
from models.manifest import read_model

ROOT = Path(__file__).parents[2]
CRANE = (100.0, 20.0, 200.0, 120.0, 0.9, 0.0)
BOAT = (10.0, 60.0, 50.0, 80.0, 0.4, 1.0)


def grey(width: int = 640, height: int = 480) -> Image:
    return np.full((height, width, 3), 128, np.uint8)


def seen(folder: Path, rows: list[tuple[float, ...]], image: Image, **other: Any) -> tuple[Detection, ...]:
    detector: Detector = OnnxDetector(model_file(folder, rows, **other))  # type: ignore[arg-type]
    return detector.detect(image)


def test_boxes_are_in_pixels_of_the_frame_and_the_best_comes_first(tmp_path: Path) -> None:
    # 640 x 480 into 320 x 192: scaled by 0.4 to 256 x 192, with 32 px of border left and right.
    found = seen(tmp_path, [BOAT, CRANE], grey())
    assert [item.label for item in found] == ["grab_crane", "boat"]
    assert [item.score for item in found] == pytest.approx([0.9, 0.4])
    crane = found[0]
    assert (crane.x0, crane.y0, crane.x1, crane.y1) == pytest.approx((170.0, 50.0, 420.0, 300.0))


def test_a_box_over_the_border_ends_at_the_frame_s_edge(tmp_path: Path) -> None:
    (boat,) = seen(tmp_path, [BOAT], grey())
    assert (boat.x0, boat.x1) == pytest.approx((0.0, 45.0))


def test_a_box_wholly_in_the_border_is_none(tmp_path: Path) -> None:
    assert seen(tmp_path, [(2, 2, 30, 30, 0.9, 0)], grey()) == ()


@pytest.mark.parametrize(
    ("score", "label", "reported"),
    [(0.49, 0, False), (0.51, 0, True), (0.31, 1, True), (0.29, 1, False)],
)
def test_each_label_has_its_own_threshold(tmp_path: Path, score: float, label: int, reported: bool) -> None:  # noqa: FBT001
    assert bool(seen(tmp_path, [(100, 20, 200, 120, score, label)], grey())) is reported


def test_a_floor_stands_in_for_all_thresholds(tmp_path: Path) -> None:
    file = model_file(tmp_path, [(100, 20, 200, 120, 0.02, 0)])
    assert len(OnnxDetector(file, floor=0.01).detect(grey())) == 1
    assert OnnxDetector(file).detect(grey()) == ()


@pytest.mark.parametrize("shape", [(1, 2, 6), (2, 6)])
def test_rows_with_and_without_a_batch_are_read_alike(tmp_path: Path, shape: tuple[int, ...]) -> None:
    assert len(seen(tmp_path, [BOAT, CRANE], grey(), output_shape=shape)) == 2


@pytest.mark.parametrize("shape", [(1, 0, 6), (0, 6)])
def test_no_rows_are_no_boxes(tmp_path: Path, shape: tuple[int, ...]) -> None:
    assert seen(tmp_path, [], grey(), output_shape=shape) == ()


def test_rows_that_are_no_numbers_or_turned_inside_out_are_left_out(tmp_path: Path) -> None:
    bad = [
        (float("nan"), 20, 200, 120, 0.9, 0),
        (100, 20, float("inf"), 120, 0.9, 0),
        (200, 20, 100, 120, 0.9, 0),
        (100, 50, 200, 50, 0.9, 0),
    ]
    assert len(seen(tmp_path, [*bad, CRANE], grey())) == 1


@pytest.mark.parametrize(("channel", "bgr"), [(0, 2), (1, 1), (2, 0)])
def test_the_graph_is_given_red_first_and_full_light_as_one(tmp_path: Path, channel: int, bgr: int) -> None:
    image = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    image[:, :, bgr] = 255
    (found,) = seen(tmp_path, [CRANE], image, channel=channel)
    assert found.score == pytest.approx(0.9, abs=1e-6)


def test_values_are_plain_floats_for_signed_json(tmp_path: Path) -> None:
    (found,) = seen(tmp_path, [CRANE], grey())
    assert {type(value) for value in (found.score, found.x0, found.y0, found.x1, found.y1)} == {float}


def test_the_model_hash_is_the_digest_of_the_file(tmp_path: Path) -> None:
    file = model_file(tmp_path, [CRANE])
    assert OnnxDetector(file).model_hash == hashlib.sha256(file.read_bytes()).hexdigest()
    assert read_model(file).sha256 == OnnxDetector(file).model_hash


def test_the_manifest_in_the_file_is_what_was_written(tmp_path: Path) -> None:
    assert read_model(model_file(tmp_path)).manifest.to_json() == manifest()


THRESHOLDS = {"grab_crane": 0.5, "boat": 0.3}
REFUSALS: list[tuple[dict[str, Any], list[str]]] = [
    ({"card": ""}, ["metadata sandwatch", "is missing", "models.training.export"]),
    ({"card": "no json"}, ["is not JSON"]),
    ({"card": "[]"}, ["format"]),
    ({"card": manifest(format="sandwatch-detector/9")}, ["sandwatch-detector/9", "sandwatch-detector/1"]),
    ({"card": manifest(labels=["grab_crane", "truck"])}, ["'truck'", "is no label", "suction_dredger"]),
    ({"card": manifest(labels=["boat", "boat"])}, ["boat", "twice"]),
    ({"card": manifest(labels=[])}, ["labels", "is no list"]),
    ({"card": manifest(labels=[["boat"], 3])}, ["['boat']", "is no label"]),
    ({"card": manifest(thresholds={"boat": 0.3})}, ["thresholds.grab_crane"]),
    (
        {"card": manifest(thresholds=THRESHOLDS | {"barge": 0.2})},
        ["thresholds.barge", "no label of this model"],
    ),
    (
        {"card": manifest(thresholds=THRESHOLDS | {"boat": 1.5})},
        ["thresholds.boat", "1.5", "between 0 and 1"],
    ),
    ({"card": manifest(thresholds=THRESHOLDS | {"boat": True})}, ["thresholds.boat", "True"]),
    ({"card": manifest(thresholds=None)}, ["thresholds", "is no table"]),
    ({"card": manifest(input_width_px=300)}, ["input_width_px", "300", "multiple of 32"]),
    ({"card": manifest(input_height_px="192")}, ["input_height_px", "'192'"]),
    ({"card": manifest(input_height_px=None)}, ["input_height_px", "None"]),
    ({"card": manifest(weights_licence="")}, ["weights_licence", "is no text"]),
    ({"card": manifest(seen=None, name=" ")}, ["seen", "name", "2 mistake(s)"]),
    ({"opset": 12}, ["opset", "12", "13 to 17"]),
    ({"opset": 22}, ["opset", "22", "13 to 17"]),
    ({"domain": "com.example"}, ["com.example", "vendor"]),
    ({"input_shape": (1, 3, 320, 192)}, ["input", "[1, 3, 320, 192]", "[1, 3, 192, 320]"]),
    ({"input_shape": (1, 3, "height", "width")}, ["input", "height"]),
    ({"output_shape": (1, 6, 2)}, ["output", "[1, 6, 2]", "decoder inside"]),
    ({"output_shape": (6, 2)}, ["output", "[6, 2]"]),
    ({"rows": [CRANE, (0, 0, 9, 9, 0.1, 2.0)]}, ["output labels", "2 labels of the manifest"]),
    ({"rows": [CRANE, (0, 0, 9, 9, 0.1, 0.5)]}, ["output labels"]),
]


@pytest.mark.parametrize(("change", "words"), REFUSALS)
def test_a_model_that_is_not_ours_is_refused_in_a_sentence(
    tmp_path: Path, change: dict[str, Any], words: list[str]
) -> None:
    file = write(tmp_path / "wrong.onnx", model(**({"rows": [CRANE, BOAT]} | change)))
    with pytest.raises(SettingsError) as caught:
        OnnxDetector(file)
    for word in ["wrong.onnx", *words]:
        assert word in str(caught.value)


GOOD = model([CRANE]).SerializeToString()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "holds no graph"),
        (b"\x89PNG\r\n\x1a\n" * 20, "is no ONNX model"),
        (GOOD[: len(GOOD) // 2], "is no ONNX model"),
        (b"\xff" * 64, "is no ONNX model"),
        (b"\x08", "is no ONNX model"),
    ],
)
def test_bytes_that_are_no_model_are_refused_in_a_sentence(tmp_path: Path, data: bytes, words: str) -> None:
    (tmp_path / "wrong.onnx").write_bytes(data)
    with pytest.raises(SettingsError, match=words):
        OnnxDetector(tmp_path / "wrong.onnx")


def test_a_missing_file_is_refused_in_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"none\.onnx.*\n.*does not exist"):
        OnnxDetector(tmp_path / "none.onnx")


def test_a_graph_the_runtime_cannot_load_is_refused_in_a_sentence(tmp_path: Path) -> None:
    broken = model([CRANE])
    broken.graph.node[0].op_type = "NoSuchOperator"
    with pytest.raises(SettingsError, match="cannot be loaded"):
        OnnxDetector(write(tmp_path / "wrong.onnx", broken))


@pytest.mark.parametrize("threads", [0, -1, 65])
def test_a_number_of_threads_that_makes_no_sense_is_refused(tmp_path: Path, threads: int) -> None:
    with pytest.raises(SettingsError, match="threads"):
        OnnxDetector(model_file(tmp_path), threads=threads)


def test_reading_a_header_loads_no_runtime(tmp_path: Path) -> None:
    file = model_file(tmp_path)
    code = (
        "import sys; from pathlib import Path; from models.manifest import read_model; "
        f"read_model(Path({str(file)!r})); "
        "import json; print(json.dumps([name for name in ('onnxruntime', 'onnx', 'cv2') if name in sys.modules]))"
    )
    result = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, check=True)
    assert json.loads(result.stdout) == []
