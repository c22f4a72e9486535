"""The training loop of YOLOX-nano: settings from the recipe, the loop at the bottom.

AdamW, one warm-up epoch, then a cosine down to a twentieth; the weights that are kept are a moving average.
After each epoch everything goes into RUN/last.pt, written whole or not at all.
"""

import copy
import json
import math
import os
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from agent.errors import Mistake, SettingsError
from models.training.augment import plain
from models.training.frames import Labelled, image_path, load_image, read_frames
from models.training.recipe import Recipe
from models.training.runs import CHECKPOINT, START
from models.training.simota import losses
from models.training.train import weighted
from models.training.varied import Varied
from models.training.yolox import YoloX, anchors

AVERAGE = 0.998  # of the moving average, reached after some 2,000 steps
LAST_RATE = 0.05
PLAIN_SHARE = 0.15  # of the epochs, at the end, see pictures placed as the device does
LONGEST_GRADIENT = 10.0


@dataclass(slots=True)
class State:
    """Everything that a run goes on from."""

    network: YoloX
    average: YoloX
    optimizer: torch.optim.Optimizer
    epoch: int = 0
    step: int = 0

    def save(self, file: Path) -> None:
        part = file.with_suffix(".part")
        table = {
            "network": self.network.state_dict(),
            "average": self.average.state_dict(),
            "optimizer": self.optimizer.state_dict(),
            "epoch": self.epoch,
            "step": self.step,
        }
        with part.open("wb") as stream:
            torch.save(table, stream)
            os.fsync(stream.fileno())
        part.replace(file)

    def load(self, file: Path) -> None:
        table = torch.load(file, map_location="cpu", weights_only=True)
        self.network.load_state_dict(table["network"])
        self.average.load_state_dict(table["average"])
        self.optimizer.load_state_dict(table["optimizer"])
        self.epoch, self.step = table["epoch"], table["step"]


def load_average(run: Path, recipe_labels: tuple[str, ...]) -> YoloX:
    """The network of a run with its averaged weights; of a card or a blend, which have no checkpoint, as it stands."""
    network = YoloX(run / START, recipe_labels)
    if (run / CHECKPOINT).exists():
        saved = torch.load(run / CHECKPOINT, map_location="cpu", weights_only=True)
        network.load_state_dict(saved["average"])
    network.eval()
    return network


def batches(
    data: Path, frames: list[Labelled], recipe: Recipe, epoch: int, varied: Varied | None = None
) -> Iterator[tuple[Tensor, list[Tensor]]]:
    """An epoch's batches, the same for the same seed and epoch: RGB 0 to 1, and boxes (M, 5) for each picture.

    Without `varied` the pictures are as the device sees them.
    """
    chance = random.Random(f"{recipe.seed} {epoch}")
    order = list(range(len(frames)))
    chance.shuffle(order)
    size = (recipe.train.width_px, recipe.train.height_px)
    for first in range(0, len(order), recipe.train.batch):
        pictures, truths = [], []
        for index in order[first : first + recipe.train.batch]:
            frame = frames[index]
            image = load_image(image_path(data, frame).read_bytes())
            if image is None:
                raise SettingsError(
                    str(data), [Mistake(frame.file, "", "cannot be decoded", "prepare it again")]
                )
            boxes = np.array(
                [(recipe.labels.index(box.label), box.x0, box.y0, box.x1, box.y1) for box in frame.boxes],
                dtype=np.float64,
            ).reshape(-1, 5)
            picture, boxes = varied(image, boxes, chance) if varied else plain(image, boxes, size)
            pictures.append(np.ascontiguousarray(picture[:, :, ::-1].transpose(2, 0, 1)))
            truths.append(torch.tensor(boxes, dtype=torch.float32))
        yield torch.from_numpy(np.stack(pictures)).float() / 255, truths


