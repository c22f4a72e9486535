"""Dredging, loading, a working machine, or none of it: from position, cycles and signals together."""

from collections.abc import Iterable
from dataclasses import replace

from activity.gear_builders import SECOND, box, grab, look, swinging, wavering
from agent.activity.gear import Gear
from agent.activity.recogniser import Recogniser, RecogniserSettings
from agent.licence.rules import Terms
from agent.position.track import Motion
from agent.types import Activity, ActivityKind, Body, Observation, Origin, Reason, Signal, Tick
from agent.watch import Watch, WatchSettings
from builders import fix

LYING = Motion(fix(), 0.0, 4000.0, 3.0, 0.1)
BLIND = (Reason("camera_blind", {"camera": "deck", "cause": "covered"}),)


def watch(
    looks: Iterable[Observation], motion: Motion = LYING, blind: tuple[Reason, ...] = ()
) -> list[Activity]:
    gear, recogniser = Gear(), Recogniser(RecogniserSettings(sees_gear=True))
    activities = []
    for seen in looks:
        gear.step(seen)
        activities.append(recogniser.step(motion, seen.mono_ns, gear.evidence(seen.mono_ns), blind))
    return activities


def codes(activity: Activity) -> set[str]:
    return {reason.code for reason in activity.because}


def first(activities: list[Activity], kind: ActivityKind) -> float:
    return next(activity.since_mono_ns for activity in activities if activity.kind is kind) / SECOND


def test_machine_is_known_to_work_after_two_cycles() -> None:
    assert first(watch(grab(600)), ActivityKind.MACHINE_WORKING) <= 2 * 60.0


def test_grab_that_dives_beside_the_hold_is_dredging_and_says_why() -> None:
    activity = watch(grab(900))[-1]
    assert (activity.kind, activity.method) == (ActivityKind.DREDGING, "grab")
    assert {"gear_cycles", "bucket_from_water"} <= codes(activity)
    assert (activity.confidence or 0.0) > 0.9


def test_grab_that_empties_a_hold_is_never_dredging() -> None:
    kinds = {activity.kind for activity in watch(grab(1200, dives=False))}
    assert ActivityKind.DREDGING not in kinds
    assert ActivityKind.LOADING in kinds


def test_gear_at_rest_while_she_lies_long_is_moored_and_says_that_the_gear_rests() -> None:
    activity = watch([look(at, ()) for at in range(600)])[-1]
    assert activity.kind is ActivityKind.MOORED
    assert "gear_at_rest" in codes(activity)
    assert "position_only" not in codes(activity)


def test_a_camera_that_does_not_see_makes_it_unknown_never_idle() -> None:
    activity = watch(wavering(300), blind=BLIND)[-1]
    assert activity.kind is ActivityKind.UNKNOWN
    assert "camera_blind" in codes(activity)
    assert activity.at_rest


def test_a_lens_covered_in_the_midst_of_dredging_makes_it_unknown_at_once() -> None:
    gear, recogniser = Gear(), Recogniser(RecogniserSettings(sees_gear=True))
    for seen in grab(900):
        gear.step(seen)
        before = recogniser.step(LYING, seen.mono_ns, gear.evidence(seen.mono_ns))
    after = recogniser.step(LYING, 901 * SECOND, gear.evidence(901 * SECOND), BLIND)
    assert (before.kind, after.kind) == (ActivityKind.DREDGING, ActivityKind.UNKNOWN)


def test_the_pump_line_goes_on_telling_of_dredging_while_the_lens_is_covered() -> None:
    recogniser = Recogniser(RecogniserSettings(sees_gear=True))
    for at in range(300):
        recogniser.signal(at * SECOND, "pump", 1.0)
        activity = recogniser.step(LYING, at * SECOND, None, BLIND)
    assert activity.kind is ActivityKind.DREDGING


