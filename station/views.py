"""An event as a person reads it: every word and number of the pages, ready to be written out."""

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from agent.event import phrases, wire
from agent.types import (
    GRAVITY,
    Event,
    EvidenceFile,
    Finding,
    FindingKind,
    Happening,
    Health,
    Reason,
    Stamp,
    Verdict,
)
from station.alarms import Alarm, AlarmKind
from station.bundles import Shelved
from station.health import Source
from station.shelf import Listed
from station.verdicts import state_text
from station.words import Words, degrees_text, moment_of
from station.work import WorkView, brief, work_view

_SIGNED = frozenset({FindingKind.OUTSIDE_AREA, FindingKind.NO_LICENCE})
"""Kinds whose value is the signed distance to the boundary point; other distances run in the direction of the offence."""

NO_VERDICT = "none"
UNCALIBRATED = frozenset({"uncalibrated", "site_check_failed", "site_check_void"})
SILENT_S = 7200.0  # a box tells its head every hour


@dataclass(frozen=True, slots=True)
class RowView:
    """One row of the list, also as JSON. `key` never changes, `revision` does with every record of the event."""

    key: str
    revision: int
    href: str
    verdict: str
    verdict_text: str
    title: str
    happening: str
    device: str
    opened: str
    state: str
    open: bool
    pictures: str
    synthetic: str
    review: str
    review_text: str
    weight: int
    assignee: str


@dataclass(frozen=True, slots=True)
class FindingView:
    title: str
    verdict: str
    verdict_text: str
    value: str | None
    licence: str | None
    article: str | None
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BoxView:
    label: str
    score: str
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class PictureView:
    """One file of evidence. `boxes` is None where no detector looked at it; `href` where it is not here yet."""

    sha256: str
    kind: str
    href: str | None
    title: str
    taken: str | None  # when, in local time; None where the box did not know the time
    size: str
    width_px: int
    height_px: int
    boxes: tuple[BoxView, ...] | None
    model_hash: str | None


@dataclass(frozen=True, slots=True)
class EventView:
    """Everything of one event.

    `findings` are those that are not clear, gravest first; `cleared` says why the other rules are met, so that
    a heading like "outside hours" never stands over them. No sentence is said twice.
    """

    row: RowView
    findings: tuple[FindingView, ...]
    cleared: tuple[str, ...]
    activity: str | None
    activity_reasons: tuple[str, ...]
    work: WorkView | None
    notes: tuple[str, ...]
    times: tuple[tuple[str, str, str], ...]  # what, when, by which clock
    position: str | None
    position_error: str | None
    pictures: tuple[PictureView, ...]
    waiting: int
    no_detector: bool
    origin: str
    map_href: str
    anchored: str
    alarms: tuple[str, ...]


def address(device: str, event_id: str) -> str:
    """Where the page of an event is."""
    return f"/events/{quote(device, safe='')}/{quote(event_id, safe=':')}"


def row_view(listed: Listed, words: Words, href: str | None = None) -> RowView:
    """One event as the list shows it; `href` is its page on the way through that list."""
    _ = words.say
    event = listed.event
    end = event.closed
    if end is None:
        state = _("đang diễn ra")
    else:
        length = (end.mono_ns - event.opened.mono_ns) / 1e9
        # Across a restart of the box the monotonic clock began anew; its difference would be no length.
        state = (
            _("đã kết thúc") if length < 0 else _("kéo dài {length}").format(length=words.duration(length))
        )
    return RowView(
        key=f"{listed.device}/{event.event_id}",
        revision=listed.last_seq,
        href=href or address(listed.device, event.event_id),
        verdict=listed.verdict or NO_VERDICT,
        verdict_text=verdict_text(listed.verdict, words),
        title=title_of(listed, words),
        happening=" · ".join(
            part
            for part in (
                words.pick(phrases.HAPPENINGS[event.happening]),
                brief(event.work, words),
                _("chưa hiệu chuẩn: manh mối cần kiểm tra") if _uncalibrated(event) else "",
            )
            if part
        ),
        device=listed.device_name,
        opened=words.time(event.opened.utc) or words.clock(event.opened.clock_quality),
        state=state,
        open=end is None,
        pictures=_("{n} ảnh").format(n=len(event.evidence)) if event.evidence else _("không có ảnh"),
        synthetic=_("tổng hợp") if event.origin.synthetic else "",
        review=listed.state.value,
        review_text=state_text(listed.state, words),
        weight=listed.weight,
        assignee=listed.assignee_name or "",
    )


