"""One happening, one event, whatever the noise does."""

import json
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from agent.event.events import Events
from agent.event.evidence import Cameras
from agent.types import EventChange, Finding, FindingKind, Happening, Origin, Sealed, Verdict
from builders import SECOND, START, activity, evidence_file, finding, fix, stamp

ORIGIN = Origin("replay", "test", synthetic=True)
BREACH = (finding(),)
DECK = Cameras(("deck",))
FINE = (finding(Verdict.PERMITTED, value=-60.0),)


def judge(events: Events, at: float, findings: tuple[Finding, ...]) -> tuple[EventChange, ...]:
    return events.judge(Happening.WORKING, stamp(at), findings, activity(), fix(at))


def run(events: Events, spans: Sequence[tuple[int, int, tuple[Finding, ...]]]) -> list[EventChange]:
    return [
        change
        for begin, end, found in spans
        for at in range(begin, end)
        for change in judge(events, at, found)
    ]


def kinds(changes: list[EventChange]) -> list[str]:
    return [change.kind for change in changes]


def test_a_finding_that_lasts_is_one_event_opened_and_closed_once() -> None:
    changes = run(Events("b", ORIGIN), [(0, 300, BREACH), (300, 600, FINE)])
    assert kinds(changes) == ["event.opened", "event.closed"]
    assert changes[0].event.event_id == changes[1].event.event_id == "b.1"


def test_a_flicker_of_a_finding_is_no_event() -> None:
    assert run(Events("b", ORIGIN), [(0, 20, BREACH), (20, 600, FINE)]) == []


def test_a_barge_swinging_over_the_boundary_makes_one_event_and_not_forty() -> None:
    events = Events("b", ORIGIN)
    changes: list[EventChange] = []
    for swing in range(40):
        changes += run(
            events, [(swing * 90, swing * 90 + 45, BREACH), (swing * 90 + 45, swing * 90 + 90, FINE)]
        )
    assert kinds(changes) == ["event.opened"]


def test_an_undetermined_finding_that_becomes_a_breach_is_the_same_event_made_worse() -> None:
    doubt = (finding(Verdict.UNDETERMINED, value=3.0),)
    changes = run(Events("b", ORIGIN), [(0, 100, doubt), (100, 200, BREACH)])
    assert kinds(changes) == ["event.opened", "event.updated"]
    assert changes[-1].event.findings[0].verdict is Verdict.BREACH


def test_what_is_no_lead_opens_nothing_and_keeps_open_what_is() -> None:
    """Measured now beyond and now inside the boundary, within the error: one event, begun by the former."""
    events, near = Events("b", ORIGIN), (finding(Verdict.UNDETERMINED, value=-3.0),)

    def near_for(begin: int, end: int) -> list[EventChange]:
        return [
            change
            for at in range(begin, end)
            for change in events.judge(Happening.WORKING, stamp(at), near, activity(), fix(at), opens=False)
        ]

    assert near_for(0, 600) == []
    assert run(events, [(600, 620, BREACH)]) == [], "what was no lead is no part of the time it must last"
    assert near_for(620, 640) == []
    assert kinds(run(events, [(640, 700, BREACH)])) == ["event.opened"]
    assert near_for(700, 2000) == []
    assert kinds(run(events, [(2000, 2300, FINE)])) == ["event.closed"]


def test_a_second_rule_broken_joins_the_open_event() -> None:
    hours = finding(kind=FindingKind.OUTSIDE_HOURS, value=None, error=None, unit=None)
    changes = run(Events("b", ORIGIN), [(0, 100, BREACH), (100, 200, (*BREACH, hours))])
    assert kinds(changes) == ["event.opened", "event.updated"]
    assert {item.kind for item in changes[-1].event.findings} == {
        FindingKind.OUTSIDE_AREA,
        FindingKind.OUTSIDE_HOURS,
    }


def test_the_gravest_distance_stays_in_the_event() -> None:
    near, far = (finding(value=20.0),), (finding(value=70.0),)
    changes = run(Events("b", ORIGIN), [(0, 100, near), (100, 300, far), (300, 400, near), (400, 700, FINE)])
    assert kinds(changes) == ["event.opened", "event.updated", "event.closed"]
    assert changes[-1].event.findings[0].value == 70.0


