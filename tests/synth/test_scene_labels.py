"""Labels against rendered pixels, and the same seed giving the same picture."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.synth.cycle import Phase
from models.synth.frame import Frame
from models.synth.labels import Label, box_of, boxes, numbered, worth_learning
from models.synth.scenes.drawn import drawn
from models.synth.scenes.onboard import OnBoard


@pytest.fixture(scope="module")
def scene() -> OnBoard:
    setting, _ = drawn(4)
    return OnBoard(setting)


def in_phase(scene: OnBoard, phase: Phase, share: float = 0.5) -> Frame:
    """The frame at `share` of the way through the first `phase`."""
    times = [float(at) for at in np.arange(60.0, 300.0, 0.5)]
    first = next(at for at in times if scene.phase(at) is phase)
    last = next(at for at in times if at > first and scene.phase(at) is not phase)
    return scene.frame(first + share * (last - first))


def test_a_box_is_the_extent_of_its_mask() -> None:
    mask = np.zeros((20, 30), bool)
    mask[5:9, 10:22] = True
    label = box_of(mask, "a", "bucket", 96)
    assert (label.x0, label.y0, label.x1, label.y1) == (10, 5, 22, 9)
    assert label.visible_px == 48
    assert label.visible_share == 0.5


@pytest.mark.parametrize(
    ("size", "visible_px", "share", "wanted"),
    [
        ((12, 8), 80, 1.0, True),
        ((12, 4), 40, 1.0, False),
        ((8, 8), 29, 1.0, False),
        ((12, 8), 80, 0.2, False),
    ],
)
def test_what_is_small_or_hidden_is_not_to_be_learned(
    size: tuple[int, int],
    visible_px: int,
    share: float,
    wanted: bool,  # noqa: FBT001
) -> None:
    label = Label("a", "boat", 0, 0, size[0], size[1], visible_px, share)
    assert label.worth_learning is wanted


def test_every_box_holds_all_visible_pixels_of_its_thing_and_touches_them(stage: Any, scene: OnBoard) -> None:
    frame = in_phase(scene, Phase.SWING)
    number_of = numbered(frame)
    seen = stage.numbers(frame, number_of)
    found = boxes(frame, stage)
    assert {label.label for label in found} >= {"grab_crane", "bucket", "barge", "sand_load", "person"}
    for label in found:
        mask = seen == number_of[(label.body, label.label)]
        assert mask.sum() == label.visible_px == mask[label.y0 : label.y1, label.x0 : label.x1].sum()
        inside = mask[label.y0 : label.y1, label.x0 : label.x1]
        assert inside[0].any()
        assert inside[-1].any()
        assert inside[:, 0].any()
        assert inside[:, -1].any()


def test_the_box_of_the_grab_lies_where_the_grab_changes_the_picture(stage: Any, scene: OnBoard) -> None:
    frame = in_phase(scene, Phase.SWING)
    label = next(
        found for found in boxes(frame, stage) if (found.body, found.label) == ("own.crane", "bucket")
    )
    without = replace(
        frame,
        placed=tuple(
            replace(placed, pose={**placed.pose, "grab": None}) if placed.body.name == "own.crane" else placed
            for placed in frame.placed
        ),
    )
    change = np.abs(stage.picture(frame).astype(int) - stage.picture(without)).sum(axis=2) > 24
    number_of = numbered(frame)
    mask = stage.numbers(frame, number_of) == number_of[("own.crane", "bucket")]
    assert change[mask].mean() > 0.7
    assert mask[label.y0 : label.y1, label.x0 : label.x1].sum() == mask.sum()


def test_a_grab_under_water_has_no_label_worth_learning(stage: Any, scene: OnBoard) -> None:
    frame = in_phase(scene, Phase.DIG)
    found = worth_learning(boxes(frame, stage))
    assert ("own.crane", "bucket") not in {(label.body, label.label) for label in found}


def test_the_same_seed_gives_the_same_pixels(stage: Any) -> None:
    setting, at_s = drawn(7)
    first, second = (stage.picture(OnBoard(setting).frame(at_s)) for _ in range(2))
    assert np.array_equal(first, second)
    assert first.std() > 20


def test_another_seed_gives_another_picture(stage: Any) -> None:
    pictures = [stage.picture(OnBoard(setting).frame(at_s)) for setting, at_s in (drawn(7), drawn(8))]
    assert np.abs(pictures[0].astype(int) - pictures[1]).mean() > 10
