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
    REFUSED = "refused"  # a word we do not know

    UNREACHABLE = "unreachable"
    RECEIPT = "receipt"  # no receipt where one is due, or one that does not count
    STORE = "store"  # our own disk refused
    FAULT = "fault"  # a mistake in this program


WORKED = frozenset((Outcome.RECORDS, Outcome.CHUNK, Outcome.HELD))
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
