"""A case in words: its stage, its clock, what was done, and what the law would suggest.

Until a decision was made the word is "nghi vấn vi phạm", suspected violation; after it, what the decision is.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from agent.event import phrases
from agent.licence.hours import local_time
from station.accounts import Role
from station.docket import Case, Paper
from station.people import role_text
from station.procedure import Band, Instruments, Procedure, Source
from station.proceeding import RUNNING, CaseAct, CaseActKind, CaseStanding, Clock, Stage, clock_of, may_move
from station.shelf import Listed
from station.suggestion import Crime, Ends, Suggested, Suggestion, suggestion
from station.words import Words, moment_of


@dataclass(frozen=True, slots=True)
class ClockView:
    """The deadline in words; `style` is that of the badge."""

    text: str
    due: str
    source: str
    style: str
    warns: bool


@dataclass(frozen=True, slots=True)
class CaseRow:
    """One case in the list."""

    code: str
    href: str
    subject: str
    licence: str
    stage: str
    stage_text: str
    events: str
    opened: str
    clock: ClockView | None


@dataclass(frozen=True, slots=True)
class CaseActView:
    number: int
    what: str
    text: str
    who: str
    role: str
    when: str
    address: str


@dataclass(frozen=True, slots=True)
class PaperView:
    name: str
    href: str
    size: str
    sha256: str


@dataclass(frozen=True, slots=True)
class SuggestedView:
    """One line of the suggestion: what, how it was measured, the amounts, and by which text."""

    title: str
    measured: str
    amount: str
    source: str


@dataclass(frozen=True, slots=True)
class CaseView:
    """The page of a case."""

    row: CaseRow
    word: str
    holder: str
    vessel: str
    acts: tuple[CaseActView, ...]
    papers: tuple[PaperView, ...]
    moves: tuple[tuple[str, str], ...]
    may_extend: bool
    age: str
    suggested: tuple[SuggestedView, ...]
    token: str


def case_address(number: int) -> str:
    """Where the page of a case is."""
    return f"/cases/{number}"


def stage_text(stage: Stage, words: Words) -> str:
    """A stage in words."""
    _ = words.say
    return {
        Stage.LEAD: _("manh mối"),
        Stage.VERIFICATION: _("đang xác minh"),
        Stage.EXPLANATION: _("đã nghe giải trình"),
        Stage.MINUTES: _("đã lập biên bản"),
        Stage.DECISION: _("đã có quyết định"),
        Stage.TRANSFERRED: _("đã chuyển cơ quan khác"),
        Stage.CLOSED: _("đã đóng"),
    }[stage]


def stages(words: Words) -> list[tuple[str, str]]:
    """Every stage with its words, for the filter."""
    return [(stage.value, stage_text(stage, words)) for stage in Stage]


def suspected(stands: CaseStanding, words: Words) -> str:
    """What is spoken of: a suspicion, until a decision says what it was."""
    if stands.decided_by is None:
        return words.say("nghi vấn vi phạm")
    return words.say("hành vi theo quyết định {number}").format(number=stands.decided_by)


def clock_view(clock: Clock | None, words: Words) -> ClockView | None:
    """A running deadline in words."""
    if clock is None:
        return None
    _ = words.say
    due = day_text(clock.due)
    if clock.left_days < 0:
        text, style = _("quá hạn xác minh {n} ngày").format(n=-clock.left_days), "breach"
    elif clock.left_days == 0:
        text, style = _("hết hạn xác minh hôm nay"), "breach"
    else:
        text = _("còn {n} ngày xác minh").format(n=clock.left_days)
        style = "undetermined" if clock.warns else "none"
    length = clock.deadline.complex_days if clock.extended else clock.deadline.days
    source = _("{n} ngày kể từ {day}: {source}").format(
        n=length, day=day_text(clock.accepted), source=source_text(clock.deadline.source, words)
    )
    return ClockView(text, due, source, style, clock.warns)


def source_text(source: Source, words: Words) -> str:
    """A text of the law as it is quoted."""
    return ", ".join(part for part in (source.article, words.pick(source.title)) if part)


def day_text(day: date) -> str:
    """`31/12/2027`."""
    return day.strftime("%d/%m/%Y")


def case_row(case: Case, law: Instruments, now: datetime, words: Words) -> CaseRow:
    """One case as a list shows it."""
    opened = moment_of(case.opened_utc)
    return CaseRow(
        code=case.code,
        href=case_address(case.number),
        subject=case.subject,
        licence=case.licence,
        stage=case.stands.stage.value,
        stage_text=stage_text(case.stands.stage, words),
        events=words.say("{n} sự kiện").format(n=words.number(len(case.stands.events), 0)),
        opened="" if opened is None else day_text(local_time(opened).date()),
        clock=clock_view(clock_of(case.stands, law, now), words),
    )


def case_view(
    case: Case,
    events: Sequence[Listed],
    papers: Sequence[Paper],
    role: Role,
    law: Instruments,
    now: datetime,
    words: Words,
) -> CaseView:
    """Everything of one case for its page."""
    stands = case.stands
    days = [each.order_utc for each in events]
    first = moment_of(min(days)) if days else None
    held = law.on(local_time(first or now).date())
    return CaseView(
        row=case_row(case, law, now, words),
        word=suspected(stands, words),
        holder=case.holder,
        vessel=case.vessel,
        acts=tuple(_act(act, words) for act in case.acts),
        papers=tuple(
            PaperView(
                paper.name,
                f"{case_address(case.number)}/files/{paper.sha256}",
                words.size(paper.size_bytes),
                paper.sha256,
            )
            for paper in papers
        ),
        moves=tuple(
            (stage.value, stage_text(stage, words)) for stage in Stage if may_move(stands.stage, stage, role)
        ),
        may_extend=stands.stage in RUNNING and not stands.extended,
        age=""
        if first is None
        else words.say("sự kiện đầu tiên cách đây {n} ngày").format(n=max(0, (now - first).days)),
        suggested=suggested_views(suggestion([each.event for each in events], held), held, words),
        token=secrets.token_urlsafe(18),
    )


def _act(act: CaseAct, words: Words) -> CaseActView:
    _ = words.say
    what = {
        CaseActKind.OPENED: _("Mở hồ sơ"),
        CaseActKind.JOINED: _("Đưa vào sự kiện {event}").format(event=act.event_id),
        CaseActKind.LEFT: _("Đưa ra sự kiện {event}").format(event=act.event_id),
        CaseActKind.MOVED: "" if act.stage is None else _capital(stage_text(act.stage, words)),
        CaseActKind.EXTENDED: _("Vụ việc phức tạp: kéo dài thời hạn xác minh"),
        CaseActKind.COMMENTED: _("Ghi chú"),
        CaseActKind.ATTACHED: _("Thêm tài liệu"),
    }[act.kind]
    return CaseActView(
        number=act.number,
        what=what,
        text=act.text,
        who=act.name,
        role=role_text(act.role, words),
        when=words.time(act.utc) or "",
        address=act.address,
    )


# ── the suggestion ────────────────────────────────────────────────────────────────────────────────────


def suggested_views(found: Suggestion, law: Procedure, words: Words) -> tuple[SuggestedView, ...]:
    """The bands at both ends of the error, then the threshold of the Penal Code."""
    _ = words.say
    views = [_suggested(each, words) for each in found.bands]
    if found.value_vnd is not None and law.threshold is not None and law.price is not None:
        measured = _("{low} – {high} m³ × {price} đồng/m³ = {from_vnd} – {to_vnd} đồng").format(
            low=words.number(found.volume_m3.low if found.volume_m3 else 0.0, 0),
            high=words.number(found.volume_m3.high if found.volume_m3 else 0.0, 0),
            price=words.number(law.price.vnd_per_m3, 0),
            from_vnd=words.number(found.value_vnd.low, 0),
            to_vnd=words.number(found.value_vnd.high, 0),
        )
        for crime, limit, title in (
            (found.by_value, law.threshold.value_vnd, _("Ngưỡng hình sự theo giá trị khoáng sản")),
            (
                found.by_gain,
                law.threshold.gain_vnd,
                _("Ngưỡng hình sự theo thu lợi bất chính (nếu toàn bộ giá trị là thu lợi)"),
            ),
        ):
            if crime is not None:
                source = source_text(law.threshold.source, words)
                views.append(SuggestedView(title, measured, _crime_text(crime, limit, words), source))
    return tuple(views)


def _crime_text(crime: Crime, limit_vnd: int, words: Words) -> str:
    _ = words.say
    sentence = {
        Crime.BELOW: _("dưới ngưỡng {limit} đồng ở cả hai đầu sai số"),
        Crime.POSSIBLE: _("có thể đạt ngưỡng {limit} đồng: chỉ ở đầu trên của sai số"),
        Crime.ABOVE: _("đạt ngưỡng {limit} đồng ở cả hai đầu sai số"),
    }[crime]
    return sentence.format(limit=words.number(limit_vnd, 0))


def _suggested(each: Suggested, words: Words) -> SuggestedView:
    _ = words.say
    decimals, unit = (1, "m") if each.measure == "distance_m" else (0, "m³")
    low, high = amount_text(each.low, words), amount_text(each.high, words)
    amount = low if low == high else _("{low} (đầu dưới) đến {high} (đầu trên)").format(low=low, high=high)
    band = each.low or each.high
    return SuggestedView(
        title=_capital(words.pick(phrases.FINDINGS[each.kind])),
        measured=_range(each.ends, decimals, unit, words),
        amount=amount,
        source="" if band is None else source_text(band.source, words),
    )


def _range(ends: Ends, decimals: int, unit: str, words: Words) -> str:
    low, high = (words.number(end, decimals) for end in (ends.low, ends.high))
    return words.say("{low} – {high} {unit}, hai đầu của sai số 95 %").format(low=low, high=high, unit=unit)


def amount_text(band: Band | None, words: Words) -> str:
    """What a band says, as an amount of money."""
    _ = words.say
    if band is None or band.low_vnd is None or band.high_vnd is None:
        return _("chưa có mức tiền trong dữ liệu: hỏi cơ quan chuyên môn")
    low, high = words.number(band.low_vnd, 0), words.number(band.high_vnd, 0)
    money = low if low == high else f"{low} – {high}"
    whom = _("đối với tổ chức") if band.on == "organisation" else _("đối với cá nhân")
    return _("{money} đồng {whom}").format(money=money, whom=whom)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
