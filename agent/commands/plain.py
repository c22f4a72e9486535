"""What every command does with an error made on purpose."""

import contextlib
import sys
from collections.abc import Iterator, Sequence
from typing import Literal

import typer

from agent.errors import SandwatchError, SettingsError


@contextlib.contextmanager
def plain_errors(languages: Sequence[Literal["vi", "en"]] = ("en",)) -> Iterator[None]:
    """Errors made on purpose end in their sentences and exit code 2, without a trace.

    Mistakes in a file are told in each of the languages, one after the other; other errors are in English.
    """
    try:
        yield
    except SettingsError as error:
        for language in languages:
            typer.echo(f"sandwatch: {error.text(language)}", err=True)
        raise typer.Exit(2) from None
    except SandwatchError as error:
        typer.echo(f"sandwatch: {error}", err=True)
        raise typer.Exit(2) from None
    except BrokenPipeError:
        sys.stderr.close()
        raise typer.Exit(0) from None
