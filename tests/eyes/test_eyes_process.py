"""The eyes in a process of their own: whatever becomes of it, the core lives on and knows."""

import contextlib
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.durable import evidence_path
from agent.eyes.worker import EyesProcess, Patience
from agent.types import Health, Look, Observation, Reading, Seal, Sealed, SourceState
from eyes.eyes_mains import Ending, Hanging, Watching, babbling, falling_over
from eyes.synthetic_clips import S
from hw.clock import SystemClock

ROOT = Path(__file__).parents[2]
EAGER = Patience(stall_s=20.0, first_wait_s=0.05, longest_wait_s=0.2, stop_s=5.0)
IMPATIENT = Patience(stall_s=5.0, first_wait_s=0.05, longest_wait_s=0.2, stop_s=5.0)

Start = Callable[..., EyesProcess]


@pytest.fixture
def start() -> Iterator[Start]:
    started: list[EyesProcess] = []

    def begin(main: Callable[[socket.socket], None], patience: Patience = EAGER) -> EyesProcess:
        started.append(EyesProcess(main, SystemClock(), patience=patience, jitter=random.Random(1)))
        return started[-1]

    yield begin
    for eyes in started:
        eyes.close()


def until(readings: Iterator[Reading], wanted: Callable[[Reading], bool]) -> list[Reading]:
    """Readings up to and with the first that is wanted; pytest's own time limit ends a vain wait."""
    taken = []
    for reading in readings:
        taken.append(reading)
        if wanted(reading):
            return taken
    raise AssertionError(f"the eyes ended before what was waited for; last: {taken[-3:]}")


def seen(reading: Reading) -> bool:
    return isinstance(reading, Observation)


def answered(reading: Reading) -> bool:
    return isinstance(reading, Sealed)


def told(state: Health) -> Callable[[Reading], bool]:
    return lambda reading: isinstance(reading, SourceState) and reading.state is state


def states(readings: list[Reading]) -> list[Health]:
    return [reading.state for reading in readings if isinstance(reading, SourceState)]


def running_pid(eyes: EyesProcess) -> int:
    assert eyes.pid is not None
    return eyes.pid


def is_running(pid: int) -> bool:
    """Whether the process lives; one that has ended and is not yet waited for (Z) does not."""
    try:
        status = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except OSError:
        return False
    return status.rpartition(")")[2].split()[0] != "Z"


def test_observations_come_up_and_stills_are_sealed_on_order(start: Start, tmp_path: Path) -> None:
    eyes = start(Watching(tmp_path))
    readings = iter(eyes)
    taken = until(readings, seen)
    assert states(taken) == [Health.HEALTHY]
    last = taken[-1]
    assert isinstance(last, Observation)
    assert last.detections is not None
    assert abs(last.mono_ns - time.monotonic_ns()) < 60 * S  # one clock on both sides
    eyes.seal(Seal("box-1.7.1", "deck", last.mono_ns - S, last.mono_ns))
    answer = until(readings, answered)[-1]
    assert isinstance(answer, Sealed)
    assert answer.problem is None
    assert answer.files
    for file in answer.files:
        assert evidence_path(tmp_path, file.sha256, file.media_type).stat().st_size == file.size_bytes


def test_core_lives_on_when_the_eyes_are_killed_and_sees_again(start: Start, tmp_path: Path) -> None:
    eyes = start(Watching(tmp_path))
    readings = iter(eyes)
    for life in (1, 2, 3):
        until(readings, seen)
        os.kill(running_pid(eyes), signal.SIGKILL)
        fallen = until(readings, told(Health.FAILED))[-1]
        assert isinstance(fallen, SourceState)
        assert fallen.source == "eyes"
        assert "was ended by signal 9 (Killed)" in fallen.reason
        again = until(readings, told(Health.HEALTHY))
        assert states(again) == [Health.RECOVERING, Health.HEALTHY]
        assert eyes.starts == life + 1
    until(readings, seen)


def test_looks_are_remembered_over_a_death(start: Start, tmp_path: Path) -> None:
    eyes = start(Watching(tmp_path, interval_s=3600.0))
    eyes.look(Look("deck", 0.02))
    readings = iter(eyes)
    until(readings, seen)
    os.kill(running_pid(eyes), signal.SIGKILL)
    until(readings, told(Health.FAILED))
    until(readings, seen)  # in an hour, had the new process not been told


def test_order_that_died_with_the_eyes_is_answered(start: Start, tmp_path: Path) -> None:
    eyes = start(Watching(tmp_path))
    readings = iter(eyes)
    until(readings, seen)
    os.kill(running_pid(eyes), signal.SIGSTOP)
    eyes.seal(Seal("box-1.7.1", "deck", 0, 5 * S))
    os.kill(running_pid(eyes), signal.SIGKILL)
    answer = until(readings, answered)[-1]
    assert isinstance(answer, Sealed)
    assert (answer.event_id, answer.mono_ns, answer.files) == ("box-1.7.1", 5 * S, ())
    assert answer.problem is not None
    assert answer.problem.startswith("nothing was kept: the process of the eyes was ended by signal 9")


