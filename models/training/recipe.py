"""`recipe.toml` as a value, checked whole."""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import Mistake, SettingsError
from models.manifest import LABELS

DEFAULT = Path(__file__).with_name("recipe.toml")
Share = Annotated[float, Field(ge=0, le=1)]
Side = Annotated[int, Field(ge=64, le=1280, multiple_of=32)]


class Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Prepare(Table):
    most_occluded: Share
    least_visible_px: int = Field(ge=1)
    val_share: Share
    test_share: Share
    rename: dict[str, str] = {}


class Train(Table):
    architecture: Literal["yolo26n", "yolox_nano"]
    width_px: Side
    height_px: Side
    epochs: int = Field(ge=1)
    batch: int = Field(ge=1)
    learning_rate: float = Field(gt=0, lt=1)
    weight_decay: float = Field(ge=0, lt=1)
    backbone_rate: Share
    threads: int = Field(ge=1, le=256)
    workers: int = Field(ge=0, le=256)
    clutter: Share
    strewn: Share
    set_into_clutter: Share
    mosaic: Share
    real_share: Share


class Export(Table):
    opset: Literal[17]
    most_boxes: int = Field(ge=30, le=300)
    nms_iou: float = Field(gt=0, lt=1)
    least_score: float = Field(gt=0, lt=1)
    least_precision: Share
    gear_least_threshold: Share
    context_recall_weight: float = Field(gt=0, le=10)
    context_least_threshold: Share
    threshold: float = Field(gt=0, lt=1)


class File(Table):
    labels: tuple[Literal[LABELS], ...] = Field(min_length=1)  # type: ignore[valid-type]
    seed: int = Field(ge=0)
    prepare: Prepare
    train: Train
    export: Export


@dataclass(frozen=True, slots=True)
class Recipe:
    """The file's tables, and what is asked of them."""

    text: str
    labels: tuple[str, ...]
    seed: int
    prepare: Prepare
    train: Train
    export: Export

    @property
    def most_occluded(self) -> float:
        return self.prepare.most_occluded

    @property
    def least_visible_px(self) -> int:
        return self.prepare.least_visible_px

    def label_of(self, name: str) -> tuple[str | None, str]:
        """Our label for somebody's name (None: such boxes are left out), or why there is none."""
        label = self.prepare.rename.get(name, name)
        if label == "":
            return None, ""
        if label in self.labels:
            return label, ""
        return None, f'label {name!r} is none of ours: add it to [prepare.rename], "" leaves it out'


def load_recipe(path: Path | None = None) -> Recipe:
    """Read a recipe; raises SettingsError with every mistake."""
    path = path or DEFAULT
    try:
        text = path.read_text(encoding="utf-8")
        file = File.model_validate(tomllib.loads(text))
    except ValidationError as error:
        mistakes = [
            Mistake(".".join(map(str, item["loc"])), repr(item["input"])[:60], item["msg"])
            for item in error.errors()
        ]
        raise SettingsError(str(path), mistakes) from None
    except (OSError, ValueError) as error:
        raise SettingsError(str(path), [Mistake("the file", "", f"cannot be read: {error}")]) from None
    wrong = [
        Mistake(f"prepare.rename.{name}", repr(label), "is none of the labels", ", ".join(file.labels))
        for name, label in file.prepare.rename.items()
        if label and label not in file.labels
    ]
    if len(set(file.labels)) != len(file.labels):
        wrong.append(Mistake("labels", "", "one stands there twice"))
    if wrong:
        raise SettingsError(str(path), wrong)
    return Recipe(text, tuple(map(str, file.labels)), file.seed, file.prepare, file.train, file.export)
