"""The licences the station judges by: those brought to it, every version kept, and else those the boxes have loaded."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, cast

import rfc8785
import sqlalchemy as sa

from agent.event import wire
from agent.licence.licence import Licence, parse_licences
from station import licences
from station.outer_tables import licence_versions


@dataclass(frozen=True, slots=True)
class Version:
    """A licence as it was brought. `version` counts over all numbers."""

    version: int
    licence: Licence
    brought_utc: str
    brought_by: str


def bring(connection: sa.Connection, text: str, by: str, now: datetime) -> list[Licence]:
    """Keep the licences of a GeoJSON text; those that differ from what is held. Raises SettingsError with every mistake."""
    held = {number: version.licence.sha256 for number, version in newest(connection).items()}
    fresh = []
    for licence in parse_licences(text, "licence"):
        if held.get(licence.number) == licence.sha256:
            continue
        connection.execute(
            sa.insert(licence_versions).values(
                number=licence.number,
                sha256=licence.sha256,
                feature=rfc8785.dumps(cast("Any", licence.feature)).decode(),
                brought_utc=wire.utc_text(now),
                brought_by=by,
            )
        )
        fresh.append(licence)
    return fresh


def versions_of(connection: sa.Connection, number: str | None = None) -> list[Version]:
    """Every version that was brought, oldest first."""
    column = licence_versions.c
    query = sa.select(licence_versions).order_by(column.version)
    if number is not None:
        query = query.where(column.number == number)
    return [
        Version(row.version, parse_licences(row.feature, "licence")[0], row.brought_utc, row.brought_by)
        for row in connection.execute(query)
    ]


def newest(connection: sa.Connection) -> dict[str, Version]:
    """The version of each number that holds."""
    return {version.licence.number: version for version in versions_of(connection)}


def in_force(connection: sa.Connection) -> dict[str, Licence]:
    """By number: what was brought to the station; a licence that only boxes have, as the first of them has it."""
    found = {
        held.licence.number: held.licence
        for held in reversed(licences.held_licences(licences.last_configs(connection)))
    }
    found |= {number: version.licence for number, version in newest(connection).items()}
    return dict(sorted(found.items()))


def affected_from(before: Licence | None, after: Licence) -> date:
    """The first day on which the two may say different things: stored work from it on is judged again."""
    if before is None:
        return after.valid_from
    days = [min(before.valid_from, after.valid_from)]
    same_area = before.polygons == after.polygons and before.valid_from == after.valid_from
    same_hours = before.hours == after.hours and before.periods == after.periods
    same_vessels = before.vessels == after.vessels and before.quota == after.quota
    if same_area and same_hours and same_vessels and before.valid_to == after.valid_to:
        changed: Sequence[Any] = [
            notice
            for notice in (*before.suspensions, *after.suspensions)
            if (notice in before.suspensions) is not (notice in after.suspensions)
        ]
        days = [notice.first for notice in changed] or [after.valid_from]
    return min(days)


def feature_text(licence: Licence) -> str:
    """The licence as a GeoJSON text a box takes."""
    return json.dumps(licence.feature, ensure_ascii=False, indent=1)
