"""What is kept of an event: its beginning, its end, and something between, whatever it lasts."""

import itertools
import json

from agent.event.evidence import Cameras, Evidence
from agent.types import EventChange, Happening, Seal
from builders import SECOND, event, stamp

DECK = Cameras(("deck",), ("deck",))
OPENED_S = 100


def opened(happening: Happening = Happening.WORKING) -> EventChange:
    return EventChange(
        "event.opened",
        event(event_id="b.1", happening=happening, opened=stamp(OPENED_S), updated=stamp(OPENED_S)),
    )


def lasting(
    evidence: Evidence, end_s: int, *, begin_s: int = OPENED_S, clear_s: tuple[int, int] | None = None
) -> list[tuple[int, Seal]]:
    """Every order of an event, second by second, with the second it was given in."""
    orders = []
    for at in range(begin_s, end_s):
        if at == OPENED_S:
            orders += [(at, order) for order in evidence.begin(opened(), at * SECOND, DECK)]
        cleared = clear_s is not None and clear_s[0] <= at < clear_s[1]
        more = evidence.go_on("b.1", Happening.WORKING, at * SECOND, DECK, cleared=cleared)
        orders += [(at, order) for order in more]
    return orders


def spans_s(orders: list[tuple[int, Seal]], want: str) -> list[tuple[int, int]]:
    return [
        (order.from_mono_ns // SECOND, order.to_mono_ns // SECOND)
        for _, order in orders
        if order.want == want
    ]


def test_opening_keeps_stills_at_once_and_a_clip_that_begins_before_it() -> None:
    orders = lasting(Evidence(), OPENED_S + 1)
    assert spans_s(orders, "stills") == [(90, 100)]
    assert spans_s(orders, "best") == [(90, 120)]
    assert spans_s(orders, "clip") == [(90, 120)]


def test_film_of_the_first_two_minutes_has_no_hole() -> None:
    clips = spans_s(lasting(Evidence(), OPENED_S + 250), "clip")
    assert clips == [(90, 120), (120, 150), (150, 180), (180, 210), (210, 240)]


def test_clip_is_ordered_before_it_begins_so_that_no_picture_is_missed() -> None:
    for at, order in lasting(Evidence(), OPENED_S + 250):
        if order.want == "clip" and at > OPENED_S:
            assert at * SECOND <= order.from_mono_ns


def test_ten_hours_are_some_dozens_of_stills_at_growing_distances() -> None:
    orders = lasting(Evidence(), OPENED_S + 36_000)
    stills = [begin for begin, _ in spans_s(orders, "stills")][1:]
    assert 30 <= len(stills) <= 60
    distances = [later - earlier for earlier, later in itertools.pairwise(stills)]
    assert distances[0] == 300
    assert distances == sorted(distances)


def test_end_is_filmed_where_nothing_is_flagged_any_more() -> None:
    orders = lasting(Evidence(), OPENED_S + 900, clear_s=(OPENED_S + 600, OPENED_S + 900))
    assert spans_s(orders, "clip")[-1] == (OPENED_S + 590, OPENED_S + 620)


def test_short_event_is_whole_in_its_first_clip() -> None:
    orders = lasting(Evidence(), OPENED_S + 300, clear_s=(OPENED_S, OPENED_S + 300))
    assert spans_s(orders, "clip") == [(90, 120)]


def test_barge_that_swings_over_the_boundary_is_filmed_a_few_times_only() -> None:
    evidence = Evidence()
    orders = lasting(evidence, OPENED_S + 200)
    for swing in range(20):
        begin_s = OPENED_S + 200 + swing * 90
        orders += lasting(evidence, begin_s + 90, begin_s=begin_s, clear_s=(begin_s, begin_s + 45))
    assert len(spans_s(orders, "clip")) == 5 + 4


def test_lost_position_has_one_clip_and_a_blind_camera_nothing() -> None:
    evidence = Evidence()
    lost = evidence.begin(opened(Happening.POSITION), OPENED_S * SECOND, DECK)
    assert [order.want for order in lost] == ["stills", "best", "clip"]
    assert evidence.go_on("b.1", Happening.POSITION, 3600 * SECOND, DECK, cleared=False) == ()
    assert evidence.begin(opened(Happening.SIGHT), OPENED_S * SECOND, DECK) == ()


def test_camera_of_stills_is_never_asked_for_film() -> None:
    both = Cameras(("deck", "yard"), ("deck",))
    orders = Evidence().begin(opened(), OPENED_S * SECOND, both)
    assert {order.camera for order in orders if order.want == "stills"} == {"deck", "yard"}
    assert {order.camera for order in orders if order.want == "clip"} == {"deck"}


def test_restart_in_the_same_boot_orders_nothing_twice_and_leaves_nothing_out() -> None:
    whole = lasting(Evidence(), OPENED_S + 700)
    for cut in (1, 19, 20, 119, 300):
        first = Evidence()
        before = lasting(first, OPENED_S + cut)
        second = Evidence()
        second.restore(json.loads(json.dumps(first.snapshot())), same_boot=True)
        assert before + lasting(second, OPENED_S + 700, begin_s=OPENED_S + cut) == whole


def test_event_of_another_boot_is_kept_by_stills_from_now_on() -> None:
    first = Evidence()
    lasting(first, OPENED_S + 60)
    second = Evidence()
    second.restore(first.snapshot(), same_boot=False)
    orders = [
        order
        for at in range(400)
        for order in second.go_on("b.1", Happening.WORKING, at * SECOND, DECK, cleared=False)
    ]
    assert [(order.want, order.to_mono_ns // SECOND) for order in orders] == [("stills", 300)]
