"""The shipped detector on rendered stills of a family it never saw. Its figures are `benches/bench_card.py`'s."""

from typing import Any

import numpy as np

from models import shipped
from models.detect_onnx import OnnxDetector
from models.synth.families import Yard, split_of
from models.training.frames import Box
from models.training.measure import matches

UNSEEN = 3  # a family of the test split
STILLS = 24
LARGE = ("grab_crane", "barge")


def test_it_finds_most_cranes_and_barges_of_a_yard_it_never_saw(stage: Any) -> None:
    from models.synth.labelled import labelled  # noqa: PLC0415 (needs moderngl)

    assert split_of(UNSEEN) == "test"
    detector, yard = OnnxDetector(shipped.MODEL), Yard(UNSEEN)
    found = there = 0
    for seed in range(STILLS):
        made = labelled(stage, yard, 9_000_000 + seed)
        boxes = tuple(
            Box(label.label, label.x0, label.y0, label.x1, label.y1)
            for label, learned in zip(made.labels, made.learned, strict=True)
            if learned and label.label in LARGE
        )
        bgr = np.ascontiguousarray(made.picture[:, :, ::-1])
        seen = [item for item in detector.detect(bgr) if item.label in LARGE]
        found += sum(hit is not None for hit in matches(seen, boxes))
        there += len(boxes)
    assert there > STILLS / 2
    assert found > there / 2
