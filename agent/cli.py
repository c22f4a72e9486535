"""The command `sandwatch`: what a technician types on the boat or at a desk."""

import json
import logging
import signal
import sys
from dataclasses import asdict
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from threading import Event as Flag
from typing import Annotated

import typer

from agent.commands import (
    box,
    bundle,
    camera,
    card,
    carry,
    evaluate,
    event,
    flash,
    licence,
    panel,
    site,
    words,
)
from agent.commands.doctor import doctor
from agent.commands.plain import plain_errors
from agent.commands.state import home_of, state_folder
from agent.commands.support import support_bundle
from agent.commands.verify import verify
from agent.errors import Mistake, SettingsError
from agent.event import chain, wire
from agent.licence.hours import date_text
from agent.outbox.view import View
from agent.run import identity, wear
from agent.run.build import runs, tools
from agent.run.build.flashing import on_trial
from agent.run.delivery import choose_upload, terms_of
from agent.run.flash.blank import wait_for_config
from agent.run.flash.home import Home
from agent.run.journey import from_log, from_voyage
from agent.run.log import start_logging
from agent.run.plan import load_plan
from agent.run.settings import SHIPPED, load_settings
from agent.run.tell import Teller, counts_text, delivery_lines, event_line, unanchored_text
from agent.types import Fix, Health, Json, SourceState

app = typer.Typer(
    name="sandwatch",
    help="""Watch sand dredging from a boat: position, licence, evidence, delivery.

    First steps: `sandwatch check config/agent.example.toml` reads a config and names every mistake in it.
    `sandwatch run --replay tests/voyages/tan-loc-evening` runs a bundled synthetic voyage through the whole
    data path. `sandwatch status` shows what a box holds and what the station has acknowledged.
    """,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
)
voyage_app = typer.Typer(help="Make voyages to test with.", no_args_is_help=True)
app.add_typer(voyage_app, name="voyage")
app.add_typer(bundle.app, name="bundle")
app.add_typer(camera.app, name="camera")
app.add_typer(card.app, name="card")
app.add_typer(flash.app, name="config")
app.add_typer(event.app, name="event")
app.add_typer(site.app, name="site")
app.add_typer(panel.app, name="panel")
app.add_typer(licence.app, name="licence")
app.command()(verify)
app.add_typer(evaluate.app, name="evaluate")


class Lang(StrEnum):
    VI = "vi"
    EN = "en"


Config = Annotated[
    Path | None, typer.Option("--config", "-c", help="The agent.toml to judge by.", show_default=False)
]
State = Annotated[
    Path | None,
    typer.Option(
        "--state",
        help="Folder of store, key and evidence. Default: device.state_dir of the config; var/replay/NAME in a replay.",
        show_default=False,
    ),
]
Language = Annotated[
    Lang, typer.Option("--lang", help="Language of what is said about events.", envvar="SANDWATCH_LANG")
]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Log more.")]


def stop_on_signals() -> Flag:
    """A flag that SIGINT and SIGTERM set: the run then commits what waits and ends."""
    stop = Flag()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    return stop


