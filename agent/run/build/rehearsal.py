"""A clip through the eyes and the activity stages, without position, licence or store: to be scored against a tally."""

import csv
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.activity.gear import Counted
from agent.activity.recogniser import Recogniser, RecogniserSettings
from agent.activity.views import View, Views
from agent.errors import Mistake, SettingsError
from agent.position.track import Motion
from agent.run.build.sight import open_detector
from agent.types import ActivityKind, Fix, FixQuality, Frame

LOOK_S = 0.25
LAIN_S = 3600.0  # the clip has no positions: she is taken to lie where she has lain


@dataclass(slots=True)
class Watched:
    """What the stages made of a clip; seconds from its start."""

    counted: list[Counted] = field(default_factory=list)
    activity_s: Counter[str] = field(default_factory=Counter)
    at: list[tuple[float, ActivityKind]] = field(default_factory=list)
    looks: int = 0
    length_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Truth:
    """A person's tally: when each cycle ended, and what she did from when to when."""

    cycles_s: tuple[float, ...]
    spells: tuple[tuple[float, float, str], ...]

    def at(self, moment_s: float) -> str | None:
        return next((what for start, end, what in self.spells if start <= moment_s < end), None)


def watch_clip(clip: Path, view: View, model: Path | None, *, look_s: float = LOOK_S) -> Watched:
    """Raises SettingsError where the clip or the model cannot be read, or nothing could count in it."""
    from agent.eyes.observe import observe
    from agent.eyes.schedule import Schedule
    from agent.eyes.stir import Stir
    from hw.camera_stamps import RecordedStamps
    from hw.camera_stream import VideoSource

    if not clip.is_file():
        raise SettingsError("command line", [Mistake("CLIP", str(clip), "is no file")])
    if model is None and view.region is None:
        problem = Mistake(
            "--config", "", "names neither a detector nor a machine_region", "nothing can count then"
        )
        raise SettingsError("command line", [problem])
    detector = None if model is None else open_detector(model)
    views = Views((view,), detector=detector is not None)
    recogniser = Recogniser(RecogniserSettings(sees_gear=True))
    stir = Stir(view.region, on_own_hull=view.mount == "own_gear")
    lying = Motion(Fix(0, None, 0.0, 0.0, FixQuality.GNSS), 0.0, LAIN_S, 0.0, 0.0)
    made = Watched()
    source = VideoSource(str(clip), view.camera, Schedule(look_s), RecordedStamps(0))
    for item in source:
        if not isinstance(item, Frame):
            continue
        seen = observe(item, detector, stir)
        made.counted += views.step(seen)
        activity = recogniser.step(lying, seen.mono_ns, views.evidence(seen.mono_ns), views.blind())
        at_s = seen.mono_ns / 1e9
        made.activity_s[activity.kind.value] += 1
        made.at.append((at_s, activity.kind))
        made.looks += 1
        made.length_s = at_s
    source.close()
    return made


def read_truth(file: Path) -> Truth:
    """`from_s,to_s,what`, a line a cycle (what = cycle) or a spell (what = an activity). Raises SettingsError."""
    mistakes, cycles, spells = [], [], []
    try:
        with file.open(encoding="utf-8-sig", newline="") as lines:
            rows: list[dict[str, Any]] = list(csv.DictReader(lines))
    except OSError as error:
        raise SettingsError(
            str(file), [Mistake("the file", "", f"cannot be read: {error.strerror}")]
        ) from None
    if not rows or not {"from_s", "to_s", "what"} <= set(rows[0]):
        raise SettingsError(
            str(file), [Mistake("the first line", "", "does not name the columns", "from_s,to_s,what")]
        )
    kinds = {"cycle", "working", *(kind.value for kind in ActivityKind)}
    for number, row in enumerate(rows, start=2):
        try:
            start, end = float(row["from_s"]), float(row["to_s"])
        except (TypeError, ValueError):
            mistakes.append(Mistake(f"line {number}", f"{row['from_s']},{row['to_s']}", "are no seconds"))
            continue
        if row["what"] not in kinds:
            mistakes.append(
                Mistake(f"line {number}", str(row["what"]), "is unknown", ", ".join(sorted(kinds)))
            )
        elif row["what"] == "cycle":
            cycles.append(end)
        else:
            spells.append((start, end, "machine_working" if row["what"] == "working" else row["what"]))
    if mistakes:
        raise SettingsError(str(file), mistakes)
    return Truth(tuple(cycles), tuple(spells))
