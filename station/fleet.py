"""The fleet as far as the station knows: each box, the vessel it is on, where it was last."""

from dataclasses import dataclass

import sqlalchemy as sa

from station import licences, tables


@dataclass(frozen=True, slots=True)
class Position:
    """The last position of a known time."""

    utc: str
    lat_deg: float
    lon_deg: float


@dataclass(frozen=True, slots=True)
class Ship:
    """One box and the vessel its configuration names; `last` is None where it has told no position."""

    device: str
    name: str
    vessel: str
    licences: tuple[str, ...]
    last_seen_utc: str | None
    last: Position | None


def ships(connection: sa.Connection) -> list[Ship]:
    """Every enrolled box, by name."""
    configs = dict(licences.last_configs(connection))
    column = tables.devices.c
    rows = connection.execute(
        sa.select(column.id, column.name, column.last_seen_utc).order_by(column.name, column.id)
    ).all()
    found = []
    for row in rows:
        config = configs.get(row.id, {})
        found.append(
            Ship(
                device=row.id,
                name=row.name,
                vessel=licences.hull_of(config),
                licences=tuple(licence.number for licence in licences.licences_of(config)),
                last_seen_utc=row.last_seen_utc,
                last=last_position(connection, row.id),
            )
        )
    return found


def last_position(connection: sa.Connection, device: str) -> Position | None:
    """Where a box was last, by its own time."""
    column = tables.track.c
    row = connection.execute(
        sa.select(column.utc, column.lat_deg, column.lon_deg)
        .where(column.device == device, column.utc.is_not(None))
        .order_by(column.utc.desc())
        .limit(1)
    ).first()
    return None if row is None else Position(row.utc, row.lat_deg, row.lon_deg)
