"""Evidence on disk that the database does not know: sealed and never committed, or left by a damaged store.

The walk happens at every start. Half-written files and notes without their file go; a file of evidence never
does. Contents are not hashed here (gigabytes): a file that is not what its name says is found at upload.
"""

import json
import logging
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, cast

from agent.durable import EVIDENCE_SUFFIXES
from agent.errors import ChainError
from agent.event import wire
from agent.sidecar import SUFFIX, sidecar_path
from agent.types import EvidenceFile, Json

log = logging.getLogger(__name__)

MEDIA_TYPES = {suffix: media_type for media_type, suffix in EVIDENCE_SUFFIXES.items()}
PART = ".part"
SMALLEST_BYTES = 1  # an empty file is what a power cut left, not evidence


@dataclass(frozen=True, slots=True)
class Found:
    """A file of evidence that no record names; `event_id` as its note says, None without one."""

    file: EvidenceFile
    event_id: str | None

    def to_json(self) -> Json:
        """As it stands in the body of `evidence.found`."""
        return {**cast("dict[str, Json]", wire.to_json(self.file)), "event_id": self.event_id}


def find(root: Path, known: Collection[str]) -> tuple[Found, ...]:
    """Evidence under `root` whose digest is not in `known`, by name; sweeps what no evidence is."""
    return tuple(_strays(root, known))


def _strays(root: Path, known: Collection[str]) -> Iterator[Found]:
    for folder in sorted(path for path in root.glob("??") if path.is_dir()):
        for path in sorted(folder.iterdir()):
            media_type = MEDIA_TYPES.get(path.suffix)
            if path.name.endswith(PART):
                _sweep(path)
            elif path.name.endswith(SUFFIX):
                if not path.with_name(path.name.removesuffix(SUFFIX)).exists():
                    _sweep(path)
            elif media_type is not None and wire.DIGEST.fullmatch(path.stem) and path.stem not in known:
                size = path.stat().st_size
                if size < SMALLEST_BYTES:
                    _sweep(path)
                else:
                    yield _found(path, media_type, size)


def _sweep(path: Path) -> None:
    try:
        path.unlink()
    except OSError as error:
        log.warning("%s is left over and cannot be removed: %s", path, error.strerror)


def _found(path: Path, media_type: str, size_bytes: int) -> Found:
    note = _note(sidecar_path(path))
    if note is not None:
        try:
            file = wire.from_json(EvidenceFile, note["file"])
            event_id = note["event_id"]
            if (file.sha256, file.size_bytes) == (path.stem, size_bytes):
                return Found(file, event_id if isinstance(event_id, str) else None)
        except (ChainError, KeyError):
            pass
        log.warning("the note of %s does not fit it: only its name and size are known", path)
    kind: Literal["still", "clip"] = "clip" if media_type == "video/mp4" else "still"
    unknown = EvidenceFile(path.stem, kind, media_type, size_bytes, "unknown", 0, 0, 0)
    return Found(unknown, None)


def _note(path: Path) -> Mapping[str, Json] | None:
    try:
        note = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return None
    return cast("Mapping[str, Json]", note) if isinstance(note, dict) else None
