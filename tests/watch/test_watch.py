"""The whole data path without a disk: readings in, steps out, the same every time."""

import json
import math
import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from agent.event import wire
from agent.event.installation import MEASURES, Check, Installation
from agent.licence.hours import ZONE
from agent.licence.licence import parse_licences
from agent.licence.rules import Terms
from agent.types import (
    ClockQuality,
    Event,
    FindingKind,
    Fix,
    Health,
    Origin,
    Reading,
    Sealed,
    SourceState,
    Step,
    Tick,
    Verdict,
)
from agent.watch import Watch, WatchSettings
from builders import START, evidence_file, fix, lost

FILE = Path(__file__).parents[2] / "config" / "licences" / "example-tan-loc.geojson"
LICENCES = parse_licences(FILE.read_text(encoding="utf-8"), FILE.name)
ORIGIN = Origin("replay", "test", synthetic=True)
METRE = 1 / 110_600  # degrees of latitude
INSIDE = (10.2575820, 105.5794440)
FAR_OUTSIDE = (10.2500000, 105.5900000)
SECOND = 1_000_000_000


def watch(**terms: Any) -> Watch:
    values: dict[str, Any] = {"own_vessel": "dredger", "has_gear": True, "licences": LICENCES}
    return Watch(WatchSettings(terms=Terms(**(values | terms)), cameras=("deck",)), "boot-1", ORIGIN)


def lying(place: tuple[float, float], begin: int, end: int, **other: Any) -> Iterator[Fix]:
    for at in range(begin, end):
        yield fix(at, lat_deg=place[0], lon_deg=place[1], **other)


def ticking(readings: Iterable[Reading]) -> Iterator[Reading]:
    for reading in readings:
        yield reading
        yield Tick(reading.mono_ns)


def run(box: Watch, readings: Iterable[Reading]) -> list[Step]:
    return [box.step(reading) for reading in readings]


def changes(steps: list[Step]) -> list[tuple[str, str]]:
    return [(change.kind, change.event.event_id) for step in steps for change in step.events]


def last_event(steps: list[Step]) -> Event:
    return [change.event for step in steps for change in step.events][-1]


def verdicts(event: Event) -> dict[FindingKind, Verdict]:
    return {finding.kind: finding.verdict for finding in event.findings}


def test_a_dredger_lying_beyond_its_boundary_is_one_suspected_violation() -> None:
    steps = run(watch(), lying(FAR_OUTSIDE, 0, 1800))
    assert changes(steps) == [("event.opened", "boot-1.1")]
    event = last_event(steps)
    assert verdicts(event) == {FindingKind.OUTSIDE_AREA: Verdict.BREACH}
    finding = event.findings[0]
    assert finding.value is not None
    assert finding.error is not None
    assert finding.value - finding.error > 0


def test_lawful_work_in_the_area_and_the_hours_is_no_event() -> None:
    assert changes(run(watch(), lying(INSIDE, 0, 3600))) == []


def test_a_vessel_passing_through_is_no_event() -> None:
    track = (fix(at, lat_deg=10.30 - at * 2.5 * METRE, lon_deg=105.58, sog_kn=4.9) for at in range(3600))
    assert changes(run(watch(), track)) == []


def test_working_after_hours_inside_the_area_is_a_suspected_violation_of_the_hours_alone() -> None:
    evening = [replace(item, utc=item.utc + timedelta(hours=8)) for item in lying(INSIDE, 0, 900) if item.utc]
    event = last_event(run(watch(), evening))
    assert verdicts(event)[FindingKind.OUTSIDE_HOURS] is Verdict.BREACH
    assert verdicts(event)[FindingKind.OUTSIDE_AREA] is Verdict.PERMITTED


def test_a_licence_that_ran_out_is_a_suspected_violation() -> None:
    later = [replace(item, utc=item.utc.replace(year=2028)) for item in lying(INSIDE, 0, 900) if item.utc]
    assert verdicts(last_event(run(watch(), later)))[FindingKind.LICENCE_EXPIRED] is Verdict.BREACH


def test_a_patrol_boat_does_not_accuse_itself() -> None:
    assert changes(run(watch(own_vessel="patrol"), lying(FAR_OUTSIDE, 0, 1800))) == []


def test_a_barge_swinging_at_anchor_over_the_boundary_makes_one_event() -> None:
    """An hour, 15 m of swing across the downstream edge every four minutes, 2.5 m of noise, seeded."""
    rng = random.Random(4)
    edge = (10.25623, 105.58080)  # on the downstream edge of the example area

    def pace(at: int) -> float:
        return 15 * 2 * math.pi / 240 * math.cos(at / 240 * 2 * math.pi) / 0.514444

    steps = run(
        watch(),
        (
            fix(
                at,
                lat_deg=edge[0] + (15 * math.sin(at / 240 * 2 * math.pi) + rng.gauss(0, 2.5)) * METRE,
                lon_deg=edge[1] + rng.gauss(0, 2.5) * METRE,
                sog_kn=abs(pace(at)),
                cog_deg=None if abs(pace(at)) < 0.5 else 0.0 if pace(at) > 0 else 180.0,
            )
            for at in range(3600)
        ),
    )
    assert [kind for kind, _ in changes(steps)].count("event.opened") == 1


