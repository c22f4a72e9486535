"""A folder that carries evidence ashore, on a USB stick: the same on the boat and at the station.

    SANDWATCH.JSON                    the format and whose it is; a stick of another box is refused
    head.json                         the end of the chain when it was filled, signed by the device
    records/FIRST-LAST.gz             a batch as it would go over HTTP
    evidence/ab/abcd…                 a file under its SHA-256; `.part` while it is being copied
    receipts/0001.json                the station's receipts, on the way back

Every name is one that FAT takes: lower-case hex, digits, no other characters, at most 75 of them. No link is ever
followed, whatever somebody put on the stick: folders are entered one by one and files opened by O_NOFOLLOW,
and what is no plain file is not read. A file is written as `.part`, fsynced, renamed; pulled out half-way, the
stick shows whole files and one `.part`.
"""

import errno
import json
import os
import re
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from io import BufferedReader
from pathlib import Path
from typing import Self

from agent.errors import StickError
from agent.event import wire

FORMAT = "sandwatch-stick/1"
OWNER = ("SANDWATCH.JSON",)
HEAD = ("head.json",)
RECORDS = ("records",)
EVIDENCE = ("evidence",)
RECEIPTS = ("receipts",)
BATCH_NAME = re.compile(r"([0-9]{13})-([0-9]{13})\.gz")
SHARD_NAME = re.compile(r"[0-9a-f]{2}")
RECEIPT_NAME = re.compile(r"[0-9]{4}\.json")
SMALL_BYTES = 1 << 20  # what a receipt, a head or the owner's file may have
RESERVE_BYTES = 1 << 20  # is left free, so that receipts find room on the way back

Parts = tuple[str, ...]


class StickFull(StickError):
    """No room is left; what is on it is whole."""


