"""`sandwatch card …`: the card that evidence is written to."""

from pathlib import Path
from typing import Annotated

import typer

from agent import card
from agent.commands.plain import plain_errors
from agent.errors import Mistake, SettingsError
from agent.run.settings import Settings, load_settings

app = typer.Typer(help="The data card of the box.", no_args_is_help=True)

ConfigFile = Annotated[Path, typer.Option("--config", "-c", help="The agent.toml with evidence.folder.")]


@app.command("adopt")
def card_adopt(config: ConfigFile) -> None:
    """Make the card that is mounted at evidence.folder the one this box writes to; it refuses every other."""
    with plain_errors():
        settings = load_settings(config)
        folder = _folder(settings, config)
        number = card.adopt(folder, settings.device.state_dir, settings.device.id)
        typer.echo(f"{folder} is card {number} of {settings.device.id}")


@app.command("check")
def card_check(config: ConfigFile) -> None:
    """Whether the right card is there. Exit code 1 if not."""
    with plain_errors():
        settings = load_settings(config)
        problem = card.guard(_folder(settings, config), settings.device.state_dir)()
    typer.echo(problem or "the data card is there")
    raise typer.Exit(1 if problem else 0)


def _folder(settings: Settings, config: Path) -> Path:
    if settings.evidence.folder is None:
        problem = "is missing: evidence lies beside the store, and there is no card to check"
        raise SettingsError(str(config), [Mistake("evidence.folder", "", problem)])
    return settings.evidence.folder
