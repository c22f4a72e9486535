"""A patrol boat that passes working grabs accuses nobody of her own licence; it brings leads home."""

from collections.abc import Iterator

from activity.gear_builders import SECOND, grab, look
from agent.activity.views import View
from agent.event import wire
from agent.licence.rules import Terms
from agent.types import Detection, Event, Happening, Heading, Observation, Origin, Reading, Verdict
from agent.watch import Watch, WatchSettings
from builders import fix

ORIGIN = Origin("replay", "test", synthetic=True)
DRAWN = ((0.2, 0.05), (0.9, 0.05), (0.9, 0.9), (0.2, 0.9))


def box(view: View, *, own_vessel: str = "patrol") -> Watch:
    terms = Terms(
        own_vessel="patrol" if own_vessel == "patrol" else "dredger",
        has_gear=own_vessel != "patrol",
        licences=(),
    )
    return Watch(WatchSettings(terms, ("deck",), views=(view,), model_hash="ab" * 32), "boot-1", ORIGIN)


def events(watch: Watch, readings: Iterator[Reading]) -> dict[str, Event]:
    steps = [watch.step(reading) for reading in readings]
    return {change.event.event_id: change.event for step in steps for change in step.events}


def past_ten_grabs() -> Iterator[Reading]:
    """Two minutes in sight of each, then a minute of open river; the boat goes 6 kn on heading 120."""
    for number in range(10):
        begin = number * 180.0
        for seen in grab(begin + 120, from_s=begin, period_s=30.0 + 8 * number, missed=0.4, seed=number):
            if seen.mono_ns % SECOND == 0:
                at = seen.mono_ns / SECOND
                yield Heading(seen.mono_ns, 120.0)
                yield fix(
                    at, lat_deg=10.26 - at * 1.60e-5, lon_deg=105.58 + at * 2.31e-5, sog_kn=6.0, cog_deg=125.0
                )
            yield seen
        for at_s in range(120, 180):
            yield look(begin + at_s, ())


def test_patrol_past_ten_working_grabs_has_no_finding_of_its_own_and_a_lead_of_each() -> None:
    watch = box(View("deck", "patrol", bearing_deg=90.0, wide_deg=60.0))
    found = events(watch, past_ten_grabs())
    assert {event.happening for event in found.values()} == {Happening.OTHERS}
    assert len(found) == 10
    for event in found.values():
        (finding,) = event.findings
        assert finding.verdict is Verdict.UNDETERMINED
        assert (finding.unit, finding.value is not None and 180 <= finding.value <= 240) == ("°", True)
        assert finding.error is not None
        assert finding.error >= 5.0


def test_each_lead_of_a_patrol_has_stills_of_its_machine() -> None:
    watch = box(View("deck", "patrol", bearing_deg=90.0, wide_deg=60.0))
    orders = [order for reading in past_ten_grabs() for order in watch.step(reading).seal]
    stills = [order for order in orders if order.want == "stills"]
    assert len({order.event_id for order in stills}) == 10
    for number, order in enumerate(stills):
        passed_s = number * 180.0
        assert passed_s * SECOND <= order.from_mono_ns <= order.to_mono_ns <= (passed_s + 120) * SECOND


def test_without_heading_or_course_a_lead_has_no_bearing_rather_than_a_wrong_one() -> None:
    found = events(box(View("deck", "bank")), grab(120))
    (event,) = found.values()
    assert [reason.code for reason in event.findings[0].because] == ["other_gear_works", "bearing_unknown"]
    assert event.findings[0].value is None


def test_a_machine_that_stands_idle_is_no_lead() -> None:
    idle = [Observation(at * SECOND, "deck", 320, 180, 120.0, 300.0, grab_once()) for at in range(300)]
    assert events(box(View("deck", "patrol")), iter(idle)) == {}


def grab_once() -> tuple[Detection, ...]:
    return next(iter(grab(1))).detections or ()


def test_neighbour_outside_the_drawn_region_is_a_lead_and_not_the_own_work() -> None:
    small = ((0.0, 0.0), (0.15, 0.0), (0.15, 0.3), (0.0, 0.3))
    watch = box(View("deck", "own_gear", small), own_vessel="dredger")
    readings: list[Reading] = []
    for seen in grab(900):
        if seen.mono_ns % SECOND == 0:
            readings.append(fix(seen.mono_ns / SECOND))
        readings.append(seen)
    found = events(watch, iter(readings))
    others = [event for event in found.values() if event.happening is Happening.OTHERS]
    assert len(others) == 1
    assert all(event.activity is None or event.activity.kind != "dredging" for event in found.values())


def test_watch_takes_up_its_counting_where_it_was_left() -> None:
    view = View("deck", "own_gear", DRAWN)
    readings: list[Reading] = []
    for seen in grab(600):
        if seen.mono_ns % SECOND == 0:
            readings.append(fix(seen.mono_ns / SECOND))
        readings.append(seen)
    first, second = box(view, own_vessel="dredger"), box(view, own_vessel="dredger")
    for reading in readings[:1000]:
        first.step(reading)
    second.restore(first.snapshot())
    for reading in readings[1000:]:
        assert second.step(reading) == first.step(reading)
    assert wire.canonical(second.snapshot()) == wire.canonical(first.snapshot())


def test_gear_that_is_out_is_looked_at_twice_a_second_and_a_moored_barge_seldom() -> None:
    watch = box(View("deck", "own_gear", DRAWN), own_vessel="dredger")
    intervals = []
    for at in range(3000):
        steps = [watch.step(fix(at)), watch.step(look(at, ()))]
        intervals += [order.interval_s for step in steps for order in step.look]
    assert intervals == [1.0, 5.0]
    begun = [step.look for seen in grab(3300, from_s=3001) if (step := watch.step(seen)).look]
    assert [order.interval_s for (order,) in begun] == [0.5]
