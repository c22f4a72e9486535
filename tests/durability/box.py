"""A box in a process of its own that can be killed, cut off and refused, without starting Python each time."""

import os
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

import builders
from agent.durable import evidence_path, make_folder, write_file
from agent.errors import StoreError
from agent.event import chain
from agent.licence.rules import Terms
from agent.outbox.retention import Floor
from agent.outbox.store import Store
from agent.run.core import Core
from agent.sidecar import note_down
from agent.types import Event, EventChange, EvidenceFile, Origin, Sealed, Step, Verdict
from agent.watch import Watch, WatchSettings
from outbox.outbox_builders import DEVICE, DEVICE_KEY, event, name_only, signer

Tell = Callable[[str], None]
T = TypeVar("T")


@dataclass(slots=True)
class Child:
    """A forked process and what it says, line by line."""

    pid: int
    pipe: int
    said: bytearray = field(default_factory=bytearray)

    def line(self) -> str:
        """The next line; empty when it has said its last."""
        while b"\n" not in self.said and self._more():
            pass
        line, _, self.said = self.said.partition(b"\n")
        return line.decode().strip()

    def newest(self) -> str:
        """The last line it has said up to this moment; waits if it has said none since the last one read."""
        while self._more(wait=False):
            pass
        text = self.line()
        while b"\n" in self.said:
            text = self.line()
        return text

    def rest(self) -> list[str]:
        while self._more():
            pass
        return self.said.decode().split()

    def halt(self) -> None:
        """It stands still until `go_on`."""
        os.kill(self.pid, signal.SIGSTOP)

    def go_on(self) -> None:
        os.kill(self.pid, signal.SIGCONT)

    def kill(self) -> list[str]:
        """End it as a process dies; returns what it had still said."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        rest = self.rest()
        os.waitpid(self.pid, 0)
        os.close(self.pipe)
        return rest

    def wait(self) -> int:
        """Its exit status, or the negative signal it died of."""
        _, status = os.waitpid(self.pid, 0)
        os.close(self.pipe)
        return os.waitstatus_to_exitcode(status)

    def _more(self, *, wait: bool = True) -> bool:
        """Take what the pipe holds; False at its end, or where it is empty and need not be waited for."""
        if not wait and not select.select([self.pipe], [], [], 0)[0]:
            return False
        piece = os.read(self.pipe, 1 << 16)
        self.said += piece
        return bool(piece)


def forked(work: Callable[[Tell], None], *, stopped: bool = False) -> Child:
    """Run `work` in a fork of this process. `stopped`: it waits for SIGCONT before it begins."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            os.close(reading)
            if stopped:
                os.kill(os.getpid(), signal.SIGSTOP)
            work(lambda text: _write(writing, text))
            code = 0
        except BaseException:  # noqa: BLE001 - the parent judges by the exit status
            traceback.print_exc()
        finally:
            os._exit(code)
    os.close(writing)
    return Child(pid, reading)


def _write(pipe: int, text: str) -> None:
    line = f"{text}\n".encode()
    try:
        os.write(pipe, line)
    except OSError:  # the one write that is refused may be this one
        os.write(pipe, line)


def keep(root: Path, data: bytes, event_id: str) -> EvidenceFile:
    """Seal a still as the eyes do: the file, its folder, its note, all durable."""
    file = name_only(data)
    path = evidence_path(root, file.sha256, file.media_type)
    make_folder(path.parent)
    write_file(path, data)
    note_down(Sealed(0, event_id, (file,)), root)
    return file


def one_event(store: Store, number: int, *, still: bool = True) -> int:
    """One event's life up to its commit; returns the seq of its record."""
    file = (keep(store.evidence_root, f"still {number}".encode(), f"e{number}"),) if still else ()
    record = event(signer(store), f"e{number}", *file)
    store.commit([record], file, {"stood_at": record.seq}, record.seq)
    return record.seq


def commit_for_ever(folder: Path, *, pace_s: float = 0.0, normal: bool = False) -> Callable[[Tell], None]:
    """Commit and say each number once it is durable. `normal` is the setting that loses rows."""

    def work(tell: Tell) -> None:
        begun = time.monotonic()
        with Store.open(folder, DEVICE) as store:
            if normal:
                store._db.execute("PRAGMA synchronous = NORMAL")
            tell(f"{time.monotonic() - begun:.6f}")
            while True:
                tell(str(one_event(store, store.head().seq + 1, still=not normal)))
                if pace_s:
                    time.sleep(pace_s)

    return work


def core(store: Store, floor: Floor | None = None) -> Core:
    """The core of a box without sources: what happens is put into it."""
    watch = Watch(WatchSettings(terms=Terms("dredger", has_gear=True, licences=())), "boot-1", Origin("live"))
    return Core(watch, chain.Chain(DEVICE, "boot-1", DEVICE_KEY, store.foothold()), store, floor=floor)


def happening(box: Core, number: int, file: EvidenceFile, verdict: Verdict = Verdict.BREACH) -> None:
    """An event with one still comes into the core, as a step of the watch brings it."""
    happened: Event = builders.event(
        event_id=f"e{number}", evidence=(file,), findings=(builders.finding(verdict),)
    )
    box._keep(Step(box._watch.stamp, events=(EventChange("event.opened", happened),)))


def some_events(folder: Path, count: int, *, give_up: int = 3) -> Callable[[Tell], None]:
    """So many events through the core, each tried again while the disk refuses.

    A number is said when all through it is durable, `refused` for each commit that was not taken.
    """

    def work(tell: Tell) -> None:
        with patiently(lambda: Store.open(folder, DEVICE), give_up) as store:
            box = core(store)
            for number in range(count):
                data = f"still {number}".encode()
                file = patiently(partial(keep, store.evidence_root, data, f"e{number}"), give_up)
                happening(box, number, file)
                patiently(box.commit, give_up, partial(tell, "refused"))
                tell(str(store.head().seq))

    return work


def patiently(attempt: Callable[[], T], times: int, refused: Callable[[], None] = lambda: None) -> T:
    """What a box does: a refusal is no end, it is asked again."""
    for _ in range(times):
        try:
            return attempt()
        except (StoreError, OSError):
            refused()
    return attempt()


class Checked:
    """What was found whole in an outbox, so that the next look begins behind it."""

    def __init__(self) -> None:
        self.head = chain.Head()

    def look(self, store: Store, acknowledged: int) -> None:
        """Every acknowledged record is there, once, linked and signed; every named file is on disk."""
        new = list(store.records(self.head.seq + 1))
        assert list(chain.faults(new, DEVICE_KEY.public_key(), self.head)) == []
        held = store.head()
        assert held.seq >= acknowledged, f"acknowledged {acknowledged}, held {held.seq}"
        assert store.counts().records == held.seq
        for sha256, media_type in store._rows(
            "SELECT sha256, media_type FROM evidence WHERE seq > ?", self.head.seq
        ):
            assert evidence_path(store.evidence_root, sha256, media_type).is_file()
        self.head = held


def numbers(lines: list[str]) -> Iterator[int]:
    return (int(line) for line in lines if line.isdigit())
