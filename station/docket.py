"""Cases written down: opening one, joining events, moving it on, adding papers. Rows are added, none is changed."""

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import sqlalchemy as sa

from agent.errors import SandwatchError
from agent.event import wire
from agent.licence.hours import local_time
from agent.types import Event, Json, Verdict
from station import shelf, tables
from station.accounts import Role
from station.alone import alone
from station.forms import PAPER_LIMIT_BYTES
from station.proceeding import (
    NUMBERED,
    RUNNING,
    CaseAct,
    CaseActKind,
    CaseStanding,
    Stage,
    may_move,
    standing,
)
from station.sessions import Person

TEXT_LIMIT: Final = 4000
FILES_AT_MOST: Final = 50
EVENTS_AT_MOST: Final = 200
CODE = re.compile(r"HS-(\d{4})-(\d{4,9})")
TYPES: Final[Mapping[str, bytes]] = {
    "application/pdf": b"%PDF-",
    "image/jpeg": b"\xff\xd8\xff",
    "image/png": b"\x89PNG\r\n\x1a\n",
}
"""What a paper may be, by how its bytes begin: what a browser says of it is not believed."""


class CaseWorkError(SandwatchError, ValueError):
    """Something that cannot be done with a case; the message says why."""


@dataclass(frozen=True, slots=True)
class Subject:
    """Whom an event is about: the holder of the licence it speaks of, else the vessel, else the box."""

    text: str
    holder: str
    licence: str
    vessel: str


@dataclass(frozen=True, slots=True)
class Case:
    """One case with everything that was done."""

    number: int
    code: str
    subject: str
    holder: str
    licence: str
    vessel: str
    opened_utc: str
    acts: tuple[CaseAct, ...]
    stands: CaseStanding


@dataclass(frozen=True, slots=True)
class Paper:
    """What a person put into a case."""

    sha256: str
    name: str
    media_type: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Step:
    """What a person wants to do with a case. `token` is made by the page, so that nothing is done twice."""

    token: str
    kind: CaseActKind
    stage: Stage | None = None
    text: str = ""
    device: str | None = None
    event_id: str | None = None


def code_of(year: int, number: int) -> str:
    """The code on paper: `HS-2026-0007`."""
    return f"HS-{year}-{number:04d}"


def subject_of(connection: sa.Connection, device: str, event: Event, seq: int) -> Subject:
    """Whom an event is about, by the configuration in force then."""
    config = shelf.config_for(connection, device, seq)
    holders = dict(_holders(config))
    named = [
        finding.licence
        for finding in event.findings
        if finding.licence in holders and finding.verdict is not Verdict.PERMITTED
    ]
    licence = named[0] if named else next(iter(holders)) if len(holders) == 1 else None
    own = config.get("own_vessel")
    hull = own.get("hull_number") if isinstance(own, dict) else None
    vessel = hull[:200] if isinstance(hull, str) else ""
    holder = holders.get(licence or "", "")
    return Subject(holder or vessel or device, holder, licence or "", vessel)


def _holders(config: Mapping[str, Json]) -> Iterable[tuple[str, str]]:
    """Number and holder of every licence of a `config.applied` body that says both."""
    licences = config.get("licences")
    entries = licences.get("features") if isinstance(licences, dict) else licences
    for entry in entries if isinstance(entries, list) else []:
        properties = entry.get("properties") if isinstance(entry, dict) else None
        if isinstance(properties, dict):
            number, holder = properties.get("number"), properties.get("holder")
            if isinstance(number, str) and isinstance(holder, str):
                yield number[:200], holder[:300]


def case_of_event(connection: sa.Connection, device: str, event_id: str) -> int | None:
    """The case an event is in, or None."""
    column = tables.case_acts.c
    row = connection.execute(
        sa.select(column.case_number, column.kind)
        .where(column.device == device, column.event_id == event_id)
        .order_by(column.number.desc())
        .limit(1)
    ).first()
    return None if row is None or row.kind == CaseActKind.LEFT else int(row.case_number)


def one_case(connection: sa.Connection, number: int) -> Case | None:
    """A case, or None."""
    row = connection.execute(sa.select(tables.cases).where(tables.cases.c.number == number)).first()
    return None if row is None else _case(row, _acts(connection, [number]).get(number, []))


def all_cases(connection: sa.Connection, limit: int = 500) -> list[Case]:
    """The cases, newest first."""
    rows = connection.execute(
        sa.select(tables.cases).order_by(tables.cases.c.number.desc()).limit(limit)
    ).all()
    return _cases(connection, rows)


def running_cases(connection: sa.Connection) -> list[Case]:
    """The cases whose clock runs, oldest first: those that were moved, and not to an end."""
    column = tables.case_acts.c
    last = (
        sa.select(sa.func.max(column.number))
        .where(column.kind == CaseActKind.MOVED.value)
        .group_by(column.case_number)
    )
    numbers = sa.select(column.case_number).where(
        column.number.in_(last), column.stage.in_([stage.value for stage in RUNNING])
    )
    rows = connection.execute(
        sa.select(tables.cases).where(tables.cases.c.number.in_(numbers)).order_by(tables.cases.c.number)
    ).all()
    return _cases(connection, rows)


