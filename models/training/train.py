"""Train a detector by the recipe.

    python -m models.training.train PREPARED --out RUN
    python -m models.training.train PREPARED --out RUN --resume
    python -m models.training.train PREPARED --out RUN --start FILE|RUN

The architecture is the recipe's. `yolo26n` is trained by ultralytics, from random weights or from the .pt given
with --start (an own checkpoint, or ultralytics' COCO weights where their licence is accepted). `yolox_nano` is trained
by the loop in yolox_train.py and always needs --start: the ONNX file of upstream's YOLOX-nano, or the folder of a
shipped model or of a blend, whose lineage the new run then carries on.
A run that was stopped goes on with --resume from its last whole epoch. Nothing is sent, fetched or installed.
"""

import argparse
import hashlib
import os
import shutil
import sys
from pathlib import Path
from typing import Any

from agent.errors import Mistake, SandwatchError, SettingsError
from models.training.frames import Labelled, image_path, read_dataset, read_frames
from models.training.recipe import Recipe, load_recipe
from models.training.runs import CHECKPOINT, RUN_FILE, START, balanced, describe, read_run

ULTRALYTICS_LICENCE = (
    "AGPL-3.0: made with ultralytics, whose vendor extends its licence to models trained with it"
)
YOLOX_LICENCE = "Apache-2.0 (the start: upstream YOLOX)"


def train(
    data: Path,
    out: Path,
    recipe: Recipe,
    *,
    start: Path | None = None,
    weights: Path | None = None,
    lineage: str | None = None,
    resume: bool = False,
    device: str = "cpu",
) -> Path:
    """Train; returns the checkpoint. Raises SettingsError where something does not fit together.

    For fine tuning: `weights`, a yolox_nano checkpoint whose weights stand in for those of the start, and
    `lineage`, what the exported file shall say it started from.
    """
    _refuse_misfits(out, recipe, start, resume=resume)
    _quiet_surroundings(out)
    import torch  # noqa: PLC0415  after its surroundings are set

    if not resume:
        table = read_dataset(data)
        licence = YOLOX_LICENCE if recipe.train.architecture == "yolox_nano" else ULTRALYTICS_LICENCE
        begun = lineage or ("nothing: random weights" if start is None else start.name)
        digest = None if start is None else hashlib.sha256((weights or start).read_bytes()).hexdigest()
        torch_version = str(torch.__version__)
        describe(recipe, table, begun, digest, licence, device=device, torch=torch_version).write(out)
    if recipe.train.architecture == "yolox_nano":
        from models.training.yolox_train import train_yolox  # noqa: PLC0415

        if start is not None:
            shutil.copyfile(start, out / START)
        return train_yolox(data, out, recipe, weights=weights, resume=resume, device=device)
    return _train_yolo(data, out, recipe, start=start, resume=resume, device=device)


def _refuse_misfits(out: Path, recipe: Recipe, start: Path | None, *, resume: bool) -> None:
    """Raises SettingsError where folder, start and recipe do not fit together."""
    mistakes = []
    if start is not None and not start.is_file():
        mistakes.append(Mistake("--start", str(start), "does not exist"))
    if recipe.train.architecture == "yolox_nano" and start is None and not resume:
        mistakes.append(
            Mistake("--start", "", "is missing", "yolox_nano starts from upstream's yolox_nano.onnx")
        )
    if resume != (out / RUN_FILE).exists():
        problem = "holds no run to go on with" if resume else "holds a run already"
        mistakes.append(Mistake("--out", str(out), problem, "see --resume"))
    elif resume and recipe.train.architecture == "yolo26n":
        if (out / CHECKPOINT).exists():
            mistakes.append(Mistake("--resume", str(out), "is a run that came to its end"))
        elif not (out / "ultralytics" / "weights" / CHECKPOINT).exists():
            mistakes.append(
                Mistake("--resume", str(out), "has no whole epoch yet", "delete it and begin anew")
            )
    if mistakes:
        raise SettingsError("command line", mistakes)


def _quiet_surroundings(out: Path) -> None:
    """ultralytics: no installing, no sending, no fetching, and its settings inside the run's folder."""
    folder = out / "ultralytics"
    folder.mkdir(parents=True, exist_ok=True)
    os.environ["YOLO_AUTOINSTALL"] = "false"
    os.environ["YOLO_OFFLINE"] = "true"
    os.environ["YOLO_CONFIG_DIR"] = str(folder.resolve())


