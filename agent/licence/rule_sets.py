"""The files of the law: `sandwatch-rules/1`, TOML, one instrument each."""

import tomllib
from datetime import date
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from agent.errors import Both, Mistake, SettingsError
from agent.licence.clock import minutes_of
from agent.licence.law import About, Rule
from agent.licence.licence import THE_FILE, Hours
from agent.licence.terms import Clock, Text
from agent.licence.wording import mistakes_of


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    about: About
    article: Text
    opens: Clock | None = Field(default=None, alias="from")
    closes: Clock | None = Field(default=None, alias="to")


class _RuleSet(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    format: Literal["sandwatch-rules/1"]
    id: Text
    number: Text
    title_vi: Text
    title_en: Text
    effective_from: date
    effective_to: date | None = None
    rule: tuple[_Rule, ...] = Field(min_length=1, strict=False)


_ALLOWED: Final = {
    "format": Both(vi='"sandwatch-rules/1"', en='"sandwatch-rules/1"'),
    "id": Both(vi="tên ngắn của bộ quy định", en="a short name of the rule set"),
    "number": Both(vi='số văn bản, ví dụ "10/2025/NĐ-CP"', en='the number, such as "10/2025/NĐ-CP"'),
    "title_vi": Both(vi="tên văn bản bằng tiếng Việt", en="its title in Vietnamese"),
    "title_en": Both(vi="tên văn bản bằng tiếng Anh", en="its title in English"),
    "effective_from": Both(vi="một ngày viết như 2025-03-01", en="a date as 2025-03-01"),
    "effective_to": Both(vi="một ngày; bỏ trống khi còn hiệu lực", en="a date; left out while in force"),
    "rule": Both(vi="ít nhất một bảng [[rule]]", en="at least one table [[rule]]"),
    "about": Both(
        vi="một trong hours, period, outside_area, no_licence, vessel, quota, depth, bank, transfer, tracker",
        en="one of hours, period, outside_area, no_licence, vessel, quota, depth, bank, transfer, tracker",
    ),
    "article": Both(vi='điều, khoản, điểm, ví dụ "Điều 9"', en='the article, such as "Điều 9"'),
    "from": Both(vi='"07:00"; chỉ với about = "hours"', en='"07:00"; with about = "hours" only'),
    "to": Both(vi='"17:00"; chỉ với about = "hours"', en='"17:00"; with about = "hours" only'),
}


def parse_rules(text: str, file: str) -> tuple[Rule, ...]:
    """The rules of a `sandwatch-rules/1` file. Raises SettingsError with every mistake."""
    try:
        raw = _RuleSet.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        problem = Both(vi=f"không phải là TOML: {error}", en=f"is not TOML: {error}")
        raise SettingsError(file, [Mistake(THE_FILE, "", problem)]) from None
    except ValidationError as error:
        raise SettingsError(file, mistakes_of(error.errors(), "rule set", _ALLOWED)) from None
    mistakes = [
        mistake for index, rule in enumerate(raw.rule) for mistake in _window_mistakes(rule, f"rule[{index}]")
    ]
    if raw.effective_to is not None and raw.effective_to < raw.effective_from:
        problem = Both(vi="đứng trước effective_from", en="lies before effective_from")
        mistakes.append(Mistake("effective_to", raw.effective_to.isoformat(), problem))
    if mistakes:
        raise SettingsError(file, mistakes)
    return tuple(
        Rule(
            rule_set=raw.id,
            number=raw.number,
            title=Both(vi=raw.title_vi, en=raw.title_en),
            about=rule.about,
            article=rule.article,
            effective_from=raw.effective_from,
            effective_to=raw.effective_to,
            window=None
            if rule.opens is None or rule.closes is None
            else Hours(minutes_of(rule.opens), minutes_of(rule.closes), raw.effective_from, raw.effective_to),
        )
        for rule in raw.rule
    )


def _window_mistakes(rule: _Rule, where: str) -> list[Mistake]:
    if (rule.about == "hours") != (rule.opens is not None) or (rule.opens is None) != (rule.closes is None):
        problem = Both(
            vi='from và to đi cùng nhau, và chỉ với about = "hours"',
            en='from and to stand together, and with about = "hours" only',
        )
        return [Mistake(where, rule.about, problem)]
    if rule.opens is not None and rule.closes is not None and rule.closes <= rule.opens:
        problem = Both(vi="khung giờ kết thúc trước khi bắt đầu", en="the window ends before it begins")
        return [Mistake(where, f"{rule.opens}-{rule.closes}", problem)]
    return []
