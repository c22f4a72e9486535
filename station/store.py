"""The station's database: opened, checked, and entered by transactions only."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from agent.errors import StoreError
from station import outer_tables, tables
from station.upgrade import upgrade

MADE = (tables, outer_tables)  # what `create_all` makes
WRITES = "sandwatch_writes"  # execution option: this transaction will write
BUSY_MS = 10_000


class Store:
    """A database by SQLAlchemy URL; `sqlite:///PATH` by default, see `sqlite_url`.

    SQLite runs with a write-ahead log and synchronous FULL: a commit is on disk before a receipt leaves.
    Raises StoreError where the database cannot be opened, does not keep these settings, or is of another
    version.
    """

    def __init__(self, url: str) -> None:
        try:
            self._engine = sa.create_engine(url)
        except (sa.exc.ArgumentError, ModuleNotFoundError) as error:
            raise StoreError(
                f"{url!r} is no database this program can use: {error}. Give an address that SQLAlchemy knows, "
                "for example sqlite:////srv/station.sqlite, and install the driver it names."
            ) from None
        self.sqlite = self._engine.dialect.name == "sqlite"
        if self.sqlite:
            sa.event.listen(self._engine, "connect", _connected)
            sa.event.listen(self._engine, "begin", _begun)
        try:
            self._prepare()
        except sa.exc.SQLAlchemyError as error:
            self.close()
            raise StoreError(
                f"the station's database {self._engine.url!r} cannot be opened: {error.args[0]}. "
                "Check that its folder exists, is writable and has room."
            ) from error
        except StoreError:
            self.close()
            raise

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """One consistent view of the database; nothing is written."""
        with self._engine.connect() as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction: committed at the end of the block, undone by any exception.

        On SQLite it takes the write lock at its beginning, so that what was read in it still holds when it
        commits. On PostgreSQL callers lock the device's row.
        """
        with self._engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Give the connections back; SQLite folds its write-ahead log into the file."""
        self._engine.dispose()

    def _prepare(self) -> None:
        with self.writing() as connection:
            tables.tables.create_all(connection)
            version = connection.execute(sa.select(tables.schema.c.version)).scalar()
            if version is None:
                connection.execute(sa.insert(tables.schema).values(version=tables.VERSION))
            elif version < tables.VERSION:
                upgrade(connection, version)
            elif version != tables.VERSION:
                raise StoreError(
                    f"the station's database has format {version}, this program knows {tables.VERSION}. "
                    "Start the version of sandwatch-station that wrote it, or give another folder."
                )


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite:///{path.absolute()}"


def _connected(connection: Any, _record: Any) -> None:
    """Settings of one SQLite connection, each read back: SQLite answers a setting it cannot keep with silence."""
    connection.isolation_level = None  # transactions are begun by `_begun`, not by the driver's guess
    cursor = connection.cursor()
    cursor.execute(f"PRAGMA busy_timeout = {BUSY_MS}")
    cursor.execute("PRAGMA foreign_keys = ON")
    wanted = {"journal_mode": ("WAL", "wal"), "synchronous": ("FULL", 2)}
    for name, (value, expected) in wanted.items():
        cursor.execute(f"PRAGMA {name} = {value}")
        found = cursor.execute(f"PRAGMA {name}").fetchone()[0]
        if found != expected:
            raise StoreError(
                f"SQLite keeps {name} at {found!r}, {expected!r} is needed for what is acknowledged to survive a "
                "power cut. Put the folder on a local disk, not on a network share."
            )
    cursor.close()


def _begun(connection: sa.Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
