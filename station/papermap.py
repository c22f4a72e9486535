"""The map of an event for paper: the same features as on the page, drawn in metres as SVG, with a scale and north up."""

import math
from collections.abc import Iterator, Sequence
from html import escape
from typing import Any, Final, TypeAlias

WIDTH: Final = 1200
HEIGHT: Final = 800
MARGIN: Final = 60
M_PER_DEG: Final = 111_320.0
WIDEST_M: Final = 20_000.0
Point: TypeAlias = tuple[float, float]


def map_svg(features: Sequence[dict[str, Any]]) -> bytes | None:
    """A drawing of the features of `station.chart`; None where the event has no position."""
    position = next((each for each in features if each["properties"]["role"] == "position"), None)
    if position is None:
        return None
    lon0, lat0 = position["geometry"]["coordinates"][:2]
    east = M_PER_DEG * math.cos(math.radians(lat0))

    def metres(place: Sequence[float]) -> Point:
        return ((place[0] - lon0) * east, (place[1] - lat0) * M_PER_DEG)

    places = [metres(place) for each in features for place in _places(each["geometry"]["coordinates"])]
    near = [(x, y) for x, y in places if abs(x) <= WIDEST_M and abs(y) <= WIDEST_M]
    half_m = max([100.0, *(abs(x) for x, _ in near), *(abs(y) * WIDTH / HEIGHT for _, y in near)]) * 1.05
    scale = (WIDTH / 2 - MARGIN) / half_m

    def pixel(place: Sequence[float]) -> str:
        x, y = metres(place)
        return f"{WIDTH / 2 + x * scale:.1f},{HEIGHT / 2 - y * scale:.1f}"

    parts = [f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#eef4f5" stroke="#52646a"/>']
    for each in features:
        parts += _drawn(each, pixel, scale)
    parts += _scale_bar(scale)
    body = "".join(parts)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}">'
    return f"{head}{body}</svg>".encode()


def _drawn(feature: dict[str, Any], pixel: Any, scale: float) -> Iterator[str]:
    role, coordinates = feature["properties"]["role"], feature["geometry"]["coordinates"]
    label = escape(str(feature["properties"].get("label") or ""))
    if role == "licence":
        polygons = [coordinates] if feature["geometry"]["type"] == "Polygon" else coordinates
        for rings in polygons:
            path = " ".join("M" + " L".join(pixel(place) for place in ring) + " Z" for ring in rings)
            yield f'<path d="{path}" fill="#cfe8d9" fill-rule="evenodd" stroke="#1d7a4c" stroke-width="3"/>'
            x, y = pixel(rings[0][0]).split(",")
            yield _text(
                min(max(float(x), 20), WIDTH - 300), min(max(float(y) - 8, 30), HEIGHT - 20), label, "#1d6240"
            )
    elif role == "track":
        line = " ".join(pixel(place) for place in coordinates)
        yield f'<polyline points="{line}" fill="none" stroke="#0f5c6b" stroke-width="3"/>'
    elif role == "boundary":
        (x1, y1), (x2, y2) = (pixel(place).split(",") for place in coordinates)
        yield f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" stroke="#a3262a" stroke-width="4" stroke-dasharray="12 7"/>'
        yield _text(float(x1) + 24, float(y1) - 24, label, "#a3262a")
    elif role == "position":
        x, y = pixel(coordinates).split(",")
        error_m = feature["properties"].get("error_m")
        if isinstance(error_m, (int, float)):
            yield f'<circle cx="{x}" cy="{y}" r="{error_m * scale:.1f}" fill="none" stroke="#17262b" stroke-width="2"/>'
        yield f'<circle cx="{x}" cy="{y}" r="7" fill="#17262b"/>'


def _scale_bar(scale: float) -> Iterator[str]:
    """A round length of about a quarter of the width, and where north is."""
    most = WIDTH / 4 / scale
    step = 10 ** math.floor(math.log10(most))
    length_m = max(part * step for part in (1, 2, 5) if part * step <= most)
    y, x = HEIGHT - 36, 40
    yield f'<line x1="{x}" y1="{y}" x2="{x + length_m * scale:.1f}" y2="{y}" stroke="#17262b" stroke-width="5"/>'
    text = f"{length_m / 1000:g} km".replace(".", ",") if length_m >= 1000 else f"{length_m:g} m"
    yield _text(x, y - 12, text, "#17262b")
    yield f'<path d="M{WIDTH - 50} 40 l14 40 l-14 -10 l-14 10 Z" fill="#17262b"/>'
    yield _text(WIDTH - 60, 112, "B", "#17262b")


def _text(x: float, y: float, text: str, colour: str) -> str:
    place = f'x="{x:.1f}" y="{y:.1f}"'
    return f'<text {place} font-family="Libertinus Serif" font-size="30" fill="{colour}">{text}</text>'


def _places(coordinates: Any) -> Iterator[Sequence[float]]:
    """Every pair of a geometry's nested lists."""
    if coordinates and isinstance(coordinates[0], (int, float)):
        yield coordinates
        return
    for each in coordinates:
        yield from _places(each)
