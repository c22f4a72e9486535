"""A database that an earlier version wrote: new tables are there already (`create_all`); here they are filled.

Version 1 had no accounts.
"""

import sqlalchemy as sa

from station import tables


def upgrade(connection: sa.Connection, _version: int) -> None:
    """Bring the database to the version of this program, in the caller's transaction."""
    connection.execute(sa.update(tables.schema).values(version=tables.VERSION))
