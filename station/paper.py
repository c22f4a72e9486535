"""Papers of a case as PDF/A-2b: working minutes to be signed, and the case file. Vietnamese, in the official form.

typst sets them; it is told to keep to PDF/A-2b and refuses what would not. No other validator has been run. The same
case at the same moment gives the same bytes.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from importlib.resources import files
from io import BytesIO
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal

import segno
import typst

from agent.licence.hours import local_time
from station import views
from station.casewords import CaseView, suspected
from station.docket import Case
from station.papermap import map_svg
from station.shelf import Listed
from station.words import Words

STANDARD: Final = "a-2b"
VI: Final = Words("vi")
STILLS: Final = 3
FORMS: Final = ("form.typ", "minutes.typ", "casefile.typ")
Kind = Literal["minutes", "casefile"]


@dataclass(frozen=True, slots=True)
class Shown:
    """One event for paper: what is held of it, the features of its map, and the bytes of the stills to print."""

    listed: Listed
    held: frozenset[str]
    features: Sequence[dict[str, Any]]
    stills: Mapping[str, bytes]


def case_pdf(
    kind: Kind, case: Case, view: CaseView, events: Sequence[Shown], address: str, now: datetime
) -> bytes:
    """A paper of a case; `address` is that of its page, for the QR code."""
    sources = dict(_forms())
    sources["qr.svg"] = _qr(address)
    data = _common(kind, case, now)
    if kind == "minutes":
        data |= _minutes(events)
    else:
        data |= _casefile(view, events, sources)
    sources["data.json"] = json.dumps(data, ensure_ascii=False).encode()
    with TemporaryDirectory() as folder:
        for name, content in sources.items():
            (Path(folder) / name).write_bytes(content)
        made = typst.compile(
            Path(folder) / f"{kind}.typ",
            format="pdf",
            root=Path(folder),
            pdf_standards=[STANDARD],
            timestamp=int(now.timestamp()),
        )
    assert isinstance(made, bytes)  # noqa: S101 - one file was asked for
    return made


@cache
def _forms() -> Mapping[str, bytes]:
    return {name: (files("station") / "papers" / name).read_bytes() for name in FORMS}


def _qr(address: str) -> bytes:
    drawn = BytesIO()
    segno.make(address, error="m", micro=False).save(drawn, kind="svg", border=2, xmldecl=False, scale=4)
    return drawn.getvalue()


def _common(kind: Kind, case: Case, now: datetime) -> dict[str, Any]:
    day = local_time(now).date()
    written = f"ngày {day.day:02d} tháng {day.month:02d} năm {day.year}"
    minutes = kind == "minutes"
    return {
        "title": "BIÊN BẢN LÀM VIỆC" if minutes else "HỒ SƠ VỤ VIỆC",
        "about": f"Về việc {suspected(case.stands, VI)} trong khai thác cát, sỏi lòng sông",
        "number": "……/BB-……" if minutes else case.code,
        "place-and-day": f"…………, {written}",
        "day": written,
        "code": case.code,
        "code-note": "Quét mã để mở hồ sơ tại trạm (cần đăng nhập).",
        "footer": f"{case.code} · in lúc {VI.time(now)} · Sandwatch",
        "subject": case.holder or case.subject,
        "licence": case.licence,
        "word": suspected(case.stands, VI),
    }


def _minutes(events: Sequence[Shown]) -> dict[str, Any]:
    rows: list[list[str]] = []
    for shown in events:
        view = views.event_view(shown.listed, shown.held, VI)
        times = "\n".join(f"{name}: {when}" for name, when, _clock in view.times)
        place = f"{view.position}\n{view.position_error or ''}" if view.position else "không có vị trí"
        rows += [
            [
                str(len(rows) + number),
                times,
                f"{finding.title} ({finding.verdict_text})",
                finding.value or "—",
                place,
            ]
            for number, finding in enumerate(view.findings, start=1)
        ]
    return {"findings": rows, "count": str(len(events))}


def _casefile(view: CaseView, events: Sequence[Shown], sources: dict[str, bytes]) -> dict[str, Any]:
    clock = view.row.clock
    facts = [
        ("Tổ chức, cá nhân", view.holder or view.row.subject),
        ("Giấy phép", view.row.licence),
        ("Phương tiện", view.vessel),
        ("Về việc", view.word),
        ("Giai đoạn", view.row.stage_text),
        ("Mở ngày", view.row.opened),
        ("Hạn xác minh", "" if clock is None else f"{clock.due} ({clock.source})"),
    ]
    return {
        "facts": [[name, value] for name, value in facts if value],
        "suggested": [[each.title, each.measured, each.amount, each.source] for each in view.suggested],
        "events": [_event(number, shown, sources) for number, shown in enumerate(events, start=1)],
        "papers": [[paper.name, paper.sha256] for paper in view.papers],
        "log": [
            [act.when, f"{act.what}\n{act.text}" if act.text else act.what, f"{act.who}\n{act.role}"]
            for act in view.acts
        ],
        "integrity": (
            "Mỗi bản ghi được thiết bị ký (Ed25519) và nối chuỗi bằng SHA-256; trạm đã kiểm tra chữ ký và chuỗi khi "
            "nhận. Gói hồ sơ điện tử kèm bản ghi gốc, chứng cứ, danh mục có chữ ký và hướng dẫn tự kiểm tra."
        ),
    }


def _event(number: int, shown: Shown, sources: dict[str, bytes]) -> dict[str, Any]:
    listed = shown.listed
    view = views.event_view(listed, shown.held, VI)
    drawing = map_svg(shown.features)
    if drawing is not None:
        sources[f"map-{number}.svg"] = drawing
    printed: list[dict[str, str]] = []
    for picture in view.pictures:
        if picture.kind == "still" and picture.sha256 in shown.stills and len(printed) < STILLS:
            suffix = "png" if shown.stills[picture.sha256].startswith(b"\x89PNG") else "jpg"
            name = f"still-{number}-{len(printed) + 1}.{suffix}"
            sources[f"{name}"] = shown.stills[picture.sha256]
            title = " · ".join(part for part in (picture.title, picture.taken) if part)
            printed.append({"file": name, "title": title, "sha256": picture.sha256})
    done = {each["sha256"] for each in printed}
    work = view.work
    facts = [
        ("Mã sự kiện", f"{listed.device} / {listed.event.event_id}"),
        *((name, f"{when} ({clock})") for name, when, clock in view.times),
        ("Vị trí (WGS 84)", " ".join(part for part in (view.position, view.position_error) if part)),
        ("Hoạt động", view.activity or ""),
        (
            "Khối lượng thấy được",
            "" if work is None else ", ".join(part for part in (work.loose, work.in_place) if part),
        ),
        ("Kết luận xem xét", view.row.review_text),
        ("Nguồn", view.origin + (" (DỮ LIỆU TỔNG HỢP)" if listed.event.origin.synthetic else "")),
    ]
    return {
        "title": f"Sự kiện {number}: {view.row.title}",
        "verdict": view.row.verdict_text,
        "facts": [[name, value] for name, value in facts if value],
        "findings": [
            [finding.title, finding.value or "—", "\n".join(finding.reasons), finding.article or "—"]
            for finding in view.findings
        ],
        "map": None if drawing is None else f"map-{number}.svg",
        "stills": printed,
        "absent": [[each.title, each.sha256] for each in view.pictures if each.sha256 not in done],
        "hash": listed.last_hash,
    }
