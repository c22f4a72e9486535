"""Counted cycles against true ones: matched one to one, half a cycle of tolerance."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median


@dataclass(frozen=True, slots=True)
class Score:
    """`matched` of `counted` and of `true` cycles belong together."""

    true: int
    counted: int
    matched: int

    @property
    def precision(self) -> float:
        return self.matched / self.counted if self.counted else 1.0

    @property
    def recall(self) -> float:
        return self.matched / self.true if self.true else 1.0

    def __add__(self, other: "Score") -> "Score":
        return Score(self.true + other.true, self.counted + other.counted, self.matched + other.matched)


def score(true_s: Sequence[float], counted_s: Sequence[float]) -> Score:
    """Nearest pairs first; a pair must lie within half the median cycle (30 s where there is only one).

    Ways of counting mark a cycle at different moments of it, so the median lag between the two is taken out first.
    """
    true, counted = sorted(true_s), sorted(counted_s)
    periods = [after - before for before, after in pairwise(true)]
    half_s = (median(periods) if periods else 60.0) / 2
    lags = [min((stamp - moment for stamp in counted), key=abs) for moment in true] if counted else []
    lag_s = median(lags) if lags else 0.0
    pairs = sorted(
        (abs(stamp - lag_s - moment), one, other)
        for one, moment in enumerate(true)
        for other, stamp in enumerate(counted)
        if abs(stamp - lag_s - moment) <= half_s
    )
    taken_true: set[int] = set()
    taken_counted: set[int] = set()
    for _, one, other in pairs:
        if one not in taken_true and other not in taken_counted:
            taken_true.add(one)
            taken_counted.add(other)
    return Score(len(true), len(counted), len(taken_true))