def _uncalibrated(event: Event) -> bool:
    """Did the box say that nobody has checked its measures with the kit in force?"""
    return any(note.code in UNCALIBRATED for note in event.notes)


def verdict_text(verdict: str | None, words: Words) -> str:
    """A verdict in words; before a ruling the gravest of them is a suspicion."""
    if verdict is None:
        return words.say("không có nhận định")
    return words.pick(phrases.VERDICTS[Verdict(verdict)])


def title_of(listed: Listed, words: Words) -> str:
    """What an event is about: its gravest findings, each kind once."""
    grave = [finding for finding in listed.event.findings if finding.verdict.value == listed.verdict]
    kinds = dict.fromkeys(finding.kind for finding in grave)
    if listed.verdict == Verdict.PERMITTED or not kinds:
        return _capital(words.pick(phrases.HAPPENINGS[listed.event.happening]))
    return _capital(", ".join(words.pick(phrases.FINDINGS[kind]) for kind in kinds))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def event_view(
    listed: Listed,
    held: AbstractSet[str],
    words: Words,
    anchored_utc: str | None = None,
    alarms: Sequence[Alarm] = (),
) -> EventView:
    """One event as its page shows it; `held` are the digests of its evidence that are here.

    `anchored_utc` is when its record was first known ashore, `alarms` are those of its box.
    """
    _ = words.say
    event = listed.event
    fix = event.fix
    placed = fix is not None and fix.lat_deg is not None and fix.lon_deg is not None
    position = None
    if fix is not None and fix.lat_deg is not None and fix.lon_deg is not None:
        position = f"{degrees_text(fix.lat_deg, 'lat', words)}, {degrees_text(fix.lon_deg, 'lon', words)}"
    pictures = tuple(
        _picture(number, file, file.sha256 in held, words)
        for number, file in enumerate(event.evidence, start=1)
    )
    origin = _("trực tiếp từ thiết bị")
    if event.origin.kind == "replay":
        origin = _("phát lại chuyến ghi {voyage}").format(voyage=event.origin.voyage or "?")
    grave = sorted(
        (finding for finding in event.findings if finding.verdict is not Verdict.PERMITTED),
        key=lambda finding: -GRAVITY[finding.verdict],
    )
    clear = [finding for finding in event.findings if finding.verdict is Verdict.PERMITTED]
    because = () if event.activity is None else _reasons(event.activity.because, words)
    error = fix.error_m if placed and fix is not None else None
    return EventView(
        row=row_view(listed, words),
        findings=tuple(_finding(finding, words) for finding in grave),
        cleared=_without(_of_all(clear, words), _of_all(grave, words)),
        activity=None if event.activity is None else words.pick(phrases.ACTIVITIES[event.activity.kind]),
        activity_reasons=because,
        work=work_view(event.work, words),
        notes=_without(_reasons(event.notes, words), because),
        times=_times(listed, words),
        position=position,
        position_error=None if error is None else f"± {words.number(error, 1)} m (95 %)",
        pictures=pictures,
        waiting=sum(picture.href is None for picture in pictures),
        no_detector=all(picture.boxes is None for picture in pictures),
        origin=origin,
        map_href=f"/api{address(listed.device, event.event_id)}/map",
        anchored=anchored_text(listed, anchored_utc, words),
        alarms=tuple(alarm_text(alarm, words) for alarm in alarms),
    )


