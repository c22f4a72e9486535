"""Outlines from maps: GeoJSON, KML, GeoPackage, Shapefile, as rings in VN-2000.

A map in WGS 84 is converted into the zone of the decision, and the table made from it says that it was. A map in a zone of
VN-2000 is taken as it is, and its zone must be the one that was asked for.
"""

import json
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

from pyproj import CRS, Transformer
from pyproj.exceptions import CRSError

from agent.desk.conversion import ZONE_OF_EPSG, Zone
from agent.desk.corner_table import CornerTable, Point, TableRing
from agent.desk.headers import Stated
from agent.errors import Both, Mistake, SettingsError
from agent.licence.licence import THE_FILE
from agent.licence.rings import LAT_DEG, LON_DEG

WGS84: Final = 4326
MAPS: Final = (".geojson", ".json", ".kml", ".gpkg", ".shp")
_KML: Final = "{http://www.opengis.net/kml/2.2}"
Ring: TypeAlias = list[tuple[float, float]]
"""Positions as (first, second) axis of the file: longitude and latitude, or easting and northing."""
Polygon: TypeAlias = list[Ring]


def read_map(path: Path, zone: Zone) -> CornerTable:
    """The polygons of a map file in `zone`. Raises SettingsError."""
    polygons, crs = _read(path)
    mistakes = _unclosed(polygons)
    if not polygons:
        mistakes = [Mistake(THE_FILE, "", Both(vi="không có đa giác nào", en="holds no polygon"))]
    if mistakes:
        raise SettingsError(str(path), mistakes)
    if crs is None and _metres(polygons):
        return CornerTable(
            _rings(polygons, None),
            note=f"{path.name}: số mét không ghi hệ tọa độ, coi là {zone.text}; metres without a system, taken as that",
        )
    own = None if crs is None else ZONE_OF_EPSG.get(crs.to_epsg() or 0)
    if crs is not None and own is not None:
        said = Stated(meridian_deg=own[0], zone_width_deg=own[1])
        return CornerTable(_rings(polygons, None), said, note=f"{path.name}: {crs.name}")
    degrees = _in_degrees(path, polygons, crs)
    mistakes = _elsewhere(degrees)
    if mistakes:
        raise SettingsError(str(path), mistakes)
    return CornerTable(
        _rings(degrees, zone),
        note=f"{path.name}: tính từ đa giác WGS 84, không chép từ quyết định; computed from a polygon in WGS 84, not copied from a decision",
    )


def _read(path: Path) -> tuple[list[Polygon], CRS | None]:
    try:
        if path.suffix.lower() == ".kml":
            return _kml(path.read_bytes()), CRS.from_epsg(WGS84)
        if path.suffix.lower() in (".geojson", ".json"):
            return _geojson(path.read_text(encoding="utf-8-sig"))
        return _gis(path)
    except OSError as error:
        problem = Both(vi=f"không đọc được: {error.strerror}", en=f"cannot be read: {error.strerror}")
        raise SettingsError(str(path), [Mistake(THE_FILE, "", problem)]) from None
    except ModuleNotFoundError:
        problem = Both(
            vi="cần thư viện pyogrio để đọc GeoPackage và Shapefile",
            en="needs the library pyogrio to read GeoPackage and Shapefile",
        )
        remedy = Both(
            vi="pip install pyogrio, hoặc lưu thành GeoJSON", en="pip install pyogrio, or save as GeoJSON"
        )
        raise SettingsError(str(path), [Mistake(THE_FILE, "", problem, remedy)]) from None
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, ET.ParseError, CRSError) as error:
        problem = Both(
            vi=f"không phải là bản đồ đọc được: {error}", en=f"is no map that can be read: {error}"
        )
        raise SettingsError(str(path), [Mistake(THE_FILE, "", problem)]) from None


def _in_degrees(path: Path, polygons: list[Polygon], crs: CRS | None) -> list[Polygon]:
    """The polygons in degrees of WGS 84; refused where that would need a change of datum nobody has pinned."""
    if crs is None:
        problem = Both(
            vi="không nói dùng hệ tọa độ nào (thiếu .prj): độ của VN-2000 và WGS 84 lệch nhau 225 m",
            en="does not say its coordinate system (no .prj): degrees of VN-2000 and of WGS 84 differ by 225 m",
        )
        remedy = Both(vi="lưu lại kèm hệ tọa độ", en="save it with its coordinate system")
        raise SettingsError(str(path), [Mistake(THE_FILE, "", problem, remedy)])
    if crs.geodetic_crs is None or crs.geodetic_crs.to_epsg() != WGS84:
        problem = Both(
            vi="không phải WGS 84 cũng không phải múi VN-2000 đã biết",
            en="is neither WGS 84 nor a known zone of VN-2000",
        )
        remedy = Both(vi="xuất lại bằng WGS 84 (EPSG:4326)", en="export it again in WGS 84 (EPSG:4326)")
        where = Both(vi="hệ tọa độ", en="the coordinate system")
        raise SettingsError(str(path), [Mistake(where, crs.name, problem, remedy)])
    if crs.is_geographic:
        return polygons
    # a projection of WGS 84 itself: no change of datum is looked up
    degrees = Transformer.from_crs(crs, CRS.from_epsg(WGS84), always_xy=True)
    return [[[degrees.transform(*point) for point in ring] for ring in polygon] for polygon in polygons]


def _rings(polygons: Iterable[Polygon], zone: Zone | None) -> tuple[TableRing, ...]:
    rings: list[TableRing] = []
    for number, polygon in enumerate(polygons, 1):
        for index, ring in enumerate(polygon):
            points = []
            for place, (first, second) in enumerate(ring[:-1], 1):
                x, y = (second, first) if zone is None else zone.from_wgs84(second, first)
                points.append(Point(0, str(place), round(x, 3), round(y, 3)))
            name = f"{number}" if index == 0 else f"{number}, trừ {index}"
            rings.append(TableRing(name, index > 0, tuple(points)))
    return tuple(rings)


