"""Mix the weights of a trained YOLOX-nano with those of another, mostly of the file it once began as.

    python -m models.training.blend RUN yolox_nano.onnx --share 0.7 --layers backbone --out BLENDED
    python -m models.training.blend RUN RUN2 --share 0.5 --layers all --out BLENDED

RUN is a run's folder or an exported model's. Each chosen weight becomes `share` of the other's and the rest of RUN's.
What rendered pictures teach the backbone about real ones is half of it forgetting: between RUN and its start lies a
network that errs less on pictures unlike those it was trained on (Wortsman et al. 2022, "Robust fine-tuning of zero-shot models").
Its neck and heads then want a few epochs with the backbone held still: `train --start BLENDED`, `backbone_rate = 0`.
The mean of two such runs in turn errs less than either ("Model soups", the same authors). BLENDED is a run's folder: train from it, or export it.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path
from typing import Literal, TypeAlias

import onnx
from onnx import numpy_helper

from agent.errors import Mistake, SandwatchError, SettingsError
from models.training.graphs import backbone_nodes, load_graph
from models.training.runs import START, read_run

Layers: TypeAlias = Literal["backbone", "all"]


def blend(learnt: onnx.ModelProto, other: onnx.ModelProto, share: float, layers: Layers) -> onnx.ModelProto:
    """A copy of `learnt` with the blended weights. SettingsError where the two are not one network's."""
    if not 0 <= share <= 1:
        raise SettingsError("command line", [Mistake("--share", str(share), "is not from 0 to 1")])
    mixed = onnx.ModelProto()
    mixed.CopyFrom(learnt)
    nodes = backbone_nodes(mixed.graph) if layers == "backbone" else mixed.graph.node
    names = {name for node in nodes if node.op_type == "Conv" for name in node.input[1:]}
    theirs = {item.name: numpy_helper.to_array(item) for item in other.graph.initializer}
    for item in mixed.graph.initializer:
        if item.name not in names:
            continue
        ours = numpy_helper.to_array(item)
        if item.name not in theirs or theirs[item.name].shape != ours.shape:
            problem = f"has no layer {item.name} of shape {ours.shape}: it is another network's"
            raise SettingsError("command line", [Mistake("OTHER", "", problem)])
        values = (1 - share) * ours + share * theirs[item.name]
        item.CopyFrom(numpy_helper.from_array(values.astype(ours.dtype), item.name))
    return mixed


def _weights(given: Path, labels: tuple[str, ...]) -> onnx.ModelProto:
    """Of a file, or of a run: the average it came to."""
    if not given.is_dir():
        return load_graph(given)
    from models.training.yolox import trained  # noqa: PLC0415  torch, which files alone do not need
    from models.training.yolox_train import load_average  # noqa: PLC0415

    return trained(load_average(given, labels), given / START)


def main() -> None:
    parser = argparse.ArgumentParser(prog="models.training.blend", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("run", type=Path, metavar="RUN")
    parser.add_argument("other", type=Path, metavar="OTHER", help="a run's folder, or an ONNX file")
    parser.add_argument("--share", type=float, required=True, help="of OTHER, 0 to 1")
    parser.add_argument("--layers", choices=("backbone", "all"), required=True)
    parser.add_argument("--out", type=Path, required=True)
    given = parser.parse_args()
    try:
        run = read_run(given.run)
        learnt, other = _weights(given.run, run.labels), _weights(given.other, run.labels)
        mixed = blend(learnt, other, given.share, given.layers)
    except SandwatchError as error:
        print(f"blend: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    what = "backbone" if given.layers == "backbone" else "all layers"
    seen = f"{run.seen}; {what} {given.share:g} of {given.other.name}"
    replace(run, seen=seen).write(given.out)
    (given.out / START).write_bytes(mixed.SerializeToString())
    print(f"{given.out}: {seen}")


if __name__ == "__main__":
    main()
