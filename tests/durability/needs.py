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
