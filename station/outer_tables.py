"""Tables of what comes from and goes to others: access keys.

They are of the same database and metadata as `station.tables`; `station.store` imports both before it makes them.
"""

import sqlalchemy as sa

from station.tables import tables

# What programs show instead of a password, for reading features (`station.keys`).
access_keys = sa.Table(
    "access_keys",
    tables,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("account", sa.ForeignKey("accounts.number"), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False, unique=True),
    sa.Column("purpose", sa.Text, nullable=False),
    sa.Column("made_utc", sa.String(24), nullable=False),
    sa.Column("used_utc", sa.String(24)),
    sa.Column("ended_utc", sa.String(24)),
    sa.Index("access_keys_of_account", "account", "ended_utc"),
)
