"""Rings in VN-2000 become polygons in WGS 84, and everything that makes them doubtful is said, with a proposal."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import shapely

from agent.desk.conversion import Zone
from agent.desk.corner_table import CornerTable, Point, TableRing
from agent.desk.numbers import metres_text
from agent.errors import Both, Mistake
from agent.licence.corners import MERIDIANS_DEG
from agent.licence.lines import distance_to_lines
from agent.licence.places import Place
from agent.licence.rings import Polygons
from agent.licence.terms import MOST_CORNERS
from agent.licence.vn2000 import to_wgs84
from agent.position.geodesy import distance_m

DECIMALS: Final = 8  # of a degree: 1 mm
AGREE_M: Final = 0.01  # between PROJ and the box's own conversion
AREA_SHARE: Final = 0.01  # a stated area is rounded to 0.01 or 0.1 ha
FAR_M: Final = 8_000.0
"""Beyond this from the river's line a mine is not in the river: the shipped line is coarse, a slip of 15' is 27 km."""
_MOST_TRIED: Final = 60


@dataclass(frozen=True, slots=True)
class Outline:
    """The polygons with the zone they were converted from. `area_ha` is in the plane of the zone, as decisions give it."""

    zone: Zone
    table: CornerTable
    polygons: Polygons
    area_ha: float

    @property
    def rings(self) -> tuple[TableRing, ...]:
        return self.table.rings


def outline(table: CornerTable, zone: Zone) -> tuple[Outline, list[Mistake]]:
    """Convert the rings by `zone`, and what is wrong with their shapes."""
    mistakes = [*_stated(table, zone), *_sizes(table)]
    polygons: list[list[tuple[tuple[float, float], ...]]] = []
    for ring in table.rings:
        degrees = [zone.to_wgs84(point.x_m, point.y_m) for point in ring.points]
        mistakes += _agrees(ring.points, degrees, zone)
        corners = tuple((round(lon, DECIMALS), round(lat, DECIMALS)) for lat, lon in degrees)
        if ring.hole and polygons:
            polygons[-1].append(corners)
        else:
            polygons.append([corners])
    shapes, wrong = _shapes(table.rings)
    mistakes += wrong
    area_ha = sum(shape.area for shape in shapes) / 10_000.0
    return Outline(zone, table, tuple(tuple(polygon) for polygon in polygons), area_ha), mistakes


def _stated(table: CornerTable, zone: Zone) -> list[Mistake]:
    """The words around the table against the zone that was asked for."""
    mistakes = []
    said = table.stated
    if said.other_datum is not None:
        problem = Both(
            vi=f"bảng ghi hệ {said.other_datum}, không phải VN-2000",
            en=f"the table says {said.other_datum}, not VN-2000",
        )
        remedy = Both(
            vi="dùng bảng VN-2000 của quyết định; tọa độ WGS 84 nhập bằng GeoJSON hoặc KML",
            en="take the VN-2000 table of the decision; WGS 84 comes in as GeoJSON or KML",
        )
        mistakes.append(Mistake(Both(vi="tiêu đề bảng", en="the heading"), "", problem, remedy))
    if said.meridian_deg is not None and abs(said.meridian_deg - zone.meridian_deg) > 1e-6:
        problem = Both(
            vi=f"nguồn ghi kinh tuyến trục {_meridian(said.meridian_deg)}",
            en=f"the source says {_meridian(said.meridian_deg)}",
        )
        remedy = Both(
            vi=f"nếu quyết định cũng ghi vậy: --meridian {said.meridian_deg:g} (lệch 15' là 27 km)",
            en=f"if the decision says so, too: --meridian {said.meridian_deg:g} (15' are 27 km)",
        )
        mistakes.append(Mistake("--meridian", f"{zone.meridian_deg:g}", problem, remedy))
    if said.zone_width_deg is not None and said.zone_width_deg != zone.width_deg:
        problem = Both(
            vi=f"nguồn ghi múi chiếu {said.zone_width_deg}°",
            en=f"the source says a zone of {said.zone_width_deg}°",
        )
        remedy = Both(
            vi=f"nếu quyết định cũng ghi vậy: --zone {said.zone_width_deg} (hệ số 0,9999 và 0,9996 lệch nhau khoảng 333 m)",
            en=f"if the decision says so, too: --zone {said.zone_width_deg} (scales 0.9999 and 0.9996 differ by about 333 m)",
        )
        mistakes.append(Mistake("--zone", str(zone.width_deg), problem, remedy))
    return mistakes


def _meridian(degrees: float) -> str:
    whole, minutes = divmod(round(degrees * 60), 60)
    return f"{whole}°{minutes:02}'"


def _sizes(table: CornerTable) -> list[Mistake]:
    count = sum(len(ring.points) for ring in table.rings)
    if count <= MOST_CORNERS:
        return []
    problem = Both(vi=f"có {count} điểm", en=f"has {count} corners")
    remedy = Both(vi=f"nhiều nhất {MOST_CORNERS}", en=f"at most {MOST_CORNERS}")
    return [Mistake(Both(vi="bảng", en="the table"), "", problem, remedy)]


def _agrees(points: Sequence[Point], degrees: Sequence[tuple[float, float]], zone: Zone) -> list[Mistake]:
    """PROJ and the box's own conversion, corner by corner: they must not differ."""
    for point, (lat, lon) in zip(points, degrees, strict=True):
        own = to_wgs84(point.x_m, point.y_m, zone.meridian_deg, zone.width_deg)
        if not distance_m(lat, lon, *own) < AGREE_M:
            problem = Both(
                vi="nằm quá xa kinh tuyến trục: hai cách tính không cho cùng một chỗ",
                en="lies too far from the central meridian: two ways of conversion do not give one place",
            )
            remedy = Both(vi="kiểm tra số và kinh tuyến trục", en="check the number and the central meridian")
            return [
                Mistake(
                    point.where, f"X {metres_text(point.x_m)}, Y {metres_text(point.y_m)}", problem, remedy
                )
            ]
    return []


