"""What people decided about an event, in words: rulings, reasons, states, and the trail of acts.

A ruling of an inspector confirms or drops a suspicion. Whether the law was broken is what a decision says.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from station.people import role_text
from station.ruling import REASONS, Act, ActKind, Ruling, State, effective, last_own, standing
from station.sessions import Person
from station.shelf import Listed
from station.weight import HEAVY, MIDDLE
from station.words import Words


@dataclass(frozen=True, slots=True)
class ChoiceView:
    """One ruling with its reasons; `key` is the digit that chooses it."""

    value: str
    key: int
    text: str
    reasons: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ActView:
    number: int
    what: str
    reason: str
    text: str
    who: str
    role: str
    when: str
    address: str
    undone: bool


@dataclass(frozen=True, slots=True)
class ReviewView:
    """The panel of the decision. `token` makes the next act of this page one act however often it is sent."""

    state: str
    state_text: str
    weight_text: str
    assignee: str | None
    mine: bool
    rulings: tuple[ChoiceView, ...]
    acts: tuple[ActView, ...]
    undo: str | None
    token: str


def review_view(listed: Listed, acts: Sequence[Act], person: Person, words: Words) -> ReviewView:
    """Where an event stands and what this person can do about it."""
    stands = standing(acts, listed.weight)
    held = {act.number for act in effective(acts)}
    own = last_own(acts, person.account)
    return ReviewView(
        state=stands.state.value,
        state_text=state_text(stands.state, words),
        weight_text=weight_text(listed.weight, words),
        assignee=stands.assignee_name,
        mine=stands.assignee == person.account,
        rulings=tuple(
            ChoiceView(
                ruling.value,
                key,
                ruling_text(ruling, words),
                tuple((reason, reason_text(reason, words)) for reason in REASONS[ruling]),
            )
            for key, ruling in enumerate(Ruling, start=1)
        ),
        acts=tuple(_act(act, act.number in held, words) for act in acts),
        undo=None if own is None else _what(own, words),
        token=secrets.token_urlsafe(18),
    )


def _act(act: Act, holds: bool, words: Words) -> ActView:  # noqa: FBT001
    return ActView(
        number=act.number,
        what=_what(act, words),
        reason="" if act.reason is None else reason_text(act.reason, words),
        text=act.text,
        who=act.name,
        role=role_text(act.role, words),
        when=words.time(act.utc) or "",
        address=act.address,
        undone=not holds and act.kind is not ActKind.UNDONE,
    )


def _what(act: Act, words: Words) -> str:
    _ = words.say
    if act.ruling is not None:
        return ruling_text(act.ruling, words)
    return {
        ActKind.RULED: "",
        ActKind.COMMENTED: _("Ghi chú"),
        ActKind.ASSIGNED: _("Giao cho {name}").format(name=act.assignee_name or "?"),
        ActKind.SECOND_ASKED: _("Xin ý kiến thứ hai"),
        ActKind.UNDONE: _("Hoàn tác mục số {n}").format(n=act.undoes),
    }[act.kind]


def ruling_text(ruling: Ruling, words: Words) -> str:
    """A ruling in words."""
    _ = words.say
    return {
        Ruling.CONFIRMED: _("Xác nhận nghi vấn"),
        Ruling.NO_BREACH: _("Không có sai phạm"),
        Ruling.FALSE_ALARM: _("Báo động sai"),
        Ruling.CHECK: _("Cần kiểm tra thêm"),
    }[ruling]


def reason_text(reason: str, words: Words) -> str:
    """The reason of a ruling in words; one that this version does not know stands as its code."""
    _ = words.say
    return {
        "seen": _("hình ảnh thấy rõ hành vi"),
        "measured": _("số đo vượt quá sai số"),
        "seen_and_measured": _("hình ảnh và số đo khớp nhau"),
        "papers": _("hồ sơ, sổ sách khớp với ghi nhận"),
        "permitted_otherwise": _("được phép theo văn bản khác"),
        "emergency": _("tránh bão, cứu hộ, sự cố"),
        "repair": _("sửa chữa hoặc neo đậu"),
        "passing": _("chỉ đi ngang qua"),
        "within_error": _("trong phạm vi sai số"),
        "no_gear_at_work": _("không có máy nào làm việc"),
        "other_vessel": _("phương tiện khác"),
        "bad_position": _("vị trí sai"),
        "bad_picture": _("máy nhận dạng nhầm hoặc ống kính bẩn"),
        "wrong_terms": _("giấy phép nạp vào thiết bị không đúng"),
        "field_check": _("cần kiểm tra tại hiện trường"),
        "ask_holder": _("cần hỏi chủ giấy phép"),
        "ask_technician": _("cần kỹ thuật viên xem thiết bị"),
        "wait_for_evidence": _("chờ thêm chứng cứ tải lên"),
    }.get(reason, reason)


def state_text(state: State, words: Words) -> str:
    """Where an event stands, in words."""
    _ = words.say
    return {
        State.NEW: _("chưa xem"),
        State.CHECKING: _("đang kiểm tra thêm"),
        State.SECOND: _("chờ ý kiến thứ hai"),
        State.DISPUTED: _("hai ý kiến khác nhau"),
        State.CHANGED: _("nặng thêm sau khi kết luận"),
        State.CONFIRMED: _("đã xác nhận nghi vấn"),
        State.NO_BREACH: _("không có sai phạm"),
        State.FALSE_ALARM: _("báo động sai"),
        State.CLEAR: _("không cần xem"),
    }[state]


def states(words: Words) -> list[tuple[str, str]]:
    """Every state with its words, for the filter; the group of all that wait comes first."""
    return [
        ("waiting", words.say("đang chờ")),
        *((state.value, state_text(state, words)) for state in State),
    ]


def weight_text(weight: int, words: Words) -> str:
    """How heavy an event weighs, in words."""
    _ = words.say
    if weight >= HEAVY:
        return _("nặng")
    if weight >= MIDDLE:
        return _("vừa")
    return _("nhẹ") if weight else ""
