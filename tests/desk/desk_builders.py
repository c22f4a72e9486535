"""Tables as offices keep them, made in code: nothing here is a real mine."""

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from agent.desk.conversion import Zone
from agent.desk.importer import Imported, import_licence, shipped_rivers
from agent.desk.numbers import metres_text
from agent.run.law import load_law
from agent.types import Json

Corners = Sequence[tuple[float, float]]

A: Corners = ((1135614, 562242), (1134341, 563515), (1134164, 563338), (1135437, 562066))
"""The synthetic zones of the fact sheet, X and Y: Tân Lộc and Trà Nóc in 105°00', Kế Sách in 105°30'."""
B: Corners = ((1119600, 577709), (1118540, 578770), (1118384, 578614), (1119445, 577554))
C: Corners = ((1087782, 557505), (1086556, 558534), (1086420, 558371), (1087645, 557343))

HOURS: list[Json] = [
    {"from": "07:00", "to": "17:00", "effective_from": "2026-01-01", "effective_to": None},
]
TERMS: dict[str, Json] = {
    "synthetic": True,
    "number": "VÍ DỤ-21/GP",
    "holder": "Công ty Ví Dụ (không có thật; invented example)",
    "valid_from": "2026-01-01",
    "valid_to": "2027-12-31",
    "hours": HOURS,
}


def rows_of(corners: Corners) -> list[list[str]]:
    """Corner, X, Y as printed in Vietnam."""
    return [[str(number), metres_text(x), metres_text(y)] for number, (x, y) in enumerate(corners, 1)]


def as_csv(rows: Sequence[Sequence[str]], separator: str = ";") -> str:
    text = io.StringIO()
    csv.writer(text, delimiter=separator, lineterminator="\n").writerows(rows)
    return text.getvalue()


def table(
    corners: Corners = A,
    *,
    heading: Sequence[str] = (),
    header: Sequence[str] = ("Điểm", "X (m)", "Y (m)"),
    below: Sequence[Sequence[str]] = (),
) -> str:
    """A corner table: headings, column names, a row a corner, what follows."""
    return as_csv([*([text, "", ""] for text in heading), header, *rows_of(corners), *below])


def written(folder: Path, text: str, name: str = "table.csv") -> Path:
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


def imported(path: Path, meridian_deg: float = 105.0, width_deg: int = 3, **options: Any) -> Imported:
    options.setdefault("rivers", shipped_rivers())
    return import_licence(path, Zone(meridian_deg, width_deg), TERMS, law=load_law(), **options)
