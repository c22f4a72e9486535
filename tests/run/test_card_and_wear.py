"""The data card is the right one or nothing is written to its place; what is written in a day is known."""

import json
from datetime import UTC, datetime
from pathlib import Path
from threading import Event as Flag

import pytest
from typer.testing import CliRunner

from agent import durable
from agent.card import ON_CARD, adopt, guard
from agent.cli import app
from agent.errors import StoreError
from agent.eyes.eyes import Eyes
from agent.eyes.ring import Ring
from agent.run import live
from agent.run.inbox import Inbox
from agent.run.wear import UNDATED, Wear, days
from agent.types import Health, Seal, SourceState
from eyes.synthetic_clips import DrawnCamera, S
from hw.fakes import FakeClock


@pytest.fixture
def places(tmp_path: Path) -> tuple[Path, Path]:
    card, state = tmp_path / "card", tmp_path / "state"
    card.mkdir()
    adopt(card, state, "SW-1")
    return card, state


def test_right_card_is_no_obstacle(places: tuple[Path, Path]) -> None:
    assert guard(*places)() is None


def test_mount_point_without_its_card_is_refused_and_not_filled(places: tuple[Path, Path]) -> None:
    card, state = places
    (card / ON_CARD).unlink()  # what an unmounted card leaves: an empty folder
    eyes = Eyes(DrawnCamera(5), None, Ring(), card, guard=guard(card, state))
    list(eyes)
    sealed = eyes.seal(Seal("b.1", "deck", 0, 2 * S))
    assert sealed is not None
    assert sealed.files == ()
    assert sealed.problem is not None
    assert sealed.problem.startswith("the data card is missing")
    assert list(card.iterdir()) == []


def test_another_boxes_card_is_refused(places: tuple[Path, Path], tmp_path: Path) -> None:
    card, state = places
    adopt(card, tmp_path / "other", "SW-1")  # the same card: known
    assert guard(card, tmp_path / "other")() is None
    with pytest.raises(StoreError, match="is the data card of SW-1"):
        adopt(card, tmp_path / "third", "SW-2")
    (card / ON_CARD).write_text(json.dumps({"card": "feedfeed", "device": "SW-2"}), encoding="utf-8")
    problem = guard(card, state)()
    assert problem is not None
    assert "another card" in problem


def test_card_that_was_never_adopted_is_refused(tmp_path: Path) -> None:
    problem = guard(tmp_path, tmp_path / "state")()
    assert problem is not None
    assert "sandwatch card adopt" in problem


def test_card_that_goes_and_comes_back_is_told(places: tuple[Path, Path]) -> None:
    card, state = places
    inbox, stop = Inbox(), Flag()
    stop.set()  # one look each time
    live.watch_card(guard(card, state), inbox, FakeClock(), stop)
    (card / ON_CARD).unlink()
    live.watch_card(guard(card, state), inbox, FakeClock(), stop)
    told = [inbox.get(0), inbox.get(0)]
    assert [one.state for one in told if isinstance(one, SourceState)] == [Health.HEALTHY, Health.FAILED]


def test_card_is_adopted_and_checked_from_the_command_line(tmp_path: Path) -> None:
    (tmp_path / "card").mkdir()
    config = tmp_path / "agent.toml"
    config.write_text(
        f'[device]\nid = "SW-1"\nstate_dir = "{tmp_path}/state"\n[own_vessel]\nkind = "dredger"\n'
        f'[evidence]\nfolder = "{tmp_path}/card"\n',
        encoding="utf-8",
    )
    call = CliRunner().invoke
    assert call(app, ["card", "check", "--config", str(config)]).exit_code == 1
    assert call(app, ["card", "adopt", "--config", str(config)]).exit_code == 0
    assert call(app, ["card", "check", "--config", str(config)]).exit_code == 0


def test_bytes_and_fsyncs_of_a_day_add_up_over_restarts(tmp_path: Path) -> None:
    today = datetime(2026, 11, 20, 12, tzinfo=UTC)
    before = durable.fsyncs
    wear = Wear(tmp_path)
    wear.note(today, (0,), durable.fsyncs - before)
    assert days(tmp_path)[0].fsyncs == 0
    durable.write_file(tmp_path / "something", bytes(500_000))
    wear.note(today, (0,), durable.fsyncs - before)
    (day,) = days(tmp_path)
    assert day.day == "2026-11-20"
    assert day.bytes >= 500_000
    assert day.fsyncs >= 2
    again = Wear(tmp_path)
    again.note(None, (), 3)
    assert [(one.day, one.fsyncs) for one in days(tmp_path)][-1] == (UNDATED, 3)
    assert days(tmp_path)[0] == day


def test_damaged_note_of_the_wear_is_begun_anew(tmp_path: Path) -> None:
    (tmp_path / "wear.json").write_bytes(b"\0\0\0")
    assert days(tmp_path) == ()
    Wear(tmp_path).note(datetime(2026, 11, 20, tzinfo=UTC), (0,), 1)
    assert days(tmp_path)[0].fsyncs == 1
