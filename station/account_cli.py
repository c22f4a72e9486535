"""`sandwatch-station account`: the first account is made here, because nobody can sign in before."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import sqlalchemy as sa
import typer

from station import accounts
from station.accounts import COMMAND_LINE, Role
from station.app import open_station
from station.clock import utc_now

app = typer.Typer(no_args_is_help=True, help="Accounts of the people who use the station's pages.")

Name = Annotated[str, typer.Argument(help="What is typed to sign in: a-z 0-9 . _ -")]
RoleOption = Annotated[Role, typer.Option("--role", help="What the person may do.")]
Folder = Annotated[Path, typer.Option("--folder", help="The station's folder.")]
Database = Annotated[
    str | None, typer.Option("--database", help="SQLAlchemy URL of another database.", show_default=False)
]
DEFAULT = Path("var/station")


@contextlib.contextmanager
def _writing(folder: Path, database: str | None) -> Iterator[sa.Connection]:
    with contextlib.closing(open_station(folder, database)) as station, station.store.writing() as connection:
        yield connection


def _tell(name: str, password: str) -> None:
    typer.echo(f"Password of {name}, shown once: {password}")
    typer.echo("It has to be changed at the first log-in.")


@app.command()
def add(
    name: Name,
    role: RoleOption,
    full_name: Annotated[str, typer.Option(help="The person's name, as it stands in files.")] = "",
    folder: Folder = DEFAULT,
    database: Database = None,
) -> None:
    """Make an account and print its first password.

    inspector rules on events; supervisor also decides where two differ and keeps the accounts; technician sees
    the boxes and no evidence; read-only sees everything and changes nothing.
    """
    with _writing(folder, database) as connection:
        password = accounts.add(connection, name, role, full_name, COMMAND_LINE, utc_now())
    _tell(name, password)


@app.command()
def password(name: Name, folder: Folder = DEFAULT, database: Database = None) -> None:
    """Give an account a new password and sign it out everywhere: for whoever has forgotten hers."""
    with _writing(folder, database) as connection:
        fresh = accounts.new_password(connection, name, COMMAND_LINE, utc_now())
    _tell(name, fresh)


@app.command()
def role(name: Name, role: RoleOption, folder: Folder = DEFAULT, database: Database = None) -> None:
    """Give an account another role."""
    with _writing(folder, database) as connection:
        accounts.set_role(connection, name, role, COMMAND_LINE, utc_now())
    typer.echo(f"{name} is {role.value} now.")


@app.command()
def close(name: Name, folder: Folder = DEFAULT, database: Database = None) -> None:
    """Close an account; what its person decided stays. It is signed out at once."""
    with _writing(folder, database) as connection:
        accounts.set_closed(connection, name, COMMAND_LINE, utc_now(), closed=True)
    typer.echo(f"{name} is closed.")


@app.command("list")
def list_accounts(folder: Folder = DEFAULT, database: Database = None) -> None:
    """List the accounts."""
    with _writing(folder, database) as connection:
        rows = accounts.everyone(connection)
    for row in rows:
        typer.echo(f"{row.name}  {row.role.value}  {row.full_name}{'  closed' if row.closed else ''}")
    if not rows:
        typer.echo("There is no account. Make one with: sandwatch-station account add NAME --role supervisor")
