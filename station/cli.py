"""`sandwatch-station`: run the station, enrol devices, see the demonstration."""

import logging
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Annotated

import typer

from agent.errors import SandwatchError, StoreError
from agent.event.chain import public_key, public_text
from agent.verify import verify_case
from station import account_cli, accounts, bundle_cli, export_cli, import_cli, serving, shelf
from station import carried as carry
from station import demo as demonstration
from station import migrate as migration
from station.alert_settings import read_settings
from station.alerting import Alerting
from station.app import make_app, open_station
from station.case import export_case, verify_held
from station.clock import utc_now
from station.enrolment import enrol as enrol_device
from station.stamping import Authority, StampError, authority, keep_stamping, stamp_heads
from station.store import Store, sqlite_url
from station.words import Words

USER_ERROR = 2
DEFAULT_FOLDER = Path("var/station")

app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="The station ashore: takes in what the boxes on the boats have seen, and shows it to inspectors.",
    epilog="Begin with `sandwatch-station demo`. For real boxes: `account add`, `enrol` each of them, then `serve`.",
)
app.add_typer(account_cli.app, name="account")
app.add_typer(bundle_cli.app, name="bundle")
app.add_typer(export_cli.app, name="export")
app.command("import")(import_cli.import_file)

Folder = Annotated[
    Path,
    typer.Option("--folder", help="Where the station keeps its key, its database and the evidence."),
]
Database = Annotated[
    str | None,
    typer.Option(
        "--database", help="SQLAlchemy URL of another database. Without it: station.sqlite in the folder."
    ),
]


Tsa = Annotated[
    str | None,
    typer.Option(
        help="Address of a time-stamping authority (RFC 3161): once a day it signs the ends of all chains.",
        show_default=False,
    ),
]
TsaRoots = Annotated[
    Path | None, typer.Option(help="PEM file of the authority's root certificates.", show_default=False)
]


def _authority(tsa: str | None, roots: Path | None) -> Authority | None:
    if tsa is None:
        return None
    if roots is None:
        raise StampError(
            "--tsa needs --tsa-roots: without the authority's certificate its word proves nothing"
        )
    return authority(tsa, roots)


@app.command()
def serve(
    folder: Folder = DEFAULT_FOLDER,
    port: Annotated[int, typer.Option(help="TCP port; 0 takes any free one.", min=0, max=65535)] = 8080,
    host: Annotated[
        str, typer.Option(help="Address to listen on. 127.0.0.1 is this computer only.")
    ] = "127.0.0.1",
    name: Annotated[
        list[str] | None,
        typer.Option(
            help="Name under which a proxy shows it to others; may be given again.", show_default=False
        ),
    ] = None,
    database: Database = None,
    tsa: Tsa = None,
    tsa_roots: TsaRoots = None,
    alerts: Annotated[
        Path | None,
        typer.Option(
            help="TOML file of whom to tell of new events, and how (docs/station.md).", show_default=False
        ),
    ] = None,
) -> None:
    """Receive from the boxes and show the pages.

    People sign in (`account add`); requests to /v1 are signed by the boxes. Neither is encrypted here: for
    anything but this computer put a proxy with TLS before it (docs/station.md).
    """
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s", level=logging.INFO)
    asked = _authority(tsa, tsa_roots)
    told = None if alerts is None else read_settings(alerts)
    station = open_station(folder, database)
    try:
        listener = serving.listen(host, port)
        address = serving.address_of(listener)
        typer.echo(
            f"Station {address}/   folder {folder}   public key {public_text(station.key.public_key())}"
        )
        with station.store.reading() as connection:
            known = accounts.everyone(connection)
        if not known:
            typer.echo(
                "Nobody can sign in yet. Make an account: sandwatch-station account add NAME --role supervisor"
            )
        if host not in serving.LOOPBACK:
            typer.echo(
                "WARNING: passwords cross the network unencrypted unless a proxy with TLS stands before."
            )
        application = make_app(station, hosts=serving.hosts_for(host, name or ()))
        with serving.stop_signals() as stop, serving.running(application, listener, stop):
            if asked is not None:
                work = partial(keep_stamping, station.store, asked, utc_now, stop, stop.wait)
                Thread(target=work, name="stamping", daemon=True).start()
            if told is not None:
                telling = Alerting(station.store, told, utc_now)
                Thread(target=telling.run, args=(stop, stop.wait), name="alerts", daemon=True).start()
            stop.wait()
    finally:
        station.close()


