"""Films of work with their true cycles: what is spared in drawing is not seen, and a film is its seed's."""

import json
from pathlib import Path
from typing import Any

import av
import numpy as np
from numpy.typing import NDArray

from models.synth import sequences
from models.synth.scenes.worked import STILL, Cast, Worked
from models.synth.sequences import SHOWN, Plan


def pictures(film: Path) -> NDArray[np.uint8]:
    with av.open(str(film)) as source:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in source.decode(video=0)])


def test_triangles_that_no_moment_shows_are_not_missed(stage: Any) -> None:
    scene = Worked(Cast("unload", "day", 11, 5, 60.0))
    frame = scene.frame(30.0)
    whole = stage.picture(frame).astype(int)
    left = stage.spare([scene.frame(at_s) for at_s in (0.0, 15.0, 29.0, 31.0, 45.0, 60.0)], scene.lying)
    spared = stage.picture(frame).astype(int)
    assert left < 0.2
    change = np.abs(whole - spared).max(axis=2)
    assert change.mean() < 1.0
    assert (change > 40).mean() < 0.005


def test_same_place_in_the_plan_gives_the_same_film_and_is_not_drawn_twice(
    stage: Any, tmp_path: Path
) -> None:
    del stage  # there is OpenGL here
    plan = Plan(1, length_s=1.0, width_px=160, height_px=96)
    for name in ("one", "two"):
        sequences.build(tmp_path / name, plan)
    one, two = (tmp_path / name / "000-grab-day.mp4" for name in ("one", "two"))
    assert (pictures(one) == pictures(two)).all()
    assert json.loads(one.with_suffix(".json").read_text("utf-8"))["synthetic"] is True
    stamp = one.stat().st_mtime_ns
    sequences.build(tmp_path / "one", plan)
    assert one.stat().st_mtime_ns == stamp


def test_held_out_and_tuned_halves_both_show_every_state() -> None:
    for first in (0, 1):
        plots = {plot for plot, _ in SHOWN[first::2]}
        assert plots >= {"grab", "excavator", "suction"}
        assert plots & {"unload", "level", "dip", "cargo"}
        assert len(plots & STILL) >= 2
    assert {condition for _, condition in SHOWN} == {"day", "dusk", "night", "ir", "rain", "haze"}
