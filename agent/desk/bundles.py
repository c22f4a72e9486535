"""Bundles at the desk: two keys with a pass phrase, a bundle for a group of boxes, what changed between two."""

import hashlib
import io
import json
import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)

from agent import bundle, durable
from agent.errors import Mistake, SettingsError
from agent.event import chain, wire

ACTIVE, RECOVERY, PUBLIC = "active.key", "recovery.key", "keys.json"
SHORTEST_PHRASE = 10

Contents = dict[tuple[str, str], bytes]
"""Of each device and name: a small file's bytes, of a model its digest."""


@dataclass(frozen=True, slots=True)
class Order:
    """What is asked of a new bundle. `boxes`: of each device its files; an `agent.toml` among them, or wheels, or none."""

    group: str
    sequence: int
    made: datetime
    not_after: datetime | None = None
    window_s: int = 300
    answer: bool = False
    boxes: Mapping[str, Sequence[Path]] | None = None
    keys: bundle.Keys | None = None
    software: bool = False


def make_keys(folder: Path, recovery_folder: Path, phrase: str) -> bundle.Keys:
    """Write both keys and the public halves; never over one that is there. Raises SettingsError."""
    paths = (folder / ACTIVE, recovery_folder / RECOVERY, folder / PUBLIC)
    mistakes = [
        Mistake(
            str(path),
            "",
            "is there already",
            "name another folder: a lost key is replaced, never overwritten",
        )
        for path in paths
        if path.exists()
    ]
    if len(phrase) < SHORTEST_PHRASE:
        problem = f"has {len(phrase)} characters"
        mistakes.append(Mistake("the pass phrase", "", problem, f"{SHORTEST_PHRASE} or more"))
    if mistakes:
        raise SettingsError("bundle init", mistakes)
    active, recovery = Ed25519PrivateKey.generate(), Ed25519PrivateKey.generate()
    keys = bundle.Keys(
        active=chain.public_text(active.public_key()), recovery=chain.public_text(recovery.public_key())
    )
    try:
        for path, key in zip(paths, (active, recovery), strict=False):
            durable.make_folder(path.parent)
            locked = BestAvailableEncryption(phrase.encode())
            durable.write_file(path, key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, locked))
        durable.write_file(folder / PUBLIC, wire.canonical(keys.model_dump()), mode=0o644)
    except OSError as error:
        problem = f"cannot be written: {error.strerror}"
        raise SettingsError("bundle init", [Mistake(str(error.filename), "", problem)]) from None
    return keys


def read_key(path: Path, phrase: str) -> Ed25519PrivateKey:
    """A private key of `make_keys`; raises SettingsError."""
    try:
        key = load_pem_private_key(path.read_bytes(), phrase.encode())
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
    except (ValueError, TypeError):
        problem = "does not open with this pass phrase, or is no key"
    else:
        if isinstance(key, Ed25519PrivateKey):
            return key
        problem = "is no Ed25519 key"
    raise SettingsError(str(path), [Mistake("the key", "", problem)])


def read_public(path: Path) -> bundle.Keys:
    """A `keys.json`; raises SettingsError."""
    try:
        return bundle.Keys.model_validate_json(path.read_bytes())
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
    except ValueError:
        problem = "is no pair of public keys as `sandwatch bundle init` writes it"
    raise SettingsError(str(path), [Mistake("the file", "", problem)])


def plan(order: Order) -> tuple[bundle.Manifest, list[Path]]:
    """The manifest of an order, and the files in its order. Raises SettingsError, BundleRefused.

    A file that several boxes have, byte for byte, is in the bundle once.
    """
    boxes = order.boxes or {}
    held: dict[tuple[str, str], list[str]] = defaultdict(list)
    found: dict[tuple[str, str], Path] = {}
    mistakes = []
    for device, files in sorted(boxes.items()):
        for file in files:
            try:
                with file.open("rb") as opened:
                    digest = hashlib.file_digest(opened, "sha256").hexdigest()
            except OSError as error:
                mistakes.append(Mistake(str(file), "", f"cannot be read: {error.strerror}"))
                continue
            key = (file.name, digest)
            held[key].append(device)
            found[key] = file
    if mistakes:
        raise SettingsError("bundle make", mistakes)
    order_of = sorted(held)
    fields = {
        "kind": "software" if order.software else "config" if order.keys is None else "keys",
        "group": order.group,
        "devices": sorted(boxes),
        "sequence": order.sequence,
        "made": wire.utc_text(order.made),
        "not_after": None if order.not_after is None else wire.utc_text(order.not_after),
        "window_s": order.window_s,
        "answer": order.answer,
        "keys": None if order.keys is None else order.keys.model_dump(),
        "files": [
            {
                "name": name,
                "size_bytes": found[name, digest].stat().st_size,
                "sha256": digest,
                "devices": [] if len(held[name, digest]) == len(boxes) else sorted(held[name, digest]),
            }
            for name, digest in order_of
        ],
    }
    try:
        manifest = bundle.Manifest.model_validate_json(json.dumps(fields))
    except ValueError as error:
        raise SettingsError("bundle make", [_mistake(error)]) from None
    return manifest, [found[key] for key in order_of]


