"""A box that did not run is an event where the vessel was last seen at work, and a gap in the record elsewhere."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from activity.gear_builders import grab, look
from agent.activity.views import View
from agent.licence.licence import parse_licences
from agent.licence.rules import MooringPlace, Terms
from agent.types import FindingKind, Fix, Observation, Origin, Reading
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