def open_cases_of(connection: sa.Connection, subject: str) -> list[Case]:
    """The cases about this subject that are not closed, newest first."""
    column = tables.cases.c
    rows = connection.execute(
        sa.select(tables.cases).where(column.subject == subject).order_by(column.number.desc()).limit(100)
    ).all()
    return [case for case in _cases(connection, rows) if case.stands.stage is not Stage.CLOSED]


def _cases(connection: sa.Connection, rows: Sequence[Any]) -> list[Case]:
    acts = _acts(connection, [row.number for row in rows])
    return [_case(row, acts.get(row.number, [])) for row in rows]


def _case(row: Any, acts: list[CaseAct]) -> Case:
    return Case(
        number=row.number,
        code=code_of(row.year, row.number),
        subject=row.subject,
        holder=row.holder,
        licence=row.licence,
        vessel=row.vessel,
        opened_utc=row.opened_utc,
        acts=tuple(acts),
        stands=standing(acts),
    )


def _acts(connection: sa.Connection, numbers: list[int]) -> dict[int, list[CaseAct]]:
    act, who = tables.case_acts.c, tables.accounts.c
    rows = connection.execute(
        sa.select(tables.case_acts, who.full_name)
        .select_from(tables.case_acts.join(tables.accounts, who.number == act.account))
        .where(act.case_number.in_(numbers))
        .order_by(act.number)
    )
    found: dict[int, list[CaseAct]] = {}
    for row in rows:
        found.setdefault(row.case_number, []).append(
            CaseAct(
                number=row.number,
                utc=row.utc,
                account=row.account,
                name=row.full_name,
                role=Role(row.role),
                address=row.address,
                kind=CaseActKind(row.kind),
                stage=None if row.stage is None else Stage(row.stage),
                text=row.text,
                device=row.device,
                event_id=row.event_id,
                sha256=row.sha256,
            )
        )
    return found


def open_case(connection: sa.Connection, step: Step, person: Person, address: str, now: datetime) -> int:
    """A new case with the event of `step` in it; gives its number. Raises CaseWorkError, LookupError."""
    _check(step)
    known = _of_token(connection, step.token)
    if known is not None:
        return known
    subject = _subject_of_event(connection, step)
    _check_free(connection, step)
    number = connection.execute(
        sa.insert(tables.cases)
        .values(
            year=local_time(now).year,
            subject=subject.text,
            holder=subject.holder,
            licence=subject.licence,
            vessel=subject.vessel,
            opened_utc=wire.utc_text(now),
        )
        .returning(tables.cases.c.number)
    ).scalar_one()
    opened = Step(f"{step.token}.o"[:64], CaseActKind.OPENED, text=step.text)
    joined = Step(step.token, CaseActKind.JOINED, device=step.device, event_id=step.event_id)
    for each in (opened, joined):
        _write(connection, number, each, person, address, now)
    return int(number)


def act(
    connection: sa.Connection, number: int, step: Step, person: Person, address: str, now: datetime
) -> None:
    """Write down what a person does with a case. Raises CaseWorkError; LookupError where there is no such case.

    A token that is known already changes nothing: the page did not hear the answer and asked again.
    """
    _check(step)
    connection.execute(
        sa.select(tables.cases.c.number).where(tables.cases.c.number == number).with_for_update()
    )  # two who move one case at once come one after the other
    case = one_case(connection, number)
    if case is None:
        raise LookupError(number)
    if _of_token(connection, step.token) is not None:
        return
    _may(connection, case, step, person)
    _write(connection, number, step, person, address, now)


def _check(step: Step) -> None:
    if not 8 <= len(step.token) <= 60:
        raise CaseWorkError("an act has a token of 8 to 60 characters")
    if len(step.text) > TEXT_LIMIT:
        raise CaseWorkError(f"a note has at most {TEXT_LIMIT} characters")


def _may(connection: sa.Connection, case: Case, step: Step, person: Person) -> None:
    if step.kind is CaseActKind.MOVED:
        _may_move(case, step, person)
    elif step.kind is CaseActKind.COMMENTED:
        if not step.text.strip():
            raise CaseWorkError("an empty comment says nothing")
    elif case.stands.stage is Stage.CLOSED:
        raise CaseWorkError("the case is closed; a supervisor can open it again")
    elif step.kind is CaseActKind.EXTENDED:
        if case.stands.stage not in RUNNING or case.stands.extended or not step.text.strip():
            raise CaseWorkError("a case under verification is made complex once, with the reason")
    elif step.kind is CaseActKind.JOINED:
        _may_join(connection, case, step)
    elif step.kind is CaseActKind.LEFT:
        if (step.device, step.event_id) not in case.stands.events or len(case.stands.events) == 1:
            raise CaseWorkError("an event that is in the case, and not the only one, can be taken out")
    else:
        raise CaseWorkError(f"{step.kind} is no act of its own")


