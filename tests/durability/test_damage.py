"""A byte of the database or its log turns over, or its end is gone: the box is back, and nothing is thrown away."""

import random
import shutil
import time
from pathlib import Path

import pytest

from agent.outbox.store import Store
from durability.box import one_event
from outbox.outbox_builders import DEVICE, name_only

EVENTS = 40
BACK_WITHIN_S = 30.0
PARTS = ("outbox.sqlite3", "outbox.sqlite3-wal")


def lived(folder: Path, *, cut: bool) -> Path:
    """A box with events; `cut`: as a power cut leaves it, most of it in the log."""
    with Store.open(folder / "alive", DEVICE) as store:
        for number in range(EVENTS):
            one_event(store, number)
            if number == EVENTS // 2:
                store._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        if cut:
            shutil.copytree(folder / "alive", folder / "box")
    if not cut:
        shutil.copytree(folder / "alive", folder / "box")
    return folder / "box"


def harm(box: Path, chance: random.Random, kind: int) -> str:
    """Damage one file of the box in one place; says which."""
    path = box / PARTS[kind % 2 if (box / PARTS[1]).exists() else 0]
    data = bytearray(path.read_bytes())
    if kind % 5 == 4:
        at = chance.randrange(1, len(data))
        del data[at:]
    else:
        at = chance.randrange(len(data))
        data[at] ^= chance.randrange(1, 256)
    path.write_bytes(data)
    return f"{path.name} at {at}"


def damage(folder: Path, count: int, seed: int = 6) -> tuple[int, float, int]:
    """How often the outbox was set aside, the longest start, and the fewest records that were saved."""
    chance = random.Random(seed)
    whole = (lived(folder / "cut", cut=True), lived(folder / "closed", cut=False))
    files = {name_only(f"still {number}".encode()).sha256 for number in range(EVENTS)}
    aside, slowest, fewest = 0, 0.0, EVENTS
    for number in range(count):
        box = folder / f"box-{number}"
        shutil.copytree(whole[number % 3 == 2], box)
        where = harm(box, chance, number)
        harmed = {name: (box / name).read_bytes() for name in PARTS if (box / name).exists()}
        begun = time.monotonic()
        with Store.open(box, DEVICE) as store:
            slowest = max(slowest, time.monotonic() - begun)
            counts = store.counts()
            known = {row[0] for row in store._rows("SELECT sha256 FROM evidence")}
            indexed = known | {found.file.sha256 for found in store.strays}
            assert files <= indexed, f"{where}: evidence is not indexed"
            if store.segment():
                aside += 1
                for name, data in harmed.items():
                    assert (box / "damaged" / "1" / name).read_bytes() == data, f"{where}: {name} was changed"
            fewest = min(fewest, counts.records)
            one_event(store, EVENTS + number)
        shutil.rmtree(box)
    return aside, slowest, fewest


def test_a_damaged_outbox_is_kept_and_the_box_is_back(tmp_path: Path) -> None:
    aside, slowest, _ = damage(tmp_path, 40)
    assert aside >= 15
    assert slowest < BACK_WITHIN_S


@pytest.mark.soak
def test_damage_five_hundred_times(tmp_path: Path) -> None:
    aside, slowest, fewest = damage(tmp_path, 500)
    print(  # noqa: T201
        f"\n500 damages: {aside} set aside byte for byte, slowest start {slowest:.2f} s, "
        f"all {EVENTS} files indexed each time, at least {fewest} of {EVENTS} records saved"
    )
    assert slowest < BACK_WITHIN_S
