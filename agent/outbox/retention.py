"""Room for the next event: acknowledged evidence beyond a budget goes, oldest first. Nothing else ever does."""

from collections.abc import Sequence
from dataclasses import dataclass

from agent.outbox.store import Store, StoredEvidence


@dataclass(frozen=True, slots=True)
class Retired:
    """What went: how many files this time, and how many bytes of evidence the decision was about."""

    files: int
    bytes: int


def beyond_budget(held: Sequence[StoredEvidence], budget_bytes: int) -> tuple[StoredEvidence, ...]:
    """Of acknowledged files, oldest first, those that must go for the rest to fit into the budget."""
    over = sum(file.size_bytes for file in held) - budget_bytes
    going: list[StoredEvidence] = []
    for file in held:
        if over <= 0:
            break
        going.append(file)
        over -= file.size_bytes
    return tuple(going)


def retire(store: Store, budget_bytes: int) -> Retired:
    """Delete acknowledged evidence beyond the budget, and finish what a power cut interrupted.

    Raises StoreError where the disk refuses; asked again, it goes on where it stopped.
    """
    going = beyond_budget(store.held_evidence(), budget_bytes)
    files = store.retire([file.sha256 for file in going])
    return Retired(files, sum(file.size_bytes for file in going))
