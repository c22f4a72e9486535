"""Bundles that wait for their boxes: files, each under its digest, offered to the boxes they name.

The station signs none and cannot: whose bundles a box takes, the box decides. What is added is read whole once, so that
no torn file is offered. A bundle stays until a person removes it; of each kind a box is offered the newest.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from agent import bundle, durable
from agent.bundle import Manifest
from agent.errors import BundleRefused
from agent.types import Json

PIECE_BYTES = 256 << 10


@dataclass(frozen=True, slots=True)
class Shelved:
    """One bundle of the shelf."""

    sha256: str
    size_bytes: int
    manifest: Manifest

    def offer(self) -> dict[str, Json]:
        """As a box is told of it."""
        return {
            "kind": self.manifest.kind,
            "sequence": self.manifest.sequence,
            "sha256": self.sha256,
            "size_bytes": self.size_bytes,
        }


class Bundles:
    """The shelf, a folder. Raises BundleRefused for a file that is no whole, signed bundle, OSError where the disk refuses."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def add(self, path: Path) -> Shelved:
        """Take a bundle in."""
        shelved = _read(path)
        durable.make_folder(self._folder)
        with path.open("rb") as file:
            pieces = iter(lambda: file.read(PIECE_BYTES), b"")
            durable.write_file(self._folder / (shelved.sha256 + bundle.SUFFIX), pieces)
        return shelved

    def remove(self, sha256: str) -> bool:
        """No longer offer it; whether it was there."""
        path = self._folder / (sha256 + bundle.SUFFIX)
        there = path.is_file()
        path.unlink(missing_ok=True)
        return there

    def held(self) -> list[Shelved]:
        """All of them, by kind and sequence; the newest last."""
        found = [_known(path) for path in sorted(self._folder.glob("*" + bundle.SUFFIX))]
        return sorted(found, key=lambda one: (one.manifest.kind, one.manifest.sequence, one.sha256))

    def for_device(self, device: str) -> list[Shelved]:
        """Of each kind the newest for this box."""
        return newest_for(self.held(), device)

    def piece(self, device: str, sha256: str, offset: int) -> bytes | None:
        """The next bytes of a bundle that is offered to this box, None where it is not."""
        if sha256 not in {one.sha256 for one in self.for_device(device)}:
            return None
        with (self._folder / (sha256 + bundle.SUFFIX)).open("rb") as file:
            file.seek(offset)
            return file.read(PIECE_BYTES)


def newest_for(held: list[Shelved], device: str) -> list[Shelved]:
    """Of a shelf in order, of each kind the newest for a box."""
    return list({one.manifest.kind: one for one in held if device in one.manifest.devices}.values())


def run_by(config: Mapping[str, Json]) -> dict[str, int]:
    """Of each kind the sequence that a box says it runs by, in its `config.applied`."""
    told = config.get("bundles")
    if not isinstance(told, dict):
        return {}
    return {
        kind: value for kind, value in told.items() if isinstance(value, int) and not isinstance(value, bool)
    }


def _read(path: Path) -> Shelved:
    """A bundle read to its end: every digest holds, nothing stands behind."""
    with path.open("rb", buffering=0) as file:
        manifest, signer = bundle.look_at_head(file)
        if signer is None:
            raise BundleRefused(bundle.Code.UNSIGNED, "nobody has signed it: sandwatch bundle sign")
        for entry in manifest.files:
            for _ in bundle.pieces(file, entry):
                pass
        bundle.at_end(file)
    return Shelved(_digest(path), path.stat().st_size, manifest)


def _known(path: Path) -> Shelved:
    """One that was read whole when it came."""
    with path.open("rb", buffering=0) as file:
        manifest, _ = bundle.look_at_head(file)
    return Shelved(path.stem, path.stat().st_size, manifest)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
