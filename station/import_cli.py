"""`sandwatch-station import`: licences and what others declare, from files of any size."""

import contextlib
from pathlib import Path
from typing import Annotated, get_args

import typer

from station import declarations
from station.accounting import bring_licences
from station.app import open_station
from station.clock import utc_now
from station.declarations import DeclarationError, Kind

Folder = Annotated[Path, typer.Option("--folder", help="The station's folder.")]
Database = Annotated[
    str | None, typer.Option("--database", help="SQLAlchemy URL of another database.", show_default=False)
]
DEFAULT = Path("var/station")
LICENCE = "licence"


def import_file(
    kind: Annotated[str, typer.Argument(help="licence (GeoJSON), or daily, transport, ais (CSV).")],
    file: Annotated[Path, typer.Argument(help="The file.", exists=True, dir_okay=False)],
    by: Annotated[str, typer.Option("--by", help="Who answers for it.")],
    folder: Folder = DEFAULT,
    database: Database = None,
) -> None:
    """Take a licence or a file of declarations in, whole or not at all; a changed licence judges stored work again."""
    kinds: tuple[Kind, ...] = get_args(Kind)
    chosen = next((one for one in kinds if one == kind), None)
    if chosen is None and kind != LICENCE:
        raise DeclarationError(f"{kind!r} is none of {LICENCE}, {', '.join(kinds)}")
    data, now = file.read_bytes(), utc_now()
    with contextlib.closing(open_station(folder, database)) as station, station.store.writing() as connection:
        if chosen is None:
            fresh = bring_licences(connection, data.decode("utf-8", "replace"), by, now)
            numbers = ", ".join(licence.number for licence in fresh)
            typer.echo(f"{len(fresh)} new or changed: {numbers}" if fresh else "nothing has changed")
        else:
            brought = declarations.bring(connection, chosen, file.name, data, by, now)
            typer.echo(f"{brought.lines} lines taken as no. {brought.number}")
