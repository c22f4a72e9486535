"""Acts of people written down, and the row of each event in the queue kept in step with them."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from agent.errors import SandwatchError
from agent.event import wire
from agent.types import Event, Verdict
from station import shelf, tables
from station.accounts import Role
from station.alone import alone
from station.licences import hull_of
from station.ruling import REASONS, WAITING, Act, ActKind, Ruling, last_own, standing
from station.sessions import Person
from station.weight import HEAVIEST, weight_of

TEXT_LIMIT = 4000


class ReviewError(SandwatchError, ValueError):
    """An act that cannot be; the message says why."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a person wants to do with an event. `token` is made by the page, so that nothing is done twice."""

    token: str
    kind: ActKind
    ruling: Ruling | None = None
    reason: str | None = None
    text: str = ""
    assignee: int | None = None


def acts_of(connection: sa.Connection, device: str, event_id: str) -> list[Act]:
    """Everything people did with an event, in order."""
    act, who, whom = tables.acts.c, tables.accounts.alias("who").c, tables.accounts.alias("whom").c
    rows = connection.execute(
        sa.select(tables.acts, who.full_name.label("name"), whom.full_name.label("assignee_name"))
        .select_from(
            tables.acts.join(who.number.table, who.number == act.account).outerjoin(
                whom.number.table, whom.number == act.assignee
            )
        )
        .where(act.device == device, act.event_id == event_id)
        .order_by(act.number)
    )
    return [
        Act(
            number=row.number,
            utc=row.utc,
            account=row.account,
            name=row.name,
            role=Role(row.role),
            address=row.address,
            kind=ActKind(row.kind),
            ruling=None if row.ruling is None else Ruling(row.ruling),
            reason=row.reason,
            text=row.text,
            assignee=row.assignee,
            assignee_name=row.assignee_name,
            undoes=row.undoes,
            weight=row.weight,
        )
        for row in rows
    ]


def act(
    connection: sa.Connection,
    device: str,
    event_id: str,
    person: Person,
    address: str,
    wanted: Wanted,
    now: datetime,
) -> None:
    """Write down what a person does with an event. Raises ReviewError; LookupError where there is no such event.

    A token that is known already changes nothing: the page did not hear the answer and asked again.
    """
    alone(
        connection, "device", device
    )  # the event's row in the queue is made from all acts and the last record
    event_row = connection.execute(
        sa.select(tables.events.c.body, tables.events.c.last_seq).where(
            tables.events.c.device == device, tables.events.c.event_id == event_id
        )
    ).first()
    if event_row is None:
        raise LookupError(event_id)
    if connection.execute(sa.select(tables.acts.c.number).where(tables.acts.c.token == wanted.token)).first():
        return
    undoes = None
    if wanted.kind is ActKind.UNDONE:
        own = last_own(acts_of(connection, device, event_id), person.account)
        if own is None:
            raise ReviewError("there is nothing of this person to undo")
        undoes = own.number
    _check(connection, wanted, person)
    connection.execute(
        sa.insert(tables.acts).values(
            token=wanted.token,
            utc=wire.utc_text(now),
            account=person.account,
            role=person.role.value,
            address=address,
            device=device,
            event_id=event_id,
            seq=event_row.last_seq,
            weight=weight_of(wire.event_from_body(json.loads(event_row.body))),
            kind=wanted.kind.value,
            ruling=None if wanted.ruling is None else wanted.ruling.value,
            reason=wanted.reason,
            text=wanted.text,
            assignee=wanted.assignee,
            undoes=undoes,
        )
    )
    place(connection, device, event_id)


def _check(connection: sa.Connection, wanted: Wanted, person: Person) -> None:
    if not 8 <= len(wanted.token) <= 64:
        raise ReviewError("an act has a token of 8 to 64 characters")
    if len(wanted.text) > TEXT_LIMIT:
        raise ReviewError(f"a note has at most {TEXT_LIMIT} characters")
    if wanted.kind is ActKind.RULED and (
        wanted.ruling is None or wanted.reason not in REASONS[wanted.ruling]
    ):
        raise ReviewError("a ruling has one of its reasons")
    if wanted.kind is ActKind.COMMENTED and not wanted.text.strip():
        raise ReviewError("an empty comment says nothing")
    if wanted.kind is ActKind.ASSIGNED:
        if wanted.assignee != person.account and person.role is not Role.SUPERVISOR:
            raise ReviewError("only a supervisor gives work to others")
        column = tables.accounts.c
        may = connection.execute(
            sa.select(column.number).where(
                column.number == wanted.assignee,
                ~column.closed,
                column.role.in_([Role.INSPECTOR.value, Role.SUPERVISOR.value]),
            )
        ).first()
        if may is None:
            raise ReviewError("only an inspector or a supervisor can be given an event")


def place(connection: sa.Connection, device: str, event_id: str) -> None:
    """Bring the event's row in the queue in step with its last record and its acts."""
    column = tables.events.c
    row = connection.execute(
        sa.select(column.body, column.order_utc, column.last_seq).where(
            column.device == device, column.event_id == event_id
        )
    ).one()
    event = wire.event_from_body(json.loads(row.body))
    weight = weight_of(event)
    stands = standing(acts_of(connection, device, event_id), weight)
    fix = event.fix
    values = {
        "state": stands.state.value,
        "waiting": stands.state in WAITING,
        "lightness": HEAVIEST - weight,
        "order_utc": row.order_utc,
        "vessel": _vessel(connection, device, row.last_seq),
        "lat_deg": None if fix is None else fix.lat_deg,
        "lon_deg": None if fix is None else fix.lon_deg,
        "assignee": stands.assignee,
        "assignee_name": stands.assignee_name,
    }
    _replace(connection, tables.reviews, device, event_id, [values])
    found = [
        {name: values[name] for name in ("order_utc", "waiting", "lightness")}
        | {"what": what, "value": value}
        for what, value in dict.fromkeys(_terms(event))
    ]
    _replace(connection, tables.terms, device, event_id, found)


def _terms(event: Event) -> list[tuple[str, str]]:
    """What is not clear, by kind; every licence that is spoken of."""
    kinds = [
        ("kind", finding.kind.value) for finding in event.findings if finding.verdict is not Verdict.PERMITTED
    ]
    licences = [("licence", finding.licence[:200]) for finding in event.findings if finding.licence]
    return kinds + licences


def _vessel(connection: sa.Connection, device: str, seq: int) -> str:
    return hull_of(shelf.config_for(connection, device, seq))


def _replace(
    connection: sa.Connection,
    table: sa.Table,
    device: str,
    event_id: str,
    rows: Sequence[dict[str, object]],
) -> None:
    """These rows of an event and no others."""
    this = (table.c.device == device) & (table.c.event_id == event_id)
    connection.execute(sa.delete(table).where(this))
    if rows:
        connection.execute(
            sa.insert(table), [{"device": device, "event_id": event_id, **row} for row in rows]
        )