def test_a_verdict_that_turns_better_does_not_wash_the_event_clean() -> None:
    doubt = (finding(Verdict.UNDETERMINED, value=3.0),)
    changes = run(Events("b", ORIGIN), [(0, 100, BREACH), (100, 200, doubt), (200, 500, FINE)])
    assert changes[-1].kind == "event.closed"
    assert changes[-1].event.findings[0].verdict is Verdict.BREACH


def test_pictures_are_ordered_for_the_seconds_before_the_opening() -> None:
    events = Events("b", ORIGIN)
    changes = tuple(run(events, [(0, 60, BREACH)]))
    orders = events.seal_orders(stamp(30), changes, DECK)
    (stills,) = [order for order in orders if order.want == "stills"]
    assert stills.to_mono_ns - stills.from_mono_ns == 10 * SECOND
    assert stills.event_id == "b.1"


def test_files_on_disk_are_named_by_the_event_from_then_on() -> None:
    events = Events("b", ORIGIN)
    events.seal_orders(stamp(60), tuple(run(events, [(0, 60, BREACH)])), DECK)
    (change,) = events.sealed(stamp(61), Sealed(61 * SECOND, "b.1", (evidence_file(),)))
    assert change.kind == "event.updated"
    (file,) = change.event.evidence
    assert file == replace(evidence_file(), utc=START + timedelta(seconds=5))
    assert events.open_events()[0].evidence == (file,)


def test_files_of_two_cameras_reach_an_event_that_closed_meanwhile() -> None:
    events = Events("b", ORIGIN)
    orders = events.seal_orders(stamp(60), tuple(run(events, [(0, 60, BREACH)])), Cameras(("deck", "mast")))
    assert [(order.camera, order.want) for order in orders] == [
        ("deck", "stills"),
        ("mast", "stills"),
        ("deck", "best"),
        ("mast", "best"),
    ]
    for order in orders[2:]:
        events.sealed(stamp(90), Sealed(90 * SECOND, "b.1", (), None, order.camera, order.want))
    run(events, [(60, 400, FINE)])
    first = events.sealed(stamp(401), Sealed(401 * SECOND, "b.1", (evidence_file(),)))
    second = events.sealed(stamp(402), Sealed(402 * SECOND, "b.1", (evidence_file("cd" * 32),)))
    assert len(first[0].event.evidence) == 1
    assert len(second[0].event.evidence) == 2
    assert second[0].event.closed is not None
    assert events.unanswered() == ()


def test_pictures_that_could_not_be_kept_are_said_in_the_event() -> None:
    events = Events("b", ORIGIN)
    events.seal_orders(stamp(60), tuple(run(events, [(0, 60, BREACH)])), DECK)
    (change,) = events.sealed(stamp(61), Sealed(61 * SECOND, "b.1", (), problem="no space left on device"))
    assert change.event.notes[-1].code == "evidence_missing"


def test_a_restart_in_the_same_boot_changes_nothing() -> None:
    spans = [(0, 100, BREACH), (100, 300, FINE), (300, 420, BREACH), (420, 900, FINE)]
    whole = run(Events("b", ORIGIN), spans)
    for cut in range(0, 900, 50):
        first = Events("b", ORIGIN)
        before = run(first, [(begin, min(end, cut), found) for begin, end, found in spans])
        second = Events("b", ORIGIN)
        second.restore(json.loads(json.dumps(first.snapshot())), same_boot=True)
        after = run(second, [(max(begin, cut), end, found) for begin, end, found in spans])
        assert before + after == whole


def test_after_another_boot_an_open_event_goes_on_and_a_new_one_gets_a_new_name() -> None:
    first = Events("b", ORIGIN)
    run(first, [(100_000, 100_100, BREACH)])
    second = Events("c", ORIGIN)
    second.restore(first.snapshot(), same_boot=False)
    changes = run(second, [(0, 100, BREACH), (100, 400, FINE), (400, 500, BREACH)])
    assert [(change.kind, change.event.event_id) for change in changes] == [
        ("event.closed", "b.1"),
        ("event.opened", "c.1"),
    ]
