"""Signing in: name and password, at a bounded rate.

Within a quarter of an hour: five failures of one name from one address, twenty from one address, fifty of one
name. The first two stop guessing; the third stops guessing from many places, high enough that nobody is locked
out by a neighbour's mistakes.
"""

from datetime import datetime, timedelta
from typing import Final

import sqlalchemy as sa

from agent.event import wire
from station import accounts, passwords, sessions, tables
from station.alone import alone
from station.store import Store

WINDOW: Final = timedelta(minutes=15)
OF_NAME_AND_ADDRESS: Final = 5
OF_ADDRESS: Final = 20
OF_NAME: Final = 50


class TooManyAttempts(Exception):
    """Not even looked at; try again later."""


def sign_in(store: Store, name: str, password: str, address: str, now: datetime) -> str | None:
    """The token of a new session, or None where name or password is wrong. Raises TooManyAttempts.

    An attempt is counted before the password is looked at, so that many at once do not pass the limit.
    """
    name = name.strip().casefold()[:64]
    with store.writing() as connection:
        alone(connection, "signing in")
        if _too_many(connection, name, address, now):
            raise TooManyAttempts
        account = accounts.find(connection, name)
        stored = passwords.NOBODY
        if account is not None and not account.closed:
            column = tables.accounts.c
            stored = connection.execute(
                sa.select(column.password_hash).where(column.number == account.number)
            ).scalar_one()
        _attempt(connection, name, address, now, succeeded=False)
    if not passwords.matches(password, stored) or account is None:
        return None
    with store.writing() as connection:
        _attempt(connection, name, address, now, succeeded=True)
        return sessions.begin(connection, account.number, now)


def _attempt(connection: sa.Connection, name: str, address: str, now: datetime, *, succeeded: bool) -> None:
    connection.execute(
        sa.insert(tables.attempts).values(
            utc=wire.utc_text(now), name=name, address=address, succeeded=succeeded
        )
    )


def _too_many(connection: sa.Connection, name: str, address: str, now: datetime) -> bool:
    """What succeeded takes its own attempt back: a success is written behind each, and is subtracted."""
    column = tables.attempts.c

    def failures(*where: sa.ColumnElement[bool]) -> sa.ScalarSelect[int]:
        weight = sa.func.sum(sa.case((column.succeeded, -1), else_=1))
        recent = column.utc > wire.utc_text(now - WINDOW)
        return sa.select(sa.func.coalesce(weight, 0)).where(recent, *where).scalar_subquery()

    here, this = column.address == address, column.name == name
    row = connection.execute(sa.select(failures(here, this), failures(here), failures(this))).one()
    limits = (OF_NAME_AND_ADDRESS, OF_ADDRESS, OF_NAME)
    return any(count >= limit for count, limit in zip(row, limits, strict=True))
