"""The only place that joins agent, hw and models: a plan in, a running box out."""

import importlib.metadata
import logging
import socket
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event as Flag
from typing import TYPE_CHECKING

from agent import durable
from agent.errors import ChainError, Mistake, SettingsError
from agent.event import wire
from agent.event.chain import Chain, public_key
from agent.eyes.child import serve
from agent.eyes.worker import EyesProcess
from agent.outbox.retention import retire
from agent.outbox.shore_http import HttpShore
from agent.outbox.store import Store
from agent.outbox.upload import Uploader
from agent.outbox.view import Counts
from agent.ports import Clock, Detector
from agent.run import identity, live
from agent.run.core import Core, Listener, Sight
from agent.run.inbox import Inbox
from agent.run.journey import Journey
from agent.run.log import start_logging
from agent.run.plan import Plan, load_plan, named_model
from agent.run.replay import merged, paced, with_ticks
from agent.run.settings import Camera, Evidence, Settings, read_text
from agent.run.settings import Detector as DetectorTable
from agent.run.voyage import Recorder, copy_evidence, recorded_readings
from agent.types import Frame, Json, Origin, Reading, Sealed, SourceState, Stamp, Step
from agent.watch import Watch, WatchSettings
from hw.clock import SystemClock
from hw.gnss import GnssSource
from hw.gnss_log import GnssLog
from hw.gnss_sim import sentences
from hw.gnss_sim_script import Script
from hw.nmea_counters import Counters
from models.manifest import Manifest, read_model

if TYPE_CHECKING:
    from agent.eyes.eyes import Eyes as InlineEyes
    from agent.run.pictures import Sighting

log = logging.getLogger(__name__)

FIRST_LOOK_S = 1.0
MB = 1 << 20
RETIRE_EVERY_S = 600.0
JOIN_S = 5.0


@dataclass(frozen=True, slots=True)
class Loaded:
    """The detector of a run. A replay of a recording knows its digest alone: its looks are in the readings."""

    sha256: str
    file: Path | None = None
    manifest: Manifest | None = None

    def __str__(self) -> str:
        card = self.manifest
        if card is None:
            return f"sha256 {self.sha256}"
        return (
            f"{card.name}, sha256 {self.sha256[:12]}, {card.input_width_px} x {card.input_height_px} px, "
            f"{len(card.labels)} labels; started from {card.started_from}; saw {card.seen}"
        )

    def to_json(self) -> Json:
        card = {} if self.manifest is None else self.manifest.to_json()
        return {"sha256": self.sha256, **card}


def version() -> str:
    """The version of the installed distribution."""
    return importlib.metadata.version("hau-sandwatch")


def watch_settings(plan: Plan, sight: Loaded | None = None, *, cameras: bool = True) -> WatchSettings:
    """The thresholds and terms of a plan; `sight` is the detector that looks at its cameras."""
    names = tuple(camera.name for camera in plan.settings.camera) if cameras else ()
    model_hash = sight.sha256 if cameras and sight is not None else None
    return WatchSettings(terms=plan.terms(), cameras=names, model_hash=model_hash)


def config_body(plan: Plan, origin: Origin, sight: Loaded | None = None) -> dict[str, Json]:
    """The body of `config.applied`: by what the events that follow were judged, licences in full."""
    vessel = plan.settings.own_vessel
    return {
        "version": version(),
        "origin": wire.to_json(origin),
        "own_vessel": {
            "kind": vessel.kind,
            "name": vessel.name,
            "hull_number": vessel.hull_number,
            "has_gear": vessel.has_gear,
        },
        "licences": [wire.to_json(licence.feature) for licence in plan.licences],
        "licence_sha256": [licence.sha256 for licence in plan.licences],
        "mooring_places": [wire.to_json(place.model_dump()) for place in plan.settings.mooring_place],
        "cameras": [camera.name for camera in plan.settings.camera],
        "detector": None if sight is None else sight.to_json(),
    }


@dataclass(frozen=True, slots=True)
class Upload:
    """Where to deliver to, and whether a run lasts until everything is delivered."""

    url: str
    station_key: str
    until_delivered: bool = False


