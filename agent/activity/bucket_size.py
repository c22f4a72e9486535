"""How large the bucket looks, against how large it looked at commissioning at the same place of the picture.

Camera and crane stand on one hull, so a bucket at one place of the picture is about as far away each time it comes
there: its apparent size at that place is a measure of its true size. Sizes are kept as logarithms by cell of a grid,
so that a bucket a tenth larger looks a tenth larger everywhere; their mean over a block of looks is the *bias* of
the block. A single look says little (open and closed, half hidden, a box that wavers), a lasting bias does.

The reference is what the bucket looked like when the site check passed, or, where there was none, in the first three
blocks of work. Volume goes with the third power of length, and its error with three times the error of the length.
"""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from math import exp, log
from typing import Final, TypeAlias

from agent.activity.bucket import Seen
from agent.position.snapshot import state_from_json, state_json
from agent.types import Apparent, Json

GRID: Final = (12, 8)
BLOCK_LOOKS: Final = 600  # with the bucket in sight: eight to ten cycles
BLOCKS: Final = 3  # so many in a row must say the same: about half an hour of work
LEAST_IN_CELL: Final = 8
LEAST_SHARE: Final = 0.5  # of a block's looks must lie where the reference has something to say
ERROR: Final = (
    0.06  # of a length, 95 %: light, weather and the habits of a detector; assumed, not measured on a river
)
DIFFERS: Final = 0.09  # of a length: 30 % of volume
SAME: Final = 0.05

Table: TypeAlias = dict[str, list[float]]  # cell: looks, mean logarithm of the size


@dataclass(slots=True)
class _State:
    reference: Table = field(default_factory=dict)
    commissioned: bool = False
    block: Table = field(default_factory=dict)
    looks: int = 0  # of the block
    last: deque[Table] = field(default_factory=deque)
    biases: deque[float] = field(default_factory=deque)
    differs: bool = False


class BucketSize:
    """Takes the bucket in every look of one camera while the machine works; outlives boots and journeys."""

    def __init__(self) -> None:
        self._state = _State()

    def step(self, seen: Seen) -> None:
        """One look in which the bucket was found whole."""
        if seen.size <= 0.0:
            return
        block = self._state.block
        cell = f"{min(GRID[0] - 1, int(seen.x * GRID[0]))},{min(GRID[1] - 1, int(seen.y * GRID[1]))}"
        looks, mean = block.get(cell, [0.0, 0.0])
        block[cell] = [looks + 1, round(mean + (log(seen.size) - mean) / (looks + 1), 6)]
        self._state.looks += 1
        if self._state.looks >= BLOCK_LOOKS:
            self._close()

    def _close(self) -> None:
        state = self._state
        block, state.block, state.looks = state.block, {}, 0
        state.last.append(block)
        while len(state.last) > BLOCKS:
            state.last.popleft()
        if not state.reference:
            if len(state.last) == BLOCKS:
                state.reference = _merged(state.last)
            return
        bias = _bias(block, state.reference)
        if bias is None:
            return
        state.biases.append(round(bias, 4))
        while len(state.biases) > BLOCKS:
            state.biases.popleft()
        if len(state.biases) < BLOCKS:
            return
        if min(state.biases) > DIFFERS or max(state.biases) < -DIFFERS:
            state.differs = True
        elif all(abs(item) < SAME for item in state.biases):
            state.differs = False

    def commission(self) -> None:
        """The site check passed: the last blocks of work, or the first ones from now on, are the reference."""
        state = self._state
        self._state = _State(reference=_merged(state.last), commissioned=True)

    def forget(self) -> None:
        """Another camera, detector or region: what the bucket looked like before says nothing now."""
        self._state = _State()

    def apparent(self) -> Apparent | None:
        """What stands; None before three blocks have been compared."""
        state = self._state
        if len(state.biases) < BLOCKS:
            return None
        bias = sorted(state.biases)[BLOCKS // 2]
        error = max(ERROR, (max(state.biases) - min(state.biases)) / 2)
        ratio = exp(3 * bias)
        return Apparent(round(ratio, 3), round(3 * error * ratio, 3), state.differs, state.commissioned)

    def snapshot(self) -> Json:
        return state_json(self._state)

    def restore(self, data: Json) -> None:
        self._state = state_from_json(_State, data)


def _merged(tables: Iterable[Table]) -> Table:
    """One table of several; cells that were seldom visited are left out."""
    merged: Table = {}
    for table in tables:
        for cell, (looks, mean) in table.items():
            held, before = merged.get(cell, [0.0, 0.0])
            merged[cell] = [held + looks, round((held * before + looks * mean) / (held + looks), 6)]
    return {cell: item for cell, item in merged.items() if item[0] >= LEAST_IN_CELL}


def _bias(block: Table, reference: Table) -> float | None:
    """How much larger the bucket looked than at the same places of the reference; None where it was mostly elsewhere."""
    shared = [
        (looks, mean - reference[cell][1]) for cell, (looks, mean) in block.items() if cell in reference
    ]
    weight = sum(looks for looks, _ in shared)
    if weight < LEAST_SHARE * sum(looks for looks, _ in block.values()):
        return None
    return sum(looks * more for looks, more in shared) / weight
