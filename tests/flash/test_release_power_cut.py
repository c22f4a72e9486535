"""The power goes at any system call of taking, confirming or rolling back a release: the old or the new one, whole."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.launch import release as release_in_force
from agent.outbox.schema import KNOWN
from agent.run.flash import release as releases_of
from agent.run.flash.trial import confirm, roll_back, settle
from durability import needs
from durability.box import Tell
from durability.strace import finished, injected
from flash.flash_builders import Box, box, made
from flash.releases import packed

CALLS = ("write", "fsync", "sync", "rename", "unlink", "unlinkat", "rmdir", "mkdir", "symlink")
Work = Callable[[Box], object]


def small(version: str) -> bytes:
    """A release that runs, and does nothing."""
    raw = packed(
        {
            "agent/__init__.py": f"VERSION = {version!r}\n".encode(),
            "agent/outbox/__init__.py": b"",
            "agent/outbox/schema.py": f"KNOWN = {sorted(KNOWN)!r}\n".encode(),
            "agent/cli.py": b"def main() -> None:\n    pass\n",
        }
    )
    return made({"agent-1-py3-none-any.whl": raw}, kind="software", sequence=len(version))


def take(held: Box) -> None:
    held.take(small("new"))


def take_and(end: Work) -> Work:
    def work(held: Box) -> None:
        take(held)
        end(held)

    return work


WORKS: dict[str, Work] = {
    "taken": take,
    "confirmed": take_and(lambda held: confirm(held.home.software)),
    "rolled back": take_and(lambda held: roll_back(held.home.software, "by hand")),
}


def cut_everywhere(folder: Path, work: Work, calls: tuple[str, ...]) -> int:
    cuts = 0
    for call in calls:
        number = 1
        while True:
            held = box(folder / f"{call}-{number}")
            for version in ("a", "ol"):
                held.take(small(version))
                confirm(held.home.software)

            def once(tell: Tell, held: Box = held) -> None:
                del tell
                work(held)

            child, tracer = injected(once, call, f"signal=SIGKILL:when={number}")
            code = child.wait()
            if not finished(tracer):
                assert code == 0
                break
            cuts += 1
            whole(held)
            number += 1
    return cuts


def whole(held: Box) -> None:
    """After a cut the box starts by one of the two releases, as signed and unpacked; the new one can be taken again."""
    settle(held.home)
    software = held.home.software
    slot, site = software.current(), release_in_force(held.home.folder.parent)
    assert slot is not None
    assert site is not None
    assert software.faults(slot) == releases_of.faults(software.folder / slot) == []
    assert (site / "agent" / "__init__.py").read_text() in ("VERSION = 'ol'\n", "VERSION = 'new'\n")
    assert not software.stage.exists()
    trial = software.state().trial
    assert trial is None or trial.slot == slot
    assert held.take(small("new")).what in ("on_trial", "already")
    assert held.home.faults("a") == []


def test_a_cut_at_some_call_leaves_the_old_or_the_new_release_whole(tmp_path: Path) -> None:
    needs.programs("strace")
    assert cut_everywhere(tmp_path, WORKS["confirmed"], ("rename", "symlink", "sync")) >= 6


@pytest.mark.soak
@pytest.mark.parametrize("name", WORKS)
def test_a_cut_at_every_call_of_a_release_leaves_the_old_or_the_new_one_whole(
    name: str, tmp_path: Path
) -> None:
    needs.programs("strace")
    cuts = cut_everywhere(tmp_path, WORKS[name], CALLS)
    print(f"\n{name}: {cuts} cuts")  # noqa: T201
