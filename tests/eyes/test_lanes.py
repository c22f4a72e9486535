"""A camera whose driver hangs is told, and costs that camera only."""

import threading
import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from agent.eyes.lanes import Lane
from agent.eyes.mailbox import Mailbox
from agent.eyes.worker import EyesProcess, Patience
from agent.types import Health, Observation, Seal, Sealed, SourceState
from eyes.eyes_mains import TwoCameras, falling_over
from eyes.synthetic_clips import S
from hw.clock import SystemClock
from hw.fakes import FakeClock

Outbound = Mailbox[Observation | SourceState | Sealed]


class Driver:
    """A camera that gives a look when it is let, and hangs until then."""

    def __init__(self) -> None:
        self.beats = 0
        self.let = threading.Semaphore(0)
        self.falls = 0

    def __iter__(self) -> Iterator[Observation]:
        while True:
            self.let.acquire()
            if self.falls:
                self.falls -= 1
                raise RuntimeError("the driver fell over")
            self.beats += 1
            yield Observation(self.beats * S, "deck", 320, 180, 90.0, 50.0)


def lane(driver: Driver, clock: FakeClock) -> tuple[Lane, Outbound]:
    outbound: Outbound = Mailbox()
    watched = Lane("camera:deck", driver, outbound, clock)
    threading.Thread(target=watched.run, daemon=True).start()
    return watched, outbound


def told(outbound: Outbound, timeout_s: float = 10.0) -> Observation | SourceState | Sealed:
    item = outbound.take(timeout_s)
    assert item is not None
    return item


def test_driver_that_hangs_is_silent_once_and_healthy_with_its_next_picture() -> None:
    driver, clock = Driver(), FakeClock()
    watched, outbound = lane(driver, clock)
    driver.let.release()
    told(outbound)
    watched.tend(clock.mono_ns())
    for _ in range(10):
        clock.advance(10)
        watched.tend(clock.mono_ns())
    silent = told(outbound)
    assert isinstance(silent, SourceState)
    assert (silent.source, silent.state) == ("camera:deck", Health.SILENT)
    assert silent.reason == "camera deck hangs: its driver has not answered for 40 s"
    driver.let.release()
    healthy = told(outbound)
    assert isinstance(healthy, SourceState)
    assert healthy.state is Health.HEALTHY
    assert isinstance(told(outbound), Observation)
    assert watched.tend(clock.mono_ns()) == 0


def test_hanging_is_measured_so_that_a_new_process_can_be_decided_on() -> None:
    driver, clock = Driver(), FakeClock()
    watched, _ = lane(driver, clock)
    watched.tend(clock.mono_ns())
    clock.advance(400)
    assert watched.tend(clock.mono_ns()) == 400


def test_camera_that_falls_over_is_failed_and_takes_no_other_with_it() -> None:
    driver = Driver()
    driver.falls = 1
    _, outbound = lane(driver, FakeClock())
    driver.let.release()
    failed = told(outbound)
    assert isinstance(failed, SourceState)
    assert failed.state is Health.FAILED
    assert "fell over: RuntimeError" in failed.reason


def test_hung_camera_holds_up_neither_the_looks_nor_the_seals_of_another(tmp_path: Path) -> None:
    eyes = EyesProcess(TwoCameras(tmp_path), SystemClock())
    try:
        readings = iter(eyes)
        looks = list(islice((r for r in readings if isinstance(r, Observation)), 5))
        assert {look.camera for look in looks} == {"deck"}
        eyes.seal(Seal("b.1", "deck", looks[0].mono_ns, looks[-1].mono_ns))
        eyes.seal(Seal("b.1", "mast", looks[0].mono_ns, looks[-1].mono_ns))
        answers = list(islice((r for r in readings if isinstance(r, Sealed)), 2))
        assert [bool(answer.files) for answer in sorted(answers, key=lambda one: one.camera)] == [True, False]
        assert eyes.starts == 1
    finally:
        eyes.close()


def test_process_that_cannot_live_is_started_no_more_than_its_budget() -> None:
    patience = Patience(first_wait_s=0.01, longest_wait_s=0.02, most_starts=3)
    eyes = EyesProcess(falling_over, SystemClock(), patience=patience)
    threading.Thread(target=lambda: list(eyes), daemon=True).start()
    try:
        while eyes.starts < 3:
            time.sleep(0.05)
        time.sleep(1.0)
        assert eyes.starts == 3
    finally:
        eyes.close()
