"""A checked config: the settings and the licences they name."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from agent.errors import Mistake, SettingsError
from agent.licence.licence import Licence, parse_licences
from agent.licence.rules import MooringPlace, Terms
from agent.run.settings import Settings, load_settings, read_text


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run judges by."""

    file: Path
    settings: Settings
    licences: tuple[Licence, ...]

    def terms(self) -> Terms:
        """The law for this vessel."""
        vessel = self.settings.own_vessel
        return Terms(
            own_vessel=vessel.kind,
            has_gear=vessel.has_gear,
            licences=self.licences,
            mooring_places=tuple(
                MooringPlace(place.name, place.lat_deg, place.lon_deg, place.radius_m)
                for place in self.settings.mooring_place
            ),
        )


def load_plan(config: Path) -> Plan:
    """Read a config and its licences; raises SettingsError with the mistakes of all of them together."""
    mistakes: list[Mistake] = []
    settings: Settings | None = None
    try:
        settings = load_settings(config)
        files: Iterable[Path] = settings.licences.files
    except SettingsError as error:
        mistakes += error.mistakes
        files = _named_licences(config)
    licences: list[Licence] = []
    for file in files:
        try:
            licences += parse_licences(read_text(file), str(file))
        except SettingsError as error:
            mistakes += [
                replace(mistake, where=f"{file.name}: {mistake.where}") for mistake in error.mistakes
            ]
    numbers = [licence.number for licence in licences]
    mistakes += [
        Mistake("licences.files", number, "two licences have this number", "give each number once")
        for number in sorted({number for number in numbers if numbers.count(number) > 1})
    ]
    if settings is None or mistakes:
        raise SettingsError(str(config), mistakes)
    return Plan(config, settings, tuple(licences))


def _named_licences(config: Path) -> list[Path]:
    """The licence files a config with mistakes names all the same, so that theirs are reported too."""
    try:
        files = tomllib.loads(config.read_text(encoding="utf-8"))["licences"]["files"]
        return [config.parent / file for file in files if isinstance(file, str)]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def named_model(config: Path) -> Path | None:
    """The detector a config names, also one with mistakes elsewhere."""
    try:
        file = tomllib.loads(config.read_text(encoding="utf-8"))["detector"]["model"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return config.parent / file if isinstance(file, str) else None
