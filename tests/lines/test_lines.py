"""The machine's own contacts, on gpiozero's mock pins, which answer as if electricity had come."""

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
from gpiozero.pins.mock import MockFactory

from agent.errors import SettingsError
from agent.run.settings import parse_settings
from agent.types import Health, Signal, SourceState
from hw.fakes import FakeClock
from hw.lines import POLL_S, Accelerometer, Line, Lines

CONFIG = '[device]\nid = "SW-1"\n[own_vessel]\nkind = "dredger"\n'


@pytest.fixture
def factory() -> Iterator[MockFactory]:
    made = MockFactory()
    yield made
    made.close()


def poll(lines: Lines, clock: FakeClock, seconds: float) -> list[Signal | SourceState]:
    said: list[Signal | SourceState] = []
    for _ in range(round(seconds / POLL_S)):
        said += lines.step()
        clock.advance(POLL_S)
    return said


def values(said: list[Signal | SourceState]) -> list[tuple[str, float]]:
    return [(item.name, item.value) for item in said if isinstance(item, Signal)]


def test_contact_of_the_pump_is_told_when_it_closes_and_when_it_opens(factory: MockFactory) -> None:
    clock = FakeClock()
    lines = Lines((Line("pump", 17),), clock, factory=factory)
    assert values(poll(lines, clock, 5)) == [("pump", 0.0)]
    factory.pin(17).drive_low()
    assert values(poll(lines, clock, 5)) == [("pump", 1.0)]
    factory.pin(17).drive_high()
    assert values(poll(lines, clock, 5)) == [("pump", 0.0)]
    lines.close()


def test_contact_to_3v3_is_on_when_the_pin_is_high(factory: MockFactory) -> None:
    clock = FakeClock()
    lines = Lines((Line("hydraulic", 22, "3v3"),), clock, factory=factory)
    poll(lines, clock, 1)
    factory.pin(22).drive_high()
    assert values(poll(lines, clock, 1)) == [("hydraulic", 1.0)]
    lines.close()


def test_line_that_stays_is_told_again_so_that_old_word_is_not_taken_for_new(factory: MockFactory) -> None:
    clock = FakeClock()
    lines = Lines((Line("pump", 17),), clock, factory=factory)
    assert len(values(poll(lines, clock, 100))) == 4
    lines.close()


def test_spark_of_one_reading_is_no_change(factory: MockFactory) -> None:
    clock = FakeClock()
    lines = Lines((Line("pump", 17),), clock, factory=factory)
    poll(lines, clock, 1)
    factory.pin(17).drive_low()
    said = poll(lines, clock, POLL_S)
    factory.pin(17).drive_high()
    assert values(said + poll(lines, clock, 2)) == []
    lines.close()


def test_pin_that_another_program_holds_is_a_failed_source_once_and_comes_back(factory: MockFactory) -> None:
    clock = FakeClock()
    first = Lines((Line("pump", 17),), clock, factory=factory)
    poll(first, clock, 1)
    second = Lines((Line("pump", 17),), clock, factory=factory)
    (failed,) = poll(second, clock, 25)
    assert isinstance(failed, SourceState)
    assert (failed.source, failed.state) == ("line:pump", Health.FAILED)
    assert "pin 17" in failed.reason
    first.close()
    back, told = poll(second, clock, 11)
    assert isinstance(back, SourceState)
    assert back.state is Health.HEALTHY
    assert values([told]) == [("pump", 0.0)]
    second.close()


@pytest.mark.parametrize(("name", "told"), [("tamper", "lid was opened"), ("mains", "runs on its battery")])
def test_lid_and_mains_are_told_when_they_change_and_a_cut_wire_like_an_open_lid(
    factory: MockFactory, name: str, told: str
) -> None:
    clock = FakeClock()
    lines = Lines((Line(name, 17),), clock, factory=factory)
    poll(lines, clock, 1)
    factory.pin(17).drive_low()
    (well,) = poll(lines, clock, 120)
    factory.pin(17).drive_high()  # by the pull-up: nothing holds the pin to ground any more
    (failed,) = poll(lines, clock, 120)
    assert isinstance(well, SourceState)
    assert isinstance(failed, SourceState)
    assert (well.source, well.state) == (f"line:{name}", Health.HEALTHY)
    assert failed.state is Health.FAILED
    assert told in failed.reason
    lines.close()


class Hull:
    """The files of an accelerometer on a hull that shakes by so many g, 8 times a second."""

    def __init__(self, folder: Path, shakes_g: float) -> None:
        self.folder, self._shakes, self._at_s = folder, shakes_g, 0.0
        (folder / "in_accel_scale").write_text("0.0001\n")
        self.wait(0.0)

    def wait(self, seconds: float) -> None:
        self._at_s += seconds
        shaken = self._shakes * math.sqrt(2) * 9.80665 * math.sin(2 * math.pi * 8 * self._at_s)
        for axis, value in (("x", shaken), ("y", 0.0), ("z", 9.80665)):
            (self.folder / f"in_accel_{axis}_raw").write_text(f"{round(value / 0.0001)}\n")


@pytest.mark.parametrize("shakes_g", [0.0, 0.02, 0.2])
def test_vibration_is_how_much_the_hull_shakes_without_gravity(tmp_path: Path, shakes_g: float) -> None:
    hull = Hull(tmp_path, shakes_g)
    assert Accelerometer(tmp_path, hull.wait).read() == pytest.approx(shakes_g, abs=0.002)


def test_accelerometer_that_is_not_there_is_a_failed_source_and_no_quiet_hull(tmp_path: Path) -> None:
    clock = FakeClock()
    lines = Lines((), clock, accelerometer=tmp_path / "none", wait=lambda _: None)
    (failed,) = poll(lines, clock, 25)
    assert isinstance(failed, SourceState)
    assert failed.source == "line:vibration"
    (tmp_path / "none").mkdir()
    Hull(tmp_path / "none", 0.1)
    back, told = poll(lines, clock, 10)
    assert isinstance(back, SourceState)
    assert isinstance(told, Signal)
    lines.close()


def test_two_lines_on_one_pin_are_refused() -> None:
    two = '[[line]]\nname = "pump"\npin = 17\n[[line]]\nname = "hydraulic"\npin = 17\n'
    with pytest.raises(SettingsError, match="same name or pin"):
        parse_settings(CONFIG + two, "agent.toml")
