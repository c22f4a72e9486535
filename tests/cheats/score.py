"""What the inspector's list says of a scripted voyage, against what happened."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from agent.types import Event, FindingKind, Verdict
from cheats.voyage import Voyage

LATE_S = 900.0  # an event may open so long after its offence has ended (a box that was off tells of it when it is back)


@dataclass(frozen=True, slots=True)
class Result:
    """Of one voyage. The shares are of the offence's time; `found` is `right`, `lead` or empty."""

    voyage: Voyage
    found: str
    told: tuple[str, ...]  # kinds in the list, with their verdicts
    breach_share: float = 0.0
    undetermined_share: float = 0.0
    breaches: int = 0  # events of a lawful voyage with a breach in them
    leads: int = 0  # other events of a lawful voyage
    after_s: float | None = (
        None  # from the begin of the offence until the first event that names it or leads to it
    )


def result(voyage: Voyage, events: Sequence[Event]) -> Result:
    told = tuple(
        f"{finding.kind.value} {finding.verdict.value}"
        for event in events
        for finding in event.findings
        if finding.verdict is not Verdict.PERMITTED
    )
    if voyage.offence is None:
        accused = [event for event in events if _gravest(event) is Verdict.BREACH]
        return Result(voyage, "", told, breaches=len(accused), leads=len(events) - len(accused))
    named = [event for event in events if _during(voyage, event)]
    kinds = {
        finding.kind
        for event in named
        for finding in event.findings
        if finding.verdict is not Verdict.PERMITTED
    }
    found = "right" if kinds & voyage.right else "lead" if kinds & voyage.leads else ""
    breach = _share(voyage, [event for event in named if _says(event, voyage.right, Verdict.BREACH)])
    any_of = voyage.right | voyage.leads
    spoken = _share(voyage, [event for event in named if _says(event, any_of, None)])
    opened = [_span(voyage, event)[0] for event in named if _says(event, any_of, None)]
    after_s = max(0.0, min(opened) - voyage.offence[0]) if opened else None
    return Result(voyage, found, told, breach, max(0.0, spoken - breach), after_s=after_s)


def _gravest(event: Event) -> Verdict:
    verdicts = {finding.verdict for finding in event.findings}
    return next(one for one in (Verdict.BREACH, Verdict.UNDETERMINED, Verdict.PERMITTED) if one in verdicts)


def _says(event: Event, kinds: frozenset[FindingKind], verdict: Verdict | None) -> bool:
    return any(
        finding.kind in kinds
        and (finding.verdict is verdict if verdict is not None else finding.verdict is not Verdict.PERMITTED)
        for finding in event.findings
    )


def _span(voyage: Voyage, event: Event) -> tuple[float, float]:
    """From when to when the event was open, in seconds of the voyage. One without a date is of its boot's begin."""
    start = voyage.begins_utc()
    opened = event.opened.utc
    from_s = _boot_begin(voyage, event) if opened is None else (opened - start) / timedelta(seconds=1)
    closed = None if event.closed is None else event.closed.utc
    return from_s, float("inf") if closed is None else (closed - start) / timedelta(seconds=1)


def _boot_begin(voyage: Voyage, event: Event) -> float:
    boot = int(event.event_id.rpartition(".")[0].rpartition("-")[2])
    return 0.0 if boot == 1 else sum(voyage.cuts[boot - 2])


def _during(voyage: Voyage, event: Event) -> bool:
    assert voyage.offence is not None
    from_s, to_s = _span(voyage, event)
    return from_s < voyage.offence[1] + LATE_S and to_s > voyage.offence[0]


def _share(voyage: Voyage, events: Sequence[Event]) -> float:
    """The part of the offence's time in which one of the events was open."""
    assert voyage.offence is not None
    begins, ends = voyage.offence
    spans = sorted((max(begins, a), min(ends, b)) for a, b in (_span(voyage, event) for event in events))
    covered, reach = 0.0, begins
    for from_s, to_s in spans:
        if to_s > max(from_s, reach):
            covered += to_s - max(from_s, reach)
            reach = to_s
    return covered / (ends - begins)
