"""What penalty the law of the day would have for what was seen, at both ends of the error: a suggestion, never a decision.

The bands are data (`station.procedure`). Where they say nothing, nothing is suggested. Volumes of the events of a
case are added with their errors, because one bucket's fill errs the same way all day.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from agent.types import Event, FindingKind, Verdict
from station.procedure import Band, Measure, Procedure


class Crime(StrEnum):
    """How the value of what was taken lies to the threshold of the Penal Code."""

    BELOW = "below"  # at both ends of the error
    POSSIBLE = "possible"  # at the upper end only
    ABOVE = "above"  # at both


@dataclass(frozen=True, slots=True)
class Ends:
    """A measured value and the ends of its 95 % error, never below nothing."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Suggested:
    """The bands at both ends of one measure; None where no band holds there."""

    kind: FindingKind
    measure: Measure
    ends: Ends
    low: Band | None
    high: Band | None


@dataclass(frozen=True, slots=True)
class Suggestion:
    """All of a case. Values are in VND; None where volume or price is not known."""

    bands: tuple[Suggested, ...]
    volume_m3: Ends | None
    value_vnd: Ends | None
    by_value: Crime | None
    by_gain: Crime | None  # as if all of the value were gain: its upper limit


def suggestion(events: Sequence[Event], law: Procedure) -> Suggestion:
    """What the law of the day says about these events together."""
    volume = _volume(events)
    found: list[Suggested] = []
    for kind in sorted({kind for band in law.bands for kind in band.kinds}):
        found += _of_kind(kind, events, volume, law)
    value = None
    if volume is not None and law.price is not None:
        value = Ends(volume.low * law.price.vnd_per_m3, volume.high * law.price.vnd_per_m3)
    by_value = by_gain = None
    if value is not None and law.threshold is not None:
        by_value = _crime(value, law.threshold.value_vnd)
        by_gain = _crime(value, law.threshold.gain_vnd)
    return Suggestion(tuple(found), volume, value, by_value, by_gain)


def _of_kind(
    kind: FindingKind, events: Sequence[Event], volume: Ends | None, law: Procedure
) -> list[Suggested]:
    suspected = [
        finding
        for event in events
        for finding in event.findings
        if finding.kind is kind and finding.verdict is Verdict.BREACH
    ]
    bands = [band for band in law.bands if kind in band.kinds]
    if not suspected or not bands:
        return []
    measure = bands[0].measure
    ends = volume
    if measure == "distance_m":
        measured = [
            Ends(max(0.0, finding.value - (finding.error or 0.0)), finding.value + (finding.error or 0.0))
            for finding in suspected
            if finding.value is not None
        ]
        ends = max(measured, key=lambda each: each.low, default=None)
    if ends is None:
        return []
    low, high = (next((band for band in bands if band.holds(end)), None) for end in (ends.low, ends.high))
    return [Suggested(kind, measure, ends, low, high)]


def _volume(events: Sequence[Event]) -> Ends | None:
    """What was seen taken, in place; None where no event has a volume."""
    works = [event.work for event in events if event.work is not None and event.work.in_place_m3 is not None]
    if not works:
        return None
    value = sum(work.in_place_m3 or 0.0 for work in works)
    error = sum(work.in_place_error_m3 or 0.0 for work in works)
    return Ends(max(0.0, value - error), value + error)


def _crime(value: Ends, threshold_vnd: int) -> Crime:
    if value.low >= threshold_vnd:
        return Crime.ABOVE
    return Crime.POSSIBLE if value.high >= threshold_vnd else Crime.BELOW
