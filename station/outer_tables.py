"""Tables of what comes from and goes to others, and of the account of record: keys, licences, runs, declarations.

They are of the same database and metadata as `station.tables`; `station.store` imports both before it makes them.
"""

import sqlalchemy as sa

from station.tables import only_grow, tables

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

# ── the account of record ─────────────────────────────────────────────────────────────────────────────

# Licences as they were brought to the station: every version ever brought, the last of a number holds.
licence_versions = sa.Table(
    "licence_versions",
    tables,
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("number", sa.String(200), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("feature", sa.Text, nullable=False),
    sa.Column("brought_utc", sa.String(24), nullable=False),
    sa.Column("brought_by", sa.String(64), nullable=False),
    sa.Index("licence_versions_by_number", "number", "version"),
)

# Each time the station judged stored work by a licence, from a day on; what it found stands in `account_findings`.
account_runs = sa.Table(
    "account_runs",
    tables,
    sa.Column("run", sa.Integer, primary_key=True),
    sa.Column("licence", sa.String(200), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("first_day", sa.String(10), nullable=False),
    sa.Column("last_day", sa.String(10), nullable=False),
    sa.Column("judged_utc", sa.String(24), nullable=False),
    sa.Column("judged_by", sa.String(64), nullable=False),
    sa.Index("account_runs_by_licence", "licence", "run"),
)

account_findings = sa.Table(
    "account_findings",
    tables,
    sa.Column("run", sa.ForeignKey("account_runs.run"), primary_key=True),
    sa.Column("place", sa.Integer, primary_key=True, autoincrement=False),  # in the order they were found
    sa.Column("kind", sa.String(32), nullable=False),
    sa.Column("verdict", sa.String(16), nullable=False),
    sa.Column("span", sa.String(8), nullable=False),  # of a quota: day, month, year, phase; of work: day
    sa.Column("first_day", sa.String(10), nullable=False),
    sa.Column("vessel", sa.Text, nullable=False),  # empty: all of the licence
    sa.Column("value", sa.Double),
    sa.Column("error", sa.Double),
    sa.Column("allowed", sa.Double),
    sa.Column("unit", sa.String(8), nullable=False),
    sa.Column("points", sa.Integer, nullable=False),  # positions that say so, of a quota 0
)

# What others declare, file by file. Of two files about the same thing the later one holds.
imports = sa.Table(
    "imports",
    tables,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("kind", sa.String(16), nullable=False),  # daily, transport, ais
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False, unique=True),
    sa.Column("lines", sa.Integer, nullable=False),
    sa.Column("brought_utc", sa.String(24), nullable=False),
    sa.Column("brought_by", sa.String(64), nullable=False),
)

declared = sa.Table(
    "declared",
    tables,
    sa.Column("import_number", sa.ForeignKey("imports.number"), primary_key=True),
    sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("licence", sa.String(200), nullable=False),
    sa.Column("vessel", sa.String(200), nullable=False),
    sa.Column("document", sa.String(200), nullable=False),  # of a transport; empty for a daily volume
    sa.Column("day", sa.String(10), nullable=False),
    sa.Column("m3", sa.Double, nullable=False),
    sa.Index("declared_by_day", "licence", "day"),
)

ais_points = sa.Table(
    "ais_points",
    tables,
    sa.Column("import_number", sa.ForeignKey("imports.number"), primary_key=True),
    sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("vessel", sa.String(200), nullable=False),
    sa.Column("utc", sa.String(24), nullable=False),
    sa.Column("lat_deg", sa.Double, nullable=False),
    sa.Column("lon_deg", sa.Double, nullable=False),
    sa.Index("ais_points_by_time", "vessel", "utc"),
)

# What was announced: the work stands still, or a technician is at the box; then silence is no riddle.
announced = sa.Table(
    "announced",
    tables,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("device", sa.ForeignKey("devices.id"), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),  # stoppage, visit, withdrawn
    sa.Column("first_day", sa.String(10), nullable=False),
    sa.Column("last_day", sa.String(10), nullable=False),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("entered_utc", sa.String(24), nullable=False),
    sa.Column("entered_by", sa.String(64), nullable=False),
    sa.Column("withdraws", sa.Integer),
    sa.Index("announced_of_device", "device", "first_day"),
)

for _table in (licence_versions, account_runs, account_findings, imports, declared, ais_points, announced):
    only_grow(_table)

# When a box was off, blind or without a position, as its `gap` records tell: made from them, and could be made again.
gaps = sa.Table(
    "gaps",
    tables,
    sa.Column("device", sa.ForeignKey("devices.id"), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("kind", sa.String(8), nullable=False),  # off, blind, lost, deaf
    sa.Column("source", sa.String(100), nullable=False),
    sa.Column("from_utc", sa.String(24)),
    sa.Column("to_utc", sa.String(24)),
    sa.Column("why", sa.Text, nullable=False),
    sa.Index("gaps_by_time", "device", "to_utc"),
)
