"""The pictures of nothing that training is given."""

import random

import numpy as np

from models.training.clutter import clutter


def test_the_same_seed_gives_the_same_nothing_and_another_seed_another() -> None:
    one, again, other = (clutter((96, 64), random.Random(seed)) for seed in (1, 1, 2))
    assert one.shape == (64, 96, 3)
    assert one.dtype == np.uint8
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)


def test_it_is_busy_enough_to_be_mistaken_for_something() -> None:
    spread = [float(clutter((96, 64), random.Random(seed)).std()) for seed in range(40)]
    assert float(np.median(spread)) > 20