def test_a_poor_fix_near_the_boundary_is_undetermined_and_never_a_breach() -> None:
    near = (10.25610, 105.58092)  # some metres beyond the downstream edge
    event = last_event(run(watch(), lying(near, 0, 1800, error_m=60.0)))
    assert verdicts(event)[FindingKind.OUTSIDE_AREA] is Verdict.UNDETERMINED


def test_a_position_in_another_datum_is_suspect_and_never_a_breach() -> None:
    steps = run(watch(), ticking(lying(FAR_OUTSIDE, 0, 1800, datum="P90")))
    events = {change.event.event_id: change.event for step in steps for change in step.events}
    found = [finding for event in events.values() for finding in event.findings]
    assert FindingKind.POSITION_SUSPECT in {finding.kind for finding in found}
    assert all(finding.verdict is Verdict.UNDETERMINED for finding in found)
    codes = {reason.code for finding in found for reason in finding.because}
    assert "datum_not_wgs84" in codes


def test_a_receiver_that_loses_its_position_is_an_event_that_ends_when_it_is_back() -> None:
    readings = [*lying(INSIDE, 0, 600), *(lost(at) for at in range(600, 900)), *lying(INSIDE, 900, 1200)]
    steps = run(watch(), ticking(readings))
    assert [kind for kind, _ in changes(steps)] == ["event.opened", "event.closed"]
    event = last_event(steps)
    assert verdicts(event) == {FindingKind.POSITION_LOST: Verdict.UNDETERMINED}
    assert event.findings[0].value is not None
    assert 290 <= event.findings[0].value <= 300


def test_a_receiver_that_falls_silent_is_noticed_by_the_passing_of_time() -> None:
    steps = run(watch(), [*lying(INSIDE, 0, 600), *(Tick(at * SECOND) for at in range(600, 700))])
    assert verdicts(last_event(steps)) == {FindingKind.POSITION_LOST: Verdict.UNDETERMINED}


def test_a_camera_that_stays_away_is_an_event_and_one_that_ends_its_film_is_not() -> None:
    failed = SourceState(10 * SECOND, "camera:deck", Health.FAILED, "no such device")
    steps = run(watch(), [failed, *ticking(lying(INSIDE, 11, 200))])
    assert verdicts(last_event(steps)) == {FindingKind.CAMERA_LOST: Verdict.UNDETERMINED}
    ended = SourceState(10 * SECOND, "camera:deck", Health.ENDED, "the film is over")
    assert changes(run(watch(), [ended, *ticking(lying(INSIDE, 11, 200))])) == []


def test_pictures_are_ordered_at_the_opening_and_named_once_they_are_kept() -> None:
    box = watch()
    steps = run(box, lying(FAR_OUTSIDE, 0, 600))
    (step,) = [step for step in steps if any(change.kind == "event.opened" for change in step.events)]
    order = step.seal[0]
    assert (order.camera, order.want) == ("deck", "stills")
    (change,) = box.step(Sealed(600 * SECOND, order.event_id, (evidence_file(),))).events
    assert [file.sha256 for file in change.event.evidence] == [evidence_file().sha256]
    assert change.event.evidence[0].utc == START + timedelta(seconds=5)


def test_an_event_says_that_no_detector_is_loaded() -> None:
    codes = [note.code for note in last_event(run(watch(), lying(FAR_OUTSIDE, 0, 600))).notes]
    assert codes == ["uncalibrated", "position_only", "no_detector"]


def test_the_first_gnss_time_is_an_anchor_and_dates_what_follows() -> None:
    steps = run(watch(), [Tick(0), Tick(SECOND), fix(2), Tick(3 * SECOND)])
    assert [step.stamp.clock_quality for step in steps] == ["none", "none", "gnss", "gnss"]
    assert steps[3].stamp.utc == START + timedelta(seconds=3)
    assert [body.kind for step in steps for body in step.records] == ["time.anchor"]


def test_the_system_clock_never_outranks_the_satellites() -> None:
    wrong = Tick(5 * SECOND, START - timedelta(days=7), ClockQuality.NTP)
    steps = run(watch(), [fix(2), wrong])
    assert steps[-1].stamp.utc == START + timedelta(seconds=5)


def test_a_late_reading_does_not_turn_time_back() -> None:
    steps = run(watch(), [fix(10), fix(4), Tick(3 * SECOND)])
    assert [step.stamp.mono_ns for step in steps] == [10 * SECOND] * 3


