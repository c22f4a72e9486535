"""One at a time about one thing, over all workers of a station."""

import hashlib

import sqlalchemy as sa


def alone(connection: sa.Connection, *about: str) -> None:
    """Until this transaction ends nobody else gets `alone` about the same thing, in any process of the station.

    What is read afterwards is the last that was committed about it. On SQLite every transaction that writes is
    alone already.
    """
    if connection.dialect.name == "postgresql":
        name = hashlib.sha256("\n".join(about).encode()).digest()[:8]
        number = int.from_bytes(name, "big", signed=True)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(sa.literal(number, sa.BigInteger))))
