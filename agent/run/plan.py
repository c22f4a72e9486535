"""A checked config: the settings, and the licences, places, levels and law they name."""

import hashlib
import json
import tomllib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from agent.errors import Both, Mistake, SettingsError
from agent.event.installation import Check, Installation
from agent.licence.borders import territories_of
from agent.licence.depth import Transducer
from agent.licence.law import Law
from agent.licence.licence import Licence, parse_licences
from agent.licence.places import Place, parse_places
from agent.licence.rules import MooringPlace, Terms
from agent.licence.water_levels import WaterTable, parse_water_table
from agent.position.antenna import AntennaSettings, Gear
from agent.position.place import PlaceSettings
from agent.position.trust import TrustSettings
from agent.position.trust_place import PlaceLimits
from agent.position.trust_time import TimeSettings
from agent.run.law import load_law
from agent.run.settings import Settings, load_settings, model_path, read_text

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Plan:
    """What a run judges by. `files` are those it was read from: role, name, SHA-256."""

    file: Path
    settings: Settings
    licences: tuple[Licence, ...]
    neighbours: tuple[Licence, ...] = ()
    places: tuple[Place, ...] = ()
    water: tuple[WaterTable, ...] = ()
    law: Law = field(default_factory=Law)
    files: tuple[tuple[str, str, str], ...] = ()

    def terms(self) -> Terms:
        """The law for this vessel."""
        vessel, installation = self.settings.own_vessel, self.settings.installation
        transducer = None if installation is None else installation.transducer
        return Terms(
            own_vessel=vessel.kind,
            has_gear=vessel.has_gear,
            licences=self.licences,
            mooring_places=tuple(
                MooringPlace(place.name, place.lat_deg, place.lon_deg, place.radius_m)
                for place in self.settings.mooring_place
            ),
            hull_number=vessel.hull_number,
            law=self.law,
            neighbours=self.neighbours,
            places=self.places,
            water=self.water,
            transducer=None
            if transducer is None
            else Transducer(transducer.below_water_m, transducer.error_m),
        )

    def installation(self) -> Installation | None:
        """The record of the installation, where the config has one."""
        table = self.settings.installation
        if table is None:
            return None
        return Installation(
            regime=table.regime,
            owner=table.owner,
            answerable=table.answerable,
            installer=table.installer,
            installed_on=table.installed_on,
            serials=tuple(sorted(table.serials.items())),
            seals=table.seals,
            checks=tuple(
                Check(check.what, check.on, check.valid_to, check.by, check.certificate)
                for check in table.check
            ),
        )

    def place(self) -> PlaceSettings:
        """The receiver and the way from its antenna to the gear."""
        settings, antenna = self.settings, self.settings.antenna
        return PlaceSettings(
            receiver=antenna.receiver,
            antenna=AntennaSettings(
                gear=gear_of(settings),
                fitted=settings.own_vessel.has_gear,
                heading_offset_deg=antenna.heading_offset_deg,
                heading_error_deg=antenna.heading_error_deg,
            ),
        )


def trust_of(settings: Settings, earliest: datetime | None) -> TrustSettings:
    """By what positions are believed; `earliest` is the first day this software can run on, None for old logs."""
    table = settings.trust
    limits = PlaceLimits(table.lat_deg, table.lon_deg, table.altitude_m)
    return TrustSettings(limits=limits, time=TimeSettings(earliest=earliest))


def gear_of(settings: Settings) -> Gear | None:
    """The lever arm of a config; None where nobody measured it."""
    gear = settings.gear
    return None if gear is None else Gear(gear.forward_m, gear.right_m, gear.sweep_m, gear.measured_m)


class _Reading:
    """Reads the files of a config, and gathers the mistakes of all of them."""

    def __init__(self) -> None:
        self.mistakes: list[Mistake] = []
        self.files: list[tuple[str, str, str]] = []

    def all(
        self, role: str, files: Iterable[Path], parse: Callable[[str, str], Iterable[T]]
    ) -> tuple[T, ...]:
        found: list[T] = []
        for file in files:
            try:
                found += parse(read_text(file), str(file))
                self.files.append((role, file.name, hashlib.sha256(file.read_bytes()).hexdigest()))
            except SettingsError as error:
                self.mistakes += [mistake.within(f"{file.name}: ") for mistake in error.mistakes]
        return tuple(found)


