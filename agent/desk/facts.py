"""What a person compares with the decision on paper: the facts of an import and its rows, in words of both languages."""

from collections.abc import Mapping
from datetime import date
from math import hypot
from typing import Any, Final

from agent.desk.importer import Imported
from agent.desk.numbers import metres_text
from agent.errors import Both
from agent.licence.hours import date_text

HEADINGS: Final = (
    Both(vi="Khu", en="Area"),
    Both(vi="Điểm", en="Corner"),
    Both(vi="X (m)", en="X (m)"),
    Both(vi="Y (m)", en="Y (m)"),
    Both(vi="Cạnh tới điểm sau (m)", en="Edge to next (m)"),
    Both(vi="Vĩ độ WGS 84", en="Latitude WGS 84"),
    Both(vi="Kinh độ WGS 84", en="Longitude WGS 84"),
)


def facts(done: Imported) -> list[tuple[Both, str]]:
    """Names and values, in the order in which a decision gives them."""
    terms: Mapping[str, Any] = done.feature["properties"]  # type: ignore[assignment]
    found = done.outline
    hours = "; ".join(
        f"{row['from']}-{row['to']} ({_day(row['effective_from'])} - {_day(row['effective_to'])})"
        for row in terms.get("hours", ())
    )
    return [
        (Both(vi="Giấy phép số", en="Licence no."), terms.get("number", "—")),
        (Both(vi="Tổ chức, cá nhân được cấp phép", en="Holder"), terms.get("holder", "—")),
        (
            Both(vi="Hiệu lực", en="In force"),
            f"{_day(terms.get('valid_from'))} - {_day(terms.get('valid_to'))}",
        ),
        (Both(vi="Giờ khai thác", en="Hours"), hours or "—"),
        (
            Both(vi="Hệ tọa độ", en="System"),
            f"VN-2000, kinh tuyến trục / central meridian, múi / zone: {found.zone.text}",
        ),
        (
            Both(vi="Diện tích tính từ các điểm", en="Area from the corners"),
            f"{metres_text(found.area_ha, 2)} ha",
        ),
        (Both(vi="Nguồn", en="Source"), str(terms["vn2000"]["source"])),
    ]


def _day(text: str | None) -> str:
    return "…" if text is None else date_text(date.fromisoformat(text))


def corner_rows(done: Imported) -> list[tuple[str, ...]]:
    """One row a corner: as in the decision, then the length of the edge and the place in WGS 84."""
    rows: list[tuple[str, ...]] = []
    rings = [ring for polygon in done.outline.polygons for ring in polygon]
    for number, (ring, degrees) in enumerate(zip(done.outline.rings, rings, strict=True), 1):
        points = ring.points
        for index, (point, (lon, lat)) in enumerate(zip(points, degrees, strict=True)):
            after = points[(index + 1) % len(points)]
            edge_m = hypot(after.x_m - point.x_m, after.y_m - point.y_m)
            rows.append(
                (
                    ring.name or str(number),
                    point.corner,
                    metres_text(point.x_m),
                    metres_text(point.y_m),
                    metres_text(edge_m, 1),
                    f"{lat:.7f}".replace(".", ","),
                    f"{lon:.7f}".replace(".", ","),
                )
            )
    return rows
