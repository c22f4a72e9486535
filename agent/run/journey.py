"""What a replay runs on: a voyage folder, or any NMEA log with or without a clip."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from agent.errors import Mistake, SettingsError
from agent.run.voyage import READINGS, Video, load_voyage
from agent.types import Origin


@dataclass(frozen=True, slots=True)
class Journey:
    """Everything a replay needs to know, with absolute paths. `boot_id` is the same on every run of it."""

    boot_id: str
    origin: Origin
    start_utc: datetime | None
    config: Path
    nmea: Path | None = None
    videos: tuple[Video, ...] = ()
    readings: Path | None = None  # what a core saw; if there, log and video are not needed
    evidence: Path | None = None  # the files a recording's `Sealed` readings name


def from_voyage(folder: Path, config: Path | None = None) -> Journey:
    """A voyage folder; `config` stands in for its own. Raises SettingsError."""
    voyage = load_voyage(folder)
    recorded = folder / READINGS
    return Journey(
        boot_id=voyage.boot,
        origin=Origin("replay", voyage.name, voyage.synthetic),
        start_utc=voyage.start_utc,
        config=config or voyage.config,
        nmea=voyage.nmea,
        videos=voyage.video,
        readings=recorded if recorded.exists() else None,
        evidence=folder / "evidence",
    )


def from_log(
    nmea: Path, video: Path | None, start_utc: datetime | None, config: Path, camera: str
) -> Journey:
    """Any log and clip a person has. The boot id holds the log's digest: another log is another journey."""
    mistakes = [
        Mistake(name, str(path), "does not exist" if not path.exists() else "is not a file")
        for name, path in (("--nmea", nmea), ("--video", video))
        if path is not None and not path.is_file()
    ]
    if mistakes:
        raise SettingsError("command line", mistakes)
    with nmea.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Journey(
        boot_id=f"log:{nmea.name[:40]}:{digest[:12]}",
        origin=Origin("replay", nmea.name, synthetic=False),
        start_utc=start_utc,
        config=config,
        nmea=nmea,
        videos=() if video is None else (Video(file=video, camera=camera),),
    )
