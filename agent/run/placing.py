"""Put what systemd, udev and the journal need in its place, and take it away again. Doing it twice changes nothing."""

from collections.abc import Iterator
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Literal

from agent import durable
from agent.errors import StoreError

Part = Literal["agent", "station"]
BIN = "@BIN@"

FILES: dict[Part, dict[str, str]] = {
    "agent": {
        "sandwatch.service": "etc/systemd/system/sandwatch.service",
        "sandwatch-config@.service": "etc/systemd/system/sandwatch-config@.service",
        "sandwatch-fetched.path": "etc/systemd/system/sandwatch-fetched.path",
        "sandwatch-fetched.service": "etc/systemd/system/sandwatch-fetched.service",
        "90-sandwatch.rules": "etc/udev/rules.d/90-sandwatch.rules",
        "journald.conf": "etc/systemd/journald.conf.d/50-sandwatch.conf",
        "watchdog.conf": "etc/systemd/system.conf.d/50-sandwatch.conf",
        "tmpfiles.conf": "etc/tmpfiles.d/sandwatch.conf",
        "sysusers.conf": "etc/sysusers.d/sandwatch.conf",
    },
    "station": {
        "sandwatch-station.service": "etc/systemd/system/sandwatch-station.service",
        "sysusers-station.conf": "etc/sysusers.d/sandwatch-station.conf",
    },
}
KEY_DROP_IN = "etc/systemd/system/sandwatch.service.d/50-key.conf"

AFTER: dict[Part, tuple[tuple[str, ...], ...]] = {
    "agent": (
        ("systemd-sysusers",),
        ("systemd-tmpfiles", "--create", "sandwatch.conf"),
        ("systemctl", "daemon-reload"),
        ("udevadm", "control", "--reload"),
        ("systemctl", "enable", "sandwatch.service", "sandwatch-fetched.path"),
    ),
    "station": (
        ("systemd-sysusers",),
        ("systemctl", "daemon-reload"),
        ("systemctl", "enable", "sandwatch-station.service"),
    ),
}
"""What makes the running system notice; not done below another root."""


@dataclass(frozen=True, slots=True)
class Placed:
    path: Path
    what: Literal["written", "as it was", "removed"]


def place(root: Path, part: Part, bin_dir: Path, key: Path | None = None) -> Iterator[Placed]:
    """Write the files below `root`; programs are run from `bin_dir`. Raises StoreError.

    `key`: where root keeps the device's key; the agent gets it as a credential (`LoadCredential`).
    """
    for name, where in FILES[part].items():
        text = resources.files("agent.units").joinpath(name).read_text(encoding="utf-8")
        yield _write(root / where, text.replace(BIN, str(bin_dir)))
    if key is not None:
        yield _write(root / KEY_DROP_IN, f"[Service]\nLoadCredential=device.key:{key}\n")


def take_away(root: Path, part: Part) -> Iterator[Placed]:
    """Remove what `place` wrote; state, keys and evidence stay. Raises StoreError."""
    for where in (*FILES[part].values(), *((KEY_DROP_IN,) if part == "agent" else ())):
        path = root / where
        try:
            path.unlink()
        except FileNotFoundError:
            continue
        except OSError as error:
            raise StoreError(f"{path}: {error.strerror}; run it as root") from None
        yield Placed(path, "removed")


def _write(path: Path, text: str) -> Placed:
    try:
        if path.is_file() and path.read_text(encoding="utf-8") == text:
            return Placed(path, "as it was")
        durable.make_folder(path.parent, mode=0o755)
        durable.write_file(path, text.encode(), mode=0o644)
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}; run it as root, or give --root") from None
    return Placed(path, "written")
