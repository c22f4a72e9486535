"""`sandwatch licence import`: a corner table or a map becomes a licence file, or every mistake is said at once.

The original table stands beside the polygon. Terms that were not given stay out: the file is then a draft, which the
box refuses with the names of what is missing.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from importlib.resources import files
from pathlib import Path
from typing import Final

from agent.desk.conversion import Zone
from agent.desk.corner_table import CornerTable, TableRing, read_table
from agent.desk.outline import Outline, area_mistakes, outline, river_mistakes
from agent.desk.shapes import MAPS, read_map
from agent.errors import SettingsError
from agent.licence.corners import check_corners
from agent.licence.law import Law
from agent.licence.licence import Licence, parse_licences
from agent.licence.places import Place, parse_places
from agent.licence.rings import Polygons, Ring, parse_polygons
from agent.licence.terms import FORMAT, Vn2000
from agent.types import Json

_REQUIRED: Final = ("number", "holder", "valid_from", "valid_to", "hours")


@dataclass(frozen=True, slots=True)
class Imported:
    """A licence file to be written. `licence` is None for a draft, whose missing terms `missing` names."""

    feature: dict[str, Json]
    outline: Outline
    licence: Licence | None
    missing: tuple[str, ...] = field(default_factory=tuple)

    @property
    def text(self) -> str:
        """The file, as people can read it."""
        return json.dumps(self.feature, ensure_ascii=False, indent=2) + "\n"


def import_licence(
    source: Path,
    zone: Zone,
    terms: dict[str, Json],
    *,
    law: Law,
    rivers: Sequence[Place] = (),
    area_ha: float | None = None,
    against: Path | None = None,
) -> Imported:
    """Read `source`, convert and check it. `against` is a map of the same mine that must agree with it.

    Raises SettingsError with every mistake found.
    """
    table = read_map(source, zone) if source.suffix.lower() in MAPS else read_table(source)
    found, mistakes = outline(table, zone)
    if not mistakes:
        mistakes = [*area_mistakes(found, area_ha), *river_mistakes(found, rivers)]
    rows = _vn2000(found, source, table)
    if against is not None and not mistakes:
        mistakes = check_corners(
            Vn2000.model_validate_json(json.dumps(rows)), _polygons_of(against, zone), "vn2000"
        )
    if mistakes:
        raise SettingsError(str(source), mistakes)
    feature: dict[str, Json] = {
        "type": "Feature",
        "properties": {"format": FORMAT, **terms, "vn2000": rows},
        "geometry": _geometry(found.polygons),
    }
    missing = tuple(key for key in _REQUIRED if key not in terms)
    if missing:
        _, mistakes = parse_polygons(feature["geometry"], "geometry")
        if mistakes:
            raise SettingsError(str(source), mistakes)
        return Imported(feature, found, None, missing)
    (licence,) = parse_licences(json.dumps(feature), str(source))
    mistakes = law.hours_mistakes(licence)
    if mistakes:
        raise SettingsError(str(source), mistakes)
    return Imported(feature, found, licence)


def shipped_rivers() -> tuple[Place, ...]:
    """The coarse line of the Hậu River, by which a wrong meridian is told."""
    text = (files("agent.desk") / "places" / "hau-river.geojson").read_text(encoding="utf-8")
    return parse_places(text, "hau-river.geojson")


def _vn2000(found: Outline, source: Path, table: CornerTable) -> dict[str, Json]:
    digest = hashlib.sha256(source.read_bytes()).hexdigest() if source.is_file() else ""
    rows: list[Json] = [
        {
            "ring": ring.name or str(number),
            "corner": point.corner,
            "x_northing_m": point.x_m,
            "y_easting_m": point.y_m,
        }
        for number, ring in enumerate(_named(found), 1)
        for point in ring.points
    ]
    return {
        "meridian_deg": found.zone.meridian_deg,
        "zone_width_deg": found.zone.width_deg,
        "source": table.note or f"{source.name}, SHA-256 {digest}",
        "corners": rows,
    }


def _named(found: Outline) -> list[TableRing]:
    """The rings with a name of their own each: two of one name would be one ring in the file."""
    seen: dict[str, int] = {}
    rings = []
    for number, ring in enumerate(found.rings, 1):
        name = ring.name or str(number)
        seen[name] = seen.get(name, 0) + 1
        rings.append(replace(ring, name=name if seen[name] == 1 else f"{name} ({seen[name]})"))
    return rings


def _geometry(polygons: Polygons) -> dict[str, Json]:
    """GeoJSON, with outer rings anticlockwise and holes clockwise (RFC 7946, 3.1.6) whatever the table's direction."""
    closed: list[Json] = [
        [
            [[lon, lat] for lon, lat in (*turned, turned[0])]
            for turned in (_turned(ring, anticlockwise=not index) for index, ring in enumerate(polygon))
        ]
        for polygon in polygons
    ]
    if len(closed) == 1:
        return {"type": "Polygon", "coordinates": closed[0]}
    return {"type": "MultiPolygon", "coordinates": closed}


def _turned(ring: Ring, *, anticlockwise: bool) -> Ring:
    """The ring in that direction, from the same first corner."""
    ahead = (*ring[1:], ring[0])
    twice = sum(x * v - u * y for (x, y), (u, v) in zip(ring, ahead, strict=True))
    return ring if (twice > 0.0) == anticlockwise else (ring[0], *ring[:0:-1])


def _polygons_of(path: Path, zone: Zone) -> Polygons:
    """The polygons of a map, in WGS 84."""
    found, mistakes = outline(read_map(path, zone), zone)
    if mistakes:
        raise SettingsError(str(path), mistakes)
    return found.polygons
