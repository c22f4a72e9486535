"""A person counts, the box counts: it passes by a stated criterion, and only for the kit it was made with."""

import json
from collections.abc import Sequence

import pytest

from activity.gear_builders import SECOND, grab
from agent.activity.site_check import compare, passed, values_of, why_unchecked, wilson
from agent.activity.views import View
from agent.event import wire
from agent.licence.rules import Terms
from agent.types import Origin, Statement
from agent.watch import Watch, WatchSettings
from builders import START

HOUR_NS = 3600 * SECOND
KIT = {"camera": "aa", "detector": "bb", "region": "cc"}


def hour(every_s: int = 60, *, late_s: float = 0.0, without: Sequence[int] = ()) -> list[int]:
    return [
        int((at + late_s) * SECOND)
        for number, at in enumerate(range(30, 3600, every_s))
        if number not in without
    ]


def test_counts_that_match_pass_though_the_finger_is_late() -> None:
    tally = compare(hour(late_s=3.0), hour(), 0, HOUR_NS)
    assert tally.passed
    assert (tally.score.true, tally.score.matched) == (60, 60)


def test_a_tenth_missed_passes_and_more_does_not() -> None:
    assert compare(hour(), hour(without=range(6)), 0, HOUR_NS).passed
    assert not compare(hour(), hour(without=range(7)), 0, HOUR_NS).passed


def test_right_total_of_other_moments_does_not_pass() -> None:
    """Ten buckets missed and ten counted that were none: the totals agree and nothing else does."""
    missed = hour(without=range(20, 30))
    false = [stamp + 20 * SECOND for stamp in hour()[:10]]
    assert not compare(hour(), sorted([*missed, *false]), 0, HOUR_NS).passed


def test_fewer_than_twenty_buckets_prove_nothing() -> None:
    assert not compare(hour(every_s=240), hour(every_s=240), 0, HOUR_NS).passed


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"), [(60, 60, 0.94, 1.0), (54, 60, 0.80, 0.95), (0, 0, 0, 1)]
)
def test_interval_says_how_much_an_hour_can_know(hits: int, of: int, low: float, high: float) -> None:
    assert wilson(hits, of) == pytest.approx((low, high), abs=0.01)


def check(*, good: bool = True, changed: str = "") -> Statement:
    counted = hour() if good else hour(without=range(20))
    kit = {part: "other" if part == changed else digest for part, digest in KIT.items()}
    values = values_of(compare(hour(), counted, 0, HOUR_NS), "deck", kit)
    return Statement(1, "site_check", START, "Nguyễn Văn Ví Dụ", values)


def test_until_a_check_has_passed_the_box_is_uncalibrated_and_says_why() -> None:
    def codes(held: Statement | None) -> list[str]:
        return [reason.code for reason in why_unchecked(held, KIT)]

    assert codes(None) == ["uncalibrated"]
    assert codes(check(good=False)) == ["site_check_failed"]
    assert passed(check(), KIT)


@pytest.mark.parametrize("part", ["camera", "detector", "region"])
def test_changed_kit_voids_the_check_and_the_reason_names_it(part: str) -> None:
    (reason,) = why_unchecked(check(changed=part), KIT)
    assert (reason.code, reason.values) == ("site_check_void", {"part": part})


def watch(kit: dict[str, str]) -> Watch:
    terms = Terms(own_vessel="dredger", has_gear=True, licences=())
    settings = WatchSettings(terms, ("deck",), views=(View("deck"),), kit=kit, model_hash="ab" * 32)
    return Watch(settings, "boot-1", Origin("replay", "test", synthetic=True))


def test_watch_records_a_check_once_and_knows_it_in_the_next_boot() -> None:
    box = watch(KIT)
    assert [reason.code for reason in box._notes(box.stamp)] == ["uncalibrated"]
    (body,) = box.step(check()).records
    assert (body.kind, body.body["by"]) == ("statement", "Nguyễn Văn Ví Dụ")
    assert box.step(check()).records == ()
    # Without a record of the installation the position is still a lead; the count no longer is.
    later = watch(KIT)
    later.restore(json.loads(wire.canonical(box.snapshot())))
    assert why_unchecked(later._site_check, KIT) == ()
    other = watch(KIT | {"camera": "another"})
    other.restore(box.snapshot())
    assert [reason.code for reason in other._notes(other.stamp)][-1] == "site_check_void"


def test_two_cameras_on_one_crane_count_its_buckets_once() -> None:
    terms = Terms(own_vessel="dredger", has_gear=True, licences=())
    views = (View("deck"), View("mast"))
    box = Watch(
        WatchSettings(terms, ("deck", "mast"), views=views, model_hash="ab" * 32),
        "boot-1",
        Origin("replay", "test", synthetic=True),
    )
    both = [
        box._views.step(seen)
        for pair in zip(grab(600), grab(600, camera="mast"), strict=True)
        for seen in pair
    ]
    assert sum(len(counted) for counted in both) <= 10
