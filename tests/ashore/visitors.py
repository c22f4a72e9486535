"""People who look at the station's pages: an account of each role, signed in without typing."""

from datetime import datetime

import requests

from ashore.boat import NOW
from station import accounts, sessions
from station.accounts import Role
from station.app import Station


def account(station: Station, role: Role, name: str = "", now: datetime = NOW) -> int:
    """The number of an account of this role, made where there is none; it has chosen its password."""
    name = name or role.value
    with station.store.writing() as connection:
        if accounts.find(connection, name) is None:
            accounts.add(connection, name, role, name.title(), "", now)
        found = accounts.find(connection, name)
        assert found is not None
        accounts.choose_password(connection, found, f"song hau {name}", now)
        return found.number


def signed_in(
    station: Station, role: Role = Role.SUPERVISOR, name: str = "", now: datetime = NOW
) -> requests.Session:
    """A browser's cookie jar in which such a person is signed in."""
    number = account(station, role, name, now)
    visitor = requests.Session()
    with station.store.writing() as connection:
        visitor.cookies.set("session", sessions.begin(connection, number, now))
    return visitor


def csrf_of(station: Station, visitor: requests.Session, now: datetime = NOW) -> str:
    """The word that stands in the forms of this person's pages."""
    with station.store.reading() as connection:
        found = sessions.person_of(connection, visitor.cookies["session"], now)
    assert found is not None
    return found[0].csrf