def _train_yolo(
    data: Path, out: Path, recipe: Recipe, *, start: Path | None, resume: bool, device: str
) -> Path:
    import torch  # noqa: PLC0415
    from ultralytics import YOLO, settings  # noqa: PLC0415

    settings.update({"sync": False})
    train, last = recipe.train, out / "ultralytics" / "weights" / CHECKPOINT
    model = YOLO(str(last if resume else start or "yolo26n.yaml"))

    def fix_threads(trainer: Any) -> None:
        # The trainer sets cores - 1 when it chooses its device, which is after everything a caller can set.
        del trainer
        torch.set_num_threads(train.threads)

    model.add_callback("on_train_start", fix_threads)
    if resume:
        model.train(resume=True, device=device)
    else:
        model.train(
            data=str(_write_lists(data, out, recipe)),
            project=str(out.resolve()),
            name="ultralytics",
            exist_ok=True,
            imgsz=max(train.width_px, train.height_px),
            epochs=train.epochs,
            patience=train.epochs,
            batch=train.batch,
            workers=train.workers,
            device=device,
            seed=recipe.seed,
            deterministic=True,
            optimizer="AdamW",
            lr0=train.learning_rate,
            weight_decay=train.weight_decay,
            cos_lr=True,
            mosaic=train.mosaic,
            close_mosaic=max(1, round(train.epochs * 0.15)),
            amp=False,  # its self-test fetches weights
            plots=False,  # fetches a font
        )
    shutil.copyfile(last, out / CHECKPOINT)
    return out / CHECKPOINT


def _write_lists(data: Path, out: Path, recipe: Recipe) -> Path:
    """The data as ultralytics reads it: lists of pictures, the rarer origin repeated."""
    frames = read_frames(data)
    for split in ("train", "val"):
        lines = [str(image_path(data, frame).resolve()) for frame in weighted(frames, split, recipe)]
        if not lines:
            problem = Mistake(split, "", "has no frames", "prepare more groups or change the shares")
            raise SettingsError(str(data), [problem])
        (out / f"{split}.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")
    names = "".join(f"  {index}: {label}\n" for index, label in enumerate(recipe.labels))
    text = f"path: {out.resolve()}\ntrain: train.txt\nval: val.txt\nnames:\n{names}"
    (out / "data.yaml").write_text(text, encoding="utf-8")
    return out / "data.yaml"


def weighted(frames: list[Labelled], split: str, recipe: Recipe) -> list[Labelled]:
    """The frames of a split as an epoch sees them; only training frames are repeated."""
    chosen = [frame for frame in frames if frame.split == split]
    if split != "train":
        return chosen
    real = sum(frame.origin == "real" for frame in chosen)
    per_rendered, per_real = balanced(len(chosen) - real, real, recipe.train.real_share)
    return [frame for frame in chosen for _ in range(per_real if frame.origin == "real" else per_rendered)]


def _start_of(given: Path | None) -> tuple[Path | None, Path | None, str | None]:
    """What `train` takes as start, weights and lineage: a file is a start alone, a folder a run of YOLOX-nano."""
    if given is None or not given.is_dir():
        return given, None, None
    run, checkpoint = read_run(given), given / CHECKPOINT
    return given / START, checkpoint if checkpoint.exists() else None, f"{run.started_from}; then {run.seen}"


def main() -> None:
    parser = argparse.ArgumentParser(prog="models.training.train", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("data", type=Path, help="a prepared folder")
    parser.add_argument("--out", type=Path, required=True, help="folder of the run")
    parser.add_argument("--recipe", type=Path)
    parser.add_argument("--start", type=Path, metavar="FILE|RUN")
    parser.add_argument("--resume", action="store_true")
    parser.add_argument("--device", default="cpu", help="cpu, or the number of a GPU")
    given = parser.parse_args()
    try:
        start, weights, lineage = _start_of(given.start)
        last = train(
            given.data,
            given.out,
            load_recipe(given.recipe),
            start=start,
            weights=weights,
            lineage=lineage,
            resume=given.resume,
            device=given.device,
        )
    except SandwatchError as error:
        print(f"train: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    print(f"checkpoint: {last}")


if __name__ == "__main__":
    main()
