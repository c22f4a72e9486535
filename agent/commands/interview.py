"""Questions at the terminal whose answers become settings, each judged by the settings as soon as it is given."""

from collections.abc import Callable, Sequence
from copy import deepcopy
from datetime import date, datetime
from itertools import pairwise
from typing import Any, TypeAlias

import typer

from agent.commands.words import Lang, chosen, say
from agent.errors import Both, Mistake, SettingsError

Value: TypeAlias = str | float | bool | date
Key: TypeAlias = tuple[str | int, ...]
Reader: TypeAlias = Callable[[str], Value]


class Unreadable(Exception):
    """An answer that cannot be read as what was asked for."""

    def __init__(self, vi: str, en: str) -> None:
        self.sentence = Both(vi=vi, en=en)
        super().__init__(en)


def number(text: str) -> float:
    """A number as it is written here: 1,5 or 1.5."""
    try:
        return float(text.replace(",", "."))
    except ValueError:
        raise Unreadable(f"{text}: không phải là một số", f"{text}: is no number") from None


def yes(text: str) -> bool:
    """Yes or no, in both languages."""
    if text.lower() in ("c", "có", "co", "y", "yes"):
        return True
    if text.lower() in ("k", "không", "khong", "n", "no"):
        return False
    raise Unreadable(f"{text}: trả lời c (có) hoặc k (không)", f"{text}: answer y or n")


def day(text: str) -> date:
    """A day, as it is written here or in ISO."""
    for form in ("%d/%m/%Y", "%Y-%m-%d"):
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007 - a day without an hour
        except ValueError:
            continue
    raise Unreadable(f"{text}: viết ngày như 25/11/2026", f"{text}: write the day as 25/11/2026")


class Interview:
    """Asks, and keeps in `table` what the settings accept."""

    def __init__(self, lang: Lang | None) -> None:
        self._lang = lang
        self.table: dict[str, Any] = {}

    def ask(
        self, key: Key, question: Both, read: Reader = str, *, default: str = "", needed: bool = True
    ) -> Value | None:
        """Ask until the settings accept it. An empty answer is the default; without one it leaves out what is not needed."""
        while True:
            text = self.line(question, default)
            if not text:
                if needed:
                    continue
                return None
            try:
                value = read(text)
            except Unreadable as error:
                say(error.sentence, self._lang)
                continue
            table = deepcopy(self.table)
            _put(table, key, value)
            mistakes = _mistakes(table, ".".join(str(part) for part in key))
            if not mistakes:
                self.table = table
                return value
            self.tell(mistakes)

    def line(self, question: Both, default: str = "") -> str:
        """One answer, as it was typed."""
        say(question, self._lang)
        shown = f"[{default}] > " if default else "> "
        answer: str = typer.prompt(shown, default=default, show_default=False, prompt_suffix="")
        return answer.strip()

    def word(self, *, affirms: bool) -> str:
        """Yes or no as one letter, in the language that is spoken first."""
        return {"vi": "kc", "en": "ny"}[chosen(self._lang)[0]][affirms]

    def tell(self, mistakes: Sequence[Mistake]) -> None:
        for language in chosen(self._lang):
            for mistake in mistakes:
                typer.echo(f"  ✗ {mistake.text(language)}")


def _mistakes(table: dict[str, Any], where: str) -> list[Mistake]:
    """What the settings say of this one key; the keys that were not asked for yet are missing, and that is all right."""
    import tomli_w

    from agent.run.settings import parse_settings

    try:
        parse_settings(tomli_w.dumps(table), "agent.toml")
    except SettingsError as error:
        return [item for item in error.mistakes if f"{item.where}.".startswith(f"{where}.")]
    return []


def _put(table: Any, key: Key, value: Value) -> None:
    """Put a value in its place; a table or a list that it needs is made."""
    for part, following in pairwise(key):
        empty: dict[str, Any] | list[Any] = [] if isinstance(following, int) else {}
        if isinstance(part, str):
            table = table.setdefault(part, empty)
        else:
            if part == len(table):
                table.append(empty)
            table = table[part]
    table[key[-1]] = value
