"""The site check: a person's tally of buckets against the box's count, at commissioning and whenever the kit changed.

It passes where at least 20 buckets were tallied, the totals differ by no more than 10 % (or one bucket), and of
either side at least 90 % match one to one within half a cycle (`agent.activity.score`). Intervals are Wilson's, 95 %.
Until it has passed with the camera, the detector and the region in force, what the box says is a lead to check.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Final, TypeAlias

from agent.activity.score import Score, score
from agent.types import Reason, Statement

LEAST_BUCKETS: Final = 20
MOST_OFF: Final = 0.1
LEAST_MATCHED: Final = 0.9
WHAT: Final = "site_check"

Kit: TypeAlias = Mapping[str, str]
"""Digests of what the counts depend on: `camera`, `detector`, `region`."""


@dataclass(frozen=True, slots=True)
class Tally:
    """An hour compared. Shares are of the person's buckets that the box found, and of the box's that were the person's."""

    minutes: float
    score: Score

    @property
    def enough(self) -> bool:
        return self.score.true >= LEAST_BUCKETS

    @property
    def passed(self) -> bool:
        off = abs(self.score.counted - self.score.true)
        return (
            self.enough
            and off <= max(1.0, MOST_OFF * self.score.true)
            and min(self.score.recall, self.score.precision) >= LEAST_MATCHED
        )

    def found(self) -> tuple[float, float]:
        """The 95 % interval of the share of the person's buckets that the box found."""
        return wilson(self.score.matched, self.score.true)

    def rightly(self) -> tuple[float, float]:
        """The same of the box's buckets that were the person's."""
        return wilson(self.score.matched, self.score.counted)


def compare(tallied_ns: Sequence[int], counted_ns: Sequence[int], begin_ns: int, end_ns: int) -> Tally:
    """The two counts between two moments of one monotonic clock."""
    true, counted = (
        [(stamp - begin_ns) / 1e9 for stamp in stamps if begin_ns <= stamp <= end_ns]
        for stamps in (tallied_ns, counted_ns)
    )
    return Tally((end_ns - begin_ns) / 60e9, score(true, counted))


def wilson(hits: int, of: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share; 0 to 1 where nothing was counted."""
    if of == 0:
        return 0.0, 1.0
    z, share = 1.96, hits / of
    middle = share + z * z / (2 * of)
    aside = z * sqrt(share * (1 - share) / of + z * z / (4 * of * of))
    below = 1 + z * z / of
    return max(0.0, (middle - aside) / below), min(1.0, (middle + aside) / below)


def values_of(tally: Tally, camera: str, kit: Kit) -> dict[str, float | int | str]:
    """What the statement of a check says."""
    return {
        "minutes": round(tally.minutes, 1),
        "tallied": tally.score.true,
        "counted": tally.score.counted,
        "matched": tally.score.matched,
        "passed": int(tally.passed),
        "seen_by": camera,
        **{f"kit_{part}": digest for part, digest in sorted(kit.items())},
    }


def passed(check: Statement | None, kit: Kit) -> bool:
    """Does a check stand for this kit?"""
    return not why_unchecked(check, kit)


def why_unchecked(check: Statement | None, kit: Kit) -> tuple[Reason, ...]:
    """Why the counts of a box are leads only; none where a check has passed and nothing changed since."""
    if check is None:
        return (Reason("uncalibrated"),)
    if not check.values.get("passed"):
        numbers = {name: check.values.get(name, "?") for name in ("tallied", "counted")}
        return (Reason("site_check_failed", numbers),)
    return tuple(
        Reason("site_check_void", {"part": part})
        for part, digest in sorted(kit.items())
        if check.values.get(f"kit_{part}") != digest
    )