def choose_upload(
    plan: Plan, url: str | None, station_key: str | None, *, until_delivered: bool
) -> Upload | None:
    """The station named on the command line, else the config's, else none. Raises SettingsError."""
    held = plan.settings.station
    if url is None and held is not None:
        url, station_key = held.url, station_key or held.public_key
    if url is None:
        if until_delivered:
            problem = Mistake(
                "--until-delivered",
                "",
                "there is no station to deliver to",
                "give --station and --station-key, or [station] in the config",
            )
            raise SettingsError("command line", [problem])
        return None
    if station_key is None:
        raise SettingsError(
            "command line",
            [Mistake("--station-key", "", "is missing", "`sandwatch-station enrol` prints it")],
        )
    try:
        public_key(station_key)
    except ChainError as error:
        raise SettingsError("command line", [Mistake("--station-key", station_key, str(error))]) from None
    return Upload(url, station_key, until_delivered)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended."""

    readings: int
    resumed_at: int
    counts: Counts


# ── detector ──────────────────────────────────────────────────────────────────────────────────────────


def choose_detector(plan: Plan, *, recorded: bool = False) -> Loaded | None:
    """The detector the config names, read and checked by its header. Raises SettingsError.

    `recorded`: the looks are in a recording, so the file need not be here.
    """
    named = plan.settings.detector
    if named is None:
        return None
    if named.model is None:
        if named.sha256 is not None and recorded:
            return Loaded(named.sha256)
        problem = Mistake(
            "detector.model", "", "is missing", "the digest alone is enough for a recording only"
        )
        raise SettingsError(str(plan.file), [problem])
    model = read_model(named.model)
    if named.sha256 not in (None, model.sha256):
        problem = Mistake("detector.sha256", str(named.sha256), f"{named.model} has {model.sha256}")
        raise SettingsError(str(plan.file), [problem])
    return Loaded(model.sha256, model.file, model.manifest)


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
        mistakes += [replace(item, where=where + item.where) for item in error.mistakes]
    if plan is None or mistakes:
        raise SettingsError(str(config), mistakes)
    return plan, sight


def open_detector(model: Path) -> Detector:
    """The detector in a model file, ready to look; raises SettingsError. Loads OpenCV and the runtime."""
    from models.detect_onnx import OnnxDetector

    return OnnxDetector(model)


def detect(
    paths: Sequence[Path], model: Path | None, *, every_s: float = 1.0, draw: Path | None = None
) -> Iterator["Sighting"]:
    """What a detector sees in pictures, folders and clips; a clip is looked at each `every_s` seconds.

    Raises SettingsError before the first look where a path or the model is wrong.
    """
    if model is None:
        problem = Mistake("--model", "", "no detector is shipped yet", "give one with --model FILE")
        raise SettingsError("command line", [problem])
    from agent.eyes.schedule import Schedule
    from agent.run.pictures import find, look
    from hw.camera_stamps import RecordedStamps
    from hw.camera_stream import VideoSource

    def open_clip(file: Path) -> Iterator[Frame | SourceState]:
        return iter(VideoSource(str(file), file.name, Schedule(every_s), RecordedStamps(0)))

    return look(find(paths), open_detector(model), open_clip, draw)


# ── eyes ──────────────────────────────────────────────────────────────────────────────────────────────


def make_eyes(
    camera: Camera,
    evidence: Evidence,
    evidence_root: Path,
    start_mono_ns: int | None,
    model: Path | None = None,
) -> "InlineEyes":
    """Camera, ring and detector; `start_mono_ns` is the stamp of a film's first frame, None live.

    OpenCV and PyAV are imported here and not above: the core of a live run must never load them.
    """
    from agent.eyes.eyes import Eyes
    from agent.eyes.ring import Ring
    from agent.eyes.schedule import Schedule
    from hw.camera_stamps import ArrivalStamps, RecordedStamps
    from hw.camera_stream import VideoSource

    stamps = ArrivalStamps(SystemClock()) if start_mono_ns is None else RecordedStamps(start_mono_ns)
    source = VideoSource(camera.url, camera.name, Schedule(FIRST_LOOK_S), stamps)
    detector = None if model is None else open_detector(model)
    return Eyes(source, detector, Ring(evidence.ring_s, evidence.ring_mb * MB), evidence_root)


def eyes_main(
    link: socket.socket,
    camera: Camera,
    evidence: Evidence,
    evidence_root: Path,
    model: Path | None = None,
) -> None:
    """The main of the eyes' own process."""
    start_logging()
    serve(link, make_eyes(camera, evidence, evidence_root, None, model))


