"""Places beside the licence areas: where nobody may dig, where vessels must lie, banks, borders.

The file is GeoJSON (`sandwatch-places/1`, suffix `.geojson`): a FeatureCollection of areas (Polygon, MultiPolygon) and
lines (LineString, MultiLineString), each with the document it comes from and how exact it is. A place holds from
`effective_from` to `effective_to`; one that names a licence holds for that licence alone.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, TypeAlias

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import Both, Mistake, SettingsError
from agent.licence.licence import THE_FILE
from agent.licence.rings import LAT_DEG, LON_DEG, Polygons, Ring, parse_polygons
from agent.licence.terms import Note, Text
from agent.licence.wording import ALLOWED, mistakes_of
from agent.types import Json

FORMAT: Final = "sandwatch-places/1"

Kind: TypeAlias = Literal["forbidden", "mooring", "transfer", "province", "bank", "river"]
"""
- `forbidden`: no digging, whatever the licence says (a bridge, a cable, a reserve);
- `mooring`: where parked vessels must lie; `transfer`: where sand may pass from hull to hull;
- `province`: the territory of one province; `bank`: the bank's line; `river`: the river's middle, coarse.
"""
_LINES: Final = frozenset({"bank", "river"})


class _Properties(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    format: Literal["sandwatch-places/1"]
    kind: Kind
    name: Text
    source: Text
    synthetic: bool
    error_m: float = Field(gt=0, le=20_000)
    effective_from: date
    effective_to: date | None
    licence: Note = ""
    formerly: tuple[Text, ...] = ()


_ALLOWED: Final[Mapping[str, Both]] = {
    **ALLOWED,
    "format": Both(vi=f'"{FORMAT}"', en=f'"{FORMAT}"'),
    "kind": Both(
        vi="một trong forbidden, mooring, transfer, province (vùng), bank, river (đường)",
        en="one of forbidden, mooring, transfer, province (areas), bank, river (lines)",
    ),
    "synthetic": Both(
        vi="true cho khu vực bịa ra để thử, false cho khu vực thật",
        en="true for an invented place, false for a real one",
    ),
    "formerly": Both(
        vi="danh sách tên các tỉnh cũ đã nhập vào tỉnh này",
        en="a list of the names of former provinces that this one took in",
    ),
}


@dataclass(frozen=True, slots=True)
class Place:
    """An area (`polygons`) or a line (`lines`, points as lon, lat), never both. `error_m` is a 95 % bound.

    `formerly` are the names of provinces that were merged into this one.
    """

    kind: Kind
    name: str
    source: str
    synthetic: bool
    error_m: float
    effective_from: date
    effective_to: date | None
    licence: str
    polygons: Polygons = ()
    lines: tuple[Ring, ...] = ()
    formerly: tuple[str, ...] = ()


def places_on(places: Iterable[Place], kind: Kind, day: date, licence: str = "") -> list[Place]:
    """Those of a kind in force on a day: the general ones, and those of that licence."""
    return [
        place
        for place in places
        if place.kind == kind
        and place.effective_from <= day
        and (place.effective_to is None or day <= place.effective_to)
        and place.licence in ("", licence)
    ]


def parse_places(text: str, file: str) -> tuple[Place, ...]:
    """The places of a file. Raises SettingsError with all mistakes."""
    try:
        tree = json.loads(text)
    except (ValueError, RecursionError) as error:
        problem = Both(vi=f"không phải là JSON: {error}", en=f"is not JSON: {error}")
        raise SettingsError(file, [Mistake(THE_FILE, "", problem)]) from None
    features = tree.get("features") if isinstance(tree, dict) else None
    if not isinstance(features, list) or not features:
        problem = Both(vi="không có khu vực nào", en="holds no place")
        remedy = Both(
            vi="một FeatureCollection có ít nhất một Feature",
            en="a FeatureCollection of at least one Feature",
        )
        raise SettingsError(file, [Mistake(THE_FILE, "", problem, remedy)])
    mistakes: list[Mistake] = []
    places: list[Place] = []
    for index, feature in enumerate(features):
        place, wrong = _place(feature, f"features[{index}]")
        mistakes += wrong
        if place is None:
            continue
        if any((place.kind, place.name) == (other.kind, other.name) for other in places):
            problem = Both(vi="có hai lần trong tệp này", en="stands twice in this file")
            mistakes.append(Mistake(f"features[{index}].properties.name", place.name, problem))
        places.append(place)
    if mistakes:
        raise SettingsError(file, mistakes)
    return tuple(places)


def _place(feature: Json, where: str) -> tuple[Place | None, list[Mistake]]:
    if not isinstance(feature, dict) or not isinstance(feature.get("properties"), dict):
        problem = Both(vi="không phải là Feature có properties", en="is not a Feature with properties")
        return None, [Mistake(where, "", problem)]
    try:
        terms = _Properties.model_validate_json(json.dumps(feature["properties"]))
    except ValidationError as error:
        return None, mistakes_of(error.errors(), f"{where}.properties", _ALLOWED)
    if terms.formerly and terms.kind != "province":
        problem = Both(vi="chỉ dành cho khu vực loại province", en="is for a place of kind province")
        return None, [Mistake(f"{where}.properties.formerly", "", problem)]
    polygons: Polygons | None = ()
    lines: tuple[Ring, ...] | None = ()
    if terms.kind in _LINES:
        lines, mistakes = _parse_lines(feature.get("geometry"), f"{where}.geometry")
    else:
        polygons, mistakes = parse_polygons(feature.get("geometry"), f"{where}.geometry")
    if mistakes or polygons is None or lines is None:
        return None, mistakes
    return Place(**terms.model_dump(exclude={"format"}), polygons=polygons, lines=lines), []


def _parse_lines(geometry: Json, where: str) -> tuple[tuple[Ring, ...] | None, list[Mistake]]:
    kind = geometry.get("type") if isinstance(geometry, dict) else None
    raw = geometry.get("coordinates") if isinstance(geometry, dict) else None
    parts = [raw] if kind == "LineString" else raw if kind == "MultiLineString" else None
    if not isinstance(parts, list) or not parts:
        problem = Both(vi="không phải là đường", en="is no line")
        return None, [Mistake(where, str(kind), problem, "LineString, MultiLineString")]
    lines: list[Ring] = []
    for number, part in enumerate(parts):
        line = _line(part)
        if line is None:
            problem = Both(
                vi="không phải là hai điểm [kinh độ, vĩ độ] trở lên trong Việt Nam",
                en="is not two or more positions [lon, lat] in Vietnam",
            )
            return None, [Mistake(f"{where}.coordinates[{number}]", "", problem)]
        lines.append(line)
    return tuple(lines), []


def _line(raw: Json) -> Ring | None:
    points: list[tuple[float, float]] = []
    for item in raw if isinstance(raw, list) else []:
        numbers: Sequence[Json] = item if isinstance(item, list) else []
        if len(numbers) != 2:
            return None
        lon, lat = numbers
        if not (isinstance(lon, (int, float)) and isinstance(lat, (int, float))):
            return None
        if not (LON_DEG[0] <= lon <= LON_DEG[1] and LAT_DEG[0] <= lat <= LAT_DEG[1]):
            return None
        points.append((float(lon), float(lat)))
    return tuple(points) if len(points) >= 2 else None
