"""A box that did not run is an event where the vessel was last seen at work, and a gap in the record elsewhere."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta
from typing import Any

from activity.gear_builders import grab, look
from agent.activity.views import View
from agent.event.phrases import reason_text
from agent.licence.licence import parse_licences
from agent.licence.rules import MooringPlace, Terms
from agent.types import Event, FindingKind, Fix, Observation, Origin, Reading, Verdict
from agent.watch import Watch, WatchSettings
from builders import SECOND, fix
from licence.licence_builders import EXAMPLES, TAN_LOC

LICENCES = parse_licences((EXAMPLES / TAN_LOC).read_text(encoding="utf-8"), TAN_LOC)
INSIDE, FAR_OUTSIDE = (10.2575820, 105.5794440), (10.2500000, 105.5900000)
BERTH = MooringPlace("Bến ví dụ", *FAR_OUTSIDE, radius_m=100.0)


def box(boot: str, *berths: MooringPlace, camera: bool = False, **terms: Any) -> Watch:
    values: dict[str, Any] = {"own_vessel": "dredger", "has_gear": True, "licences": LICENCES}
    views = (View("deck"),) if camera else ()
    settings = WatchSettings(
        terms=Terms(**(values | terms), mooring_places=berths),
        views=views,
        model_hash="ab" * 32 if camera else None,
    )
    return Watch(settings, boot, Origin("replay", "test", synthetic=True))


def lying(place: tuple[float, float], until: int) -> list[Fix]:
    return [fix(at, lat_deg=place[0], lon_deg=place[1]) for at in range(until)]


def opened_by(readings: Iterable[Reading], *berths: MooringPlace, boot: str = "boot-2", **other: Any) -> bool:
    """Run until the end of the readings, cut the power, start again: is there an event of the box?"""
    before = box("boot-1", *berths, **other)
    for reading in readings:
        before.step(reading)
    after = box(boot, *berths, **other)
    after.restore(before.snapshot())
    off_s = 20.0 if boot == "boot-1" else 0.0
    step = after.resume(before.stamp.mono_ns + int(off_s * SECOND), before.stamp)
    assert [body.kind for body in step.records] == ["gap"]
    kinds = {finding.kind for change in step.events for finding in change.event.findings}
    return FindingKind.BOX_OFF in kinds


def watched(looks: Iterable[Observation]) -> list[Reading]:
    """Lying inside the area, with these looks at her gear."""
    fixes = lying(INSIDE, 900)
    readings: list[Reading] = [*fixes, *looks]
    return sorted(readings, key=lambda reading: reading.mono_ns)


START = fix(0).utc


def off_while_sailing(minutes: float, metres: float, *berths: MooringPlace, **terms: Any) -> list[Event]:
    """She leaves her area at 5 kn, the power is cut, and she is heard again so much later so far from there."""
    assert START is not None
    before, after = box("boot-1", *berths, **terms), box("boot-2", *berths, **terms)
    for at in range(300):
        lat_deg = INSIDE[0] - at * 2.57 / 110_600.0
        before.step(fix(at, lat_deg=lat_deg, lon_deg=INSIDE[1], sog_kn=5.0, cog_deg=180.0))
    after.restore(before.snapshot())
    changes = list(after.resume(0, before.stamp).events)
    lat_deg -= metres / 110_600.0
    for at in range(20):
        utc = START + timedelta(minutes=5.0 + minutes, seconds=at)
        changes += after.step(fix(at, utc=utc, lat_deg=lat_deg, lon_deg=INSIDE[1])).events
    return [change.event for change in changes if change.kind == "event.opened"]


def test_off_under_way_for_longer_than_her_way_explains_is_a_lead_with_the_time_left_over() -> None:
    (event,) = off_while_sailing(70.0, 600.0)
    (finding,) = event.findings
    assert (finding.kind, finding.verdict, finding.unit) == (FindingKind.BOX_OFF, Verdict.UNDETERMINED, "s")
    assert finding.value == 66 * 60  # 600 m take 4 of the 70 minutes
    for lang in ("vi", "en"):
        assert "66" in reason_text(finding.because[1], lang)


def test_a_journey_that_went_on_or_a_short_cut_of_the_power_under_way_is_a_gap_alone() -> None:
    assert off_while_sailing(70.0, 10_000.0) == []
    assert off_while_sailing(15.0, 0.0) == []


def test_back_at_a_mooring_place_after_it_went_off_under_way_is_no_event() -> None:
    quay = MooringPlace("Bến ví dụ", INSIDE[0] - 1370.0 / 110_600.0, INSIDE[1], radius_m=100.0)
    assert off_while_sailing(600.0, 600.0, quay) == []
    assert off_while_sailing(600.0, 600.0, own_vessel="patrol") == []


def test_off_while_she_lay_as_at_work() -> None:
    assert opened_by(lying(INSIDE, 900))


def test_off_while_her_gear_was_seen_at_work() -> None:
    assert opened_by(watched(grab(900)), camera=True)


def test_off_while_a_camera_saw_her_gear_at_rest_is_no_event() -> None:
    assert not opened_by(watched(look(at, ()) for at in range(900)), camera=True)


def test_off_with_the_camera_covered_while_she_lay_there_is_an_event() -> None:
    covered = (replace(look(at, ()), contrast=2.0, edges="10" * 48, brightness=40.0) for at in range(900))
    assert opened_by(watched(covered), camera=True)


def test_off_at_a_mooring_place_or_as_if_moored_or_on_a_patrol_boat_is_no_event() -> None:
    assert not opened_by(lying(FAR_OUTSIDE, 900), BERTH)
    assert not opened_by(lying(INSIDE, 3600))
    assert not opened_by(lying(INSIDE, 900), own_vessel="patrol")


def test_off_before_she_was_known_to_lie_anywhere_is_no_event() -> None:
    assert not opened_by(lying(INSIDE, 60))


def test_a_program_that_was_started_again_within_half_a_minute_is_a_gap_alone() -> None:
    assert not opened_by(lying(INSIDE, 900), boot="boot-1")
