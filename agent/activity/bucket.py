"""The bucket through its cycle: dig, hoist, swing, dump, return, each with a shortest and a longest time.

The bucket is followed from box to box inside its machine's region. Where it takes and where it drops is learned
from where it goes: it is lost from sight, or low, where it takes. A cycle counts at the end of its dump, when the
bucket has swung to the far end, stayed there as long as a dump lasts, and started back. What is not seen
through is *not counted*, with its duration: a bucket lost in its swing, a phase longer than any operator takes.
"""

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from math import sqrt

from agent.types import Detection

_NS = 1_000_000_000


class Phase(StrEnum):
    LOST = "lost"
    DIG = "dig"
    HOIST = "hoist"
    SWING = "swing"
    DUMP = "dump"
    RETURN = "return"


TIMES_S: dict[Phase, tuple[float, float]] = {
    Phase.DIG: (0.0, 90.0),  # under water it is not seen: its shortest time cannot be held against it
    Phase.HOIST: (0.0, 60.0),
    Phase.SWING: (1.0, 45.0),
    Phase.DUMP: (0.5, 60.0),
    Phase.RETURN: (1.0, 90.0),
}
UNSEEN_S = 8.0  # in a phase in which it is above water it may be missed so long
AT_TAKE, AT_DROP = 0.3, 0.7  # shares of the way
LEAST_WAY = 0.06  # of the picture's width: less is no swing
LEAST_RISE = 0.04  # of the picture's height: the hoist has begun
WINDOW_NS = 240 * _NS


@dataclass(frozen=True, slots=True)
class Seen:
    """The bucket in one look, shares of the picture; `in_hold` where its middle lies over the sand of a hold.

    `size` is the side of a square as large as its box, a share of the picture's width; 0 where the box is cut off.
    """

    mono_ns: int
    x: float
    y: float
    in_hold: bool
    size: float = 0.0


@dataclass(frozen=True, slots=True)
class Cycle:
    """One cycle counted: from the end of the last dump (or where it was first seen) to the end of this one."""

    mono_ns: int
    period_s: float | None
    from_water: bool  # it was lost from sight, low and outside any hold, before it swung


@dataclass(slots=True)
class BucketState:
    """The whole memory."""

    track: deque[Seen] = field(default_factory=deque)
    phase: Phase = Phase.LOST
    since_mono_ns: int = 0
    dumped_mono_ns: int | None = None
    swung: bool = False
    take_x: float = 0.0
    drop_x: float = 0.0
    low_y: float = 1.0
    dived_mono_ns: int | None = None  # lost from sight at the taking end, outside any hold
    wet: bool = False
    looks: int = 0
    hits: int = 0


