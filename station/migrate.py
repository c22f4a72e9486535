"""From one database to another, table by table: with progress, resumable, verified by counts and hashes.

Rows are copied in the order of the source's primary keys, a batch in one transaction, so that what a target
holds after a break is the beginning of each table: the copy goes on behind it. At the end every row of both
sides is read again and compared. The source must not be served meanwhile; a change of it is found then.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Final

import sqlalchemy as sa

from agent.errors import SandwatchError
from station import tables
from station.store import Store

BATCH_ROWS: Final = 2000
MODULUS: Final = 2**256


class MigrationError(SandwatchError, RuntimeError):
    """The target is not, or cannot become, what the source is; the message says where."""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a table holds, whatever the order in which a database gives it."""

    rows: int
    digest: str


def migrate(source: Store, target: Store, tell: Callable[[str], None]) -> dict[str, Contents]:
    """Copy what is not there yet and compare all of it; raises MigrationError where the two differ."""
    copied = [table for table in tables.tables.sorted_tables if table is not tables.schema]
    for table in copied:
        _copy(source, target, table, tell)
    found = {}
    for table in copied:
        ours, theirs = (contents(store, table) for store in (source, target))
        if ours != theirs:
            raise MigrationError(
                f"table {table.name} differs: {ours.rows} rows with digest {ours.digest[:12]} in the source, {theirs.rows} "
                f"with {theirs.digest[:12]} in the target. Was the source served meanwhile? Stop it, empty the target, "
                "begin again; the source is unchanged."
            )
        tell(f"{table.name}: {ours.rows} rows are the same on both sides, digest {ours.digest[:12]}")
        found[table.name] = ours
    return found


def contents(store: Store, table: sa.Table) -> Contents:
    """Number of rows, and the sum of their SHA-256: the same rows give the same in any order."""
    number = total = 0
    with store.reading() as connection:
        for row in connection.execution_options(yield_per=BATCH_ROWS).execute(sa.select(table)):
            number += 1
            digest = hashlib.sha256(
                repr(tuple(_clean(value) for value in row)).encode(errors="surrogatepass")
            )
            total = (total + int.from_bytes(digest.digest(), "big")) % MODULUS
    return Contents(number, f"{total:064x}")


def _copy(source: Store, target: Store, table: sa.Table, tell: Callable[[str], None]) -> None:
    with source.reading() as reading, target.reading() as there:
        all_rows, done = (
            connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
            for connection in (reading, there)
        )
    if done > all_rows:
        raise MigrationError(
            f"table {table.name} has {done} rows in the target, {all_rows} in the source: the target is not a copy of it. "
            "Give an empty database."
        )
    for rows in _batches(source, table, done):
        with target.writing() as connection:
            try:
                connection.execute(sa.insert(table), rows)
            except (sa.exc.DataError, sa.exc.IntegrityError) as error:
                raise MigrationError(
                    f"table {table.name}: the target takes no row like these: {error.args[0]}"
                ) from None
        done += len(rows)
        tell(f"{table.name}: {done} of {all_rows} rows")
    if not target.sqlite:
        _number_on(target, table)


def _batches(source: Store, table: sa.Table, done: int) -> Iterator[list[dict[str, Any]]]:
    """The rows behind the first `done`, found by key and not by counting, a batch at a time."""
    key = list(table.primary_key.columns)
    with source.reading() as connection:
        after = None
        if done:
            query = sa.select(*key).order_by(*key).offset(done - 1).limit(1)
            after = tuple(connection.execute(query).one())
        while True:
            query = sa.select(table).order_by(*key).limit(BATCH_ROWS)
            if after is not None:
                query = query.where(sa.tuple_(*key) > sa.tuple_(*(sa.literal(part) for part in after)))
            rows = [
                {name: _clean(value) for name, value in row.items()}
                for row in connection.execute(query).mappings()
            ]
            if not rows:
                return
            yield rows
            after = tuple(rows[-1][column.name] for column in key)


def _number_on(target: Store, table: sa.Table) -> None:
    """PostgreSQL counts its numbers apart from the rows: the next row gets the number after the last."""
    column = table.autoincrement_column
    if column is None:
        return
    sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
    with target.writing() as connection:
        last = connection.execute(sa.select(sa.func.max(column))).scalar()
        if last is not None and connection.execute(sa.select(sequence)).scalar() is not None:
            connection.execute(sa.select(sa.func.setval(sequence, last)))


def _clean(value: object) -> object:
    """Text without NUL, which PostgreSQL cannot hold; in no table does it mean anything."""
    return value.replace("\x00", " ") if isinstance(value, str) else value
