"""What people's rulings say of each kind of finding: how many, and how often the box was right."""

import math
from dataclasses import dataclass

import sqlalchemy as sa

from agent.types import FindingKind
from station import tables
from station.ruling import WAITING, State

Z: float = 1.96
RIGHT = (State.CONFIRMED,)
WRONG = (State.NO_BREACH, State.FALSE_ALARM)


@dataclass(frozen=True, slots=True)
class KindCount:
    """Events with a finding of one kind, by where they stand. `precision` with its 95 % interval, None before any ruling."""

    kind: FindingKind
    confirmed: int
    nothing_wrong: int
    false_alarms: int
    waiting: int
    precision: tuple[float, float, float] | None


def by_kind(connection: sa.Connection) -> list[KindCount]:
    """Every kind some event has, most ruled first. Synthetic events count as others do: a test station shows both."""
    term, review = tables.terms.c, tables.reviews.c
    rows = connection.execute(
        sa.select(term.value, review.state, sa.func.count().label("events"))
        .join_from(
            tables.terms,
            tables.reviews,
            (review.device == term.device) & (review.event_id == term.event_id),
        )
        .where(term.what == "kind")
        .group_by(term.value, review.state)
    )
    counts: dict[FindingKind, dict[State, int]] = {}
    for row in rows:
        counts.setdefault(FindingKind(row.value), {})[State(row.state)] = row.events
    found = [_counted(kind, states) for kind, states in counts.items()]
    return sorted(
        found, key=lambda each: (-(each.confirmed + each.nothing_wrong + each.false_alarms), each.kind)
    )


def _counted(kind: FindingKind, states: dict[State, int]) -> KindCount:
    right = sum(states.get(state, 0) for state in RIGHT)
    wrong = sum(states.get(state, 0) for state in WRONG)
    return KindCount(
        kind=kind,
        confirmed=right,
        nothing_wrong=states.get(State.NO_BREACH, 0),
        false_alarms=states.get(State.FALSE_ALARM, 0),
        waiting=sum(states.get(state, 0) for state in WAITING),
        precision=wilson(right, right + wrong),
    )


def wilson(right: int, of: int) -> tuple[float, float, float] | None:
    """A share with its 95 % interval (Wilson 1927): honest for few and for all."""
    if of == 0:
        return None
    share = right / of
    middle = (share + Z * Z / (2 * of)) / (1 + Z * Z / of)
    half = Z / (1 + Z * Z / of) * math.sqrt(share * (1 - share) / of + Z * Z / (4 * of * of))
    return share, max(0.0, middle - half), min(1.0, middle + half)
