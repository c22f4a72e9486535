"""The detector's data set: labelled stills in shards, built from a seed, taken up again where it stopped.

    DIR/dataset.json                    labels in order, seed, count, renderer, families of each split
    DIR/shard-00000/images/00000000.jpg
    DIR/shard-00000/labels/00000000.txt YOLO: class, middle and size as shares of the picture
    DIR/shard-00000/scenes.jsonl        one picture a line: family, split, camera, condition, every box

A shard is of one family, so of one split. It is built under the name shard-00000.part and renamed when whole:
a shard that is there is complete. Picture i depends on seed, i and the shard's family alone, so that an
interrupted build and an uninterrupted one end with the same files.
"""

import hashlib
import json
import shutil
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

from models.manifest import LABELS
from models.synth.families import FAMILIES, Yard, split_of
from models.synth.gl import Stage
from models.synth.labelled import Labelled, labelled, yolo
from models.synth.scenes.stills import Scenes

SHARD = 50  # pictures; small counts get smaller shards, so that every family has its share
FORMAT = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """What a build makes. `shard` 0 chooses the number of pictures per shard from the count."""

    count: int
    seed: int
    scenes: Scenes = "all"
    width_px: int = 640
    height_px: int = 360
    shard: int = 0

    def __post_init__(self) -> None:
        if self.count < 1:
            raise ValueError(f"--count {self.count}: a data set needs at least one picture")

    @property
    def shard_size(self) -> int:
        return self.shard or min(SHARD, max(1, round(self.count / FAMILIES)))

    @property
    def shards(self) -> int:
        return -(-self.count // self.shard_size)

    def pictures(self, shard: int) -> range:
        """Numbers of the pictures of a shard."""
        return range(shard * self.shard_size, min(self.count, (shard + 1) * self.shard_size))

    def family(self, shard: int) -> int:
        return shard % FAMILIES


def renderer_version() -> str:
    """A hash of this package's source: other source, other pictures."""
    digest = hashlib.sha256()
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(file.relative_to(Path(__file__).parent).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()[:16]


def build(folder: Path, plan: Plan, *, workers: int = 1) -> str:
    """Builds what is lacking of `plan` under `folder`; answers a sentence. ValueError if another set lies there."""
    folder.mkdir(parents=True, exist_ok=True)
    about = _described(plan)
    _claim(folder / "dataset.json", about)
    lacking = [shard for shard in range(plan.shards) if not _place(folder, shard).exists()]
    done = plan.count - sum(len(plan.pictures(shard)) for shard in lacking)
    began, fresh = time.monotonic(), 0
    for shard in _built(folder, plan, lacking, workers):
        fresh += len(plan.pictures(shard))
        done += len(plan.pictures(shard))
        _tell(done, plan.count, fresh / (time.monotonic() - began))
    _write(folder / "dataset.json", {**about, "complete": True})
    return f"{folder}: {plan.count} pictures in {plan.shards} shards, renderer {about['renderer']}"


def _described(plan: Plan) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "synthetic": "every picture is rendered; none is a photograph",
        "labels": list(LABELS),
        "seed": plan.seed,
        "scenes": plan.scenes,
        "count": plan.count,
        "width_px": plan.width_px,
        "height_px": plan.height_px,
        "shard": plan.shard_size,
        "renderer": renderer_version(),
        "splits": {
            split: sorted({plan.family(s) for s in range(plan.shards) if split_of(plan.family(s)) == split})
            for split in ("train", "val", "test")
        },
        "complete": False,
    }


def _claim(file: Path, about: dict[str, Any]) -> None:
    """Writes what is being built, or makes sure that what lies there is the same."""
    if file.exists():
        there = json.loads(file.read_text("utf-8"))
        for key in ("format", "seed", "scenes", "count", "width_px", "height_px", "shard", "renderer"):
            if there.get(key) != about[key]:
                raise ValueError(
                    f"{file.parent} holds a data set with {key} {there.get(key)}, asked for is {about[key]}: "
                    f"give another folder, or delete this one"
                )
    else:
        _write(file, about)


def _built(folder: Path, plan: Plan, lacking: list[int], workers: int) -> Iterator[int]:
    """The numbers of the shards as they are finished."""
    if workers <= 1:
        stage = None
        for shard in lacking:
            stage = stage or Stage(plan.width_px, plan.height_px)
            build_shard(stage, folder, plan, shard)
            yield shard
        if stage is not None:
            stage.context.release()
        return
    # OpenGL does not outlive a fork, so the workers are started afresh.
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
        running = {pool.submit(_in_worker, folder, plan, shard) for shard in lacking}
        for finished in as_completed(running):
            yield finished.result()


_STAGES: dict[tuple[int, int], Stage] = {}


def _in_worker(folder: Path, plan: Plan, shard: int) -> int:
    size = (plan.width_px, plan.height_px)
    if size not in _STAGES:
        _STAGES[size] = Stage(*size)
    build_shard(_STAGES[size], folder, plan, shard)
    return shard


def build_shard(stage: Stage, folder: Path, plan: Plan, shard: int) -> None:
    """Draws all pictures of one shard anew and puts it in its place."""
    place = _place(folder, shard)
    part = place.with_name(place.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    (part / "images").mkdir(parents=True)
    (part / "labels").mkdir()
    family = plan.family(shard)
    yard = Yard(family)
    stage.forget()
    lines = []
    for number in plan.pictures(shard):
        made = labelled(stage, yard, plan.seed * 1_000_003 + number, plan.scenes)
        (part / "images" / f"{number:08d}.jpg").write_bytes(made.jpeg)
        kept = [box for box, learned in zip(made.labels, made.learned, strict=True) if learned]
        text = "".join(f"{yolo(box, plan.width_px, plan.height_px)}\n" for box in kept)
        (part / "labels" / f"{number:08d}.txt").write_text(text, "ascii")
        lines.append(json.dumps(record(made, number, plan.seed, family)) + "\n")
    (part / "scenes.jsonl").write_text("".join(lines), "ascii")
    part.rename(place)


def record(made: Labelled, number: int, seed: int, family: int) -> dict[str, Any]:
    """A line of scenes.jsonl. `occluded` is the share of a box's own pixels that something stands before."""
    return {
        "file": f"images/{number:08d}.jpg",
        "seed": seed * 1_000_003 + number,
        "family": family,
        "split": split_of(family),
        "camera": made.still.view,
        "condition": made.still.condition,
        "boxes": [
            {
                "label": box.label,
                "x0": box.x0,
                "y0": box.y0,
                "x1": box.x1,
                "y1": box.y1,
                "visible_px": box.visible_px,
                "occluded": round(1.0 - box.visible_share, 3),
                "learned": learned,
            }
            for box, learned in zip(made.labels, made.learned, strict=True)
        ],
    }


def _place(folder: Path, shard: int) -> Path:
    return folder / f"shard-{shard:05d}"


def _write(file: Path, about: dict[str, Any]) -> None:
    """Whole or not at all."""
    part = file.with_name(file.name + ".part")
    part.write_text(json.dumps(about, indent=1) + "\n", "utf-8")
    part.replace(file)


def _tell(done: int, count: int, per_s: float) -> None:
    """The progress bar: rewritten in place on a terminal, a line each elsewhere."""
    filled = round(30 * done / count)
    left_min = (count - done) / max(per_s, 1e-6) / 60.0
    text = f"[{'#' * filled}{'.' * (30 - filled)}] {done}/{count} pictures, {per_s:.2f} a second, {left_min:.0f} min left"
    last = done == count
    print(text, end="\r" if sys.stderr.isatty() and not last else "\n", file=sys.stderr, flush=True)
