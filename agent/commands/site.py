"""`sandwatch site …`: what a place and a kit allow to be known."""

from pathlib import Path
from typing import Annotated

import typer

from agent.commands.load import load, loads
from agent.commands.plain import plain_errors
from agent.commands.site_check import site_check
from agent.commands.site_landmarks import landmarks
from agent.licence.budget import TYPICAL_GEAR, budget
from agent.position.antenna import Gear
from agent.run.plan import gear_of
from agent.run.settings import load_settings

app = typer.Typer(help="What a site and its kit allow to be known.", no_args_is_help=True)
app.command("landmarks")(landmarks)
app.command("check")(site_check)
app.command("loads")(loads)
app.command("load")(load)


@app.command("budget")
def site_budget(
    config: Annotated[
        Path | None,
        typer.Option("--config", "-c", help="An agent.toml with [gear] and [antenna].", show_default=False),
    ] = None,
) -> None:
    """The smallest distance beyond a boundary that each kit can prove, with the gear of the config.

    Without a config a made-up crane barge is taken: gear 12 m ahead of the antenna, 4 m of sweep. The figures come
    from the code that judges; receivers are assumed to see a good sky. All are 95 % bounds.
    """
    gear: Gear | None = TYPICAL_GEAR
    heading_error_deg = 2.0
    with plain_errors():
        if config is not None:
            settings = load_settings(config)
            gear, heading_error_deg = gear_of(settings), settings.antenna.heading_error_deg
        if gear is None:
            typer.echo("gear: not measured (no [gear] in the config)")
        else:
            typer.echo(
                f"gear: {gear.forward_m:g} m ahead and {gear.right_m:g} m to starboard of the antenna, "
                f"sweep {gear.sweep_m:g} m, measured to {gear.measured_m:g} m"
            )
        typer.echo(f"{'kit':32} {'receiver says':>13}  {'one fix':>8}  {'an hour at rest':>15}")
        for row in budget(gear, heading_error_deg):
            said, once, rest = (
                f"{metres:.1f} m" for metres in (row.kit.stated_m, row.at_once_m, row.at_rest_m)
            )
            typer.echo(f"{row.kit.name:32} {'± ' + said:>13}  {once:>8}  {rest:>15}")
