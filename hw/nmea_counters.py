"""What the sentence reader took and what it refused: numbers a technician can read on a boat.

The keys come from outside (sentence types off a noisy line), so each table holds a bounded number of
them; what comes after is counted under `other`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.types import Json

KEYS_AT_MOST = 64
OTHER = "other"


@dataclass(slots=True)
class Counters:
    """Counts since the source was made.

    `accepted` and `ignored` by sentence type (`RMC`, `VDM`), `refused` by reason (see docs/gnss.md).
    `ignored` are well-formed sentences that nobody here reads. `late` are sentences of an epoch that was
    already given out, `contradictions` epochs whose sentences disagreed about the position.
    """

    bytes_read: int = 0
    accepted: dict[str, int] = field(default_factory=dict)
    ignored: dict[str, int] = field(default_factory=dict)
    refused: dict[str, int] = field(default_factory=dict)
    late: int = 0
    contradictions: int = 0
    reopened: int = 0

    def accept(self, kind: str) -> None:
        _add(self.accepted, kind)

    def ignore(self, kind: str) -> None:
        _add(self.ignored, kind)

    def refuse(self, reason: str) -> None:
        _add(self.refused, reason)

    @property
    def verified(self) -> int:
        """Sentences whose checksum was right and which were read or knowingly ignored."""
        return sum(self.accepted.values()) + sum(self.ignored.values())

    def as_json(self) -> Mapping[str, Json]:
        """For `sandwatch fixes --stats`; tables sorted, the most frequent first."""
        return {
            "bytes_read": self.bytes_read,
            "accepted": _sorted(self.accepted),
            "ignored": _sorted(self.ignored),
            "refused": _sorted(self.refused),
            "late": self.late,
            "contradictions": self.contradictions,
            "reopened": self.reopened,
        }


def _add(table: dict[str, int], key: str) -> None:
    if key not in table and len(table) >= KEYS_AT_MOST:
        key = OTHER
    table[key] = table.get(key, 0) + 1


def _sorted(table: dict[str, int]) -> dict[str, Json]:
    return {key: table[key] for key in sorted(table, key=lambda key: (-table[key], key))}
