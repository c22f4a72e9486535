"""Voyages: recordings that can be run again.

A voyage is a folder with `voyage.toml` and either `readings.jsonl` (what a core saw, made by `sandwatch
record`) or an NMEA log and a video. Format: `docs/voyages.md`.
"""

import json
import os
import tomllib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import tomli_w
from pydantic import Field, ValidationError, field_validator

from agent import durable
from agent.errors import ChainError, Mistake, SettingsError
from agent.event import wire
from agent.run.settings import Name, Settings, Table, read_text
from agent.types import EvidenceFile, Reading, Sealed

READINGS = "readings.jsonl"


class Video(Table):
    """The film of a voyage; its first frame was taken `offset_s` after the start."""

    file: Path
    camera: Name
    offset_s: float = Field(default=0.0, ge=0)


class Voyage(Table):
    """`voyage.toml`."""

    format: Literal["sandwatch-voyage/1"]
    name: Name
    synthetic: bool
    start_utc: datetime
    boot_id: str | None = None  # of the recorded run; None: the voyage's own name stands in
    config: Path = Path("agent.toml")
    nmea: Path | None = None
    video: tuple[Video, ...] = Field(default=(), max_length=4)  # `[video]`, or `[[video]]` for each camera
    note: str = ""

    @field_validator("video", mode="before")
    @classmethod
    def _one_or_several(cls, value: object) -> object:
        return (value,) if isinstance(value, dict) else value

    @field_validator("video")
    @classmethod
    def _one_a_camera(cls, videos: tuple[Video, ...]) -> tuple[Video, ...]:
        if len({video.camera for video in videos}) < len(videos):
            raise ValueError("names one camera twice: give each film a camera of its own")
        return videos

    @property
    def boot(self) -> str:
        return self.boot_id or f"voyage:{self.name}"


def load_voyage(folder: Path) -> Voyage:
    """Read and check a voyage folder; paths in the result are absolute. Raises SettingsError."""
    path = folder / "voyage.toml"
    text = read_text(path)
    try:
        voyage = Voyage.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(str(path), [Mistake("the file", "", f"is not TOML: {error}")]) from None
    except ValidationError as error:
        mistakes = [
            Mistake(".".join(map(str, item["loc"])), repr(item["input"])[:60], item["msg"])
            for item in error.errors()
        ]
        raise SettingsError(str(path), mistakes) from None
    voyage = voyage.model_copy(
        update={
            "start_utc": voyage.start_utc.replace(tzinfo=voyage.start_utc.tzinfo or UTC),
            "config": folder / voyage.config,
            "nmea": None if voyage.nmea is None else folder / voyage.nmea,
            "video": tuple(video.model_copy(update={"file": folder / video.file}) for video in voyage.video),
        }
    )
    recorded = (folder / READINGS).exists()
    mistakes = []
    if voyage.nmea is None and not recorded:
        mistakes.append(Mistake("nmea", "", f"there is neither an NMEA log nor {READINGS}", "name the log"))
    if voyage.nmea is not None and not recorded and not voyage.nmea.is_file():
        mistakes.append(Mistake("nmea", str(voyage.nmea), "does not exist"))
    if not recorded:
        mistakes += [
            Mistake("video.file", str(video.file), "does not exist")
            for video in voyage.video
            if not video.file.is_file()
        ]
    if mistakes:
        raise SettingsError(str(path), mistakes)
    return voyage


class Recorder:
    """Writes what the core saw into a voyage folder, line by line, flushed every so many readings.

    A recording is for people and bug reports, not for court: it is no part of the chain, and a power cut
    may cost its last lines.
    """

    def __init__(
        self, folder: Path, settings: Settings, *, boot_id: str, start_utc: datetime, synthetic: bool
    ) -> None:
        if (folder / READINGS).exists():
            raise SettingsError(str(folder), [Mistake(READINGS, "", "exists already", "choose a new folder")])
        self._folder = folder
        durable.make_folder(folder)
        table, copies = _portable(settings)
        for name, file in copies.items():
            durable.make_folder((folder / name).parent)
            durable.write_file(folder / name, file.read_bytes())
        voyage = {
            "format": "sandwatch-voyage/1",
            "name": "".join(c if c.isascii() and c.isalnum() else "-" for c in folder.resolve().name.lower())[
                :32
            ],
            "synthetic": synthetic,
            "start_utc": start_utc,
            "boot_id": boot_id,
            "note": "made by sandwatch record",
        }
        durable.write_file(folder / "voyage.toml", tomli_w.dumps(voyage).encode())
        durable.write_file(folder / "agent.toml", tomli_w.dumps(table).encode())
        self._file = (folder / READINGS).open("w", encoding="utf-8")

    def write(self, reading: Reading, evidence_root: Path) -> None:
        """Append one reading; files named by a `Sealed` are copied beside the recording."""
        if isinstance(reading, Sealed):
            for file in reading.files:
                copy_evidence(file, evidence_root, self._folder / "evidence")
        self._file.write(json.dumps(wire.reading_to_json(reading), ensure_ascii=False) + "\n")

    def close(self) -> None:
        """Make the recording durable."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        durable.sync_folder(self._folder)


def _portable(settings: Settings) -> tuple[dict[str, object], dict[str, Path]]:
    """The settings as they stand in a recording, and the files they then name: what the rules saw, no more."""
    table = settings.model_dump(mode="json", exclude_none=True, exclude={"station", "evidence"})
    table["device"] = {"id": settings.device.id}
    copies: dict[str, Path] = {}

    def named(folder: str, files: tuple[Path, ...]) -> list[str]:
        names = {f"{folder}/{number}{file.suffix}": file for number, file in enumerate(files, start=1)}
        copies.update(names)
        return list(names)

    table["licences"] = {
        "files": named("licences", settings.licences.files),
        "neighbours": named("neighbours", settings.licences.neighbours),
    }
    table["places"] = {"files": named("places", settings.places.files)}
    table["rules"] = {"files": named("rules", settings.rules.files)}
    table["water_levels"] = {"files": named("water_levels", settings.water_levels.files)}
    return table, copies


def recorded_readings(path: Path) -> Iterator[Reading]:
    """The readings of a recording, in order. A torn last line ends it; any other bad line is an error."""
    with path.open(encoding="utf-8") as lines:
        for number, line in enumerate(lines, start=1):
            if not line.endswith("\n"):
                return
            try:
                yield wire.reading_from_json(json.loads(line))
            except (ValueError, ChainError) as error:
                raise SettingsError(str(path), [Mistake(f"line {number}", line[:40], str(error))]) from None


def copy_evidence(file: EvidenceFile, source: Path, target: Path) -> bool:
    """Copy an evidence file between two evidence folders; False where the source does not have it."""
    here = durable.evidence_path(source, file.sha256, file.media_type)
    there = durable.evidence_path(target, file.sha256, file.media_type)
    if there.exists():
        return True
    if not here.exists():
        return False
    durable.make_folder(there.parent)
    durable.write_file(there, here.read_bytes())
    return True