def _may_move(case: Case, step: Step, person: Person) -> None:
    stage = case.stands.stage
    if step.stage is None or not may_move(stage, step.stage, person.role):
        raise CaseWorkError(f"a case does not go from {stage} to {step.stage} by {person.role}")
    if step.stage in NUMBERED and not step.text.strip():
        raise CaseWorkError("say the number and the date of the paper this rests on")


def _may_join(connection: sa.Connection, case: Case, step: Step) -> None:
    if len(case.stands.events) >= EVENTS_AT_MOST:
        raise CaseWorkError(f"a case has at most {EVENTS_AT_MOST} events")
    subject = _subject_of_event(connection, step)
    if subject.text != case.subject:
        raise CaseWorkError(f"the case is about {case.subject!r}, the event about {subject.text!r}")
    _check_free(connection, step)


def _check_free(connection: sa.Connection, step: Step) -> None:
    alone(connection, "case of an event", step.device or "", step.event_id or "")
    held = case_of_event(connection, step.device or "", step.event_id or "")
    if held is not None:
        raise CaseWorkError(f"the event is in case number {held} already")


def _subject_of_event(connection: sa.Connection, step: Step) -> Subject:
    listed = shelf.one_event(connection, step.device or "", step.event_id or "")
    if listed is None:
        raise LookupError(step.event_id)
    return subject_of(connection, listed.device, listed.event, listed.last_seq)


def _of_token(connection: sa.Connection, token: str) -> int | None:
    column = tables.case_acts.c
    return connection.execute(sa.select(column.case_number).where(column.token == token)).scalar()


def _write(
    connection: sa.Connection,
    number: int,
    step: Step,
    person: Person,
    address: str,
    now: datetime,
    sha256: str | None = None,
) -> None:
    connection.execute(
        sa.insert(tables.case_acts).values(
            token=step.token,
            case_number=number,
            utc=wire.utc_text(now),
            account=person.account,
            role=person.role.value,
            address=address,
            kind=step.kind.value,
            stage=None if step.stage is None else step.stage.value,
            text=step.text,
            device=step.device,
            event_id=step.event_id,
            sha256=sha256,
        )
    )


# ── papers ────────────────────────────────────────────────────────────────────────────────────────────


def type_of(content: bytes) -> str | None:
    """The media type of a paper by its bytes; None where it is of no type a case takes."""
    return next((name for name, begin in TYPES.items() if content.startswith(begin)), None)


def attach(
    connection: sa.Connection,
    number: int,
    step: Step,
    content: bytes,
    person: Person,
    address: str,
    now: datetime,
) -> None:
    """Put a paper into a case; `step.text` is its name. Raises CaseWorkError, LookupError."""
    _check(step)
    media = type_of(content)
    if media is None or len(content) > PAPER_LIMIT_BYTES:
        raise CaseWorkError(f"a paper is a PDF, JPEG or PNG of at most {PAPER_LIMIT_BYTES >> 20} MiB")
    case = one_case(connection, number)
    if case is None:
        raise LookupError(number)
    if _of_token(connection, step.token) is not None:
        return
    if case.stands.stage is Stage.CLOSED:
        raise CaseWorkError("the case is closed; a supervisor can open it again")
    sha256 = hashlib.sha256(content).hexdigest()
    held = {paper.sha256 for paper in papers_of(connection, number)}
    if len(held) >= FILES_AT_MOST:
        raise CaseWorkError(f"a case has at most {FILES_AT_MOST} papers")
    if sha256 in held:
        raise CaseWorkError("the case has this paper already")
    name = " ".join(step.text.replace("/", " ").replace("\\", " ").split())[:200]
    connection.execute(
        sa.insert(tables.case_files).values(
            case_number=number,
            sha256=sha256,
            name=name or sha256[:12],
            media_type=media,
            size_bytes=len(content),
            content=content,
        )
    )
    _write(connection, number, step, person, address, now, sha256)


def papers_of(connection: sa.Connection, number: int) -> list[Paper]:
    """The papers of a case, by name."""
    column = tables.case_files.c
    rows = connection.execute(
        sa.select(column.sha256, column.name, column.media_type, column.size_bytes)
        .where(column.case_number == number)
        .order_by(column.name, column.sha256)
    )
    return [Paper(row.sha256, row.name, row.media_type, row.size_bytes) for row in rows]


def paper_content(connection: sa.Connection, number: int, sha256: str) -> tuple[Paper, bytes] | None:
    """A paper and its bytes, or None."""
    column = tables.case_files.c
    row = connection.execute(
        sa.select(tables.case_files).where(column.case_number == number, column.sha256 == sha256)
    ).first()
    return None if row is None else (Paper(sha256, row.name, row.media_type, row.size_bytes), row.content)
