"""Which devices this station knows: an id, a public key, and a name for people."""

import re
from datetime import datetime

import sqlalchemy as sa

from agent.errors import ChainError, SandwatchError
from agent.event import chain, wire
from station import tables
from station.alone import alone

DEVICE_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")


class EnrolmentError(SandwatchError, ValueError):
    """A device cannot be enrolled as asked; the message says what to do."""


def enrol(connection: sa.Connection, device: str, key_text: str, name: str, now: datetime) -> bool:
    """Enrol `device` with its public key; True if it was new. Doing it again with the same key renames it.

    Raises EnrolmentError on an id or key of the wrong form, and where the id has another key: a second key
    under one id would make two chains look like one.
    """
    if not DEVICE_ID.fullmatch(device):
        raise EnrolmentError(f"{device!r} is no device id: use 1 to 64 characters of A-Z a-z 0-9 . _ -")
    try:
        key_text = chain.public_text(chain.public_key(key_text))
    except ChainError as error:
        raise EnrolmentError(
            f"no public key: {error}. It has 43 characters; `sandwatch key` on the box prints it."
        ) from None
    alone(connection, "device", device)
    known = connection.execute(
        sa.select(tables.devices.c.public_key).where(tables.devices.c.id == device)
    ).scalar()
    if known is None:
        connection.execute(
            sa.insert(tables.devices).values(
                id=device,
                public_key=key_text,
                name=name or device,
                enrolled_utc=wire.utc_text(now),
                head_seq=0,
                head_hash=chain.GENESIS,
            )
        )
        return True
    if known != key_text:
        raise EnrolmentError(
            f"{device} is enrolled with another key ({known}). A box that was set up anew has a new key and needs a "
            "new id; nothing was changed."
        )
    if name:
        connection.execute(sa.update(tables.devices).where(tables.devices.c.id == device).values(name=name))
    return False
