"""What turns a breach into *undetermined*: nobody is accused on what may be otherwise.

A suspect fix; a vessel that lies as if moored; gear that a camera sees at rest; a vessel under way at that very moment;
sand handed over from hull to hull, none of it seen taken from the river; a machine that works in a mooring zone, where
she may lie at any hour. Each is told as a reason.
"""

from dataclasses import replace
from typing import Final

from agent.position.place import GearPlace
from agent.types import Activity, ActivityKind, Finding, FindingKind, Reason, Stamp, Verdict

MOVING_KN: Final = 0.5
"""A fix this fast is not of a vessel that lies still: she may be on her way out of the area, lawfully."""

AT_WORK: Final = frozenset({ActivityKind.DREDGING, ActivityKind.MACHINE_WORKING, ActivityKind.LOADING})
SETTLED_NS: Final = 300 * 1_000_000_000
"""Machines that work, and sand handed over, are told of for a minute or two where nothing of the kind is done."""
LIES_MOORED: Final = Reason("lies_moored")
HANDED_OVER: Final = Reason("sand_handed_over")
AT_REST: Final = frozenset({"gear_at_rest", "rested_lately", LIES_MOORED.code})


def settled(activity: Activity, stamp: Stamp) -> bool:
    """Has she done this for minutes? Where that alone is the offence, nothing is said before."""
    return stamp.mono_ns - activity.since_mono_ns >= SETTLED_NS


def rests(activity: Activity) -> tuple[Reason, ...]:
    """Why she does not lie as at work; empty where she does, or may."""
    if activity.kind is ActivityKind.MOORED:
        return (LIES_MOORED, *(reason for reason in activity.because if reason.code == "gear_at_rest"))
    return tuple(reason for reason in activity.because if reason.code in AT_REST)


def doubts_of(activity: Activity, place: GearPlace, suspect: tuple[Reason, ...]) -> tuple[Reason, ...]:
    """All that speaks against a breach at this moment; `suspect` is what is wrong with the fix."""
    doubts = suspect + rests(activity)
    if place.sog_kn is not None and place.sog_kn > MOVING_KN:
        doubts += (Reason("sog_high", {"sog_kn": round(place.sog_kn, 1), "limit_kn": MOVING_KN}),)
    if activity.kind is ActivityKind.LOADING:
        doubts += (HANDED_OVER,)
    return doubts


def doubted(finding: Finding, suspect: tuple[Reason, ...], doubts: tuple[Reason, ...]) -> Finding:
    """With doubts nothing is a breach. A permission from a suspect fix stands, with the suspicion beside it.

    That sand is handed over speaks against every offence but the one of doing so.
    """
    if finding.kind is FindingKind.TRANSFER_ELSEWHERE:
        doubts = tuple(reason for reason in doubts if reason != HANDED_OVER)
    if not doubts:
        return finding
    if finding.verdict is Verdict.PERMITTED:
        return replace(finding, because=finding.because + suspect) if suspect else finding
    return replace(finding, verdict=Verdict.UNDETERMINED, because=finding.because + doubts)
