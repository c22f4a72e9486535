"""The station's database, SQLite or PostgreSQL: opened, checked, and entered by transactions only."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from agent.errors import StoreError
from station import outer_tables, tables
from station.alone import alone
from station.upgrade import upgrade

MADE = (tables, outer_tables)  # what `create_all` makes
WRITES = "sandwatch_writes"  # execution option: this transaction will write
BUSY_MS = 10_000
POOL = 15  # connections of one process to PostgreSQL; its threads wait for one


class Store:
    """A database by its URL: `sqlite:///PATH` (see `sqlite_url`) or `postgresql://USER@HOST/NAME`.

    SQLite runs with a write-ahead log and synchronous FULL, PostgreSQL with `synchronous_commit` on: a commit
    is on disk before a receipt leaves. Raises StoreError where the database cannot be opened, does not keep
    these settings, or is of another version.
    """

    def __init__(self, url: str) -> None:
        self._engine = _engine(url)
        self.sqlite = self._engine.dialect.name == "sqlite"
        sa.event.listen(self._engine, "connect", _sqlite_connected if self.sqlite else _postgresql_connected)
        if self.sqlite:
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
        options: dict[str, Any] = {}
        if not self.sqlite:
            options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        with self._engine.connect().execution_options(**options) as connection:
            yield connection

    @contextmanager
    def writing(self) -> Iterator[sa.Connection]:
        """One transaction: committed at the end of the block, undone by any exception.

        On SQLite it takes the write lock at its beginning, so that what was read in it still holds when it
        commits. On PostgreSQL others write at the same time: whoever decides by what he read asks for `alone` first.
        """
        with self._engine.connect().execution_options(**{WRITES: True}) as connection, connection.begin():
            yield connection

    def close(self) -> None:
        """Give the connections back; SQLite folds its write-ahead log into the file."""
        self._engine.dispose()

    def _prepare(self) -> None:
        with self.reading() as connection:
            known = set(sa.inspect(connection).get_table_names())
            if known.issuperset(tables.tables.tables) and _version(connection) == tables.VERSION:
                return
        with self.writing() as connection:
            alone(connection, "schema")  # several workers start at once
            tables.tables.create_all(connection)
            version = _version(connection)
            if version is None:
                connection.execute(sa.insert(tables.schema).values(version=tables.VERSION))
            elif version < tables.VERSION:
                upgrade(connection, version)
            elif version != tables.VERSION:
                raise StoreError(
                    f"the station's database has format {version}, this program knows {tables.VERSION}. "
                    "Start the version of sandwatch-station that wrote it, or give another folder."
                )


def _version(connection: sa.Connection) -> int | None:
    """Of the tables that are there; None where they are just made."""
    return connection.execute(sa.select(tables.schema.c.version)).scalar()


def sqlite_url(path: Path) -> str:
    """The URL of a SQLite file."""
    return f"sqlite:///{path.absolute()}"


def _engine(url: str) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
        if parsed.drivername in {"postgresql", "postgres"}:
            parsed = parsed.set(drivername="postgresql+psycopg")
        if parsed.get_backend_name() == "postgresql":
            # A connection that died with its server is noticed and made anew before it is used.
            return sa.create_engine(parsed, pool_size=POOL, max_overflow=0, pool_pre_ping=True)
        return sa.create_engine(parsed)
    except (sa.exc.ArgumentError, ModuleNotFoundError) as error:
        raise StoreError(
            f"{url!r} is no database this program can use: {error}. Give sqlite:////srv/station.sqlite or "
            "postgresql://USER@HOST/NAME, and install the extra `station`."
        ) from None


def _postgresql_connected(connection: Any, _record: Any) -> None:
    """Settings of one PostgreSQL connection: what is committed is on disk, and text is what the wire carries."""
    with connection.cursor() as cursor:
        for name, wanted in (("synchronous_commit", ("on", "remote_apply")), ("server_encoding", ("UTF8",))):
            found = cursor.execute(f"SHOW {name}").fetchone()[0]
            if found not in wanted:
                raise StoreError(
                    f"PostgreSQL has {name} = {found}, {' or '.join(wanted)} is needed. Make the database with "
                    "CREATE DATABASE sandwatch ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0, and leave "
                    "synchronous_commit on."
                )
    connection.rollback()


def _sqlite_connected(connection: Any, _record: Any) -> None:
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
