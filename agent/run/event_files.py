"""One event out of a store into a folder: originals, a manifest, the track, and copies with words on them.

Originals are copied byte for byte. Time, position and device are drawn on copies for people only, and said there to
be copies; boxes are in the manifest, beside the stills.
"""

import hashlib
import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from agent import durable
from agent.errors import Mistake, SettingsError
from agent.event import chain, wire
from agent.event.manifest import manifest
from agent.event.track_files import TrackPoint, as_geojson, as_gpx, points
from agent.outbox.view import View
from agent.types import Event, EvidenceFile, Image

AROUND_NS = 600 * 1_000_000_000  # of the track before the event and behind it


@dataclass(frozen=True, slots=True)
class Exported:
    folder: Path
    originals: int
    absent: int
    track_points: int


def export(view: View, event_id: str, evidence_root: Path, folder: Path) -> Exported:
    """Write the event `event_id` into the new folder `folder`. Raises SettingsError, StoreError."""
    if folder.exists():
        raise SettingsError(
            "command line", [Mistake("FOLDER", str(folder), "exists already", "choose a new one")]
        )
    records = [chain.read_record(raw) for raw in view.records()]
    own = [record for record in records if record.body.get("event_id") == event_id]
    if not own:
        raise SettingsError("command line", [Mistake("EVENT", event_id, "is no event of this store")])
    event, device = wire.event_from_body(dict(own[-1].body)), view.device()
    durable.make_folder(folder / "originals")
    files = {
        file.sha256: f"originals/{path.name}"
        for file in event.evidence
        if (path := durable.evidence_path(evidence_root, file.sha256, file.media_type)).is_file()
    }
    for sha256, name in files.items():
        shutil.copyfile(evidence_root / sha256[:2] / Path(name).name, folder / name)
    end_ns = (event.closed or event.updated).mono_ns + AROUND_NS
    bodies = [
        record.body for record in records if record.kind == "track" and record.boot_id == own[0].boot_id
    ]
    track = list(points(bodies, event.opened.mono_ns - AROUND_NS, end_ns))
    made = {
        "track.gpx": as_gpx(event, track, device).encode(),
        "track.geojson": json.dumps(as_geojson(event, track, device), indent=1).encode(),
        **_copies(folder, event, files, track, device),
    }
    for name, content in made.items():
        durable.make_folder((folder / name).parent)
        durable.write_file(folder / name, content, mode=0o644)
    digests = {name: hashlib.sha256(content).hexdigest() for name, content in made.items()}
    listed = manifest(device, event, own, files, digests)
    durable.write_file(
        folder / "manifest.json", json.dumps(listed, indent=1, ensure_ascii=False).encode(), mode=0o644
    )
    return Exported(folder, len(files), len(event.evidence) - len(files), len(track))


def _copies(
    folder: Path, event: Event, files: dict[str, str], track: list[TrackPoint], device: str
) -> dict[str, bytes]:
    copies = {}
    for number, file in enumerate(event.evidence, start=1):
        if file.kind != "still" or file.sha256 not in files:
            continue
        coded = np.frombuffer((folder / files[file.sha256]).read_bytes(), dtype=np.uint8)
        image = cv2.imdecode(coded, cv2.IMREAD_COLOR)
        if image is not None:
            drawn = overlaid(np.asarray(image, dtype=np.uint8), words_for(file, event, track, device))
            copies[f"copies/{number:03}-{file.camera}.jpg"] = cv2.imencode(".jpg", drawn)[1].tobytes()
    return copies


def words_for(file: EvidenceFile, event: Event, track: list[TrackPoint], device: str) -> tuple[str, str]:
    """When and by whom, and where: the position of the track nearest to the still, else that of the event."""
    utc = "time unknown" if file.utc is None else wire.utc_text(file.utc)
    near = min(track, key=lambda point: abs(point.mono_ns - file.mono_ns), default=None)
    place = "position unknown"
    if near is not None:
        place = f"{near.lat_deg:.6f} {near.lon_deg:.6f}"
    elif event.fix is not None and event.fix.lat_deg is not None and event.fix.lon_deg is not None:
        place = f"{event.fix.lat_deg:.6f} {event.fix.lon_deg:.6f}"
    return f"{utc}  {device}  camera {file.camera}", f"{place}  COPY of sha256 {file.sha256[:16]}"


def overlaid(image: Image, lines: tuple[str, ...]) -> Image:
    """A copy with a dark bar below the picture that carries the lines: nothing of the picture is hidden."""
    width_px = image.shape[1]
    scale = max(0.35, width_px / 1600)
    step = round(34 * scale)
    bar = np.full((step * len(lines) + step // 2, width_px, 3), 24, dtype=np.uint8)
    for number, line in enumerate(lines, start=1):
        place = (step // 2, step * number)
        cv2.putText(
            bar,
            line,
            place,
            cv2.FONT_HERSHEY_SIMPLEX,
            scale,
            (235, 235, 235),
            max(1, round(scale * 2)),
            cv2.LINE_AA,
        )
    return np.vstack([image, bar])
