"""Merge rendered shards and real photographs into one folder to train on.

    python -m models.training.prepare OUT --rendered DIR --real DIR --real DIR2 --test DIR3

`--rendered` may be given several times, as may `--real` (split by site and day, never by frame) and `--test`
(real photographs that are only ever tested on). Every file that is left out is reported with its reason, and
the exit code is then 1 with `--strict`. The same sources and recipe give the same folder and the same digest.
Pictures are hard links where the disk allows, else copies.
"""

import argparse
import hashlib
import json
import os
import shutil
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from agent.errors import Mistake, SandwatchError, SettingsError
from models.training.frames import (
    DATA_YAML,
    DATASET,
    FRAMES,
    SPLITS,
    Found,
    Labelled,
    Refused,
    Split,
    digest,
    image_path,
    label_path,
    read_dataset,
)
from models.training.real import real_frames
from models.training.recipe import Recipe, load_recipe
from models.training.rendered import rendered_frames

REFUSED = "refused.jsonl"


@dataclass(frozen=True, slots=True)
class Sources:
    """Folders of each kind."""

    rendered: tuple[Path, ...] = ()
    real: tuple[Path, ...] = ()
    test: tuple[Path, ...] = ()


def prepare(out: Path, sources: Sources, recipe: Recipe) -> dict[str, Any]:
    """Write the folder; returns what `dataset.json` says. Raises SettingsError where nothing usable was found."""
    if (out / FRAMES).exists():
        raise SettingsError(
            str(out), [Mistake("OUT", str(out), "is prepared already", "choose a new folder")]
        )
    missing = [path for path in (*sources.rendered, *sources.real, *sources.test) if not path.is_dir()]
    if missing:
        raise SettingsError("command line", [Mistake("DIR", str(path), "is no folder") for path in missing])
    found, refused = _sorted(_everything(sources, recipe))
    found, torn = _one_split_a_group(found, recipe)
    found, twice = _without_twins(found)
    refused += torn + twice
    if not found:
        raise SettingsError(str(out), [Mistake(item.file, "", item.reason) for item in refused[:20]])
    for item in found:
        _write(out, item, recipe)
    frames = [item.frame for item in found]
    table = _table(frames, refused, sources, recipe)
    (out / REFUSED).write_text(
        "".join(json.dumps({"file": item.file, "reason": item.reason}) + "\n" for item in refused)
    )
    names = "".join(f"  {index}: {label}\n" for index, label in enumerate(recipe.labels))
    paths = "".join(f"{split}: images/{split}\n" for split in SPLITS)
    (out / DATA_YAML).write_text(f"path: {out.resolve()}\n{paths}names:\n{names}", encoding="utf-8")
    (out / DATASET).write_text(json.dumps(table, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    lines = "".join(json.dumps(frame.to_json(), ensure_ascii=False) + "\n" for frame in frames)
    (out / FRAMES).write_text(lines, encoding="utf-8")  # last: its presence says that the folder is whole
    return table


def _everything(sources: Sources, recipe: Recipe) -> Iterator[Found | Refused]:
    for folder in sources.rendered:
        yield from rendered_frames(folder, recipe)
    for folder in sources.real:
        yield from real_frames(folder, recipe)
    for folder in sources.test:
        yield from real_frames(folder, recipe, "test")


def _sorted(items: Iterable[Found | Refused]) -> tuple[list[Found], list[Refused]]:
    found: list[Found] = []
    refused: list[Refused] = []
    for item in items:
        if isinstance(item, Found):
            found.append(item)
        else:
            refused.append(item)
    return found, refused


def _one_split_a_group(found: list[Found], recipe: Recipe) -> tuple[list[Found], list[Refused]]:
    """Give each group its split; a group whose frames wish for several is refused whole."""
    groups: dict[str, list[Found]] = defaultdict(list)
    for item in found:
        groups[item.frame.group].append(item)
    given: list[Found] = []
    refused: list[Refused] = []
    for group, items in groups.items():
        wishes = {item.wish for item in items if item.wish}
        if len(wishes) > 1:
            reason = f"{group} is torn between the splits {', '.join(sorted(wishes))}"
            refused += [Refused(str(item.picture), reason) for item in items]
            continue
        split = wishes.pop() if wishes else drawn_split(group, recipe)
        given += [replace(item, frame=replace(item.frame, split=split)) for item in items]
    return given, refused


def drawn_split(group: str, recipe: Recipe) -> Split:
    """By the group's name and the seed alone: new groups do not move old ones."""
    part = int.from_bytes(hashlib.sha256(f"{recipe.seed} {group}".encode()).digest()[:8]) / 2**64
    if part < recipe.prepare.test_share:
        return "test"
    return "val" if part < recipe.prepare.test_share + recipe.prepare.val_share else "train"


def _without_twins(found: list[Found]) -> tuple[list[Found], list[Refused]]:
    """One picture counts once: the same bytes in two splits would test on what was trained."""
    keeps = {"test": 0, "val": 1, "train": 2}
    ordered = sorted(found, key=lambda item: (keeps[item.frame.split], item.frame.file))
    by_bytes: dict[str, Found] = {}
    names: set[str] = set()
    refused: list[Refused] = []
    for item in ordered:
        first = by_bytes.setdefault(item.frame.sha256, item)
        if first is not item:
            refused.append(Refused(str(item.picture), f"is the same picture as {first.picture}"))
        elif item.frame.file in names:
            refused.append(Refused(str(item.picture), f"another picture becomes {item.frame.file} too"))
            del by_bytes[item.frame.sha256]
        names.add(item.frame.file)
    return list(by_bytes.values()), refused


def _write(out: Path, item: Found, recipe: Recipe) -> None:
    picture, labels = image_path(out, item.frame), label_path(out, item.frame)
    picture.parent.mkdir(parents=True, exist_ok=True)
    labels.parent.mkdir(parents=True, exist_ok=True)
    picture.unlink(missing_ok=True)
    try:
        os.link(item.picture, picture)
    except OSError:
        shutil.copyfile(item.picture, picture)
    labels.write_text(item.frame.yolo_lines(recipe.labels), encoding="ascii")


def _table(
    frames: list[Labelled], refused: list[Refused], sources: Sources, recipe: Recipe
) -> dict[str, Any]:
    return {
        "labels": list(recipe.labels),
        "sha256": digest(frames),
        "count": len(frames),
        "refused": len(refused),
        "seed": recipe.seed,
        "frames": {split: sum(frame.split == split for frame in frames) for split in SPLITS},
        "origins": dict(sorted(Counter(frame.origin for frame in frames).items())),
        "trained_on": dict(
            sorted(Counter(frame.origin for frame in frames if frame.split == "train").items())
        ),
        "conditions": dict(sorted(Counter(frame.condition for frame in frames).items())),
        "groups": {split: len({frame.group for frame in frames if frame.split == split}) for split in SPLITS},
        "boxes": dict(sorted(Counter(box.label for frame in frames for box in frame.boxes).items())),
        "rendered": {folder.name: read_dataset(folder) for folder in sources.rendered},
        "real": [folder.name for folder in (*sources.real, *sources.test)],
    }


def main() -> None:
    parser = argparse.ArgumentParser(prog="models.training.prepare", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("out", type=Path)
    parser.add_argument("--rendered", type=Path, action="append", default=[], metavar="DIR")
    parser.add_argument("--real", type=Path, action="append", default=[], metavar="DIR")
    parser.add_argument("--test", type=Path, action="append", default=[], metavar="DIR")
    parser.add_argument("--recipe", type=Path)
    parser.add_argument("--strict", action="store_true", help="exit code 1 where a file was refused")
    given = parser.parse_args()
    sources = Sources(tuple(given.rendered), tuple(given.real), tuple(given.test))
    try:
        table = prepare(given.out, sources, load_recipe(given.recipe))
    except SandwatchError as error:
        print(f"prepare: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    print(json.dumps(table, indent=2, ensure_ascii=False))
    lines = (given.out / REFUSED).read_text(encoding="utf-8").splitlines()
    for line in lines:
        item = json.loads(line)
        print(f"refused: {item['file']}: {item['reason']}", file=sys.stderr)
    raise SystemExit(1 if lines and given.strict else 0)


if __name__ == "__main__":
    main()
