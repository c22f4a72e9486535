"""The sheet: one A4 page (more only for very long tables) to sign once it has been compared with the decision."""

import json
from datetime import UTC, datetime
from importlib.resources import files
from typing import Final

import typst

from agent.desk.drawing import map_svg
from agent.desk.facts import HEADINGS, corner_rows, facts
from agent.desk.importer import Imported

EPOCH: Final = datetime(2026, 1, 1, tzinfo=UTC)
"""Stands in the file's metadata, so that the same import gives the same bytes."""


def sheet_pdf(done: Imported) -> bytes:
    """The PDF. Its words are Vietnamese with English beside them."""
    data = {
        "facts": [[f"{name.vi} / {name.en}", value] for name, value in facts(done)],
        "headings": [name.vi if name.vi == name.en else f"{name.vi} / {name.en}" for name in HEADINGS],
        "rows": [list(row) for row in corner_rows(done)],
        "draft": ", ".join(done.missing),
        "footer": "Lập bằng sandwatch licence import. Tọa độ WGS 84 theo bảy tham số của Quyết định 05/2007/QĐ-BTNMT.",
    }
    source = (files("agent.desk") / "sheet.typ").read_bytes()
    inputs = {"data": json.dumps(data, ensure_ascii=False), "map": map_svg(done.outline.rings)}
    return typst.compile(source, sys_inputs=inputs, format="pdf", timestamp=int(EPOCH.timestamp()))
