"""The gear of one camera: three ways to count its cycles, which one stands, and whether the others agree.

| by | sees | needs |
|---|---|---|
| `bucket` | the bucket through its phases | a detector that finds it in at least 30 % of the looks |
| `box` | the box of the crane or excavator swinging | a detector that finds the machine |
| `region` | how the region of the gear looks, over and over | a region, drawn or found |

The first that can stands; where the technician has drawn a region it stands before a box. A machine that is seen in
most looks and whose outline has not moved for minutes does not work, however the region looks: lights, wakes and
people move there too. The others are the second opinion: their counts over the last ten minutes are kept beside it. Where none can tell, time passes
*not counted*.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from agent.activity.bucket import Bucket, BucketState, find_bucket
from agent.activity.bucket_size import BucketSize
from agent.activity.swing import Swings, SwingSettings, SwingState
from agent.position.snapshot import state_from_json, state_json
from agent.types import Apparent, Detection, Json, Method, Observation

_NS = 1_000_000_000
Counter: TypeAlias = Literal["bucket", "box", "region"]
COUNTERS: tuple[Counter, ...] = ("bucket", "box", "region")
MACHINES: dict[str, Method] = {"grab_crane": "grab", "excavator": "excavator", "suction_dredger": "suction"}
WEAK_SHARE = 0.3  # a bucket found more seldom is not followed
OPINION_NS = 600 * _NS
AT_WORK_NS = 180 * _NS  # since the last cycle: a bucket that hangs idle is not measured
JET_SHARE = 0.6  # of the looks of a minute with a discharge: pumping
LEAST_LOOKS = (
    8.0  # of about the last minute, before a share of them says anything; at 5 s a look there are nine
)
STEADY_SHARE = 0.7  # of the looks of a minute that show the machine: its outline can be believed
STEADY_REACH = 0.025  # moved no farther in the window of minutes: at rest; at work it was never below 0.1
MOVED_REACH = 1.3  # of the look of a region; of films at rest one in five passed it
FRESH_NS = 30 * _NS
REGION_SCALE = 40.0


@dataclass(frozen=True, slots=True)
class GearSettings:
    """`region` is the technician's, corners as shares of the picture. Gear outside it is another vessel's."""

    region: tuple[tuple[float, float], ...] | None = None


@dataclass(frozen=True, slots=True)
class Counted:
    """A cycle of the own machine. `period_s` is None for the first of a run."""

    mono_ns: int
    by: Counter
    period_s: float | None
    from_water: bool


@dataclass(frozen=True, slots=True)
class GearEvidence:
    """What the camera says now. Counts are of the last ten minutes, `machine` the label seen most."""

    counter: Counter | None
    cycles: int
    recent: tuple[int, ...]  # stamps of the cycles of the last ten minutes
    period_s: float | None
    regular: bool
    from_water: int
    others: dict[str, int]
    agrees: bool | None
    machine: Method | None
    jet_share: float
    alongside: bool
    moves: bool  # something as large as a machine moves, whether in cycles or not
    bucket_share: float
    look_mono_ns: int | None
    apparent: Apparent | None = None  # the bucket's size, against the reference


@dataclass(slots=True)
class _Jets:
    looks: float = 0.0
    hits: float = 0.0
    alongside: float = 0.0
    machine: float = 0.0
    mono_ns: int = 0


@dataclass(slots=True)
class _State:
    bucket: BucketState = field(default_factory=BucketState)
    box: SwingState = field(default_factory=SwingState)
    region: SwingState = field(default_factory=SwingState)
    counted: deque[Counted] = field(default_factory=deque)
    opinions: dict[str, list[str]] = field(default_factory=dict)  # stamps of every counter's cycles
    machines: dict[str, float] = field(default_factory=dict)
    jets: _Jets = field(default_factory=_Jets)
    look_mono_ns: int | None = None
    look_cells: str = ""


class Gear:
    """Takes every observation of one camera in order."""

    def __init__(self, settings: GearSettings | None = None) -> None:
        self._settings = settings or GearSettings()
        self._state = _State()
        self._bucket = Bucket()
        self._box = Swings(SwingSettings(least_range=0.05, bin_s=1.0))
        self._region = Swings()
        self.size = BucketSize()

    def step(self, seen: Observation, *, sure: bool = True) -> tuple[Counted, ...]:
        """One look; the cycles that became certain with it. `sure`: the camera shows what it should."""
        mono_ns, state = seen.mono_ns, self._state
        if state.look_mono_ns is not None and mono_ns < state.look_mono_ns:
            self.forget()
            state = self._state
        state.look_mono_ns = mono_ns
        found: list[Counted] = []
        if seen.detections is not None:
            found += self._look_for_boxes(seen, seen.detections, sure=sure)
        for visit in self._region.step(mono_ns, _cells(seen.gear)):
            found.append(Counted(visit.mono_ns, "region", visit.period_s, from_water=False))
        for item in found:
            state.opinions.setdefault(item.by, []).append(str(item.mono_ns))
        self._age(mono_ns)
        stands = self._stands()
        still = stands == "region" and self._rests()
        fresh = tuple(item for item in found if item.by == stands and not still and self._is_new(item))
        state.counted.extend(fresh)
        return fresh

    def counted_lately(self, mono_ns: int) -> int:
        """Cycles of the last ten minutes."""
        return sum(0 <= mono_ns - item.mono_ns <= OPINION_NS for item in self._state.counted)

    def stirs(self, mono_ns: int) -> bool:
        """Is the gear out: something large moved in the last minutes, or the bucket was seen in the last one?"""
        if self._region.reach >= self._region.settings.least_range:
            return True
        track = self._bucket.state.track
        return bool(track) and mono_ns - track[-1].mono_ns <= 60 * _NS

    def forget(self) -> None:
        """The vessel went elsewhere: what was learned of the scene, and unfinished cycles, are void."""
        counted, opinions = self._state.counted, self._state.opinions
        self._state = _State(counted=counted, opinions=opinions)
        self._bucket, self._box, self._region = Bucket(), Swings(self._box.settings), Swings()

    def _look_for_boxes(
        self, seen: Observation, detections: tuple[Detection, ...], *, sure: bool
    ) -> list[Counted]:
        state, mono_ns = self._state, seen.mono_ns
        size = (seen.width_px, seen.height_px)
        region = self._settings.region
        within = None if region is None else _bounds(region)
        own = [item for item in detections if within is None or _middle_in(item, size, within)]
        machine = max(
            (item for item in own if item.label in MACHINES), key=lambda item: item.score, default=None
        )
        for label in list(state.machines):
            state.machines[label] *= 0.99
        place = None
        if machine is not None:
            state.machines[machine.label] = state.machines.get(machine.label, 0.0) + machine.score
            place = (
                (machine.x0 + machine.x1) / 2 / seen.width_px,
                0.5 * (machine.x1 - machine.x0) / seen.width_px,
                machine.y0 / seen.height_px,
            )
            if within is None:
                within = _wider(machine, size)
        self._see_jets(mono_ns, own, detections)
        last = self._bucket.state.track[-1] if self._bucket.state.track else None
        bucket = find_bucket(own, size, last, mono_ns, within)
        if bucket is not None and not bucket.in_hold:
            held = find_bucket(detections, size, last, mono_ns, within)
            bucket = held if held is not None else bucket
        at_work = bool(state.counted) and mono_ns - state.counted[-1].mono_ns <= AT_WORK_NS
        if bucket is not None and at_work and sure:
            self.size.step(bucket)
        cycles = [
            Counted(cycle.mono_ns, "bucket", cycle.period_s, cycle.from_water)
            for cycle in self._bucket.step(mono_ns, bucket)
        ]
        visits = self._box.step(mono_ns, place)
        return cycles + [Counted(visit.mono_ns, "box", visit.period_s, from_water=False) for visit in visits]

    def _see_jets(self, mono_ns: int, own: list[Detection], every: tuple[Detection, ...]) -> None:
        """How often a discharge is seen, a barge, and the machine: shares of about the last minute."""
        jets = self._state.jets
        passed_s = min(60.0, max(0.0, (mono_ns - jets.mono_ns) / _NS)) if jets.mono_ns else 0.0
        kept = 0.5 ** (passed_s / 30.0)
        jets.looks = jets.looks * kept + 1.0
        jets.hits = jets.hits * kept + any(item.label == "discharge" for item in own)
        jets.alongside = jets.alongside * kept + any(item.label in ("barge", "sand_load") for item in every)
        jets.machine = jets.machine * kept + any(item.label in MACHINES for item in own)
        jets.mono_ns = mono_ns

    def _in_plain_sight(self) -> bool:
        """Does the detector show the machine in most looks of a minute?"""
        jets = self._state.jets
        return jets.looks >= LEAST_LOOKS and jets.machine >= STEADY_SHARE * jets.looks

    def _rests(self) -> bool:
        """Is the machine in plain sight and its outline still?"""
        return self._in_plain_sight() and self._box.known and self._box.reach <= STEADY_REACH

    def _moves(self, mono_ns: int) -> bool:
        if self._in_plain_sight():
            return self._box.reach >= self._box.settings.least_range
        bins = self._region.state.bins
        return bool(bins) and mono_ns - bins[-1].mono_ns <= FRESH_NS and self._region.reach >= MOVED_REACH

    def _stands(self) -> Counter | None:
        state = self._state
        if self._bucket.seen_share >= WEAK_SHARE:
            return "bucket"
        if self._settings.region is not None:
            return "region"
        if sum(state.machines.values()) > 3.0:
            return "box" if self._box.reach >= self._box.settings.least_range else "region"
        return "region" if self._region.state.bins else None

    def _is_new(self, item: Counted) -> bool:
        """Not the cycle that another counter, which stood before, has told already."""
        last = self._state.counted[-1] if self._state.counted else None
        if last is None:
            return True
        apart_s = (item.mono_ns - last.mono_ns) / _NS
        return apart_s > (0.5 * (item.period_s or 16.0) if last.by != item.by else 0.0)

    def _age(self, mono_ns: int) -> None:
        state = self._state
        while state.counted and mono_ns - state.counted[0].mono_ns > OPINION_NS:
            state.counted.popleft()
        for by, stamps in state.opinions.items():
            state.opinions[by] = [stamp for stamp in stamps if mono_ns - int(stamp) <= OPINION_NS]

    def evidence(self, mono_ns: int) -> GearEvidence:
        """What stands now."""
        state = self._state
        counted = [item for item in state.counted if 0 <= mono_ns - item.mono_ns <= OPINION_NS]
        periods = sorted(item.period_s for item in counted if item.period_s is not None)
        period_s = periods[len(periods) // 2] if periods else None
        regular = (
            period_s is not None
            and len(periods) >= 3
            and (sum(abs(period - period_s) <= 0.35 * period_s for period in periods) >= 0.75 * len(periods))
        )
        stands = self._stands()
        others = {by: len(stamps) for by, stamps in state.opinions.items() if by != stands}
        agrees = None
        if others and counted:
            nearest = min(others.values(), key=lambda count: abs(count - len(counted)))
            agrees = abs(nearest - len(counted)) <= max(1.0, 0.2 * len(counted))
        jets = state.jets
        machine = max(state.machines, key=lambda label: state.machines[label], default=None)
        seen = jets.looks >= LEAST_LOOKS
        return GearEvidence(
            counter=stands,
            cycles=len(counted),
            recent=tuple(item.mono_ns for item in counted),
            period_s=period_s,
            regular=regular,
            from_water=sum(item.from_water for item in counted),
            others=others,
            agrees=agrees,
            machine=None if machine is None else MACHINES[machine],
            jet_share=round(jets.hits / jets.looks, 3) if seen else 0.0,
            alongside=seen and jets.alongside / jets.looks > 0.5,
            moves=self._moves(mono_ns),
            bucket_share=round(self._bucket.seen_share, 3),
            look_mono_ns=state.look_mono_ns,
            apparent=self.size.apparent(),
        )

    def snapshot(self) -> Json:
        self._state.bucket, self._state.box, self._state.region = (
            self._bucket.state,
            self._box.state,
            self._region.state,
        )
        return state_json(self._state)

    def restore(self, data: Json) -> None:
        self._state = state_from_json(_State, data)
        self._bucket.state, self._box.state, self._region.state = (
            self._state.bucket,
            self._state.box,
            self._state.region,
        )


def _cells(gear: str) -> tuple[float, ...] | None:
    """The region's cells as numbers: grey from -3 to 3 about its median, texture from 0."""
    if not gear:
        return None
    cells = bytes.fromhex(gear)
    half = len(cells) // 2
    grey = [(cell - 128) / REGION_SCALE for cell in cells[:half]]
    return (*grey, *[cell / REGION_SCALE for cell in cells[half:]])


def _bounds(region: tuple[tuple[float, float], ...]) -> tuple[float, float, float, float]:
    across, down = [x for x, _ in region], [y for _, y in region]
    return min(across), min(down), max(across), max(down)


def _middle_in(item: Detection, size: tuple[int, int], within: tuple[float, float, float, float]) -> bool:
    x, y = (item.x0 + item.x1) / 2 / size[0], (item.y0 + item.y1) / 2 / size[1]
    return within[0] <= x <= within[2] and within[1] <= y <= within[3]


def _wider(machine: Detection, size: tuple[int, int]) -> tuple[float, float, float, float]:
    """The machine's box and as much again to each side: as far as its boom reaches."""
    wide, tall = machine.x1 - machine.x0, machine.y1 - machine.y0
    return (
        (machine.x0 - wide) / size[0],
        (machine.y0 - 0.5 * tall) / size[1],
        (machine.x1 + wide) / size[0],
        (machine.y1 + 0.8 * tall) / size[1],
    )
