"""YOLOX-nano as a torch module made from its ONNX file, with heads for our labels.

The published graph (Ge et al. 2021, Apache-2.0) is cut before its last convolutions. Trunk, box and objectness
layers keep what they learnt on COCO; the class layers are new, the rows of `boat`, `barge` and `person` taken from
COCO's boat, boat and person. A file written by `trained`, which has our labels already, keeps them all. The file's batch normalisation is folded into its convolutions already.
"""

import math
from collections.abc import Sequence
from pathlib import Path
from typing import cast

import onnx
import torch
from onnx import numpy_helper
from onnx.utils import Extractor
from onnx2torch import convert
from torch import Tensor, nn

from agent.errors import Mistake, SettingsError
from models.training.graphs import backbone_nodes, load_graph

STRIDES = (8, 16, 32)
COCO_LABELS = 80
COCO_ROW = {"person": 0, "boat": 8, "barge": 8}
PRIOR = 0.01  # score of an untrained class layer: most places hold nothing


class YoloX(nn.Module):
    """RGB 0 to 1, (B, 3, H, W), H and W multiples of 32, to raw (B, N, 4 + 1 + labels) and their grid."""

    def __init__(self, start: Path, labels: Sequence[str]) -> None:
        super().__init__()
        graph = load_graph(start)
        weights = {item.name: torch.tensor(numpy_helper.to_array(item)) for item in graph.graph.initializer}
        features = {
            kind: [_feature(graph, f"head.{kind}_preds.{level}.weight", start) for level in range(3)]
            for kind in ("cls", "reg")
        }
        # The graph begins with slices that gather four neighbouring pixels; `gathered` does the same.
        first = next(node for node in graph.graph.node if node.op_type == "Conv")
        inner = Extractor(onnx.shape_inference.infer_shapes(graph))
        inner_graph = inner.extract_model([first.input[0]], features["cls"] + features["reg"])
        self.trunk = convert(inner_graph)
        self._backbone = frozenset(_module_name(node) for node in backbone_nodes(inner_graph.graph))
        self.box, self.objectness, self.classes = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        for level in range(3):
            old = {
                kind: (
                    weights[f"head.{kind}_preds.{level}.weight"],
                    weights[f"head.{kind}_preds.{level}.bias"],
                )
                for kind in ("reg", "obj", "cls")
            }
            self.box.append(_layer(*old["reg"]))
            self.objectness.append(_layer(*old["obj"]))
            self.classes.append(_class_layer(*old["cls"], labels))

    def backbone(self) -> list[nn.Parameter]:
        """What looks at pixels and knows nothing of boxes: every layer before the first upsampling."""
        return [
            value for name, value in self.trunk.named_parameters() if name.split(".")[0] in self._backbone
        ]

    def forward(self, images: Tensor) -> Tensor:
        """Boxes as centre x, y, width, height in input pixels, then logits of objectness and classes."""
        # The graph was trained on BGR, 0 to 255.
        found = self.trunk(gathered(images.flip(1) * 255.0))
        rows = []
        for level, stride in enumerate(STRIDES):
            of_class, of_box = found[level], found[level + 3]
            raw = torch.cat(
                (self.box[level](of_box), self.objectness[level](of_box), self.classes[level](of_class)),
                dim=1,
            )
            grid = _grid(raw.shape[-2], raw.shape[-1], raw.device)
            flat = raw.flatten(2).transpose(1, 2)
            centre = (flat[..., :2] + grid) * stride
            size = flat[..., 2:4].clamp(max=8.0).exp() * stride
            rows.append(torch.cat((centre, size, flat[..., 4:]), dim=-1))
        return torch.cat(rows, dim=1)


def trained(network: YoloX, start: Path) -> onnx.ModelProto:
    """The file a network was made from with the network's weights in place of its own: what a later run starts from.

    The layers behind the cut, which no run uses, keep their shapes on paper; only the class layers have other rows.
    """
    graph = load_graph(start)
    modules = dict(network.trunk.named_modules())
    new: dict[str, Tensor] = {}
    for node in graph.graph.node:
        module = modules.get(_module_name(node))
        if node.op_type == "Conv" and isinstance(module, nn.Conv2d):
            values = (module.weight, module.bias)
            new |= {
                name: value for name, value in zip(node.input[1:], values, strict=False) if value is not None
            }
    for kind, layers in (("reg", network.box), ("obj", network.objectness), ("cls", network.classes)):
        for level, layer in enumerate(layers):
            new[f"head.{kind}_preds.{level}.weight"] = layer.weight
            new[f"head.{kind}_preds.{level}.bias"] = layer.bias
    for item in graph.graph.initializer:
        if item.name in new:
            array = new.pop(item.name).detach().cpu().contiguous().numpy()
            item.CopyFrom(numpy_helper.from_array(array, item.name))
    if new:
        raise ValueError(f"{start} has no place for {', '.join(sorted(new))}: it is another network's file")
    return graph


