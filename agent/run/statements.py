"""What people state at the box: small files signed with the box's key, taken in by the run as readings.

A command writes `statements/UTC-WHAT.json` in the state folder; the run looks there every few seconds, and at its
start takes in all of them again: the watch knows which it has heard. So the file stays with the box, the record of
it goes ashore in the chain, and a replay of a recording hears what was said.
"""

import hashlib
import logging
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final, cast

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from agent import durable
from agent.errors import ChainError, StoreError
from agent.event import chain, wire
from agent.run.settings import Camera
from agent.types import Json, Statement

log = logging.getLogger(__name__)

FOLDER: Final = "statements"


def write(state_dir: Path, key: Ed25519PrivateKey, device: str, statement: Statement) -> Path:
    """Sign a statement and put it where the run looks. Raises StoreError where the folder cannot be written."""
    fields = cast("dict[str, Json]", wire.to_json(statement))
    del fields["mono_ns"]  # of the moment in which it is taken in
    raw = chain.sign_object({"v": wire.VERSION, "device": device, **fields}, key)
    moment = "undated" if statement.utc is None else statement.utc.strftime("%Y%m%dT%H%M%S")
    folder = state_dir / FOLDER
    path = folder / f"{moment}-{statement.what}-{hashlib.sha256(raw).hexdigest()[:8]}.json"
    try:
        durable.make_folder(folder)
        durable.write_file(path, raw)
    except OSError as error:
        raise StoreError(
            f"{path}: {error.strerror or error}; check its owner and that there is room"
        ) from None
    return path


class Statements:
    """Gives each file of the folder once, in the order of their names; one that does not verify is told and left."""

    def __init__(self, state_dir: Path, key: Ed25519PublicKey, device: str) -> None:
        self._folder = state_dir / FOLDER
        self._key = key
        self._device = device
        self._seen: set[str] = set()

    def fresh(self, now_ns: Callable[[], int]) -> Iterator[Statement]:
        """The statements that were not given before."""
        for path in sorted(self._folder.glob("*.json")):
            if path.name in self._seen:
                continue
            self._seen.add(path.name)
            try:
                yield self._read(path, now_ns())
            except (OSError, ChainError) as error:
                log.error("statement %s is not taken in: %s", path, error)

    def _read(self, path: Path, mono_ns: int) -> Statement:
        fields = chain.open_object(path.read_bytes(), self._key)
        if fields.get("device") != self._device:
            raise ChainError(f"it is of {fields.get('device')}, not of {self._device}")
        said = {name: value for name, value in fields.items() if name not in ("v", "device", "sig")}
        return wire.from_json(Statement, {"mono_ns": str(mono_ns), **said})


def kit_of(cameras: Sequence[Camera], model_hash: str | None) -> dict[str, str]:
    """Digests of what the counts of these cameras depend on; addresses do not leave the box in clear."""
    own = [camera for camera in cameras if camera.mount == "own_gear"]
    seen: Json = [
        [camera.name, camera.url, camera.second_url, camera.turn_deg, camera.video_size] for camera in own
    ]
    regions: Json = [wire.to_json(camera.machine_region) for camera in own]
    return {"camera": _digest(seen), "detector": (model_hash or "none")[:12], "region": _digest(regions)}


def _digest(value: Json) -> str:
    return hashlib.sha256(wire.canonical(value)).hexdigest()[:12]
