"""What a technician does beside a run: check a config, try a detector or a receiver, make a voyage."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from agent import durable
from agent.errors import Mistake, SettingsError
from agent.run.build.sight import Loaded, choose_detector, open_detector
from agent.run.plan import Plan, load_plan, named_model
from agent.run.settings import read_text
from agent.types import Frame, Reading, SourceState
from hw.clock import SystemClock
from hw.gnss import GnssSource
from hw.gnss_log import GnssLog
from hw.nmea_counters import Counters

if TYPE_CHECKING:
    from agent.run.pictures import Sighting


def now() -> datetime | None:
    """The machine's time, None where it never knew any."""
    return SystemClock().utc()[0]


def check(config: Path) -> tuple[Plan, Loaded | None]:
    """Read a config, its licences and its detector, which is tried once; all mistakes together (SettingsError)."""
    mistakes: list[Mistake] = []
    plan = sight = None
    try:
        plan = load_plan(config)
    except SettingsError as error:
        mistakes += error.mistakes
    file = named_model(config)
    try:
        if file is not None:
            open_detector(file)
        if plan is not None:
            sight = choose_detector(plan, recorded=True)
    except SettingsError as error:
        where = "" if error.file == str(config) else f"{Path(error.file).name}: "
        mistakes += [item.within(where) for item in error.mistakes]
    if plan is None or mistakes:
        raise SettingsError(str(config), mistakes)
    return plan, sight


def detect(
    paths: Sequence[Path],
    model: Path,
    *,
    every_s: float = 1.0,
    draw: Path | None = None,
    region: tuple[tuple[float, float], ...] | None = None,
) -> Iterator["Sighting"]:
    """What a detector sees in pictures, folders and clips; a clip is looked at each `every_s` seconds.

    Raises SettingsError before the first look where a path or the model is wrong.
    """
    from agent.eyes.schedule import Schedule
    from agent.run.pictures import find, look
    from hw.camera_stamps import RecordedStamps
    from hw.camera_stream import VideoSource

    def open_clip(file: Path) -> Iterator[Frame | SourceState]:
        return iter(VideoSource(str(file), file.name, Schedule(every_s), RecordedStamps(0)))

    return look(find(paths), open_detector(model), open_clip, draw, region)


class Fixes:
    """The fixes of a device, socket or log, for `sandwatch fixes`."""

    def __init__(self, source: str, *, baud: int | None, start: datetime | None) -> None:
        path = Path(source.removeprefix("file://"))
        self._source: GnssLog | GnssSource
        if "://" not in source and not path.exists():
            raise SettingsError(
                "command line",
                [Mistake("SOURCE", source, "does not exist", "a device, socket://host:port, or a log file")],
            )
        if path.is_file():
            self._source = GnssLog(path, start=start)
        else:
            self._source = GnssSource(source, clock=SystemClock(), baud=baud)

    def __iter__(self) -> Iterator[Reading]:
        return iter(self._source)

    def close(self) -> None:
        self._source.close()

    @property
    def counters(self) -> Counters:
        return self._source.counters


def make_voyage_log(script: Path, output: Path) -> int:
    """Write the NMEA log of a script; returns the number of sentences. Raises SettingsError."""
    from hw.gnss_sim import sentences
    from hw.gnss_sim_script import Script

    track = Script.from_toml(read_text(script), str(script))
    count = 0

    def lines() -> Iterator[bytes]:
        nonlocal count
        for _, line in sentences(track):
            count += 1
            yield line

    durable.write_file(output, lines(), mode=0o644)
    return count
