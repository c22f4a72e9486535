"""The working cycle of a grab crane: dig, hoist, swing, dump, return, with an operator's unevenness.

Pure: a spell of work is drawn once from a seed, after which pose and phase are functions of time. Times
are seconds of the film, angles degrees (slew positive to port), heights metres above the water.
"""

import bisect
from dataclasses import dataclass
from enum import StrEnum

import numpy as np


class Phase(StrEnum):
    """What the grab does. `rest` is everything outside the cycle: parked, boom going out or in."""

    REST = "rest"
    DIG = "dig"
    HOIST = "hoist"
    SWING = "swing"
    DUMP = "dump"
    RETURN = "return"


ORDER = (Phase.DIG, Phase.HOIST, Phase.SWING, Phase.DUMP, Phase.RETURN)


@dataclass(frozen=True, slots=True)
class Site:
    """Geometry of the work. Phase times are the medians: a 1.5 m3 grab on about 7 m of water."""

    dig_slew_deg: float = 47.0
    dump_slew_deg: float = -56.0
    boom_deg: float = 47.0
    parked_boom_deg: float = 58.0
    bed_m: float = -7.0
    carry_m: float = 4.6
    dump_m: float = 3.2
    parked_m: float = 1.15
    phase_s: tuple[float, float, float, float, float] = (7.0, 15.0, 11.0, 6.0, 20.0)
    jitter: float = 0.13
    out_s: float = 22.0  # boom from its rest to the first bite, and back


@dataclass(frozen=True, slots=True)
class CranePose:
    """`grab_m` is the height of the lips of the bucket, `open_share` 0 closed to 1 open, `load_share` 0 to 1."""

    phase: Phase
    progress: float
    slew_deg: float
    boom_deg: float
    grab_m: float
    open_share: float
    load_share: float


@dataclass(frozen=True, slots=True)
class Cycle:
    """One bite. `ends_s` holds the end of each phase of ORDER; the slews differ from bite to bite."""

    start_s: float
    ends_s: tuple[float, ...]
    dig_slew_deg: float
    dump_slew_deg: float
    next_dig_slew_deg: float
    fill: float


def ease(share: float) -> float:
    """0 to 1 with a soft start and stop."""
    bounded = min(1.0, max(0.0, share))
    return bounded * bounded * (3.0 - 2.0 * bounded)


def blend(a: float, b: float, share: float) -> float:
    return a + (b - a) * ease(share)


class Spell:
    """Work from `from_s` to `to_s`: boom out, whole cycles while they fit, boom in."""

    def __init__(self, from_s: float, to_s: float, seed: int, site: Site | None = None) -> None:
        self.site = site or Site()
        self.from_s, self.to_s = from_s, to_s
        self.cycles = _draw(from_s, to_s, np.random.default_rng(seed), self.site)
        self._starts = [cycle.start_s for cycle in self.cycles]

    def phase(self, at_s: float) -> Phase:
        return self.pose(at_s).phase

    def loads(self, at_s: float) -> float:
        """Bucket loads dropped so far, the one being dropped in part."""
        done = 0.0
        for cycle in self.cycles:
            start, end = cycle.ends_s[2], cycle.ends_s[3]
            done += cycle.fill * min(1.0, max(0.0, (at_s - start) / (end - start)))
        return done

    def pose(self, at_s: float) -> CranePose:
        index = bisect.bisect_right(self._starts, at_s) - 1
        if index < 0:
            return self._boom_out(at_s)
        cycle = self.cycles[index]
        if at_s >= cycle.ends_s[-1]:
            return self._boom_in(at_s - cycle.ends_s[-1], cycle)
        number = bisect.bisect_right(cycle.ends_s, at_s)
        start = cycle.ends_s[number - 1] if number else cycle.start_s
        share = (at_s - start) / (cycle.ends_s[number] - start)
        return _in_cycle(ORDER[number], share, cycle, self.site)

    def _boom_out(self, at_s: float) -> CranePose:
        slew = self.cycles[0].dig_slew_deg if self.cycles else 0.0
        share = (at_s - self.from_s) / self.site.out_s if self.cycles else 0.0
        return _unparked(share, slew, self.site)

    def _boom_in(self, since_s: float, last: Cycle) -> CranePose:
        return _unparked(1.0 - since_s / self.site.out_s, last.next_dig_slew_deg, self.site)


