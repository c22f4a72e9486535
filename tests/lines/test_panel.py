"""Lamps, buzzer, button and key on gpiozero's mock pins: what the crew sees, and what the technician sees."""

from collections.abc import Iterator
from pathlib import Path
from threading import Event as Flag

import pytest
from gpiozero.pins.mock import MockFactory
from typer.testing import CliRunner

from agent.cli import app
from agent.errors import SettingsError, SourceError
from agent.run.build.showing import run
from agent.run.flash.home import Home, Outcome, State
from agent.run.lanes import Lanes
from agent.run.panel_card import MEANING, STICK
from agent.run.settings import parse_settings
from agent.run.signs import Signs, StickNews
from agent.types import Health, Reading, SourceState, Step, Tick
from builders import fix, lost, stamp
from hw.fakes import FakeClock
from hw.panel import LAMP, STEP_S, TOLD, News, Panel, Pins, Sign, lit

PINS = Pins(power_lamp=5, health_lamp=6, buzzer=13, button=19, key=26)
CARD = Path(__file__).parents[2] / "docs" / "images" / "panel-card.svg"
CONFIG = '[device]\nid = "SW-1"\n[own_vessel]\nkind = "dredger"\n'
NOTHING = Step(stamp())


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    made = MockFactory()
    yield made
    made.close()


def seen(panel: Panel, factory: MockFactory, clock: FakeClock, pin: int, seconds: float) -> str:
    """A letter for each tenth of a second: # lit, . dark."""
    shown = ""
    for _ in range(round(seconds / STEP_S)):
        panel.step()
        shown += "#" if factory.pin(pin).state else "."
        clock.advance(STEP_S)
    return shown


def test_the_crew_sees_power_and_nothing_of_what_the_box_sees(factory: MockFactory) -> None:
    clock = FakeClock()
    panel = Panel(PINS, clock, factory)
    panel.show(Sign.BLIND)
    assert seen(panel, factory, clock, 6, 5) == "." * 50
    assert seen(panel, factory, clock, 5, 1) == "#" * 10
    assert seen(panel, factory, clock, 13, 1) == "." * 10
    panel.close()


def test_with_the_key_turned_the_flashes_are_counted(factory: MockFactory) -> None:
    clock = FakeClock()
    panel = Panel(PINS, clock, factory)
    panel.show(Sign.BLIND)
    factory.pin(26).drive_low()
    shown = seen(panel, factory, clock, 6, 2.9)
    assert [len(part) for part in shown.split(".") if part] == [3, 3]  # twice three tenths of a second
    assert shown.endswith("." * 19)
    factory.pin(26).drive_high()
    assert "#" not in seen(panel, factory, clock, 6, 5)
    panel.close()


def test_the_button_makes_the_power_lamp_nod_and_only_once_a_press(factory: MockFactory) -> None:
    clock = FakeClock()
    panel = Panel(PINS, clock, factory)
    factory.pin(19).drive_low()
    assert seen(panel, factory, clock, 5, 3) == "..###..###" + "#" * 20
    factory.pin(19).drive_high()
    assert seen(panel, factory, clock, 5, 1) == "#" * 10
    panel.close()


def test_what_became_of_a_stick_is_said_to_whoever_put_it_in(factory: MockFactory) -> None:
    clock = FakeClock()
    panel = Panel(PINS, clock, factory)
    panel.tell(News.REFUSED)
    assert seen(panel, factory, clock, 13, 2) == "##..##..##.." + "." * 8
    panel.tell(News.CONFIRMED)
    assert seen(panel, factory, clock, 6, 3) == "#" * 15 + "." * 15
    panel.close()


def test_closing_leaves_every_lamp_dark(factory: MockFactory) -> None:
    clock = FakeClock()
    panel = Panel(PINS, clock, factory)
    panel.step()
    panel.close()
    assert not factory.pin(5).state


def test_a_pin_in_use_is_a_sentence(factory: MockFactory) -> None:
    panel = Panel(PINS, FakeClock(), factory)
    with pytest.raises(SourceError, match="the panel's pins cannot be used"):
        Panel(PINS, FakeClock(), factory)
    panel.close()


