"""What the own vessel is doing: position, cycles, discharge and signals through one small filter.

A forward hidden Markov model over five states. Its tables are written out below: how likely each piece of evidence
is in each state. They were set by hand from what was measured on rendered sequences (`docs/activity.md`) and are
meant to be replaced by tables learned from labelled hours. Place and licence are no evidence and are not asked.

- Machine working: at least two cycles stand within the last two and a half of them. Its probability is that of all
  work together, for it says no more than that the gear repeats its cycle.
- Dredging: besides, the bucket was lost under water outside any hold before half of its swings, or eight regular
  cycles without contrary evidence; or a discharge in most looks of a minute, or the pump runs.
- Loading: the bucket was followed through three cycles and never went under water, with a hold in sight.
- One piece of evidence counts once in the time for which it stands (`STANDS_S`, of cycles a share of their length):
  what the same two cycles say at each look of two minutes is said once. What is left of too much sureness is taken
  out by a map fitted on rendered sequences (`trust.py`).
- Where something as large as a machine moves and no work is known yet, the activity is `unknown`, not rest.
- A camera that cannot see makes the activity `unknown`, never idle. `at_rest` goes on to say what the position says.

Where no camera can tell of the gear (no detector, no region), position alone speaks and the activity says so.
"""

import math
from dataclasses import dataclass, field, replace
from typing import Final

from agent.activity.gear import GearEvidence
from agent.activity.pace import NO_POSITION, POSITION_ONLY, Pace, PaceSettings
from agent.activity.trust import By, trusted
from agent.position.snapshot import state_from_json, state_json
from agent.position.track import Motion
from agent.types import Activity, ActivityKind, Json, Method, Reason

_NS: Final = 1_000_000_000
UNDER_WAY, RESTING, MACHINE, DREDGING, LOADING = range(5)
STATES: Final = 5
KINDS: Final = {
    MACHINE: ActivityKind.MACHINE_WORKING,
    DREDGING: ActivityKind.DREDGING,
    LOADING: ActivityKind.LOADING,
}
TOLD_BY_POSITION: Final = frozenset({ActivityKind.TRANSITING, ActivityKind.STATIONARY, ActivityKind.MOORED})

# Likelihood of each observation in the order of the states.
TABLES: Final[dict[str, tuple[float, float, float, float, float]]] = {
    "under way": (0.95, 0.01, 0.01, 0.01, 0.01),
    "lying": (0.02, 0.90, 0.90, 0.90, 0.90),
    "no cycle": (0.90, 0.90, 0.10, 0.08, 0.08),
    "one cycle": (0.30, 0.40, 0.50, 0.50, 0.50),
    "cycles": (0.05, 0.02, 0.80, 0.80, 0.80),
    "from water": (0.10, 0.10, 0.15, 0.80, 0.05),
    "regular": (0.10, 0.10, 0.20, 0.60, 0.20),
    "not from water": (0.30, 0.30, 0.40, 0.03, 0.20),
    "from a hold": (0.20, 0.20, 0.30, 0.03, 0.60),
    "no more known": (0.40, 0.40, 0.50, 0.35, 0.35),
    "discharge": (0.03, 0.03, 0.05, 0.90, 0.15),
    "pump": (0.10, 0.10, 0.30, 0.85, 0.30),
    "hydraulics": (0.10, 0.15, 0.80, 0.80, 0.80),
    "vibration": (0.60, 0.15, 0.70, 0.80, 0.70),
}
# For how long a piece of evidence stands before the same, said again, is new.
STANDS_S: Final[dict[str, float]] = {"no cycle": 25.0, "discharge": 20.0}
POSITION_S: Final = 5.0  # of fixes and of the lines of the machine
OF_CYCLES: Final = frozenset(
    ("one cycle", "cycles", "from water", "regular", "not from water", "from a hold", "no more known")
)
CYCLE_SHARE: Final = 0.25  # evidence of cycles stands for this share of one
FIRST: Final = (
    0.1,
    0.6,
    0.1,
    0.1,
    0.1,
)  # before anything is known, and what it goes back to without evidence
WORK: Final = (MACHINE, DREDGING, LOADING)
STAY: Final = 0.97  # probability of the same state after 15 s
REGULAR_CYCLES: Final = 8
STALE_NS: Final = 20 * _NS  # a look older than this says nothing of now
WATCHED_NS: Final = 60 * _NS  # so long without a cycle is evidence of rest
LIES_MOORED: Final = Reason("lies_moored")
REST_HOLDS_NS: Final = 120 * _NS  # gear seen at rest is not taken to work the moment a picture is lacking
UNSURE: Final = 0.5
VIBRATION_G: Final = (
    0.05  # standard deviation over a second; engines idle below, pumps and winches work above
)
SIGNAL_NS: Final = 120 * _NS


