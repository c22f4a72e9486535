"""The preview: one HTML file that needs nothing else, to look at beside the decision on paper."""

from collections.abc import Sequence
from html import escape
from typing import Final

from agent.desk.drawing import far_areas, map_svg, overview_svg
from agent.desk.facts import HEADINGS, corner_rows, facts
from agent.desk.importer import Imported
from agent.errors import Both
from agent.licence.places import Place

_STYLE: Final = """
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; color: #1b1b1b; }
figure { margin: 1rem 0; } figcaption, small { color: #555; }
.maps { display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start; }
svg { max-width: 100%; height: auto; border: 1px solid #ccc; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
td, th { border: 1px solid #ccc; padding: .2rem .6rem; text-align: right; } th { background: #f2f5f8; }
dt { font-weight: 600; } dd { margin: 0 0 .4rem; } .draft { background: #fff3cd; padding: .6rem 1rem; }
"""


def preview_html(done: Imported, rivers: Sequence[Place]) -> str:
    """The whole page. Its policy forbids every request, and it makes none."""
    title = f"{facts(done)[0][1]} · Sandwatch"
    told = "\n".join(f"<dt>{_both(name)}</dt><dd>{escape(value)}</dd>" for name, value in facts(done))
    head = "".join(f"<th>{_both(name)}</th>" for name in HEADINGS)
    rows = "\n".join(
        "<tr>" + "".join(f"<td>{escape(cell)}</td>" for cell in row) + "</tr>" for row in corner_rows(done)
    )
    areas = "\n".join(
        f"<figure>{map_svg(area)}<figcaption>Khu / Area {escape(area[0].name or str(number))}</figcaption></figure>"
        for number, area in enumerate(far_areas(done.outline), 1)
    )
    draft = ""
    if done.missing:
        draft = (
            f'<p class="draft">Bản nháp, còn thiếu: {escape(", ".join(done.missing))}. '
            f"<small>A draft: still lacking.</small></p>"
        )
    return f"""<!doctype html>
<html lang="vi">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{escape(title)}</h1>
{draft}
<p>So từng dòng với quyết định trên giấy trước khi nạp vào hộp. <small>Compare each row with the decision on paper before a box judges by it.</small></p>
<dl>{told}</dl>
<div class="maps">
<figure>{map_svg(done.outline.rings)}<figcaption>Các điểm khép góc trong hệ của quyết định. / The corners in the decision's own system.</figcaption></figure>
<figure>{overview_svg(done.outline, rivers)}<figcaption>Vị trí dọc sông (đường sông thô, sai số khoảng 3 km). / Along the river (a coarse line, ± 3 km).</figcaption></figure>
{areas}
</div>
<table><thead><tr>{head}</tr></thead><tbody>
{rows}
</tbody></table>
</body>
</html>
"""


def _both(name: Both) -> str:
    same = name.vi == name.en
    return escape(name.vi) if same else f"{escape(name.vi)} <small>/ {escape(name.en)}</small>"