def train_yolox(
    data: Path, out: Path, recipe: Recipe, *, weights: Path | None, resume: bool, device: str
) -> Path:
    """Train to the recipe's last epoch; returns the checkpoint. `weights`: begin with another run's average."""
    torch.manual_seed(recipe.seed)
    torch.set_num_threads(recipe.train.threads)
    place = torch.device(f"cuda:{device}" if device.isdigit() else device)
    # Channels last: a fifth less CPU time for these depthwise convolutions.
    network = YoloX(out / START, recipe.labels).to(place, memory_format=torch.channels_last)
    if weights is not None:
        network.load_state_dict(torch.load(weights, map_location=place, weights_only=True)["average"])
    state = State(network, copy.deepcopy(network), _optimizer(network, recipe))
    if resume and (out / CHECKPOINT).exists():
        state.load(out / CHECKPOINT)
    everything = read_frames(data)
    frames = weighted(everything, "train", recipe)
    unseen = weighted(everything, "val", recipe)
    if not frames:
        raise SettingsError(str(data), [Mistake("train", "", "has no frames", "prepare more groups")])
    centres, strides = anchors(recipe.train.height_px, recipe.train.width_px, place)
    steps = math.ceil(len(frames) / recipe.train.batch)
    while state.epoch < recipe.train.epochs:
        started = time.monotonic()
        still = state.epoch >= round(recipe.train.epochs * (1 - PLAIN_SHARE))
        varied = Varied(recipe, state.epoch, still=still)
        sums = torch.zeros(3)
        state.network.train()
        for images, truths in batches(data, frames, recipe, state.epoch, varied):
            for group in state.optimizer.param_groups:
                group["lr"] = group["highest"] * rate(state.step, steps, recipe.train.epochs)
            raw = state.network(images.to(place, memory_format=torch.channels_last))
            cost = losses(raw, centres, strides, [truth.to(place) for truth in truths])
            state.optimizer.zero_grad()
            cost.total.backward()
            torch.nn.utils.clip_grad_norm_(state.network.parameters(), LONGEST_GRADIENT)
            state.optimizer.step()
            state.step += 1
            _follow(state)
            sums += torch.stack((cost.box, cost.objectness, cost.classes)).detach().cpu()
        state.epoch += 1
        state.save(out / CHECKPOINT)
        line = {
            "epoch": state.epoch,
            "box": float(sums[0] / steps),
            "objectness": float(sums[1] / steps),
            "classes": float(sums[2] / steps),
            "val": validation_loss(state.average, data, unseen, recipe, place),
            "seconds": round(time.monotonic() - started, 1),
        }
        print(json.dumps(line), flush=True)
        with (out / "log.jsonl").open("a", encoding="utf-8") as log:
            log.write(json.dumps(line) + "\n")
    return out / CHECKPOINT


@torch.no_grad()
def validation_loss(
    network: YoloX, data: Path, frames: list[Labelled], recipe: Recipe, place: torch.device
) -> float | None:
    """The mean total loss over frames as the device sees them; None where there are none."""
    if not frames:
        return None
    network.eval()
    centres, strides = anchors(recipe.train.height_px, recipe.train.width_px, place)
    values = [
        float(losses(network(images.to(place)), centres, strides, [t.to(place) for t in truths]).total)
        for images, truths in batches(data, frames, recipe, 0)
    ]
    return sum(values) / len(values)


def rate(step: int, steps: int, epochs: int) -> float:
    """The factor of the learning rate: up through the first epoch, then down along a cosine."""
    if step < steps and epochs > 1:
        return (step + 1) / steps
    part = (step - steps) / max(1, steps * (epochs - 1)) if epochs > 1 else step / steps
    return LAST_RATE + (1 - LAST_RATE) * (1 + math.cos(math.pi * min(1.0, part))) / 2


def _optimizer(network: YoloX, recipe: Recipe) -> torch.optim.Optimizer:
    """Weights decay, biases do not. The backbone, which has seen real pictures, is led by a shorter rein."""
    highest, share = recipe.train.learning_rate, recipe.train.backbone_rate
    slow = {id(value) for value in network.backbone()}
    if share == 0:
        for value in network.backbone():
            value.requires_grad_(requires_grad=False)
    groups: list[dict[str, Any]] = []
    for of_backbone, rate_of in ((True, highest * share), (False, highest)):
        for matrix in (True, False):
            members = [
                value
                for value in network.parameters()
                if value.requires_grad and (id(value) in slow) == of_backbone and (value.ndim > 1) == matrix
            ]
            decay = recipe.train.weight_decay if matrix else 0.0
            if members:
                groups.append({"params": members, "weight_decay": decay, "highest": rate_of})
    return torch.optim.AdamW(groups, lr=highest)


@torch.no_grad()
def _follow(state: State) -> None:
    """The average follows the network, closely at first."""
    keep = min(AVERAGE, (1 + state.step) / (10 + state.step))
    new = state.network.state_dict()
    for name, value in state.average.state_dict().items():
        if value.dtype.is_floating_point:
            value.mul_(keep).add_(new[name], alpha=1 - keep)
        else:
            value.copy_(new[name])