def test_a_discharge_in_most_looks_is_dredging_by_suction() -> None:
    pump, jet = box("suction_dredger", 160, 90, 90, 50), box("discharge", 200, 90)
    pumping = [look(at / 2, (pump, jet)) for at in range(400)]
    activity = watch(pumping)[-1]
    assert (activity.kind, activity.method) == (ActivityKind.DREDGING, "suction")
    assert codes(activity) == {"discharge_seen"}


def test_pump_line_tells_of_dredging_without_any_camera() -> None:
    recogniser = Recogniser()
    activity = None
    for at in range(120):
        recogniser.signal(at * SECOND, "pump", 1.0)
        activity = recogniser.step(LYING, at * SECOND)
    assert activity is not None
    assert activity.kind is ActivityKind.DREDGING
    assert codes(activity) == {"pump_runs"}


def test_work_that_stops_is_not_told_for_longer_than_three_cycles() -> None:
    looks = [*grab(600), *[look(at / 2, ()) for at in range(1200, 2400)]]
    activities = watch(looks)
    assert first(activities[1200:], ActivityKind.MOORED) <= 600 + 3 * 60.0 + 30.0


def test_unseen_and_lying_as_if_moored_she_is_doubted_to_work_unless_a_line_says_so() -> None:
    assert "lies_moored" in codes(watch(wavering(300), blind=BLIND)[-1])
    recogniser = Recogniser(RecogniserSettings(sees_gear=True))
    activity = None
    for at in range(300):
        recogniser.signal(at * SECOND, "hydraulic", 1.0)
        activity = recogniser.step(LYING, at * SECOND, None, BLIND)
    assert activity is not None
    assert "lies_moored" not in codes(activity)


def test_gear_seen_at_rest_is_not_taken_to_work_because_some_looks_are_lacking() -> None:
    lying = Motion(fix(), 0.0, 600.0, 3.0, 0.1)  # ten minutes: not yet as if moored
    gear, recogniser = Gear(), Recogniser(RecogniserSettings(sees_gear=True))
    told = {}
    for at in range(600):
        if at < 300:
            gear.step(look(at, ()))
        told[at] = codes(recogniser.step(lying, at * SECOND, gear.evidence(at * SECOND)))
    assert "gear_at_rest" in told[299]
    assert {"gear_not_watched", "rested_lately"} <= told[350]
    assert "gear_not_watched" in told[500]
    assert "rested_lately" not in told[500]


def test_box_that_only_hears_the_pump_tells_its_hours() -> None:
    terms = Terms(own_vessel="dredger", has_gear=True, licences=())
    box = Watch(WatchSettings(terms), "boot-1", Origin("replay", "test", synthetic=True))
    made: list[Body] = []
    for at in range(1500):
        box.step(fix(at))
        if at % 30 == 0:
            box.step(Signal(at * SECOND, "pump", 1.0))
        made += box.step(Tick(at * SECOND)).records
    told = [body.body for body in made if body.kind == "production"]
    assert told
    assert told[0]["pump_s"] == told[0]["active_s"]


def test_gear_that_moves_without_a_cycle_yet_is_unknown_never_rest() -> None:
    told = watch(grab(55))
    assert ActivityKind.MACHINE_WORKING not in {activity.kind for activity in told}
    assert told[-1].kind is ActivityKind.UNKNOWN
    assert told[-1].confidence is None


def test_a_crane_in_plain_sight_whose_outline_is_still_does_not_work_however_its_region_looks() -> None:
    """Lights and people go about before it; looks each five seconds, as while she is moored."""
    still = box("grab_crane", 160, 80, 60, 70)
    before_it = [replace(seen, detections=(still,)) for seen in swinging(1800, every_s=5.0)]
    told = watch(before_it)
    assert not {activity.kind for activity in told} & {ActivityKind.MACHINE_WORKING, ActivityKind.DREDGING}
    assert {activity.kind for activity in told[24:]} == {ActivityKind.MOORED}  # from the second minute on


def test_the_same_region_is_counted_where_the_detector_shows_no_machine() -> None:
    activities = watch(replace(seen, detections=()) for seen in swinging(600))
    assert ActivityKind.MACHINE_WORKING in {activity.kind for activity in activities}
