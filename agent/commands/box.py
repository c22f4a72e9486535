"""`sandwatch install`, `uninstall` and `escalate`: the box as systemd sees it."""

import subprocess
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from agent.commands.plain import plain_errors

ROOT = Path("/")
HOME = Path("/var/lib/sandwatch/config")


class What(StrEnum):
    AGENT = "agent"
    STATION = "station"


Part = Annotated[What, typer.Option("--what", help="The agent of a box, or the station ashore.")]
Root = Annotated[Path, typer.Option("--root", help="Another root folder: an image that is being made.")]


def add_to(app: typer.Typer) -> None:
    """Put the commands into the command line."""
    app.command("install")(install)
    app.command("uninstall")(uninstall)
    app.command("escalate")(escalate)


def install(
    what: Part = What.AGENT,
    root: Root = ROOT,
    bin_dir: Annotated[
        Path | None,
        typer.Option("--bin", help="Where the programs are. Default: where this one is.", show_default=False),
    ] = None,
    key: Annotated[
        Path | None,
        typer.Option(
            help="A device key that root keeps: given to the agent as a credential (docs/box.md).",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Put units, udev rule, journal, watchdog, user and folders in their places. Doing it twice changes nothing.

    On a running system (without --root) the user and folders are made, systemd is told, and the agent is enabled;
    start it with: systemctl start sandwatch. A box without a config then waits for a stick (docs/flash.md).
    """
    from agent.run import placing
    from agent.run.flash.home import Home

    with plain_errors():
        programs = (bin_dir or Path(sys.argv[0]).resolve().parent).absolute()
        for placed in placing.place(root, what.value, programs, key):
            typer.echo(f"{placed.what}: {placed.path}")
        if root == ROOT and what is What.AGENT and Home(HOME).software.current() is not None:
            Home(HOME).software.swap(None)
            typer.echo("the release that came in a bundle is no longer in force: what was installed here is")
    _tell_system(root, placing.AFTER[what.value])


def uninstall(what: Part = What.AGENT, root: Root = ROOT) -> None:
    """Take away what `install` put in place. Keys, records and evidence in /var/lib/sandwatch stay."""
    from agent.run import placing

    if root == ROOT:
        units = ("sandwatch", "sandwatch-fetched.path") if what is What.AGENT else ("sandwatch-station",)
        _tell_system(root, (("systemctl", "disable", "--now", *units),))
    with plain_errors():
        for placed in placing.take_away(root, what.value):
            typer.echo(f"{placed.what}: {placed.path}")
    _tell_system(root, (("systemctl", "daemon-reload"),))


def escalate(
    result: Annotated[
        str, typer.Argument(help="How the agent ended, as systemd calls it.", envvar="SERVICE_RESULT")
    ] = "success",
    run_dir: Annotated[Path, typer.Option(help="Where the failures of this boot are remembered.")] = Path(
        "/run/sandwatch"
    ),
) -> None:
    """After each end of the agent (its unit does it, as root): when it fails again and again, go further.

    Three failures in half an hour: the USB devices are taken off and on again. Six: the box is rebooted, but never
    in the first hour of a boot.
    """
    from agent.run.build.boxing import escalate as go_further

    if said := go_further(result, run_dir):
        typer.echo(said)


def _tell_system(root: Path, commands: tuple[tuple[str, ...], ...]) -> None:
    for command in commands if root == ROOT else ():
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        if done.returncode:
            typer.echo(f"sandwatch: {' '.join(command)}: {done.stderr.strip()}", err=True)
