"""What people decide about an event, and how their acts add up: pure, over the list of acts.

Acts are never changed. An undo is an act that names another; an event stands where the acts that were not
undone have brought it. Where a second opinion was asked for, somebody else has to rule; where the two differ, a
supervisor decides.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from station.accounts import Role


class Ruling(StrEnum):
    """In the order of the keys 1 to 4. None of them says that the law was broken: a decision does (`cases`)."""

    CONFIRMED = "confirmed"
    NO_BREACH = "no_breach"
    FALSE_ALARM = "false_alarm"
    CHECK = "needs_checking"


REASONS: Final[Mapping[Ruling, tuple[str, ...]]] = {
    Ruling.CONFIRMED: ("seen", "measured", "seen_and_measured", "papers"),
    Ruling.NO_BREACH: ("permitted_otherwise", "emergency", "repair", "passing", "within_error"),
    Ruling.FALSE_ALARM: ("no_gear_at_work", "other_vessel", "bad_position", "bad_picture", "wrong_terms"),
    Ruling.CHECK: ("field_check", "ask_holder", "ask_technician", "wait_for_evidence"),
}


class ActKind(StrEnum):
    RULED = "ruled"
    COMMENTED = "commented"
    ASSIGNED = "assigned"
    SECOND_ASKED = "second_asked"
    UNDONE = "undone"


class State(StrEnum):
    """Where an event stands. The first five wait for somebody."""

    NEW = "new"
    CHECKING = "checking"
    SECOND = "second"
    DISPUTED = "disputed"
    CHANGED = "changed"  # ruled on, and then the box reported something graver
    CONFIRMED = "confirmed"
    NO_BREACH = "no_breach"
    FALSE_ALARM = "false_alarm"
    CLEAR = "clear"  # nothing is suspected: nobody has to look


WAITING: Final = frozenset({State.NEW, State.CHECKING, State.SECOND, State.DISPUTED, State.CHANGED})


@dataclass(frozen=True, slots=True)
class Act:
    """One act of a person. `weight` is what the event weighed when she looked at it."""

    number: int
    utc: str
    account: int
    name: str
    role: Role
    address: str
    kind: ActKind
    ruling: Ruling | None
    reason: str | None
    text: str
    assignee: int | None
    assignee_name: str | None
    undoes: int | None
    weight: int


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the acts have brought an event."""

    state: State
    ruled: Act | None
    assignee: int | None
    assignee_name: str | None


def standing(acts: Sequence[Act], weight: int) -> Standing:
    """Where an event of this weight stands after these acts, in the order of their numbers."""
    held = effective(acts)
    rulings = [act for act in held if act.kind is ActKind.RULED]
    assigned = [act for act in held if act.kind is ActKind.ASSIGNED]
    last = rulings[-1] if rulings else None
    holder = assigned[-1] if assigned else None
    return Standing(
        state=_state(held, rulings, weight),
        ruled=last,
        assignee=None if holder is None else holder.assignee,
        assignee_name=None if holder is None else holder.assignee_name,
    )


def effective(acts: Sequence[Act]) -> list[Act]:
    """The acts that were not undone."""
    undone = {act.undoes for act in acts if act.kind is ActKind.UNDONE}
    return [act for act in acts if act.kind is not ActKind.UNDONE and act.number not in undone]


def last_own(acts: Sequence[Act], account: int) -> Act | None:
    """What this person can take back: her latest act that holds, a comment never."""
    own = [act for act in effective(acts) if act.account == account and act.kind is not ActKind.COMMENTED]
    return own[-1] if own else None


def _state(held: Sequence[Act], rulings: Sequence[Act], weight: int) -> State:
    asked = next((act for act in reversed(held) if act.kind is ActKind.SECOND_ASKED), None)
    if asked is not None:
        before = [act for act in rulings if act.number < asked.number]
        after = [act for act in rulings if act.number > asked.number]
        second = next((act for act in after if act.account != asked.account), None)
        if second is None:
            return State.SECOND
        decided = [act for act in after if act.number > second.number and act.role is Role.SUPERVISOR]
        differ = bool(before) and before[-1].ruling is not second.ruling
        if differ and not decided and second.role is not Role.SUPERVISOR:
            return State.DISPUTED
    if not rulings:
        return State.NEW if weight else State.CLEAR
    last = rulings[-1]
    if weight > last.weight:
        return State.CHANGED
    return State.CHECKING if last.ruling is Ruling.CHECK else State(str(last.ruling))
