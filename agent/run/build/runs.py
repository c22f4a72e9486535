"""The two ways to run: a journey through the watch into a store, or live until told to stop."""

import importlib.metadata
import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from threading import Event as Flag
from typing import TYPE_CHECKING

from agent import durable
from agent.activity.views import View
from agent.card import guard
from agent.event import wire
from agent.event.chain import Chain
from agent.eyes.worker import EyesProcess
from agent.licence.production import ProductionSettings
from agent.licence.quota import Bucket
from agent.licence.vessels import hull_key
from agent.outbox.retention import Budget, Floor, retire
from agent.outbox.store import Store
from agent.outbox.view import Counts
from agent.ports import Clock, Detector
from agent.run import identity, live
from agent.run.build.eyes import MB, eyes_main, is_folder, make_eyes
from agent.run.build.heartbeat import heartbeat
from agent.run.build.showing import show, signs_of
from agent.run.build.sight import Loaded, choose_detector, open_detector, watched
from agent.run.core import Core, Listener, Sight
from agent.run.delivery import Upload, start_upload, take_carried_receipts, wait_until_delivered
from agent.run.flash.home import Home
from agent.run.inbox import Inbox
from agent.run.journey import Journey
from agent.run.lanes import CORE_S, EYES_S, GNSS_S, UPLOAD_S, Lanes
from agent.run.plan import Plan, trust_of
from agent.run.replay import merged, paced, with_ticks
from agent.run.settings import Camera, Settings
from agent.run.settings import Detector as DetectorTable
from agent.run.statements import Statements, kit_of
from agent.run.voyage import Recorder, Video, copy_evidence, recorded_readings
from agent.run.wear import FSYNCS_A_FILE, Wear
from agent.types import ClockQuality, Json, Origin, Reading, Sealed, Stamp, Step
from agent.watch import Watch, WatchSettings
from hw.clock import WRITTEN, SystemClock
from hw.gnss import GnssSource
from hw.gnss_log import GnssLog
from hw.lines import Line, Lines

if TYPE_CHECKING:
    from agent.eyes.eyes import Eyes

log = logging.getLogger(__name__)

RETIRE_EVERY_S = 600.0
RECEIPTS_EVERY_S = 30.0
STATEMENTS_EVERY_S = 5.0


def version() -> str:
    """The version of the installed distribution."""
    return importlib.metadata.version("hau-sandwatch")


def watch_settings(
    plan: Plan,
    sight: Loaded | None = None,
    *,
    cameras: tuple[str, ...] | None = None,
    earliest: datetime | None = None,
) -> WatchSettings:
    """The thresholds and terms of a plan; `sight` is the detector that looks at its `cameras`, by default all.

    `earliest` is the first date a receiver can rightly give: of a live run, not of somebody's old log.
    """
    seen = (
        plan.settings.camera
        if cameras is None
        else tuple(c for c in plan.settings.camera if c.name in cameras)
    )
    names = tuple(camera.name for camera in seen)
    filmed = tuple(camera.name for camera in seen if camera.clips and not is_folder(camera.url))
    model_hash = sight.sha256 if names and sight is not None else None
    views = tuple(View(c.name, c.mount, c.machine_region, c.bearing_deg, c.wide_deg) for c in seen)
    return WatchSettings(
        terms=plan.terms(),
        cameras=names,
        filmed=filmed,
        views=views,
        production=production_settings(plan),
        model_hash=model_hash,
        kit=kit_of(seen, model_hash),
        installation=plan.installation(),
        place=plan.place(),
        trust=trust_of(plan.settings, earliest),
    )


def production_settings(plan: Plan) -> ProductionSettings:
    """What a bucket of the own vessel takes: by the settings, or by the licence that lists her."""
    own = plan.settings.own_vessel
    listed = [
        row.bucket_m3
        for licence in plan.licences
        for row in licence.vessels
        if hull_key(row.hull_number) == hull_key(own.hull_number) != ""
    ]
    size_m3 = own.bucket_m3 or next(iter(listed), None)
    bucket = None if size_m3 is None else Bucket(size_m3, own.fill, own.fill_error, swell=own.swell)
    return ProductionSettings(own.hull_number, bucket)


