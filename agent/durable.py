"""Files that survive a power cut: write, fsync, rename, fsync the folder.

The order is the whole point. A rename makes the new content visible in one step; the fsync before it
makes sure that there is content to show; the fsync of the folder makes the rename itself durable.
"""

import contextlib
import os
from collections.abc import Callable, Iterable
from pathlib import Path

fsyncs = 0  # made by this process through this module, for `agent.run.wear`


def _fsync(handle: int) -> None:
    global fsyncs  # noqa: PLW0603 - a counter of the process, as the kernel's are
    os.fsync(handle)
    fsyncs += 1


def write_file(path: Path, content: bytes | Iterable[bytes], *, mode: int = 0o600) -> None:
    """Replace `path` by `content` so that after a power cut the old or the new file is there, whole.

    The temporary file is `path` with `.part` appended; a left-over one is overwritten. Raises OSError
    (no room, no folder) and leaves an existing `path` as it was.
    """
    part = path.with_name(path.name + ".part")
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, mode)
        with os.fdopen(handle, "wb") as file:
            for piece in (content,) if isinstance(content, bytes) else content:
                file.write(piece)
            file.flush()
            _fsync(file.fileno())
        part.replace(path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def move_file(part: Path, path: Path) -> None:
    """Give a file that was just written at `part` (the same disk) its name, so that it is whole there or not at all."""
    with part.open("rb") as file:
        _fsync(file.fileno())
    part.replace(path)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """Make names created, renamed or removed in `folder` durable."""
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        _fsync(handle)
    finally:
        os.close(handle)


def make_folder(folder: Path, *, mode: int = 0o700) -> None:
    """Make `folder` and its parents, each durable in its parent; an existing folder is left as it is."""
    missing = []
    at = folder
    while not at.exists():
        missing.append(at)
        at = at.parent
    for path in reversed(missing):
        path.mkdir(mode=mode, exist_ok=True)
        sync_folder(path.parent)


def in_folder(path: Path, put: Callable[[], None]) -> None:
    """Make the folder of `path`, then `put` the file there: again, if retention took the empty folder in between."""
    for attempt in (1, 2):
        make_folder(path.parent)
        try:
            put()
        except FileNotFoundError:
            if attempt == 2:
                raise
        else:
            return


def remove_if_empty(folder: Path) -> None:
    """Give an empty folder's inode back; one that holds anything stays."""
    with contextlib.suppress(OSError):
        folder.rmdir()
        sync_folder(folder.parent)


EVIDENCE_SUFFIXES = {"image/jpeg": ".jpg", "video/mp4": ".mp4"}


def evidence_path(root: Path, sha256: str, media_type: str) -> Path:
    """Where an evidence file lies under the evidence folder `root`: `ab/abcd….jpg`."""
    return root / sha256[:2] / (sha256 + EVIDENCE_SUFFIXES[media_type])
