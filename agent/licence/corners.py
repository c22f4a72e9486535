"""Does the polygon agree with the corner table it was made from?

The decision on paper gives VN-2000 metres; the polygon in the file is what the box judges by. Every corner
of the table is converted and must lie within `AGREE_M` of its corner of the polygon. Where they do not
agree, the usual slips are tried, and the one that explains the difference is named.
"""

from collections.abc import Callable, Iterator, Sequence
from typing import Final, TypeAlias

from agent.errors import Both, Mistake
from agent.licence.rings import Polygons, Ring, all_rings
from agent.licence.terms import CornerRow, Vn2000
from agent.licence.vn2000 import SCALE_OF_ZONE, plane_to_degrees, vn2000_to_wgs84, wgs84_to_vn2000
from agent.position.geodesy import distance_m

AGREE_M: Final = 3.0  # tables are rounded to 1 m or less, and two published conversions differ by 0.8 m

MERIDIANS_DEG: Final = (
    103.0,
    104.0,
    104.5,
    104.75,
    105.0,
    105.5,
    105.75,
    106.0,
    106.25,
    106.5,
    107.0,
    107.25,
    107.5,
    107.75,
    108.0,
    108.25,
    108.5,
)
"""Central meridians in use by the provinces (EPSG 5896 to 5899 and 9205 to 9218, by area of use)."""

_SWAP_NORTHING_M: Final = 800_000.0  # an X below this is south of Vietnam
_MOST_TURNS: Final = 200  # rings with more corners are compared from their first corner only

Convert: TypeAlias = Callable[[CornerRow], tuple[float, float]]
Slip: TypeAlias = tuple[Both, Both]
"""What somebody did wrong, and the remedy."""


def check_corners(table: Vn2000, polygons: Polygons, where: str) -> list[Mistake]:
    """Every disagreement between the corner table and the polygons."""
    swapped = [
        (index, row)
        for index, row in enumerate(table.corners)
        if row.x_northing_m < _SWAP_NORTHING_M < row.y_easting_m
    ]
    if swapped:
        index, row = swapped[0]
        return [
            Mistake(
                f"{where}.corners[{index}]",
                f"corner {row.corner}: X {row.x_northing_m:.2f}, Y {row.y_easting_m:.2f}",
                Both(
                    vi=f"X và Y bị đổi chỗ ({len(swapped)} trên {len(table.corners)} dòng)",
                    en=f"X and Y have changed places ({len(swapped)} of {len(table.corners)} rows)",
                ),
                Both(
                    vi="X là tung độ hướng bắc (ở đây 1.0xx.xxx), Y là hoành độ hướng đông (5xx.xxx): đổi chỗ hai cột",
                    en="X is the northing (1,0xx,xxx here), Y the easting (5xx,xxx): swap the two columns",
                ),
            )
        ]
    groups = _groups(table.corners)
    rings = all_rings(polygons)
    if len(groups) != len(rings):
        return [
            Mistake(
                f"{where}.corners",
                f"{len(groups)} ring(s) in the table",
                Both(vi=f"geometry có {len(rings)} vòng", en=f"the geometry has {len(rings)}"),
                Both(
                    vi="mỗi vòng của geometry một giá trị ring, theo đúng thứ tự: vòng ngoài, rồi các lỗ",
                    en="one value of ring for each ring of the geometry, in its order: outer ring, then its holes",
                ),
            )
        ]
    return [
        mistake
        for group, ring in zip(groups, rings, strict=True)
        for mistake in _check_ring(group, ring, table, where)
    ]


def _groups(rows: Sequence[CornerRow]) -> list[list[tuple[int, CornerRow]]]:
    """Rows by ring, in the order in which the rings first appear."""
    groups: dict[str, list[tuple[int, CornerRow]]] = {}
    for index, row in enumerate(rows):
        groups.setdefault(str(row.ring), []).append((index, row))
    return list(groups.values())


def _check_ring(group: list[tuple[int, CornerRow]], ring: Ring, table: Vn2000, where: str) -> list[Mistake]:
    rows = [row for _, row in group]
    if len(rows) != len(ring):
        return [
            Mistake(
                f"{where}.corners[{group[0][0]}]",
                f"ring {rows[0].ring}: {len(rows)} corners",
                Both(vi=f"đa giác có {len(ring)} điểm", en=f"the polygon has {len(ring)}"),
                Both(
                    vi="mỗi điểm một dòng; điểm đầu không lặp lại trong bảng",
                    en="one row for each corner; the first corner is not repeated in the table",
                ),
            )
        ]
    apart = _apart(rows, ring, _converter(table.meridian_deg, table.zone_width_deg, vn2000_to_wgs84))
    wrong = [
        (index, row, metres) for (index, row), metres in zip(group, apart, strict=True) if metres > AGREE_M
    ]
    if not wrong:
        return []
    cause = _cause(rows, ring, table)
    if cause:
        index, row, metres = max(wrong, key=lambda item: item[2])
        return [
            Mistake(
                f"{where}.corners[{index}]",
                f"corner {row.corner} of ring {row.ring}",
                Both(
                    vi=f"cách điểm của đa giác {metres:.1f} m, cả vòng đều lệch: {cause[0].vi}",
                    en=f"lies {metres:.1f} m from the polygon's corner, and the whole ring is off: {cause[0].en}",
                ),
                cause[1],
            )
        ]
    return [
        Mistake(
            f"{where}.corners[{index}]",
            f"corner {row.corner} of ring {row.ring}: X {row.x_northing_m:.2f}, Y {row.y_easting_m:.2f}",
            Both(
                vi=f"cách điểm của đa giác {metres:.1f} m",
                en=f"lies {metres:.1f} m from the polygon's corner",
            ),
            Both(
                vi=f"nhiều nhất {AGREE_M:.0f} m: so dòng này và điểm này với quyết định giấy",
                en=f"at most {AGREE_M:.0f} m: compare this row and this corner with the decision on paper",
            ),
        )
        for index, row, metres in wrong
    ]


