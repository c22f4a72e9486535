"""The account of record in words and numbers, for its page."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from agent.event import phrases
from agent.types import FindingKind
from station.account import Account
from station.reconciling import AisView, Day
from station.recount import Found, Run
from station.views import verdict_text
from station.words import Words


@dataclass(frozen=True, slots=True)
class AgainstView:
    span: str
    at_least: str
    seen: str
    limit: str
    verdict: str
    verdict_text: str


@dataclass(frozen=True, slots=True)
class AccountView:
    number: str
    holder: str
    in_force: bool
    unit: str
    at_least: str
    seen: str
    against: tuple[AgainstView, ...]
    covered: tuple[str, ...]
    uncovered: tuple[str, ...]
    unmeasured: str


@dataclass(frozen=True, slots=True)
class DayView:
    day: str
    seen: str
    declared: str
    transport: str
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FoundView:
    """`change` says how it stands to the run before: new, other, or as it was."""

    day: str
    what: str
    vessel: str
    value: str
    verdict: str
    verdict_text: str
    change: str


@dataclass(frozen=True, slots=True)
class RunView:
    run: int
    when: str
    by: str
    span: str
    version: str
    found: tuple[FoundView, ...]
    gone: tuple[FoundView, ...]  # what the run before said and this one does not


def account_view(account: Account, words: Words) -> AccountView:
    """A licence as the list of accounts shows it."""
    licence = account.licence
    loose = licence.quota is not None and licence.quota.volume == "loose"
    value, error = account.taken.volume(loose=loose)
    number = words.number
    return AccountView(
        number=licence.number,
        holder=licence.holder,
        in_force=licence.valid_from <= account.day <= licence.valid_to,
        unit=words.say("m³ rời trong khoang") if loose else words.say("m³ nguyên khai tại chỗ"),
        at_least=number(max(0.0, value - error), 0),
        seen=f"{number(value, 0)} ± {number(error, 0)}",
        against=tuple(
            AgainstView(
                span_text(one.span, words),
                number(one.at_least_m3, 0),
                f"{number(one.value_m3, 0)} ± {number(one.error_m3, 0)}",
                number(one.limit_m3, 0),
                one.verdict.value,
                verdict_text(one.verdict.value, words),
            )
            for one in account.against
        ),
        covered=account.covered,
        uncovered=account.uncovered,
        unmeasured=number(account.taken.unmeasured, 0) if account.taken.unmeasured else "",
    )


def day_view(day: Day, words: Words) -> DayView:
    """A day of the reconciliation."""
    _, number = words.say, words.number
    texts = {
        "declared_less": _("khai báo ít hơn phần chắc chắn thấy được"),
        "declared_more": _("khai báo nhiều hơn phần thấy được"),
        "transport_less": _("chứng từ vận chuyển ít hơn phần chắc chắn thấy được"),
        "transport_more": _("chứng từ vận chuyển nhiều hơn phần thấy được"),
        "not_declared": _("thấy khai thác nhưng không khai báo"),
    }
    return DayView(
        day=f"{day.day:%d/%m/%Y}",
        seen=f"{number(day.value_m3, 0)} ± {number(day.error_m3, 0)}",
        declared="—" if day.declared_m3 is None else number(day.declared_m3, 0),
        transport="—" if day.transport_m3 is None else number(day.transport_m3, 0),
        flags=tuple(texts[flag] for flag in day.flags),
    )


def ais_view(one: AisView, words: Words) -> tuple[str, str, bool]:
    """A hull with its AIS: name, what the comparison says, and whether to look at it."""
    _ = words.say
    if not one.has_box:
        text = _("không có thiết bị; AIS ở trong khu vực {n} ngày").format(n=len(one.in_area_days))
        return one.vessel, text, bool(one.in_area_days)
    text = _("so {n} vị trí với thiết bị: {apart} vị trí cách xa, xa nhất {m} m").format(
        n=words.number(one.compared, 0), apart=one.apart, m=words.number(one.most_m, 0)
    )
    return one.vessel, text, one.apart > 1


def run_view(run: Run, earlier: Sequence[Run], words: Words) -> RunView:
    """A run beside the one before it."""
    before = {} if not earlier else {_key(one): one for one in earlier[0].found}
    keys = {_key(one) for one in run.found}
    return RunView(
        run=run.run,
        when=words.time(run.judged_utc) or "",
        by=run.judged_by,
        span=f"{_day(run.first_day)} – {_day(run.last_day)}",
        version=run.sha256[:12],
        found=tuple(_found(one, _change(one, before, words), words) for one in run.found),
        gone=tuple(
            _found(one, words.say("không còn"), words)
            for key, one in before.items()
            if key not in keys and one.first_day >= run.first_day
        ),
    )


def _key(one: Found) -> tuple[str, str, str, str]:
    return one.kind, one.span, one.first_day, one.vessel


def _change(one: Found, before: dict[tuple[str, str, str, str], Found], words: Words) -> str:
    held = before.get(_key(one))
    if held is None:
        return words.say("mới") if before else ""
    return "" if held.verdict is one.verdict else words.say("đổi nhận định")


def _found(one: Found, change: str, words: Words) -> FoundView:
    kind = words.pick(phrases.FINDINGS[FindingKind(one.kind)])
    span = "" if one.span == "day" else f" · {span_text(one.span, words)}"
    value = ""
    if one.value is not None:
        value = words.number(one.value, 1)
        value += "" if one.error is None else f" ± {words.number(one.error, 1)}"
        value += f" {one.unit}" + ("" if one.allowed is None else f" / {words.number(one.allowed, 0)}")
    return FoundView(
        day=_day(one.first_day),
        what=kind[:1].upper() + kind[1:] + span,
        vessel=one.vessel,
        value=value,
        verdict=one.verdict.value,
        verdict_text=verdict_text(one.verdict.value, words),
        change=change,
    )


def span_text(span: str, words: Words) -> str:
    """A span of a quota in words."""
    _ = words.say
    texts = {
        "day": _("Trong ngày"),
        "month": _("Trong tháng"),
        "year": _("Trong năm"),
        "phase": _("Trong giai đoạn"),
    }
    return texts[span]


def _day(text: str) -> str:
    return f"{date.fromisoformat(text):%d/%m/%Y}"