def eventful() -> list[Reading]:
    """An hour and a half in which everything this watch knows happens."""
    rng = random.Random(11)
    noisy = [
        replace(item, lat_deg=item.lat_deg + rng.gauss(0, 1.5) * METRE)
        for item in [*lying(INSIDE, 0, 900), *lying(FAR_OUTSIDE, 900, 2400)]
        if item.lat_deg is not None
    ]
    silent = [Tick(at * SECOND) for at in range(2700, 2800)]
    tail = [*lying(INSIDE, 2800, 3600), *lying(FAR_OUTSIDE, 3600, 5400, datum="P90")]
    readings: list[Reading] = [*noisy, *(lost(at) for at in range(2400, 2700)), *silent, *tail]
    readings.insert(1500, SourceState(readings[1499].mono_ns, "camera:deck", Health.SILENT, "no packets"))
    readings.insert(1800, Sealed(readings[1799].mono_ns, "boot-1.1", (evidence_file(),)))
    return list(ticking(readings))


def told(steps: list[Step]) -> list[bytes]:
    return [wire.canonical(wire.to_json(step)) for step in steps]


def test_the_same_readings_give_the_same_steps_byte_for_byte() -> None:
    assert told(run(watch(), eventful())) == told(run(watch(), eventful()))


def test_a_watch_restored_at_any_moment_goes_on_as_if_nothing_had_happened() -> None:
    readings = eventful()
    whole = told(run(watch(), readings))
    assert len({change.event.event_id for step in run(watch(), readings) for change in step.events}) >= 4
    for cut in range(100, len(readings), 571):
        before = watch()
        for reading in readings[:cut]:
            before.step(reading)
        after = watch()
        after.restore(json.loads(wire.canonical(before.snapshot())))
        assert told(run(after, readings[cut:])) == whole[cut:]


def test_after_a_power_cut_an_open_event_goes_on_beside_a_gap() -> None:
    before = watch()
    run(before, lying(FAR_OUTSIDE, 0, 600))
    after = Watch(WatchSettings(terms=Terms("dredger", has_gear=True, licences=LICENCES)), "boot-2", ORIGIN)
    after.restore(before.snapshot())
    step = after.resume(5 * SECOND, before.stamp)
    assert [body.kind for body in step.records] == ["gap"]
    assert step.records[0].body["from_utc"] == wire.utc_text(START + timedelta(seconds=599))
    # The pictures ordered before the cut will never come, and that is said once.
    change, off = step.events
    assert verdicts(off.event) == {FindingKind.BOX_OFF: Verdict.UNDETERMINED}
    assert [reason.code for reason in off.event.findings[0].because] == ["box_off", "last_at_work"]
    assert change.event.event_id == "boot-1.1"
    assert change.event.notes[-1].code == "evidence_missing"
    leaving = (
        fix(at, lat_deg=FAR_OUTSIDE[0] + (at - 600) * 2.5 * METRE, lon_deg=FAR_OUTSIDE[1], sog_kn=4.9)
        for at in range(600, 1200)
    )
    steps = run(after, [*lying(FAR_OUTSIDE, 6, 600), *leaving])
    assert changes(steps) == [("event.closed", "boot-2.1"), ("event.closed", "boot-1.1")]


def test_a_box_that_was_off_while_the_vessel_was_under_way_or_moored_is_a_gap_and_no_event() -> None:
    before = watch()
    run(before, (fix(at, lat_deg=10.30 - at * 2.5 * METRE, lon_deg=105.58, sog_kn=4.9) for at in range(600)))
    after = Watch(WatchSettings(terms=Terms("dredger", has_gear=True, licences=LICENCES)), "boot-2", ORIGIN)
    after.restore(before.snapshot())
    step = after.resume(5 * SECOND, before.stamp)
    assert [body.kind for body in step.records] == ["gap"]
    assert step.events == ()


def installed(valid_to: date) -> Installation:
    checks = tuple(Check(what, date(2026, 1, 1), valid_to, "Ví dụ") for what in MEASURES)
    return Installation("authority", "Sở", "A", "B", date(2026, 1, 1), (), (), checks)


def test_an_event_is_only_a_lead_from_the_day_after_a_check_has_expired() -> None:
    """Local days: the check ends with the day on which the readings begin, or the day before."""

    def notes(valid_to: date) -> list[str]:
        settings = WatchSettings(
            terms=Terms("dredger", has_gear=True, licences=LICENCES), installation=installed(valid_to)
        )
        box = Watch(settings, "boot-1", ORIGIN)
        return [note.code for note in last_event(run(box, lying(FAR_OUTSIDE, 0, 600))).notes]

    first = START.astimezone(ZONE).date()
    assert "check_expired" not in notes(first)
    assert "uncalibrated" not in notes(first)
    assert notes(first - timedelta(days=1)).count("check_expired") == 2


def test_a_position_lost_while_she_lay_as_at_work_says_so() -> None:
    steps = run(watch(), ticking([*lying(INSIDE, 0, 600), *(lost(at) for at in range(600, 700))]))
    assert [reason.code for reason in last_event(steps).findings[0].because][-1] == "last_at_work"


def test_the_end_of_a_log_brings_the_rest_of_the_track() -> None:
    ended = SourceState(300 * SECOND, "gnss", Health.ENDED, "the log is over")
    steps = run(watch(), [*lying(INSIDE, 0, 300), ended])
    tracks = [body.body["points"] for step in steps for body in step.records if body.kind == "track"]
    assert tracks
    assert [body.kind for body in steps[-1].records] == ["source", "track"]
