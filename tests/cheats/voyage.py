"""One scripted voyage as readings: what the box hears and sees, second by second, until the power is cut."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from heapq import merge
from math import atan2, degrees

from activity.gear_builders import grab
from agent.licence.hours import ZONE
from agent.types import (
    FindingKind,
    Fix,
    FixQuality,
    Heading,
    Health,
    Observation,
    Reading,
    Signal,
    Sky,
    SourceState,
    Tick,
)
from cheats.river import ARM_M, HERE, LIES_DEG, PLAIN, Kit, Path, Step, Wander

SECOND = 1_000_000_000
CAMERA = "deck"
FIX_S, LOOK_S, TICK_S = 3.0, 5.0, 10.0

Receiver = Callable[[float, Fix], Fix | None]


@dataclass(frozen=True, slots=True)
class Grab:
    """Looks at a grab crane made from numbers: scripted detections, not the detector's."""

    from_s: float
    to_s: float
    period_s: float = 60.0
    missed: float = 0.0
    dives: bool = True
    wider: float = 1.0  # the bucket's length against that of the registered one


@dataclass(frozen=True, slots=True)
class Voyage:
    """`offence` is from when to when, in seconds; `right` the findings that name it, `leads` those that lead to it."""

    name: str
    cheat: str
    begins: str  # local time of the day
    start: tuple[float, float]
    steps: tuple[Step, ...]
    offence: tuple[float, float] | None = None
    right: frozenset[FindingKind] = frozenset()
    leads: frozenset[FindingKind] = frozenset()
    kit: Kit = PLAIN
    films: tuple[tuple[float, str], ...] = ()
    grabs: tuple[Grab, ...] = ()
    receiver: Receiver | None = None
    jammed: tuple[float, float] | None = None
    lines: tuple[tuple[str, float, float, float], ...] = ()  # signal, value, from, to
    camera_lost: tuple[float, float] | None = None
    cuts: tuple[tuple[float, float], ...] = ()  # at, for how long
    ordered: bool = False
    day_m3: float | None = None
    seed: int = 1

    @property
    def activity(self) -> str:
        """Who says what the gear does."""
        if self.grabs:
            return "activity scripted"
        return "camera: detector on rendered film" if self.films else "position alone"

    def begins_utc(self) -> datetime:
        return datetime.fromisoformat(f"2026-11-20T{self.begins}:00").replace(tzinfo=ZONE)

    @property
    def by_night(self) -> bool:
        """Does the offence begin after sunset or before sunrise (about 17:30 and 06:00 in November)?"""
        if self.offence is None:
            return False
        at = self.begins_utc() + timedelta(seconds=self.offence[0])
        return not 6 <= at.hour + at.minute / 60 < 17.5


@dataclass(frozen=True, slots=True)
class Part:
    """The readings of one boot, whose monotonic clock begins at 0, and when it began."""

    begins_s: float
    readings: Iterator[Reading] = field(repr=False)


def parts(voyage: Voyage, looks: Mapping[str, Sequence[Observation]]) -> Iterator[Part]:
    """The voyage boot by boot. `looks` are what the eyes said of each film."""
    path = Path(voyage.start, voyage.steps, voyage.seed)
    wander = Wander(voyage.kit, FIX_S, voyage.seed)
    begins = 0.0
    for cut_s, off_s in (*voyage.cuts, (path.length_s, 0.0)):
        sources = [
            _receiver(voyage, path, wander, begins, cut_s),
            _ticks(begins, cut_s),
            _films(voyage, looks, begins, cut_s),
            _lines(voyage, begins, cut_s),
            *(_grab(one, begins, cut_s) for one in voyage.grabs),
        ]
        yield Part(begins, merge(*sources, key=lambda reading: reading.mono_ns))
        begins = cut_s + off_s


def _stamp(at_s: float, begins: float) -> int:
    return round((at_s - begins) * SECOND)


