"""A network's ONNX file, as training begins with it."""

from itertools import takewhile
from pathlib import Path

import onnx

from agent.errors import Mistake, SettingsError


def load_graph(file: Path) -> onnx.ModelProto:
    """Raises SettingsError where the file is no ONNX."""
    try:
        return onnx.load_model_from_string(file.read_bytes())
    except Exception as error:  # noqa: BLE001  protobuf's errors share no base
        problem = Mistake("--start", str(file), f"is no ONNX file: {error}")
        raise SettingsError("command line", [problem]) from None


def backbone_nodes(graph: onnx.GraphProto) -> list[onnx.NodeProto]:
    """What looks at pixels and knows nothing of boxes: every node before the first upsampling."""
    return list(takewhile(lambda node: node.op_type != "Resize", graph.node))
