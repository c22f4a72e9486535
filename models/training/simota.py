"""Which cells answer for which box, and what their answers cost: SimOTA and the losses of YOLOX (Ge et al. 2021).

A cell may answer for a box if its centre lies in the box or within 2.5 strides of the box's centre. Each box takes as many
cells as the sum of its ten best overlaps says, at least one: those of the least cost, which is the classification loss
plus three times the overlap loss, and much more outside of box and centre region. A cell wanted by two boxes goes
to the cheaper one. Boxes that are IGNORED are answered for by none, and what lies in them is neither right nor wrong.
"""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional

from models.training.augment import IGNORED
from models.training.yolox import corners

CENTRE_STRIDES = 2.5
CANDIDATES = 10
BOX_WEIGHT = 5.0
OVERLAP_COST = 3.0
OUTSIDE_COST = 1e5


@dataclass(frozen=True, slots=True)
class Losses:
    """Each summed over cells and divided by the number of cells that answer."""

    box: Tensor
    objectness: Tensor
    classes: Tensor

    @property
    def total(self) -> Tensor:
        return BOX_WEIGHT * self.box + self.objectness + self.classes


def losses(raw: Tensor, centres: Tensor, strides: Tensor, truths: list[Tensor]) -> Losses:
    """`raw` (B, N, 5 + labels) of YoloX; `truths` for each picture (M, 5): label or IGNORED, x0 y0 x1 y1 in input pixels."""
    device = raw.device
    wanted_objectness = torch.zeros(raw.shape[:2], device=device)
    counted = torch.ones(raw.shape[:2], device=device)
    box_loss = class_loss = torch.zeros((), device=device)
    answering = 0
    for index, given in enumerate(truths):
        truth, ignored = given[given[:, 0] != IGNORED], given[given[:, 0] == IGNORED]
        if len(ignored):
            in_ignored, _ = regions(centres, strides, ignored[:, 1:])
            counted[index, in_ignored.any(dim=0)] = 0.0
        if not len(truth):
            continue
        rows = raw[index]
        cells, boxes, overlap = assign(rows.detach(), centres, strides, truth)
        wanted_objectness[index, cells] = 1.0
        counted[index, cells] = 1.0
        answering += len(cells)
        shared = iou(corners(rows[cells, :4]), truth[boxes, 1:])
        box_loss = box_loss + (1 - shared * shared).sum()
        wanted = functional.one_hot(truth[boxes, 0].long(), rows.shape[1] - 5).float() * overlap[:, None]
        class_loss = class_loss + functional.binary_cross_entropy_with_logits(
            rows[cells, 5:], wanted, reduction="sum"
        )
    objectness = functional.binary_cross_entropy_with_logits(
        raw[..., 4], wanted_objectness, weight=counted, reduction="sum"
    )
    count = max(1, answering)
    return Losses(box_loss / count, objectness / count, class_loss / count)


@torch.no_grad()
def assign(rows: Tensor, centres: Tensor, strides: Tensor, truth: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Cells that answer, the box each answers for, and how well it overlaps it now."""
    in_box, in_centre = regions(centres, strides, truth[:, 1:])
    cells = (in_box | in_centre).any(dim=0).nonzero()[:, 0]
    if not len(cells):  # a box so small that no cell's centre is near: the nearest cell answers
        middle = (truth[:, 1:3] + truth[:, 3:5]) / 2
        cells = torch.cdist(middle, centres).argmin(dim=1).unique()
    near = rows[cells]
    overlap = iou(truth[:, None, 1:], corners(near[:, :4])[None])
    score = (near[:, 4:5].sigmoid() * near[:, 5:].sigmoid()).sqrt().clamp(1e-6, 1 - 1e-6)
    labels = functional.one_hot(truth[:, 0].long(), score.shape[1]).float()
    class_cost = functional.binary_cross_entropy(
        score[None].expand(len(truth), -1, -1), labels[:, None].expand(-1, len(cells), -1), reduction="none"
    ).sum(dim=-1)
    outside = ~(in_box & in_centre)[:, cells]
    cost = class_cost - OVERLAP_COST * (overlap + 1e-8).log() + OUTSIDE_COST * outside
    chosen = torch.zeros_like(cost, dtype=torch.bool)
    best = overlap.topk(min(CANDIDATES, len(cells)), dim=1).values
    for box, count in enumerate(best.sum(dim=1).int().clamp(min=1).tolist()):
        chosen[box, cost[box].topk(min(count, len(cells)), largest=False).indices] = True
    several = chosen.sum(dim=0) > 1
    if several.any():
        cheapest = cost[:, several].argmin(dim=0)
        chosen[:, several] = functional.one_hot(cheapest, len(truth)).T.bool()
    taken = chosen.any(dim=0).nonzero()[:, 0]
    boxes = chosen[:, taken].float().argmax(dim=0)
    return cells[taken], boxes, overlap[boxes, taken]


def regions(centres: Tensor, strides: Tensor, boxes: Tensor) -> tuple[Tensor, Tensor]:
    """Which cells' centres lie in each box, and which within 2.5 strides of its centre; both (M, N)."""
    x, y = centres[None, :, 0], centres[None, :, 1]
    in_box = (x > boxes[:, :1]) & (y > boxes[:, 1:2]) & (x < boxes[:, 2:3]) & (y < boxes[:, 3:4])
    middle = (boxes[:, :2] + boxes[:, 2:]) / 2
    reach = CENTRE_STRIDES * strides[None]
    in_centre = ((x - middle[:, :1]).abs() < reach) & ((y - middle[:, 1:2]).abs() < reach)
    return in_box, in_centre


def iou(one: Tensor, other: Tensor) -> Tensor:
    """Overlap of boxes x0 y0 x1 y1, broadcast."""
    low = torch.maximum(one[..., :2], other[..., :2])
    high = torch.minimum(one[..., 2:], other[..., 2:])
    shared = (high - low).clamp(min=0).prod(dim=-1)
    areas = (one[..., 2:] - one[..., :2]).prod(dim=-1) + (other[..., 2:] - other[..., :2]).prod(dim=-1)
    return shared / (areas - shared + 1e-9)
