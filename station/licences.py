"""The licences the boxes work by: those in the last configuration of each box, and in that of one event."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import cast

import sqlalchemy as sa

from agent.errors import SettingsError
from agent.licence.licence import Licence, parse_licences
from agent.types import Json
from station import tables


@dataclass(frozen=True, slots=True)
class Held:
    """A licence and the boxes that have loaded it. Boxes with another version of it have a `Held` of their own."""

    licence: Licence
    devices: tuple[str, ...]


def licences_of(config: Mapping[str, Json]) -> list[Licence]:
    """The licences of a `config.applied` body; one that this version cannot read is left out."""
    held = config.get("licences")
    found: list[Licence] = []
    for feature in held if isinstance(held, list) else []:
        try:
            found += parse_licences(json.dumps(feature), "config.applied")
        except SettingsError:
            continue
    return found


def hull_of(config: Mapping[str, Json]) -> str:
    """The hull number a `config.applied` body names; empty where it names none."""
    own = config.get("own_vessel")
    hull = own.get("hull_number") if isinstance(own, dict) else None
    return hull[:200] if isinstance(hull, str) else ""


def last_configs(connection: sa.Connection) -> list[tuple[str, dict[str, Json]]]:
    """Device and body of the last `config.applied` of every box."""
    column = tables.configs.c
    last = sa.select(column.device, sa.func.max(column.seq).label("seq")).group_by(column.device).subquery()
    rows = connection.execute(
        sa.select(column.device, column.body)
        .join_from(tables.configs, last, (last.c.device == column.device) & (last.c.seq == column.seq))
        .order_by(column.device)
    )
    return [(row.device, cast("dict[str, Json]", json.loads(row.body))) for row in rows]


def held_licences(configs: Iterable[tuple[str, Mapping[str, Json]]]) -> list[Held]:
    """Every licence the boxes have, by number; two versions of one stand beside each other."""
    found: dict[tuple[str, str], tuple[Licence, list[str]]] = {}
    for device, config in configs:
        for licence in licences_of(config):
            found.setdefault((licence.number, licence.sha256), (licence, []))[1].append(device)
    return [Held(licence, tuple(devices)) for _key, (licence, devices) in sorted(found.items())]
