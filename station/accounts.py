"""Accounts of people: a name to sign in with, a role, a password. What was done to them is kept.

An account is closed, never deleted: what its person decided stands in the files under this name.
"""

import re
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

import sqlalchemy as sa

from agent.errors import SandwatchError
from agent.event import wire
from station import passwords, tables
from station.alone import alone

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
COMMAND_LINE = ""


class Role(StrEnum):
    """What a person may do; `station.access` says which page each may open."""

    INSPECTOR = "inspector"  # rules on events
    SUPERVISOR = "supervisor"  # that, and decides where two differ, and keeps the accounts
    TECHNICIAN = "technician"  # sees the boxes, not the evidence
    READER = "read-only"  # sees everything, changes nothing


class AccountError(SandwatchError, ValueError):
    """An account cannot be made or changed as asked; the message says why."""


@dataclass(frozen=True, slots=True)
class Account:
    """One account as it stands."""

    number: int
    name: str
    full_name: str
    role: Role
    must_change: bool
    closed: bool


def add(connection: sa.Connection, name: str, role: Role, full_name: str, by: str, now: datetime) -> str:
    """Make an account; gives its password, which works until the person has chosen one. Raises AccountError."""
    name = name.strip().casefold()
    if not NAME.fullmatch(name):
        raise AccountError(
            f"{name!r} is no account name: 1 to 64 characters of a-z 0-9 . _ -, beginning with a letter or digit"
        )
    alone(connection, "account", name)
    if find(connection, name) is not None:
        raise AccountError(f"there is an account {name!r} already; give it a new password instead")
    password = passwords.made_up()
    number = connection.execute(
        sa.insert(tables.accounts)
        .values(
            name=name,
            full_name=full_name.strip() or name,
            role=role.value,
            password_hash=passwords.hashed(password),
            must_change=True,
            closed=False,
            created_utc=wire.utc_text(now),
        )
        .returning(tables.accounts.c.number)
    ).scalar_one()
    _note(connection, number, by, "added", role.value, now)
    return password


def find(connection: sa.Connection, name: str) -> Account | None:
    """The account of a name, or None."""
    return next(iter(_accounts(connection, tables.accounts.c.name == name.strip().casefold())), None)


def everyone(connection: sa.Connection) -> list[Account]:
    """All accounts, by name."""
    return _accounts(connection)


def new_password(connection: sa.Connection, name: str, by: str, now: datetime) -> str:
    """Give the account another made-up password and end its sessions. Raises AccountError."""
    account = _known(connection, name)
    password = passwords.made_up()
    _set(
        connection,
        account,
        "password",
        "",
        by,
        now,
        password_hash=passwords.hashed(password),
        must_change=True,
    )
    end_sessions(connection, account.number, now)
    return password


def choose_password(connection: sa.Connection, account: Account, password: str, now: datetime) -> None:
    """The person's own choice. Sessions elsewhere end; the caller opens a new one for her."""
    hashed = passwords.hashed(password)
    _set(connection, account, "password", "", account.name, now, password_hash=hashed, must_change=False)
    end_sessions(connection, account.number, now)


def set_role(connection: sa.Connection, name: str, role: Role, by: str, now: datetime) -> None:
    """Another role; it holds from the next request on. Raises AccountError."""
    _set(connection, _known(connection, name), "role", role.value, by, now, role=role.value)


def set_closed(connection: sa.Connection, name: str, by: str, now: datetime, *, closed: bool) -> None:
    """Close an account or open it again. Raises AccountError."""
    account = _known(connection, name)
    _set(connection, account, "closed" if closed else "opened", "", by, now, closed=closed)
    if closed:
        end_sessions(connection, account.number, now)


def end_sessions(connection: sa.Connection, account: int, now: datetime) -> None:
    """Sign an account out everywhere."""
    column = tables.sessions.c
    connection.execute(
        sa.update(tables.sessions)
        .where(column.account == account, column.ended_utc.is_(None))
        .values(ended_utc=wire.utc_text(now))
    )


def _known(connection: sa.Connection, name: str) -> Account:
    account = find(connection, name)
    if account is None:
        raise AccountError(f"there is no account {name!r}")
    return account


def _set(
    connection: sa.Connection,
    account: Account,
    change: str,
    value: str,
    by: str,
    now: datetime,
    **values: object,
) -> None:
    connection.execute(
        sa.update(tables.accounts).where(tables.accounts.c.number == account.number).values(**values)
    )
    _note(connection, account.number, by, change, value, now)


def _note(connection: sa.Connection, account: int, by: str, change: str, value: str, now: datetime) -> None:
    connection.execute(
        sa.insert(tables.account_changes).values(
            utc=wire.utc_text(now), account=account, by=by, change=change, value=value
        )
    )


def _accounts(connection: sa.Connection, *where: sa.ColumnElement[bool]) -> list[Account]:
    column = tables.accounts.c
    rows = connection.execute(
        sa.select(*(column[name] for name in Account.__slots__)).where(*where).order_by(column.name)
    )
    return [Account(**{**row._mapping, "role": Role(row.role)}) for row in rows]  # noqa: SLF001 - SQLAlchemy's documented name