def _shapes(rings: Sequence[TableRing]) -> tuple[list[shapely.Polygon], list[Mistake]]:
    """The polygons in the plane, with holes cut out, and what is wrong between the rings."""
    mistakes: list[Mistake] = []
    shapes: list[shapely.Polygon] = []
    for ring in rings:
        crossing = _crossing(ring)
        if crossing:
            mistakes += crossing
            continue
        shape = shapely.Polygon([(point.y_m, point.x_m) for point in ring.points])
        if not ring.hole:
            mistakes += _overlaps(ring, shape, shapes)
            shapes.append(shape)
        elif shapes and shape.within(shapes[-1]):
            shapes[-1] = shapes[-1].difference(shape)
        elif shapes:
            problem = Both(
                vi="phần trừ ra không nằm trong khu vực trước nó",
                en="is taken out of an area it does not lie in",
            )
            remedy = Both(
                vi="kiểm tra các điểm; khu vực riêng thì bỏ chữ “trừ” trong tên",
                en="check its corners; an area of its own has no “trừ” in its name",
            )
            mistakes.append(Mistake(ring.points[0].where, ring.name, problem, remedy))
    return shapes, mistakes


def _overlaps(ring: TableRing, shape: shapely.Polygon, others: Sequence[shapely.Polygon]) -> list[Mistake]:
    if not any(shape.intersection(other).area > 1.0 for other in others):
        return []
    problem = Both(vi="chồng lên một khu vực khác của giấy phép", en="overlaps another area of the licence")
    remedy = Both(
        vi="kiểm tra các điểm; phần trừ ra cần chữ “trừ” trong tên",
        en="check the corners; a part taken out has “trừ” in its name",
    )
    return [Mistake(ring.points[0].where, ring.name, problem, remedy)]


def _crossing(ring: TableRing) -> list[Mistake]:
    """The first pair of edges that cross, by their rows, and the exchange of two rows that would mend it."""
    points = list(ring.points)
    if shapely.LinearRing([(p.y_m, p.x_m) for p in points]).is_simple:
        return []
    edges = [*pairwise(points), (points[-1], points[0])]
    lines = [shapely.LineString([(a.y_m, a.x_m), (b.y_m, b.x_m)]) for a, b in edges]
    tree = shapely.STRtree(lines)
    pairs = sorted(
        (int(i), int(j))
        for i, j in zip(*tree.query(lines, predicate="intersects"), strict=True)
        if 1 < j - i < len(lines) - 1
    )
    if not pairs:  # an edge that runs back over its neighbour
        problem = Both(vi="ranh giới quay ngược lên chính nó", en="the boundary runs back over itself")
        return [Mistake(points[0].where, ring.name, problem, _mend(points))]
    first, second = edges[pairs[0][0]], edges[pairs[0][1]]
    problem = Both(
        vi=f"cạnh {first[0].corner}-{first[1].corner} cắt cạnh {second[0].corner}-{second[1].corner}",
        en=f"edge {first[0].corner}-{first[1].corner} crosses edge {second[0].corner}-{second[1].corner}",
    )
    return [Mistake(first[0].where, "", problem, _mend(points))]