def load_plan(config: Path) -> Plan:
    """Read a config and all it names; raises SettingsError with the mistakes of all of them together."""
    reading = _Reading()
    try:
        settings = load_settings(config)
    except SettingsError as error:
        reading.mistakes += error.mistakes
        reading.all("licences", _named_licences(config), parse_licences)
        raise SettingsError(str(config), reading.mistakes) from None
    licences = reading.all("licences", settings.licences.files, parse_licences)
    neighbours = reading.all("neighbours", settings.licences.neighbours, parse_licences)
    places = reading.all("places", settings.places.files, parse_places)
    water = reading.all(
        "water_levels", settings.water_levels.files, lambda text, file: [parse_water_table(text, file)]
    )
    landmarks = [camera.landmarks for camera in settings.camera if camera.landmarks is not None]
    reading.all("landmarks", landmarks, _landmarks)
    law = Law()
    try:
        law = load_law(
            reading.all("rules", settings.rules.files, lambda text, file: [(Path(file).name, text)])
        )
    except SettingsError as error:
        reading.mistakes += error.mistakes
    mistakes = [*reading.mistakes, *_disagreements(licences, neighbours, places, law)]
    if mistakes:
        raise SettingsError(str(config), mistakes)
    return Plan(config, settings, licences, neighbours, places, water, law, tuple(reading.files))


def _landmarks(text: str, file: str) -> Iterable[None]:
    """Is it such a file at all? What is in it the eyes read, who have pixels to compare it with."""
    try:
        held = json.loads(text)
    except ValueError:
        held = None
    if not isinstance(held, dict) or not held.get("landmarks"):
        problem = Mistake("the file", "", "holds no landmarks", "take them with `sandwatch site landmarks`")
        raise SettingsError(file, [problem])
    return ()


def _disagreements(
    licences: tuple[Licence, ...], neighbours: tuple[Licence, ...], places: tuple[Place, ...], law: Law
) -> list[Mistake]:
    """What is wrong only when the files are seen together."""
    numbers = [licence.number for licence in (*licences, *neighbours)]
    mistakes = [
        Mistake(
            "licences.files",
            number,
            Both(vi="hai giấy phép có cùng số này", en="two licences have this number"),
            Both(vi="mỗi số chỉ một lần", en="give each number once"),
        )
        for number in sorted({number for number in numbers if numbers.count(number) > 1})
    ]
    zones = {place.name for place in places if place.kind == "mooring"}
    bordered = any(place.kind == "province" for place in places)
    for licence in licences:
        mistakes += [mistake.within(f"{licence.number}: ") for mistake in law.hours_mistakes(licence)]
        mistakes += [
            Mistake(
                f"{licence.number}: mooring.zone",
                order.zone,
                Both(
                    vi="không có khu vực neo đậu nào tên này trong các tệp khu vực",
                    en="no place of kind mooring in the files of places has this name",
                ),
                Both(vi="thêm khu vực đó vào [places] files", en="add it to [places] files"),
            )
            for order in licence.mooring
            if order.zone not in zones
        ]
        if bordered and licence.province and not territories_of(places, licence.province):
            mistakes.append(
                Mistake(
                    f"{licence.number}: province",
                    licence.province,
                    Both(
                        vi="không có địa giới tỉnh nào tên này trong các tệp khu vực",
                        en="no place of kind province in the files of places has this name",
                    ),
                    Both(
                        vi="thêm địa giới đó, hoặc ghi tên tỉnh cũ vào formerly của tỉnh mới",
                        en="add its territory, or this name to `formerly` of the province that took it in",
                    ),
                )
            )
    return mistakes


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
    return model_path(config.parent, Path(file)) if isinstance(file, str) else None