def write(path: Path, manifest: bundle.Manifest, files: Sequence[Path]) -> None:
    """A bundle that nobody has signed yet. Raises SettingsError, BundleRefused."""
    head = bundle.head_bytes(manifest)

    def parts() -> Iterator[bytes]:
        yield head
        for entry, file in zip(manifest.files, files, strict=True):
            with file.open("rb", buffering=0) as opened:
                yield from bundle.pieces(opened, entry)

    _write(path, parts())


def sign(path: Path, key: Ed25519PrivateKey) -> bundle.Manifest:
    """Sign a bundle in its place, if it is whole. Raises SettingsError, BundleRefused."""
    with opened_bundle(path) as file:
        manifest, _ = bundle.look_at_head(file)
        for entry in manifest.files:
            for _ in bundle.pieces(file, entry):
                pass
        bundle.at_end(file)
        file.seek(0)
        length = bundle.HEADER.unpack(bundle.exactly(file, bundle.HEADER.size))[3]
        head = bundle.signed(bundle.exactly(file, length), key)

        def parts() -> Iterator[bytes]:
            yield head
            while piece := file.read(bundle.PIECE_BYTES):
                yield piece

        _write(path, parts())
    return manifest


def contents(path: Path) -> tuple[bundle.Manifest, str | None, Contents]:
    """All of a bundle for a person to look at; raises SettingsError, BundleRefused where it is not whole."""
    with opened_bundle(path) as file:
        manifest, signer = bundle.look_at_head(file)
        held: Contents = {}
        for entry in manifest.files:
            small = entry.size_bytes <= bundle.FILE_LIMITS_BYTES[".toml"]
            parts = [piece for piece in bundle.pieces(file, entry) if small]
            for device in entry.devices or manifest.devices:
                held[device, entry.name] = b"".join(parts) if small else entry.sha256.encode()
        bundle.at_end(file)
    return manifest, signer, held


def differences(old: Contents, new: Contents) -> Iterator[str]:
    """What changes from one bundle to the next, a line each, by device; of settings each key."""
    for device, name in sorted({*old, *new}):
        before, after = old.get((device, name)), new.get((device, name))
        if before == after:
            continue
        if before is None or after is None:
            yield f"{device} {'+' if before is None else '-'} {name}"
        elif name.endswith(".toml"):
            left, right = _flat(before), _flat(after)
            for key in sorted({*left, *right}):
                if left.get(key) != right.get(key):
                    yield f"{device} {name}: {key}: {left.get(key, 'absent')} -> {right.get(key, 'absent')}"
        else:
            yield f"{device} {name}: other content, {len(before)} -> {len(after)} bytes"


def opened_bundle(path: Path) -> io.FileIO:
    """The file, for reading; raises SettingsError."""
    try:
        return io.FileIO(path)
    except OSError as error:
        problem = f"cannot be read: {error.strerror}"
        raise SettingsError(str(path), [Mistake("the file", "", problem)]) from None


def _write(path: Path, parts: Iterator[bytes]) -> None:
    try:
        durable.write_file(path, parts, mode=0o644)
    except OSError as error:
        problem = f"cannot be written: {error.strerror}"
        raise SettingsError(str(path), [Mistake("the file", "", problem)]) from None


def _flat(raw: bytes) -> dict[str, str]:
    try:
        table = tomllib.loads(raw.decode())
    except ValueError:
        return {"the file": f"{len(raw)} bytes"}
    return dict(_leaves("", table))


def _leaves(at: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(f"{at}.{key}" if at else key, item)
    elif isinstance(value, list) and value and all(isinstance(item, dict) for item in value):
        for number, item in enumerate(value):
            yield from _leaves(f"{at}.{number}", item)
    else:
        yield at, str(value)


def _mistake(error: ValueError) -> Mistake:
    first = getattr(error, "errors", lambda: [{"loc": (), "msg": str(error)}])()[0]
    where = ".".join(str(part) for part in first["loc"]) or "the bundle"
    return Mistake(where, "", str(first["msg"]).removeprefix("Value error, "))
