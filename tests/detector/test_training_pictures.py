"""What becomes of a picture and its boxes before training sees them."""

import random

import numpy as np
import pytest

from models.letterbox import GREY
from models.training.augment import IGNORED, kept, moved, recoloured
from models.training.collage import MOST_HIDDEN, Backdrops, set_into_clutter, strewn
from models.training.recipe import load_recipe
from models.training.varied import Varied

SIZE = (192, 112)
CRANE, BARGE = 0, 6
GEAR = (CRANE,)


def scene(*boxes: tuple[int, int, int, int, int]) -> tuple[np.ndarray, np.ndarray]:
    """A grey picture of the input's size with a white rectangle for each box."""
    picture = np.full((SIZE[1], SIZE[0], 3), GREY, np.uint8)
    for _, x0, y0, x1, y1 in boxes:
        picture[y0:y1, x0:x1] = 255
    return picture, np.array(boxes, dtype=np.float64)


def test_half_a_crane_is_none_and_a_third_of_a_barge_is_one() -> None:
    _, boxes = scene((CRANE, 0, 0, 100, 60), (BARGE, 0, 0, 100, 60))
    most = kept(boxes, (40, 0, 192, 112), GEAR)
    assert list(most[:, 0]) == [CRANE, BARGE]
    assert most[0].tolist() == [CRANE, 40, 0, 100, 60]
    least = kept(boxes, (60, 0, 192, 112), GEAR)
    assert list(least[:, 0]) == [IGNORED, BARGE]


def test_what_is_cut_to_a_hair_is_gone() -> None:
    _, boxes = scene((BARGE, 0, 0, 61, 60))
    assert not len(kept(boxes, (60, 0, 192, 112), GEAR))


@pytest.mark.parametrize("seed", range(30))
def test_a_moved_box_stays_on_its_object(seed: int) -> None:
    picture, boxes = scene((BARGE, 60, 30, 120, 80))
    out, placed = moved(picture, boxes, SIZE, GEAR, random.Random(seed))
    ys, xs = np.nonzero(out[:, :, 0] > 200)
    if len(placed):
        seen = (xs.min(), ys.min(), xs.max() + 1, ys.max() + 1)
        assert np.abs(placed[0, 1:] - seen).max() <= 2.5
    else:
        assert len(np.unique(xs)) < 4 or len(np.unique(ys)) < 4


@pytest.mark.parametrize("seed", range(30))
def test_no_piece_of_clutter_hides_much_of_an_object(seed: int) -> None:
    picture, boxes = scene((CRANE, 20, 20, 80, 90), (BARGE, 110, 60, 180, 100))
    black = np.zeros_like(picture)
    strewn_with = strewn(picture, boxes, black, random.Random(seed))
    for _, x0, y0, x1, y1 in boxes.astype(int):
        assert (strewn_with[y0:y1, x0:x1] < 128).mean() <= 4 * MOST_HIDDEN
    assert (strewn_with[:5] == 0).any() or (strewn_with != picture).any()


@pytest.mark.parametrize("seed", range(20))
def test_an_object_set_into_clutter_keeps_its_pixels_and_its_box_alone(seed: int) -> None:
    picture, boxes = scene((CRANE, 20, 20, 80, 90), (BARGE, 110, 60, 180, 100))
    out, left = set_into_clutter(picture, boxes, GEAR, np.zeros_like(picture), random.Random(seed))
    assert len(left) == 1
    _, x0, y0, x1, y1 = left[0].astype(int)
    assert (out[y0:y1, x0:x1] > 200).mean() > 0.75  # a soft edge takes a little of it
    elsewhere = np.ones(out.shape[:2], bool)
    elsewhere[max(0, y0 - 40) : y1 + 40, max(0, x0 - 40) : x1 + 40] = False
    assert not out[elsewhere].any()


def test_nothing_large_enough_leaves_the_picture_as_it_was() -> None:
    picture, boxes = scene((CRANE, 20, 20, 26, 26))
    out, left = set_into_clutter(picture, boxes, GEAR, np.zeros_like(picture), random.Random(1))
    assert out is picture
    assert left is boxes


def test_a_backdrop_has_the_size_of_the_input_and_differs_each_time() -> None:
    backdrops = Backdrops(2, SIZE, random.Random(1))
    chance = random.Random(2)
    one, other = backdrops.draw(chance), backdrops.draw(chance)
    assert one.shape == (SIZE[1], SIZE[0], 3)
    assert not np.array_equal(one, other)


def test_other_light_leaves_the_shape() -> None:
    picture, _ = scene((BARGE, 60, 30, 120, 80))
    out = recoloured(picture, random.Random(3))
    assert out.shape == picture.shape
    assert out[40:70, 70:110].mean() > out[:20].mean()


def test_the_same_seed_and_epoch_give_the_same_pictures() -> None:
    recipe = load_recipe()
    picture, boxes = scene((CRANE, 20, 20, 80, 90))

    def drawn(epoch: int) -> list[bytes]:
        varied, chance = Varied(recipe, epoch, still=False, backdrops=3), random.Random(5)
        return [varied(picture, boxes, chance)[0].tobytes() for _ in range(12)]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)


def test_the_last_epochs_see_whole_pictures_as_the_device_places_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("models.training.varied.BACKDROPS", 3)
    recipe = load_recipe()
    picture = np.full((recipe.train.height_px, recipe.train.width_px, 3), GREY, np.uint8)
    boxes = np.array([[BARGE, 60.0, 30.0, 120.0, 80.0]])
    varied, chance = Varied(recipe, 11, still=True, backdrops=3), random.Random(5)
    counts = {"nothing": 0, "as it was": 0, "with clutter": 0}
    for _ in range(200):
        out, placed = varied(picture, boxes, chance)
        kind = (
            "nothing" if not len(placed) else "as it was" if np.array_equal(out, picture) else "with clutter"
        )
        counts[kind] += 1
        assert not len(placed) or placed.tolist() == boxes.tolist()
    assert 10 <= counts["nothing"] <= 45
    assert 60 <= counts["as it was"] <= 115
    assert 60 <= counts["with clutter"] <= 125
