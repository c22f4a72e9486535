"""`sandwatch verify`: is a chain, or a case taken from one, what was signed?"""

from pathlib import Path
from typing import Annotated

import typer

from agent.commands.plain import plain_errors
from agent.commands.state import home_of
from agent.errors import ChainError, Mistake, SettingsError
from agent.event.chain import public_key
from agent.outbox.database import DATABASE
from agent.outbox.view import View
from agent.run import identity
from agent.verify import CASE_FILE, Report, verify_case
from agent.verify import verify as check_chain
from agent.verify_docket import DOCKET_FILE, verify_docket


def verify(
    what: Annotated[
        Path,
        typer.Argument(
            help="A case or case file, a state folder, its outbox.sqlite3, or a file of records, one JSON object a line."
        ),
    ],
    key: Annotated[
        str | None,
        typer.Option(help="The device's public key. Default: the one in the folder.", show_default=False),
    ] = None,
    station_key: Annotated[
        str | None,
        typer.Option(
            help="The station's public key, for a case. Default: the one in it.", show_default=False
        ),
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            help="Of this box, where its key or evidence lies elsewhere.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Check every signature, link and evidence file, and name what is wrong. Exit code 1 if anything is.

    For a hearing give the public keys that were enrolled and pinned: a folder that brings its own keys proves
    only that it fits together.
    """
    with plain_errors():
        report = _report(what, key, station_key, config)
    for fault in report.faults:
        typer.echo(fault, err=True)
    absent = f", {report.absent} evidence file(s) not here" if report.absent else ""
    typer.echo(
        f"{report.records} records, {report.files} evidence files checked{absent}: {len(report.faults)} fault(s)"
    )
    raise typer.Exit(1 if report.faults else 0)


def _report(what: Path, key: str | None, station_key: str | None, config: Path | None) -> Report:
    try:
        device = public_key(key) if key else None
        station = public_key(station_key) if station_key else None
    except ChainError as error:
        raise SettingsError("command line", [Mistake("the key", "", str(error))]) from None
    if (what / CASE_FILE).is_file():
        return verify_case(what, device, station)
    if (what / DOCKET_FILE).is_file():
        return verify_docket(what, device, station)
    folder = what.parent if what.name == DATABASE and what.is_file() else what
    if folder.is_dir():
        home = home_of(config, folder)
        if device is None and not home.key_file.exists():
            raise SettingsError(
                str(folder), [Mistake("--key", "", "is missing", f"there is no {home.key_file}")]
            )
        public = device or identity.device_key(home.key_file, make=False).public_key()
        with View.open_reading(folder) as view:
            return check_chain(view.records(), public, home.evidence)
    if device is None:
        raise SettingsError(
            "command line", [Mistake("--key", "", "is missing", "a file of records does not bring its key")]
        )
    try:
        lines = what.read_bytes().splitlines()
    except OSError as error:
        raise SettingsError(
            str(what), [Mistake("the file", "", f"cannot be read: {error.strerror}")]
        ) from None
    return check_chain(lines, device, None)
