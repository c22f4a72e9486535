"""The wheel of this checkout, built once for all tests of a run without touching the tree or the network."""

import subprocess
import sys
import zipfile
from functools import cache
from pathlib import Path
from tempfile import mkdtemp

ROOT = Path(__file__).parents[2]


@cache
def wheel() -> Path:
    """The wheel, as `pip wheel .` would make it."""
    folder = Path(mkdtemp(prefix="sandwatch-wheel-"))
    build = ["egg_info", "-e", str(folder), "build", "-b", str(folder / "build")]
    subprocess.run(
        [sys.executable, "setup.py", "-q", *build, "bdist_wheel", "-d", str(folder)],
        check=True,
        cwd=ROOT,
        capture_output=True,
    )
    return next(folder.glob("*.whl"))


@cache
def installed() -> Path:
    """The folder of packages that an installer would make of the wheel."""
    folder = wheel().parent / "installed"
    with zipfile.ZipFile(wheel()) as archive:
        archive.extractall(folder)
    return folder
