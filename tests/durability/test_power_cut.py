"""A power cut takes what the kernel had not written. A file system on a disk image is copied at one instant.

The image lies on XFS, where a reflink copy is one instant of what was written to it; pages that the ext4 inside
it still holds in memory are not in the copy, as they would not be on the card. The cut comes right behind the
newest acknowledgement: whatever was said by then is asked for. The same test with `synchronous=NORMAL` must
lose rows, or it could not see loss; each cut there finds commits that nothing has made the kernel write yet.
"""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.event import chain
from agent.outbox.store import Store
from agent.verify import verify
from durability import needs
from durability.box import commit_for_ever, forked
from outbox.outbox_builders import DEVICE, DEVICE_KEY

IMAGE_MB = 96
PACE_S = 0.004


@pytest.fixture
def xfs(tmp_path: Path) -> Iterator[Path]:
    with needs.xfs(tmp_path) as place:
        yield place


def cut(xfs: Path, cuts: int, *, normal: bool) -> tuple[int, int, int]:
    """Cuts after which an acknowledged record was missing; acknowledged records; most lost in one cut."""
    chance = random.Random(7)
    image, copy = xfs / "card.img", xfs / "cut.img"
    needs.ext4(image, IMAGE_MB)
    lossy = worst = acknowledged = 0
    with needs.mounted(xfs / "card", "-o", "loop,noatime", str(image)) as card:
        child = forked(commit_for_ever(card / "box", pace_s=PACE_S, normal=normal))
        child.line()
        try:
            for _ in range(cuts):
                child.go_on()
                for _ in range(chance.randint(3, 30)):
                    child.line()
                acknowledged = int(child.newest())
                needs.one_instant(image, copy)
                child.halt()  # what it commits meanwhile would only fill the disk
                lost = acknowledged - after_the_cut(xfs, copy)
                if lost > 0:
                    lossy += 1
                    worst = max(worst, lost)
        finally:
            child.kill()
    return lossy, acknowledged, worst


def after_the_cut(xfs: Path, copy: Path) -> int:
    """How many records the box has when it starts from the copy; the last are whole, linked, signed, their files too."""
    with (
        needs.mounted(xfs / "after", "-o", "loop", str(copy)) as card,
        Store.open(card / "box", DEVICE) as store,
    ):
        assert store._db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        raws = list(store.records(max(1, store.head().seq - 50)))
        if raws:
            first = chain.read_record(raws[0])
            before = chain.Head(first.seq - 1, first.prev)
            report = verify(raws, DEVICE_KEY.public_key(), store.evidence_root, before)
            assert (report.faults, report.absent) == ([], 0)
        return store.head().seq


def test_power_cuts_lose_nothing_that_was_acknowledged(xfs: Path) -> None:
    assert cut(xfs, 6, normal=False)[0] == 0


def test_power_cut_test_sees_the_loss_that_weaker_settings_have(xfs: Path) -> None:
    assert cut(xfs, 6, normal=True)[0] >= 4


@pytest.mark.soak
def test_power_cut_two_hundred_times(xfs: Path) -> None:
    lossy, acknowledged, _ = cut(xfs, 200, normal=False)
    print(f"\nFULL: 200 cuts, {acknowledged} records acknowledged, {lossy} cuts lost any")  # noqa: T201
    assert lossy == 0


@pytest.mark.soak
def test_power_cut_forty_times_with_normal(xfs: Path) -> None:
    lossy, acknowledged, worst = cut(xfs, 40, normal=True)
    print(f"\nNORMAL: 40 cuts, {acknowledged} acknowledged, {lossy} cuts lost some, at most {worst}")  # noqa: T201
    assert lossy >= 30
