"""One frame as brightness, sharpness and detections."""

import cv2
import numpy as np
import pytest

from agent.eyes.observe import observe, reduced_grey, sharpness
from agent.types import Frame, Image
from eyes.synthetic_clips import WhiteBoxDetector, scene


def frame(image: Image) -> Frame:
    return Frame(5, "deck", image)


def grey(level: int, height_px: int = 180, width_px: int = 320) -> Image:
    return np.full((height_px, width_px, 3), level, dtype=np.uint8)


def test_night_is_dark_and_a_covered_lens_is_not_sharp() -> None:
    night = observe(frame(grey(3)), None)
    assert night.brightness == 3.0
    assert night.sharpness == 0.0


def test_wet_lens_is_less_sharp_than_a_dry_one() -> None:
    dry = scene(0)
    wet = np.asarray(cv2.GaussianBlur(dry, (15, 15), 0), dtype=np.uint8)
    assert observe(frame(wet), None).sharpness < observe(frame(dry), None).sharpness / 10


def test_sharpness_is_the_variance_of_the_laplacian() -> None:
    image = reduced_grey(scene(3))
    expected = float(cv2.Laplacian(image, cv2.CV_64F).var())
    assert sharpness(image) == pytest.approx(expected, rel=1e-12)


def test_size_is_that_of_the_camera_and_not_of_the_reduced_picture() -> None:
    seen = observe(frame(grey(90, 1080, 1920)), None)
    assert (seen.width_px, seen.height_px, seen.mono_ns, seen.camera) == (1920, 1080, 5, "deck")
    assert reduced_grey(grey(90, 1080, 1920)).shape == (180, 320)


@pytest.mark.parametrize(("height_px", "width_px"), [(1, 1), (2, 4000), (4000, 2), (180, 321)])
def test_odd_picture_sizes_are_observed(height_px: int, width_px: int) -> None:
    assert observe(frame(grey(50, height_px, width_px)), None).brightness == 50.0


def test_without_a_detector_detections_are_none_and_not_empty() -> None:
    seen = observe(frame(scene(0)), None)
    assert seen.detections is None
    assert seen.model_hash is None


def test_detector_that_finds_nothing_says_so_and_names_its_model() -> None:
    seen = observe(frame(grey(10)), WhiteBoxDetector())
    assert seen.detections == ()
    assert seen.model_hash == WhiteBoxDetector.model_hash


def test_detections_are_plain_numbers_whatever_the_runtime_gives() -> None:
    seen = observe(frame(scene(0)), WhiteBoxDetector())
    assert seen.detections is not None
    (box,) = seen.detections
    assert (box.x0, box.y0, box.x1, box.y1) == (10.0, 60.0, 50.0, 100.0)
    assert {type(value) for value in (box.score, box.x0, box.y0, box.x1, box.y1)} == {float}