def _metres(polygons: Sequence[Polygon]) -> bool:
    return all(abs(second) > 1000.0 for polygon in polygons for ring in polygon for _, second in ring)


def _elsewhere(polygons: Sequence[Polygon]) -> list[Mistake]:
    """The first position that is not in Vietnam: most often all of them, latitude before longitude."""
    for number, polygon in enumerate(polygons, 1):
        for index, ring in enumerate(polygon, 1):
            for place, (lon, lat) in enumerate(ring, 1):
                if _in_vietnam(lon, lat):
                    continue
                where = Both(
                    vi=f"đa giác {number}, vòng {index}, điểm {place}",
                    en=f"polygon {number}, ring {index}, position {place}",
                )
                problem = Both(vi="không nằm trong Việt Nam", en="does not lie in Vietnam")
                remedy = Both(vi="kiểm tra số và hệ tọa độ", en="check the numbers and the system")
                if _in_vietnam(lat, lon):
                    problem = Both(vi="vĩ độ đứng trước kinh độ", en="has the latitude before the longitude")
                    remedy = Both(
                        vi="bản đồ ghi kinh độ trước (ở đây 105 đến 106), rồi vĩ độ (9 đến 11): đổi chỗ ở mọi điểm",
                        en="a map has the longitude first (105 to 106 here), then the latitude (9 to 11): exchange them everywhere",
                    )
                return [Mistake(where, f"({lon:g}, {lat:g})", problem, remedy)]
    return []


def _in_vietnam(lon: float, lat: float) -> bool:
    return LON_DEG[0] <= lon <= LON_DEG[1] and LAT_DEG[0] <= lat <= LAT_DEG[1]


def _unclosed(polygons: Sequence[Polygon]) -> list[Mistake]:
    mistakes = []
    for number, polygon in enumerate(polygons, 1):
        for index, ring in enumerate(polygon, 1):
            if len(ring) < 4 or ring[0] != ring[-1]:
                problem = Both(
                    vi=f"chưa khép kín: bắt đầu ở {ring[0]} và kết thúc ở {ring[-1]}",
                    en=f"is not closed: it begins at {ring[0]} and ends at {ring[-1]}",
                )
                if len(ring) < 4:
                    problem = Both(vi=f"chỉ có {len(ring)} vị trí", en=f"has {len(ring)} position(s) only")
                remedy = Both(
                    vi="ít nhất 3 điểm, điểm đầu lặp lại ở cuối",
                    en="at least 3 corners, the first repeated at the end",
                )
                where = Both(vi=f"đa giác {number}, vòng {index}", en=f"polygon {number}, ring {index}")
                mistakes.append(Mistake(where, "", problem, remedy))
    return mistakes


def _geojson(text: str) -> tuple[list[Polygon], CRS | None]:
    tree = json.loads(text)
    features = tree["features"] if tree.get("type") == "FeatureCollection" else [tree]
    polygons: list[Polygon] = []
    for feature in features:
        geometry = feature.get("geometry", feature) or {}
        polygons += _of_geometry(geometry)
    name = tree.get("crs", {}).get("properties", {}).get("name")  # of GeoJSON before RFC 7946
    return polygons, CRS.from_user_input(name or "EPSG:4326")


def _of_geometry(geometry: dict[str, Any]) -> list[Polygon]:
    kind = geometry.get("type")
    if kind == "GeometryCollection":
        return [polygon for part in geometry["geometries"] for polygon in _of_geometry(part)]
    if kind not in ("Polygon", "MultiPolygon"):
        return []
    raw = [geometry["coordinates"]] if kind == "Polygon" else geometry["coordinates"]
    return [
        [[(float(p[0]), float(p[1])) for p in ring] for ring in polygon if ring] for polygon in raw if polygon
    ]


def _kml(raw: bytes) -> list[Polygon]:
    if b"<!DOCTYPE" in raw:
        raise ValueError("a document type declaration has no place in KML")
    root = ET.fromstring(raw)  # noqa: S314  # without a DOCTYPE nothing can expand or be fetched
    spaces = {
        element.tag.partition("}")[0] + "}" for element in root.iter() if element.tag.endswith("}Polygon")
    }
    polygons: list[Polygon] = []
    for space in spaces or {_KML}:
        for element in root.iter(f"{space}Polygon"):
            parts = [*element.iter(f"{space}outerBoundaryIs"), *element.iter(f"{space}innerBoundaryIs")]
            rings = [
                _positions(text.text or "") for part in parts for text in part.iter(f"{space}coordinates")
            ]
            polygons.append([ring for ring in rings if ring])
    return [polygon for polygon in polygons if polygon]


def _positions(text: str) -> Ring:
    points = [word.split(",") for word in text.split()]
    return [(float(point[0]), float(point[1])) for point in points]


def _gis(path: Path) -> tuple[list[Polygon], CRS | None]:
    """The first layer of a GeoPackage or Shapefile."""
    import pyogrio  # noqa: PLC0415  # optional: only these two formats need GDAL
    import shapely  # noqa: PLC0415

    try:
        meta, _, shapes, _ = pyogrio.raw.read(path, columns=[])
    except pyogrio.errors.DataSourceError as error:
        raise ValueError(str(error)) from None
    polygons = [
        polygon for raw in shapes for polygon in _of_geometry(shapely.geometry.mapping(shapely.from_wkb(raw)))
    ]
    return polygons, None if meta["crs"] is None else CRS.from_user_input(meta["crs"])
