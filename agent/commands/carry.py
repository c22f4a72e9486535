"""`sandwatch export` and `sandwatch receipts`: evidence carried ashore by hand, and the receipts carried back."""

from pathlib import Path
from typing import Annotated

import typer

from agent.commands.plain import plain_errors
from agent.commands.state import home_of, state_folder
from agent.errors import Mistake, SettingsError
from agent.event import chain

Folder = Annotated[Path, typer.Argument(help="A folder on the stick; each box needs one of its own.")]
Config = Annotated[
    Path | None, typer.Option("--config", "-c", help="The agent.toml of this box.", show_default=False)
]
State = Annotated[
    Path | None,
    typer.Option(
        "--state",
        help="Folder of store, key and evidence. Default: device.state_dir of the config.",
        show_default=False,
    ),
]


def add_to(app: typer.Typer) -> None:
    """Put both commands into the command line."""
    app.command("export")(export)
    app.command("receipts")(receipts)


def export(
    folder: Folder,
    config: Config = None,
    state: State = None,
    from_seq: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Begin at this record, when the station says it lacks earlier ones.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Copy onto a stick what the station has not acknowledged: the head, then records, stills, clips.

    The box may be running. The way round: `sandwatch export /media/usb/barge-7` aboard; ashore
    `sandwatch-station take-in /media/usb/barge-7`, which checks everything as if it had come over the link and
    writes its receipts beside it; back aboard `sandwatch receipts /media/usb/barge-7`. Only then does the box
    count anything as delivered. Nothing is deleted here, from the box or from the stick.

    A copy that was cut short goes on where it stopped. A full stick holds the most important first; bring it
    ashore, or go on with another one. Exit code 1 if something is left.
    """
    from agent.outbox.shore_folder import export as fill
    from agent.outbox.view import View
    from agent.run import identity
    from agent.stick import Stick

    with plain_errors():
        home = home_of(config, state)
        with View.open_reading(home.folder) as view, Stick(folder) as stick:
            key = identity.device_key(home.key_file, make=False)
            done = fill(view, home.evidence, stick, key, from_seq)
    typer.echo(
        f"{folder}: {done.records} records through seq {done.through_seq}, {done.files} files of evidence "
        f"({done.bytes / 1e6:.1f} MB)"
    )
    for sha256 in done.missing:
        typer.echo(f"sandwatch: evidence {sha256} is not on this box with its bytes", err=True)
    if done.problem is not None:
        typer.echo(f"sandwatch: {done.problem} ({done.files_left} files are left)", err=True)
    raise typer.Exit(1 if done.problem or done.missing else 0)


def receipts(
    folder: Folder,
    config: Config = None,
    state: State = None,
    station_key: Annotated[
        str | None,
        typer.Option(help="The station's public key. Default: the config's.", show_default=False),
    ] = None,
    clear: Annotated[
        bool, typer.Option("--clear", help="Then take off the stick what the station acknowledged.")
    ] = False,
) -> None:
    """Read the station's receipts from a stick: what they acknowledge is delivered, and may be retired.

    A receipt counts only if the station pinned in the config signed it, for this box and for its own history.
    A box that is running takes them within half a minute; one that is not takes them now.
    """
    from agent.outbox.database import InUse
    from agent.outbox.shore_folder import clear as clear_stick
    from agent.outbox.shore_folder import leave_receipts, read_receipts, take_receipts
    from agent.outbox.store import Store
    from agent.outbox.view import View
    from agent.stick import Stick

    with plain_errors():
        home = state_folder(config, state)
        public = chain.public_key(station_key or _pinned(config))
        with Stick(folder) as stick:
            with View.open_reading(home) as view:
                device = view.device()
                told = read_receipts(stick, view, public)
            if not told.receipts:
                typer.echo(f"{folder}: no receipts yet. Ashore: sandwatch-station take-in {folder}")
                raise typer.Exit(1)
            leave_receipts(home, told.receipts)
            try:
                with Store.open(home, device) as store:
                    take_receipts(store, home, public)
                when = "taken"
            except InUse:
                when = "left for the running box, which takes them within half a minute"
            typer.echo(
                f"{folder}: {len(told.receipts)} receipt(s), through seq {told.through_seq}, {told.files} files: {when}"
            )
            if clear:
                with View.open_reading(home) as view:
                    typer.echo(f"{clear_stick(stick, view)} file(s) taken off the stick")


def _pinned(config: Path | None) -> str:
    from agent.run.settings import load_settings

    station = None if config is None else load_settings(config).station
    if station is None:
        problem = Mistake(
            "--station-key", "", "is missing", "give it, or --config with [station]; `enrol` printed it"
        )
        raise SettingsError("command line", [problem])
    return station.public_key
