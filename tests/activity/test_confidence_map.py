"""The confidence that is told is the share that was right, not what the filter believes."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.activity.trust import FITTED, Points, along, trusted
from agent.types import ActivityKind

likely = st.floats(0.0, 1.0)


@pytest.mark.parametrize("points", FITTED.values())
@given(likely, likely)
def test_the_surer_the_filter_the_surer_what_is_told(points: Points, one: float, other: float) -> None:
    low, high = sorted((one, other))
    assert along(points, low) <= along(points, high) <= 1.0


def test_a_point_of_the_map_is_told_as_it_was_measured() -> None:
    for points in FITTED.values():
        assert [along(points, at) for at, _ in points] == [share for _, share in points]
        assert all(low[0] < high[0] for low, high in pairwise(points))


def test_nothing_seen_is_ever_told_for_certain() -> None:
    assert all(trusted(kind, "boxes", 1.0) < 0.99 for kind in (ActivityKind.DREDGING, ActivityKind.MOORED))


def test_rest_is_worth_less_by_a_region_alone_which_cannot_see_a_pump() -> None:
    assert trusted(ActivityKind.MOORED, "region", 0.99) < trusted(ActivityKind.MOORED, "boxes", 0.99)


def test_what_the_position_says_is_passed_on() -> None:
    assert trusted(ActivityKind.TRANSITING, None, 0.98765) == 0.988
