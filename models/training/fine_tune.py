"""Go on from a trained model with a few hundred labelled real frames.

    python -m models.training.fine_tune RUN PREPARED --out RUN2

RUN is a run's folder, or that of an exported model (`models/cards/NAME`). PREPARED holds the real frames and the rendered ones that the model came from (`prepare --rendered … --real …`): an epoch
sees both, real ones repeated up to the recipe's share, so that what was learnt is not lost. The learning rate is a
tenth of the recipe's and the epochs 25 unless --epochs says otherwise. Whether the result may replace RUN's model is
decided by `evaluate` on days and sites that neither has seen, and by nothing in here.
"""

import argparse
import sys
from dataclasses import replace
from pathlib import Path

from agent.errors import Mistake, SandwatchError, SettingsError
from models.training.frames import read_frames
from models.training.recipe import Recipe, load_recipe
from models.training.runs import CHECKPOINT, START, read_run
from models.training.train import train

RATE_SHARE = 0.1
EPOCHS = 25


def fine_tune(run: Path, data: Path, out: Path, recipe: Recipe, *, epochs: int, device: str = "cpu") -> Path:
    """Train from `run` into `out`; returns the checkpoint. Raises SettingsError."""
    old = read_run(run)
    mistakes = []
    if old.architecture != recipe.train.architecture:
        mistakes.append(
            Mistake("train.architecture", recipe.train.architecture, f"the run is {old.architecture}")
        )
    if old.labels != recipe.labels:
        mistakes.append(Mistake("labels", str(recipe.labels), f"the run has {old.labels}"))
    if not any(frame.origin == "real" and frame.split == "train" for frame in read_frames(data)):
        mistakes.append(
            Mistake("PREPARED", str(data), "has no real frames to train on", "prepare --real DIR")
        )
    if mistakes:
        raise SettingsError("fine_tune", mistakes)
    settings = recipe.train.model_copy(
        update={"epochs": epochs, "learning_rate": recipe.train.learning_rate * RATE_SHARE}
    )
    gentle = replace(recipe, train=settings)
    lineage = f"{old.started_from}; then {old.seen}"
    if old.architecture == "yolox_nano":
        checkpoint = run / CHECKPOINT
        start, weights = run / START, checkpoint if checkpoint.exists() else None
        return train(data, out, gentle, start=start, weights=weights, lineage=lineage, device=device)
    return train(data, out, gentle, start=run / CHECKPOINT, lineage=lineage, device=device)


def main() -> None:
    parser = argparse.ArgumentParser(prog="models.training.fine_tune", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.add_argument("run", type=Path, help="folder of the run to go on from")
    parser.add_argument("data", type=Path, help="a prepared folder")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--recipe", type=Path)
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--device", default="cpu")
    given = parser.parse_args()
    recipe = load_recipe(given.recipe)
    try:
        last = fine_tune(given.run, given.data, given.out, recipe, epochs=given.epochs, device=given.device)
    except SandwatchError as error:
        print(f"fine_tune: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    print(f"checkpoint: {last}")


if __name__ == "__main__":
    main()
