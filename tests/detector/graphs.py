"""Tiny ONNX graphs for the tests: they answer with fixed boxes, scored by how red, green or blue the input is."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from models.manifest import Manifest

WIDTH, HEIGHT = 320, 192
Row = tuple[float, float, float, float, float, float]  # x0 y0 x1 y1 score label


def manifest(**other: Any) -> dict[str, Any]:
    """A good manifest of two labels as JSON; a value of None leaves the key out."""
    values: dict[str, Any] = {
        "name": "test",
        "labels": ("grab_crane", "boat"),
        "input_width_px": WIDTH,
        "input_height_px": HEIGHT,
        "thresholds": {"grab_crane": 0.5, "boat": 0.3},
        "dataset_sha256": "ab" * 32,
        "git_commit": "unknown",
        "weights_licence": "Apache-2.0",
        "started_from": "nothing: fixed boxes",
        "seen": "nothing",
    }
    table = Manifest(**values).to_json() | other
    return {key: value for key, value in table.items() if value is not None}


def model(
    rows: Sequence[Row] = (),
    *,
    card: dict[str, Any] | str | None = None,
    opset: int = 17,
    input_shape: Sequence[int | str] = (1, 3, HEIGHT, WIDTH),
    output_shape: Sequence[int] | None = None,
    channel: int | None = None,
    domain: str = "",
) -> onnx.ModelProto:
    """A graph that answers `rows`; with `channel` each score is multiplied by that channel's mean (0 R, 1 G, 2 B)."""
    shape = list(output_shape or (1, len(rows), 6))
    boxes = np.array(rows, dtype=np.float32).reshape(shape)
    mean = helper.make_node("ReduceMean", ["images"], ["mean"], axes=[2, 3], keepdims=0)
    constants = [numpy_helper.from_array(boxes, "boxes")]
    if channel is None:
        nodes = [helper.make_node("Identity", ["boxes"], ["output0"])]
    else:
        weight = np.zeros((3, 6), np.float32)
        weight[channel, 4] = 1.0
        offset = np.array([1, 1, 1, 1, 0, 1], np.float32)
        constants += [numpy_helper.from_array(weight, "weight"), numpy_helper.from_array(offset, "offset")]
        nodes = [
            mean,
            helper.make_node("MatMul", ["mean", "weight"], ["factor"]),
            helper.make_node("Add", ["factor", "offset"], ["factors"]),
            helper.make_node("Mul", ["boxes", "factors"], ["output0"]),
        ]
    graph = helper.make_graph(
        nodes,
        "fixed",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, list(input_shape))],
        [helper.make_tensor_value_info("output0", TensorProto.FLOAT, shape)],
        constants,
    )
    imports = [helper.make_opsetid("", opset)]
    if domain:
        imports.append(helper.make_opsetid(domain, 1))
    built = helper.make_model(graph, opset_imports=imports, ir_version=8)
    if card != "":
        text = card if isinstance(card, str) else json.dumps(manifest() if card is None else card)
        helper.set_model_props(built, {"sandwatch": text, "author": "test"})
    return built


def write(path: Path, built: onnx.ModelProto) -> Path:
    path.write_bytes(built.SerializeToString())
    return path


def model_file(folder: Path, rows: Sequence[Row] = (), **other: Any) -> Path:
    """The file of such a graph."""
    return write(folder / "detector.onnx", model(rows, **other))
