"""A release of the software: wheels out of a signed bundle, unpacked beside each other, tried before they are swapped in.

Nothing is fetched and no installer runs. A wheel is opened only after the bundle's signature and its own digest held;
each member goes where its name says below `site/`, never through a link and never twice, is held against the wheel's
RECORD, and all of them together are bounded. What a release does not bring comes from the software that was installed.
"""

import base64
import csv
import hashlib
import io
import os
import stat
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from agent.bundle import PIECE_BYTES, Code
from agent.errors import BundleRefused
from agent.outbox.schema import KNOWN

SITE = "site"
WHEEL = ".whl"
SITE_LIMIT_BYTES = 512 << 20
MEMBERS_LIMIT = 20_000
RECORD_LIMIT_BYTES = 4 << 20
CHECK_S = 180.0

# Run in the release: it must be the release that answers, it must keep the store as this software does, so that a
# roll-back finds a store it can read, and it must read the config in force without a mistake.
TRY = """
import sys, pathlib, agent
if not pathlib.Path(agent.__file__).is_relative_to(sys.argv[1]): sys.exit("it brings no package `agent`")
from agent.outbox.schema import KNOWN
if sorted(KNOWN) != sys.argv[3].split(","): sys.exit("it keeps the store in another form: install it by hand")
from agent.cli import main
sys.argv = ["sandwatch", "check", sys.argv[2]]
main()
"""


def unpack(stage: Path) -> None:
    """Unpack every wheel of a stage into its `site`, and have it all on disk. Raises BundleRefused, OSError."""
    site = stage / SITE
    site.mkdir(mode=0o700)
    left = SITE_LIMIT_BYTES
    for wheel in sorted(stage.glob("*" + WHEEL)):
        with _opened(wheel) as archive:
            recorded = _record(archive, wheel)
            for member in _members(archive, wheel):
                left -= member.file_size
                if left < 0:
                    raise _bad(wheel, f"unpacks to more than {SITE_LIMIT_BYTES} bytes")
                _write(archive, member, site, recorded, wheel)
    os.sync()


def check(site: Path, config: Path) -> None:
    """Let the staged release read the config in force, in a process of its own. Raises BundleRefused."""
    arguments = [str(site), str(config), ",".join(sorted(KNOWN))]
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-c", TRY, *arguments],
            check=False,
            capture_output=True,
            text=True,
            errors="replace",
            env=environment(site),
            timeout=CHECK_S,
            cwd="/",
        )
    except subprocess.TimeoutExpired:
        raise BundleRefused(Code.BAD_RELEASE, f"it did not come to an end within {CHECK_S:.0f} s") from None
    if done.returncode:
        said = (done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}").splitlines()[-1]
        raise BundleRefused(Code.BAD_RELEASE, f"it cannot read the config in force: {said[:300]}")


def environment(site: Path) -> dict[str, str]:
    """Under which Python takes a release's packages before those that were installed."""
    before = os.environ.get("PYTHONPATH")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(site), *([before] if before else [])])}


def faults(slot: Path) -> list[str]:
    """What of an unpacked release is not as its wheels have it."""
    found = []
    for wheel in sorted(slot.glob("*" + WHEEL)):
        try:
            with _opened(wheel) as archive:
                for name, digest in _record(archive, wheel).items():
                    file = slot / SITE / name
                    if digest and (not file.is_file() or _digest(file) != digest):
                        found.append(f"{slot.name}/{SITE}/{name} is not that of {wheel.name}")
        except (BundleRefused, OSError) as error:
            found.append(f"{slot.name}/{wheel.name}: {error}")
    return found


def _opened(wheel: Path) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(wheel)
    except (zipfile.BadZipFile, NotImplementedError, ValueError) as error:
        raise _bad(wheel, f"is no wheel: {error}") from None


def _members(archive: zipfile.ZipFile, wheel: Path) -> Iterator[zipfile.ZipInfo]:
    """The files of a wheel whose names stay below the folder. Raises BundleRefused for any other."""
    members = archive.infolist()
    if len(members) > MEMBERS_LIMIT:
        raise _bad(wheel, f"has more than {MEMBERS_LIMIT} files")
    for member in members:
        path = PurePosixPath(member.filename)
        plain = member.filename.rstrip("/") == str(path) and not path.is_absolute()
        if not plain or ".." in path.parts or "\\" in member.filename or "\0" in member.orig_filename:
            raise _bad(wheel, f"has a file {member.filename!r}")
        kind = stat.S_IFMT(member.external_attr >> 16)
        if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
            raise _bad(wheel, f"{member.filename} is no plain file")
        if not member.is_dir():
            yield member


def _record(archive: zipfile.ZipFile, wheel: Path) -> dict[str, str]:
    """Of each file of a wheel the SHA-256 that its RECORD gives, empty for RECORD itself."""
    names = [
        name for name in archive.namelist() if name.endswith(".dist-info/RECORD") and name.count("/") == 1
    ]
    if len(names) != 1 or archive.getinfo(names[0]).file_size > RECORD_LIMIT_BYTES:
        raise _bad(wheel, "has no RECORD, or several")
    try:
        rows = list(csv.reader(io.StringIO(archive.read(names[0]).decode())))
    except (ValueError, csv.Error, zipfile.BadZipFile, EOFError, OSError):
        raise _bad(wheel, "its RECORD cannot be read") from None
    found = {}
    for row in rows:
        name, rest = [*row, "", ""][:2]
        if name != names[0] and not rest.startswith("sha256="):
            raise _bad(wheel, f"its RECORD gives no SHA-256 of {name}")
        found[name] = rest.removeprefix("sha256=")
    return found


def _write(
    archive: zipfile.ZipFile, member: zipfile.ZipInfo, site: Path, recorded: dict[str, str], wheel: Path
) -> None:
    path = site / member.filename
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    digest, left = hashlib.sha256(), member.file_size
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    except FileExistsError:
        raise _bad(wheel, f"{member.filename} is there twice") from None
    with os.fdopen(handle, "wb") as file:
        try:
            with archive.open(member) as source:
                while piece := source.read(PIECE_BYTES):
                    left -= len(piece)
                    if left < 0:
                        raise _bad(wheel, f"{member.filename} is longer than it says")
                    digest.update(piece)
                    file.write(piece)
        except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, ValueError) as error:
            raise _bad(wheel, f"{member.filename} cannot be unpacked: {error}") from None
    expected = recorded.get(member.filename)
    if expected is None or (expected and _text(digest.digest()) != expected):
        raise _bad(wheel, f"{member.filename} is not what its RECORD says")


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return _text(hashlib.file_digest(opened, "sha256").digest())


def _text(digest: bytes) -> str:
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def _bad(wheel: Path, what: str) -> BundleRefused:
    return BundleRefused(Code.BAD_RELEASE, f"{wheel.name} {what}")
