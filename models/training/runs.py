"""A training run's folder: what it was made of, so that an export can say it.

RUN/run.json    architecture, recipe, data, start, commit, device
RUN/last.pt     the checkpoint to go on from and to export
RUN/start.onnx  yolox_nano: the network it began as; beside an exported model, the trained weights in the same form
"""

import json
import subprocess
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from agent.errors import Mistake, SettingsError
from models.training.recipe import Recipe

RUN_FILE, CHECKPOINT, START = "run.json", "last.pt", "start.onnx"


@dataclass(frozen=True, slots=True)
class Run:
    """`started_from` and `weights_licence` go into the exported file as they stand here."""

    architecture: str
    labels: tuple[str, ...]
    width_px: int
    height_px: int
    recipe: str
    dataset_sha256: str
    seen: str
    started_from: str
    start_sha256: str | None
    weights_licence: str
    git_commit: str
    device: str
    torch: str

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False) + "\n"
        (folder / RUN_FILE).write_text(text, encoding="utf-8")


def read_run(folder: Path) -> Run:
    """Raises SettingsError where the folder holds no run."""
    try:
        table: dict[str, Any] = json.loads((folder / RUN_FILE).read_text(encoding="utf-8"))
        return Run(**{**table, "labels": tuple(table["labels"])})
    except (OSError, ValueError, TypeError, KeyError) as error:
        problem = Mistake(RUN_FILE, "", f"cannot be read: {error}", "give the folder of a training run")
        raise SettingsError(str(folder), [problem]) from None


def describe(
    recipe: Recipe,
    table: dict[str, Any],
    started_from: str,
    start_sha256: str | None,
    licence: str,
    *,
    device: str,
    torch: str,
) -> Run:
    """The description of a run about to start; `table` is the data's `dataset.json`."""
    if tuple(table["labels"]) != recipe.labels:
        problem = Mistake(
            "labels", str(table["labels"]), "are not the recipe's", "prepare with the same recipe"
        )
        raise SettingsError("dataset.json", [problem])
    origins = table.get("trained_on", {})
    seen = " and ".join(f"{count} {origin} frames" for origin, count in origins.items()) or "unknown"
    return Run(
        architecture=recipe.train.architecture,
        labels=recipe.labels,
        width_px=recipe.train.width_px,
        height_px=recipe.train.height_px,
        recipe=recipe.text,
        dataset_sha256=str(table.get("sha256", "unknown")),
        seen=seen,
        started_from=started_from,
        start_sha256=start_sha256,
        weights_licence=licence,
        git_commit=git_commit(),
        device=device,
        torch=torch,
    )


def git_commit() -> str:
    """The commit this code stands at, with -changed where files differ from it; "unknown" outside git."""
    here = Path(__file__).parent
    try:
        head = subprocess.run(
            ["git", "rev-parse", "HEAD"], cwd=here, capture_output=True, text=True, check=True
        )
        state = subprocess.run(
            ["git", "status", "--porcelain", "--", "."], cwd=here, capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return "unknown"
    return head.stdout.strip() + ("-changed" if state.stdout.strip() else "")


def balanced(rendered: int, real: int, real_share: float) -> tuple[int, int]:
    """How often each rendered and each real frame stands in an epoch so that about `real_share` of it is real.

    The smaller kind is repeated, nothing is left out. One kind alone stands once.
    """
    if not rendered or not real or not 0 < real_share < 1:
        return 1, 1
    repeat_real = real_share * rendered / ((1 - real_share) * real)
    return (1, max(1, round(repeat_real))) if repeat_real >= 1 else (max(1, round(1 / repeat_real)), 1)