def parse_utc(text: str | None) -> datetime | None:
    """A moment given on the command line; without a zone it is UTC."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise SettingsError(
            "command line", [Mistake("--start", text, "is no time", "for example 2026-11-20T09:50:00Z")]
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@app.command()
def run(
    config: Config = None,
    flashed: Annotated[
        Path | None,
        typer.Option(
            help="Run by the config in force in this folder of bundles (docs/flash.md), and try it while it is new.",
            show_default=False,
        ),
    ] = None,
    replay: Annotated[
        Path | None, typer.Option(help="Run a voyage folder instead of the devices.", show_default=False)
    ] = None,
    nmea: Annotated[
        Path | None, typer.Option(help="Run any NMEA log instead of the devices.", show_default=False)
    ] = None,
    video: Annotated[
        Path | None, typer.Option(help="A clip to go with --nmea; starts at --start.", show_default=False)
    ] = None,
    start: Annotated[
        str | None,
        typer.Option(
            help="UTC of the clip's first frame, and the date of a log that has none.", show_default=False
        ),
    ] = None,
    state: State = None,
    station: Annotated[
        str | None, typer.Option(help="Deliver to this station instead of the config's.", show_default=False)
    ] = None,
    station_key: Annotated[
        str | None,
        typer.Option(help="Its public key, as `sandwatch-station enrol` prints it.", show_default=False),
    ] = None,
    until_delivered: Annotated[
        bool,
        typer.Option(
            "--until-delivered", help="End a replay only when the station has acknowledged everything."
        ),
    ] = False,
    speed: Annotated[
        float | None,
        typer.Option(
            min=0.01,
            help="Replay at this many times real time. Default: as fast as it goes.",
            show_default=False,
        ),
    ] = None,
    lang: Language = Lang.EN,
    verbose: Verbose = False,
) -> None:
    """Watch: live from the config's devices, or a replay of a voyage or of any log and clip.

    Live: `sandwatch run --config /etc/sandwatch/agent.toml`. A voyage: `sandwatch run --replay DIR`. Any log:
    `sandwatch run --nmea LOG [--video CLIP] --start 2026-11-20T09:50:00Z --config agent.toml`.

    A replay that was killed and is started again goes on where the store stands, and records nothing twice.
    """
    start_logging(verbose=verbose)
    stop = stop_on_signals()
    with plain_errors():
        if replay is not None:
            journey = from_voyage(replay, config)
        elif nmea is not None:
            if config is None:
                raise SettingsError(
                    "command line",
                    [Mistake("--config", "", "is missing", "--nmea needs a config to judge by")],
                )
            journey = from_log(nmea, video, parse_utc(start), config, _first_camera(config))
        else:
            home = None if flashed is None else Home(flashed)
            if home is not None:
                config, state = wait_for_config(home, stop), state or home.folder.parent
                if config is None:
                    return
            if config is None:
                raise SettingsError(
                    "command line",
                    [Mistake("--config", "", "is missing", "give --config, --flashed, --replay or --nmea")],
                )
            plan = load_plan(config)
            upload = choose_upload(plan, station, station_key, until_delivered=False)
            runs.run_live(
                plan,
                state or plan.settings.device.state_dir,
                stop,
                upload=upload,
                listeners=(Teller(lang.value, typer.echo),),
                trial=None if home is None else on_trial(home, plan.settings, stop),
                home=home,
            )
            return
        plan = load_plan(journey.config)
        upload = choose_upload(plan, station, station_key, until_delivered=until_delivered)
        folder = state or Path("var/replay") / (journey.origin.voyage or "log")
        outcome = runs.replay(
            journey,
            plan,
            folder,
            upload=upload,
            speed=speed,
            stop=stop,
            listeners=(Teller(lang.value, typer.echo),),
            say=lambda counts: typer.echo(f"delivering: {counts_text(counts)}"),
        )
        if outcome.resumed_at:
            typer.echo(f"went on after reading {outcome.resumed_at}")
        typer.echo(f"{outcome.readings} readings; {counts_text(outcome.counts)}; store: {folder}")
        if stop.is_set() or (
            until_delivered and (outcome.counts.pending_records or outcome.counts.pending_evidence)
        ):
            raise typer.Exit(1)


def _first_camera(config: Path) -> str:
    cameras = load_settings(config).camera
    return cameras[0].name if cameras else "camera"


@app.command()
def record(
    folder: Annotated[Path, typer.Argument(help="New folder for the recording.")],
    config: Config = None,
    state: State = None,
    verbose: Verbose = False,
) -> None:
    """Watch live, and keep what the core saw, so that it can be run again: `sandwatch run --replay FOLDER`.

    Ends with Ctrl-C. The recording holds readings, settings, licences and the stills of events, no video.
    """
    start_logging(verbose=verbose)
    stop = stop_on_signals()
    with plain_errors():
        if config is None:
            raise SettingsError(
                "command line", [Mistake("--config", "", "is missing", "recording needs a config")]
            )
        plan = load_plan(config)
        upload = choose_upload(plan, None, None, until_delivered=False)
        runs.run_live(plan, state or plan.settings.device.state_dir, stop, upload=upload, record=folder)
    typer.echo(f"recorded into {folder}; run it again with: sandwatch run --replay {folder}")


@app.command()
def check(
    config: Annotated[Path, typer.Argument(help="An agent.toml.")], lang: words.Language = None
) -> None:
    """Read a config and the licences it names; report every mistake with its key, value and what is allowed.

    Mistakes in licences, places and rules are told in Vietnamese and English, or in the language of --lang.
    """
    with plain_errors(words.chosen(lang)):
        plan, detector = tools.check(config)
        typer.echo(f"{config}: no mistakes")
        vessel = plan.settings.own_vessel
        typer.echo(
            f"  device {plan.settings.device.id}, {vessel.kind} {vessel.name} {vessel.hull_number}".rstrip()
        )
        for one in plan.licences:
            span = f"{date_text(one.valid_from)} to {date_text(one.valid_to)}"
            typer.echo(f"  licence {one.number}, {one.holder}, {span}")
        if not plan.licences:
            typer.echo("  no licence: every place will be undetermined")
        if plan.settings.own_vessel.has_gear and plan.settings.gear is None:
            typer.echo("  no [gear]: every distance carries 20 m for the way from the antenna; measure it")
        if plan.settings.installation is None:
            typer.echo("  no record of the installation: every event is only a lead to check")
        if plan.settings.gnss is None:
            typer.echo("  no receiver: this config can judge replays, not watch live")
        if detector is None:
            typer.echo("  no detector: activity is inferred from position alone, and every event says so")
        else:
            typer.echo(f"  detector {detector}")
        if plan.settings.station is None:
            typer.echo("  no station: events stay on this box")
        elif plan.settings.station.url is None:
            typer.echo("  station without url: evidence is carried ashore (sandwatch export)")
        else:
            typer.echo(f"  delivery: {terms_of(plan.settings.delivery)}")


@app.command()
def status(
    config: Config = None,
    state: State = None,
    as_json: Annotated[bool, typer.Option("--json", help="For programs.")] = False,
    lang: Language = Lang.EN,
) -> None:
    """What a store holds: events, what the station has acknowledged, the end of the chain."""
    with plain_errors(), View.open_reading(folder := state_folder(config, state)) as view:
        head, counts, anchor, parked = view.head(), view.counts(), view.anchor(), view.parked()
        written = wear.days(folder)
        latest = view.latest_events(limit=20)
        events = [wire.event_from_body(dict(record.body)) for record in latest]
        if as_json:
            typer.echo(
                json.dumps(
                    {
                        "device": view.device(),
                        "head_seq": head.seq,
                        "head": head.hash,
                        "records": counts.records,
                        "pending_records": counts.pending_records,
                        "evidence": counts.evidence,
                        "pending_evidence": counts.pending_evidence,
                        "acknowledged_through": view.acked_through(),
                        "anchored_through": 0 if anchor is None else anchor.seq,
                        "anchored_utc": None if anchor is None else anchor.utc,
                        "written": [asdict(day) for day in written],
                        "parked": None if parked is None else asdict(parked),
                        "events": [wire.event_body(event) for event in events],
                    },
                    ensure_ascii=False,
                )
            )
            return
        typer.echo(f"device {view.device()}: {counts_text(counts)}")
        typer.echo(f"chain ends at seq {head.seq}, {head.hash}")
        for line in delivery_lines(view):
            typer.echo(line)
        if config is not None:
            typer.echo(f"delivery: {terms_of(load_settings(config).delivery)}")
        for day in written:
            typer.echo(f"written on {day.day}: {day.bytes / 1e6:.1f} MB, {day.fsyncs} fsyncs")
        for record, event in zip(latest, events, strict=True):
            mark = "open  " if event.closed is None else "closed"
            since = unanchored_text(record, anchor, tools.now())
            typer.echo(f"  {mark} {event_line(event, lang.value)}{since}")


@app.command()
def key(
    config: Config = None,
    state: State = None,
) -> None:
    """Print the device's public key, for `sandwatch-station enrol`; makes the key if there is none yet."""
    with plain_errors():
        typer.echo(chain.public_text(identity.device_key(home_of(config, state).key_file).public_key()))


