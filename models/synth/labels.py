"""Boxes from numbered pixels: what of each labelled thing is visible, and how much is hidden."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from agent.types import Detection
from models.synth.frame import Frame

MIN_PIXELS = 30
MIN_SIDE_PX = 5
MIN_VISIBLE_SHARE = 0.25
CARRIED = {"barge": "sand_load"}  # a hull is not hidden by what lies in its own hold


class Counting(Protocol):
    """What can number the pixels of a frame: `models.synth.gl.Stage`."""

    def numbers(
        self, frame: Frame, number_of: dict[tuple[str, str], int], only: int | None = None
    ) -> NDArray[np.int32]: ...


@dataclass(frozen=True, slots=True)
class Label:
    """One thing in a picture: `x1` and `y1` lie just past its last visible pixel."""

    body: str
    label: str
    x0: int
    y0: int
    x1: int
    y1: int
    visible_px: int
    visible_share: float  # of the pixels it would have if nothing but water stood before it

    @property
    def worth_learning(self) -> bool:
        """Big enough and visible enough; the others are to be ignored in training, not to be called background."""
        big = min(self.x1 - self.x0, self.y1 - self.y0) >= MIN_SIDE_PX and self.visible_px >= MIN_PIXELS
        return big and self.visible_share >= MIN_VISIBLE_SHARE

    def detection(self) -> Detection:
        return Detection(self.label, 1.0, float(self.x0), float(self.y0), float(self.x1), float(self.y1))


def numbered(frame: Frame) -> dict[tuple[str, str], int]:
    """A number from 1 for every (body, label) of the frame."""
    pairs = {
        (placed.body.name, part.label) for placed in frame.placed for part in placed.body.parts if part.label
    }
    return {(body, str(label)): number for number, (body, label) in enumerate(sorted(pairs), start=1)}


def boxes(frame: Frame, stage: Counting) -> tuple[Label, ...]:
    """Labels of everything of which at least one pixel is visible."""
    number_of = numbered(frame)
    seen = stage.numbers(frame, number_of)
    labels = []
    for (body, label), number in number_of.items():
        if not (seen == number).any():
            continue
        bare = stage.numbers(frame, number_of, only=number) == number
        if (on_it := number_of.get((body, CARRIED.get(label, "")))) is not None:
            bare &= stage.numbers(frame, number_of, only=on_it) != on_it
        alone = int((bare | (seen == number)).sum())
        labels.append(box_of(seen == number, body, label, alone))
    return tuple(labels)


def box_of(mask: NDArray[np.bool_], body: str, label: str, alone_px: int) -> Label:
    """The extent of a mask with at least one pixel; `alone_px` counts the pixels with nothing before it."""
    rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    visible = int(mask.sum())
    return Label(
        body=body,
        label=label,
        x0=int(columns[0]),
        y0=int(rows[0]),
        x1=int(columns[-1]) + 1,
        y1=int(rows[-1]) + 1,
        visible_px=visible,
        visible_share=visible / max(alone_px, visible),
    )


def worth_learning(labels: Iterable[Label]) -> tuple[Label, ...]:
    return tuple(label for label in labels if label.worth_learning)
