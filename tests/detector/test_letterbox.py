"""A box drawn on a frame lies on the same part of the frame after the way through the detector's input."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.letterbox import GREY, Letterbox

SIZES = st.tuples(st.integers(16, 4096), st.integers(16, 4096))
INPUTS = st.sampled_from([(320, 192), (640, 384), (416, 416), (192, 320)])


@given(SIZES, INPUTS, st.lists(st.floats(0, 1), min_size=4, max_size=4))
def test_a_box_comes_back_where_it_was(
    source: tuple[int, int], target: tuple[int, int], parts: list[float]
) -> None:
    frame = Letterbox.fit(source, target)
    width, height = source
    x0, x1 = sorted((parts[0] * width, parts[1] * width))
    y0, y1 = sorted((parts[2] * height, parts[3] * height))
    box = np.array([[x0, y0, x1, y1]])
    assert np.allclose(frame.to_source(frame.to_input(box)), box, atol=1e-6 * max(source))


@given(SIZES, INPUTS)
def test_the_whole_frame_fits_and_touches_two_sides(source: tuple[int, int], target: tuple[int, int]) -> None:
    frame = Letterbox.fit(source, target)
    whole = np.array([[0.0, 0.0, source[0], source[1]]])
    x0, y0, x1, y1 = frame.to_input(whole)[0]
    assert x0 >= -1e-9
    assert x1 <= target[0] + 1e-9
    assert y0 >= -1e-9
    assert y1 <= target[1] + 1e-9
    assert (x1 - x0 == pytest.approx(target[0])) or (y1 - y0 == pytest.approx(target[1]))


@given(SIZES, INPUTS)
def test_nothing_is_stretched_by_more_than_the_rounding_to_a_pixel(
    source: tuple[int, int], target: tuple[int, int]
) -> None:
    frame = Letterbox.fit(source, target)
    exact = min(target[0] / source[0], target[1] / source[1])
    assert abs(frame.inner_width_px - max(1.0, source[0] * exact)) <= 0.5 + 1e-9
    assert abs(frame.inner_height_px - max(1.0, source[1] * exact)) <= 0.5 + 1e-9


def test_a_white_patch_lies_in_the_input_where_its_box_says() -> None:
    image = np.zeros((480, 640, 3), np.uint8)
    image[120:240, 320:480] = 255
    frame = Letterbox.fit((640, 480), (320, 192))
    picture = frame.picture(image)
    x0, y0, x1, y1 = np.round(frame.to_input(np.array([[320.0, 120.0, 480.0, 240.0]]))[0]).astype(int)
    assert picture.shape == (192, 320, 3)
    assert picture[y0 + 2 : y1 - 2, x0 + 2 : x1 - 2].min() == 255
    outside = picture.copy()
    outside[y0 - 2 : y1 + 2, x0 - 2 : x1 + 2] = 0
    assert outside[:, frame.left : frame.left + frame.inner_width_px].max() == 0
    assert (picture[:, : frame.left] == GREY).all()
    assert (picture[:, frame.left + frame.inner_width_px :] == GREY).all()


def test_a_frame_of_the_input_s_own_size_is_not_touched() -> None:
    image = np.arange(192 * 320 * 3, dtype=np.uint32).astype(np.uint8).reshape(192, 320, 3)
    assert (Letterbox.fit((320, 192), (320, 192)).picture(image) == image).all()


def test_a_frame_without_pixels_is_refused() -> None:
    with pytest.raises(ValueError, match="0 x 20 px"):
        Letterbox.fit((0, 20), (320, 192))
