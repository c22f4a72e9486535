"""Opening the outbox database: the one place where its settings are made, and checked.

WAL with `synchronous=FULL` is what survives a power cut (WAL with NORMAL loses acknowledged rows). Pages of
1 KiB halve what a small commit writes to flash. One process writes, through one connection; a lock file
says so, because two writers would sign two histories.
"""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database

from agent.durable import make_folder, sync_folder
from agent.errors import StoreDamaged, StoreError
from agent.outbox.schema import KNOWN, TABLE_NAMES, outbox_schema

DATABASE = "outbox.sqlite3"
LOCK = "outbox.lock"
PAGE_BYTES = 1024
LITTLE_BYTES = 256 << 10  # less room than this explains a disk error
FULL = 2  # what PRAGMA synchronous answers for FULL
CHECKPOINT_PAGES = 4096  # 4 MiB of log before it is copied into the database: fewer writes of the same page

REMEDIES = {
    sqlite3.SQLITE_FULL: "no room is left on its disk. Free some space (old recordings, logs) or use a larger card",
    sqlite3.SQLITE_READONLY: "it cannot be written. Check the owner of the folder and whether the card is mounted "
    "read-only (a worn card turns read-only)",
    sqlite3.SQLITE_CANTOPEN: "it cannot be opened. Check that the folder exists, belongs to this user and has room",
    sqlite3.SQLITE_IOERR: "the disk answered with an error. Check the card and its contact, and that there is room",
    sqlite3.SQLITE_BUSY: "another program holds it. Close the program that has the file open",
    sqlite3.SQLITE_CORRUPT: "it is damaged. The next start sets it aside and saves what can be read",
    sqlite3.SQLITE_NOTADB: "it is not an outbox database or its beginning is damaged. The next start sets it aside",
}
DAMAGE = frozenset((sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB))
DAMAGED_SCHEMA = ("no such column", "no such table", "Could not decode to UTF-8")
SHORT_READ = 522  # SQLITE_IOERR_SHORT_READ: the file is shorter than it says


class InUse(StoreError):
    """Another sandwatch holds the outbox."""


