"""`sandwatch site landmarks`: what stands on the deck, taken down at commissioning."""

import logging
from pathlib import Path
from typing import Annotated

import typer

from agent.commands.plain import plain_errors


def landmarks(
    config: Annotated[Path, typer.Option("--config", "-c", help="The agent.toml that names the camera.")],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="The file to write; [[camera]] landmarks names it.")
    ],
    name: Annotated[
        str | None,
        typer.Argument(metavar="CAMERA", help="Its name. Default: the only one.", show_default=False),
    ] = None,
    minutes: Annotated[float, typer.Option(min=1.0, max=600.0, help="How long to look.")] = 20.0,
    add: Annotated[
        bool,
        typer.Option(
            "--add", help="Keep what the file holds: the deck laden, or in another light, beside it."
        ),
    ] = False,
) -> None:
    """Take down the landmarks of the deck, so that the box knows when its camera is on another hull.

    By day and with a clean lens, while she does what she does all day: what moves meanwhile is no landmark. A light
    by which the deck looks another is taken down with --add. Everybody who reads the file sees lines, no picture.
    """
    from agent.run.build import cameras
    from agent.run.settings import load_settings

    logging.disable(logging.WARNING)
    with plain_errors():
        camera = cameras.chosen(load_settings(config), name)
        found = cameras.landmarks(camera, minutes * 60.0, lambda count: typer.echo(f"look {count}", err=True))
        held = cameras.add_landmarks(output, found, keep=add)
    typer.echo(
        f"{output}: {int(found.marks.sum())} landmarks of {camera.name}, steady to {found.usual:.2f}; "
        f"the file holds {held} commissioning(s)"
    )
    typer.echo(f'in [[camera]] {camera.name}: landmarks = "{output.name}"')