@app.command()
def fixes(
    source: Annotated[str, typer.Argument(help="/dev/ttyACM0, socket://host:port, or a log file.")],
    baud: Annotated[int | None, typer.Option(help="Default: found by trying.", show_default=False)] = None,
    start: Annotated[
        str | None, typer.Option(help="Date of a log that has none.", show_default=False)
    ] = None,
    stats: Annotated[
        bool,
        typer.Option(
            "--stats", help="At the end, what was read, ignored and refused, and why (standard error)."
        ),
    ] = False,
    everything: Annotated[bool, typer.Option("--all", help="Epochs without a position, too.")] = False,
) -> None:
    """The fixes of a receiver or a log as JSON lines: utc, lat_deg, lon_deg, sog_kn, cog_deg, hdop, satellites, quality, error_m."""
    logging.disable(logging.WARNING)
    with plain_errors():
        read = tools.Fixes(source, baud=baud, start=parse_utc(start))
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: read.close())
        for reading in read:
            if isinstance(reading, Fix) and (everything or reading.lat_deg is not None):
                sys.stdout.write(json.dumps(fix_line(reading)) + "\n")
            elif isinstance(reading, SourceState) and reading.state in (Health.FAILED, Health.SILENT):
                typer.echo(f"sandwatch: {reading.reason}", err=True)
        sys.stdout.flush()
        if stats:
            typer.echo(json.dumps(read.counters.as_json(), indent=2), err=True)