# ── upload ────────────────────────────────────────────────────────────────────────────────────────────


def start_upload(
    plan: Plan, upload: Upload, store: Store, state_dir: Path, clock: Clock, stack: ExitStack
) -> None:
    """Deliver in a thread of its own until the stack is left; the store outlives the thread."""
    device = plan.settings.device.id
    shore = HttpShore(upload.url, device, identity.device_key(state_dir), clock)
    uploader = Uploader(store, shore, public_key(upload.station_key), device)
    stop = Flag()
    thread = live.start("upload", lambda: uploader.run(stop))
    stack.callback(thread.join, JOIN_S)
    stack.callback(stop.set)


def wait_until_delivered(store: Store, stop: Flag, say: Callable[[Counts], None]) -> None:
    """Until the station holds everything, or `stop`; `say` is told the counts when they change."""
    told: Counts | None = None
    while not stop.is_set():
        counts = store.counts()
        if counts != told:
            say(counts)
            told = counts
        if counts.pending_records == 0 and counts.pending_evidence == 0:
            return
        stop.wait(0.2)


# ── replay ────────────────────────────────────────────────────────────────────────────────────────────


def replay(
    journey: Journey,
    plan: Plan,
    state_dir: Path,
    *,
    upload: Upload | None = None,
    speed: float | None = None,
    stop: Flag | None = None,
    listeners: tuple[Listener, ...] = (),
    say: Callable[[Counts], None] = lambda _: None,
) -> Outcome:
    """Run a journey through the watch into the store of `state_dir`; goes on where an earlier run stopped.

    Raises StoreError if the store holds something else than this journey, or the disk refuses.
    """
    stop = stop or Flag()
    clock = SystemClock()
    device = plan.settings.device.id
    detector = choose_detector(plan, recorded=journey.readings is not None)
    with ExitStack() as stack:
        store = stack.enter_context(Store.open(state_dir, device))
        key = identity.device_key(state_dir)
        readings, sight = _journey_readings(journey, plan, store.evidence_root, stack, detector)
        settings = watch_settings(plan, detector, cameras=_has_pictures(journey))
        watch = Watch(settings, journey.boot_id, journey.origin)
        core = Core(watch, Chain(device, journey.boot_id, key, store.head()), store, sight, listeners)
        done = core.follow_store(journey.boot_id)
        core.apply_config(watch.stamp, config_body(plan, journey.origin, detector))
        if upload is not None:
            start_upload(plan, upload, store, state_dir, clock, stack)
        taken = 0
        for reading in readings if speed is None else paced(readings, speed, stop, done):
            if stop.is_set():
                break
            core.take(reading)
            taken += 1
        if taken > done:
            core.commit()
        retire(store, plan.settings.evidence.keep_acknowledged_mb * MB)
        if upload is not None and upload.until_delivered:
            wait_until_delivered(store, stop, say)
        return Outcome(taken, done, store.counts())


def _has_pictures(journey: Journey) -> bool:
    return journey.video is not None or journey.readings is not None


def _journey_readings(
    journey: Journey, plan: Plan, evidence_root: Path, stack: ExitStack, detector: Loaded | None
) -> tuple[Iterator[Reading], Sight | None]:
    if journey.readings is not None:
        return _recorded(journey.readings, journey.evidence, evidence_root), None
    sources: list[Iterator[Reading]] = []
    sight = None
    if journey.nmea is not None:
        sources.append(iter(GnssLog(journey.nmea, start=journey.start_utc, voyage_start=journey.start_utc)))
    if journey.video is not None:
        start_ns = int(timedelta(seconds=journey.video.offset_s) / timedelta(microseconds=1)) * 1000
        camera = Camera(name=journey.video.camera, url=str(journey.video.file))
        model = None if detector is None else detector.file
        sight = make_eyes(camera, plan.settings.evidence, evidence_root, start_ns, model)
        stack.callback(sight.close)
        sources.append(iter(sight))
    return with_ticks(merged(sources)), sight


def _recorded(path: Path, files: Path | None, evidence_root: Path) -> Iterator[Reading]:
    """A recording's readings; the pictures its `Sealed` readings name come into this store's evidence."""
    durable.make_folder(evidence_root)
    for reading in recorded_readings(path):
        if isinstance(reading, Sealed) and files is not None:
            there = tuple(file for file in reading.files if copy_evidence(file, files, evidence_root))
            lost = len(reading.files) - len(there)
            problem = f"{lost} picture(s) are not in the recording" if lost else reading.problem
            yield replace(reading, files=there, problem=problem)
        else:
            yield reading