@contextmanager
def sentences(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into StoreError that say what to do."""
    try:
        yield
    except UnicodeDecodeError as error:  # SQLite quotes what it could not read, and that is no text
        raise StoreDamaged(f"outbox {path}: {REMEDIES[sqlite3.SQLITE_CORRUPT]} ({error.reason})") from None
    except sqlite3.Error as error:
        extended = getattr(error, "sqlite_errorcode", 0)
        code = extended & 0xFF  # the low byte: the extended codes refine it
        if code in DAMAGE or extended == SHORT_READ or str(error).startswith(DAMAGED_SCHEMA):
            remedy = REMEDIES.get(code, REMEDIES[sqlite3.SQLITE_CORRUPT])
            raise StoreDamaged(f"outbox {path}: {remedy} ({error})") from error
        if code in (sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN) and _no_room(path.parent):
            code = sqlite3.SQLITE_FULL  # for its index file SQLite says "I/O error" where the disk is full
        remedy = REMEDIES.get(code, "SQLite refused. Keep a copy of the folder and report this sentence")
        raise StoreError(f"outbox {path}: {remedy} ({error})") from error


def open_writing(folder: Path) -> Database:
    """Open or make the outbox in `folder`, check it, and bring its tables up to date. Raises StoreError."""
    path = folder / DATABASE
    try:
        make_folder(folder)
        _make_private(path)
        sync_folder(folder)
    except OSError as error:
        raise _unwritable(folder, error) from error
    with sentences(path):
        db = Database(
            sqlite3.connect(path, check_same_thread=False, isolation_level=None), execute_plugins=False
        )
        try:
            _settle(db, path)
            _check_known(db, path)
            _bring_up(db, path)
        except BaseException:
            db.close()
            raise
    sync_folder(folder)
    return db


def open_inspecting(folder: Path) -> Database | None:
    """Open the outbox as a start finds it, checked page by page, before anything may write to it.

    Closing a connection that writes would fold the log into a damaged file, and what is kept would not be what
    was found. None where there is none yet, or one of an older version. Raises StoreDamaged and StoreError.
    """
    path = folder / DATABASE
    if not path.is_file() or path.stat().st_size == 0 or path.with_name(DATABASE + "-journal").exists():
        return None  # with a journal: cut off while it was being made, and only a writer can take that back
    with sentences(path):
        db = _connect_reading(path)
        try:
            _check_whole(db, path)
            _check_known(db, path)
            if not outbox_schema.pending(db):
                _check_tables(db, path)
                return db
        except BaseException:
            db.close()
            raise
        db.close()
        return None


def open_reading(folder: Path) -> Database:
    """Open an existing outbox for reading beside its writer; changes nothing in it. Raises StoreError."""
    path = folder / DATABASE
    if not path.is_file():
        raise StoreError(
            f"there is no outbox in {folder}: name the folder that sandwatch runs with, or start it once"
        )
    with sentences(path):
        db = _connect_reading(path)
        try:
            _check_known(db, path)
            _check_current(db, path)
        except BaseException:
            db.close()
            raise
    return db


def lock(folder: Path) -> int:
    """Hold the outbox in `folder` for this process until the returned handle is closed.

    Raises StoreError if another process holds it. The kernel lets go when the process dies, however it dies.
    """
    try:
        make_folder(folder)
        handle = os.open(folder / LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        raise InUse(
            f"outbox {folder} is in use by another sandwatch. Stop that one, or name another folder in the settings"
        ) from None
    return handle


def _unwritable(folder: Path, error: OSError) -> StoreError:
    return StoreError(
        f"outbox folder {folder} cannot be written ({error.strerror}). Make it writable for this user, "
        "free some space on its disk, or name another folder in the settings"
    )


def _no_room(folder: Path) -> bool:
    try:
        room = os.statvfs(folder)
    except OSError:
        return False
    return room.f_bavail * room.f_frsize < LITTLE_BYTES


def _make_private(path: Path) -> None:
    """The database is for its owner only; its log and index files take their mode from it."""
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600))
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)


def _settle(db: Database, path: Path) -> None:
    db.execute(f"PRAGMA page_size = {PAGE_BYTES}")  # counts only before the first table
    db.execute("PRAGMA journal_mode = WAL")
    db.execute("PRAGMA synchronous = FULL")
    db.execute("PRAGMA foreign_keys = ON")
    db.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
    wanted = {"journal_mode": "wal", "synchronous": FULL, "foreign_keys": 1}
    for name, value in wanted.items():
        got = db.execute(f"PRAGMA {name}").fetchone()[0]
        if got != value:
            raise StoreError(
                f"outbox {path}: SQLite keeps {name} at {got!r}, {value!r} is needed to survive a power cut. "
                "Put the folder on a local file system (no network share, no USB stick with FAT)"
            )


def _check_whole(db: Database, path: Path) -> None:
    problems = [row[0] for row in db.execute("PRAGMA quick_check(3)").fetchall()]
    if problems != ["ok"]:
        raise StoreDamaged(f"outbox {path}: it is damaged ({problems[0]})")


def _check_known(db: Database, path: Path) -> None:
    applied = {migration.name for migration in outbox_schema.applied(db)}
    unknown = applied - KNOWN
    if unknown and not applied > KNOWN:  # a newer version knows ours and more; this is a damaged name
        raise StoreDamaged(f"outbox {path}: it is damaged (it names no version of its tables)")
    if unknown:
        raise StoreError(
            f"outbox {path} was written by a newer sandwatch ({', '.join(sorted(unknown))}): install that version"
        )


def _bring_up(db: Database, path: Path) -> None:
    outbox_schema.apply(db)
    _check_tables(db, path)


def _check_tables(db: Database, path: Path) -> None:
    try:
        for table in TABLE_NAMES:
            db[table].count_where("0")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode != sqlite3.SQLITE_ERROR:
            raise
        # Not the disk and not a lock: a table that is not there, or not as this program made it.
        raise StoreDamaged(f"outbox {path}: it is damaged ({error})") from error


def _check_current(db: Database, path: Path) -> None:
    if outbox_schema.pending(db):
        raise StoreError(
            f"outbox {path} is just being made, or of an older version: try again; if it says so still, "
            "start sandwatch once to bring it up to date"
        )


def _connect_reading(path: Path) -> Database:
    """Read beside the writer; where its log is not there and cannot be made, nobody writes and none is needed."""
    for options in ("mode=ro", "mode=ro&immutable=1"):
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?{options}", uri=True, check_same_thread=False, isolation_level=None
        )
        try:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except sqlite3.OperationalError as error:
            connection.close()
            log_there = path.with_name(path.name + "-wal").exists()
            if (
                log_there
                or "immutable" in options
                or error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_CANTOPEN
            ):
                raise
        except (sqlite3.Error, UnicodeDecodeError):
            connection.close()
            raise
        else:
            return Database(connection, execute_plugins=False, recursive_triggers=False)
    raise AssertionError("unreachable: the last way either returned or raised")
