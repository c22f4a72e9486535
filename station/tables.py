"""The tables of the station, one definition for SQLite and PostgreSQL.

What was received is kept as it came (`records.raw`, `forks.raw`); every other table is made from it and
could be made again. Times are text as in the wire format, so that they sort as they stand.
"""

import sqlalchemy as sa

VERSION = 6

tables = sa.MetaData()

schema = sa.Table("station_schema", tables, sa.Column("version", sa.Integer, primary_key=True))

devices = sa.Table(
    "devices",
    tables,
    sa.Column("id", sa.String(64), primary_key=True),
    sa.Column("public_key", sa.String(43), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("enrolled_utc", sa.String(24), nullable=False),
    sa.Column("last_seen_utc", sa.String(24)),
    sa.Column("head_seq", sa.BigInteger, nullable=False),
    sa.Column("head_hash", sa.String(64), nullable=False),
)

records = sa.Table(
    "records",
    tables,
    sa.Column("device", sa.ForeignKey("devices.id"), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.String(64), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("utc", sa.Text),
    sa.Column("raw", sa.LargeBinary, nullable=False),
    sa.Column("received_utc", sa.String(24), nullable=False),
    # Why a sound record could not be shown (a body this version does not know). The record itself is held.
    sa.Column("problem", sa.Text),
    sa.Index("records_problem", "device", "problem"),
)

# Records signed by an enrolled key that contradict the chain held here: both sides are evidence.
forks = sa.Table(
    "forks",
    tables,
    sa.Column("device", sa.ForeignKey("devices.id"), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("raw", sa.LargeBinary, nullable=False),
    sa.Column("received_utc", sa.String(24), nullable=False),
)

# What the boxes said the end of their chain is, in `/v1/heads`, each once: nothing older can change unseen.
heads = sa.Table(
    "heads",
    tables,
    sa.Column("device", sa.ForeignKey("devices.id"), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("hash", sa.String(64), primary_key=True),
    sa.Column("first_utc", sa.String(24), nullable=False),
    sa.Column("last_utc", sa.String(24), nullable=False),
    sa.Column("channel", sa.String(16), nullable=False),  # by which way it was told last
    sa.Index("heads_by_time", "device", "last_utc"),
)

events = sa.Table(
    "events",
    tables,
    sa.Column("device", sa.ForeignKey("devices.id"), primary_key=True),
    sa.Column("event_id", sa.String(200), primary_key=True),
    sa.Column("happening", sa.String(32), nullable=False),
    sa.Column("verdict", sa.String(32)),  # the gravest of its findings; null where there is none
    # The list's order: when it opened, or when it came in where the box did not know the time.
    sa.Column("order_utc", sa.String(24), nullable=False),
    sa.Column("opened_utc", sa.String(24)),
    sa.Column("updated_utc", sa.String(24)),
    sa.Column("closed", sa.Boolean, nullable=False),
    sa.Column("closed_utc", sa.String(24)),
    sa.Column("origin", sa.String(16), nullable=False),
    sa.Column("synthetic", sa.Boolean, nullable=False),
    sa.Column("voyage", sa.Text),
    sa.Column("boot_id", sa.Text, nullable=False),  # of its opening: the track before it is of that boot
    sa.Column("first_seq", sa.BigInteger, nullable=False),
    sa.Column("last_seq", sa.BigInteger, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
    sa.Index("events_newest", "order_utc", "device", "event_id"),
    sa.Index("events_by_verdict", "verdict", "order_utc", "device", "event_id"),
    sa.Index("events_by_happening", "happening", "order_utc", "device", "event_id"),
    sa.Index("events_by_device", "device", "order_utc", "event_id"),
)

track = sa.Table(
    "track",
    tables,
    sa.Column("device", sa.ForeignKey("devices.id"), primary_key=True),
    sa.Column("boot_id", sa.String(200), primary_key=True),
    sa.Column("mono_ns", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("utc", sa.String(24)),
    sa.Column("lat_deg", sa.Double, nullable=False),
    sa.Column("lon_deg", sa.Double, nullable=False),
    sa.Index("track_by_time", "device", "utc"),
)

configs = sa.Table(
    "configs",
    tables,
    sa.Column("device", sa.ForeignKey("devices.id"), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("body", sa.Text, nullable=False),
)

evidence = sa.Table(
    "evidence",
    tables,
    sa.Column("device", sa.ForeignKey("devices.id"), primary_key=True),
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),  # of the first record that named it
    sa.Column("media_type", sa.Text),
    sa.Column("size_bytes", sa.BigInteger),
    sa.Column("held", sa.Boolean, nullable=False),
    sa.Index("evidence_lacking", "device", "held", "seq"),
    sa.Index("evidence_by_digest", "sha256"),
)

# What a person should look at: two chains under one key, an older card, a hole, a damaged store.
alarms = sa.Table(
    "alarms",
    tables,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("device", sa.ForeignKey("devices.id"), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),  # the record it is about
    sa.Column("known_seq", sa.BigInteger, nullable=False),  # how far the chain was known here
    sa.Column("raised_utc", sa.String(24), nullable=False),
    sa.Column("last_utc", sa.String(24), nullable=False),  # when it was seen last
    sa.Column("ended_utc", sa.String(24)),
    sa.Index("alarms_of_device", "device", "ended_utc"),
)

# Moments at which a box knew both its monotonic stamp and the time: they date what the same boot wrote before.
anchors = sa.Table(
    "anchors",
    tables,
    sa.Column("device", sa.ForeignKey("devices.id"), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("boot_id", sa.String(200), nullable=False),
    sa.Column("mono_ns", sa.BigInteger, nullable=False),
    sa.Column("utc", sa.String(24), nullable=False),
    sa.Column("source", sa.String(8), nullable=False),
    sa.Index("anchors_of_boot", "device", "boot_id"),
)

# What the boxes saw being taken, by the local day on which it began; volumes null where the bucket is not known.
production = sa.Table(
    "production",
    tables,
    sa.Column("device", sa.ForeignKey("devices.id"), primary_key=True),
    sa.Column("seq", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("licence", sa.String(200), nullable=False),
    sa.Column("day", sa.String(10)),
    sa.Column("cycles", sa.Integer, nullable=False),
    sa.Column("active_s", sa.Double, nullable=False),
    sa.Column("loose_m3", sa.Double),
    sa.Column("loose_error_m3", sa.Double),
    sa.Column("in_place_m3", sa.Double),
    sa.Column("in_place_error_m3", sa.Double),
    sa.Index("production_by_day", "licence", "day"),
)

# The last state each receiver, camera and eye of a box has told of itself.
sources = sa.Table(
    "sources",
    tables,
    sa.Column("device", sa.ForeignKey("devices.id"), primary_key=True),
    sa.Column("source", sa.String(100), primary_key=True),
    sa.Column("seq", sa.BigInteger, nullable=False),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("utc", sa.String(24)),
)

# An outside authority's word for the ends of all chains, once a day (RFC 3161).
timestamps = sa.Table(
    "timestamps",
    tables,
    sa.Column("day", sa.String(10), primary_key=True),
    sa.Column("heads", sa.Text, nullable=False),  # exactly the bytes that were stamped
    sa.Column("response", sa.LargeBinary, nullable=False),
    sa.Column("authority", sa.Text, nullable=False),
    sa.Column("received_utc", sa.String(24), nullable=False),
)

# ── people ────────────────────────────────────────────────────────────────────────────────────────────

accounts = sa.Table(
    "accounts",
    tables,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(64), nullable=False, unique=True),  # what is typed to sign in, lower case
    sa.Column("full_name", sa.Text, nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False),
    sa.Column("must_change", sa.Boolean, nullable=False),  # the password is one that somebody else has seen
    sa.Column("closed", sa.Boolean, nullable=False),
    sa.Column("created_utc", sa.String(24), nullable=False),
)

sessions = sa.Table(
    "sessions",
    tables,
    sa.Column("token_sha256", sa.String(64), primary_key=True),  # the token itself is in the browser only
    sa.Column("account", sa.ForeignKey("accounts.number"), nullable=False),
    sa.Column("csrf", sa.String(64), nullable=False),
    sa.Column("opened_utc", sa.String(24), nullable=False),
    sa.Column("seen_utc", sa.String(24), nullable=False),
    sa.Column("ended_utc", sa.String(24)),
    sa.Index("sessions_of_account", "account", "ended_utc"),
)

# Every attempt to sign in: it limits their rate, and says who was here, from where.
attempts = sa.Table(
    "attempts",
    tables,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("utc", sa.String(24), nullable=False),
    sa.Column("name", sa.String(64), nullable=False),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("succeeded", sa.Boolean, nullable=False),
    sa.Index("attempts_by_address", "address", "utc"),
    sa.Index("attempts_by_name", "name", "utc"),
)

# What was done to accounts, by whom; `by` is a name, or empty for the command line.
account_changes = sa.Table(
    "account_changes",
    tables,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("utc", sa.String(24), nullable=False),
    sa.Column("account", sa.ForeignKey("accounts.number"), nullable=False),
    sa.Column("by", sa.String(64), nullable=False),
    sa.Column("change", sa.String(16), nullable=False),
    sa.Column("value", sa.Text, nullable=False),
)

# ── review ────────────────────────────────────────────────────────────────────────────────────────────

# What people did with events: rulings, comments, assignments. The audit trail and the truth at once.
acts = sa.Table(
    "acts",
    tables,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("token", sa.String(64), nullable=False, unique=True),  # of the page: sent twice, it is one act
    sa.Column("utc", sa.String(24), nullable=False),
    sa.Column("account", sa.ForeignKey("accounts.number"), nullable=False),
    sa.Column("role", sa.String(16), nullable=False),  # in which she acted
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("device", sa.String(64), nullable=False),
    sa.Column("event_id", sa.String(200), nullable=False),
    sa.Column("seq", sa.BigInteger, nullable=False),  # the record of the event she looked at
    sa.Column("weight", sa.Integer, nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("ruling", sa.String(16)),
    sa.Column("reason", sa.String(32)),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("assignee", sa.ForeignKey("accounts.number")),
    sa.Column("undoes", sa.Integer),
    sa.ForeignKeyConstraint(["device", "event_id"], ["events.device", "events.event_id"]),
    sa.Index("acts_of_event", "device", "event_id", "number"),
)

# One row an event, made from its last record and its acts: what the queue is ordered and chosen by.
reviews = sa.Table(
    "reviews",
    tables,
    sa.Column("device", sa.String(64), primary_key=True),
    sa.Column("event_id", sa.String(200), primary_key=True),
    sa.Column("state", sa.String(16), nullable=False),
    sa.Column("waiting", sa.Boolean, nullable=False),
    sa.Column("lightness", sa.Integer, nullable=False),  # 9 less the weight: sorts the heaviest first
    sa.Column("order_utc", sa.String(24), nullable=False),
    sa.Column("vessel", sa.Text, nullable=False),  # hull number, empty where the box does not say
    sa.Column("lat_deg", sa.Double),
    sa.Column("lon_deg", sa.Double),
    sa.Column("assignee", sa.Integer),
    sa.Column("assignee_name", sa.Text),
    sa.ForeignKeyConstraint(["device", "event_id"], ["events.device", "events.event_id"]),
    sa.Index("reviews_queue", "waiting", "lightness", "order_utc", "device", "event_id"),
    sa.Index("reviews_by_state", "state", "order_utc", "device", "event_id"),
    sa.Index("reviews_by_vessel", "vessel", "order_utc", "device", "event_id"),
    sa.Index("reviews_by_waiting", "waiting", "order_utc", "device", "event_id"),
    sa.Index("reviews_queue_of_vessel", "vessel", "waiting", "lightness", "order_utc", "device", "event_id"),
    sa.Index("reviews_queue_of_device", "device", "waiting", "lightness", "order_utc", "event_id"),
    sa.Index(
        "reviews_queue_of_person", "assignee", "waiting", "lightness", "order_utc", "device", "event_id"
    ),
)

# The kinds and licences of an event's findings: an event has several.
terms = sa.Table(
    "terms",
    tables,
    sa.Column("device", sa.String(64), primary_key=True),
    sa.Column("event_id", sa.String(200), primary_key=True),
    sa.Column("what", sa.String(8), primary_key=True),  # kind or licence
    sa.Column("value", sa.String(200), primary_key=True),
    sa.Column("order_utc", sa.String(24), nullable=False),
    sa.Column(
        "waiting", sa.Boolean, nullable=False
    ),  # as in `reviews`, so that one index serves the queue of a kind
    sa.Column("lightness", sa.Integer, nullable=False),
    sa.ForeignKeyConstraint(["device", "event_id"], ["events.device", "events.event_id"]),
    sa.Index("terms_by_value", "what", "value", "order_utc", "device", "event_id"),
    sa.Index("terms_queue", "what", "value", "waiting", "lightness", "order_utc", "device", "event_id"),
)

# ── cases ─────────────────────────────────────────────────────────────────────────────────────────────

# Events of one holder together. Where a case stands is made from its acts; `subject` is whom it is about.
cases = sa.Table(
    "cases",
    tables,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("year", sa.Integer, nullable=False),  # of its opening: with the number it is the code on paper
    sa.Column("subject", sa.String(300), nullable=False),
    sa.Column("holder", sa.Text, nullable=False),  # empty where no licence names one
    sa.Column("licence", sa.String(200), nullable=False),
    sa.Column("vessel", sa.Text, nullable=False),
    sa.Column("opened_utc", sa.String(24), nullable=False),
    sa.Index("cases_of_subject", "subject", "number"),
)

case_acts = sa.Table(
    "case_acts",
    tables,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("token", sa.String(64), nullable=False, unique=True),
    sa.Column("case_number", sa.ForeignKey("cases.number"), nullable=False),
    sa.Column("utc", sa.String(24), nullable=False),
    sa.Column("account", sa.ForeignKey("accounts.number"), nullable=False),
    sa.Column("role", sa.String(16), nullable=False),
    sa.Column("address", sa.String(64), nullable=False),
    sa.Column("kind", sa.String(16), nullable=False),
    sa.Column("stage", sa.String(16)),
    sa.Column("text", sa.Text, nullable=False),
    sa.Column("device", sa.String(64)),
    sa.Column("event_id", sa.String(200)),
    sa.Column("sha256", sa.String(64)),
    sa.ForeignKeyConstraint(["device", "event_id"], ["events.device", "events.event_id"]),
    sa.Index("case_acts_of_case", "case_number", "number"),
    sa.Index("case_acts_of_event", "device", "event_id", "number"),
)

# Papers people put into a case, under their digest: small, so they lie in the database with what names them.
case_files = sa.Table(
    "case_files",
    tables,
    sa.Column("case_number", sa.ForeignKey("cases.number"), primary_key=True),
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("name", sa.String(200), nullable=False),
    sa.Column("media_type", sa.String(100), nullable=False),
    sa.Column("size_bytes", sa.Integer, nullable=False),
    sa.Column("content", sa.LargeBinary, nullable=False),
)

# ── alerts ────────────────────────────────────────────────────────────────────────────────────────────

# What people are told of: an event that began to wait, and again if it became heavier. Written with its record.
notices = sa.Table(
    "notices",
    tables,
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("device", sa.String(64), nullable=False),
    sa.Column("event_id", sa.String(200), nullable=False),
    sa.Column("weight", sa.Integer, nullable=False),
    sa.Column("raised_utc", sa.String(24), nullable=False),
    sa.ForeignKeyConstraint(["device", "event_id"], ["events.device", "events.event_id"]),
    sa.UniqueConstraint("device", "event_id", "weight"),
    sa.Index("notices_by_time", "raised_utc"),
)

# Which notice was handed over by which channel. A row without `sent_utc` is being sent by somebody right now.
deliveries = sa.Table(
    "deliveries",
    tables,
    sa.Column("notice", sa.ForeignKey("notices.number"), primary_key=True),
    sa.Column("channel", sa.String(64), primary_key=True),
    sa.Column("claimed_utc", sa.String(24), nullable=False),
    sa.Column("sent_utc", sa.String(24)),
)

KEPT = (attempts, account_changes, acts, cases, case_acts, case_files)
"""Tables that only grow: a trigger refuses every change and every deletion of a row."""

ONLY_GROWS = """
CREATE OR REPLACE FUNCTION only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION '%% only grows: no row is changed or deleted', TG_TABLE_NAME
USING ERRCODE = 'integrity_constraint_violation'; END $$
"""


def _refuse(table: sa.Table, act: str, *, each: str) -> tuple[sa.DDL, ...]:
    """The triggers against `act` on a table, for either database."""
    name = f"{table.name}_no_{act.lower()}"
    sqlite = (
        f"CREATE TRIGGER {name} BEFORE {act} ON {table.name} "
        f"BEGIN SELECT RAISE(ABORT, '{table.name} only grows: no row is changed or deleted'); END"
    )
    postgresql = (
        f"CREATE TRIGGER {name} BEFORE {act} ON {table.name} FOR EACH {each} EXECUTE FUNCTION only_grows()"
    )
    statements = [("postgresql", ONLY_GROWS), ("postgresql", postgresql)]
    if act != "TRUNCATE":  # SQLite has none
        statements.append(("sqlite", sqlite))
    return tuple(
        sa.DDL(text).execute_if(dialect=dialect)  # type: ignore[no-untyped-call]
        for dialect, text in statements
    )


def only_grow(table: sa.Table) -> None:
    """On either database a trigger refuses every change and every deletion of a row."""
    for act, each in (("UPDATE", "ROW"), ("DELETE", "ROW"), ("TRUNCATE", "STATEMENT")):
        for statement in _refuse(table, act, each=each):
            sa.event.listen(table, "after_create", statement)


for _table in KEPT:
    only_grow(_table)
