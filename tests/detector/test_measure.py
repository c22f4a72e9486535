"""The figures, against cases worked out by hand."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.types import Detection
from models.training.frames import Box
from models.training.measure import Share, average_precision, best_threshold, iou, matches


def found(label: str, score: float, x0: float, y0: float, x1: float, y1: float) -> Detection:
    return Detection(label, score, x0, y0, x1, y1)


def test_half_shifted_boxes_overlap_by_a_third() -> None:
    assert iou(Box("boat", 0, 0, 10, 10), Box("boat", 5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert iou(Box("boat", 0, 0, 10, 10), Box("boat", 10, 0, 20, 10)) == 0.0


def test_a_second_box_on_the_same_boat_is_wrong() -> None:
    truth = [Box("boat", 0, 0, 10, 10)]
    two = [found("boat", 0.6, 0, 0, 10, 10), found("boat", 0.9, 0, 0, 10, 9)]
    assert matches(two, truth) == [None, 0]


def test_a_box_of_another_label_finds_nothing() -> None:
    assert matches([found("barge", 0.9, 0, 0, 10, 10)], [Box("boat", 0, 0, 10, 10)]) == [None]


def test_each_detection_takes_the_free_box_it_overlaps_most() -> None:
    truth = [Box("boat", 0, 0, 10, 10), Box("boat", 2, 0, 12, 10)]
    assert matches([found("boat", 0.9, 2, 0, 12, 10), found("boat", 0.8, 2, 0, 12, 10)], truth) == [1, 0]


def test_half_overlap_is_enough_and_less_is_not() -> None:
    truth = [Box("boat", 0, 0, 10, 10)]
    assert matches([found("boat", 0.9, 0, 0, 10, 5)], truth) == [0]
    assert matches([found("boat", 0.9, 0, 0, 10, 4.9)], truth) == [None]


AP_CASES = [
    # scores and whether right, boxes, area by hand
    ([(0.9, True), (0.8, True)], 2, 1.0),
    ([], 3, 0.0),
    ([(0.9, False)], 1, 0.0),
    ([(0.9, True)], 2, 0.5),
    # right, wrong, right: precision 1, 1/2, 2/3 at recall 1/2, 1/2, 1: 1/2 * 1 + 1/2 * 2/3
    ([(0.9, True), (0.8, False), (0.7, True)], 2, 1 / 2 + 1 / 3),
    # wrong, right, right: precision 0, 1/2, 2/3; made falling: 2/3 all along
    ([(0.9, False), (0.8, True), (0.7, True)], 2, 2 / 3),
    # right, right, wrong, wrong, right of 4: 1/4 + 1/4 + 1/4 * 3/5
    ([(0.9, True), (0.8, True), (0.7, False), (0.6, False), (0.5, True)], 4, 0.5 + 0.15),
    # equal scores count together: precision 1/2 at recall 1, whatever their order
    ([(0.5, True), (0.5, False)], 1, 0.5),
    ([(0.5, False), (0.5, True)], 1, 0.5),
]


@pytest.mark.parametrize(("scored", "boxes", "area"), AP_CASES)
def test_average_precision_is_the_area_worked_out_by_hand(
    scored: list[tuple[float, bool]], boxes: int, area: float
) -> None:
    assert average_precision(scored, boxes) == pytest.approx(area)


def test_with_nothing_to_find_there_is_no_average_precision() -> None:
    assert math.isnan(average_precision([(0.9, False)], 0))


@given(
    st.lists(st.tuples(st.sampled_from([0.1, 0.3, 0.5, 0.9]), st.booleans()), max_size=30), st.integers(0, 9)
)
def test_average_precision_agrees_with_the_definition(scored: list[tuple[float, bool]], missed: int) -> None:
    boxes = sum(hit for _, hit in scored) + missed
    if boxes == 0:
        return
    # The definition: for each recall the best precision at that recall or more, integrated on a fine grid.
    points = []
    for threshold in sorted({score for score, _ in scored}, reverse=True):
        kept = [hit for score, hit in scored if score >= threshold]
        points.append((sum(kept) / boxes, sum(kept) / len(kept)))
    grid = (np.arange(boxes * 8) + 0.5) / (boxes * 8)
    best = [max((precision for recall, precision in points if recall >= at), default=0.0) for at in grid]
    assert average_precision(scored, boxes) == pytest.approx(float(np.mean(best)), abs=1e-9)


@pytest.mark.parametrize(
    ("hits", "count", "low", "high"),
    # Wilson 1927; the first two as in Newcombe 1998, Statistics in Medicine 17:857, table I
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_s_interval_is_the_published_one(hits: int, count: int, low: float, high: float) -> None:
    assert Share(hits, count).interval == pytest.approx((low, high), abs=5e-5)


def test_of_nothing_nothing_is_known() -> None:
    assert Share(0, 0).interval == (0.0, 1.0)
    assert str(Share(0, 0)) == "none"


THRESHOLDS = [
    ([(0.9, True), (0.8, True), (0.3, False)], 2, 0.9, 0.8),
    ([(0.9, True), (0.6, False), (0.5, True), (0.45, True)], 3, 0.7, 0.45),
    ([(0.9, True), (0.6, False), (0.5, True), (0.45, True)], 3, 0.9, 0.9),
    ([(0.9, False), (0.6, True)], 1, 0.9, 0.6),
    ([], 4, 0.9, 0.5),
    ([(0.9, False)], 0, 0.9, 0.5),
]


@pytest.mark.parametrize(("scored", "boxes", "least_precision", "chosen"), THRESHOLDS)
def test_the_threshold_finds_most_among_those_precise_enough(
    scored: list[tuple[float, bool]], boxes: int, least_precision: float, chosen: float
) -> None:
    threshold = best_threshold(scored, boxes, least_precision, 0.5)
    assert threshold == pytest.approx(chosen, abs=1e-3)
    assert threshold <= chosen


def test_where_recall_weighs_more_the_threshold_is_lower_but_never_below_its_least() -> None:
    wrong = [(score / 10, False) for score in (6, 5, 4, 3, 2)]
    scored = [(0.9, True), (0.8, True), *wrong, (0.04, True)]
    assert best_threshold(scored, 3, 0.0, 0.5) > best_threshold(scored, 3, 0.0, 0.5, recall_weight=2.0)
    assert best_threshold(scored, 3, 0.0, 0.5, recall_weight=2.0, least=0.15) == 0.15