@app.command(context_settings={"ignore_unknown_options": True})  # a key may begin with a dash
def enrol(
    device: Annotated[str, typer.Argument(help="The device's id, as in its agent.toml.")],
    key: Annotated[
        str,
        typer.Argument(
            help="Its public key (43 characters), or a file that holds it. `sandwatch key` prints it."
        ),
    ],
    name: Annotated[str, typer.Option(help="What inspectors read, for example the vessel's name.")] = "",
    folder: Folder = DEFAULT_FOLDER,
    database: Database = None,
) -> None:
    """Make a device known to this station; records of any other are refused.

    Prints what to put into the device's agent.toml, so that it accepts receipts of this station only.
    """
    path = Path(key)
    if len(key) != 43 and path.is_file():
        key = path.read_text(encoding="utf-8", errors="replace")
    station = open_station(folder, database)
    try:
        with station.store.writing() as connection:
            fresh = enrol_device(connection, device, key.strip(), name, utc_now())
    finally:
        station.close()
    typer.echo(f"{device} {'is enrolled' if fresh else 'was enrolled before with this key'}.")
    typer.echo("\nPut this into its agent.toml, with the address at which the box reaches this station:\n")
    typer.echo(f'[station]\nurl = "https://STATION"\npublic_key = "{public_text(station.key.public_key())}"')


@app.command("take-in")
def take_in(
    folders: Annotated[list[Path], typer.Argument(help="Folders filled by `sandwatch export`, one per box.")],
    folder: Folder = DEFAULT_FOLDER,
    database: Database = None,
) -> None:
    """Take in what was carried ashore on a stick, and write the receipts back beside it.

    Everything is checked as if it had come over the link: signatures, the chain, digests. What is refused is said
    and left on the stick; the rest is taken. Doing it twice is harmless. Exit code 1 if anything was refused.
    Bring the stick back aboard then: `sandwatch receipts FOLDER`.
    """
    station = open_station(folder, database)
    refused = False
    try:
        for carried in folders:
            taken = carry.take_in(station.intake(), carried)
            typer.echo(
                f"{carried}: {taken.device}, {taken.batches} batches of records, held through seq {taken.through_seq}, "
                f"{len(taken.held)} files of evidence held; {taken.receipts} receipt(s) written"
            )
            for problem in taken.problems:
                typer.echo(f"refused: {problem}", err=True)
            refused = refused or bool(taken.problems)
    finally:
        station.close()
    raise typer.Exit(1 if refused else 0)


@app.command()
def devices(folder: Folder = DEFAULT_FOLDER, database: Database = None) -> None:
    """List the enrolled devices: last contact, records held, evidence held and waited for, forks."""
    station = open_station(folder, database)
    try:
        with station.store.reading() as connection:
            rows = shelf.all_devices(connection)
    finally:
        station.close()
    if not rows:
        typer.echo("No device is enrolled. Enrol one with: sandwatch-station enrol DEVICE PUBLIC_KEY")
    for row in rows:
        seen = Words("en").time(row.last_seen_utc)
        typer.echo(
            f"{row.id}  {row.name}  last seen {seen or 'never'}  records {row.head_seq}  events {row.events}  "
            f"evidence {row.evidence_held} held {row.evidence_lacking} awaited  contradicting records {row.forks}"
        )


@app.command()
def stamp(
    tsa: Tsa = None, tsa_roots: TsaRoots = None, folder: Folder = DEFAULT_FOLDER, database: Database = None
) -> None:
    """Have the ends of all chains stamped by an authority now, if that was not done today. `serve --tsa` does it daily."""
    asked = _authority(tsa, tsa_roots)
    if asked is None:
        raise StampError("there is no authority to ask: give --tsa and --tsa-roots")
    station = open_station(folder, database)
    try:
        day = stamp_heads(station.store, asked, utc_now())
    finally:
        station.close()
    typer.echo("done before today" if day is None else f"the heads of {day} are stamped by {tsa}")