def config_body(plan: Plan, origin: Origin, sight: Loaded | None = None) -> dict[str, Json]:
    """The body of `config.applied`: by what the events that follow were judged, licences in full."""
    vessel, installation = plan.settings.own_vessel, plan.settings.installation
    return {
        "version": version(),
        "origin": wire.to_json(origin),
        "own_vessel": {
            "kind": vessel.kind,
            "name": vessel.name,
            "hull_number": vessel.hull_number,
            "has_gear": vessel.has_gear,
        },
        "antenna": wire.to_json(plan.settings.antenna.model_dump()),
        "gear": None if plan.settings.gear is None else wire.to_json(plan.settings.gear.model_dump()),
        "trust": wire.to_json(plan.settings.trust.model_dump()),
        "licences": [wire.to_json(licence.feature) for licence in plan.licences],
        "licence_sha256": [licence.sha256 for licence in plan.licences],
        "neighbours": [[licence.number, licence.sha256] for licence in plan.neighbours],
        "places": [f"{place.kind}: {place.name}" for place in plan.places],
        "rule_sets": wire.to_json(sorted({rule.rule_set for rule in plan.law.rules})),
        "files": wire.to_json(plan.files),
        "installation": None if installation is None else wire.to_json(installation.model_dump(mode="json")),
        "mooring_places": [wire.to_json(place.model_dump()) for place in plan.settings.mooring_place],
        "cameras": [camera.name for camera in plan.settings.camera],
        "masked_cameras": [camera.name for camera in plan.settings.camera if camera.masks],
        "detector": None if sight is None else sight.to_json(),
    }


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a run ended."""

    readings: int
    resumed_at: int
    counts: Counts


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
        key = identity.device_key(state_dir / identity.KEY_FILE, make=store.head().seq == 0)
        readings, sight = _journey_readings(journey, plan, store.evidence_root, stack, detector)
        settings = watch_settings(
            plan,
            detector,
            cameras=_cameras(journey),
            earliest=None if journey.readings is None else WRITTEN,
        )
        watch = Watch(settings, journey.boot_id, journey.origin)
        core = Core(watch, Chain(device, journey.boot_id, key, store.foothold()), store, sight, listeners)
        done = core.follow_store(journey.boot_id)
        core.apply_config(watch.stamp, config_body(plan, journey.origin, detector))
        if upload is not None:
            start_upload(plan, upload, store, key, clock, stack, WRITTEN)
        taken = 0
        for reading in readings if speed is None else paced(readings, speed, stop, done):
            if stop.is_set():
                break
            core.take(reading)
            taken += 1
        if taken > done:
            core.commit()
        retire(store, budget_of(plan.settings))
        if upload is not None and upload.until_delivered:
            wait_until_delivered(store, stop, say)
        return Outcome(taken, done, store.counts())


def _cameras(journey: Journey) -> tuple[str, ...] | None:
    """The cameras that a journey has pictures of; None for all of its config."""
    if journey.readings is not None:
        return None
    return tuple(video.camera for video in journey.videos)


def _journey_readings(
    journey: Journey, plan: Plan, evidence_root: Path, stack: ExitStack, detector: Loaded | None
) -> tuple[Iterator[Reading], Sight | None]:
    if journey.readings is not None:
        return _recorded(journey.readings, journey.evidence, evidence_root), None
    sources: list[Iterator[Reading]] = []
    sight = None
    if journey.nmea is not None:
        sources.append(iter(GnssLog(journey.nmea, start=journey.start_utc, voyage_start=journey.start_utc)))
    if journey.videos:
        from agent.eyes.several import Several

        model = None if detector is None or detector.file is None else open_detector(detector.file)
        sight = Several([_eyes_on(video, plan.settings, evidence_root, model) for video in journey.videos])
        stack.callback(sight.close)
        sources += sight.sources()
    return with_ticks(merged(sources)), sight


def _eyes_on(video: Video, settings: Settings, evidence_root: Path, model: Detector | None) -> "Eyes":
    start_ns = int(timedelta(seconds=video.offset_s) / timedelta(microseconds=1)) * 1000
    camera = _filmed(video, settings.camera)
    return make_eyes(watched(camera, settings.evidence), evidence_root, start_ns, model)


def _filmed(video: Video, cameras: tuple[Camera, ...]) -> Camera:
    """The camera of a film: as its config has it, with the film in the place of the stream."""
    held = next(
        (camera for camera in cameras if camera.name == video.camera), Camera(name=video.camera, url="film")
    )
    return held.model_copy(update={"url": str(video.file), "second_url": None})


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


def run_live(
    plan: Plan,
    state_dir: Path,
    stop: Flag,
    *,
    upload: Upload | None = None,
    record: Path | None = None,
    listeners: tuple[Listener, ...] = (),
    trial: Callable[[Callable[[], int]], Listener] | None = None,
    home: Home | None = None,
) -> Outcome:
    """Watch until `stop`; `home` is that of the bundles, of which panel and station are told. Raises StoreError where the store cannot be opened; afterwards nothing ends it."""
    clock = SystemClock()
    device = plan.settings.device.id
    origin = Origin("live")
    detector = choose_detector(plan)
    with ExitStack() as stack:
        folder = plan.settings.evidence.folder
        store = stack.enter_context(Store.open(state_dir, device, folder))
        if folder is not None:
            store.guard = guard(folder, state_dir)
        key = identity.device_key(
            plan.settings.device.key_file or state_dir / identity.KEY_FILE, make=store.head().seq == 0
        )
        boot_id = identity.boot_id(store.segment())
        inbox, lanes = Inbox(), Lanes(clock)
        sight = _start_sources(plan, store, state_dir, inbox, lanes, clock, stop, stack, detector)
        if folder is not None:
            live.start("card", lambda: live.watch_card(store.guard, inbox, clock, stop))
        if record is not None:
            recorder = _recorder(record, _as_recorded(plan.settings, detector), boot_id, clock)
            stack.callback(recorder.close)
            listeners = (*listeners, _recording(recorder, store.evidence_root))
        trials = () if trial is None else (trial(lambda: store.transactions),)
        listeners = (*listeners, *trials, *_start_panel(plan.settings, lanes, home, state_dir, clock, stop))
        watch = Watch(watch_settings(plan, detector, earliest=WRITTEN), boot_id, origin)
        floor = Floor(plan.settings.evidence.keep_free_mb * MB)
        core = Core(
            watch,
            Chain(device, boot_id, key, store.foothold()),
            store,
            sight,
            listeners,
            floor,
            partial(heartbeat, store, inbox, lanes, sight),
        )
        before = core.last_stamp()
        core.restore()
        core.apply_config(
            Stamp(clock.mono_ns(), *clock.utc()), config_body(plan, origin, detector) | _came_as(home)
        )
        if before is not None:
            core.resume(clock.mono_ns(), before[1])
        else:
            core.take_in_strays(watch.stamp)
        if upload is not None:
            beat = lanes.lane("upload", UPLOAD_S)
            start_upload(
                plan,
                upload,
                store,
                key,
                clock,
                stack,
                WRITTEN,
                beat,
                None if home is None else (state_dir, home.sequences),
            )
        if plan.settings.station is not None:
            pinned = plan.settings.station.key()
            take = partial(take_carried_receipts, store, state_dir, pinned)
            live.start("receipts", lambda: live.every(RECEIPTS_EVERY_S, stop, take))
        _start_hearing(Statements(state_dir, key.public_key(), device), inbox, clock, stop)
        keep = partial(retire, store, budget_of(plan.settings))
        live.start("retire", lambda: live.every(RETIRE_EVERY_S, stop, keep))
        wear = Wear(state_dir)
        live.start("wear", lambda: live.every(RETIRE_EVERY_S, stop, lambda: _note(wear, store, sight, clock)))
        stack.callback(_note, wear, store, sight, clock)
        loop = live.Loop(core, inbox, clock, lanes.lane("core", CORE_S))
        live.tell_systemd(lanes, stop)
        loop.run(stop)
        if inbox.dropped:
            log.warning("readings dropped: %s", dict(inbox.dropped))
        return Outcome(sum(loop.counts.values()), 0, store.counts())


def _came_as(home: Home | None) -> dict[str, Json]:
    """By which bundles a box runs; nothing where its config did not come in one."""
    return {} if home is None else {"bundles": wire.to_json(home.sequences())}


def budget_of(settings: Settings) -> Budget:
    return Budget(settings.evidence.keep_stills_mb * MB, settings.evidence.keep_clips_mb * MB)


def _note(wear: Wear, store: Store, eyes: EyesProcess | None, clock: Clock) -> None:
    """Add what was written since the last time to the day's sum."""
    pid = None if eyes is None else eyes.pid
    utc, quality = clock.utc()
    fsyncs = durable.fsyncs + store.transactions + FSYNCS_A_FILE * store.sealed
    try:
        wear.note(None if quality is ClockQuality.NONE else utc, (0,) if pid is None else (0, pid), fsyncs)
    except OSError as error:
        log.warning("what was written cannot be noted: %s", error.strerror)


