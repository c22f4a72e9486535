"""Who is signed in: a random token in the browser's cookie, its digest here.

A session ends an hour after its person last did something, and twelve hours after it began. What a page asks
for by itself does not count as doing something.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from agent.event import wire
from station import tables
from station.accounts import Role

IDLE: Final = timedelta(hours=1)
LONGEST: Final = timedelta(hours=12)
NOTED_EVERY: Final = timedelta(minutes=1)  # so that not every page writes


@dataclass(frozen=True, slots=True)
class Person:
    """Who makes a request. `csrf` stands in the forms of her pages and must come back with them."""

    account: int
    name: str
    full_name: str
    role: Role
    must_change: bool
    csrf: str


def begin(connection: sa.Connection, account: int, now: datetime) -> str:
    """A new session of an account; gives the token for the cookie."""
    token = secrets.token_urlsafe(32)
    text = wire.utc_text(now)
    connection.execute(
        sa.insert(tables.sessions).values(
            token_sha256=_digest(token),
            account=account,
            csrf=secrets.token_urlsafe(24),
            opened_utc=text,
            seen_utc=text,
        )
    )
    return token


def person_of(connection: sa.Connection, token: str, now: datetime) -> tuple[Person, bool] | None:
    """Who the token is of, and whether to `note` that she was here; None where it is no session any more."""
    session, account = tables.sessions.c, tables.accounts.c
    row = connection.execute(
        sa.select(
            account.number.label("account"),
            account.name,
            account.full_name,
            account.role,
            account.must_change,
            session.csrf,
            session.seen_utc,
        )
        .join_from(tables.sessions, tables.accounts)
        .where(
            session.token_sha256 == _digest(token),
            session.ended_utc.is_(None),
            session.seen_utc > wire.utc_text(now - IDLE),
            session.opened_utc > wire.utc_text(now - LONGEST),
            ~account.closed,
        )
    ).first()
    if row is None:
        return None
    values = dict(row._mapping)  # noqa: SLF001 - SQLAlchemy's documented name
    seen = values.pop("seen_utc")
    person = Person(**{**values, "role": Role(row.role)})
    return person, seen <= wire.utc_text(now - NOTED_EVERY)


def note(connection: sa.Connection, token: str, now: datetime) -> None:
    """The person did something."""
    connection.execute(
        sa.update(tables.sessions)
        .where(tables.sessions.c.token_sha256 == _digest(token))
        .values(seen_utc=wire.utc_text(now))
    )


def end(connection: sa.Connection, token: str, now: datetime) -> None:
    """Sign out."""
    column = tables.sessions.c
    connection.execute(
        sa.update(tables.sessions)
        .where(column.token_sha256 == _digest(token), column.ended_utc.is_(None))
        .values(ended_utc=wire.utc_text(now))
    )


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
