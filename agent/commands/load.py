"""`sandwatch site loads`, `site load`: the loads a box saw, and how much one of them was when somebody measured it."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from agent.commands.plain import plain_errors
from agent.commands.state import home_of
from agent.errors import Mistake, SettingsError

Config = Annotated[Path, typer.Option("--config", "-c", help="The agent.toml the box runs by.")]
State = Annotated[
    Path | None,
    typer.Option("--state", help="Folder of its store. Default: that of the config.", show_default=False),
]
HOLD_ERROR = 0.1  # of a hold loaded by eye to its coaming


def _told(folder: Path) -> list[dict[str, Any]]:
    """The bodies of the records of loads, oldest first."""
    from agent.outbox.view import View

    with View.open_reading(folder) as view:
        records = [json.loads(raw) for raw in view.records()]
    return [record["body"] for record in records if record["kind"] == "load"]


def loads(config: Config, state: State = None, last: Annotated[int, typer.Option(min=1)] = 20) -> None:
    """The last loads: name, from, to, buckets, cubic metres."""
    with plain_errors():
        for body in _told(home_of(config, state).folder)[-last:]:
            volume = body["volume"]
            made = (
                "" if volume is None else f"  {volume['loose_m3']:g} ± {volume['loose_error_m3']:g} m³ loose"
            )
            typer.echo(
                f"{body['load']}  {body['from_utc']}  {body['to_utc']}  {body['cycles']} buckets{made}"
            )


def load(
    name: Annotated[str, typer.Argument(help="The load, as `sandwatch site loads` names it.")],
    config: Config,
    by: Annotated[str, typer.Option(help="Who measured: the name that stands in the signed statement.")],
    carrier: Annotated[
        str | None,
        typer.Option(
            help="The hull that took it, loaded full: her hold in the licence's list is the volume.",
            show_default=False,
        ),
    ] = None,
    m3: Annotated[
        float | None, typer.Option(min=0.1, help="Loose m³ that were measured.", show_default=False)
    ] = None,
    error: Annotated[
        float | None,
        typer.Option(min=0.0, help="Its 95 % error, m³. Default: a tenth of the volume.", show_default=False),
    ] = None,
    state: State = None,
) -> None:
    """Say how much a load was; the box reckons from then on with how full its buckets really come up.

    Give --m3 where it was measured, or --carrier for a carrier of known capacity that left full.
    """
    from agent.licence.vessels import hull_key
    from agent.run import identity, statements
    from agent.run.build import tools
    from agent.run.plan import load_plan
    from agent.types import Statement

    with plain_errors():
        plan, home = load_plan(config), home_of(config, state)
        if name not in {body["load"] for body in _told(home.folder)}:
            raise _wrong("LOAD", name, "is no load of this box", "see: sandwatch site loads")
        holds = {
            hull_key(row.hull_number): row.hold_m3
            for licence in plan.licences
            for row in licence.carriers
            if row.hold_m3 is not None
        }
        held_m3 = m3 if m3 is not None else holds.get(hull_key(carrier or ""))
        if held_m3 is None:
            allowed = "give --m3, or --carrier with a hull whose hold_m3 is in the licence's list"
            raise _wrong("--carrier", carrier or "", "is of no known capacity", allowed)
        values: dict[str, float | int | str] = {
            "load": name,
            "carrier": carrier or "",
            "m3": held_m3,
            "error_m3": HOLD_ERROR * held_m3 if error is None else error,
        }
        said = Statement(0, "load", tools.now(), by, values)
        key = identity.device_key(home.key_file, make=False)
        typer.echo(str(statements.write(home.folder, key, plan.settings.device.id, said)))


def _wrong(where: str, value: str, problem: str, allowed: str) -> SettingsError:
    return SettingsError("command line", [Mistake(where, value, problem, allowed)])
