"""How heavy an event weighs in the queue: 1 to 9, 0 where nothing is suspected and nobody has to look.

    5  something is suspected: the box is sure within its error
   +1  for a second suspicion, +2 for more
   +1  the value lies beyond three times its error
   +1  the gear was seen at work
    2  undetermined while she may have been working
    1  undetermined otherwise: a silent camera, a lost position

Equal weights stand by age, oldest first: the legal clock runs.
"""

from typing import Final

from agent.types import Event, FindingKind, Happening, Verdict

HEAVIEST: Final = 9
HEAVY: Final = 7
MIDDLE: Final = 5


def weight_of(event: Event) -> int:
    """The weight of an event as its last record tells it."""
    breaches = [finding for finding in event.findings if finding.verdict is Verdict.BREACH]
    if breaches:
        kinds: set[FindingKind] = {finding.kind for finding in breaches}
        sure = any(
            finding.value is not None and finding.error is not None and finding.value > 3 * finding.error
            for finding in breaches
        )
        worked = event.work is not None and event.work.cycles > 0
        return 5 + min(2, len(kinds) - 1) + sure + worked
    if any(finding.verdict is Verdict.UNDETERMINED for finding in event.findings):
        return 2 if event.happening is Happening.WORKING else 1
    return 0
