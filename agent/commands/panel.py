"""`sandwatch panel`: what the lamps of the box mean."""

from pathlib import Path
from typing import Annotated

import typer

from agent.commands.plain import plain_errors

app = typer.Typer(no_args_is_help=True, help="The lamps, buzzer and key of the box.")


@app.callback()
def _group() -> None:
    """Commands about the panel (keeps `card` a command of its own while it is the only one)."""


@app.command("card")
def card(
    out: Annotated[Path, typer.Option("--out", "-o", help="The SVG file to print and laminate.")] = Path(
        "panel-card.svg"
    ),
) -> None:
    """Draw the card that says what the lamps mean, Vietnamese and English, from the patterns they follow."""
    from agent.errors import StoreError
    from agent.run import panel_card

    with plain_errors():
        try:
            out.write_text(panel_card.card(), encoding="utf-8")
        except OSError as error:
            raise StoreError(f"{out} cannot be written: {error.strerror}") from error
    typer.echo(f"wrote {out}")
