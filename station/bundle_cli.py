"""`sandwatch-station bundle`: what waits for the boxes to fetch it."""

import contextlib
from pathlib import Path
from typing import Annotated

import typer

from station.app import open_station
from station.bundles import Shelved

app = typer.Typer(no_args_is_help=True, help="Bundles that the boxes fetch over the link (docs/flash.md).")

Folder = Annotated[Path, typer.Option("--folder", help="The station's folder.")]
DEFAULT = Path("var/station")


@app.command("add")
def add(bundle: Annotated[Path, typer.Argument(help="A signed .swb.")], folder: Folder = DEFAULT) -> None:
    """Offer a bundle to the boxes it names; each asks every five minutes and judges it as if it came by stick."""
    with contextlib.closing(open_station(folder)) as station:
        try:
            typer.echo(_line(station.bundles.add(bundle)))
        except OSError as error:
            typer.echo(f"{bundle} cannot be read: {error.strerror}", err=True)
            raise typer.Exit(2) from None


@app.command("list")
def list_all(folder: Folder = DEFAULT) -> None:
    """All bundles that wait; of each kind a box is offered the newest."""
    with contextlib.closing(open_station(folder)) as station:
        for shelved in station.bundles.held():
            typer.echo(_line(shelved))


@app.command("remove")
def remove(
    sha256: Annotated[str, typer.Argument(help="As `list` shows it.")], folder: Folder = DEFAULT
) -> None:
    """No longer offer a bundle. A box that has it keeps it: only a higher sequence changes a box."""
    with contextlib.closing(open_station(folder)) as station:
        if not station.bundles.remove(sha256):
            typer.echo(f"no bundle {sha256} waits here", err=True)
            raise typer.Exit(1)


def _line(shelved: Shelved) -> str:
    manifest = shelved.manifest
    return f"{shelved.sha256} {manifest.kind} {manifest.sequence} {manifest.group}: {', '.join(manifest.devices)}"