def _without(sentences: tuple[str, ...], said: tuple[str, ...]) -> tuple[str, ...]:
    """The sentences that were not said already, each once."""
    return tuple(sentence for sentence in dict.fromkeys(sentences) if sentence not in said)


def _of_all(findings: Sequence[Finding], words: Words) -> tuple[str, ...]:
    return tuple(sentence for finding in findings for sentence in _reasons(finding.because, words))


def _reasons(reasons: tuple[Reason, ...], words: Words) -> tuple[str, ...]:
    return tuple(_capital(phrases.reason_text(reason, words.language)) for reason in reasons)


def _times(listed: Listed, words: Words) -> tuple[tuple[str, str, str], ...]:
    _ = words.say
    event = listed.event
    stamps: list[tuple[str, Stamp | None]] = [(_("Bắt đầu"), event.opened)]
    if event.closed is None:
        stamps.append((_("Cập nhật"), event.updated))
    stamps.append((_("Kết thúc"), event.closed))
    return tuple(
        (name, words.time(stamp.utc) or "—", words.clock(stamp.clock_quality))
        for name, stamp in stamps
        if stamp is not None
    )


def _finding(finding: Finding, words: Words) -> FindingView:
    return FindingView(
        title=_capital(words.pick(phrases.FINDINGS[finding.kind])),
        verdict=finding.verdict.value,
        verdict_text=verdict_text(finding.verdict.value, words),
        value=value_text(finding, words),
        licence=finding.licence,
        article=finding.article,
        reasons=_reasons(finding.because, words),
    )


def value_text(finding: Finding, words: Words) -> str | None:
    """The measured value with its error and unit; metres from a boundary say on which side."""
    if finding.value is None:
        return None
    decimals = 1 if finding.unit == "m" or finding.value != round(finding.value) else 0
    value = finding.value
    side = ""
    if finding.kind in _SIGNED:
        side = words.say("ngoài ranh giới") if value >= 0 else words.say("trong ranh giới")
        value = abs(value)
    parts = [words.number(value, decimals)]
    if finding.error is not None:
        parts.append(f"± {words.number(finding.error, decimals)}")
    parts += [part for part in (finding.unit, side) if part]
    return " ".join(parts)


def _picture(number: int, file: EvidenceFile, here: bool, words: Words) -> PictureView:  # noqa: FBT001
    _ = words.say
    kind = _("Ảnh {n} · camera {camera}") if file.kind == "still" else _("Đoạn phim {n} · camera {camera}")
    boxes = None
    if file.detections is not None:
        boxes = tuple(
            BoxView(
                label=words.pick(phrases.LABELS.get(box.label, (box.label, box.label))),
                score=f"{words.number(box.score * 100, 0)} %",
                x=box.x0,
                y=box.y0,
                width=max(0.0, box.x1 - box.x0),
                height=max(0.0, box.y1 - box.y0),
            )
            for box in file.detections
        )
    return PictureView(
        sha256=file.sha256,
        kind=file.kind,
        href=f"/evidence/{file.sha256}" if here and wire.DIGEST.fullmatch(file.sha256) else None,
        title=kind.format(n=number, camera=file.camera),
        taken=words.time(file.utc),
        size=words.size(file.size_bytes),
        width_px=max(1, file.width_px),
        height_px=max(1, file.height_px),
        boxes=boxes,
        model_hash=file.model_hash,
    )


def happenings(words: Words) -> list[tuple[str, str]]:
    """Every kind of event with its words, for the filter."""
    return [(kind.value, words.pick(phrases.HAPPENINGS[kind])) for kind in Happening]


def kinds(words: Words) -> list[tuple[str, str]]:
    """Every kind of finding with its words, for the filter."""
    return [(kind.value, words.pick(phrases.FINDINGS[kind])) for kind in FindingKind]


