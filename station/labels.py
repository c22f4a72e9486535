"""Pictures that people ruled on, as a set to train on: YOLO form, as `models.training.prepare --real` reads it.

    DIR/labelled/classes.txt            the names, in order
    DIR/labelled/DEVICE/DAY/*.jpg .txt  pictures of which a person confirmed what was seen: the detector's boxes stand
    DIR/to-label/DEVICE/DAY/*.jpg       pictures in which the detector was doubted: a person has to draw the boxes anew
    DIR/rulings.csv                     every picture with its event, ruling, reason and who ruled

A ruling says what a person thought of an event, not that each box is right: `labelled` are those confirmed *by the picture*, so
the boxes are the detector's own, looked at by a person. Nothing is guessed of the others.
"""

import csv
import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import sqlalchemy as sa

from agent.errors import SandwatchError
from agent.event import wire
from agent.types import EvidenceFile
from station import review, tables
from station.ruling import Act, Ruling, State, standing
from station.spool import Spool
from station.words import LOCAL, moment_of

BY_THE_PICTURE: Final = frozenset({"seen", "seen_and_measured"})
RULED: Final = (State.CONFIRMED, State.NO_BREACH, State.FALSE_ALARM)
HEADINGS: Final = (
    "picture", "set", "device", "event", "synthetic", "ruling", "reason", "ruled_by", "ruled_utc", "model",
)  # fmt: skip


class LabelError(SandwatchError):
    """The set cannot be written; the message says why."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What was written."""

    labelled: int
    to_label: int
    not_here: int  # pictures named by a record and not held yet


@dataclass(frozen=True, slots=True)
class _Picture:
    device: str
    event_id: str
    synthetic: bool
    day: str
    file: EvidenceFile
    ruled: Act

    @property
    def labelled(self) -> bool:
        return self.ruled.ruling is Ruling.CONFIRMED and self.ruled.reason in BY_THE_PICTURE

    @property
    def place(self) -> Path:
        return Path(self.device) / self.day / f"{self.file.sha256}.jpg"


def export_labels(connection: sa.Connection, spool: Spool, folder: Path) -> Counts:
    """Write the set into a new folder. Raises LabelError where there is one, or nothing to write."""
    if folder.exists():
        raise LabelError(f"{folder} is there already: name a new folder")
    pictures = list(_pictures(connection))
    here = [picture for picture in pictures if spool.path(picture.file.sha256).is_file()]
    if not here:
        raise LabelError(
            "no picture held here belongs to an event that was ruled on and was looked at by a detector"
        )
    names = sorted({box.label for picture in here for box in picture.file.detections or ()})
    for picture in here:
        path = folder / ("labelled" if picture.labelled else "to-label") / picture.place
        path.parent.mkdir(parents=True, exist_ok=True)
        _put(spool.path(picture.file.sha256), path)
        if picture.labelled:
            path.with_suffix(".txt").write_text(_yolo(picture.file, names), encoding="ascii")
    labelled = sum(picture.labelled for picture in here)
    if labelled:
        text = "".join(name + "\n" for name in names)
        (folder / "labelled" / "classes.txt").write_text(text, encoding="utf-8")
    _write_rulings(folder / "rulings.csv", here)
    return Counts(labelled, len(here) - labelled, len(pictures) - len(here))


def _pictures(connection: sa.Connection) -> Iterator[_Picture]:
    """Each still once, with the ruling that stands on its event; the first event that names it."""
    told: set[str] = set()
    event, state = tables.events.c, tables.reviews.c
    rows = connection.execute(
        sa.select(event.device, event.event_id, event.body, event.order_utc, state.lightness)
        .join_from(
            tables.events,
            tables.reviews,
            (state.device == event.device) & (state.event_id == event.event_id),
        )
        .where(state.state.in_([each.value for each in RULED]))
        .order_by(event.order_utc, event.device, event.event_id)
    ).all()
    for row in rows:
        body = wire.event_from_body(json.loads(row.body))
        ruled = standing(review.acts_of(connection, row.device, row.event_id), 0).ruled
        moment = moment_of(row.order_utc)
        if ruled is None or moment is None:
            continue
        day = moment.astimezone(LOCAL).date().isoformat()
        for file in body.evidence:
            wanted = file.kind == "still" and file.detections is not None and file.sha256 not in told
            if wanted and wire.DIGEST.fullmatch(file.sha256):
                told.add(file.sha256)
                yield _Picture(row.device, row.event_id, body.origin.synthetic, day, file, ruled)


def _yolo(file: EvidenceFile, names: list[str]) -> str:
    """A line a box: class, middle and size as parts of the picture; what lies beyond its edge is cut off."""
    lines = []
    for box in file.detections or ():
        x0, x1 = (min(max(value / file.width_px, 0.0), 1.0) for value in (box.x0, box.x1))
        y0, y1 = (min(max(value / file.height_px, 0.0), 1.0) for value in (box.y0, box.y1))
        if x1 > x0 and y1 > y0:
            middle = f"{(x0 + x1) / 2:.6f} {(y0 + y1) / 2:.6f}"
            lines.append(f"{names.index(box.label)} {middle} {x1 - x0:.6f} {y1 - y0:.6f}\n")
    return "".join(lines)


def _put(source: Path, path: Path) -> None:
    try:
        os.link(source, path)
    except OSError:  # another disk
        shutil.copyfile(source, path)


def _write_rulings(path: Path, pictures: list[_Picture]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(HEADINGS)
        for picture in pictures:
            ruled = picture.ruled
            writer.writerow(
                [
                    picture.place.as_posix(),
                    "labelled" if picture.labelled else "to-label",
                    picture.device,
                    picture.event_id,
                    int(picture.synthetic),
                    ruled.ruling,
                    ruled.reason,
                    ruled.name,
                    ruled.utc,
                    picture.file.model_hash,
                ]
            )
