"""Other vessels' gear: what a camera sees working that is not on the own hull is a lead, never a finding of the own.

A machine is somebody else's where a `patrol` or `bank` camera sees it, or an `own_gear` camera outside the region
drawn round its own. It is seen *working* when it was in sight for `least_s` and its bucket went about, its own
outline swung, or it discharges. One target at a time: the most certain, until it is lost or another stands plainly
elsewhere. The bearing is a sector: heading (or course) and the camera's own bearing, each with its error; without
them it is left out rather than guessed.
"""

from collections import deque
from dataclasses import dataclass, field
from typing import Final

from agent.position.snapshot import state_from_json, state_json
from agent.types import Detection, Finding, FindingKind, Json, Observation, Reason, Verdict

_NS: Final = 1_000_000_000
MACHINES: Final = frozenset(("grab_crane", "excavator", "suction_dredger"))
HEADING_ERROR_DEG: Final = 5.0  # HDT and the way the camera was fixed
COURSE_ERROR_DEG: Final = 20.0  # a boat that crabs in the current does not point where she goes


@dataclass(frozen=True, slots=True)
class OtherSettings:
    least_s: float = 12.0
    least_looks: int = 8
    moved: float = 0.25  # of the machine's own width: how far bucket or outline must have gone
    lost_s: float = 20.0
    bearing_deg: float | None = None  # of the camera's axis from the bow, clockwise
    wide_deg: float | None = None


@dataclass(slots=True)
class Glimpse:
    """One look at the target, in the picture's shares; the bucket from the machine's middle in machine widths."""

    mono_ns: int
    label: str
    x: float
    width: float
    bucket_x: float | None
    bucket_y: float | None
    jet: bool


@dataclass(slots=True)
class _State:
    glimpses: deque[Glimpse] = field(default_factory=deque)
    target: int = 0
    working: bool = False


class Others:
    """Takes the observations of one camera that may show others, in order."""

    def __init__(self, settings: OtherSettings | None = None) -> None:
        self._settings = settings or OtherSettings()
        self._state = _State()

    def step(self, seen: Observation, foreign: tuple[Detection, ...]) -> None:
        """One look and what of it is not the own vessel's."""
        state, mono_ns = self._state, seen.mono_ns
        self._lose(mono_ns)
        machines = [item for item in foreign if item.label in MACHINES]
        if not machines:
            return
        best = max(machines, key=lambda item: item.score * (item.x1 - item.x0))
        glimpse = _glimpse(best, foreign, seen)
        last = state.glimpses[-1] if state.glimpses else None
        if last is not None and abs(glimpse.x - last.x) > 0.5 * (glimpse.width + last.width):
            state.glimpses.clear()
            state.target += 1
            state.working = False
        state.glimpses.append(glimpse)
        while mono_ns - state.glimpses[0].mono_ns > 60 * _NS:
            state.glimpses.popleft()
        state.working = state.working or self._works()

    def _lose(self, mono_ns: int) -> None:
        state = self._state
        if state.glimpses and not 0 <= mono_ns - state.glimpses[-1].mono_ns <= self._settings.lost_s * _NS:
            state.glimpses.clear()
            state.target += 1
            state.working = False

    def _works(self) -> bool:
        settings, glimpses = self._settings, self._state.glimpses
        span_s = (glimpses[-1].mono_ns - glimpses[0].mono_ns) / _NS
        if len(glimpses) < settings.least_looks or span_s < settings.least_s:
            return False
        if sum(item.jet for item in glimpses) >= 0.5 * len(glimpses):
            return True
        for values in (
            [item.bucket_x for item in glimpses if item.bucket_x is not None],
            [item.bucket_y for item in glimpses if item.bucket_y is not None],
        ):
            if len(values) >= 4:
                ranked = sorted(values)
                if ranked[-2] - ranked[1] >= settings.moved:
                    return True
        widths = sorted(item.width for item in glimpses)
        return len(widths) >= 16 and widths[-3] / max(widths[2], 1e-6) >= 1.6

    def in_sight(self, mono_ns: int) -> bool:
        """Is there a machine to be watched?"""
        self._lose(mono_ns)
        return bool(self._state.glimpses)

    def target(self) -> int:
        """Changes when another target stands, or none: what is told of one must not be added to the next."""
        return self._state.target

    def findings(self, mono_ns: int, axis_deg: float | None, axis_error_deg: float) -> tuple[Finding, ...]:
        """The lead that stands now, or none. `axis_deg` is the true bearing of the bow."""
        self._lose(mono_ns)
        state, settings = self._state, self._settings
        if not state.working or not state.glimpses:
            return ()
        glimpse = state.glimpses[-1]
        because = [Reason("other_gear_works", {"machine": glimpse.label})]
        if axis_deg is None or settings.bearing_deg is None or settings.wide_deg is None:
            because.append(Reason("bearing_unknown"))
            return (Finding(FindingKind.OTHER_WORKING, Verdict.UNDETERMINED, tuple(because)),)
        bearing = (axis_deg + settings.bearing_deg + (glimpse.x - 0.5) * settings.wide_deg) % 360.0
        error = axis_error_deg + 0.5 * glimpse.width * settings.wide_deg
        because.append(Reason("bearing_sector", {"bearing_deg": round(bearing), "error_deg": round(error)}))
        return (
            Finding(
                FindingKind.OTHER_WORKING,
                Verdict.UNDETERMINED,
                tuple(because),
                value=round(bearing, 1),
                error=round(error, 1),
                unit="°",
            ),
        )

    def snapshot(self) -> Json:
        return state_json(self._state)

    def restore(self, data: Json) -> None:
        self._state = state_from_json(_State, data)


def _glimpse(machine: Detection, every: tuple[Detection, ...], seen: Observation) -> Glimpse:
    wide, tall = machine.x1 - machine.x0, machine.y1 - machine.y0
    middle = (machine.x0 + machine.x1) / 2
    bucket: Detection | None = None
    jet = False
    for item in every:
        x, y = (item.x0 + item.x1) / 2, (item.y0 + item.y1) / 2
        if not (machine.x0 - wide <= x <= machine.x1 + wide and machine.y0 - tall <= y <= machine.y1 + tall):
            continue
        if item.label == "bucket" and (bucket is None or item.score > bucket.score):
            bucket = item
        jet = jet or item.label == "discharge"
    return Glimpse(
        mono_ns=seen.mono_ns,
        label=machine.label,
        x=round(middle / seen.width_px, 4),
        width=round(wide / seen.width_px, 4),
        bucket_x=None if bucket is None else round(((bucket.x0 + bucket.x1) / 2 - middle) / wide, 3),
        bucket_y=None if bucket is None else round(((bucket.y0 + bucket.y1) / 2 - machine.y0) / wide, 3),
        jet=jet,
    )
