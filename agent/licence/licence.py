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
from typing import Any, Final, cast

import rfc8785

from agent.errors import Both, Mistake, Sentence, SettingsError
from agent.licence.agreement import check_terms
from agent.licence.clock import minutes_of
from agent.licence.conditions import (
    BankLimit,
    Carrier,
    DepthLimit,
    MooringOrder,
    Quota,
    QuotaPhase,
    Suspension,
    Vessel,
)
from agent.licence.corners import check_corners
from agent.licence.rings import Polygons, parse_polygons
from agent.licence.terms import Properties, QuotaTable, parse_properties
from agent.types import Json

THE_FILE: Final = Both(vi="tệp này", en="the file")


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
    suspensions: tuple[Suspension, ...]
    vessels: tuple[Vessel, ...]
    carriers: tuple[Carrier, ...]
    quota: Quota | None
    depth: tuple[DepthLimit, ...]
    bank: tuple[BankLimit, ...]
    mooring: tuple[MooringOrder, ...]
    province: str
    place: str
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
                    Both(vi="có hai lần trong tệp này", en="stands twice in this file"),
                    Both(
                        vi="giấy phép có nhiều khu vực là một Feature với MultiPolygon",
                        en="a licence with several areas is one Feature with a MultiPolygon",
                    ),
                )
            )
        licences.append(licence)
    if mistakes:
        raise SettingsError(file, mistakes)
    return tuple(licences)


def _features(text: str, file: str) -> list[tuple[str, Json]]:
    """The features of the file and what to call them. Raises SettingsError where there are none to look at."""

    def refuse(problem: Both, allowed: Both, where: Sentence = THE_FILE) -> SettingsError:
        return SettingsError(file, [Mistake(where, "", problem, allowed)])

    try:
        tree = json.loads(text, object_pairs_hook=_once, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise refuse(
            Both(
                vi=f"không phải là JSON: dòng {error.lineno}, cột {error.colno}: {error.msg}",
                en=f"is not JSON: line {error.lineno}, column {error.colno}: {error.msg}",
            ),
            Both(vi="một văn bản GeoJSON", en="a GeoJSON text"),
        ) from None
    except RecursionError:
        raise refuse(
            Both(vi="lồng quá nhiều tầng", en="is nested too deep"),
            Both(vi="một Feature hoặc FeatureCollection", en="a GeoJSON Feature or FeatureCollection"),
        ) from None
    except ValueError as error:
        raise refuse(
            Both(vi=f"không phải là JSON đúng cách: {error}", en=f"is not JSON as it should be: {error}"),
            Both(vi="sửa tại mục đó", en="correct it at that key"),
        ) from None
    kind = tree.get("type") if isinstance(tree, dict) else None
    if kind == "Feature":
        return [("feature", tree)]
    if kind != "FeatureCollection":
        raise refuse(
            Both(
                vi="không phải là giấy phép: type không phải Feature cũng không phải FeatureCollection",
                en="is not a licence: its type is neither Feature nor FeatureCollection",
            ),
            Both(
                vi="một Feature của GeoJSON, các điều khoản nằm trong properties",
                en="a GeoJSON Feature with the terms as properties",
            ),
        )
    extra = [key for key in tree if key not in ("type", "features")]
    if extra:
        raise SettingsError(file, [_extra(key) for key in extra])
    features = tree.get("features")
    if not isinstance(features, list) or not features:
        raise refuse(
            Both(vi="không có giấy phép nào", en="holds no licence"),
            Both(vi="danh sách ít nhất một Feature", en="a list of at least one Feature"),
            "features",
        )
    return [(f"features[{index}]", feature) for index, feature in enumerate(features)]


def _extra(key: str, where: str = "") -> Mistake:
    remedy = (
        Both(
            vi="hãy xóa; GeoJSON luôn là WGS 84, kinh độ trước, và đa giác cũng phải như vậy",
            en="remove it; GeoJSON is always WGS 84, longitude first, and the polygon must be too",
        )
        if key == "crs"
        else Both(
            vi="hãy xóa; các điều khoản nằm trong properties", en="remove it; terms belong in properties"
        )
    )
    problem = Both(vi="không phải là mục của định dạng này", en="is not a key of this format")
    return Mistake(f"{where}{key}", "", problem, remedy)


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
        problem = Both(vi="không phải là Feature", en="is not a Feature")
        remedy = Both(vi='một đối tượng có "type": "Feature"', en='an object with "type": "Feature"')
        return None, [Mistake(where, "", problem, remedy)]
    mistakes = [_extra(key, f"{where}.") for key in feature if key not in ("type", "properties", "geometry")]
    terms, wrong = parse_properties(feature.get("properties"), f"{where}.properties")
    mistakes += wrong
    if terms is not None:
        mistakes += check_terms(terms, f"{where}.properties")
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
            Hours(minutes_of(row.opens), minutes_of(row.closes), row.effective_from, row.effective_to)
            for row in terms.hours
        ),
        periods=tuple(Period(row.first, row.last) for row in terms.periods),
        suspensions=tuple(Suspension(**row.model_dump()) for row in terms.suspensions),
        vessels=tuple(Vessel(**row.model_dump()) for row in terms.vessels),
        carriers=tuple(Carrier(**row.model_dump()) for row in terms.carriers),
        quota=None if terms.quota is None else _quota(terms.quota),
        depth=tuple(DepthLimit(**row.model_dump()) for row in terms.depth),
        bank=tuple(BankLimit(**row.model_dump()) for row in terms.bank),
        mooring=tuple(MooringOrder(**row.model_dump()) for row in terms.mooring),
        province=terms.province,
        place=terms.place,
        polygons=polygons,
        sha256=hashlib.sha256(rfc8785.dumps(cast("Any", feature))).hexdigest(),
        feature=feature,
    )


def _quota(table: QuotaTable) -> Quota:
    phases = tuple(QuotaPhase(**row.model_dump()) for row in table.phases)
    return Quota(table.volume, phases, table.swell, table.destination)