class Stick:
    """The folder, by handle. Raises StickError with a sentence."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        try:
            self._root = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        except OSError as error:
            raise StickError(
                f"{folder}: {error.strerror}. Name a folder that exists, on a stick that is mounted"
            ) from None

    def close(self) -> None:
        os.close(self._root)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    # ── whose it is ───────────────────────────────────────────────────────────────────────────────────

    def owner(self) -> str | None:
        """The device this folder belongs to, None for one that is new."""
        raw = self.read(OWNER)
        if raw is None:
            return None
        try:
            fields = json.loads(raw)
        except (ValueError, RecursionError):
            fields = None
        device = fields.get("device") if isinstance(fields, dict) else None
        if not isinstance(fields, dict) or fields.get("format") != FORMAT or not isinstance(device, str):
            raise StickError(f"{self.folder}/{OWNER[0]} is not one that this version knows ({FORMAT})")
        return device

    def claim(self, device: str) -> None:
        """Make it the folder of `device`; raises StickError where it is another box's."""
        owner = self.owner()
        if owner is None:
            self.write(OWNER, wire.canonical({"format": FORMAT, "device": device}))
        elif owner != device:
            raise StickError(
                f"{self.folder} belongs to device {owner}, this is {device}. One stick may carry several boxes, "
                f"each in a folder of its own: make another, such as {self.folder}/{device.lower()}"
            )

    # ── reading ───────────────────────────────────────────────────────────────────────────────────────

    def names(self, parts: Parts) -> list[str]:
        """What lies in a folder, sorted; nothing where it is not there."""
        with self._folder(parts) as handle:
            if handle is None:
                return []
            with self._sentences(parts):
                return sorted(os.listdir(handle))  # noqa: PTH208 - of a handle, not of a path

    def read(self, parts: Parts, limit: int = SMALL_BYTES) -> bytes | None:
        """A whole file of at most `limit` bytes, None where there is none."""
        with self.opened(parts) as file:
            if file is None:
                return None
            with self._sentences(parts):
                data = file.read(limit + 1)
        if len(data) > limit:
            raise StickError(f"{self.path(parts)} has more than {limit} bytes")
        return data

    @contextmanager
    def opened(self, parts: Parts) -> Iterator[BufferedReader | None]:
        """A plain file, for reading; None where there is none."""
        with self._folder(parts[:-1]) as folder:
            handle = None if folder is None else self._open(parts, os.O_RDONLY | os.O_NONBLOCK, folder)
        if handle is None:
            yield None
            return
        with os.fdopen(handle, "rb") as file:
            yield file

    def size(self, parts: Parts) -> int | None:
        """The size of a plain file, None where there is none."""
        with self.opened(parts) as file:
            return None if file is None else os.fstat(file.fileno()).st_size

    # ── writing ───────────────────────────────────────────────────────────────────────────────────────

    def write(self, parts: Parts, data: bytes, *, reserve_bytes: int = 0) -> None:
        """Replace a file so that the old or the new one is there, whole."""
        self.append(parts, 0, data, reserve_bytes=reserve_bytes)
        self.finish(parts)

    def append(self, parts: Parts, offset: int, data: bytes, *, reserve_bytes: int = RESERVE_BYTES) -> None:
        """Write into the `.part` of a file; what lay behind `offset` is cut off."""
        with self._folder(parts[:-1], make=True) as folder, self._sentences(parts):
            room = os.fstatvfs(self._root)
            if room.f_bavail * room.f_frsize < len(data) + reserve_bytes:
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            handle = self._open(_part(parts), os.O_RDWR | os.O_CREAT, folder)
            if handle is None:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
            with os.fdopen(handle, "r+b", buffering=0) as file:
                file.truncate(offset)
                file.seek(offset)
                rest = memoryview(data)
                while rest:
                    rest = rest[file.write(rest) :]

    def finish(self, parts: Parts) -> None:
        """The `.part` is whole: make it durable, then give it its name."""
        with self._folder(parts[:-1]) as folder, self._sentences(parts):
            handle = None if folder is None else self._open(_part(parts), os.O_RDWR, folder)
            if handle is None:
                raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT))
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
            os.rename(_part(parts)[-1], parts[-1], src_dir_fd=folder, dst_dir_fd=folder)
            _sync(folder)

    def remove(self, parts: Parts) -> None:
        """Delete a file; one that is not there is no mistake."""
        with self._folder(parts[:-1]) as folder, self._sentences(parts):
            if folder is None:
                return
            try:
                os.unlink(parts[-1], dir_fd=folder)
            except FileNotFoundError:
                return
            _sync(folder)

    def path(self, parts: Parts) -> Path:
        """The path, for a person to read."""
        return self.folder.joinpath(*parts)

    # ── inside ────────────────────────────────────────────────────────────────────────────────────────

    def _open(self, parts: Parts, flags: int, folder: int | None) -> int | None:
        with self._sentences(parts):
            try:
                handle = os.open(parts[-1], flags | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644, dir_fd=folder)
            except FileNotFoundError:
                return None
        if not stat.S_ISREG(os.fstat(handle).st_mode):
            os.close(handle)
            raise StickError(f"{self.path(parts)} is no plain file: it is not touched")
        return handle

    @contextmanager
    def _folder(self, parts: Parts, *, make: bool = False) -> Iterator[int | None]:
        """A handle on a folder below the root, entered step by step; None where it is not there."""
        handle = os.dup(self._root)
        try:
            for depth, name in enumerate(parts, start=1):
                inner = self._enter(handle, parts[:depth], name, make=make)
                os.close(handle)
                handle = -1
                if inner is None:
                    break
                handle = inner
            yield None if handle < 0 else handle
        finally:
            if handle >= 0:
                os.close(handle)

    def _enter(self, handle: int, parts: Parts, name: str, *, make: bool) -> int | None:
        with self._sentences(parts):
            for attempt in (1, 2):
                try:
                    return os.open(
                        name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC, dir_fd=handle
                    )
                except FileNotFoundError:
                    if not make or attempt == 2:
                        return None
                os.mkdir(name, 0o755, dir_fd=handle)
                _sync(handle)
        return None

    @contextmanager
    def _sentences(self, parts: Parts) -> Iterator[None]:
        try:
            yield
        except StickError:
            raise
        except OSError as error:
            where = self.path(parts)
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                raise StickFull(
                    f"{self.folder} is full at {where}. What is on it is whole: bring it ashore, or use a larger one"
                ) from None
            if error.errno in (errno.ELOOP, errno.ENOTDIR):
                raise StickError(
                    f"{where} is a link or no folder: nothing is followed out of the stick"
                ) from None
            raise StickError(
                f"{where}: {error.strerror or error}. Is the stick still plugged in, and writable?"
            ) from None


def evidence_parts(sha256: str) -> Parts:
    """Where a file of evidence lies."""
    return (*EVIDENCE, sha256[:2], sha256)


def batch_parts(first_seq: int, last_seq: int) -> Parts:
    """Where a batch of records lies."""
    return (*RECORDS, f"{first_seq:013d}-{last_seq:013d}.gz")


def receipt_parts(number: int) -> Parts:
    """Where a receipt lies."""
    return (*RECEIPTS, f"{number:04d}.json")


def _part(parts: Parts) -> Parts:
    return (*parts[:-1], parts[-1] + ".part")


def _sync(handle: int | None) -> None:
    """Folders of some drivers (exFAT, NTFS by FUSE) cannot be synced; the file itself was."""
    if handle is None:
        return
    try:
        os.fsync(handle)
    except OSError as error:
        if error.errno not in (errno.EINVAL, errno.ENOTSUP, errno.EBADF):
            raise
