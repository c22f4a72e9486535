"""In which language a command speaks: the one asked for, that of the terminal, or both."""

import os
from enum import StrEnum
from typing import Annotated, Literal

import typer

from agent.errors import Both, in_language


class Lang(StrEnum):
    VI = "vi"
    EN = "en"
    BOTH = "both"


Language = Annotated[
    Lang | None,
    typer.Option(
        "--lang",
        help="vi, en or both. Default: $SANDWATCH_LANG, that of $LANG, else both.",
        show_default=False,
    ),
]


def chosen(lang: Lang | None) -> tuple[Literal["vi", "en"], ...]:
    """The languages to speak, in their order."""
    wanted = (
        lang.value if lang is not None else os.environ.get("SANDWATCH_LANG", os.environ.get("LANG", ""))[:2]
    )
    if wanted == "vi":
        return ("vi",)
    if wanted == "en":
        return ("en",)
    return ("vi", "en")


def say(sentence: Both, lang: Lang | None) -> None:
    """A sentence on a line of its own in each language."""
    for language in chosen(lang):
        typer.echo(in_language(sentence, language))