def fix_line(fix: Fix) -> dict[str, Json]:
    """A fix as `sandwatch fixes` prints it."""
    return {
        "utc": None if fix.utc is None else wire.utc_text(fix.utc),
        "lat_deg": fix.lat_deg,
        "lon_deg": fix.lon_deg,
        "sog_kn": fix.sog_kn,
        "cog_deg": fix.cog_deg,
        "hdop": fix.hdop,
        "satellites": fix.satellites,
        "quality": int(fix.quality),
        "error_m": fix.error_m,
    }


@app.command()
def detect(
    paths: Annotated[list[Path], typer.Argument(help="Pictures, folders of them, clips.")],
    model: Annotated[
        Path | None,
        typer.Option(
            help="The detector, an ONNX file. Default: the config's, or the shipped one.", show_default=False
        ),
    ] = None,
    config: Config = None,
    every: Annotated[float, typer.Option(min=0.0, help="Look at a clip each so many seconds.")] = 1.0,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a box.")] = False,
    draw: Annotated[
        Path | None,
        typer.Option(help="Write the pictures with their boxes into this folder.", show_default=False),
    ] = None,
) -> None:
    """Try a detector on any picture, folder or clip: what it sees, how sure it is, where.

    With --json one line a box: file, at_s (the place in a clip, null for a picture), label, score and x0, y0,
    x1, y1 in pixels of the picture. Exit code 1 if a file could not be read; the rest is looked at all the same.
    """
    logging.disable(logging.WARNING)
    unread = 0
    with plain_errors():
        region = None
        if config is not None:
            settings = load_settings(config)
            region = settings.camera[0].machine_region if settings.camera else None
            if model is None and settings.detector is not None:
                model = settings.detector.model
        for sighting in tools.detect(paths, model or SHIPPED, every_s=every, draw=draw, region=region):
            if sighting.problem:
                unread += 1
                typer.echo(f"sandwatch: {sighting.file}: {sighting.problem}", err=True)
            elif as_json:
                sys.stdout.writelines(json.dumps(line) + "\n" for line in sighting.lines())
            else:
                typer.echo(str(sighting))
        sys.stdout.flush()
    raise typer.Exit(1 if unread else 0)


@voyage_app.command("make")
def voyage_make(
    script: Annotated[Path, typer.Argument(help="A script.toml: route, anchors, noise, dropouts.")],
    output: Annotated[Path, typer.Option("--output", "-o", help="The NMEA log to write.")] = Path(
        "gnss.nmea"
    ),
) -> None:
    """Write the NMEA log of a synthetic voyage from its script. The same script gives the same bytes."""
    with plain_errors():
        count = tools.make_voyage_log(script, output)
    typer.echo(f"{output}: {count} sentences, synthetic")


carry.add_to(app)
box.add_to(app)
app.command()(doctor)
app.command("support-bundle")(support_bundle)


def main() -> None:
    """The console script."""
    app()
