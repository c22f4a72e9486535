"""A licence as the box judges by it, and the file it comes from.

The file is GeoJSON (RFC 7946, WGS 84), suffix `.geojson`: one Feature, or a FeatureCollection of several
licences. The geometry is a Polygon or MultiPolygon; the properties are in `agent.licence.terms`. A file with
any mistake is refused whole, with every mistake named.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast

import rfc8785

from agent.errors import Mistake, SettingsError
from agent.licence.corners import check_corners
from agent.licence.rings import Polygons, parse_polygons
from agent.licence.terms import Properties, parse_properties
from agent.types import Json


@dataclass(frozen=True, slots=True)
class Corner:
    """A row of the corner table: VN-2000, X the northing, Y the easting."""

    ring: str
    corner: str
    x_northing_m: float
    y_easting_m: float


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours of the day, in minutes after local midnight, on the days from `effective_from` to `effective_to`.

    From `opens_min` up to but not including `closes_min`; where that is not later, it is on the next day.
    """

    opens_min: int
    closes_min: int
    effective_from: date
    effective_to: date | None


@dataclass(frozen=True, slots=True)
class Period:
    """Days on which the licence may be worked, both included."""

    first: date
    last: date


@dataclass(frozen=True, slots=True)
class Vessel:
    """A vessel registered for this licence."""

    hull_number: str
    bucket_m3: float
    m3_per_day: float
    valid_to: date


@dataclass(frozen=True, slots=True)
class Licence:
    """Terms and area. Dates are local and inclusive. `feature` is the GeoJSON as read, `sha256` of its JCS form."""

    number: str
    holder: str
    valid_from: date
    valid_to: date
    synthetic: bool
    meridian_deg: float
    zone_width_deg: int
    corners: tuple[Corner, ...]
    hours: tuple[Hours, ...]
    periods: tuple[Period, ...]
    vessels: tuple[Vessel, ...]
    polygons: Polygons
    sha256: str
    feature: Mapping[str, Json] = field(repr=False)


def parse_licences(text: str, file: str) -> tuple[Licence, ...]:
    """The licences in the text of a `.geojson` file. Raises SettingsError with all mistakes."""
    mistakes: list[Mistake] = []
    licences: list[Licence] = []
    for where, feature in _features(text, file):
        licence, wrong = _licence(feature, where)
        mistakes += wrong
        if licence is None:
            continue
        if any(licence.number == other.number for other in licences):
            mistakes.append(
                Mistake(
                    f"{where}.properties.number",
                    licence.number,
                    "stands twice in this file",
                    "a licence with several areas is one Feature with a MultiPolygon",
                )
            )
        licences.append(licence)
    if mistakes:
        raise SettingsError(file, mistakes)
    return tuple(licences)


def _features(text: str, file: str) -> list[tuple[str, Json]]:
    """The features of the file and what to call them. Raises SettingsError where there are none to look at."""

    def refuse(problem: str, allowed: str, where: str = "the file") -> SettingsError:
        return SettingsError(file, [Mistake(where, "", problem, allowed)])

    try:
        tree = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise refuse(
            f"is not JSON: line {error.lineno}, column {error.colno}: {error.msg}", "a GeoJSON text"
        ) from None
    except RecursionError:
        raise refuse("is nested too deep", "a GeoJSON Feature or FeatureCollection") from None
    except ValueError as error:
        raise refuse(f"is not JSON as it should be: {error}", "correct it at that key") from None
    kind = tree.get("type") if isinstance(tree, dict) else None
    if kind == "Feature":
        return [("feature", tree)]
    if kind != "FeatureCollection":
        raise refuse(
            "is not a licence: its type is neither Feature nor FeatureCollection",
            "a GeoJSON Feature with the terms as properties",
        )
    extra = [key for key in tree if key not in ("type", "features")]
    if extra:
        raise SettingsError(file, [_extra(key) for key in extra])
    features = tree.get("features")
    if not isinstance(features, list) or not features:
        raise refuse("holds no licence", "a list of at least one Feature", "features")
    return [(f"features[{index}]", feature) for index, feature in enumerate(features)]


def _extra(key: str, where: str = "") -> Mistake:
    remedy = (
        "remove it; GeoJSON is always WGS 84, longitude first, and the polygon must be too"
        if key == "crs"
        else "remove it; terms belong in properties"
    )
    return Mistake(f"{where}{key}", "", "is not a key of this format", remedy)


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A JSON object in which no key stands twice: of two, a reader would believe one and the box the other."""
    result = dict(pairs)
    if len(result) < len(pairs):
        twice = next(key for index, (key, _) in enumerate(pairs) if key in dict(pairs[:index]))
        raise ValueError(f'the key "{twice}" stands twice in one object')
    return result


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is no number")


def _licence(feature: Json, where: str) -> tuple[Licence | None, list[Mistake]]:
    if not isinstance(feature, dict) or feature.get("type") != "Feature":
        return None, [Mistake(where, "", "is not a Feature", 'an object with "type": "Feature"')]
    mistakes = [_extra(key, f"{where}.") for key in feature if key not in ("type", "properties", "geometry")]
    terms, wrong = parse_properties(feature.get("properties"), f"{where}.properties")
    mistakes += wrong
    polygons, wrong = parse_polygons(feature.get("geometry"), f"{where}.geometry")
    mistakes += wrong
    if terms is None or polygons is None:
        return None, mistakes
    mistakes += check_corners(terms.vn2000, polygons, f"{where}.properties.vn2000")
    if mistakes:
        return None, mistakes
    return _made(terms, polygons, feature), []


def _made(terms: Properties, polygons: Polygons, feature: Mapping[str, Json]) -> Licence:
    return Licence(
        number=terms.number,
        holder=terms.holder,
        valid_from=terms.valid_from,
        valid_to=terms.valid_to,
        synthetic=terms.synthetic,
        meridian_deg=terms.vn2000.meridian_deg,
        zone_width_deg=terms.vn2000.zone_width_deg,
        corners=tuple(
            Corner(str(row.ring), row.corner, row.x_northing_m, row.y_easting_m)
            for row in terms.vn2000.corners
        ),
        hours=tuple(
            Hours(_minutes(row.opens), _minutes(row.closes), row.effective_from, row.effective_to)
            for row in terms.hours
        ),
        periods=tuple(Period(row.first, row.last) for row in terms.periods),
        vessels=tuple(
            Vessel(row.hull_number, row.bucket_m3, row.m3_per_day, row.valid_to) for row in terms.vessels
        ),
        polygons=polygons,
        sha256=hashlib.sha256(rfc8785.dumps(cast("Any", feature))).hexdigest(),
        feature=feature,
    )


def _minutes(clock: str) -> int:
    hours, minutes = clock.split(":")
    return int(hours) * 60 + int(minutes)
