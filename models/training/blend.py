"""Draw a trained network's backbone back towards the weights it began as.

    python -m models.training.blend LEARNT.onnx ORIGIN.onnx --share 0.7 --out START.onnx

LEARNT is the start.onnx of a run or card, ORIGIN the file that run began as. The backbone, which turns pixels into
features, becomes `share` of ORIGIN and the rest of LEARNT, weight by weight; neck and heads stay as learnt. What rendered pictures taught the
backbone about real ones is half of it forgetting: between both lies a network that errs less on pictures unlike
those it was trained on (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models"). Train on from the result
with `backbone_rate = 0`, so that neck and heads get used to it.
"""

import argparse
import sys
from pathlib import Path

import onnx
from onnx import numpy_helper

from agent.errors import Mistake, SandwatchError, SettingsError
from models.training.graphs import backbone_nodes, load_graph


def blend(learnt: Path, origin: Path, share: float) -> onnx.ModelProto:
    """LEARNT's graph with the blended backbone. SettingsError where the two files are not of one network."""
    if not 0 <= share <= 1:
        raise SettingsError("command line", [Mistake("--share", str(share), "is not from 0 to 1")])
    graph, begun = load_graph(learnt), load_graph(origin)
    old = {item.name: numpy_helper.to_array(item) for item in begun.graph.initializer}
    convolutions = [node for node in backbone_nodes(graph.graph) if node.op_type == "Conv"]
    names = {name for node in convolutions for name in node.input[1:]}
    for item in graph.graph.initializer:
        if item.name not in names:
            continue
        new = numpy_helper.to_array(item)
        if item.name not in old or old[item.name].shape != new.shape:
            problem = f"has no layer {item.name} of shape {new.shape}: it is another network's file"
            raise SettingsError("command line", [Mistake("ORIGIN", str(origin), problem)])
        mixed = (1 - share) * new + share * old[item.name]
        item.CopyFrom(numpy_helper.from_array(mixed.astype(new.dtype), item.name))
    return graph


def main() -> None:
    parser = argparse.ArgumentParser(prog="models.training.blend", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("learnt", type=Path, metavar="LEARNT.onnx")
    parser.add_argument("origin", type=Path, metavar="ORIGIN.onnx")
    parser.add_argument("--share", type=float, required=True, help="of ORIGIN in the backbone, 0 to 1")
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    try:
        onnx.save(blend(given.learnt, given.origin, given.share), str(given.out))
    except SandwatchError as error:
        print(f"blend: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    print(f"{given.out}: backbone {given.share:g} of {given.origin}")


if __name__ == "__main__":
    main()
