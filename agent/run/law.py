"""The law a plan judges by: the rule sets that ship, and those a config adds or puts in their stead."""

from collections.abc import Sequence
from importlib.resources import files

from agent.errors import Mistake, SettingsError
from agent.licence.law import Law, Rule, law_of
from agent.licence.rule_sets import parse_rules


def shipped_rules() -> list[tuple[str, str]]:
    """Name and text of every rule set of this distribution."""
    folder = files("agent.licence") / "rulesets"
    return sorted(
        (entry.name, entry.read_text(encoding="utf-8"))
        for entry in folder.iterdir()
        if entry.name.endswith(".toml")
    )


def load_law(added: Sequence[tuple[str, str]] = ()) -> Law:
    """The shipped rule sets and the added ones (name, text); one with the id of a shipped one replaces it.

    Raises SettingsError with the mistakes of all of them.
    """
    sets: dict[str, tuple[Rule, ...]] = {}
    mistakes: list[Mistake] = []
    for name, text in [*shipped_rules(), *added]:
        try:
            rules = parse_rules(text, name)
            sets[rules[0].rule_set] = rules
        except SettingsError as error:
            mistakes += [mistake.within(f"{name}: ") for mistake in error.mistakes]
    if mistakes:
        raise SettingsError("rules", mistakes)
    return law_of([rule for rules in sets.values() for rule in rules])
