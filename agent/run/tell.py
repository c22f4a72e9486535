"""Events and counts in one line, for a person at a terminal."""

from collections.abc import Callable, Iterator
from datetime import datetime
from zoneinfo import ZoneInfo

from agent.event import phrases
from agent.event.chain import Record
from agent.outbox.view import Anchor, Counts, View
from agent.types import Event, Finding, Reading, Step, Verdict

CAN_THO = ZoneInfo("Asia/Ho_Chi_Minh")


class Teller:
    """A listener of the core that says what happens to events."""

    def __init__(self, language: phrases.Language, say: Callable[[str], None]) -> None:
        self._language = language
        self._say = say

    def __call__(self, reading: Reading, step: Step) -> None:
        del reading
        for change in step.events:
            self._say(f"{change.kind:13} {event_line(change.event, self._language)}")


def event_line(event: Event, language: phrases.Language) -> str:
    """When, which, what and how grave; what was found permitted is said only where there is nothing else."""
    utc = event.updated.utc
    when = utc.astimezone(CAN_THO).strftime("%d/%m/%Y %H:%M:%S") if utc else "--/--/---- --:--:--"
    said = "; ".join(
        f"{phrases.pick(phrases.FINDINGS[item.kind], language)}: "
        f"{phrases.pick(phrases.VERDICTS[item.verdict], language)}"
        for item in _weighty(event)
    )
    pictures = f"  [{len(event.evidence)} still(s)]" if event.evidence else ""
    return f"{when}  {event.event_id}  {said}{pictures}"


def _weighty(event: Event) -> tuple[Finding, ...]:
    return tuple(item for item in event.findings if item.verdict is not Verdict.PERMITTED) or event.findings


def unanchored_text(record: Record, anchor: Anchor | None, now: datetime | None) -> str:
    """How long the owner of the card could have rewritten this record by now; nothing where a head covers it."""
    if anchor is not None and record.seq <= anchor.seq:
        return ""
    written = None if record.utc is None else datetime.fromisoformat(record.utc)
    if now is None or written is None or now < written:
        return "  unanchored"
    return f"  unanchored for {(now - written).total_seconds() / 3600:.0f} h"


def counts_text(counts: Counts) -> str:
    """How much there is and how much of it the station has not acknowledged."""
    return (
        f"{counts.records} records ({counts.pending_records} not acknowledged), "
        f"{counts.evidence} evidence files ({counts.pending_evidence} not acknowledged)"
    )


def delivery_lines(view: View) -> Iterator[str]:
    """How far the shore is known to know this box, for a person at a terminal."""
    receipt, anchor, parked = view.last_receipt(), view.anchor(), view.parked()
    if receipt is None:
        yield "no receipt from a station yet"
    else:
        yield f"last receipt: through seq {receipt.through_seq} by {receipt.station} at {receipt.utc}"
    if anchor is None:
        yield "no head was told ashore yet: nothing is anchored"
    else:
        since = view.head().seq - anchor.seq
        yield f"anchored through seq {anchor.seq} at {anchor.utc} ({since} record(s) since)"
    if parked is not None:
        behind = view.counts().pending_records - 1
        yield f"PARKED since {parked.since_utc}: record seq {parked.seq}, {behind} record(s) behind it wait"
        yield f"  {parked.detail}"
        yield "  what to do: docs/outbox.md, A record that is refused for good"
    for day, link, count in view.spent_lately():
        yield f"sent and received on {day} over a {link} link: {count / 1e6:.1f} MB"