def test_order_before_the_eyes_run_is_answered(start: Start, tmp_path: Path) -> None:
    eyes = start(Watching(tmp_path))
    eyes.seal(Seal("box-1.7.1", "deck", 0, 5 * S))
    first = next(iter(eyes))
    assert first == Sealed(5 * S, "box-1.7.1", (), "nothing was kept: the eyes are not running", "deck")


def test_stopped_process_is_noticed_killed_and_started_again(start: Start, tmp_path: Path) -> None:
    eyes = start(Watching(tmp_path), IMPATIENT)
    readings = iter(eyes)
    until(readings, seen)
    stopped = running_pid(eyes)
    os.kill(stopped, signal.SIGSTOP)
    silent = until(readings, told(Health.SILENT))[-1]
    assert isinstance(silent, SourceState)
    assert "gave no sign of life" in silent.reason
    until(readings, seen)
    assert running_pid(eyes) != stopped
    assert not is_running(stopped)


def test_hung_decoder_is_noticed_though_its_process_lives(start: Start, tmp_path: Path) -> None:
    eyes = start(Hanging(tmp_path), IMPATIENT)
    assert states(until(iter(eyes), told(Health.SILENT)))[-1] is Health.SILENT


def test_film_at_its_end_is_no_stall_and_its_pictures_can_still_be_kept(start: Start, tmp_path: Path) -> None:
    eyes = start(Ending(tmp_path), IMPATIENT)
    readings = iter(eyes)
    last = until(readings, seen)[-1]
    waited = time.monotonic() + 1.4 * IMPATIENT.stall_s
    while time.monotonic() < waited:
        time.sleep(0.5)
    eyes.seal(Seal("box-1.7.1", "deck", last.mono_ns - S, last.mono_ns))
    assert states(until(readings, answered)) == []
    assert eyes.starts == 1


def test_full_pipe_never_holds_up_the_core(start: Start, tmp_path: Path) -> None:
    eyes = start(Watching(tmp_path))
    readings = iter(eyes)
    until(readings, seen)
    os.kill(running_pid(eyes), signal.SIGSTOP)
    for number in range(5_000):  # far more than the socket takes
        eyes.look(Look("deck", 0.01 + number / 1e6))
        eyes.seal(Seal(f"box-1.7.{number}", "deck", 0, 5 * S))
    refusal = until(readings, answered)[-1]
    assert isinstance(refusal, Sealed)
    assert refusal.problem is not None
    assert "64 orders unanswered" in refusal.problem


def test_core_that_does_not_read_gets_the_newest_look_and_a_count_of_the_rest(
    start: Start, tmp_path: Path
) -> None:
    eyes = start(Watching(tmp_path, interval_s=0.0))
    readings = iter(eyes)
    first = until(readings, seen)[-1]
    while eyes.dropped < 50:
        time.sleep(0.01)
    newest = until(readings, seen)[-1]
    assert newest.mono_ns > first.mono_ns


@pytest.mark.parametrize(
    ("main", "sentence"),
    [(falling_over, "ended with code 3"), (babbling, "sent what is no message")],
)
def test_eyes_that_cannot_even_start_are_failed_and_tried_again(
    start: Start, main: Callable[[socket.socket], None], sentence: str
) -> None:
    eyes = start(main)
    readings = iter(eyes)
    for _ in range(2):
        fallen = until(readings, told(Health.FAILED))[-1]
        assert isinstance(fallen, SourceState)
        assert sentence in fallen.reason


def test_close_ends_process_and_iteration(start: Start, tmp_path: Path) -> None:
    eyes = start(Watching(tmp_path))
    readings = iter(eyes)
    until(readings, seen)
    pid = running_pid(eyes)
    eyes.close()
    assert not is_running(pid)
    assert all(not told(Health.FAILED)(reading) for reading in readings)
    eyes.close()


def test_eyes_end_when_the_core_is_killed(tmp_path: Path) -> None:
    core = subprocess.Popen(
        [sys.executable, "-m", "eyes.eyes_mains", str(tmp_path)],
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
        cwd=ROOT,
    )
    try:
        pid_file = tmp_path / "pid"
        while not pid_file.exists():
            assert core.poll() is None
            time.sleep(0.05)
        eyes_pid = int(pid_file.read_text(encoding="ascii"))
        assert is_running(eyes_pid)
    finally:
        core.kill()
        core.wait()
    with contextlib.suppress(ProcessLookupError):
        while is_running(eyes_pid):
            time.sleep(0.05)


def test_core_side_loads_neither_opencv_nor_pyav() -> None:
    loaded = subprocess.run(
        [sys.executable, "-c", "import sys, agent.eyes.worker; print(*sorted(sys.modules))"],
        cwd=ROOT,
        check=True,
        capture_output=True,
        text=True,
    ).stdout.split()
    assert "agent.eyes.worker" in loaded
    assert not {"cv2", "av"} & set(loaded)
