"""Access keys: what a program (QGIS, a partner's server) shows instead of a password, for reading features only.

A key is random, its SHA-256 lies here, it is shown once and belongs to a person, whose role it has. It opens the addresses
under `/ogc` with HTTP Basic and nothing else; it ends when she ends it or her account is closed.
"""

import base64
import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from agent.event import wire
from station import tables
from station.accounts import Role
from station.outer_tables import access_keys
from station.sessions import Person

MOST_KEYS = 20


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a person, without the key itself."""

    number: int
    purpose: str
    made_utc: str
    used_utc: str | None


def make(connection: sa.Connection, account: int, purpose: str, now: datetime) -> str | None:
    """A new key; None where she has so many already that ending one comes first."""
    if len(keys_of(connection, account)) >= MOST_KEYS:
        return None
    key = "sw-" + secrets.token_urlsafe(32)
    connection.execute(
        sa.insert(access_keys).values(
            account=account, sha256=_digest(key), purpose=purpose[:200], made_utc=wire.utc_text(now)
        )
    )
    return key


def end(connection: sa.Connection, account: int, number: int, now: datetime) -> None:
    """From now on the key opens nothing. Somebody else's is left alone."""
    column = access_keys.c
    connection.execute(
        sa.update(access_keys)
        .where(column.number == number, column.account == account, column.ended_utc.is_(None))
        .values(ended_utc=wire.utc_text(now))
    )


def keys_of(connection: sa.Connection, account: int) -> list[Key]:
    """The keys of a person that open something."""
    column = access_keys.c
    rows = connection.execute(
        sa.select(column.number, column.purpose, column.made_utc, column.used_utc)
        .where(column.account == account, column.ended_utc.is_(None))
        .order_by(column.number)
    )
    return [Key(row.number, row.purpose, row.made_utc, row.used_utc) for row in rows]


def person_of(connection: sa.Connection, header: str | None) -> tuple[Person, int] | None:
    """Whose key an `Authorization` header shows, and its number; None where it shows none that holds."""
    name, key = _basic(header)
    if not key:
        return None
    column, account = access_keys.c, tables.accounts.c
    row = connection.execute(
        sa.select(column.number.label("key"), account.number, account.name, account.full_name, account.role)
        .join_from(access_keys, tables.accounts)
        .where(
            column.sha256 == _digest(key),
            column.ended_utc.is_(None),
            account.name == name.casefold(),
            ~account.closed,
            ~account.must_change,
        )
    ).first()
    if row is None:
        return None
    person = Person(row.number, row.name, row.full_name, Role(row.role), must_change=False, csrf="")
    return person, row.key


def note(connection: sa.Connection, number: int, day: str) -> None:
    """The key was used; told by the day, so that not every request writes."""
    column = access_keys.c
    connection.execute(
        sa.update(access_keys)
        .where(column.number == number, sa.func.coalesce(column.used_utc, "") < day)
        .values(used_utc=day)
    )


def _basic(header: str | None) -> tuple[str, str]:
    scheme, _, text = (header or "").partition(" ")
    if scheme.casefold() != "basic" or len(text) > 500:
        return "", ""
    try:
        name, _, key = base64.b64decode(text, validate=True).decode().partition(":")
    except ValueError:
        return "", ""
    return name.replace("\x00", ""), key


def _digest(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()
