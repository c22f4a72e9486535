"""A desk with two keys, a box that trusts them, and bundles of every kind, good and bad."""

import hashlib
import io
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent import bundle
from agent.errors import BundleRefused
from agent.event import chain, wire
from agent.run.build import flashing
from agent.run.flash.apply import Now, Taken, take
from agent.run.flash.home import Home, Trust
from agent.run.flash.trial import confirm
from agent.types import ClockQuality, Json
from builders import key

ACTIVE, RECOVERY, STRANGER = key(31), key(32), key(33)
KEYS = bundle.Keys(
    active=chain.public_text(ACTIVE.public_key()), recovery=chain.public_text(RECOVERY.public_key())
)
DEVICE, OTHER = "SW-CT-0001", "SW-CT-0002"
TODAY = datetime(2026, 11, 25, 3, tzinfo=UTC)
LICENCE = Path(__file__).parents[2] / "config" / "licences" / "example-tan-loc.geojson"


def settings(device: str = DEVICE, more: str = "") -> bytes:
    """A small `agent.toml` that names one licence beside it."""
    return (
        f'[device]\nid = "{device}"\n[own_vessel]\nkind = "dredger"\n[licences]\nfiles = ["tan-loc.geojson"]\n{more}'
    ).encode()


def files(device: str = DEVICE, more: str = "") -> dict[str, bytes]:
    return {"agent.toml": settings(device, more), "tan-loc.geojson": LICENCE.read_bytes()}


def manifest_fields(contents: Mapping[str, bytes], **other: Any) -> dict[str, Any]:
    """A manifest as JSON, where a test may write what no desk would write."""
    return {
        "v": 1,
        "kind": "config",
        "group": "can-tho",
        "devices": [DEVICE],
        "sequence": 2,
        "made": "2026-11-25T02:00:00Z",
        "not_after": "2026-12-31T23:59:59Z",
        "window_s": 300,
        "answer": False,
        "keys": None,
        "files": [
            {
                "name": name,
                "size_bytes": len(data),
                "sha256": hashlib.sha256(data).hexdigest(),
                "devices": [],
            }
            for name, data in contents.items()
        ],
        **other,
    }


def sealed(
    fields: Mapping[str, Json], payload: bytes = b"", signer: Ed25519PrivateKey | None = ACTIVE
) -> bytes:
    """Signed as it stands, right or wrong."""
    return bundle.signed(wire.canonical(dict(fields)), signer) + payload


def made(
    contents: Mapping[str, bytes] | None = None, signer: Ed25519PrivateKey | None = ACTIVE, **other: Any
) -> bytes:
    """A good bundle of these files, but for what `other` says."""
    held = files() if contents is None else contents
    return sealed(manifest_fields(held, **other), b"".join(held.values()), signer)


def keys_bundle(keys: bundle.Keys, signer: Ed25519PrivateKey = RECOVERY, sequence: int = 1) -> bytes:
    return sealed(manifest_fields({}, kind="keys", keys=keys.model_dump(), sequence=sequence), signer=signer)


def framed(raw_manifest: bytes, payload: bytes = b"", *, length: int | None = None) -> bytes:
    """Signed bytes that are no manifest, or of another length than they say."""
    whole = bundle.signed(raw_manifest, ACTIVE)
    if length is not None:
        whole = whole[:104] + struct.pack(">I", length) + whole[108:]
    return whole + payload


@dataclass(slots=True)
class Box:
    """A box with a config of sequence 1 in force, as a technician left it."""

    home: Home
    now: Now

    def take(self, raw: bytes, **other: Any) -> Taken:
        return take(self.home, io.BytesIO(raw), flashing.check, self.now, **other)

    def refusal(self, raw: bytes) -> str:
        """The code of a bundle that must not be taken."""
        try:
            self.take(raw)
        except BundleRefused as error:
            return error.code
        raise AssertionError("it was taken")

    def in_force(self) -> bytes:
        """The settings that the next start runs by."""
        return self.home.settings_file().read_bytes()

    def tree(self) -> dict[str, tuple[bytes, int]]:
        """All that lies outside of the stage: content and mode of each file, target of each link."""
        found = {}
        for path in sorted(self.home.folder.parent.rglob("*")):
            if path.is_symlink():
                found[str(path)] = (str(path.readlink()).encode(), 0)
            elif path.is_file() and self.home.stage not in path.parents:
                found[str(path)] = (path.read_bytes(), path.stat().st_mode)
        return found


def box(folder: Path, *, first: bytes | None = None, sequence: int = 1) -> Box:
    """With `first`, or a good bundle, applied and confirmed."""
    home = Home(folder / "state" / "config")
    home.give_trust(Trust(device=DEVICE, keys=KEYS))
    held = Box(home, Now(TODAY, ClockQuality.GNSS))
    held.take(first or made(files(more="# the first\n"), sequence=sequence))
    confirm(home)
    return held
