"""`sandwatch event …`: one event, out of the store."""

from pathlib import Path
from typing import Annotated

import typer

from agent.commands.plain import plain_errors
from agent.outbox.view import View

app = typer.Typer(help="One event with everything that belongs to it.", no_args_is_help=True)


@app.command("export")
def event_export(
    event_id: Annotated[str, typer.Argument(metavar="EVENT", help="Its id, as `sandwatch status` shows it.")],
    folder: Annotated[Path, typer.Argument(help="A new folder.")],
    state: Annotated[Path, typer.Option("--state", help="The folder of the store.")],
    evidence: Annotated[
        Path | None,
        typer.Option(
            "--evidence", help="Where evidence lies. Default: beside the store.", show_default=False
        ),
    ] = None,
) -> None:
    """Originals byte for byte, a manifest with every SHA-256, the track as GPX and GeoJSON, and copies for people.

    Time, position and device are written below the copies; the originals have nothing drawn in. Boxes stand in the
    manifest. What was deleted already is listed as absent.
    """
    from agent.run.event_files import export

    with plain_errors(), View.open_reading(state) as view:
        done = export(view, event_id, evidence or state / "evidence", folder)
    absent = f", {done.absent} no longer here" if done.absent else ""
    typer.echo(f"{done.folder}: {done.originals} files{absent}, {done.track_points} positions")
