"""Carriers come, are filled and leave: each load is told with its buckets, and the measured ones say how full they were."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from activity.gear_builders import SECOND, box, grab, look
from agent.activity.views import View
from agent.event import wire
from agent.licence.conditions import Carrier
from agent.licence.fill import Measured, calibrated
from agent.licence.loads import Told, implausible
from agent.licence.production import ProductionSettings
from agent.licence.quota import Bucket
from agent.licence.rules import Terms
from agent.types import Body, FindingKind, Observation, Origin, Seal, Sealed, Statement, Verdict
from agent.watch import Watch, WatchSettings
from builders import START, evidence_file, fix

DAY = date(2026, 11, 20)
GRAB = Bucket(1.5)
BARGE = box("barge", 250, 130, 80, 30)


def watch(boot: str = "boot-1") -> Watch:
    terms = Terms(own_vessel="dredger", has_gear=True, licences=())
    settings = WatchSettings(
        terms, ("deck",), views=(View("deck"),), model_hash="ab" * 32, production=ProductionSettings("", GRAB)
    )
    return Watch(settings, boot, Origin("replay", "test", synthetic=True))


def beside(looks: Iterator[Observation], come_s: float, gone_s: float) -> Iterator[Observation]:
    """The looks, with a barge in them from one moment to another; she comes in over a minute and leaves the same way."""
    for seen in looks:
        at_s = seen.mono_ns / SECOND
        if come_s <= at_s < gone_s:
            aside = max(0.0, 60.0 - (at_s - come_s)) + max(0.0, 60.0 - (gone_s - at_s))
            there = box("barge", 250 + aside, 130, 80, 30)
            seen = replace(seen, detections=(*(seen.detections or ()), there))  # noqa: PLW2901
        yield seen


def run(box_: Watch, looks: Iterator[Observation], *, answer: bool = True) -> tuple[list[Body], list[Seal]]:
    bodies: list[Body] = []
    orders: list[Seal] = []
    for seen in looks:
        if seen.mono_ns % (10 * SECOND) == 0:
            box_.step(fix(seen.mono_ns / SECOND))
        step = box_.step(seen)
        bodies += [body for body in step.records if body.kind == "load"]
        for order in (order for order in step.seal if order.event_id.startswith("load:")):
            orders.append(order)
            if answer:
                still = evidence_file(f"{len(orders):02d}" * 32, mono_ns=order.to_mono_ns)
                box_.step(Sealed(seen.mono_ns, order.event_id, (still,), None, order.camera))
    return bodies, orders


def test_load_is_told_with_its_buckets_and_pictures_of_her_coming_and_going() -> None:
    ((body,), orders) = run(watch(), beside(grab(1500), 300, 1200))
    told: Any = body.body
    assert 12 <= told["cycles"] <= 15
    assert told["volume"]["loose_m3"] == pytest.approx(told["cycles"] * 1.5 * 0.85, abs=0.1)
    assert [file["moment"] for file in told["evidence"]] == ["arrival", "departure"]
    assert [order.want for order in orders] == ["stills", "stills"]
    assert orders[0].to_mono_ns < 420 * SECOND
    assert orders[1].to_mono_ns == pytest.approx(1200 * SECOND, abs=2 * SECOND)
    assert {file.sha256 for file in body.evidence} == set(wire.evidence_named(told))
    assert (told["from_utc"] or "").startswith("2026-11-20T03:0")


def test_boat_that_passes_is_no_load() -> None:
    def passing() -> Iterator[Observation]:
        for at in range(300):
            yield look(at, (box("barge", (at * 8) % 320, 130, 80, 30),) if at % 60 < 35 else ())

    assert run(watch(), passing()) == ([], [])


def test_pictures_that_never_come_do_not_keep_the_load_from_being_told() -> None:
    ((body,), _) = run(watch(), beside(grab(1500), 300, 1200), answer=False)
    assert body.body["evidence"] == []


def test_load_cut_by_a_restart_is_told_as_far_as_it_had_come() -> None:
    first = watch()
    assert run(first, beside(grab(800), 100, 5000))[0] == []
    second = watch("boot-2")
    second.restore(first.snapshot())
    ((body,), _) = run(second, grab(30))
    assert (body.body["cut"], body.body["from_mono_ns"]) == (True, None)
    assert int(str(body.body["cycles"])) >= 9


def load_said(name: str, m3: float) -> Statement:
    return Statement(1500 * SECOND, "load", START, "Ví Dụ", {"load": name, "m3": m3, "error_m3": 0.1 * m3})


def test_measured_load_changes_what_a_bucket_takes_from_then_on_and_after_a_restart() -> None:
    box_ = watch()
    ((body,), _) = run(box_, beside(grab(1500), 300, 1200))
    cycles = int(str(body.body["cycles"]))
    before: Any = box_._production.m3(100)["volume"]
    box_.step(load_said(str(body.body["load"]), cycles * 1.5 * 0.7))
    after: Any = box_._production.m3(100)["volume"]
    assert (before["fill"], after["fill_loads"]) == (0.85, 1)
    assert 0.7 < after["fill"] < 0.76
    assert after["loose_error_m3"] < before["loose_error_m3"]
    later = watch("boot-2")
    later.restore(box_.snapshot())
    assert later._production.m3(100)["volume"] == after


def test_each_measured_load_narrows_the_interval_and_draws_the_fill_to_what_was_measured() -> None:
    load = Measured(100, 100 * 1.5 * 0.7, 10.0)
    errors, fills = zip(
        *[(made.fill_error, made.fill) for number in range(8) if (made := calibrated(GRAB, [load] * number))],
        strict=True,
    )
    assert list(errors) == sorted(errors, reverse=True)
    assert fills[0] == 0.85
    assert fills[-1] == pytest.approx(0.7, abs=0.01)
    assert errors[-1] == pytest.approx(1.96 * (0.03**2 + (10 / 1.96 / 150) ** 2 + (0.7 * 0.05 / 1.96) ** 2) ** 0.5 / 7**0.5 / 0.7, rel=0.05)  # fmt: skip


def test_load_that_the_counted_buckets_cannot_have_made_is_not_believed() -> None:
    assert calibrated(GRAB, [Measured(10, 150.0, 5.0), Measured(0, 20.0, 1.0)]) == GRAB


CARRIERS = (
    Carrier("CT-1", date(2027, 1, 1), hold_m3=60.0),
    Carrier("CT-2", date(2027, 1, 1), hold_m3=90.0),
)


def told(cycles: int) -> Told:
    return Told("load:boot-1.1", DAY.isoformat(), "GP-1", cycles)


def test_load_that_no_hold_of_the_list_can_take_is_a_lead() -> None:
    (finding,) = implausible([told(150)], CARRIERS, DAY, 150, GRAB, "GP-1")
    assert (finding.kind, finding.verdict) == (FindingKind.LOADS_IMPLAUSIBLE, Verdict.UNDETERMINED)
    assert [reason.code for reason in finding.because] == ["load_beyond_holds"]


def test_carriers_that_left_with_hardly_a_bucket_counted_are_a_lead() -> None:
    (finding,) = implausible([told(2)] * 5, CARRIERS, DAY, 10, GRAB, "GP-1")
    assert [reason.code for reason in finding.because] == ["loads_beyond_buckets"]


def test_ordinary_day_of_loads_is_none_and_nor_is_one_whose_carriers_nobody_measured() -> None:
    assert implausible([told(60)] * 4, CARRIERS, DAY, 240, GRAB, "GP-1") == ()
    unknown = (Carrier("CT-3", date(2027, 1, 1)),)
    assert implausible([told(150)] * 5, unknown, DAY, 150, GRAB, "GP-1") == ()
