"""A config on trial: what confirms it, what ends it, what is excused, and what the running agent notices."""

from pathlib import Path
from threading import Event as Flag

import pytest

from agent.run.flash.trial import OnTrial, dead_sources
from agent.run.settings import load_settings
from agent.types import ClockQuality, Fix, Health, Observation, Reading, SourceState, Stamp, Step, Tick
from builders import SECOND, fix, lost
from flash.flash_builders import Box, box, files, made

GNSS = '[gnss]\nsource = "/dev/ttyACM0"\n'
CAMERA = '[[camera]]\nname = "deck"\nurl = "/dev/video0"\n'
CARD = '[evidence]\nfolder = "/media/evidence"\n'


def look(at: float) -> Observation:
    return Observation(int(at * SECOND), "deck", 640, 360, 100.0, 50.0)


class Running:
    """The agent, as far as a trial sees it."""

    def __init__(self, held: Box, commits: int = 1) -> None:
        self.held, self.stop = held, Flag()
        self.run_dir = held.home.folder.parent / "run"
        settings = load_settings(held.home.settings_file())
        self.listener = OnTrial(held.home, settings, self.stop, lambda: commits, self.run_dir)

    def hears(self, *readings: Reading) -> "Running":
        for reading in readings:
            self.listener(reading, Step(Stamp(reading.mono_ns, None, ClockQuality.NONE)))
        return self

    def outcome(self) -> str | None:
        state = self.held.home.state()
        return None if state.trial is not None or state.last is None else state.last.what


@pytest.fixture
def held(tmp_path: Path) -> Box:
    held = box(tmp_path)
    held.take(made(files(more=GNSS + CAMERA), window_s=60))
    return held


def fixes(*seconds: float) -> list[Fix]:
    return [fix(at) for at in seconds]


def test_a_box_that_sees_hears_and_writes_keeps_the_new_config(held: Box) -> None:
    agent = Running(held).hears(*fixes(1, 2, 3), look(4), look(5))
    assert agent.outcome() is None
    agent.hears(look(6))
    assert agent.outcome() == "confirmed"
    assert not agent.stop.is_set()


def test_a_receiver_below_a_bridge_is_healthy(held: Box) -> None:
    agent = Running(held).hears(lost(1), lost(2), lost(3), look(4), look(5), look(6))
    assert agent.outcome() == "confirmed"


def test_a_camera_that_gives_nothing_brings_the_config_before_back(held: Box) -> None:
    agent = Running(held).hears(*fixes(*range(1, 60)))
    assert agent.outcome() is None
    agent.hears(fix(62))
    assert agent.outcome() == "rolled_back"
    assert "camera:deck" in held.home.state().last.detail  # type: ignore[union-attr]
    assert agent.stop.is_set()
    assert held.in_force().endswith(b"# the first\n")


def test_a_store_that_never_commits_brings_the_config_before_back(held: Box) -> None:
    agent = Running(held, commits=0).hears(*fixes(1, 2, 3), look(4), look(5), look(6), fix(61), fix(62))
    assert agent.outcome() == "rolled_back"
    assert "store" in held.home.state().last.detail  # type: ignore[union-attr]


def test_the_right_card_must_be_there(tmp_path: Path) -> None:
    held = box(tmp_path)
    held.take(made(files(more=CARD), window_s=60))
    agent = Running(held).hears(SourceState(SECOND, "card", Health.FAILED, "another card"), Tick(2 * SECOND))
    assert agent.outcome() is None
    agent.hears(SourceState(3 * SECOND, "card", Health.HEALTHY, "there"))
    assert agent.outcome() == "confirmed"


def test_a_camera_that_was_dead_before_does_not_stand_in_the_way_of_a_new_licence(tmp_path: Path) -> None:
    held = box(tmp_path, first=made(files(more=GNSS + CAMERA), sequence=1))
    agent = Running(held).hears(*fixes(*range(1, 20)))
    dead = dead_sources(agent.run_dir)
    assert dead == {"camera:deck": "/dev/video0"}
    held.take(made(files(more=GNSS + CAMERA + "# new\n"), window_s=60), dead=dead)
    assert Running(held).hears(*fixes(21, 22, 23)).outcome() == "confirmed"


def test_a_camera_at_another_place_has_to_show_itself(tmp_path: Path) -> None:
    held = box(tmp_path, first=made(files(more=GNSS + CAMERA), sequence=1))
    dead = dead_sources(Running(held).hears(*fixes(*range(1, 20))).run_dir)
    held.take(made(files(more=GNSS + CAMERA.replace("video0", "video2")), window_s=60), dead=dead)
    assert Running(held).hears(*fixes(*range(21, 100))).outcome() == "rolled_back"


def test_the_running_agent_ends_when_another_config_is_put_in_force(tmp_path: Path) -> None:
    held = box(tmp_path)
    agent = Running(held).hears(*fixes(1, 2, 3))
    held.take(made())
    agent.hears(fix(4))
    assert not agent.stop.is_set()
    agent.hears(fix(9))
    assert agent.stop.is_set()
    assert agent.outcome() is None