def parked(site: Site | None = None) -> CranePose:
    """Boom ahead and high, grab closed on deck."""
    return _unparked(0.0, 0.0, site or Site())


def _unparked(share: float, slew_deg: float, site: Site) -> CranePose:
    """From the rest (0) over the lift and the slew to the open grab on the bed (1)."""
    bounded = min(1.0, max(0.0, share))
    lifted = blend(site.parked_m, site.carry_m, bounded / 0.3)
    return CranePose(
        phase=Phase.REST,
        progress=bounded,
        slew_deg=blend(0.0, slew_deg, (bounded - 0.2) / 0.5),
        boom_deg=blend(site.parked_boom_deg, site.boom_deg, bounded / 0.5),
        grab_m=blend(lifted, site.bed_m, (bounded - 0.6) / 0.4),
        open_share=ease((bounded - 0.5) / 0.3),
        load_share=0.0,
    )


def _draw(from_s: float, to_s: float, rng: np.random.Generator, site: Site) -> tuple[Cycle, ...]:
    cycles: list[Cycle] = []
    start = from_s + site.out_s
    dig = site.dig_slew_deg + float(rng.uniform(-5.0, 5.0))
    while True:
        spans = np.array(site.phase_s) * np.exp(rng.normal(0.0, site.jitter, len(ORDER)))
        if rng.random() < 0.12:  # the operator waits: a barge is shifted, a rope is looked at
            spans[-1] += rng.uniform(4.0, 14.0)
        ends = start + np.cumsum(spans)
        if ends[-1] + site.out_s > to_s:
            return tuple(cycles)
        following = site.dig_slew_deg + float(rng.uniform(-7.0, 7.0))
        cycles.append(
            Cycle(
                start_s=start,
                ends_s=tuple(float(end) for end in ends),
                dig_slew_deg=dig,
                dump_slew_deg=site.dump_slew_deg + float(rng.uniform(-6.0, 6.0)),
                next_dig_slew_deg=following,
                fill=float(rng.uniform(0.7, 1.0)),
            )
        )
        start, dig = float(ends[-1]), following


def _in_cycle(phase: Phase, share: float, cycle: Cycle, site: Site) -> CranePose:
    slew, grab, open_share, load = cycle.dig_slew_deg, site.bed_m, 1.0, 0.0
    if phase is Phase.DIG:
        open_share, load = 1.0 - ease(share), cycle.fill * ease(share)
        grab = site.bed_m + 0.5 * ease(share)
    elif phase is Phase.HOIST:
        open_share, load = 0.0, cycle.fill
        grab = blend(site.bed_m + 0.5, site.carry_m, share)
    elif phase is Phase.SWING:
        slew = blend(cycle.dig_slew_deg, cycle.dump_slew_deg, share)
        open_share, load = 0.0, cycle.fill
        grab = blend(site.carry_m, site.dump_m, (share - 0.7) / 0.3)
    elif phase is Phase.DUMP:
        slew, grab = cycle.dump_slew_deg, site.dump_m
        open_share, load = ease(share / 0.6), cycle.fill * (1.0 - ease((share - 0.1) / 0.6))
    else:
        slew = blend(cycle.dump_slew_deg, cycle.next_dig_slew_deg, (share - 0.08) / 0.52)
        lifted = blend(site.dump_m, site.carry_m, share / 0.15)
        grab = blend(lifted, site.bed_m, (share - 0.55) / 0.45)
    return CranePose(phase, share, slew, site.boom_deg, grab, open_share, load)
