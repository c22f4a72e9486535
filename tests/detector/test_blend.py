"""A backbone drawn back towards the weights it began as: `models.training.blend`."""

from pathlib import Path

import numpy as np
import onnx
import pytest
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from agent.errors import SettingsError
from models.training.blend import blend
from models.training.graphs import load_graph

WEIGHTS = ("first", "second", "after")


def network(file: Path, value: float, *, channels: int = 2) -> Path:
    """Two convolutions, an upsampling, one convolution more; every weight is `value`."""
    shape = (channels, channels, 1, 1)
    nodes = [
        helper.make_node("Slice", ["images", "from", "to"], ["whole"]),
        helper.make_node("Conv", ["whole", "first"], ["a"]),
        helper.make_node("Conv", ["a", "second"], ["b"]),
        helper.make_node("Resize", ["b", "", "scales"], ["c"]),
        helper.make_node("Conv", ["c", "after"], ["d"]),
    ]
    whole = [
        numpy_helper.from_array(np.zeros(1, np.int64), "from"),
        numpy_helper.from_array(np.full(1, np.iinfo(np.int64).max), "to"),
        numpy_helper.from_array(np.array([1, 1, 2, 2], np.float32), "scales"),
    ]
    weights = [numpy_helper.from_array(np.full(shape, value, np.float32), name) for name in WEIGHTS]
    graph = helper.make_graph(
        nodes,
        "network",
        [helper.make_tensor_value_info("images", TensorProto.FLOAT, [1, channels, 4, 4])],
        [helper.make_tensor_value_info("d", TensorProto.FLOAT, [1, channels, 8, 8])],
        whole + weights,
    )
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)]), str(file))
    return file


def values(model: onnx.ModelProto) -> dict[str, NDArray[np.generic]]:
    return {item.name: numpy_helper.to_array(item) for item in model.graph.initializer}


def test_what_stands_before_the_upsampling_is_mixed_and_the_rest_stays_as_learnt(tmp_path: Path) -> None:
    learnt, origin = network(tmp_path / "learnt.onnx", 1.0), network(tmp_path / "origin.onnx", 3.0)

    mixed = values(blend(load_graph(learnt), load_graph(origin), 0.75, "backbone"))

    assert np.all(mixed["first"] == 2.5)
    assert np.all(mixed["second"] == 2.5)
    assert np.all(mixed["after"] == 1.0)
    assert mixed["to"][0] == np.iinfo(np.int64).max  # what is no weight is not touched


def test_all_layers_are_mixed_where_that_is_asked(tmp_path: Path) -> None:
    learnt, origin = network(tmp_path / "learnt.onnx", 1.0), network(tmp_path / "origin.onnx", 3.0)

    mixed = values(blend(load_graph(learnt), load_graph(origin), 0.5, "all"))

    assert [float(mixed[name].mean()) for name in WEIGHTS] == [2.0, 2.0, 2.0]
    assert values(load_graph(learnt))["first"].mean() == 1.0


def test_nothing_of_the_origin_leaves_the_network_as_it_was(tmp_path: Path) -> None:
    learnt, origin = network(tmp_path / "learnt.onnx", 1.5), network(tmp_path / "origin.onnx", 3.0)

    assert np.all(values(blend(load_graph(learnt), load_graph(origin), 0.0, "all"))["first"] == 1.5)


def test_another_networks_file_is_refused_by_name(tmp_path: Path) -> None:
    learnt = network(tmp_path / "learnt.onnx", 1.0)
    origin = network(tmp_path / "other.onnx", 1.0, channels=3)

    with pytest.raises(SettingsError, match=r"has no layer first of shape \(2, 2, 1, 1\)"):
        blend(load_graph(learnt), load_graph(origin), 0.5, "backbone")


def test_a_share_beyond_one_is_refused(tmp_path: Path) -> None:
    learnt = network(tmp_path / "learnt.onnx", 1.0)

    with pytest.raises(SettingsError, match="is not from 0 to 1"):
        blend(load_graph(learnt), load_graph(learnt), 1.5, "all")