class Bucket:
    """Takes every look of one camera in order; gives the cycles that are over."""

    def __init__(self) -> None:
        self.state = BucketState()

    @property
    def seen_share(self) -> float:
        """In how many of the last looks the bucket was found."""
        return self.state.hits / self.state.looks if self.state.looks >= 20 else 0.0

    def step(self, mono_ns: int, seen: Seen | None) -> tuple[Cycle, ...]:
        state = self.state
        if state.track and mono_ns < state.track[-1].mono_ns:
            self.state = state = BucketState()
        state.looks += 1
        state.hits += seen is not None
        if state.looks > 600:  # the share follows the last minutes
            state.looks, state.hits = state.looks // 2, state.hits // 2
        if seen is not None:
            state.track.append(seen)
            while mono_ns - state.track[0].mono_ns > WINDOW_NS:
                state.track.popleft()
        known = state.take_x != state.drop_x
        if not self._ends():
            return ()
        # What was seen before it was known where it takes and drops is gone through once more.
        return self._advance(mono_ns, seen) if known else self._again()

    def _again(self) -> tuple[Cycle, ...]:
        cycles: tuple[Cycle, ...] = ()
        before = self.state.track[0]
        for seen in tuple(self.state.track):
            if seen.mono_ns - before.mono_ns > 2 * _NS:
                self._unseen(seen.mono_ns - 1, before)
            cycles += self._advance(seen.mono_ns, seen)
            before = seen
        return cycles

    def _ends(self) -> bool:
        """Where it takes and where it drops: of the two ends of its way the one where it is lost from sight."""
        state = self.state
        if len(state.track) < 8:
            return False
        if len(state.track) % 8 == 0 or state.take_x == state.drop_x:
            across = sorted(seen.x for seen in state.track)
            left, right = across[len(across) // 20], across[-1 - len(across) // 20]
            if right - left < LEAST_WAY:
                state.take_x = state.drop_x = 0.0
                return False
            state.take_x, state.drop_x = self._which(left, right)
        return state.take_x != state.drop_x

    def _which(self, left: float, right: float) -> tuple[float, float]:
        """Taking end first. The longer unseen at one end decides; else the end where it hangs lower."""
        margin = 0.3 * (right - left)
        unseen, lowest = {left: 0.0, right: 0.0}, {left: 0.0, right: 0.0}
        before: Seen | None = None
        for seen in self.state.track:
            for end in (left, right):
                if abs(seen.x - end) < margin:
                    lowest[end] = max(lowest[end], seen.y)
                    gap_s = 0.0 if before is None else (seen.mono_ns - before.mono_ns) / _NS
                    if before is not None and gap_s > 2.0 and abs(before.x - end) < margin:
                        unseen[end] += gap_s
            before = seen
        left_takes = lowest[left] >= lowest[right]
        if abs(unseen[left] - unseen[right]) > 4.0:
            left_takes = unseen[left] > unseen[right]
        take, drop = (left, right) if left_takes else (right, left)
        self.state.low_y = lowest[take]
        return take, drop

    def _way(self, seen: Seen) -> float:
        """0 where it takes, 1 where it drops."""
        return (seen.x - self.state.take_x) / (self.state.drop_x - self.state.take_x)

    def _advance(self, mono_ns: int, seen: Seen | None) -> tuple[Cycle, ...]:
        state = self.state
        in_phase_s = (mono_ns - state.since_mono_ns) / _NS
        if seen is None:
            self._unseen(mono_ns, state.track[-1] if state.track else None)
            return ()
        if state.dived_mono_ns is not None:
            state.wet = state.wet or (mono_ns - state.dived_mono_ns) / _NS >= 3.0
            state.dived_mono_ns = None
        if state.phase is not Phase.LOST and in_phase_s > TIMES_S[state.phase][1]:
            self._enter(Phase.LOST, mono_ns)
        following = self._following(seen, in_phase_s)
        if state.phase is Phase.DUMP and following is Phase.RETURN:
            return self._dumped(mono_ns)
        if following is not None:
            # It only wavered on its way back: without a new swing there is nothing to dump.
            state.swung = following is Phase.DUMP and state.phase is Phase.SWING
            self._enter(following, mono_ns)
        return ()

    def _following(self, seen: Seen, in_phase_s: float) -> Phase | None:
        """The phase that begins with this look, None where the present one goes on."""
        phase, way = self.state.phase, self._way(seen)
        ripe = in_phase_s >= TIMES_S.get(phase, (0.0, 0.0))[0]
        rules: dict[Phase, tuple[tuple[bool, Phase], ...]] = {
            Phase.LOST: ((way < AT_TAKE, Phase.DIG),),
            Phase.DIG: (
                (way >= AT_TAKE, Phase.SWING),
                (seen.y < self.state.low_y - LEAST_RISE, Phase.HOIST),
            ),
            Phase.HOIST: ((way >= AT_TAKE, Phase.SWING),),
            Phase.SWING: ((way > AT_DROP and ripe, Phase.DUMP), (way < AT_TAKE / 2, Phase.DIG)),
            Phase.DUMP: ((way < AT_DROP - 0.05 and ripe, Phase.RETURN),),
            Phase.RETURN: ((way < AT_TAKE, Phase.DIG), (way > AT_DROP and ripe, Phase.DUMP)),
        }
        return next((after for holds, after in rules[phase] if holds), None)

    def _unseen(self, mono_ns: int, last: Seen | None) -> None:
        """Under water it may be lost for long; above it, only for a moment."""
        state = self.state
        if last is None:
            return
        unseen_s = (mono_ns - last.mono_ns) / _NS
        if self._way(last) < AT_TAKE:
            if state.dived_mono_ns is None and not last.in_hold:
                state.dived_mono_ns = last.mono_ns
            if state.phase in (Phase.RETURN, Phase.HOIST, Phase.LOST) and unseen_s > 1.0:
                self._enter(Phase.DIG, mono_ns)
            if state.phase is Phase.DIG and unseen_s > TIMES_S[Phase.DIG][1]:
                self._enter(Phase.LOST, mono_ns)
        elif state.phase not in (Phase.LOST, Phase.DIG) and unseen_s >= UNSEEN_S:
            self._enter(Phase.LOST, mono_ns)

    def _dumped(self, mono_ns: int) -> tuple[Cycle, ...]:
        state = self.state
        self._enter(Phase.RETURN, mono_ns)
        if not state.swung:
            return ()
        before = state.dumped_mono_ns
        period_s = None if before is None else round((mono_ns - before) / _NS, 2)
        wet, state.swung, state.wet, state.dumped_mono_ns = state.wet, False, False, mono_ns
        return (Cycle(mono_ns, period_s, wet),)

    def _enter(self, phase: Phase, mono_ns: int) -> None:
        self.state.phase, self.state.since_mono_ns = phase, mono_ns


def find_bucket(
    detections: Sequence[Detection],
    size_px: tuple[int, int],
    last: Seen | None,
    mono_ns: int,
    within: tuple[float, float, float, float] | None,
) -> Seen | None:
    """The one bucket of this machine: inside its region, and near where it was if that is not long ago."""
    wide, tall = size_px
    best: tuple[float, Seen] | None = None
    for found in detections:
        if found.label != "bucket":
            continue
        x, y = (found.x0 + found.x1) / 2 / wide, (found.y0 + found.y1) / 2 / tall
        if within is not None and not (within[0] <= x <= within[2] and within[1] <= y <= within[3]):
            continue
        score = found.score
        if last is not None and (gone_s := (mono_ns - last.mono_ns) / _NS) < 10.0:
            reach = 0.08 + 0.12 * gone_s  # shares of the picture a second
            score -= max(0.0, max(abs(x - last.x), abs(y - last.y)) - reach) * 5.0
        held = any(
            item.label == "sand_load"
            and item.x0 <= x * wide <= item.x1
            and item.y0 - (item.y1 - item.y0) <= y * tall <= item.y1
            for item in detections
        )
        if score > 0 and (best is None or score > best[0]):
            best = (score, Seen(mono_ns, round(x, 4), round(y, 4), held, _size(found, size_px)))
    return None if best is None else best[1]


def _size(found: Detection, size_px: tuple[int, int]) -> float:
    wide, tall = size_px
    if found.x0 <= 1 or found.y0 <= 1 or found.x1 >= wide - 1 or found.y1 >= tall - 1:
        return 0.0
    return round(sqrt((found.x1 - found.x0) * (found.y1 - found.y0)) / wide, 5)