def verdicts(words: Words) -> list[tuple[str, str]]:
    """Every verdict with its words, for the filter."""
    return [(kind.value, words.pick(phrases.VERDICTS[kind])) for kind in Verdict]


def alarm_text(alarm: Alarm, words: Words) -> str:
    """An alarm as a person reads it."""
    _ = words.say
    sentence = {
        AlarmKind.FORK: _(
            "Hai lịch sử khác nhau mang cùng một khóa, từ bản ghi số {seq}: thẻ nhớ bị nhân bản hoặc dữ liệu bị viết lại"
        ),
        AlarmKind.ROLLBACK: _(
            "Thiết bị quay lại bản ghi số {seq}, trong khi trạm đã biết đến số {known}: thẻ nhớ cũ được lắp lại"
        ),
        AlarmKind.GAP: _("Thiếu các bản ghi trước số {seq}; trạm chỉ giữ đến số {known}"),
        AlarmKind.SEGMENT: _(
            "Bộ nhớ của thiết bị bị hỏng; chuỗi bắt đầu lại từ bản ghi số {seq}, trạm giữ đến số {known}"
        ),
        AlarmKind.DISK: _(
            "Thẻ nhớ của thiết bị không ghi được trong một thời gian trước bản ghi số {seq}: đầy hoặc hỏng"
        ),
    }[alarm.kind]
    numbers = {"seq": words.number(alarm.seq, 0), "known": words.number(alarm.known_seq, 0)}
    return f"{sentence.format(**numbers)} ({words.time(alarm.raised_utc)})"


def silence_text(last_seen_utc: str | None, now: datetime, words: Words) -> str:
    """For how long nothing was heard. It is no finding: why, only the records will tell, when they come."""
    last = moment_of(last_seen_utc)
    if last is None or (now - last).total_seconds() < SILENT_S:
        return ""
    length = words.duration((now - last).total_seconds())
    return words.say("chưa có liên lạc {length}; chưa rõ lý do").format(length=length)


def bundle_texts(runs: Mapping[str, int], waiting: Iterable[Shelved], words: Words) -> list[str]:
    """What a box runs by, and which newer bundle waits for it."""
    _ = words.say
    kinds = {"config": _("cấu hình"), "software": _("phần mềm"), "keys": _("khóa")}
    newer = {
        one.manifest.kind: one.manifest.sequence
        for one in waiting
        if one.manifest.sequence > runs.get(one.manifest.kind, 0)
    }
    lines = []
    for kind, name in kinds.items():
        if runs.get(kind) or kind in newer:
            wait = _(", chờ {n}").format(n=newer[kind]) if kind in newer else ""
            lines.append(f"{name} {runs.get(kind) or '—'}{wait}")
    return lines


def source_text(source: Source, words: Words) -> tuple[str, bool]:
    """The last state of a receiver or camera, and whether it is away."""
    _ = words.say
    state = {
        Health.HEALTHY: _("tốt"),
        Health.SILENT: _("im lặng"),
        Health.RECOVERING: _("đang trở lại"),
        Health.FAILED: _("hỏng"),
        Health.ENDED: _("đã hết"),
    }[source.state]
    return f"{source.source}: {state}", source.state in (Health.SILENT, Health.FAILED)


def anchored_text(listed: Listed, anchored_utc: str | None, words: Words) -> str:
    """For how long nobody ashore knew of the record: the owner of the card could have rewritten it so long."""
    _ = words.say
    written, known = moment_of(listed.event.updated.utc), moment_of(anchored_utc)
    if known is None:
        return _("chưa được neo")
    if written is None:
        return _("neo lúc {time}; không rõ đã ghi trước đó bao lâu").format(time=words.time(known))
    length = words.duration(max(0.0, (known - written).total_seconds()))
    return _("neo lúc {time}; chưa được neo trong {length} sau khi ghi").format(
        time=words.time(known), length=length
    )
