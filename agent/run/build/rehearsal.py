"""A clip through the eyes and the activity stages, without position, licence or store: to be scored against a tally."""

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from agent.activity.gear import JET_SHARE, Counted, GearEvidence
from agent.activity.recogniser import Recogniser, RecogniserSettings
from agent.activity.views import View, Views
from agent.errors import Mistake, SettingsError
from agent.position.track import Motion
from agent.run.build.sight import open_detector
from agent.types import Activity, ActivityKind, Fix, FixQuality, Frame, Observation

LOOK_S = 0.5  # as the eyes look while gear is out
LAIN_S = 3600.0  # the clip has no positions: she is taken to lie where she has lain
STALE_PERIODS = (
    2.2  # as `agent.licence.production` has it: so long without a cycle, and work passes not counted
)
AT_WORK = frozenset({ActivityKind.MACHINE_WORKING, ActivityKind.DREDGING})


@dataclass(frozen=True, slots=True)
class Said:
    """What the filter said at one look; `confidence` is None where position alone spoke."""

    at_s: float
    kind: ActivityKind
    confidence: float | None


@dataclass(slots=True)
class Watched:
    """What the stages made of a clip; seconds from its start."""

    counted: list[Counted] = field(default_factory=list)
    said: list[Said] = field(default_factory=list)
    length_s: float = 0.0
    work_s: float = 0.0
    not_counted_s: float = 0.0  # of `work_s`

    def take(self, seen: Observation, activity: Activity, gear: GearEvidence | None) -> None:
        """One look and what was made of it."""
        at_s = seen.mono_ns / 1e9
        passed_s, self.length_s = at_s - self.length_s, at_s
        self.said.append(Said(at_s, activity.kind, activity.confidence))
        if activity.kind in AT_WORK:
            self.work_s += passed_s
            last_s = self.counted[-1].mono_ns / 1e9 if self.counted else at_s
            usual_s = 60.0 if gear is None or gear.period_s is None else gear.period_s
            pumps = gear is not None and gear.jet_share >= JET_SHARE
            self.not_counted_s += passed_s if not pumps and at_s - last_s > STALE_PERIODS * usual_s else 0.0


@dataclass(frozen=True, slots=True)
class Truth:
    """A person's tally: when each cycle ended, and what she did from when to when."""

    cycles_s: tuple[float, ...]
    spells: tuple[tuple[float, float, str], ...]

    def at(self, moment_s: float) -> str | None:
        return next((what for start, end, what in self.spells if start <= moment_s < end), None)


def watch_clip(clip: Path, view: View, model: Path | None, *, look_s: float = LOOK_S) -> Watched:
    """Raises SettingsError where the clip or the model cannot be read, or nothing could count in it."""
    if model is None and view.region is None:
        problem = Mistake(
            "--config", "", "names neither a detector nor a machine_region", "nothing can count then"
        )
        raise SettingsError("command line", [problem])
    return judge(look_at(clip, view, model, look_s=look_s), view, detector=model is not None)


def look_at(clip: Path, view: View, model: Path | None, *, look_s: float = LOOK_S) -> Iterator[Observation]:
    """What the eyes say of each look at the clip."""
    from agent.eyes.observe import observe
    from agent.eyes.schedule import Schedule
    from agent.eyes.stir import Stir
    from hw.camera_stamps import RecordedStamps
    from hw.camera_stream import VideoSource

    if not clip.is_file():
        raise SettingsError("command line", [Mistake("CLIP", str(clip), "is no file")])
    detector = None if model is None else open_detector(model)
    stir = Stir(view.region, on_own_hull=view.mount == "own_gear")
    source = VideoSource(str(clip), view.camera, Schedule(look_s), RecordedStamps(0))
    try:
        for item in source:
            if isinstance(item, Frame):
                yield observe(item, detector, stir)
    finally:
        source.close()


def judge(looks: Iterable[Observation], view: View, *, detector: bool, fitted: bool = True) -> Watched:
    """What the activity stages make of looks in order; not `fitted`: with the filter's own probabilities."""
    views = Views((view,), detector=detector)
    recogniser = Recogniser(RecogniserSettings(sees_gear=True, fitted=fitted))
    lying = Motion(Fix(0, None, 0.0, 0.0, FixQuality.GNSS), 0.0, LAIN_S, 0.0, 0.0)
    made = Watched()
    for seen in looks:
        made.counted += views.step(seen)
        gear = views.evidence(seen.mono_ns)
        made.take(seen, recogniser.step(lying, seen.mono_ns, gear, views.blind()), gear)
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