def _apart(rows: Sequence[CornerRow], ring: Ring, convert: Convert) -> list[float]:
    """Metres of each row from its corner, for the start and direction that fit best.

    The ring may begin at another corner than the table and run the other way round.
    """
    points = [convert(row) for row in rows]
    count = len(ring)
    best: list[float] = []
    for start in range(count if count <= _MOST_TURNS else 1):
        for step in (1, -1):
            apart = [
                distance_m(
                    lat, lon, ring[(start + step * index) % count][1], ring[(start + step * index) % count][0]
                )
                for index, (lat, lon) in enumerate(points)
            ]
            if not best or _misfit(apart) < _misfit(best):
                best = apart
    return best


def _misfit(apart: Sequence[float]) -> tuple[int, float]:
    """Fewest corners out of place first, then the smallest sum: one bad row does not turn the ring."""
    return sum(metres > AGREE_M for metres in apart), sum(apart)


def _cause(rows: Sequence[CornerRow], ring: Ring, table: Vn2000) -> Slip | None:
    """The slip that explains the difference, and its remedy; None when none of the usual ones does."""
    for convert, problem, remedy in _slips(table.meridian_deg, table.zone_width_deg):
        if max(_apart(rows, ring, convert)) <= AGREE_M:
            return problem, remedy
    return None


def _slips(meridian_deg: float, width_deg: int) -> Iterator[tuple[Convert, Both, Both]]:
    """What people do wrong: a conversion that makes the same slip, the slip and its remedy in words."""
    for other_deg in MERIDIANS_DEG:
        if other_deg != meridian_deg:
            yield (
                _converter(other_deg, width_deg, vn2000_to_wgs84),
                Both(
                    vi=f"đa giác được tính với kinh tuyến trục {other_deg:g}, bảng ghi {meridian_deg:g}",
                    en=f"the polygon was made with the central meridian {other_deg:g}, the table says {meridian_deg:g}",
                ),
                Both(
                    vi="lấy kinh tuyến trục in trong quyết định (lệch 15' là 27 km)",
                    en="take the meridian printed on the decision (27 km lie between two that differ by 15')",
                ),
            )
    yield (
        _converter(meridian_deg, width_deg, lambda lat_deg, lon_deg: (lat_deg, lon_deg)),
        Both(
            vi="đa giác được tính mà không chuyển hệ từ VN-2000 sang WGS 84",
            en="the polygon was made without the change from the VN-2000 datum to WGS 84",
        ),
        Both(
            vi="chuyển bằng bảy tham số của Quyết định 05/2007 (EPSG: VN-2000 to WGS 84 (2))",
            en="convert with the seven parameters of Decision 05/2007 (EPSG: VN-2000 to WGS 84 (2))",
        ),
    )
    yield (
        _converter(meridian_deg, width_deg, wgs84_to_vn2000),
        Both(
            vi="đa giác được tính với bảy tham số ngược chiều",
            en="the polygon was made with the seven parameters in the wrong direction",
        ),
        Both(
            vi="các số của Quyết định 05/2007 đi từ VN-2000 sang WGS 84",
            en="the numbers of Decision 05/2007 go from VN-2000 to WGS 84",
        ),
    )
    other_width = 6 if width_deg == 3 else 3
    yield (
        _converter(meridian_deg, other_width, vn2000_to_wgs84),
        Both(
            vi=f"đa giác được tính cho múi {other_width}° (hệ số {SCALE_OF_ZONE[other_width]}), không phải {width_deg}°",
            en=f"the polygon was made for a zone of {other_width}° (scale {SCALE_OF_ZONE[other_width]}), not {width_deg}°",
        ),
        Both(vi="lấy múi chiếu in trong quyết định", en="take the zone printed on the decision"),
    )


def _converter(
    meridian_deg: float, width_deg: int, datum: Callable[[float, float], tuple[float, float]]
) -> Convert:
    def convert(row: CornerRow) -> tuple[float, float]:
        return datum(*plane_to_degrees(row.x_northing_m, row.y_easting_m, meridian_deg, width_deg))

    return convert
