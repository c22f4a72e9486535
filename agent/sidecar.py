"""A note beside each evidence file, so that its meaning survives the loss of the database.

`ab/abcd….jpg.json` says of `ab/abcd….jpg` which event it was sealed for, by which camera, when and what was
seen. The database is what counts; the note is read only when a file is there that the database does not know.
"""

import contextlib
import dataclasses
import json
from pathlib import Path

from agent.durable import evidence_path, write_file
from agent.types import EvidenceFile, Sealed

SUFFIX = ".json"


def sidecar_path(evidence: Path) -> Path:
    """Where the note of an evidence file lies."""
    return evidence.with_name(evidence.name + SUFFIX)


def note_down(sealed: Sealed, root: Path) -> Sealed:
    """Write the notes of what was just sealed, durable like the files; gives back what it was given.

    A disk that has room for a picture and none for its note costs the note, not the picture.
    """
    for file in sealed.files:
        path = sidecar_path(evidence_path(root, file.sha256, file.media_type))
        with contextlib.suppress(OSError):
            if not path.exists():
                write_file(path, note(file, sealed.event_id))
    return sealed


def note(file: EvidenceFile, event_id: str) -> bytes:
    """The bytes of a note. A key ending in `mono_ns` is text, as in the records."""
    fields = {**dataclasses.asdict(file), "mono_ns": str(file.mono_ns), "utc": None}
    return json.dumps({"v": 1, "event_id": event_id, "file": fields}, sort_keys=True).encode()
