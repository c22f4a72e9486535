"""One picture from a seed: place, hour, weather, machine and moment are drawn from it."""

from pathlib import Path

import cv2
import numpy as np

from models.synth import labels
from models.synth.gl import Stage
from models.synth.lens import Lens, through
from models.synth.scenes.drawn import drawn
from models.synth.scenes.onboard import OnBoard


def render(seed: int, width_px: int, height_px: int, output: Path, *, boxes: bool) -> list[str]:
    """Writes the picture; answers one line per label when `boxes` are asked for, which are then drawn too."""
    setting, at_s = drawn(seed)
    frame = OnBoard(setting).frame(at_s)
    stage = Stage(width_px, height_px, seed=seed)
    picture = through(Lens(), stage.picture(frame), np.random.default_rng(seed))[:, :, ::-1].copy()
    lines = []
    if boxes:
        for label in labels.worth_learning(labels.boxes(frame, stage)):
            cv2.rectangle(picture, (label.x0, label.y0), (label.x1 - 1, label.y1 - 1), (60, 230, 255), 1)
            cv2.putText(
                picture,
                label.label,
                (label.x0 + 2, label.y0 - 3),
                cv2.FONT_HERSHEY_SIMPLEX,
                0.4,
                (60, 230, 255),
                1,
            )
            lines.append(
                f"{label.label} {label.x0} {label.y0} {label.x1} {label.y1} visible {label.visible_share:.2f} of {label.body}"
            )
    if not cv2.imwrite(str(output), picture):
        raise OSError(f"{output} could not be written: is the folder there, and is its ending .png or .jpg?")
    return lines
