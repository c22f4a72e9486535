"""Is this still the hull the camera was installed on? What stands on her own deck, as lines and their directions.

At commissioning some looks are taken, and where a line had the same direction in nearly all of them it is a landmark:
coaming, rails, wheelhouse. What moved (water, people, ropes, the machine, a barge that came and went) is none. Each
later look is asked how many landmarks it shows. Brightness does not enter, and a line is the same whichever side of
it is bright, so that noon and a wet deck show the same.

How like themselves the looks of the commissioning are is kept with it, so that 1 means "as then" on every vessel.
"""

import base64
import binascii
import json
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

import cv2
import numpy as np
from numpy.typing import NDArray

Plane: TypeAlias = NDArray[np.float32]

FORMAT: Final = 1
GRID: Final = (40, 22)  # cells across and down
OWN_DECK: Final = (
    12  # from this row on the picture shows the own deck; a fixed camera has landmarks everywhere
)
REACH: Final = 1  # cells by which a mount that gives a little may be off
LOCAL_PX: Final = 8.0  # contrast is judged against what is so near
FAINT: Final = 3.0  # a gradient below this is noise
STEADY: Final = 0.7  # share of a line's strength that keeps its direction through all looks
STRONG_SHARE: Final = 0.6  # of the cells, the stronger ones can be landmarks
LEAST_MARKS: Final = 40
LEAST_LOOKS: Final = 12
EVERY_NS: Final = 5_000_000_000
MINUTE: Final = 12  # judgements


@dataclass(frozen=True, slots=True)
class Landmarks:
    """One commissioning: where the landmarks are, which way they run, and how like them its own looks are."""

    directions: Plane  # rows x columns x 2: cosine and sine of twice the angle
    marks: NDArray[np.bool_]
    usual: float


def lines(thumb: Plane) -> Plane:
    """Directions of lines, GRID cells of cosine and sine of twice the angle, by their strength."""
    across = np.asarray(cv2.Sobel(thumb, cv2.CV_32F, 1, 0, scale=0.25), dtype=np.float32)
    down = np.asarray(cv2.Sobel(thumb, cv2.CV_32F, 0, 1, scale=0.25), dtype=np.float32)
    strength = np.asarray(cv2.magnitude(across, down), dtype=np.float32)
    weight = 1.0 / ((strength + 1e-3) * (cv2.GaussianBlur(strength, (0, 0), LOCAL_PX) + FAINT))
    both = np.dstack(((across * across - down * down) * weight, 2.0 * across * down * weight))
    return np.asarray(cv2.resize(both, GRID, interpolation=cv2.INTER_AREA), dtype=np.float32)


def learned(looks: Sequence[Plane], *, own_deck: bool) -> Landmarks:
    """Landmarks from the `lines` of looks; raises ValueError with a sentence where there are too few of either."""
    if len(looks) < LEAST_LOOKS:
        raise ValueError(f"{len(looks)} looks are too few to know what stays: {LEAST_LOOKS} are needed")
    every = np.stack(looks)
    mean, strength = every.mean(axis=0), np.linalg.norm(every, axis=-1).mean(axis=0)
    steady = np.linalg.norm(mean, axis=-1)
    may = np.zeros(strength.shape, dtype=np.bool_)
    may[OWN_DECK if own_deck else 0 :] = True
    marks = may & (steady > STEADY * strength) & (strength > np.quantile(strength[may], 1.0 - STRONG_SHARE))
    if int(marks.sum()) < LEAST_MARKS:
        raise ValueError(
            f"{int(marks.sum())} landmarks were found and {LEAST_MARKS} are needed: is the lens clean, is it light, "
            "and does the lower half of the picture show the own deck?"
        )
    made = Landmarks(np.asarray(mean / np.maximum(steady, 1e-6)[..., None], dtype=np.float32), marks, 1.0)
    likenesses = [_likeness(made, look) for look in looks]
    return Landmarks(made.directions, marks, round(float(np.quantile(likenesses, 0.1)), 4))


def _likeness(known: Landmarks, look: Plane) -> float:
    """-1 to 1: how well the lines at the landmarks run as they did, a cell to each side tried."""
    unit = look / (np.linalg.norm(look, axis=-1, keepdims=True) + 0.05)
    best = -1.0
    for down in range(-REACH, REACH + 1):
        for across in range(-REACH, REACH + 1):
            moved = np.roll(unit, (down, across), axis=(0, 1))
            best = max(best, float((known.directions * moved).sum(axis=-1)[known.marks].mean()))
    return best


class Deck:
    """Takes every look of one camera in order; compares one each five seconds, and tells the mean of a minute's."""

    def __init__(self, known: Sequence[Landmarks]) -> None:
        self._known = tuple(known)
        self._judged_ns: int | None = None
        self._recent: deque[float] = deque(maxlen=MINUTE)

    def step(self, mono_ns: int, thumb: Plane) -> float | None:
        """How like the commissioning it is, 1 as then, 0 not at all; None where there was none."""
        if not self._known:
            return None
        if self._judged_ns is None or not 0 <= mono_ns - self._judged_ns < EVERY_NS:
            self._judged_ns = mono_ns
            look = lines(thumb)
            likest = max(_likeness(known, look) / known.usual for known in self._known)
            self._recent.append(max(0.0, min(1.0, likest)))
        return round(sum(self._recent) / len(self._recent), 3)


def to_text(known: Sequence[Landmarks]) -> str:
    """As it stands in the file the config names."""
    rows = [
        {
            "directions": base64.b64encode(np.rint(item.directions * 127).astype(np.int8).tobytes()).decode(),
            "marks": base64.b64encode(np.packbits(item.marks).tobytes()).decode(),
            "usual": item.usual,
        }
        for item in known
    ]
    return json.dumps({"format": FORMAT, "grid": list(GRID), "landmarks": rows}, indent=1) + "\n"


def from_text(text: str) -> tuple[Landmarks, ...]:
    """The inverse; raises ValueError with the rest of a sentence that begins with the file's name."""
    try:
        table = json.loads(text)
        if table["format"] != FORMAT or tuple(table["grid"]) != GRID:
            raise ValueError("is of another version: take the landmarks anew with `sandwatch site landmarks`")
        columns, rows = GRID
        found = []
        for row in table["landmarks"]:
            directions = (
                np.frombuffer(base64.b64decode(row["directions"]), np.int8).astype(np.float32) / 127.0
            )
            bits = np.unpackbits(
                np.frombuffer(base64.b64decode(row["marks"]), np.uint8), count=columns * rows
            )
            found.append(
                Landmarks(
                    directions.reshape(rows, columns, 2),
                    bits.reshape(rows, columns).astype(np.bool_),
                    max(0.05, float(row["usual"])),
                )
            )
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError, binascii.Error) as problem:
        raise ValueError(
            f"is no file of landmarks ({type(problem).__name__}: {problem}): take them with `sandwatch site landmarks`"
        ) from None
    if not found or any(not item.marks.any() for item in found):
        raise ValueError("names no landmark: take them anew with `sandwatch site landmarks`")
    return tuple(found)
