"""Room for the next event. What goes first: what the station holds, then the least grave, then the oldest.

Acknowledged evidence beyond the budget of its kind goes, and below the floor of free room (bytes or inodes) all of
it may. Only then what was never sent goes: by gravity, clips before stills, oldest first, no more than needed. That is
a loss, so a `tombstone` record that names each file is committed before it goes. While the data card is missing or
another one nothing is deleted: what is there is not what the store means.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from agent.outbox.store import Store
from agent.outbox.view import StoredEvidence

INODES_PER_FILE = 2  # the file and its note


@dataclass(frozen=True, slots=True)
class Retired:
    """What went: how many files this time, and how many bytes of evidence the decision was about."""

    files: int
    bytes: int


@dataclass(frozen=True, slots=True)
class Floor:
    """Room that is kept free on the disk of the evidence."""

    free_bytes: int
    free_inodes: int = 64


@dataclass(frozen=True, slots=True)
class Shortage:
    """How much is lacking to the floor."""

    bytes: int
    inodes: int

    def __bool__(self) -> bool:
        return self.bytes > 0 or self.inodes > 0


def shortage(folder: Path, floor: Floor) -> Shortage:
    """What lacks to the floor on the disk of `folder`; disks that count no inodes lack none."""
    room = os.statvfs(folder if folder.exists() else folder.parent)
    inodes = floor.free_inodes - room.f_favail if room.f_files else 0
    return Shortage(floor.free_bytes - room.f_bavail * room.f_frsize, inodes)


def enough(files: Iterable[StoredEvidence], lacking: Shortage) -> tuple[StoredEvidence, ...]:
    """The first of these files whose going makes up for what lacks."""
    going: list[StoredEvidence] = []
    size, inodes = lacking.bytes, lacking.inodes
    for file in files:
        if size <= 0 and inodes <= 0:
            break
        going.append(file)
        size -= file.size_bytes
        inodes -= INODES_PER_FILE
    return tuple(going)


def by_worth(store: Store, files: Sequence[StoredEvidence]) -> tuple[StoredEvidence, ...]:
    """The least grave first, of these clips before stills, then the oldest."""
    grave = store.grave(files)
    return tuple(sorted(files, key=lambda file: (grave[file.seq], file.kind, file.seq)))


@dataclass(frozen=True, slots=True)
class Budget:
    """Bytes of acknowledged evidence that are kept on the box, by kind."""

    still_bytes: int
    clip_bytes: int

    def of(self, kind: str) -> int:
        return self.still_bytes if kind == "still" else self.clip_bytes


def beyond_budget(held: Sequence[StoredEvidence], budget_bytes: int) -> tuple[StoredEvidence, ...]:
    """Of acknowledged files, in the order in which they go, those that must for the rest to fit into the budget."""
    over = sum(file.size_bytes for file in held) - budget_bytes
    return enough(held, Shortage(over, 0))


def retire(store: Store, budget: Budget) -> Retired:
    """Delete acknowledged evidence beyond the budget of its kind, and finish what a power cut interrupted.

    Raises StoreError where the disk refuses; asked again, it goes on where it stopped.
    """
    if store.guard() is not None:
        return Retired(0, 0)
    held = store.held_evidence()
    going: tuple[StoredEvidence, ...] = ()
    for kind in ("still", "clip"):
        files = [file for file in held if file.kind == kind]
        if sum(file.size_bytes for file in files) > budget.of(kind):
            going += beyond_budget(by_worth(store, files), budget.of(kind))
    count = store.retire([file.sha256 for file in going])
    return Retired(count, sum(file.size_bytes for file in going))


def retire_held(store: Store, floor: Floor) -> int:
    """Below the floor, delete acknowledged evidence first; returns how many files went."""
    if store.guard() is not None or not (lacking := shortage(store.evidence_root, floor)):
        return 0
    going = enough(by_worth(store, store.held_evidence()), lacking)
    return store.retire([file.sha256 for file in going]) if going else 0


def unsent_to_drop(store: Store, floor: Floor) -> tuple[StoredEvidence, ...]:
    """Below the floor, what was never sent and has to go: the least grave first, clips before stills, the oldest."""
    if store.guard() is not None or not (lacking := shortage(store.evidence_root, floor)):
        return ()
    return enough(by_worth(store, store.unsent_evidence()), lacking)
