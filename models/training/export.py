"""Make the ONNX file of a training run.

    python -m models.training.export RUN --data PREPARED --out detector.onnx

Rectangular input, boxes out, no work left for the device: YOLO26 needs no suppression, YOLOX gets its decoder and
NonMaxSuppression into the graph. The manifest goes into the file's metadata; a copy with the file's digest and the
numeric comparison with torch goes beside it (detector.json), and for yolox_nano the weights and run.json that a later
run can go on from. Thresholds are chosen on the validation split of --data;
without --data every label gets the recipe's. The file is loaded by `models.detect_onnx` before this ends well.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from agent.errors import Mistake, SandwatchError, SettingsError
from agent.types import Image
from models.detect_onnx import OnnxDetector
from models.letterbox import Letterbox
from models.manifest import KEY, Manifest
from models.training.evaluate import FLOOR, GROUPS
from models.training.frames import image_path, load_image, read_frames
from models.training.measure import best_threshold, matches
from models.training.recipe import Recipe, load_recipe
from models.training.runs import CHECKPOINT, START, Run, read_run

MOST_APART_PX = 0.05  # torch and ONNX differ by rounding only
MOST_APART_SCORE = 1e-3
MOST_ALONE = 0.02
ALONE_PX = 1.0
COMPARED = 4


@dataclass(frozen=True, slots=True)
class Apart:
    """The largest difference between torch and ONNX over the compared pictures; `alone` rows have no counterpart."""

    pictures: int
    rows: int
    alone: int
    box_px: float
    score: float


def export(run_folder: Path, out: Path, recipe: Recipe, data: Path | None) -> dict[str, Any]:
    """Write `out` and its sidecar; returns the sidecar. Raises SettingsError where torch and ONNX disagree."""
    run = read_run(run_folder)
    pictures = _pictures(run, data)
    with tempfile.TemporaryDirectory() as folder:
        part = Path(folder) / "part.onnx"
        if run.architecture == "yolox_nano":
            rows = _export_yolox(run_folder, run, recipe, part, pictures)
        else:
            rows = _export_yolo(run_folder, run, recipe, part, pictures)
        graph = onnx.load(str(part))
        _card(graph, out.stem, run, dict.fromkeys(run.labels, recipe.export.threshold))
        onnx.checker.check_model(graph)
        part.write_bytes(graph.SerializeToString())
        apart = _compare(part, rows, pictures)
        if data is not None:
            _card(graph, out.stem, run, choose_thresholds(part, data, recipe))
        out.parent.mkdir(parents=True, exist_ok=True)
        out.write_bytes(graph.SerializeToString())
    if run.architecture == "yolox_nano":
        _keep_weights(run_folder, run, out.parent)
    detector = OnnxDetector(out)
    sidecar = {
        "sha256": detector.model_hash,
        "bytes": out.stat().st_size,
        "manifest": detector.manifest.to_json(),
        "start_sha256": run.start_sha256,
        "torch": run.torch,
        "compared_with_torch": asdict(apart),
        "thresholds_from": "the recipe" if data is None else "the validation split",
    }
    out.with_suffix(".json").write_text(json.dumps(sidecar, indent=2, ensure_ascii=False) + "\n")
    return sidecar


def _keep_weights(run_folder: Path, run: Run, folder: Path) -> None:
    """`folder` as a run without its optimizer: what `fine_tune` and `train --start` need."""
    from models.training.yolox import trained  # noqa: PLC0415
    from models.training.yolox_train import load_average  # noqa: PLC0415

    graph = trained(load_average(run_folder, run.labels), run_folder / START)
    (folder / START).write_bytes(graph.SerializeToString())
    run.write(folder)


def choose_thresholds(model: Path, data: Path, recipe: Recipe) -> dict[str, float]:
    """For each label a threshold from the validation split.

    Gear, with which an accusation begins: the best F1 among the scores that are precise enough. The labels that
    accuse nobody: the best F-beta, recall weighing more.
    """
    detector = OnnxDetector(model, floor=FLOOR)
    scored: dict[str, list[tuple[float, bool]]] = {label: [] for label in detector.manifest.labels}
    boxes = dict.fromkeys(detector.manifest.labels, 0)
    for frame in read_frames(data, "val"):
        image = load_image(image_path(data, frame).read_bytes())
        if image is None:
            raise SettingsError(str(data), [Mistake(frame.file, "", "cannot be decoded", "prepare it again")])
        detections = detector.detect(image)
        for detection, hit in zip(detections, matches(detections, frame.boxes), strict=True):
            scored[detection.label].append((detection.score, hit is not None))
        for box in frame.boxes:
            if box.label in boxes:
                boxes[box.label] += 1
    rules = recipe.export
    gear = {"least_precision": rules.least_precision, "least": rules.gear_least_threshold}
    context = {
        "least_precision": 0.0,
        "least": rules.context_least_threshold,
        "recall_weight": rules.context_recall_weight,
    }
    return {
        label: best_threshold(
            scored[label], count, otherwise=rules.threshold, **(gear if label in GROUPS["gear"] else context)
        )
        for label, count in boxes.items()
    }


def _card(graph: onnx.ModelProto, name: str, run: Run, thresholds: dict[str, float]) -> None:
    """Put the manifest into the metadata, in place of all that an exporter wrote there."""
    manifest = Manifest(
        name=name,
        labels=run.labels,
        input_width_px=run.width_px,
        input_height_px=run.height_px,
        thresholds=thresholds,
        dataset_sha256=run.dataset_sha256,
        git_commit=run.git_commit,
        weights_licence=run.weights_licence,
        started_from=run.started_from,
        seen=run.seen,
    )
    del graph.metadata_props[:]
    helper.set_model_props(graph, {KEY: json.dumps(manifest.to_json(), ensure_ascii=False)})


def _pictures(run: Run, data: Path | None) -> list[Image]:
    """Input pictures to compare by: validation frames as the device sees them, else noise from a fixed seed."""
    size = (run.width_px, run.height_px)
    if data is None:
        chance = np.random.default_rng(1)
        return [chance.integers(0, 256, (*size[::-1], 3), dtype=np.uint8) for _ in range(COMPARED)]
    images = [
        load_image(image_path(data, frame).read_bytes()) for frame in read_frames(data, "val")[:COMPARED]
    ]
    return [Letterbox.fit(image.shape[1::-1], size).picture(image) for image in images if image is not None]


def _blob(picture: Image) -> NDArray[np.float32]:
    planes = picture[None, :, :, ::-1].transpose(0, 3, 1, 2)
    return np.ascontiguousarray(planes.astype(np.float32) / np.float32(255))


def _export_yolo(
    folder: Path, run: Run, recipe: Recipe, part: Path, pictures: list[Image]
) -> list[NDArray[np.float64]]:
    """Rows (N, 6) that torch gives for each picture; the graph goes to `part`."""
    os.environ["YOLO_AUTOINSTALL"] = "false"
    os.environ["YOLO_OFFLINE"] = "true"
    os.environ.setdefault("YOLO_CONFIG_DIR", str((folder / "ultralytics").resolve()))
    import torch  # noqa: PLC0415  after its surroundings are set
    from ultralytics import YOLO  # noqa: PLC0415

    copy = part.with_name("model.pt")
    shutil.copyfile(folder / CHECKPOINT, copy)
    YOLO(str(copy)).export(
        format="onnx",
        imgsz=(run.height_px, run.width_px),
        opset=recipe.export.opset,
        dynamic=False,
        simplify=False,
        nms=False,  # the end-to-end head
        max_det=recipe.export.most_boxes,
        device="cpu",
    )
    copy.with_suffix(".onnx").replace(part)
    network = YOLO(str(copy)).model.float().eval()
    network.end2end = True
    with torch.no_grad():
        found = [network(torch.from_numpy(_blob(picture))) for picture in pictures]
    return [(item[0] if isinstance(item, list | tuple) else item)[0].double().numpy() for item in found]


def _export_yolox(
    folder: Path, run: Run, recipe: Recipe, part: Path, pictures: list[Image]
) -> list[NDArray[np.float64]]:
    """As `_export_yolo`. Torch's rows are suppressed here, in numpy, as the graph does it."""
    import torch  # noqa: PLC0415

    from models.training.yolox import Decoded  # noqa: PLC0415
    from models.training.yolox_train import load_average  # noqa: PLC0415

    network = Decoded(load_average(folder, run.labels)).eval()
    torch.onnx.export(
        network,
        (torch.zeros(1, 3, run.height_px, run.width_px),),
        str(part),
        input_names=["images"],
        output_names=["boxes", "scores"],
        opset_version=recipe.export.opset,
        dynamo=False,
    )
    graph = onnx.load(str(part))
    with_suppression(graph, recipe.export.nms_iou, recipe.export.least_score, recipe.export.most_boxes)
    part.write_bytes(graph.SerializeToString())
    rows = []
    for picture in pictures:
        with torch.no_grad():
            boxes, scores = (item[0].double().numpy() for item in network(torch.from_numpy(_blob(picture))))
        kept = suppressed(boxes, scores, recipe.export.nms_iou, recipe.export.least_score)
        rows.append(most_per_label(kept, recipe.export.most_boxes // len(run.labels)))
    return rows


def with_suppression(graph: onnx.ModelProto, iou: float, least_score: float, most: int) -> None:
    """Append NonMaxSuppression per label to outputs `boxes` (1, N, 4) and `scores` (1, labels, N); the new output is (K, 6)."""
    labels = graph.graph.output[1].type.tensor_type.shape.dim[1].dim_value
    constants = {
        "most_per_label": np.array([most // labels], np.int64),
        "iou": np.array([iou], np.float32),
        "least_score": np.array([least_score], np.float32),
        "no_batch": np.array([0], np.int64),
        "of_label": np.array([1], np.int64),
        "of_box": np.array([2], np.int64),
        "column": np.array([1], np.int64),
        "end": np.array([3], np.int64),
    }
    graph.graph.initializer.extend(numpy_helper.from_array(value, name) for name, value in constants.items())
    node = helper.make_node
    graph.graph.node.extend(
        [
            node("NonMaxSuppression", ["boxes", "scores", "most_per_label", "iou", "least_score"], ["kept"]),
            node("Slice", ["kept", "of_label", "end", "column"], ["label_and_box"]),
            node("Slice", ["kept", "of_box", "end", "column"], ["box_column"]),
            node("Slice", ["kept", "of_label", "of_box", "column"], ["label_column"]),
            node("Squeeze", ["boxes", "no_batch"], ["boxes_flat"]),
            node("Squeeze", ["scores", "no_batch"], ["scores_flat"]),
            node("Squeeze", ["box_column", "column"], ["box_index"]),
            node("Gather", ["boxes_flat", "box_index"], ["kept_boxes"], axis=0),
            node("GatherND", ["scores_flat", "label_and_box"], ["kept_scores"]),
            node("Unsqueeze", ["kept_scores", "column"], ["score_column"]),
            node("Cast", ["label_column"], ["label_float"], to=TensorProto.FLOAT),
            node("Concat", ["kept_boxes", "score_column", "label_float"], ["output0"], axis=1),
        ]
    )
    del graph.graph.output[:]
    graph.graph.output.append(helper.make_tensor_value_info("output0", TensorProto.FLOAT, ["kept", 6]))


def suppressed(
    boxes: NDArray[np.float64], scores: NDArray[np.float64], iou: float, least_score: float
) -> NDArray[np.float64]:
    """Plain non-maximum suppression per label: boxes (N, 4), scores (labels, N), to rows (K, 6)."""
    rows = []
    for label, of_label in enumerate(scores):
        order = [index for index in np.argsort(-of_label, kind="stable") if of_label[index] > least_score]
        while order:
            best, order = order[0], order[1:]
            rows.append([*boxes[best], of_label[best], label])
            order = [index for index in order if _overlap(boxes[best], boxes[index]) <= iou]
    return np.array(rows, dtype=np.float64).reshape(-1, 6)


def most_per_label(rows: NDArray[np.float64], most: int) -> NDArray[np.float64]:
    """The `most` best rows of each label; rows of a label stand best first."""
    keep = [index for index, row in enumerate(rows) if np.sum(rows[:index, 5] == row[5]) < most]
    return rows[keep]


def _overlap(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    width, height = np.minimum(one[2:], other[2:]) - np.maximum(one[:2], other[:2])
    if width <= 0 or height <= 0:
        return 0.0
    shared = width * height
    return float(shared / ((one[2:] - one[:2]).prod() + (other[2:] - other[:2]).prod() - shared))


def _compare(model: Path, rows: list[NDArray[np.float64]], pictures: list[Image]) -> Apart:
    """ONNX against torch on the same pictures; raises SettingsError where they differ by more than rounding.

    Each row of torch is held against the nearest row of its label. A row at the edge of being kept (the last of
    the best, two boxes that overlap by just the limit) may be there on one side only: such rows are counted.
    """
    detector = OnnxDetector(model, floor=FLOOR)
    box_px = score = 0.0
    count = alone = 0
    for wanted, picture in zip(rows, pictures, strict=True):
        got = detector.rows(picture)
        for row in wanted[wanted[:, 4] >= FLOOR]:
            count += 1
            apart = np.abs(got[got[:, 5] == row[5], :5] - row[:5])
            nearest = min(apart, key=lambda item: float(item.max()), default=np.full(5, np.inf))
            if nearest[:4].max() > ALONE_PX:
                alone += 1
            else:
                box_px, score = max(box_px, float(nearest[:4].max())), max(score, float(nearest[4]))
    if box_px > MOST_APART_PX or score > MOST_APART_SCORE or alone > MOST_ALONE * count:
        problem = (
            f"differs from torch by {box_px:.3g} px, {score:.3g} in score, {alone} of {count} rows unpaired"
        )
        allowed = f"at most {MOST_APART_PX} px, {MOST_APART_SCORE} and {MOST_ALONE:.0%} of the rows"
        raise SettingsError(str(model), [Mistake("the exported graph", "", problem, allowed)])
    return Apart(len(pictures), count, alone, box_px, score)


def main() -> None:
    parser = argparse.ArgumentParser(prog="models.training.export", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("run", type=Path, help="folder of a training run")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--data", type=Path, help="a prepared folder, to choose thresholds by")
    parser.add_argument("--recipe", type=Path)
    given = parser.parse_args()
    try:
        sidecar = export(given.run, given.out, load_recipe(given.recipe), given.data)
    except SandwatchError as error:
        print(f"export: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    print(json.dumps(sidecar, indent=2, ensure_ascii=False))


if __name__ == "__main__":
    main()