def told(*readings: Reading) -> Sign:
    signs = Signs(Lanes(FakeClock()))
    for reading in readings:
        signs(reading, NOTHING)
    return signs.sign()


def test_signs_of_a_run() -> None:
    assert told() is Sign.NO_POSITION
    assert told(fix(1.0)) is Sign.WELL
    assert told(fix(1.0), lost(2.0)) is Sign.WELL  # below a bridge
    assert told(fix(1.0), Tick(70 * 10**9)) is Sign.NO_POSITION
    dead = SourceState(2 * 10**9, "camera:deck", Health.FAILED, "no answer")
    assert told(fix(1.0), dead) is Sign.BLIND
    assert told(fix(1.0), dead, SourceState(3 * 10**9, "camera:deck", Health.HEALTHY, "")) is Sign.WELL
    assert told(fix(1.0), dead, SourceState(3 * 10**9, "card", Health.FAILED, "gone")) is Sign.NO_ROOM


def test_a_lane_that_stands_still_is_told_before_what_it_no_longer_sees() -> None:
    clock = FakeClock()
    lanes = Lanes(clock)
    lanes.lane("eyes", 60.0)
    signs = Signs(lanes)
    clock.advance(61.0)
    assert signs.sign() is Sign.STUCK


def test_what_became_of_a_stick_is_told_once_and_after_a_new_start_too(tmp_path: Path) -> None:
    home = Home(tmp_path / "config")
    home.folder.mkdir()
    state = tmp_path / "state"
    state.mkdir()
    assert StickNews(home, state).fresh() is None
    with home.locked():
        home.write_state(State(last=Outcome(what="rolled_back", sequence=3)))
    assert StickNews(home, state).fresh() is News.ROLLED_BACK  # another process than the one that rolled back
    assert StickNews(home, state).fresh() is None
    home.note_refusal(Outcome(what="signature", utc="2026-11-25T03:00:00Z"))
    news = StickNews(home, state)
    assert news.fresh() is News.REFUSED
    assert news.fresh() is None


def test_a_box_that_cannot_say_how_it_is_keeps_its_power_lamp(factory: MockFactory) -> None:
    clock = FakeClock()
    panel = Panel(PINS, clock, factory)
    stop = Flag()

    def broken() -> Sign:
        stop.set()
        raise OSError("the disk is gone")

    run(panel, broken, None, stop)
    assert factory.pin(5).state
    panel.close()


def test_a_health_lamp_without_a_key_and_pins_used_twice_are_refused() -> None:
    with pytest.raises(SettingsError, match="the crew would know when the box sees nothing"):
        parse_settings(CONFIG + "[panel]\nhealth_lamp = 6\n", "agent.toml")
    line = '[[line]]\nname = "pump"\npin = 5\n[panel]\npower_lamp = 5\n'
    with pytest.raises(SettingsError, match="pin 5 is used twice"):
        parse_settings(CONFIG + line, "agent.toml")
    panel = parse_settings(
        CONFIG + "[panel]\npower_lamp = 5\nhealth_lamp = 6\nkey = 26\n", "agent.toml"
    ).panel
    assert panel is not None
    assert panel.pins() == (5, 6, 26)


def test_no_two_patterns_are_alike_and_each_is_on_the_card() -> None:
    shown = [tuple(lit(pattern, at * 10**8) for at in range(60)) for pattern in LAMP.values()]
    assert len(set(shown)) == len(Sign) == len(MEANING)
    assert len(set(TOLD.values())) == len(News) == len(STICK)


def test_the_card_in_the_docs_is_the_one_that_is_drawn(tmp_path: Path) -> None:
    out = tmp_path / "card.svg"
    done = CliRunner().invoke(app, ["panel", "card", "--out", str(out)])
    assert done.exit_code == 0, done.output
    assert out.read_text("utf-8") == CARD.read_text("utf-8"), f"sandwatch panel card --out {CARD}"
