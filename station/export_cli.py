"""`sandwatch-station export`: what other programs are given, without a browser."""

import contextlib
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Annotated

import typer

from agent.event import wire
from station import circular10, labels
from station.app import open_station
from station.clock import utc_now
from station.words import LOCAL

app = typer.Typer(
    no_args_is_help=True, help="Give data to other programs: training sets, files for a department's server."
)

Folder = Annotated[Path, typer.Option("--folder", help="The station's folder.")]
Database = Annotated[
    str | None, typer.Option("--database", help="SQLAlchemy URL of another database.", show_default=False)
]
DEFAULT = Path("var/station")


@app.command("labels")
def export_labels(
    to: Annotated[Path, typer.Argument(help="A new folder.")],
    folder: Folder = DEFAULT,
    database: Database = None,
) -> None:
    """Write the pictures people ruled on as a set to train on (YOLO), with the rulings beside them."""
    with contextlib.closing(open_station(folder, database)) as station, station.store.reading() as connection:
        counts = labels.export_labels(connection, station.spool, to)
    typer.echo(
        f"{counts.labelled} labelled, {counts.to_label} to be labelled anew, {counts.not_here} not held here"
    )
    if counts.labelled:
        typer.echo(f"python -m models.training.prepare OUT --real {to / 'labelled'}")


@app.command("circular10")
def export_circular10(
    to: Annotated[Path, typer.Argument(help="The folder below which STATION/yyyy/MM/dd are made.")],
    province: Annotated[str, typer.Option(help="The province's short name in the file names.")],
    site: Annotated[str, typer.Option(help="The site's short name in the file names.")],
    days: Annotated[int, typer.Option(help="So many days back, today included.", min=1, max=3660)] = 2,
    folder: Folder = DEFAULT,
    database: Database = None,
) -> None:
    """Write production as text files in the form of Circular 10/2021/TT-BTNMT; files that are there are left alone."""
    now = utc_now()
    first = datetime.combine(now.astimezone(LOCAL).date() - timedelta(days=days - 1), time(), LOCAL)
    with contextlib.closing(open_station(folder, database)) as station, station.store.reading() as connection:
        count = circular10.write_files(
            connection, to, province, site, wire.utc_text(first), wire.utc_text(now)
        )
    typer.echo(f"{count} new files below {to}")
