"""The polygons of a licence: GeoJSON coordinates checked for everything that would make a distance wrong."""

from collections.abc import Sequence
from math import hypot
from typing import Final, TypeAlias

from agent.errors import Both, Mistake
from agent.licence.crossings import Plane, crossings
from agent.licence.terms import MOST_CORNERS
from agent.position.geodesy import LocalMetres
from agent.types import Json

Ring: TypeAlias = tuple[tuple[float, float], ...]
"""Corners as (lon_deg, lat_deg), the first not repeated at the end."""
Polygons: TypeAlias = tuple[tuple[Ring, ...], ...]
"""Each polygon its outer ring and then its holes."""

# Vietnam with its sea, generously: a licence beyond it is a slip of the pen or of a coordinate system.
LAT_DEG: Final = (6.0, 24.0)
LON_DEG: Final = (101.0, 118.0)
_APART_M: Final = 0.05  # corners closer than this are the same corner


def parse_polygons(geometry: Json, where: str) -> tuple[Polygons | None, list[Mistake]]:
    """The polygons of a GeoJSON geometry, or None, and every mistake in them."""
    if not isinstance(geometry, dict):
        return None, [
            Mistake(
                where,
                "",
                Both(vi="thiếu", en="is missing"),
                Both(vi="Polygon hoặc MultiPolygon của GeoJSON", en="a GeoJSON Polygon or MultiPolygon"),
            )
        ]
    mistakes = [
        Mistake(
            f"{where}.{key}",
            "",
            Both(vi="không phải là mục của geometry; hãy xóa", en="is not a key of a geometry; remove it"),
        )
        for key in geometry
        if key not in ("type", "coordinates")
    ]
    kind, raw = geometry.get("type"), geometry.get("coordinates")
    at = f"{where}.coordinates"
    if kind not in ("Polygon", "MultiPolygon"):
        mistakes.append(
            Mistake(
                f"{where}.type",
                str(kind),
                Both(vi="không phải là vùng", en="is no area"),
                Both(
                    vi="Polygon, hoặc MultiPolygon khi có nhiều khu vực",
                    en="Polygon, or MultiPolygon for several areas",
                ),
            )
        )
        return None, mistakes
    named = [(at, raw)] if kind == "Polygon" else _numbered(raw, at)
    polygons: list[tuple[Ring, ...]] = []
    rings: list[tuple[str, Ring]] = []
    for polygon_at, polygon in named:
        found = [_ring(ring, ring_at) for ring_at, ring in _numbered(polygon, polygon_at)]
        mistakes += [mistake for _, wrong in found for mistake in wrong]
        polygon_rings = tuple(ring for ring, _ in found if ring is not None)
        rings += [(f"{polygon_at}[{index}]", ring) for index, ring in enumerate(polygon_rings)]
        polygons.append(polygon_rings)
        if not found:
            mistakes.append(
                Mistake(
                    polygon_at,
                    "",
                    Both(vi="không có vòng nào", en="holds no ring"),
                    Both(vi="danh sách các vòng [kinh độ, vĩ độ]", en="a list of rings of [lon, lat]"),
                )
            )
    if not named:
        mistakes.append(
            Mistake(
                at,
                "",
                Both(vi="không có đa giác nào", en="holds no polygon"),
                Both(vi="danh sách các đa giác", en="a list of polygons"),
            )
        )
    if mistakes:
        return None, mistakes
    mistakes = _shape(rings, tuple(polygons), [polygon_at for polygon_at, _ in named])
    return (None if mistakes else tuple(polygons)), mistakes


def all_rings(polygons: Polygons) -> list[Ring]:
    """All rings in the order of the file: each polygon's outer ring, then its holes."""
    return [ring for polygon in polygons for ring in polygon]


def _numbered(raw: Json, where: str) -> list[tuple[str, Json]]:
    return [(f"{where}[{index}]", item) for index, item in enumerate(raw)] if isinstance(raw, list) else []


def _ring(raw: Json, where: str) -> tuple[Ring | None, list[Mistake]]:
    """One ring: numbers, in Vietnam, closed, of three corners or more, none repeated."""
    if not isinstance(raw, list) or not raw:
        problem = Both(vi="không phải là vòng", en="is no ring")
        remedy = Both(
            vi="danh sách [kinh độ, vĩ độ], điểm đầu lặp lại ở cuối",
            en="a list of [lon, lat], the first repeated at the end",
        )
        return None, [Mistake(where, "", problem, remedy)]
    points: list[tuple[float, float]] = []
    for index, item in enumerate(raw):
        numbers = item if isinstance(item, list) else []
        lon, lat = (_number(item) for item in numbers) if len(numbers) == 2 else (None, None)
        if lon is None or lat is None:
            return None, [
                Mistake(
                    f"{where}[{index}]",
                    str(item)[:60],
                    Both(vi="không phải là vị trí", en="is no position"),
                    Both(vi="hai số, [kinh độ, vĩ độ]", en="two numbers, [lon, lat]"),
                )
            ]
        points.append((lon, lat))
    mistakes = _outside_vietnam(points, where)
    if mistakes:
        return None, mistakes
    if points[0] != points[-1]:
        mistakes.append(
            Mistake(
                where,
                "",
                Both(
                    vi=f"chưa khép kín: bắt đầu ở {points[0]} và kết thúc ở {points[-1]}",
                    en=f"is not closed: it begins at {points[0]} and ends at {points[-1]}",
                ),
                Both(vi="lặp lại điểm đầu ở cuối vòng", en="repeat the first position at the end"),
            )
        )
    ring = tuple(points[:-1] if points[0] == points[-1] else points)
    if len(ring) < 3:
        mistakes.append(
            Mistake(
                where,
                "",
                Both(vi=f"có {len(ring)} điểm", en=f"has {len(ring)} corners"),
                Both(vi="ít nhất 3", en="at least 3"),
            )
        )
    if len(ring) > MOST_CORNERS:
        mistakes.append(
            Mistake(
                where,
                "",
                Both(vi=f"có {len(ring)} điểm", en=f"has {len(ring)} corners"),
                Both(vi=f"nhiều nhất {MOST_CORNERS}", en=f"at most {MOST_CORNERS}"),
            )
        )
        return None, mistakes
    plane = [LocalMetres(ring[0][1], ring[0][0]).metres(lat, lon) for lon, lat in ring]
    for index, (here, after) in enumerate(zip(plane, plane[1:] + plane[:1], strict=True)):
        if len(ring) >= 3 and hypot(after[0] - here[0], after[1] - here[1]) < _APART_M:
            mistakes.append(
                Mistake(
                    f"{where}[{index}]",
                    str(ring[index]),
                    Both(vi="trùng chỗ với điểm kế tiếp", en="is the same place as the next corner"),
                    Both(
                        vi="mỗi điểm một lần, chỉ điểm đầu lặp lại ở cuối",
                        en="give each corner once, only the first again at the end",
                    ),
                )
            )
    return (None if mistakes else ring), mistakes


