"""Evidence files on the station's disk: written in chunks, whole and true under their digest, never else.

`evidence/ab/abcd….part` grows by chunks, each on disk before it is acknowledged. When it is whole and has
its digest it becomes `evidence/ab/abcd…` by one rename. A name is always checked to be a digest first, so
no request can name another place.
"""

import fcntl
import hashlib
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from agent.durable import make_folder, sync_folder
from agent.event import wire
from station.refusal import Refusal

FILE_LIMIT_BYTES = 512 << 20
LOCKS = 64


@dataclass(frozen=True, slots=True)
class Held:
    """How much of a file is on disk; `complete` only after its digest was checked."""

    offset: int
    complete: bool


class Spool:
    """The evidence folder. Calls for one digest exclude each other, in this process and in the other workers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._locks = tuple(threading.Lock() for _ in range(LOCKS))
        make_folder(folder)

    def path(self, sha256: str) -> Path:
        """Where the whole file lies. Raises ValueError on anything that is not a digest."""
        if not wire.DIGEST.fullmatch(sha256):
            raise ValueError(f"{sha256[:80]!r} is no SHA-256 in lower-case hex")
        return self._folder / sha256[:2] / sha256

    def held(self, sha256: str) -> Held:
        """What is on disk of `sha256`."""
        path = self.path(sha256)
        if path.is_file():
            return Held(path.stat().st_size, complete=True)
        part = _part(path)
        return Held(part.stat().st_size if part.is_file() else 0, complete=False)

    def append(
        self, sha256: str, offset: int, data: bytes, *, last: bool, size_bytes: int | None = None
    ) -> Held:
        """Add a chunk; it is on disk when this returns. `size_bytes` is the size the record gave, if any.

        Raises Refusal: 409 `offset` (nothing changed), 413 `too_large`, 422 `digest` (thrown away).
        """
        path = self.path(sha256)
        with self._locks[int(sha256[:8], 16) % LOCKS], _alone_in(path.parent):
            held = self.held(sha256)
            if offset != held.offset or (held.complete and data):
                raise _wrong_offset(held, offset)
            if held.complete:
                return held
            end = offset + len(data)
            limit = FILE_LIMIT_BYTES if size_bytes is None else min(size_bytes, FILE_LIMIT_BYTES)
            if end > limit:
                raise Refusal(413, "too_large", f"{end} bytes are more than this file may have ({limit})")
            _write(_part(path), offset, data)
            if not (last or end == size_bytes):
                return Held(end, complete=False)
            return _finish(path, end)


@contextmanager
def _alone_in(folder: Path) -> Iterator[None]:
    """No other process of this station writes into the folder; a process that dies lets go of it."""
    if not folder.is_dir():
        make_folder(folder)
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def _part(path: Path) -> Path:
    return path.with_name(path.name + ".part")


def _wrong_offset(held: Held, offset: int) -> Refusal:
    return Refusal(
        409,
        "offset",
        f"the chunk begins at {offset}, {held.offset} bytes are held",
        {"offset": held.offset, "complete": held.complete},
        {"Upload-Offset": str(held.offset), "Upload-Complete": "?1" if held.complete else "?0"},
    )


def _write(part: Path, offset: int, data: bytes) -> None:
    fresh = not part.exists()
    if fresh:
        make_folder(part.parent)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    with os.fdopen(handle, "r+b", buffering=0, closefd=True) as file:
        file.seek(offset)
        rest = memoryview(data)
        while rest:
            rest = rest[file.write(rest) :]
        os.fsync(file.fileno())
    if fresh:
        sync_folder(part.parent)


def _finish(path: Path, size: int) -> Held:
    part = _part(path)
    with part.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    if digest != path.name:
        part.unlink()
        sync_folder(part.parent)
        raise Refusal(
            422,
            "digest",
            f"the {size} bytes have digest {digest}, not {path.name}; they were thrown away",
            {"offset": 0},
            {"Upload-Offset": "0"},
        )
    part.rename(path)
    sync_folder(path.parent)
    return Held(size, complete=True)
