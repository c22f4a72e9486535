"""How a picture of the data set becomes one of training: nothing at all, moved, strewn with clutter, or cut out and set into it."""

import random

import numpy as np
from numpy.typing import NDArray

from agent.types import Image
from models.training.augment import moved, plain, recoloured
from models.training.collage import Backdrops, set_into_clutter, strewn
from models.training.recipe import Recipe

GEAR = ("grab_crane", "excavator", "suction_dredger")
BACKDROPS = 400  # made anew for each epoch


class Varied:
    """Other pictures of the same things, the same for the same seed and epoch.

    `still`: placed and coloured as the device sees them, which is what the last epochs are for; the clutter stays.
    """

    def __init__(self, recipe: Recipe, epoch: int, *, still: bool, backdrops: int = BACKDROPS) -> None:
        self._train = recipe.train
        self._size = (recipe.train.width_px, recipe.train.height_px)
        self._gear = [recipe.labels.index(name) for name in GEAR if name in recipe.labels]
        self._still = still
        with_clutter = recipe.train.clutter + recipe.train.strewn + recipe.train.set_into_clutter > 0
        made = random.Random(f"{recipe.seed} {epoch} clutter")
        self._backdrops = Backdrops(backdrops, self._size, made) if with_clutter else None

    def __call__(
        self, image: Image, boxes: NDArray[np.float64], chance: random.Random
    ) -> tuple[Image, NDArray[np.float64]]:
        """Of a picture and its boxes (M, 5: label, x0 y0 x1 y1): the input's picture, BGR, and its boxes."""
        kind = chance.random()
        if self._backdrops is not None and (kind := kind - self._train.clutter) < 0:
            return recoloured(self._backdrops.draw(chance), chance), boxes[:0]
        picture, boxes = (
            plain(image, boxes, self._size)
            if self._still
            else moved(image, boxes, self._size, self._gear, chance)
        )
        if self._backdrops is not None and (kind := kind - self._train.strewn) < 0:
            picture = strewn(picture, boxes, self._backdrops.draw(chance), chance)
        elif self._backdrops is not None and kind - self._train.set_into_clutter < 0:
            picture, boxes = set_into_clutter(
                picture, boxes, self._gear, self._backdrops.draw(chance), chance
            )
        return picture if self._still else recoloured(picture, chance), boxes
