"""A database that an earlier version wrote: new tables are there already (`create_all`); here they are filled.

Version 1 had no accounts, version 2 no review, version 3 neither production nor the states of sources,
version 4 no queue by kind and licence, version 5 no gaps.
"""

import sqlalchemy as sa

from agent.event.chain import read_record
from station import health, production, review, silences, tables


def upgrade(connection: sa.Connection, version: int) -> None:
    """Bring the database to the version of this program, in the caller's transaction."""
    if version < 5:
        tables.terms.drop(connection)
        tables.terms.create(connection)
        column = tables.events.c
        for row in connection.execute(sa.select(column.device, column.event_id)).all():
            review.place(connection, row.device, row.event_id)
    if version < 4:
        _told(connection, ("production", "source"))
    if version < 6:
        _told(connection, ("gap",))
    for table in tables.tables.sorted_tables:  # a table that is there already did not get its new indexes
        for index in table.indexes:
            index.create(connection, checkfirst=True)
    connection.execute(sa.update(tables.schema).values(version=tables.VERSION))


def _told(connection: sa.Connection, kinds: tuple[str, ...]) -> None:
    """Records of these kinds that were held before there were tables for them."""
    column = tables.records.c
    rows = connection.execute(
        sa.select(column.raw, column.received_utc)
        .where(column.kind.in_(kinds), column.problem.is_(None))
        .order_by(column.device, column.seq)
    ).all()
    for row in rows:
        record = read_record(row.raw)
        try:
            with connection.begin_nested():
                if record.kind == "production":
                    production.keep(connection, record, row.received_utc)
                elif record.kind == "gap":
                    silences.keep(connection, record, row.received_utc)
                else:
                    health.keep(connection, record)
        except ValueError:  # held all the same; there was no problem with it when it came
            continue
