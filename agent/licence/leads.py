"""What is worth an inspector's look by itself, and what only goes on or stands beside something else.

A finding that is undetermined is told where something points away from what is lawful. These do not, alone or together:

- Near the boundary, measured inside it: a vessel that may work there works there, and the receiver cannot tell more. Not
  with the error of a starved receiver, which is what somebody may want who goes beyond.
- Outside the hours, at rest: a vessel that sleeps in her own area. What she did before is an event that is open already.
- A bed that cannot be reckoned; a border that may have been passed, which only stands beside the area.

They keep an open event open, so that noise on the boundary remains one happening, and stand in one that something else
opens. A suspect fix makes a lead of any of them.
"""

from collections.abc import Sequence
from typing import Final

from agent.licence.doubts import AT_REST
from agent.types import Finding, FindingKind, Reason, Verdict

STARVED_M: Final = 30.0
"""The plain kit with its heading unknown has about 25 m (`docs/position.md`)."""


def leads(findings: Sequence[Finding], suspect: tuple[Reason, ...]) -> bool:
    """May these findings open an event?"""
    told = [finding for finding in findings if finding.verdict is not Verdict.PERMITTED]
    return any(suspect or not _points_nowhere(finding) for finding in told)


def _points_nowhere(finding: Finding) -> bool:
    if finding.verdict is Verdict.BREACH:
        return False
    if finding.kind is FindingKind.OUTSIDE_AREA:
        value, error = finding.value, finding.error
        return value is not None and error is not None and value <= 0.0 and error <= STARVED_M
    if finding.kind is FindingKind.OUTSIDE_HOURS:
        return any(reason.code in AT_REST for reason in finding.because)
    if finding.kind is FindingKind.OTHER_PROVINCE:
        return True
    return finding.kind is FindingKind.DEPTH_EXCEEDED and finding.value is None
