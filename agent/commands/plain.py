"""What every command does with an error made on purpose."""

import contextlib
import sys
from collections.abc import Iterator

import typer

from agent.errors import SandwatchError


@contextlib.contextmanager
def plain_errors() -> Iterator[None]:
    """Errors made on purpose end in one sentence and exit code 2, without a trace."""
    try:
        yield
    except SandwatchError as error:
        typer.echo(f"sandwatch: {error}", err=True)
        raise typer.Exit(2) from None
    except BrokenPipeError:
        sys.stderr.close()
        raise typer.Exit(0) from None