# ── live ──────────────────────────────────────────────────────────────────────────────────────────────


def run_live(
    plan: Plan,
    state_dir: Path,
    stop: Flag,
    *,
    upload: Upload | None = None,
    record: Path | None = None,
    listeners: tuple[Listener, ...] = (),
) -> Outcome:
    """Watch until `stop`. Raises StoreError where the store cannot be opened; afterwards nothing ends it."""
    clock = SystemClock()
    device = plan.settings.device.id
    boot_id = identity.boot_id()
    origin = Origin("live")
    detector = choose_detector(plan)
    with ExitStack() as stack:
        store = stack.enter_context(Store.open(state_dir, device))
        key = identity.device_key(state_dir)
        inbox = Inbox()
        sight = _start_sources(plan, store, inbox, clock, stop, stack, detector)
        if record is not None:
            utc, _ = clock.utc()
            start_utc = utc or datetime.fromisoformat("1970-01-01T00:00:00+00:00")
            settings = _as_recorded(plan.settings, detector)
            recorder = Recorder(record, settings, boot_id=boot_id, start_utc=start_utc, synthetic=False)
            stack.callback(recorder.close)
            listeners = (*listeners, _recording(recorder, store.evidence_root))
        watch = Watch(watch_settings(plan, detector), boot_id, origin)
        core = Core(watch, Chain(device, boot_id, key, store.head()), store, sight, listeners)
        before = core.last_stamp()
        core.restore()
        core.apply_config(Stamp(clock.mono_ns(), *clock.utc()), config_body(plan, origin, detector))
        if before is not None:
            core.follow(watch.resume(clock.mono_ns(), before[1]))
        if upload is not None:
            start_upload(plan, upload, store, state_dir, clock, stack)
        budget = plan.settings.evidence.keep_acknowledged_mb * MB
        live.start("retire", lambda: live.every(RETIRE_EVERY_S, stop, lambda: retire(store, budget)))
        loop = live.Loop(core, inbox, clock)
        loop.run(stop)
        if inbox.dropped:
            log.warning("readings dropped: %s", dict(inbox.dropped))
        return Outcome(sum(loop.counts.values()), 0, store.counts())


def _as_recorded(settings: Settings, detector: Loaded | None) -> Settings:
    """A recording names its model by the digest: the file is larger than all the rest of it."""
    if detector is None:
        return settings
    return settings.model_copy(update={"detector": DetectorTable(sha256=detector.sha256)})


def _start_sources(
    plan: Plan,
    store: Store,
    inbox: Inbox,
    clock: Clock,
    stop: Flag,
    stack: ExitStack,
    detector: Loaded | None,
) -> Sight | None:
    settings = plan.settings
    if settings.gnss is not None:
        gnss = GnssSource(settings.gnss.source, clock=clock, baud=settings.gnss.baud)
        stack.callback(gnss.close)
        live.start("gnss", lambda: live.pump("gnss", gnss, inbox, clock, stop))
    if not settings.camera:
        return None
    main = partial(
        eyes_main,
        camera=settings.camera[0],
        evidence=settings.evidence,
        evidence_root=store.evidence_root,
        model=None if detector is None else detector.file,
    )
    eyes = EyesProcess(main, clock)
    stack.callback(eyes.close)
    live.start("eyes", lambda: live.pump("eyes", eyes, inbox, clock, stop))
    return eyes


def _recording(recorder: Recorder, evidence_root: Path) -> Listener:
    def write(reading: Reading, step: Step) -> None:
        del step
        recorder.write(reading, evidence_root)

    return write


# ── fixes ─────────────────────────────────────────────────────────────────────────────────────────────


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


# ── voyages ───────────────────────────────────────────────────────────────────────────────────────────


def make_voyage_log(script: Path, output: Path) -> int:
    """Write the NMEA log of a script; returns the number of sentences. Raises SettingsError."""
    track = Script.from_toml(read_text(script), str(script))
    count = 0

    def lines() -> Iterator[bytes]:
        nonlocal count
        for _, line in sentences(track):
            count += 1
            yield line

    durable.write_file(output, lines(), mode=0o644)
    return count