class Decoded(nn.Module):
    """For export: boxes x0 y0 x1 y1 (B, N, 4) and scores (B, labels, N), as NonMaxSuppression takes them."""

    def __init__(self, network: YoloX) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> tuple[Tensor, Tensor]:
        raw = self.network(images)
        scores = raw[..., 4:5].sigmoid() * raw[..., 5:].sigmoid()
        return corners(raw[..., :4]), scores.transpose(1, 2)


def gathered(images: Tensor) -> Tensor:
    """(B, 3, H, W) to (B, 12, H / 2, W / 2): top left, bottom left, top right, bottom right of each four pixels."""
    upper, lower = images[:, :, ::2], images[:, :, 1::2]
    return torch.cat((upper[..., ::2], lower[..., ::2], upper[..., 1::2], lower[..., 1::2]), dim=1)


def corners(boxes: Tensor) -> Tensor:
    """Centre and size to x0 y0 x1 y1."""
    half = boxes[..., 2:] / 2
    return torch.cat((boxes[..., :2] - half, boxes[..., :2] + half), dim=-1)


def anchors(height_px: int, width_px: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Centres (N, 2) in pixels and strides (N,) of the rows that `YoloX` gives."""
    centres, strides = [], []
    for stride in STRIDES:
        grid = _grid(height_px // stride, width_px // stride, device)
        centres.append((grid + 0.5) * stride)
        strides.append(torch.full((len(grid),), float(stride), device=device))
    return torch.cat(centres), torch.cat(strides)


def _grid(rows: int, columns: int, device: torch.device) -> Tensor:
    """Column and row of each cell, (rows * columns, 2), row by row."""
    y, x = torch.meshgrid(
        torch.arange(rows, device=device), torch.arange(columns, device=device), indexing="ij"
    )
    return torch.stack((x, y), dim=-1).reshape(-1, 2).float()


def _feature(graph: onnx.ModelProto, weight: str, start: Path) -> str:
    """What the convolution with that weight reads."""
    for node in graph.graph.node:
        if node.op_type == "Conv" and node.input[1] == weight:
            return str(node.input[0])
    problem = Mistake(
        "--start", str(start), f"is no YOLOX: it has no layer {weight}", "upstream's yolox_nano.onnx"
    )
    raise SettingsError("command line", [problem])


def _module_name(node: onnx.NodeProto) -> str:
    """The name under which `convert` keeps the module of a node."""
    return str(node.name).strip("/").replace("/", "_")


def _layer(weight: Tensor, bias: Tensor) -> nn.Conv2d:
    layer = nn.Conv2d(weight.shape[1], weight.shape[0], 1)
    with torch.no_grad():
        layer.weight.copy_(weight)
        cast("Tensor", layer.bias).copy_(bias)
    return layer


def _class_layer(weight: Tensor, bias: Tensor, labels: Sequence[str]) -> nn.Conv2d:
    layer = nn.Conv2d(weight.shape[1], len(labels), 1)
    new_bias = cast("Tensor", layer.bias)
    with torch.no_grad():
        if weight.shape[0] != COCO_LABELS:
            if weight.shape[0] != len(labels):
                problem = f"has {weight.shape[0]} labels, the recipe {len(labels)}"
                raise SettingsError("command line", [Mistake("--start", "", problem)])
            layer.weight.copy_(weight)
            new_bias.copy_(bias)
            return layer
        nn.init.normal_(layer.weight, std=0.01)
        new_bias.fill_(-math.log((1 - PRIOR) / PRIOR))
        for index, label in enumerate(labels):
            if label in COCO_ROW:
                layer.weight[index].copy_(weight[COCO_ROW[label]])
                new_bias[index] = bias[COCO_ROW[label]]
    return layer
