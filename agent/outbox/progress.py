"""What came of one step of the upload."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Outcome(StrEnum):
    """What came of one step. The middle ones are the station's refusals by its own word."""

    RECORDS = "records"  # a batch was acknowledged
    CHUNK = "chunk"  # a piece of evidence was taken
    HELD = "held"  # a file was acknowledged
    IDLE = "idle"  # nothing is pending
    WAITS = "waits"  # what is pending waits for another day or another hour
    HEAD = "head"  # the end of the chain was told, and signed for
    MISSING = "missing"  # a file is not on disk, or not with its bytes: skipped for a while

    MALFORMED = "malformed"
    SIGNATURE = "signature"
    NOT_ENROLLED = "not_enrolled"
    NOT_NAMED = "not_named"
    GAP = "gap"
    FORK = "fork"
    OFFSET = "offset"
    TOO_LARGE = "too_large"
    RECORD = "record"
    DIGEST = "digest"
    NARROWED = "narrowed"  # a record among others is refused: those before it go alone next
    LATER = "later"  # the station is busy, or has enough of us for the moment
    REFUSED = "refused"  # a word we do not know

    UNREACHABLE = "unreachable"
    RECEIPT = "receipt"  # no receipt where one is due, or one that does not count
    STORE = "store"  # our own disk refused
    FAULT = "fault"  # a mistake in this program


WORKED = frozenset((Outcome.RECORDS, Outcome.CHUNK, Outcome.HELD))
# No use in waiting: the next file, or what stands before a refused record, may go at once.
OUT_OF_THE_WAY = frozenset((Outcome.MISSING, Outcome.NARROWED))
# A person has to look: waiting does not help.
ALARMS = frozenset(
    (
        Outcome.MALFORMED,
        Outcome.SIGNATURE,
        Outcome.NOT_ENROLLED,
        Outcome.FORK,
        Outcome.RECORD,
        Outcome.REFUSED,
        Outcome.RECEIPT,
        Outcome.STORE,
        Outcome.MISSING,
    )
)


@dataclass(frozen=True, slots=True)
class Progress:
    """One step: what came of it, how many records or bytes went, which file it was about, and a sentence."""

    outcome: Outcome
    records: int = 0
    sent_bytes: int = 0
    sha256: str | None = None
    detail: str = ""

    @property
    def alarm(self) -> bool:
        return self.outcome in ALARMS


REFUSALS: Mapping[str, Outcome] = {
    outcome.value: outcome
    for outcome in (
        Outcome.MALFORMED,
        Outcome.SIGNATURE,
        Outcome.NOT_ENROLLED,
        Outcome.NOT_NAMED,
        Outcome.GAP,
        Outcome.FORK,
        Outcome.OFFSET,
        Outcome.TOO_LARGE,
        Outcome.RECORD,
        Outcome.DIGEST,
    )
}

# 4xx that ask for patience and nothing else: request timeout, locked, too early, too many requests.
LATER_STATUSES = frozenset((408, 423, 425, 429))

# Refusals that concern one record for good: asking again in a second helps nobody.
OF_ONE_RECORD = frozenset((Outcome.FORK, Outcome.RECORD))

# Refusals that concern one file; it must not hold up the others for ever.
OF_ONE_FILE = frozenset(
    (
        Outcome.MALFORMED,
        Outcome.NOT_NAMED,
        Outcome.OFFSET,
        Outcome.TOO_LARGE,
        Outcome.DIGEST,
        Outcome.REFUSED,
    )
)
