"""The work of an event as a person reads it: buckets, cubic metres with their error, active hours, and the strip."""

from dataclasses import dataclass

from agent.event import phrases
from agent.types import ActivityKind, Work
from station.words import Words

STRIP = {
    ActivityKind.DREDGING: "dredging",
    ActivityKind.LOADING: "loading",
    ActivityKind.MACHINE_WORKING: "machine",
    ActivityKind.TRANSITING: "transiting",
    ActivityKind.STATIONARY: "lying",
    ActivityKind.MOORED: "lying",
    ActivityKind.UNKNOWN: "unknown",
}


@dataclass(frozen=True, slots=True)
class SpanView:
    """One activity on the strip; places are of 1000 across."""

    style: str
    title: str
    x: float
    width: float


@dataclass(frozen=True, slots=True)
class WorkView:
    buckets: str
    loose: str | None
    in_place: str | None
    active: str
    spans: tuple[SpanView, ...]
    beats: tuple[float, ...]


def brief(work: Work | None, words: Words) -> str:
    """Buckets, volume and hours in a few words, for the list; empty where no gear was seen at work."""
    if work is None or not work.cycles:
        return ""
    text = words.say("{n} gàu").format(n=words.number(work.cycles, 0))
    loose = _m3(work.loose_m3, work.loose_error_m3, words)
    return ", ".join(part for part in (text, loose, words.duration(work.active_s)) if part)


def work_view(work: Work | None, words: Words) -> WorkView | None:
    """Everything of the work, for the page of the event."""
    if work is None:
        return None
    end_s = max([1.0, *[span.to_s for span in work.spans], *work.beats_s])
    in_place = _m3(work.in_place_m3, work.in_place_error_m3, words)
    if in_place is not None and work.swell is not None:
        divided = words.say("hệ số nở rời {swell}").format(swell=words.number(work.swell, 2))
        in_place = f"{in_place} ({divided})"
    return WorkView(
        buckets=words.number(work.cycles, 0),
        loose=_m3(work.loose_m3, work.loose_error_m3, words),
        in_place=in_place,
        active=words.duration(work.active_s),
        spans=tuple(
            SpanView(
                style=STRIP[span.kind],
                title=words.pick(phrases.ACTIVITIES[span.kind]),
                x=round(1000 * span.from_s / end_s, 1),
                width=round(1000 * (span.to_s - span.from_s) / end_s, 1),
            )
            for span in work.spans
        ),
        beats=tuple(round(1000 * beat / end_s, 1) for beat in work.beats_s),
    )


def _m3(value: float | None, error: float | None, words: Words) -> str | None:
    if value is None:
        return None
    return (
        f"{words.number(value, 0)} m³"
        if error is None
        else f"{words.number(value, 0)} ± {words.number(error, 0)} m³"
    )
