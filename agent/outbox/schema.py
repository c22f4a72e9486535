"""The tables of the outbox, as migrations: an applied one is never edited, a change is a new one.

records   what was signed, in order; never updated, so each byte of a record is written to flash once
delivery  one row: through which record the station has acknowledged. Acknowledgement goes by the prefix of
          the chain, so one number says it and the primary key finds what is pending
receipts  the station's signed word; those that let evidence go are kept, of the others the newest
evidence  files named by records. `file`: kept, going (decided, not yet removed), gone
state     one row: what the watch remembers, through which reading, and the head of the chain
segments  where the chain began anew after a damaged store, and the hash it links to
facts     what the store noticed and the chain has still to say; each goes with the record that says it
meta      one row: whose outbox this is
heads     the station's signed answers to the heads it was told, the newest of them
spent     bytes a day and kind of link
parked    one row: the record the station refuses for good, and why
"""

from sqlite_utils import Database, Migrations

from agent.errors import StoreDamaged
from agent.outbox import memory

outbox_schema = Migrations("outbox")

TABLES = (
    """
    CREATE TABLE meta (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        device TEXT NOT NULL,
        created_utc TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
    ) STRICT
    """,
    """
    CREATE TABLE records (
        seq INTEGER PRIMARY KEY CHECK (seq >= 1),
        hash TEXT NOT NULL,
        kind TEXT NOT NULL,
        event_id TEXT,
        raw BLOB NOT NULL
    ) STRICT
    """,
    "CREATE INDEX records_of_event ON records (event_id, seq) WHERE event_id IS NOT NULL",
    """
    CREATE TABLE delivery (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        acked_through_seq INTEGER NOT NULL
    ) STRICT
    """,
    "INSERT INTO delivery VALUES (1, 0)",
    """
    CREATE TABLE receipts (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        station TEXT NOT NULL,
        through_seq INTEGER NOT NULL,
        utc TEXT NOT NULL,
        raw BLOB NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE evidence (
        sha256 TEXT PRIMARY KEY,
        kind TEXT NOT NULL CHECK (kind IN ('still', 'clip')),
        media_type TEXT NOT NULL,
        size_bytes INTEGER NOT NULL,
        seq INTEGER NOT NULL REFERENCES records (seq),
        receipt INTEGER REFERENCES receipts (number),
        file TEXT NOT NULL DEFAULT 'kept' CHECK (file IN ('kept', 'going', 'gone'))
    ) STRICT
    """,
    # 'still' sorts after 'clip': descending gives stills first, each kind oldest first.
    "CREATE INDEX evidence_pending ON evidence (kind DESC, seq) WHERE receipt IS NULL AND file = 'kept'",
    "CREATE INDEX evidence_held ON evidence (seq) WHERE receipt IS NOT NULL AND file = 'kept'",
    "CREATE INDEX evidence_going ON evidence (sha256) WHERE file = 'going'",
    "CREATE INDEX evidence_of_receipt ON evidence (receipt) WHERE receipt IS NOT NULL",
    """
    CREATE TABLE state (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        snapshot TEXT NOT NULL,
        through_reading INTEGER NOT NULL,
        head_seq INTEGER NOT NULL,
        head_hash TEXT NOT NULL
    ) STRICT
    """,
)


DELIVERY_TABLES = (
    """
    CREATE TABLE heads (
        number INTEGER PRIMARY KEY AUTOINCREMENT,
        seq INTEGER NOT NULL,
        hash TEXT NOT NULL,
        station TEXT NOT NULL,
        utc TEXT NOT NULL,
        raw BLOB NOT NULL
    ) STRICT
    """,
    """
    CREATE TABLE spent (
        day TEXT NOT NULL,
        link TEXT NOT NULL,
        bytes INTEGER NOT NULL,
        PRIMARY KEY (day, link)
    ) STRICT
    """,
    """
    CREATE TABLE parked (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        seq INTEGER NOT NULL,
        code TEXT NOT NULL,
        detail TEXT NOT NULL,
        since_utc TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%fZ', 'now'))
    ) STRICT
    """,
)


PACKED_STATE = """
    CREATE TABLE state (
        id INTEGER PRIMARY KEY CHECK (id = 1),
        snapshot BLOB NOT NULL,
        through_reading INTEGER NOT NULL,
        head_seq INTEGER NOT NULL,
        head_hash TEXT NOT NULL,
        digest TEXT NOT NULL
    ) STRICT
    """


@outbox_schema()
def first_tables(db: Database) -> None:
    for statement in TABLES:
        db.execute(statement)


@outbox_schema()
def delivery_tables(db: Database) -> None:
    for statement in DELIVERY_TABLES:
        db.execute(statement)


@outbox_schema()
def segments_and_facts(db: Database) -> None:
    db.execute("CREATE TABLE segments (number INTEGER PRIMARY KEY, prev TEXT NOT NULL) STRICT")
    db.execute(
        "CREATE TABLE facts (number INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, body TEXT NOT NULL) STRICT"
    )
    db.execute("ALTER TABLE state ADD COLUMN digest TEXT")


@outbox_schema()
def packed_memory(db: Database) -> None:
    """The memory of the watch is kept deflated (`agent.outbox.memory`)."""
    held = db.execute("SELECT snapshot, digest, through_reading, head_seq, head_hash FROM state").fetchone()
    db.execute("DROP TABLE state")
    db.execute(PACKED_STATE)
    if held is None:
        return
    text = str(held[0]).encode()
    if held[1] not in (None, memory.digest(text)):
        raise StoreDamaged("the memory of the watch is not what was written")
    packed = memory.pack_text(text)
    db.execute("INSERT INTO state VALUES (1, ?, ?, ?, ?, ?)", (packed, *held[2:], memory.digest(packed)))


KNOWN = frozenset(
    (first_tables.__name__, delivery_tables.__name__, segments_and_facts.__name__, packed_memory.__name__)
)
TABLE_NAMES = (
    "meta",
    "records",
    "delivery",
    "receipts",
    "evidence",
    "state",
    "heads",
    "spent",
    "parked",
    "segments",
    "facts",
)
