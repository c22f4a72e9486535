"""An agent that ends again and again: USB power first, a reboot at most once an hour."""

from pathlib import Path

from agent.run.build.boxing import escalate
from agent.run.escalation import NO_REBOOT_BEFORE_S, History, Measure, judge, load, save
from hw.usb import cycle


def failing(start_s: float, every_s: float, count: int, history: History | None = None) -> list[Measure]:
    done, held = [], history or History()
    for number in range(count):
        measure, held = judge(held, "watchdog", start_s + number * every_s)
        done.append(measure)
    return done


def test_the_third_failure_cuts_the_power_of_usb_and_the_sixth_reboots() -> None:
    done = failing(NO_REBOOT_BEFORE_S, 60, 6)
    assert [str(measure) for measure in done] == [
        "nothing",
        "nothing",
        "power_cycle",
        "nothing",
        "nothing",
        "reboot",
    ]


def test_in_the_first_hour_of_a_boot_nothing_reboots() -> None:
    assert Measure.REBOOT not in failing(30, 20, 170)
    assert Measure.REBOOT in failing(30, 20, 190)


def test_failures_far_apart_are_no_series() -> None:
    assert set(failing(NO_REBOOT_BEFORE_S, 1000, 50)) == {Measure.NOTHING}


def test_an_end_that_was_wanted_counts_nothing() -> None:
    history = History((1.0, 2.0))
    assert judge(history, "success", 3.0) == (Measure.NOTHING, history)


def test_what_is_remembered_is_of_this_boot_and_survives_a_damaged_note(tmp_path: Path) -> None:
    save(tmp_path, History((1.0, 2.5), 2.5))
    assert load(tmp_path) == History((1.0, 2.5), 2.5)
    (tmp_path / "failures.json").write_bytes(b"{")
    assert load(tmp_path) == History()
    assert escalate("exit-code", tmp_path, 10.0) == ""
    assert load(tmp_path).failures_s == (10.0,)


def test_every_hub_is_let_go_and_taken_again(tmp_path: Path) -> None:
    for hub in ("usb1", "usb2"):
        (tmp_path / hub).mkdir()
        (tmp_path / hub / "authorized").write_text("1", encoding="ascii")
    (tmp_path / "usb3").mkdir()
    (tmp_path / "usb3" / "authorized").mkdir()
    (tmp_path / "1-1").mkdir()
    assert cycle(tmp_path) == ["usb1", "usb2"]
    assert (tmp_path / "usb2" / "authorized").read_text(encoding="ascii") == "1"
