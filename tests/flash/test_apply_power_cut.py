"""The power goes at any system call of applying, confirming or rolling back: the old or the new config, whole."""

from collections.abc import Callable
from pathlib import Path

import pytest

from agent.run.flash.trial import confirm, roll_back, settle
from durability import needs
from durability.box import Tell
from durability.strace import finished, injected
from flash.flash_builders import Box, box, files, made

CALLS = ("write", "fsync", "rename", "unlink", "unlinkat", "rmdir", "mkdir", "symlink", "openat", "flock")
OLD, NEW = b"# the first\n", b"# the second\n"
Work = Callable[[Box], object]


def apply(held: Box) -> None:
    held.take(made(files(more=NEW.decode()), sequence=4))


def apply_and(end: Work) -> Work:
    def work(held: Box) -> None:
        apply(held)
        end(held)

    return work


WORKS: dict[str, Work] = {
    "applied": apply,
    "confirmed": apply_and(lambda held: confirm(held.home)),
    "rolled back": apply_and(lambda held: roll_back(held.home, "by hand")),
}


def cut_everywhere(folder: Path, work: Work, calls: tuple[str, ...]) -> tuple[int, int]:
    """How many cuts there were, and after how many of them the new config was in force."""
    cuts = new = 0
    for call in calls:
        number = 1
        while True:
            held = box(folder / f"{call}-{number}")
            for sequence, more in ((2, "# fills the other slot\n"), (3, OLD.decode())):
                held.take(made(files(more=more), sequence=sequence))
                confirm(held.home)

            def once(tell: Tell, held: Box = held) -> None:
                del tell
                work(held)

            child, tracer = injected(once, call, f"signal=SIGKILL:when={number}")
            code = child.wait()
            if not finished(tracer):
                assert code == 0
                break
            cuts += 1
            new += whole(held)
            number += 1
    return cuts, new


def whole(held: Box) -> bool:
    """After a cut the box starts: one of the two configs is in force, as signed, and no half of anything is left."""
    settle(held.home)
    current = held.home.current()
    assert current is not None
    assert held.home.faults(current) == []
    in_force = held.in_force()
    assert in_force.endswith((OLD, NEW))
    assert not held.home.stage.exists()
    state = held.home.state()
    assert state.trial is None or state.trial.slot == current
    assert held.take(made(files(more=NEW.decode()), sequence=4)).what in ("on_trial", "already")
    return in_force.endswith(NEW)


@pytest.mark.parametrize("name", ["confirmed", "rolled back"])
def test_a_cut_at_some_call_leaves_the_old_or_the_new_config_whole(name: str, tmp_path: Path) -> None:
    needs.programs("strace")
    cuts, _ = cut_everywhere(tmp_path, WORKS[name], ("rename", "symlink"))
    assert cuts >= 5


@pytest.mark.soak
@pytest.mark.parametrize("name", WORKS)
def test_a_cut_at_every_call_of_flash_leaves_the_old_or_the_new_config_whole(
    name: str, tmp_path: Path
) -> None:
    needs.programs("strace")
    cuts, new = cut_everywhere(tmp_path, WORKS[name], CALLS)
    print(f"\n{name}: {cuts} cuts, after {new} of them the new config was in force")  # noqa: T201
