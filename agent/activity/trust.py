"""How far the filter's probability can be trusted: a map from what it says to how often that was right.

The filter takes looks for independent that are not, so it is too sure. On films it was not tuned to, what it told
with some probability was right more or less often; the share that was right is the confidence that is told. Work
of the gear is told by boxes of a detector or by the look of a region alone, which are not worth the same.

`machine_working` says that the gear repeats its cycle and leaves open whether it takes sand: it is right of a vessel
that dredges. `STATIONARY` and `MOORED` say that the gear rests. What a line of the machine or the position alone
says is not on any film and is passed on as it is.
"""

from collections.abc import Mapping
from typing import Final, Literal, TypeAlias

from agent.types import ActivityKind

Said: TypeAlias = Literal["dredging", "machine_working", "rest"]
By: TypeAlias = Literal["boxes", "region"]
Points: TypeAlias = tuple[tuple[float, float], ...]  # the filter's probability, the share that was right

# `python benches/bench_sequences.py DIR --half tuned --fit`, DIR from `make sequences` (renderer 4532b8acd45b2def, the twelve
# odd films, 8,640 looks each way), detector 991fcd10. Two minutes of looks count as one, and one right and one wrong
# two minutes are added to each row. Judged on the even films: `docs/activity.md`.
FITTED: Final[Mapping[tuple[Said, By], Points]] = {
    ("dredging", "boxes"): ((0.65, 0.73), (0.875, 0.752), (0.97, 0.921), (0.995, 0.962)),
    ("machine_working", "boxes"): ((0.65, 0.779), (0.875, 0.812), (0.97, 0.842), (0.995, 0.96)),
    ("rest", "boxes"): ((0.65, 0.429), (0.875, 0.5), (0.97, 0.5), (0.995, 0.962)),
    ("dredging", "region"): ((0.65, 0.574), (0.875, 0.574), (0.97, 0.586), (0.995, 0.791)),
    ("machine_working", "region"): ((0.65, 0.526), (0.875, 0.593), (0.97, 0.751), (0.995, 0.944)),
    ("rest", "region"): ((0.65, 0.491), (0.875, 0.497), (0.97, 0.497), (0.995, 0.656)),
}
SAYS: Final[Mapping[ActivityKind, Said]] = {
    ActivityKind.DREDGING: "dredging",
    ActivityKind.MACHINE_WORKING: "machine_working",
    ActivityKind.LOADING: "machine_working",
    ActivityKind.STATIONARY: "rest",
    ActivityKind.MOORED: "rest",
}


def trusted(kind: ActivityKind, by: By | None, likely: float) -> float:
    """The confidence that is told. `by` is None where no camera had a part in it."""
    said = SAYS.get(kind)
    points = FITTED.get((said, by)) if said is not None and by is not None else None
    return round(likely if points is None else along(points, likely), 3)


def along(points: Points, likely: float) -> float:
    """The map between its points in straight lines, level beyond the first and the last."""
    low = points[0]
    for high in points:
        if likely <= high[0]:
            if high[0] == low[0]:
                return high[1]
            return low[1] + (high[1] - low[1]) * (likely - low[0]) / (high[0] - low[0])
        low = high
    return low[1]
