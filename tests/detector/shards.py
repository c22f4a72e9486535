"""Tiny data sets for the tests: coloured rectangles, synthetic and nothing like a river."""

import json
import random
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from models.manifest import LABELS

WIDTH, HEIGHT = 160, 96
COLOURS = {"barge": (40, 60, 200), "boat": (200, 120, 30), "grab_crane": (0, 220, 240)}  # BGR
SPLITS = {"f6": "val", "f7": "test"}


def box(label: str, x0: float, y0: float, x1: float, y1: float, **other: Any) -> dict[str, Any]:
    """A box as the renderer writes it, wholly visible and to be learned."""
    values = {"label": label, "x0": x0, "y0": y0, "x1": x1, "y1": y1, "occluded": 0.0, "learned": True}
    return values | {"visible_px": int((x1 - x0) * (y1 - y0))} | other


def picture(path: Path, boxes: Sequence[Mapping[str, Any]] = (), *, seed: int = 0) -> Path:
    """Grey noise with the boxes painted in; the seed makes the bytes differ."""
    noise = np.random.default_rng(seed).normal(100, 8, (HEIGHT, WIDTH, 3))
    image = noise.clip(0, 255).astype(np.uint8)
    for item in boxes:
        low, high = (int(item["x0"]), int(item["y0"])), (int(item["x1"]) - 1, int(item["y1"]) - 1)
        cv2.rectangle(image, low, high, COLOURS.get(item["label"], (255, 255, 255)), -1)
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), image)
    return path


def yolo(boxes: Sequence[Mapping[str, Any]], labels: Sequence[str] = LABELS) -> str:
    """The label file of boxes."""
    return "".join(
        f"{labels.index(item['label'])} {(item['x0'] + item['x1']) / 2 / WIDTH} {(item['y0'] + item['y1']) / 2 / HEIGHT} "
        f"{(item['x1'] - item['x0']) / WIDTH} {(item['y1'] - item['y0']) / HEIGHT}\n"
        for item in boxes
        if item.get("learned", True)
    )


def scene(file: str, boxes: Sequence[dict[str, Any]] = (), **other: Any) -> dict[str, Any]:
    """A line of scenes.jsonl: family f0, seen from on board, by day, for training."""
    values = {
        "file": file,
        "seed": 1,
        "family": "f0",
        "camera": "onboard",
        "condition": "day",
        "split": "train",
    }
    return values | {"boxes": list(boxes)} | other


def shards(folder: Path, scenes: Sequence[dict[str, Any]]) -> Path:
    """A data set of one shard, with a picture and a label file for each scene."""
    shard = folder / "shard-00000"
    (shard / "labels").mkdir(parents=True)
    for number, item in enumerate(scenes):
        picture(shard / "images" / item["file"], item["boxes"], seed=number)
        known = [one for one in item["boxes"] if one["label"] in LABELS]
        (shard / "labels" / item["file"]).with_suffix(".txt").write_text(yolo(known))
    (shard / "scenes.jsonl").write_text("".join(json.dumps(item) + "\n" for item in scenes))
    table = {"labels": list(LABELS), "seed": 1, "count": len(scenes), "renderer": "test"}
    (folder / "dataset.json").write_text(json.dumps(table))
    return folder


def random_scenes(count: int) -> list[dict[str, Any]]:
    """Up to three rectangles each, in eight families of which one is for validation and one for the test."""
    chance = random.Random(1)
    scenes = []
    for number in range(count):
        boxes: list[dict[str, Any]] = []
        for _ in range(chance.randint(0, 3)):
            label = chance.choice(list(COLOURS))
            width, height = chance.randint(16, 48), chance.randint(12, 36)
            x, y = chance.randint(0, WIDTH - width), chance.randint(0, HEIGHT - height)
            new = box(label, x, y, x + width, y + height)
            apart = all(
                new["x0"] > old["x1"]
                or new["x1"] < old["x0"]
                or new["y0"] > old["y1"]
                or new["y1"] < old["y0"]
                for old in boxes
            )
            if apart:
                boxes.append(new)
        family = f"f{number % 8}"
        condition = chance.choice(["day", "night"])
        split = SPLITS.get(family, "train")
        scenes.append(scene(f"{number:05d}.png", boxes, family=family, condition=condition, split=split))
    return scenes
