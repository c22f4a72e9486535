"""One picture from a seed: place, hour, weather, machine and moment are drawn from it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np

from models.synth import labels
from models.synth.gl import Stage
from models.synth.lens import Lens, through
from models.synth.light import Weather
from models.synth.scenes.onboard import OnBoard, Setting
from models.synth.track import Leg

LENGTH_S = 400.0


def drawn(seed: int) -> tuple[Setting, float]:
    """A setting and the moment in it, both from the seed alone."""
    rng = np.random.default_rng(seed)
    local_h = float(rng.uniform(5.9, 17.6))
    start = datetime(2026, int(rng.integers(1, 13)), int(rng.integers(1, 29)), tzinfo=UTC) + timedelta(
        hours=local_h - 7.0
    )
    setting = Setting(
        start=start,
        lat_deg=10.26,
        lon_deg=105.58,
        seed=seed,
        length_s=LENGTH_S,
        legs=(
            Leg("working", 0.0, LENGTH_S, 135.0 + float(rng.uniform(-30, 30)) + 180.0 * int(rng.integers(2))),
        ),
        weather=Weather(
            float(rng.uniform(0.1, 0.8)), float(np.exp(rng.uniform(np.log(1500), np.log(20000))))
        ),
        camera_z_m=float(rng.uniform(5.8, 8.2)),
        camera_down_deg=float(rng.uniform(3.0, 12.0)),
        camera_right_deg=float(rng.uniform(-6.0, 12.0)),
        wide_deg=float(rng.uniform(66.0, 92.0)),
    )
    return setting, float(rng.uniform(70.0, LENGTH_S - 40.0))


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
