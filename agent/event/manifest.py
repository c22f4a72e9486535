"""What belongs to an event, file by file: the list that goes with it when it leaves the box."""

from collections.abc import Iterable, Mapping

from agent.event import wire
from agent.event.chain import Record
from agent.types import Event, Json

FORMAT = "sandwatch-event/1"


def manifest(
    device: str, event: Event, records: Iterable[Record], files: Mapping[str, str], made: Mapping[str, str]
) -> Json:
    """Originals and made files with their SHA-256, and the signed records they rest on.

    `files` gives the path of each original that is there by its digest; one that is not there is listed without.
    `made` gives the SHA-256 of each file that was made for people (copies with an overlay, tracks), by path.
    """
    originals: list[Json] = [
        {
            "sha256": file.sha256,
            "path": files.get(file.sha256),
            "kind": file.kind,
            "media_type": file.media_type,
            "size_bytes": file.size_bytes,
            "camera": file.camera,
            "mono_ns": str(file.mono_ns),
            "utc": None if file.utc is None else wire.utc_text(file.utc),
            "duration_s": file.duration_s,
            "detections": wire.to_json(file.detections),
            "model_hash": file.model_hash,
        }
        for file in event.evidence
    ]
    rests_on: list[Json] = [
        {"seq": record.seq, "kind": record.kind, "sha256": record.hash} for record in records
    ]
    copies: list[Json] = [{"path": path, "sha256": made[path]} for path in sorted(made)]
    return {
        "format": FORMAT,
        "device": device,
        "event_id": event.event_id,
        "originals": originals,
        "records": rests_on,
        "made_for_people": copies,
    }
