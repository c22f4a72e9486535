"""How a case goes from a lead to its end: pure, over the list of what people did. Nothing is ever changed.

A case is of one holder. Its stage is where the last act that moved it has brought it. The clock of verification
runs from the acceptance of the data (the first act that moved the case there) until minutes were made.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from agent.licence.hours import local_time
from station.accounts import Role
from station.procedure import Deadline, Instruments


class Stage(StrEnum):
    """In the order in which a case passes through them; it may skip some."""

    LEAD = "lead"
    VERIFICATION = "verification"
    EXPLANATION = "explanation"  # the holder was heard
    MINUTES = "minutes"
    DECISION = "decision"
    TRANSFERRED = "transferred"
    CLOSED = "closed"


class CaseActKind(StrEnum):
    OPENED = "opened"
    JOINED = "joined"  # an event came in
    LEFT = "left"  # and went out again
    MOVED = "moved"
    EXTENDED = "extended"  # marked as complex: the longer time holds
    COMMENTED = "commented"
    ATTACHED = "attached"


FOLLOWING: Final[Mapping[Stage, frozenset[Stage]]] = {
    Stage.LEAD: frozenset({Stage.VERIFICATION, Stage.CLOSED}),
    Stage.VERIFICATION: frozenset({Stage.EXPLANATION, Stage.MINUTES, Stage.TRANSFERRED, Stage.CLOSED}),
    Stage.EXPLANATION: frozenset({Stage.VERIFICATION, Stage.MINUTES, Stage.TRANSFERRED, Stage.CLOSED}),
    Stage.MINUTES: frozenset({Stage.DECISION, Stage.TRANSFERRED, Stage.CLOSED}),
    Stage.DECISION: frozenset({Stage.CLOSED}),
    Stage.TRANSFERRED: frozenset({Stage.CLOSED}),
    Stage.CLOSED: frozenset({Stage.VERIFICATION}),
}
SUPERVISED: Final = frozenset({Stage.DECISION, Stage.TRANSFERRED, Stage.CLOSED})
"""Stages into which only a supervisor moves a case; out of `closed` too."""
NUMBERED: Final = frozenset({Stage.MINUTES, Stage.DECISION, Stage.TRANSFERRED})
"""Stages that rest on a paper, whose number has to be said."""
RUNNING: Final = frozenset({Stage.VERIFICATION, Stage.EXPLANATION})


@dataclass(frozen=True, slots=True)
class CaseAct:
    """One act on a case. `stage`, `device` with `event_id`, and `sha256` are set where the kind has them."""

    number: int
    utc: str
    account: int
    name: str
    role: Role
    address: str
    kind: CaseActKind
    stage: Stage | None
    text: str
    device: str | None
    event_id: str | None
    sha256: str | None


@dataclass(frozen=True, slots=True)
class CaseStanding:
    """Where the acts have brought a case. `decided_by` is what was said with the decision: its number and date."""

    stage: Stage
    events: tuple[tuple[str, str], ...]
    extended: bool
    accepted: datetime | None
    decided_by: str | None


@dataclass(frozen=True, slots=True)
class Clock:
    """A running deadline. `left_days` is negative once it is over."""

    deadline: Deadline
    accepted: date
    due: date
    left_days: int
    extended: bool

    @property
    def warns(self) -> bool:
        """Is it time to say so?"""
        return self.left_days <= self.deadline.warn_days


def standing(acts: Sequence[CaseAct]) -> CaseStanding:
    """Where a case stands after these acts, in the order of their numbers."""
    stage = Stage.LEAD
    events: dict[tuple[str, str], None] = {}
    accepted: datetime | None = None
    decided: str | None = None
    extended = False
    for act in acts:
        if act.kind is CaseActKind.MOVED and act.stage is not None:
            if act.stage is Stage.VERIFICATION and (accepted is None or stage is Stage.CLOSED):
                accepted, extended = datetime.fromisoformat(act.utc), False
            if act.stage is Stage.DECISION:
                decided = act.text
            stage = act.stage
        elif act.kind is CaseActKind.EXTENDED:
            extended = True
        elif act.device is not None and act.event_id is not None:
            if act.kind is CaseActKind.JOINED:
                events[act.device, act.event_id] = None
            elif act.kind is CaseActKind.LEFT:
                events.pop((act.device, act.event_id), None)
    return CaseStanding(stage, tuple(events), extended, accepted, decided)


def clock_of(stands: CaseStanding, law: Instruments, now: datetime) -> Clock | None:
    """The deadline that runs, by the law of the day of acceptance; None where none runs."""
    if stands.stage not in RUNNING or stands.accepted is None:
        return None
    accepted = local_time(stands.accepted).date()
    deadline = law.on(accepted).verification
    if deadline is None:
        return None
    due = accepted + timedelta(days=deadline.complex_days if stands.extended else deadline.days)
    return Clock(deadline, accepted, due, (due - local_time(now).date()).days, stands.extended)


def may_move(stage: Stage, to: Stage, role: Role) -> bool:
    """Whether a person in this role may bring a case from one stage to another."""
    supervised = to in SUPERVISED or stage is Stage.CLOSED
    return to in FOLLOWING[stage] and (not supervised or role is Role.SUPERVISOR)
