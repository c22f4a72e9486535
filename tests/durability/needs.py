"""Programs and rights a test cannot do without: a skip that names them, a failure where all is required."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lacking import lacking


def programs(*names: str) -> None:
    """Each program must be there."""
    for name in names:
        if shutil.which(name) is None:
            lacking(f"the program {name} is not installed (apt install strace xfsprogs e2fsprogs mount)")


def root() -> None:
    """Mounting needs root."""
    if os.geteuid() != 0:
        lacking("only root may mount: run the tests as root in a container")


@contextmanager
def xfs(folder: Path) -> Iterator[Path]:
    """A file system on which `cp --reflink=always` copies a file as it is written at one instant."""
    programs("mkfs.xfs", "mkfs.ext4", "mount", "cp")
    disk = folder / "xfs.img"
    with disk.open("wb") as file:
        file.truncate(1 << 30)
    subprocess.run(["mkfs.xfs", "-q", "-m", "reflink=1", str(disk)], check=True)
    with mounted(folder / "xfs", "-o", "loop", str(disk)) as place:
        yield place


def ext4(image: Path, size_mb: int) -> None:
    """A file system in a file."""
    with image.open("wb") as file:
        file.truncate(size_mb << 20)
    subprocess.run(["mkfs.ext4", "-q", "-E", "lazy_itable_init=0", str(image)], check=True)


def one_instant(image: Path, copy: Path) -> None:
    """`copy` is what of the image was written up to now; what the kernel still holds of it is lost."""
    subprocess.run(["cp", "--reflink=always", str(image), str(copy)], check=True)


@contextmanager
def mounted(place: Path, *arguments: str) -> Iterator[Path]:
    """Something mounted at `place` for a while."""
    root()
    place.mkdir(parents=True, exist_ok=True)
    done = subprocess.run(["mount", *arguments, str(place)], check=False, capture_output=True, text=True)
    if done.returncode != 0:
        lacking(f"mount {' '.join(arguments)} does not work here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)
