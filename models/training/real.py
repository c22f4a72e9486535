"""Frames from photographs that people labelled, in YOLO form or as COCO JSON (as CVAT exports it).

    DIR/…/SITE/DAY/*.jpg          YOLO: a .txt beside the picture, or under labels/ where images/ stands in its path;
    DIR/classes.txt               names in order, one a line (obj.names and the names of data.yaml serve as well)
    DIR/annotations/*.json        COCO: images, annotations, categories; pictures anywhere under DIR

The folder a picture lies in is its group: frames of one site and day stay together in one split. A picture
without a label file is refused: an empty file says that nothing of ours is in it.
"""

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from models.training.frames import (
    Box,
    Found,
    Labelled,
    Refused,
    Split,
    box_mistake,
    load_image,
    pictures_under,
)
from models.training.recipe import Recipe

NAMES = ("classes.txt", "obj.names")


def real_frames(folder: Path, recipe: Recipe, wish: Split | None = None) -> Iterator[Found | Refused]:
    """Every picture of a folder, valid or refused with its reason; the form is found by looking."""
    files = sorted([*folder.glob("*.json"), *(folder / "annotations").glob("*.json")])
    coco = [file for file in files if file.name != "dataset.json"]
    if coco:
        yield from _coco_frames(folder, coco, recipe, wish)
        return
    names, problem = _names(folder)
    if problem:
        yield Refused(str(folder), problem)
        return
    for picture in pictures_under(folder):
        yield _yolo_frame(folder, picture, names, recipe, wish)


def _yolo_frame(
    folder: Path, picture: Path, names: list[str], recipe: Recipe, wish: Split | None
) -> Found | Refused:
    label_file = _label_file(folder, picture)
    if label_file is None:
        return Refused(str(picture), "has no label file; an empty one says that nothing is in it")
    read = _read(picture)
    if isinstance(read, Refused):
        return read
    data, width_px, height_px = read
    boxes: list[Box] = []
    for number, line in enumerate(label_file.read_text(encoding="utf-8").splitlines(), start=1):
        parts = line.split()
        if not parts:
            continue
        try:
            index, middle_x, middle_y, width, height = (float(part) for part in parts)
            name = names[int(index)] if index == int(index) and index >= 0 else None
        except (ValueError, IndexError, OverflowError):
            name = None
        if name is None:
            return Refused(str(label_file), f"line {number} is no box of {len(names)} classes: {line[:60]}")
        label, problem = recipe.label_of(name)
        if problem:
            return Refused(str(picture), problem)
        x0, x1 = (middle_x - width / 2) * width_px, (middle_x + width / 2) * width_px
        y0, y1 = (middle_y - height / 2) * height_px, (middle_y + height / 2) * height_px
        if label is not None:
            boxes.append(Box(label, x0, y0, x1, y1))
    return _found(folder, picture, data, (width_px, height_px), boxes, wish)


def _coco_frames(
    folder: Path, files: list[Path], recipe: Recipe, wish: Split | None
) -> Iterator[Found | Refused]:
    told: set[Path] = set()
    by_name: dict[str, list[Path]] = defaultdict(list)
    for picture in pictures_under(folder):
        by_name[picture.name].append(picture)
    for file in files:
        try:
            table = json.loads(file.read_text(encoding="utf-8"))
            categories = {item["id"]: str(item["name"]) for item in table["categories"]}
            boxes: dict[Any, list[dict[str, Any]]] = defaultdict(list)
            for item in table["annotations"]:
                boxes[item["image_id"]].append(item)
            images = [(str(item["file_name"]), item["id"]) for item in table["images"]]
        except (OSError, ValueError, KeyError, TypeError) as error:
            yield Refused(str(file), f"is no COCO JSON: {error!r}")
            continue
        for name, image_id in images:
            fits = [path for path in by_name[Path(name).name] if path.as_posix().endswith(name)]
            if len(fits) != 1:
                yield Refused(f"{file}: {name}", f"{len(fits)} pictures of that name lie under {folder}")
                continue
            told.add(fits[0])
            yield _coco_frame(folder, fits[0], boxes[image_id], categories, recipe, wish)
    for picture in pictures_under(folder):
        if picture not in told:
            yield Refused(str(picture), "stands in no annotation file")


def _coco_frame(
    folder: Path,
    picture: Path,
    items: list[dict[str, Any]],
    categories: dict[Any, str],
    recipe: Recipe,
    wish: Split | None,
) -> Found | Refused:
    read = _read(picture)
    if isinstance(read, Refused):
        return read
    data, width_px, height_px = read
    boxes = []
    for item in items:
        try:
            x, y, width, height = (float(value) for value in item["bbox"])
            name = categories[item["category_id"]]
        except (KeyError, TypeError, ValueError) as error:
            return Refused(str(picture), f"an annotation is no box: {error!r}")
        if item.get("iscrowd"):
            return Refused(str(picture), f"annotation {item.get('id')} is a crowd, not a box")
        label, problem = recipe.label_of(name)
        if problem:
            return Refused(str(picture), problem)
        if label is not None:
            boxes.append(Box(label, x, y, x + width, y + height))
    return _found(folder, picture, data, (width_px, height_px), boxes, wish)


def _found(
    folder: Path, picture: Path, data: bytes, size: tuple[int, int], boxes: list[Box], wish: Split | None
) -> Found | Refused:
    for box in boxes:
        problem = box_mistake(box, *size)
        if problem:
            return Refused(str(picture), problem)
    inside = picture.relative_to(folder)
    parts = [part for part in inside.parent.parts if part not in ("images", "data")]
    frame = Labelled(
        file="-".join([folder.name, *parts, inside.stem]) + inside.suffix.lower(),
        split=wish or "train",
        origin="real",
        source=folder.name,
        group=":".join(["real", folder.name, *parts]),
        camera="unknown",
        condition="unknown",
        width_px=size[0],
        height_px=size[1],
        sha256=hashlib.sha256(data).hexdigest(),
        boxes=tuple(boxes),
    )
    return Found(picture, frame, wish)


def _read(picture: Path) -> tuple[bytes, int, int] | Refused:
    try:
        data = picture.read_bytes()
    except OSError as error:
        return Refused(str(picture), f"cannot be read: {error.strerror}")
    image = load_image(data)
    if image is None:
        return Refused(str(picture), "is no picture that can be decoded")
    return data, image.shape[1], image.shape[0]


def _label_file(folder: Path, picture: Path) -> Path | None:
    beside = picture.with_suffix(".txt")
    if beside.is_file():
        return beside
    parts = list(picture.relative_to(folder).parts)
    if "images" in parts:
        parts[parts.index("images")] = "labels"
        other = folder.joinpath(*parts).with_suffix(".txt")
        if other.is_file():
            return other
    return None


def _names(folder: Path) -> tuple[list[str], str]:
    """Class names in order, or why there are none."""
    for name in NAMES:
        if (folder / name).is_file():
            lines = (folder / name).read_text(encoding="utf-8").splitlines()
            return [line.strip() for line in lines if line.strip()], ""
    if (folder / "data.yaml").is_file():
        import yaml  # noqa: PLC0415  comes with the extra `train`; only this form needs it

        table = yaml.safe_load((folder / "data.yaml").read_text(encoding="utf-8"))
        names = table.get("names") if isinstance(table, dict) else None
        if isinstance(names, dict):
            names = [names[index] for index in sorted(names)]
        if isinstance(names, list) and names:
            return [str(name) for name in names], ""
        return [], "data.yaml has no names"
    return [], f"holds neither COCO JSON nor class names ({', '.join(NAMES)}, data.yaml)"
