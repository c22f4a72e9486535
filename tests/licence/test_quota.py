"""Cycles into cubic metres, and whether a quota is passed, given the error."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from agent.activity.gear import Counted
from agent.licence.books import add, by_date
from agent.licence.conditions import Quota, QuotaPhase, Vessel
from agent.licence.licence import Licence
from agent.licence.production import Production, ProductionSettings
from agent.licence.quota import (
    Bucket,
    Limits,
    Tally,
    cycles_of,
    probability_above,
    quota_findings,
    volume,
)
from agent.types import Activity, ActivityKind, ClockQuality, Finding, FindingKind, Reason, Stamp, Verdict
from builders import START, stamp
from licence.licence_builders import square_licence

GRAB = Bucket(1.5)
DREDGING = Activity(ActivityKind.DREDGING, 0, ())
MACHINE = Activity(ActivityKind.MACHINE_WORKING, 0, ())
LOADING = Activity(ActivityKind.LOADING, 0, ())
MOORED = Activity(ActivityKind.MOORED, 0, ())
BLIND = Reason("camera_blind", {"camera": "deck", "cause": "covered"})
UNSEEN = Activity(ActivityKind.UNKNOWN, 0, (BLIND,), at_rest=True)
DAY = date(2026, 11, 20)
PHASE = QuotaPhase("khai thác", date(2026, 1, 1), date(2027, 12, 31), m3_per_day=127.0, m3_total=30000.0)


def licence(**phase: Any) -> Licence:
    changed = replace(PHASE, **phase)
    hull = Vessel("CT-00000", 1.5, 1e6, date(2027, 12, 31))
    return replace(square_licence("GP-1"), quota=Quota("in_place", (changed,), 1.2), vessels=(hull,))


def counted(at_s: float) -> Counted:
    return Counted(int(at_s * 1e9), "bucket", 60.0, from_water=True)


def work(
    production: Production, cycles: int, *, start: float = 0.0, kind: Activity = DREDGING, day: int = 0
) -> list[str]:
    kinds = []
    for number in range(cycles * 6):
        at_s = start + number * 10.0
        now = replace(stamp(at_s), utc=START + timedelta(days=day, seconds=at_s))
        fresh = (counted(at_s),) if number % 6 == 5 else ()
        kinds += [body.kind for body in production.step(now, kind, fresh, None, "GP-1")]
    return kinds


def tallies(cycles: int) -> dict[date, Tally]:
    return {DAY: Tally(cycles)}


def test_the_worked_example_of_the_field_holds() -> None:
    """85 buckets of 1.5 m3 are the 127 m3 of the Cần Thơ list, brim-full and loose; at 85 % fill they are 108 +- 21."""
    made = volume(85, GRAB)
    assert made.loose_m3 == pytest.approx(108.4)
    assert made.loose_error_m3 == pytest.approx(21, abs=1)
    assert made.in_place_m3 == pytest.approx(90.3)


def test_the_error_of_one_bucket_for_all_does_not_shrink_with_their_number() -> None:
    few, many = volume(100, GRAB), volume(10000, GRAB)
    assert few.loose_error_m3 / few.loose_m3 == pytest.approx(many.loose_error_m3 / many.loose_m3, rel=0.02)


def test_volume_in_place_prints_the_swell_it_was_divided_by() -> None:
    made = volume(100, GRAB, 1.25)
    assert made.swell == 1.25
    assert made.in_place_m3 == pytest.approx(made.loose_m3 / 1.25, abs=0.1)


@pytest.mark.parametrize(("value", "chance"), [(100.0, 0.5), (119.6, 0.975), (80.4, 0.025)])
def test_chance_follows_from_the_95_percent_error(value: float, chance: float) -> None:
    assert probability_above(value, 19.6, 100.0) == pytest.approx(chance, abs=0.001)


def found(cycles: int, quota: Quota) -> tuple[Finding, ...]:
    return quota_findings(Limits("GP-1", quota, PHASE), tallies(cycles), DAY, GRAB)


def test_quota_is_no_finding_below_undetermined_about_and_a_breach_far_beyond() -> None:
    loose = Quota("loose", (PHASE,))
    assert found(80, loose) == ()
    (about,) = found(110, loose)
    assert about.verdict is Verdict.UNDETERMINED
    (beyond,) = found(160, loose)
    assert (beyond.kind, beyond.verdict, beyond.unit) == (FindingKind.QUOTA_PASSED, Verdict.BREACH, "m³")


def test_where_the_licence_does_not_say_what_it_counts_the_smaller_volume_is_compared() -> None:
    assert found(110, Quota("unstated", (PHASE,))) == ()


def test_what_the_list_allows_the_hull_a_day_binds_where_the_schedule_is_silent() -> None:
    yearly = replace(PHASE, m3_per_day=None, m3_total=None, m3_per_year=1e6)
    (finding,) = quota_findings(
        Limits("GP-1", Quota("loose", (yearly,)), yearly, vessel_m3=127.0), tallies(160), DAY, GRAB
    )
    assert (finding.verdict, finding.because[0].values["span"]) == (Verdict.BREACH, "vessel_day")


def test_bucket_that_looks_larger_gives_the_chance_for_both_sizes_and_accuses_by_neither_alone() -> None:
    loose = Quota("loose", (PHASE,))
    seen = replace(GRAB, volume_m3=2.5)
    assert found(85, loose) == ()
    (finding,) = quota_findings(Limits("GP-1", loose, PHASE, seen=seen), tallies(85), DAY, GRAB)
    assert finding.verdict is Verdict.UNDETERMINED
    both = next(reason.values for reason in finding.because if reason.code == "quota_both_sizes")
    assert float(both["percent"]) < 10
    assert float(both["seen_percent"]) > 90


def test_a_day_of_dredging_is_told_every_ten_minutes_and_booked_on_its_day() -> None:
    production = Production(ProductionSettings("CT-00000", GRAB), (licence(),))
    kinds = work(production, 60)
    assert kinds == ["production"] * 5
    made = production.work_since(0)
    assert made is not None
    assert made.cycles == 60
    assert made.active_s == pytest.approx(3590)


def test_cycles_before_dredging_was_known_count_and_those_of_unloading_do_not() -> None:
    production = Production(ProductionSettings("CT-00000", GRAB), (licence(),))
    work(production, 3, kind=MACHINE)
    work(production, 3, start=180.0)
    work(production, 4, start=360.0, kind=LOADING)
    made = production.work_since(0)
    assert made is not None
    assert made.cycles == 6


def test_hours_in_which_no_camera_sees_the_gear_are_told_as_not_counted() -> None:
    production = Production(ProductionSettings("CT-00000", GRAB), (licence(),))
    work(production, 10)
    bodies = [
        body
        for number in range(540)
        for body in production.step(stamp(600.0 + 10.0 * number), UNSEEN, (), None, "GP-1")
    ]
    bodies += production.step(stamp(6300.0), MOORED, (), None, "GP-1")
    assert [body.kind for body in bodies] == ["production"] * 2
    assert sum(float(str(body.body["blind_s"])) for body in bodies) == pytest.approx(5400.0)
    assert sum(float(str(body.body["not_counted_s"])) for body in bodies) >= 5400.0
    assert sum(int(str(body.body["cycles"])) for body in bodies) == 10


def test_a_vessel_under_way_or_unknown_by_her_position_loses_no_count() -> None:
    production = Production(ProductionSettings("CT-00000", GRAB), (licence(),))
    unknown = replace(UNSEEN, at_rest=False)
    steps = [production.step(stamp(10.0 * number), unknown, (), None, "GP-1") for number in range(700)]
    assert not any(steps)


def test_quota_of_the_day_passed_while_working_is_a_finding_with_its_probability() -> None:
    production = Production(ProductionSettings("CT-00000", GRAB), (licence(m3_per_day=40.0),))
    work(production, 60)
    found = production.findings(stamp(3600))
    assert [finding.kind for finding in found] == [FindingKind.QUOTA_PASSED]
    reason = found[0].because[0]
    assert (reason.code, reason.values["span"]) == ("quota_likely_passed", "day")
    assert float(reason.values["percent"]) > 97.5


def test_tallies_survive_a_restart_in_another_boot_and_the_month_goes_on() -> None:
    first = Production(ProductionSettings("CT-00000", GRAB), (licence(m3_per_day=1e6, m3_per_month=90.0),))
    work(first, 50)
    second = Production(ProductionSettings("CT-00000", GRAB), (licence(m3_per_day=1e6, m3_per_month=90.0),))
    second.restore(first.snapshot(), same_boot=False)
    work(second, 50, day=1)
    kinds = [
        finding.because[0].values["span"]
        for finding in second.findings(replace(stamp(3000), utc=START + timedelta(days=1)))
    ]
    assert kinds == ["month"]


def test_cycles_of_an_unknown_time_are_booked_when_the_time_is_known() -> None:
    production = Production(ProductionSettings("CT-00000", GRAB), (licence(m3_per_day=10.0),))
    for number in range(20):
        dark = stamp(number * 60.0, ClockQuality.NONE)
        production.step(dark, DREDGING, (counted(number * 60.0),), None, "GP-1")
    assert production.findings(stamp(1200, ClockQuality.NONE)) == ()
    production.step(stamp(1260), DREDGING, (), None, "GP-1")
    assert production.findings(stamp(1260))[0].kind is FindingKind.QUOTA_PASSED


def bodies(production: Production, cycles: int, *, start: float = 0.0) -> list[dict[str, Any]]:
    made: list[dict[str, Any]] = []
    for number in range(cycles * 6):
        at_s = start + number * 10.0
        fresh = (counted(at_s),) if number % 6 == 5 else ()
        made += [dict(body.body) for body in production.step(stamp(at_s), DREDGING, fresh, None, "GP-1")]
    return made


def test_record_tells_the_hour_day_month_and_year_of_licence_and_vessel_with_the_swell() -> None:
    production = Production(ProductionSettings("CT-00000", GRAB), (licence(),))
    last = bodies(production, 95)[-1]
    of_licence, of_vessel = last["totals"]["licence"], last["totals"]["vessel"]
    assert of_licence == of_vessel
    assert [of_licence[span]["cycles"] for span in ("hour", "day", "month", "year")] == [30, 90, 90, 90]
    assert of_licence["hour"]["volume"]["loose_m3"] == pytest.approx(30 * 1.5 * 0.85, abs=0.1)
    assert of_licence["year"]["volume"]["swell"] == 1.2


def test_vessel_adds_up_what_she_took_under_two_licences() -> None:
    production = Production(ProductionSettings("CT-00000", GRAB), (licence(),))
    bodies(production, 20)
    for number in range(360):
        now = stamp(1200 + number * 10.0)
        fresh = (counted(1200 + number * 10.0),) if number % 6 == 5 else ()
        made = production.step(now, DREDGING, fresh, None, "GP-2")
    del made
    last = dict(production.step(stamp(5000), MOORED, (), None, "")[-1].body)
    totals: Any = last["totals"]
    assert (totals["licence"]["day"]["cycles"], totals["vessel"]["day"]["cycles"]) == (60, 80)


def test_hours_of_pumping_are_told_where_only_the_pumps_line_speaks() -> None:
    production = Production(ProductionSettings("CT-00000", None), (licence(),))
    pumping = Activity(ActivityKind.DREDGING, 0, (Reason("pump_runs"),))
    made = [
        body for at in range(0, 1300, 10) for body in production.step(stamp(at), pumping, (), None, "GP-1")
    ]
    last: Any = made[-1].body
    assert (last["cycles"], last["pump_s"], last["not_counted_s"]) == (0, 600.0, 0.0)
    assert last["totals"]["vessel"]["day"]["pump_s"] == last["totals"]["vessel"]["day"]["active_s"] == 1200.0


def test_phase_of_three_years_is_added_up_and_days_before_it_never_are() -> None:
    days: dict[str, Tally] = {}
    first = date(2024, 1, 1)
    for number in range(1100):
        add(days, {}, datetime(2024, 1, 1, 12, tzinfo=UTC) + timedelta(days=number), Tally(100))
    assert len(days) < 450
    last = first + timedelta(days=1099)
    whole = replace(PHASE, first=first, last=date(2027, 12, 31))
    assert cycles_of(by_date(days), last, "phase", whole) == 110_000
    # A phase that began on 15 March 2024 loses that March, and is told no day of what was before it.
    later = replace(whole, first=date(2024, 3, 15))
    assert cycles_of(by_date(days), last, "phase", later) == 100 * (1100 - 91)


def test_more_active_hours_than_the_day_permits_is_a_finding() -> None:
    short = replace(square_licence("GP-1", hours=[("07:00", "08:00")]), quota=None)
    production = Production(ProductionSettings("CT-00000", None), (short,))
    work(production, 100)
    (finding,) = production.findings(stamp(6000))
    assert (finding.kind, finding.verdict, finding.unit) == (FindingKind.ACTIVE_HOURS, Verdict.BREACH, "h")


def test_without_a_size_of_the_bucket_cycles_are_told_and_no_volume() -> None:
    production = Production(ProductionSettings(), (replace(square_licence("GP-1"), vessels=()),))
    now: Stamp = stamp(0)
    production.step(now, DREDGING, (counted(0),), None, "")
    made = production.work_since(0)
    assert made is not None
    assert (made.cycles, made.loose_m3) == (1, None)
