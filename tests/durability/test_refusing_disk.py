"""Every system call of an event's life as the last one, and as one that the disk refuses."""

from collections import Counter
from pathlib import Path

import pytest

from agent.event import chain
from agent.outbox.store import Store
from durability import needs
from durability.box import Checked, numbers, some_events
from durability.strace import finished, injected
from outbox.outbox_builders import DEVICE

CALLS = ("pwrite64", "write", "fsync", "fdatasync", "rename", "unlink", "ftruncate", "openat", "mkdir")
REFUSED = ("pwrite64", "write", "fsync", "fdatasync")
EVENTS_WHERE_REFUSED = 4


def killed_at(folder: Path, call: str, number: int) -> bool:
    """Kill the box at the `number`th `call` of starting and of one event's life; False if there are not so many."""
    child, tracer = injected(some_events(folder, 1), call, f"signal=SIGKILL:when={number}")
    said = child.rest()
    came = finished(tracer)
    status = child.wait()
    assert came == (status == -9), f"{call} {number}: ended with {status}"
    with Store.open(folder, DEVICE) as store:
        checked = Checked()
        checked.look(store, max([0, *numbers(said)]))
        whole = store.head().seq
        assert whole in (0, 1), "a part of an event"
        files = {path for path in store.evidence_root.rglob("*") if path.is_file()}
        known = {each.file.sha256 for each in store.strays} | {
            row[0] for row in store._rows("SELECT sha256 FROM evidence")
        }
        assert {path.name.split(".")[0] for path in files} <= known, "an orphan after the sweep"
        assert not [path for path in files if path.name.endswith(".part")]
    return came


def every_call(folder: Path, calls: tuple[str, ...], step: int = 1) -> int:
    points = 0
    for call in calls:
        number = 1
        while killed_at(folder / f"{call}-{number}", call, number):
            points += 1
            number += step
    return points


def refused_at(folder: Path, call: str, error: str, number: int, more: str = "") -> bool:
    """One call (or `more` of them) is refused: no false word, no crash, and everything is there in the end."""
    child, tracer = injected(
        some_events(folder, EVENTS_WHERE_REFUSED, give_up=12), call, f"error={error}:when={number}{more}"
    )
    said = child.rest()
    came = finished(tracer)
    assert child.wait() == 0, f"{call} {number} {error}: the box died of it"
    with Store.open(folder, DEVICE) as store:
        Checked().look(store, max(numbers(said)))
        records = [chain.read_record(raw) for raw in store.records()]
    kinds = Counter(record.kind for record in records)
    refused = said.count("refused")
    assert kinds == Counter({"event.opened": EVENTS_WHERE_REFUSED, "disk.refused": min(refused, 1)})
    assert sum(int(str(record.body.get("times", 0))) for record in records) == refused
    return came


@pytest.fixture
def strace() -> None:
    needs.programs("strace")
    needs.root()


def test_an_event_cut_off_at_a_write_or_a_sync_is_whole_or_not_there(tmp_path: Path, strace: None) -> None:
    assert every_call(tmp_path, ("fdatasync", "rename")) >= 4


def test_a_disk_that_refuses_once_is_asked_again_and_nothing_is_said_falsely(
    tmp_path: Path, strace: None
) -> None:
    for number in (1, 4, 8, 12):
        for call, error in (("pwrite64", "ENOSPC"), ("fdatasync", "EIO")):
            refused_at(tmp_path / f"{call}-{number}", call, error, number)


@pytest.mark.soak
def test_syscall_by_syscall_one_events_life(tmp_path: Path, strace: None) -> None:
    points = every_call(tmp_path, CALLS)
    print(f"\n{points} system calls as the last one: the whole event or none, no orphan")  # noqa: T201
    assert points >= 60


@pytest.mark.soak
def test_refused_writes_and_syncs_at_two_hundred_points(tmp_path: Path, strace: None) -> None:
    points = 0
    for call in REFUSED:
        for error in ("EIO", "ENOSPC"):
            number = 1
            while refused_at(tmp_path / f"{call}-{error}-{number}", call, error, number):
                points += 1
                number += 1
    print(f"\n{points} refused calls: nothing said falsely, nothing lost, no crash")  # noqa: T201
    assert points >= 200
