"""A drawing of the corners in the plane of the decision, as SVG: for the preview and for the sheet."""

from collections.abc import Callable, Sequence
from html import escape
from math import hypot, log10
from typing import Final, TypeAlias

from agent.desk.corner_table import TableRing
from agent.desk.numbers import metres_text
from agent.desk.outline import Outline
from agent.licence.places import Place

WIDTH: Final = 760
HEIGHT: Final = 520
_MARGIN: Final = 70
_FAR_APART: Final = 4.0
ToPixels: TypeAlias = Callable[[float, float], tuple[float, float]]
"""From easting and northing to the picture's pixels."""
_FONT: Final = 'font-family="Libertinus Serif, Noto Sans, sans-serif"'


def far_areas(found: Outline) -> list[tuple[TableRing, ...]]:
    """Each area with its holes, where they lie so far apart that one drawing shows none of them well; else nothing."""
    areas: list[tuple[TableRing, ...]] = []
    for ring in found.rings:
        if ring.hole and areas:
            areas[-1] += (ring,)
        else:
            areas.append((ring,))
    if _across(found.rings) <= _FAR_APART * min(_across(area) for area in areas):
        return []
    return areas


def _across(rings: Sequence[TableRing]) -> float:
    west, east, south, north = _box(rings)
    return max(east - west, north - south, 1.0)


def _box(rings: Sequence[TableRing]) -> tuple[float, float, float, float]:
    points = [(point.y_m, point.x_m) for ring in rings for point in ring.points]
    return (
        min(x for x, _ in points), max(x for x, _ in points), min(y for _, y in points), max(y for _, y in points),
    )  # fmt: skip


def map_svg(rings: Sequence[TableRing]) -> str:
    """The rings with their corners, a grid of X and Y, and a scale bar. North is up."""
    west, east, south, north = _box(rings)
    across = _across(rings)
    scale = min(
        (WIDTH - 2 * _MARGIN) / max(east - west, 0.2 * across),
        (HEIGHT - 2 * _MARGIN) / max(north - south, 0.2 * across),
    )
    middle_x, middle_y = (west + east) / 2, (south + north) / 2

    def place(x: float, y: float) -> tuple[float, float]:
        return WIDTH / 2 + (x - middle_x) * scale, HEIGHT / 2 - (y - middle_y) * scale

    step = _round_number(across / 2)
    parts = [*_grid(place, (west, east, south, north), step)]
    for ring in rings:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(p.y_m, p.x_m) for p in ring.points))
        fill = "#ffffff" if ring.hole else "#cfe3f5"
        parts.append(f'<polygon points="{path}" fill="{fill}" stroke="#0b5394" stroke-width="2"/>')
    few = sum(len(ring.points) for ring in rings) <= 60
    for ring in rings:
        for point in ring.points:
            x, y = place(point.y_m, point.x_m)
            parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#0b5394"/>')
            if few:
                away_x, away_y = x - WIDTH / 2, y - HEIGHT / 2
                length = hypot(away_x, away_y) or 1.0
                label_x, label_y = x + 14 * away_x / length, y + 14 * away_y / length + 5
                parts.append(
                    f'<text x="{label_x:.1f}" y="{label_y:.1f}" font-size="15" text-anchor="middle" {_FONT}>{escape(point.corner)}</text>'
                )
    bar = step * scale
    parts.append(
        f'<path d="M {WIDTH - 30 - bar:.1f} {HEIGHT - 18} h {bar:.1f}" stroke="#222" stroke-width="3"/>'
        f'<text x="{WIDTH - 30 - bar / 2:.1f}" y="{HEIGHT - 24}" font-size="13" text-anchor="middle" {_FONT}>{metres_text(step, 0)} m</text>'
        f'<path d="M {WIDTH - 30} 52 V 20 l -6 12 M {WIDTH - 30} 20 l 6 12" stroke="#222" stroke-width="2" fill="none"/>'
        f'<text x="{WIDTH - 30}" y="68" font-size="13" text-anchor="middle" {_FONT}>B / N</text>'
    )
    return _svg(WIDTH, HEIGHT, parts)


def _grid(place: ToPixels, box: tuple[float, float, float, float], step: float) -> list[str]:
    west, east, south, north = box
    parts = []
    left, right, top, bottom = _MARGIN / 2, WIDTH - _MARGIN / 2, _MARGIN / 2, HEIGHT - _MARGIN / 2
    value = step * (west // step)
    while value <= east + step:
        x, _ = place(value, south)
        if left < x < right:
            parts.append(f'<path d="M {x:.1f} {top} V {bottom}" stroke="#ddd"/>')
            parts.append(
                f'<text x="{x:.1f}" y="{HEIGHT - 4}" font-size="11" text-anchor="middle" fill="#666" {_FONT}>Y {metres_text(value, 0)}</text>'
            )
        value += step
    value = step * (south // step)
    while value <= north + step:
        _, y = place(west, value)
        if top < y < bottom:
            parts.append(f'<path d="M {left} {y:.1f} H {right}" stroke="#ddd"/>')
            parts.append(
                f'<text x="{left + 2}" y="{y - 3:.1f}" font-size="11" fill="#666" {_FONT}>X {metres_text(value, 0)}</text>'
            )
        value += step
    return parts


def overview_svg(found: Outline, rivers: Sequence[Place]) -> str:
    """Where the area lies along the coarse river line: enough to see a slip of 27 km."""
    lines = [line for place in rivers for line in place.lines]
    corners = [corner for polygon in found.polygons for ring in polygon for corner in ring]
    here = (sum(lon for lon, _ in corners) / len(corners), sum(lat for _, lat in corners) / len(corners))
    everything = [here, *(point for line in lines for point in line)]
    west, east = min(lon for lon, _ in everything), max(lon for lon, _ in everything)
    south, north = min(lat for _, lat in everything), max(lat for _, lat in everything)
    scale = 260 / max(east - west, north - south, 0.1)

    def place(lon: float, lat: float) -> tuple[float, float]:
        return 20 + (lon - west) * scale, 20 + (north - lat) * scale

    parts = []
    for line in lines:
        path = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*point) for point in line))
        parts.append(
            f'<polyline points="{path}" fill="none" stroke="#7db2e0" stroke-width="8" stroke-opacity="0.6"/>'
        )
    x, y = place(*here)
    parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="7" fill="#c00"/>')
    return _svg(300, 300, parts)


def _round_number(value: float) -> float:
    """1, 2 or 5 times a power of ten, not above the value."""
    power = 10.0 ** int(log10(max(value, 1.0)))
    return next(factor * power for factor in (5.0, 2.0, 1.0) if factor * power <= max(value, 1.0))


def _svg(width: int, height: int, parts: Sequence[str]) -> str:
    inside = "\n".join(parts)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" role="img">'
        f'<rect width="{width}" height="{height}" fill="#fff"/>\n{inside}\n</svg>'
    )
