"""The detector in the package: what it is made of, and that its card is about it."""

import numpy as np

from models import shipped
from models.detect_onnx import OnnxDetector
from models.manifest import LABELS, read_model


def test_it_is_small_and_says_what_it_came_from() -> None:
    model = read_model(shipped.MODEL)
    assert shipped.MODEL.stat().st_size < 12_000_000
    assert model.manifest.labels == LABELS
    assert model.manifest.started_from.startswith("yolox_nano.onnx")
    assert "rendered" in model.manifest.seen
    assert "real" not in model.manifest.seen


def test_its_card_begins_with_what_it_started_from_and_that_the_rest_was_rendered() -> None:
    first = (shipped.CARD / "card.md").read_text("utf-8").splitlines()[2]
    assert "YOLOX-nano" in first
    assert "rendered" in first


def test_the_card_stands_for_the_file_beside_it() -> None:
    assert read_model(shipped.MODEL).sha256 in (shipped.CARD / "card.md").read_text("utf-8")


def test_a_black_picture_holds_nothing() -> None:
    assert OnnxDetector(shipped.MODEL).detect(np.zeros((720, 1280, 3), np.uint8)) == ()