def _as_recorded(settings: Settings, detector: Loaded | None) -> Settings:
    """A recording names its model by the digest: the file is larger than all the rest of it."""
    if detector is None:
        return settings
    return settings.model_copy(update={"detector": DetectorTable(sha256=detector.sha256)})


def _start_sources(
    plan: Plan,
    store: Store,
    state_dir: Path,
    inbox: Inbox,
    lanes: Lanes,
    clock: Clock,
    stop: Flag,
    stack: ExitStack,
    detector: Loaded | None,
) -> EyesProcess | None:
    settings = plan.settings
    if settings.gnss is not None:
        gnss = GnssSource(
            settings.gnss.source,
            clock=clock,
            baud=settings.gnss.baud,
            beat=lanes.lane("gnss", GNSS_S),
        )
        stack.callback(gnss.close)
        live.start("gnss", lambda: live.pump("gnss", gnss, inbox, clock, stop))
    if settings.line or settings.vibration is not None:
        lines = Lines(
            tuple(Line(line.name, line.pin, line.closes_to) for line in settings.line),
            clock,
            accelerometer=None if settings.vibration is None else settings.vibration.accelerometer,
        )
        stack.callback(lines.close)
        live.start("lines", lambda: live.pump("lines", lines, inbox, clock, stop))
    if not settings.camera:
        return None
    main = partial(
        eyes_main,
        cameras=tuple(watched(camera, settings.evidence) for camera in settings.camera),
        evidence_root=store.evidence_root,
        data_card=settings.evidence.folder,
        state_dir=state_dir,
        model=None if detector is None else detector.file,
    )
    eyes = EyesProcess(main, clock, beat=lanes.lane("eyes", EYES_S))
    stack.callback(eyes.close)
    live.start("eyes", lambda: live.pump("eyes", eyes, inbox, clock, stop))
    return eyes


def _start_panel(
    settings: Settings, lanes: Lanes, home: Home | None, state_dir: Path, clock: Clock, stop: Flag
) -> tuple[Listener, ...]:
    if settings.panel is None:
        return ()
    panel, signs = settings.panel, signs_of(lanes, home)
    live.start("panel", lambda: show(panel, signs, home, state_dir, clock, stop))
    return (signs,)


def _recorder(folder: Path, settings: Settings, boot_id: str, clock: Clock) -> Recorder:
    utc, _ = clock.utc()
    start_utc = utc or datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    return Recorder(folder, settings, boot_id=boot_id, start_utc=start_utc, synthetic=False)


def _start_hearing(statements: Statements, inbox: Inbox, clock: Clock, stop: Flag) -> None:
    """Take in what people have stated, at once and then every few seconds."""
    hear = partial(live.hear, statements, inbox, clock)
    hear()
    live.start("statements", lambda: live.every(STATEMENTS_EVERY_S, stop, hear))


def _recording(recorder: Recorder, evidence_root: Path) -> Listener:
    def write(reading: Reading, step: Step) -> None:
        del step
        recorder.write(reading, evidence_root)

    return write
