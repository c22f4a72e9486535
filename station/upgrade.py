"""A database that an earlier version wrote: new tables are there already (`create_all`); here they are filled.

Version 1 had no accounts, version 2 no review.
"""

import sqlalchemy as sa

from station import review, tables


def upgrade(connection: sa.Connection, version: int) -> None:
    """Bring the database to the version of this program, in the caller's transaction."""
    if version < 3:
        column = tables.events.c
        for row in connection.execute(sa.select(column.device, column.event_id)).all():
            review.place(connection, row.device, row.event_id)
    connection.execute(sa.update(tables.schema).values(version=tables.VERSION))