def _mend(points: Sequence[Point]) -> Both:
    count = min(len(points), _MOST_TRIED)
    tries = sorted(
        ((i, j) for i in range(count) for j in range(i + 1, count)), key=lambda pair: pair[1] - pair[0]
    )
    for i, j in tries:
        order = list(points)
        order[i], order[j] = order[j], order[i]
        if shapely.LinearRing([(p.y_m, p.x_m) for p in order]).is_simple:
            one, two = points[i].where, points[j].where
            return Both(
                vi=f"đổi chỗ {one.vi} và {two.vi} thì hết cắt: so thứ tự với quyết định",
                en=f"exchanging {one.en} and {two.en} would mend it: compare their order with the decision",
            )
    return Both(
        vi="các điểm phải theo thứ tự dọc ranh giới: so từng dòng với quyết định",
        en="corners must follow the boundary in order: compare each row with the decision",
    )


def area_mistakes(found: Outline, area_ha: float | None) -> list[Mistake]:
    """The area of the rings against the one the decision states."""
    stated_ha = area_ha if area_ha is not None else found.table.stated.area_ha
    if stated_ha is None or abs(found.area_ha - stated_ha) <= max(AREA_SHARE * stated_ha, 0.06):
        return []
    problem = Both(
        vi=f"các điểm cho {metres_text(found.area_ha)} ha", en=f"the corners give {found.area_ha:.2f} ha"
    )
    remedy = Both(
        vi="một dòng gõ sai, thiếu điểm, thiếu khu vực hoặc phần trừ ra: so từng dòng với quyết định",
        en="a row mistyped, a corner, an area or a hole left out: compare each row with the decision",
    )
    return [Mistake(Both(vi="diện tích ghi", en="the stated area"), f"{stated_ha:g} ha", problem, remedy)]


def river_mistakes(found: Outline, rivers: Sequence[Place]) -> list[Mistake]:
    """Corners far from every river line: single ones by their rows, all of them with the meridian that would help."""
    away = _from_river(found.table, found.zone, rivers)
    far = [(point, metres) for point, metres in away if metres > FAR_M]
    if not far:
        return []
    if len(far) < len(away):
        return [_far_corner(point, metres) for point, metres in far]
    away_m = min(metres for _, metres in far)
    better = [
        meridian
        for meridian in MERIDIANS_DEG
        if all(
            metres <= FAR_M
            for _, metres in _from_river(found.table, Zone(meridian, found.zone.width_deg), rivers)
        )
    ]
    names = ", ".join(place.name for place in rivers)
    problem = Both(
        vi=f"khu vực cách {names} {metres_text(away_m / 1000, 1)} km",
        en=f"the area lies {away_m / 1000:.1f} km from {names}",
    )
    remedy = Both(
        vi="kiểm tra kinh tuyến trục; nếu mỏ ở sông khác thì --river TỆP hoặc --anywhere",
        en="check the central meridian; for a mine in another river --river FILE or --anywhere",
    )
    if better:
        options = ", ".join(f"--meridian {meridian:g}" for meridian in better)
        remedy = Both(
            vi=f"với {options} khu vực nằm trên sông: xem kinh tuyến trục in trong quyết định",
            en=f"with {options} it lies on the river: look at the meridian printed on the decision",
        )
    return [Mistake("--meridian", f"{found.zone.meridian_deg:g}", problem, remedy)]


def _far_corner(point: Point, away_m: float) -> Mistake:
    problem = Both(
        vi=f"điểm này cách sông {metres_text(away_m / 1000, 1)} km, các điểm khác thì không",
        en=f"lies {away_m / 1000:.1f} km from the river, where others do not",
    )
    remedy = Both(
        vi="một chữ số gõ sai: so dòng này với quyết định",
        en="a digit mistyped: compare this row with the decision",
    )
    value = f"X {metres_text(point.x_m)}, Y {metres_text(point.y_m)}"
    return Mistake(point.where, value, problem, remedy)


def _from_river(table: CornerTable, zone: Zone, rivers: Sequence[Place]) -> list[tuple[Point, float]]:
    """Every corner with its metres to the nearest line; none where there is no line."""
    lines = [line for place in rivers for line in place.lines]
    points = [point for ring in table.rings for point in ring.points]
    found = [
        (point, distance_to_lines(lines, *to_wgs84(point.x_m, point.y_m, zone.meridian_deg, zone.width_deg)))
        for point in points
    ]
    return [(point, boundary.distance_m) for point, boundary in found if boundary is not None]