@dataclass(frozen=True, slots=True)
class RecogniserSettings:
    """`sees_gear`: a detector is loaded or a region is drawn, so that the absence of cycles means something."""

    pace: PaceSettings = field(default_factory=PaceSettings)
    sees_gear: bool = False
    fitted: bool = True  # False while the map of `trust.py` itself is fitted


@dataclass(slots=True)
class _State:
    belief: list[float] = field(default_factory=lambda: list(FIRST))
    mono_ns: int | None = None
    kind: ActivityKind = ActivityKind.UNKNOWN
    since_mono_ns: int | None = None
    watched_mono_ns: int | None = None  # since when the gear has been in sight
    rested_mono_ns: int | None = None  # when it was last seen at rest, and not at work since
    signals: dict[str, tuple[str, float]] = field(default_factory=dict)  # name: stamp, value


class Recogniser:
    """Takes motion and evidence in order of `mono_ns`; a moment earlier than the last is another boot."""

    def __init__(self, settings: RecogniserSettings | None = None) -> None:
        self._settings = settings or RecogniserSettings()
        self._pace = Pace(self._settings.pace)
        self._state = _State()

    def signal(self, mono_ns: int, name: str, value: float) -> None:
        """A line of the box said something: `pump`, `hydraulic` (1 on, 0 off), `vibration` (g)."""
        if name in ("pump", "hydraulic", "vibration"):
            self._state.signals[name] = (str(mono_ns), value)

    @property
    def has_lines(self) -> bool:
        """Has a line of the machine spoken in this boot?"""
        return bool(self._state.signals)

    def step(
        self,
        motion: Motion,
        mono_ns: int,
        gear: GearEvidence | None = None,
        blind: tuple[Reason, ...] = (),
    ) -> Activity:
        """What she does now. `blind` says why the camera on the gear does not see; empty while it does."""
        if self._state.mono_ns is not None and mono_ns < self._state.mono_ns:
            self._state = _State()
        paced = self._pace.step(motion, mono_ns)
        told = [name for name in self._state.signals if self._on(name, mono_ns) is not None]
        if not self._settings.sees_gear and not told:
            self._state.mono_ns = mono_ns
            return paced
        in_sight = self._in_sight(gear, mono_ns, blind=bool(blind))
        evidence = self._evidence(paced, gear if in_sight else None, mono_ns)
        if "no cycle" in evidence:
            self._state.rested_mono_ns = mono_ns
        elif in_sight:
            self._state.rested_mono_ns = None
        self._filter(evidence, gear, mono_ns)
        best, likely = self._best()
        because = self._because(evidence, gear, mono_ns)
        if not in_sight and self._settings.sees_gear and not self._known_unseen(best, blind, told):
            because = (*self._why_unseen(blind), *paced.because)
            if not any(self._on(name, mono_ns) for name in told):
                because = (*self._quiet(paced, mono_ns), *because)
            return self._told(replace(paced, kind=self._unseen(paced), because=because), mono_ns)
        by = _by(gear if in_sight else None)
        if best in KINDS:
            trust, method = self._confidence(KINDS[best], by, likely), self._method(gear)
            seen = Activity(KINDS[best], mono_ns, because, trust, method, paced.at_rest)
            return self._told(seen, mono_ns)
        confidence: float | None = self._confidence(paced.kind, by, likely)
        if best == RESTING and "no cycle" not in evidence and _stirs(gear if in_sight else None):
            paced, confidence = replace(paced, kind=self._unseen(paced)), None
        reasons = tuple(reason for reason in paced.because if reason != POSITION_ONLY)
        if "no cycle" in evidence and best == RESTING:
            reasons = (*reasons, *because)
        return self._told(replace(paced, because=reasons, confidence=confidence), mono_ns)

    def _confidence(self, kind: ActivityKind, by: By | None, likely: float) -> float:
        return trusted(kind, by, likely) if self._settings.fitted else round(likely, 3)

    def _best(self) -> tuple[int, float]:
        """What is told, and its probability: of all work together where none of its kinds is likelier than not."""
        belief = self._state.belief
        work = sum(belief[state] for state in WORK)
        if work < UNSURE:
            best = max((UNDER_WAY, RESTING), key=lambda state: belief[state])
            return best, belief[best]
        best = max(WORK, key=lambda state: belief[state])
        if best != MACHINE and belief[best] >= UNSURE:
            return best, belief[best]
        return MACHINE, work

    def _quiet(self, paced: Activity, mono_ns: int) -> tuple[Reason, ...]:
        """What speaks for rest while nothing is seen, and no line of the box says otherwise."""
        reasons: tuple[Reason, ...] = (LIES_MOORED,) if paced.kind is ActivityKind.MOORED else ()
        rested_ns = self._state.rested_mono_ns
        if rested_ns is not None and mono_ns - rested_ns <= REST_HOLDS_NS:
            reasons += (Reason("rested_lately", {"seconds": (mono_ns - rested_ns) // _NS}),)
        return reasons

    def _known_unseen(self, best: int, blind: tuple[Reason, ...], told: list[str]) -> bool:
        """Does what is believed stand although no camera sees the gear now: by her way, a line, or a short gap?"""
        if best == UNDER_WAY:
            return True
        by_line = any(self._on(name, self._state.mono_ns or 0) for name in told)
        return best == DREDGING and (by_line or not blind)

    def _unseen(self, paced: Activity) -> ActivityKind:
        """Blind she may be at work: only what the position proves is said."""
        return paced.kind if paced.kind is ActivityKind.TRANSITING else ActivityKind.UNKNOWN

    def _why_unseen(self, blind: tuple[Reason, ...]) -> tuple[Reason, ...]:
        return blind or (Reason("gear_not_watched"),)

    def _told(self, activity: Activity, mono_ns: int) -> Activity:
        state = self._state
        if activity.kind is not state.kind or state.since_mono_ns is None:
            state.kind, state.since_mono_ns = activity.kind, mono_ns
        return replace(activity, since_mono_ns=state.since_mono_ns)

    def _in_sight(self, gear: GearEvidence | None, mono_ns: int, *, blind: bool) -> bool:
        fresh = gear is not None and gear.look_mono_ns is not None and mono_ns - gear.look_mono_ns <= STALE_NS
        seen = fresh and not blind and self._settings.sees_gear
        if not seen:
            self._state.watched_mono_ns = None
        elif self._state.watched_mono_ns is None:
            self._state.watched_mono_ns = mono_ns
        return seen

    def _on(self, name: str, mono_ns: int) -> bool | None:
        """Is a line on? None where it has not spoken lately."""
        stamp, value = self._state.signals.get(name, ("0", 0.0))
        if name not in self._state.signals or not 0 <= mono_ns - int(stamp) <= SIGNAL_NS:
            return None
        return value >= (VIBRATION_G if name == "vibration" else 0.5)

    def _evidence(self, paced: Activity, gear: GearEvidence | None, mono_ns: int) -> list[str]:
        """The rows of TABLES that hold now."""
        found = []
        if paced.kind is ActivityKind.TRANSITING:
            found.append("under way")
        elif paced.at_rest:
            found.append("lying")
        if gear is not None:
            found += self._from_gear(gear, mono_ns)
        for name, row in (("pump", "pump"), ("hydraulic", "hydraulics"), ("vibration", "vibration")):
            if self._on(name, mono_ns):
                found.append(row)
        return found

    def _from_gear(self, gear: GearEvidence, mono_ns: int) -> list[str]:
        span_ns = int(2.6 * _period_s(gear) * _NS)
        cycles = sum(mono_ns - stamp <= span_ns for stamp in gear.recent)
        found = []
        if cycles >= 2:
            found += ["cycles", _kind_of_cycles(gear)]
        elif cycles == 1:
            found.append("one cycle")
        elif (
            self._state.watched_mono_ns is not None and mono_ns - self._state.watched_mono_ns >= WATCHED_NS
        ) and not _stirs(gear):
            found.append("no cycle")
        if gear.jet_share >= 0.6:
            found.append("discharge")
        return found

    def _filter(self, evidence: list[str], gear: GearEvidence | None, mono_ns: int) -> None:
        """One step of the forward algorithm, weighed by the time since the last."""
        state = self._state
        dt_s = 0.0 if state.mono_ns is None else min(15.0, (mono_ns - state.mono_ns) / _NS)
        state.mono_ns = mono_ns
        stay = STAY ** (dt_s / 15.0)
        belief = [stay * one + (1.0 - stay) * first for one, first in zip(state.belief, FIRST, strict=True)]
        cycle_s = CYCLE_SHARE * _period_s(gear)
        for row in evidence:
            weight = dt_s / (cycle_s if row in OF_CYCLES else STANDS_S.get(row, POSITION_S))
            belief = [
                one * math.exp(weight * math.log(likely))
                for one, likely in zip(belief, TABLES[row], strict=True)
            ]
        total = sum(belief)
        state.belief = [max(1e-6, one / total) for one in belief]

    def _method(self, gear: GearEvidence | None) -> Method | None:
        if gear is None:
            return None
        if gear.jet_share >= 0.6 and gear.cycles < 2:
            return "suction"
        return gear.machine if gear.machine in ("grab", "excavator") else None

    def _because(self, evidence: list[str], gear: GearEvidence | None, mono_ns: int) -> tuple[Reason, ...]:
        """The evidence in words, strongest first."""
        reasons = []
        if gear is not None and "cycles" in evidence:
            values: dict[str, float | int | str] = {"cycles": gear.cycles, "minutes": 10}
            reasons.append(Reason("gear_cycles", values))
            if gear.period_s is not None:
                reasons.append(Reason("gear_period", {"seconds": round(gear.period_s)}))
            code = {"from water": "bucket_from_water", "regular": "regular_cycles",
                    "not from water": "bucket_never_in_water", "from a hold": "bucket_from_hold"}  # fmt: skip
            reasons += [
                Reason(code[row], {"cycles": gear.from_water} if row == "from water" else {})
                for row in evidence
                if row in code
            ]
            if gear.agrees is not None:
                others = max(gear.others.values())
                second = "second_count_agrees" if gear.agrees else "second_count_differs"
                reasons.append(Reason(second, {"cycles": gear.cycles, "other": others}))
        if gear is not None and "discharge" in evidence:
            reasons.append(Reason("discharge_seen", {"percent": round(gear.jet_share * 100)}))
        if "no cycle" in evidence and self._state.watched_mono_ns is not None:
            minutes = int((mono_ns - self._state.watched_mono_ns) / _NS // 60)
            reasons.append(Reason("gear_at_rest", {"minutes": minutes}))
        reasons += [
            Reason(code)
            for row, code in (
                ("pump", "pump_runs"),
                ("hydraulics", "hydraulics_work"),
                ("vibration", "hull_vibrates"),
            )
            if row in evidence
        ]
        return tuple(reasons) or (NO_POSITION,)

    def snapshot(self) -> Json:
        return {"pace": self._pace.snapshot(), "filter": state_json(self._state)}

    def restore(self, data: Json) -> None:
        held = data if isinstance(data, dict) else {}
        self._pace.restore(held["pace"])
        self._state = state_from_json(_State, held["filter"])


def _by(gear: GearEvidence | None) -> By | None:
    """What shows the gear: boxes of a detector, or the look of a region alone."""
    if gear is None or gear.counter is None:
        return None
    return "region" if gear.machine is None and gear.counter == "region" else "boxes"


def _stirs(gear: GearEvidence | None) -> bool:
    """Does the gear do something although no two cycles are known: a discharge now and then, or a large movement?"""
    return gear is not None and (gear.jet_share >= 0.3 or (gear.moves and gear.cycles < 2))


def _period_s(gear: GearEvidence | None) -> float:
    """How long a cycle takes, within what operators need; a minute where it is not known."""
    return min(110.0, max(25.0, (gear.period_s if gear is not None else None) or 60.0))


def _kind_of_cycles(gear: GearEvidence) -> str:
    """What at least two cycles say of the sand: where the bucket took it."""
    if gear.counter == "bucket":
        if gear.from_water >= 2 and gear.from_water >= 0.5 * (gear.cycles - 1):
            return "from water"
        if gear.cycles >= 3 and gear.from_water <= 0.1 * gear.cycles:
            return "from a hold" if gear.alongside else "not from water"
        return "no more known"
    if gear.cycles >= REGULAR_CYCLES and gear.regular:
        return "regular"
    return "no more known"