@app.command()
def case(
    device: Annotated[str, typer.Argument(help="The device's id.")],
    to: Annotated[Path, typer.Option("--to", help="New folder for the case.")],
    event: Annotated[str | None, typer.Option(help="Evidence of this event only. Default: all.")] = None,
    folder: Folder = DEFAULT_FOLDER,
    database: Database = None,
) -> None:
    """Export a case: the device's chain, the evidence, the receipt, and a signed list of them.

    Whoever gets the folder checks it with `sandwatch-station verify`, or with standard tools (docs/verify.md).
    """
    station = open_station(folder, database)
    try:
        files = export_case(station, device, None if event is None else [event], to, utc_now())
    finally:
        station.close()
    typer.echo(f"{to}: {files} files. Check it with: sandwatch-station verify {to}")


@app.command()
def verify(
    what: Annotated[
        Path | None,
        typer.Argument(
            help="A case. Without it: every chain and file this station holds.", show_default=False
        ),
    ] = None,
    key: Annotated[str | None, typer.Option(help="The device's public key.", show_default=False)] = None,
    station_key: Annotated[
        str | None, typer.Option(help="The station's public key.", show_default=False)
    ] = None,
    folder: Folder = DEFAULT_FOLDER,
    database: Database = None,
) -> None:
    """Check a case, or all this station holds, and name every record and file that is wrong. Exit code 1 if any is."""
    if what is not None:
        device, shore = (public_key(text) if text else None for text in (key, station_key))
        reports = {str(what): verify_case(what, device, shore)}
    else:
        station = open_station(folder, database)
        try:
            reports = verify_held(station)
        finally:
            station.close()
    for name, report in reports.items():
        for fault in report.faults:
            typer.echo(f"{name}: {fault}", err=True)
        typer.echo(
            f"{name}: {report.records} records, {report.files} evidence files, {len(report.faults)} fault(s)"
        )
    raise typer.Exit(1 if any(report.faults for report in reports.values()) else 0)


@app.command()
def migrate(
    to: Annotated[
        str, typer.Option("--to", help="URL of the database to copy into; empty, or a copy begun before.")
    ],
    folder: Folder = DEFAULT_FOLDER,
    database: Database = None,
) -> None:
    """Copy the database into another, SQLite or PostgreSQL, and compare all of it. Stop `serve` first.

    Broken off, it goes on where it stopped when it is started again. Key and evidence stay in the folder: afterwards
    `serve` with the same folder and `--database` of the new one.
    """
    file = folder / "station.sqlite"
    if database is None and not file.is_file():
        raise StoreError(
            f"there is no {file}: name the station's folder with --folder, or its database with --database"
        )
    source, target = Store(database or sqlite_url(file)), Store(to)
    try:
        found = migration.migrate(source, target, typer.echo)
    finally:
        source.close()
        target.close()
    typer.echo(
        f"{sum(each.rows for each in found.values())} rows copied and compared. Now: serve --database {to}"
    )


@app.command()
def demo(
    once: Annotated[
        bool, typer.Option("--once", help="Stop when everything is delivered; exit 0 only if it was.")
    ] = False,
    port: Annotated[
        int | None, typer.Option(help="TCP port. Without it 8080, or a free one.", min=0, max=65535)
    ] = None,
    folder: Annotated[
        Path,
        typer.Option("--folder", help="Where the demonstration keeps both sides; used again if it exists."),
    ] = Path("demo"),
    voyage: Annotated[Path, typer.Option(help="The recorded voyage to replay.")] = demonstration.VOYAGE,
) -> None:
    """Show the whole path on this computer: a box replays a recorded voyage, this station receives it.

    Open the printed address and watch the events arrive. Delete the folder to see it from the beginning.
    """
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)
    code = demonstration.Demo(folder.absolute(), voyage.absolute(), port, once, tell=typer.echo).run()
    raise typer.Exit(code)


def main() -> None:
    """The command `sandwatch-station`: an error made on purpose is one sentence and exit code 2."""
    try:
        app()
    except SandwatchError as error:
        typer.echo(f"sandwatch-station: {error}", err=True)
        raise SystemExit(USER_ERROR) from None
    except OSError as error:
        typer.echo(f"sandwatch-station: {error.filename or 'the disk'}: {error.strerror or error}", err=True)
        raise SystemExit(USER_ERROR) from None


if __name__ == "__main__":
    main()
