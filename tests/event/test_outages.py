"""When a camera or receiver was away, the chain says from when to when."""

import json

from agent.event.outages import MOST_AN_HOUR, Outages
from agent.types import Body, Health, SourceState
from builders import SECOND, stamp


def tell(outages: Outages, at: int, state: Health, source: str = "camera:deck") -> tuple[Body, ...]:
    return outages.step(SourceState(at * SECOND, source, state, f"camera deck is {state}"), stamp(at))


def test_each_change_is_a_record_and_the_time_away_is_a_gap() -> None:
    outages = Outages()
    states = [(0, Health.HEALTHY), (10, Health.SILENT), (40, Health.FAILED), (70, Health.RECOVERING)]
    assert [body.kind for at, state in states for body in tell(outages, at, state)] == ["source"] * 4
    change, gap = tell(outages, 75, Health.HEALTHY)
    assert (change.body["source"], change.body["state"]) == ("camera:deck", "healthy")
    assert gap.kind == "gap"
    assert (gap.body["from_mono_ns"], gap.body["to_mono_ns"]) == (str(10 * SECOND), str(75 * SECOND))
    assert gap.body["why"] == "camera deck is silent"


def test_film_that_ends_leaves_no_gap() -> None:
    outages = Outages()
    tell(outages, 0, Health.HEALTHY)
    assert [body.kind for body in tell(outages, 10, Health.ENDED)] == ["source"]
    assert [body.kind for body in tell(outages, 20, Health.HEALTHY)] == ["source"]


def test_camera_that_flaps_all_day_does_not_fill_the_card_and_every_gap_is_there() -> None:
    outages = Outages()
    bodies = [
        body
        for minute in range(24 * 60)
        for at, state in ((60 * minute, Health.FAILED), (60 * minute + 30, Health.HEALTHY))
        for body in tell(outages, at, state)
    ]
    changes = [body for body in bodies if body.kind == "source"]
    assert len(changes) <= 24 * MOST_AN_HOUR + 2
    assert len(bodies) - len(changes) == 24 * 60
    told = len(changes) + sum(int(str(body.body["left_out"])) for body in changes)
    assert 2 * 24 * 60 - told < 2 * 60  # the last hour's are still to be said


def test_one_camera_that_flaps_hides_no_other() -> None:
    outages = Outages()
    for at in range(100):
        tell(outages, at, Health.FAILED)
    assert tell(outages, 100, Health.FAILED, "camera:mast") != ()


def test_restart_forgets_no_gap() -> None:
    before, after = Outages(), Outages()
    tell(before, 10, Health.SILENT)
    after.restore(json.loads(json.dumps(before.snapshot())))
    assert tell(after, 50, Health.HEALTHY) == tell(before, 50, Health.HEALTHY)