def _every(step_s: float, begins: float, ends: float) -> Iterator[float]:
    for number in range(int((ends - begins) / step_s)):
        yield begins + number * step_s


def _receiver(voyage: Voyage, path: Path, wander: Wander, begins: float, ends: float) -> Iterator[Reading]:
    start, course = voyage.begins_utc(), 0.0
    before: tuple[float, float] | None = None
    for at_s in _every(FIX_S, begins, ends):
        east, north, sog_kn = path.at(at_s)
        off_east, off_north = wander.next()
        lat, lon = HERE.degrees(east - ARM_M[0] + off_east, north - ARM_M[1] + off_north)
        mono_ns = _stamp(at_s, begins)
        moving = sog_kn > 1.0
        if moving and before is not None:
            course = degrees(atan2(east - before[0], north - before[1])) % 360.0
        before = (east, north)
        fix = Fix(
            mono_ns,
            start + timedelta(seconds=at_s),
            round(lat, 7),
            round(lon, 7),
            FixQuality.GNSS,
            sog_kn=round(sog_kn, 2),
            cog_deg=course if moving else None,
            hdop=0.9,
            satellites=11,
            alt_m=2.0 + off_north / 2,
            error_m=2.83 * voyage.kit.noise_m,
            dimensions=3,
            agrees=True,
        )
        heard = fix if voyage.receiver is None else voyage.receiver(at_s, fix)
        if heard is None:
            continue
        if voyage.kit.heading:
            yield Heading(mono_ns, LIES_DEG)
        if voyage.jammed is not None and at_s % 10.0 < FIX_S:
            low = voyage.jammed[0] <= at_s < voyage.jammed[1]
            levels = (24, 21, 26, 22) if low else (42, 38, 45, 40, 36, 44, 41, 39, 43, 37, 46)
            yield Sky(
                mono_ns, len(levels), len(levels), levels, tuple(20 + 5 * n for n in range(len(levels)))
            )
        yield heard


def _ticks(begins: float, ends: float) -> Iterator[Reading]:
    for at_s in _every(TICK_S, begins, ends):
        yield Tick(_stamp(at_s, begins) + 1)


def _films(
    voyage: Voyage, looks: Mapping[str, Sequence[Observation]], begins: float, ends: float
) -> Iterator[Reading]:
    """The looks of the film of each moment, played over and over."""
    if not voyage.films:
        return
    said = False
    for number, at_s in enumerate(_every(LOOK_S, begins, ends)):
        mono_ns = _stamp(at_s, begins) + 2
        lost = voyage.camera_lost is not None and voyage.camera_lost[0] <= at_s < voyage.camera_lost[1]
        if lost != said:
            said = lost
            state = Health.FAILED if lost else Health.HEALTHY
            yield SourceState(mono_ns, f"camera:{CAMERA}", state, "no answer" if lost else "pictures again")
        if lost:
            continue
        film = [name for from_s, name in voyage.films if from_s <= at_s][-1]
        seen = looks[film]
        yield replace(seen[number % len(seen)], mono_ns=mono_ns, camera=CAMERA)


def _grab(one: Grab, begins: float, ends: float) -> Iterator[Reading]:
    from_s, to_s = max(one.from_s, begins), min(one.to_s, ends)
    if from_s >= to_s:
        return
    for seen in grab(
        to_s - begins,
        from_s=from_s - begins,
        period_s=one.period_s,
        missed=one.missed,
        dives=one.dives,
        camera=CAMERA,
        size=14.0 * one.wider,
    ):
        yield replace(seen, mono_ns=seen.mono_ns + 3)


def _lines(voyage: Voyage, begins: float, ends: float) -> Iterator[Reading]:
    for at_s in _every(30.0, begins, ends):
        for name, value, from_s, to_s in voyage.lines:
            if from_s <= at_s < to_s:
                yield Signal(_stamp(at_s, begins) + 4, name, value)
