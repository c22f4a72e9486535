"""Logs that nobody here made run through the whole agent, whatever is in them."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.outbox.view import View
from agent.run import identity
from agent.run.build import runs
from agent.run.journey import from_log
from agent.run.plan import load_plan
from agent.verify import verify

ROOT = Path(__file__).parents[2]
SHARED = ROOT.parent / "shared" / "data"
LOGS = sorted([*(SHARED / "nmea-gpsd").glob("*.log"), *(SHARED / "nmea-signalk").rglob("*.log")])


@pytest.mark.skipif(not LOGS, reason="the recorded logs of ../shared/data are not here")
def test_every_recorded_log_gives_a_chain_that_verifies(tmp_path: Path) -> None:
    plan = load_plan(ROOT / "config" / "agent.example.toml")
    positions = 0
    for number, log in enumerate(LOGS):
        state = tmp_path / str(number)
        journey = from_log(log, None, datetime(2026, 11, 20, 9, 50, tzinfo=UTC), plan.file, "deck")
        runs.replay(journey, plan, state)
        with View.open_reading(state) as view:
            report = verify(view.records(), identity.device_key(state / identity.KEY_FILE).public_key(), None)
            positions += sum(b'"kind":"track"' in raw for raw in view.records())
        assert report.faults == [], log.name
        assert report.records >= 1, log.name
    assert positions > len(LOGS) / 2
