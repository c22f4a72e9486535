"""Frames from the shards a renderer wrote.

DIR/dataset.json                labels in order, seed, count, renderer version
DIR/shard-00000/images/*.jpg
DIR/shard-00000/labels/*.txt    YOLO, of the boxes that are `learned`
DIR/shard-00000/scenes.jsonl    one JSON an image: file, seed, family, camera, condition, split, boxes
"""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models.training.frames import (
    SPLITS,
    Box,
    Found,
    Labelled,
    Refused,
    box_mistake,
    load_image,
    read_dataset,
)
from models.training.recipe import Recipe


def rendered_frames(folder: Path, recipe: Recipe) -> Iterator[Found | Refused]:
    """Every image of every shard, valid or refused with its reason."""
    labels = read_dataset(folder)["labels"]
    shards = sorted(path for path in folder.glob("shard-*") if path.is_dir())
    if not shards:
        yield Refused(str(folder), "holds no shard-* folder")
    for shard in shards:
        try:
            lines = (shard / "scenes.jsonl").read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError) as error:
            yield Refused(str(shard / "scenes.jsonl"), f"cannot be read: {error}")
            continue
        told = set()
        for number, line in enumerate(lines, start=1):
            try:
                scene = json.loads(line)
                told.add(Path(scene["file"]).name)
                yield _frame(folder, shard, scene, labels, recipe)
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                yield Refused(f"{shard / 'scenes.jsonl'} line {number}", f"is no scene: {error!r}")
        for picture in sorted((shard / "images").glob("*")):
            if picture.name not in told:
                yield Refused(str(picture), "stands in no line of scenes.jsonl")


def _frame(
    folder: Path, shard: Path, scene: dict[str, Any], labels: list[str], recipe: Recipe
) -> Found | Refused:
    name = Path(scene["file"]).name
    picture, label_file = shard / "images" / name, (shard / "labels" / name).with_suffix(".txt")
    try:
        data, label_text = picture.read_bytes(), label_file.read_text(encoding="ascii")
    except (OSError, ValueError) as error:
        return Refused(str(picture), f"cannot be read: {error}")
    image = load_image(data)
    if image is None:
        return Refused(str(picture), "is no picture that can be decoded")
    height_px, width_px = image.shape[:2]
    boxes = _boxes(scene["boxes"], labels, (width_px, height_px), recipe)
    if isinstance(boxes, str):
        return Refused(str(picture), boxes)
    rows, learned = len(label_text.splitlines()), sum(bool(item["learned"]) for item in scene["boxes"])
    if rows != learned:
        return Refused(str(picture), f"{label_file.name} has {rows} boxes, scenes.jsonl {learned} to learn")
    if scene["split"] not in SPLITS:
        return Refused(str(picture), f"split {scene['split']!r} is none of {', '.join(SPLITS)}")
    frame = Labelled(
        file=f"{folder.name}-{shard.name}-{picture.stem}{picture.suffix.lower()}",
        split=scene["split"],
        origin="rendered",
        source=folder.name,
        group=f"rendered:{scene['family']}",
        camera=str(scene["camera"]),
        condition=str(scene["condition"]),
        width_px=width_px,
        height_px=height_px,
        sha256=hashlib.sha256(data).hexdigest(),
        boxes=tuple(boxes),
    )
    return Found(picture, frame, scene["split"])


def _boxes(
    items: list[dict[str, Any]], labels: list[str], size: tuple[int, int], recipe: Recipe
) -> list[Box] | str:
    """The boxes of a scene that show enough, or why it cannot be used."""
    boxes = []
    for item in items:
        if item["label"] not in labels:
            return f"label {item['label']!r} is not in dataset.json"
        x0, y0, x1, y1, occluded = (float(item[key]) for key in ("x0", "y0", "x1", "y1", "occluded"))
        box = Box(item["label"], x0, y0, x1, y1, occluded)
        problem = box_mistake(box, *size)
        if problem:
            return problem
        shows = (
            item["learned"]
            and occluded <= recipe.most_occluded
            and item["visible_px"] >= recipe.least_visible_px
        )
        if shows and box.label in recipe.labels:
            boxes.append(box)
    return boxes