def _number(value: Json) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _outside_vietnam(points: Plane, where: str) -> list[Mistake]:
    """The first corner beyond the box, and whether the two numbers have changed places."""

    def inside(lon: float, lat: float) -> bool:
        return LON_DEG[0] <= lon <= LON_DEG[1] and LAT_DEG[0] <= lat <= LAT_DEG[1]

    beyond = [index for index, (lon, lat) in enumerate(points) if not inside(lon, lat)]
    if not beyond:
        return []
    first, second = points[beyond[0]]
    place = f"{where}[{beyond[0]}]"
    if inside(second, first):
        vi, en = "vĩ độ đứng trước", "has latitude first"
        remedy = Both(
            vi="GeoJSON cần [kinh độ, vĩ độ]: đổi chỗ hai số của mỗi điểm",
            en="GeoJSON wants [lon, lat]: swap the two numbers of each corner",
        )
    elif max(abs(first), abs(second)) > 180.0:
        vi, en = "không phải là kinh độ, vĩ độ tính bằng độ", "is no longitude and latitude in degrees"
        remedy = Both(
            vi="mét của VN-2000 ghi trong vn2000.corners; đa giác dùng độ WGS 84",
            en="metres of VN-2000 belong in vn2000.corners; the polygon is in WGS 84 degrees",
        )
    else:
        vi, en = "nằm ngoài Việt Nam", "lies outside Vietnam"
        remedy = Both(
            vi="kinh độ 101 đến 118, vĩ độ 6 đến 24; kiểm tra điểm này và kinh tuyến trục",
            en="lon 101 to 118, lat 6 to 24; check the corner and the central meridian",
        )
    count = len(beyond)
    problem = Both(vi=f"{vi} ({count} điểm của vòng)", en=f"{en} ({count} of the ring's positions)")
    return [Mistake(place, f"[{first}, {second}]", problem, remedy)]


def _shape(rings: Sequence[tuple[str, Ring]], polygons: Polygons, names: Sequence[str]) -> list[Mistake]:
    """Edges that cross, holes that are not inside, polygons that overlap."""
    origin = LocalMetres(rings[0][1][0][1], rings[0][1][0][0])
    planes = [(name, [origin.metres(lat, lon) for lon, lat in ring]) for name, ring in rings]
    mistakes = crossings(planes)
    if mistakes:
        return mistakes
    shapes = [[[origin.metres(lat, lon) for lon, lat in ring] for ring in polygon] for polygon in polygons]
    for name, shape in zip(names, shapes, strict=True):
        for index, hole in enumerate(shape[1:], 1):
            if not _contains(shape[0], hole[0]):
                mistakes.append(
                    Mistake(
                        f"{name}[{index}]",
                        "",
                        Both(
                            vi="là lỗ không nằm trong vòng đầu của đa giác",
                            en="is a hole that does not lie inside the polygon's first ring",
                        ),
                        Both(
                            vi="vòng ngoài đứng trước; khu vực riêng là một đa giác riêng",
                            en="the outer ring comes first; a separate area is a polygon of its own",
                        ),
                    )
                )
            if any(_contains(other, hole[0]) for number, other in enumerate(shape[1:], 1) if number != index):
                mistakes.append(
                    Mistake(
                        f"{name}[{index}]",
                        "",
                        Both(vi="nằm trong một lỗ khác", en="lies inside another hole"),
                        Both(vi="hãy xóa", en="remove it"),
                    )
                )
    for index, shape in enumerate(shapes):
        for other, against in enumerate(shapes):
            if index != other and _within(against, shape[0][0]):
                mistakes.append(
                    Mistake(
                        names[index],
                        "",
                        Both(vi=f"nằm trong {names[other]}", en=f"lies inside {names[other]}"),
                        Both(
                            vi="các đa giác của một giấy phép không được chồng nhau",
                            en="polygons of a licence must not overlap",
                        ),
                    )
                )
    return mistakes


def _within(shape: Sequence[Plane], point: tuple[float, float]) -> bool:
    return _contains(shape[0], point) and not any(_contains(hole, point) for hole in shape[1:])


def _contains(ring: Plane, point: tuple[float, float]) -> bool:
    """Even-odd rule: how often a ray to the east crosses the ring."""
    x, y = point
    inside = False
    ax, ay = ring[-1]
    for bx, by in ring:
        if (ay > y) != (by > y) and x < (bx - ax) * (y - ay) / (by - ay) + ax:
            inside = not inside
        ax, ay = bx, by
    return inside
