"""Which law was in force on a day, and what it says: dated rule sets (`config/rules/*.toml`).

A rule set is one instrument (a decree) over the days in which it read as it reads there. Of the hours of the day it
gives the window inside which the province fixes those of each licence; of the other subjects the article a finding
rests on. The articles are as summaries cite them; each file says what was read.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

from agent.errors import Both, Mistake, SettingsError
from agent.licence.clock import clock_text
from agent.licence.hours import date_text
from agent.licence.licence import Hours, Licence

About: TypeAlias = Literal[
    "hours", "period", "outside_area", "no_licence", "vessel", "quota", "depth", "bank", "transfer", "tracker"
]
"""What a rule is about."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One subject of a rule set. `window` is the widest span of hours it allows, for `hours` alone."""

    rule_set: str
    number: str
    title: Both
    about: About
    article: str
    effective_from: date
    effective_to: date | None
    window: Hours | None = None

    @property
    def citation(self) -> str:
        """`Điều 9, 23/2020/NĐ-CP`: what stands in a record, the same in every language."""
        return f"{self.article}, {self.number}"


class Law:
    """All rule sets: what was in force on a day?"""

    def __init__(self, rules: Iterable[Rule] = ()) -> None:
        self.rules = tuple(rules)

    def on(self, day: date, about: About) -> Rule | None:
        """The rule in force on that day; None where no rule set speaks of it."""
        for rule in self.rules:
            in_force = rule.effective_from <= day and (rule.effective_to is None or day <= rule.effective_to)
            if rule.about == about and in_force:
                return rule
        return None

    def hours_mistakes(self, licence: Licence, where: str = "hours") -> list[Mistake]:
        """Hours of a licence that the law of their days does not allow."""
        mistakes = []
        for index, row in enumerate(licence.hours):
            for rule in self.rules:
                window = rule.window
                shared = _shared_days(row, rule, licence)
                if window is None or shared is None or _inside(row, window):
                    continue
                first, last = shared
                mistakes.append(
                    Mistake(
                        f"{where}[{index}]",
                        f"{clock_text(row.opens_min)}-{clock_text(row.closes_min)}",
                        Both(
                            vi=f"vượt khung giờ {clock_text(window.opens_min)}-{clock_text(window.closes_min)} của "
                            f"{rule.citation}, có hiệu lực từ {date_text(first)} đến {date_text(last)}",
                            en=f"goes beyond the window {clock_text(window.opens_min)}-{clock_text(window.closes_min)} of "
                            f"{rule.citation}, in force from {date_text(first)} to {date_text(last)}",
                        ),
                        Both(
                            vi="so lại với quyết định; nếu giờ đổi theo nghị định thì ghi hai dòng hours có ngày hiệu lực",
                            en="compare with the decision; where hours changed with a decree, give two rows with dates",
                        ),
                    )
                )
        return mistakes


def _shared_days(row: Hours, rule: Rule, licence: Licence) -> tuple[date, date] | None:
    """The days of the licence on which both these hours and this rule are in force."""
    first = max(row.effective_from, rule.effective_from, licence.valid_from)
    last = min(row.effective_to or date.max, rule.effective_to or date.max, licence.valid_to)
    return (first, last) if first <= last else None


def _inside(row: Hours, window: Hours) -> bool:
    return row.closes_min > row.opens_min >= window.opens_min and row.closes_min <= window.closes_min


def law_of(rules: Sequence[Rule]) -> Law:
    """All rules as one law; raises SettingsError where two speak of the same subject on the same day."""
    mistakes = []
    for index, rule in enumerate(rules):
        for other in rules[:index]:
            first = max(rule.effective_from, other.effective_from)
            last = min(rule.effective_to or date.max, other.effective_to or date.max)
            if rule.about == other.about and first <= last:
                mistakes.append(
                    Mistake(
                        f"{rule.rule_set}.{rule.about}",
                        date_text(first),
                        Both(
                            vi=f"{other.rule_set} cũng quy định về {rule.about} trong ngày này",
                            en=f"{other.rule_set} speaks of {rule.about} on this day, too",
                        ),
                        Both(
                            vi="đặt effective_to của bộ cũ trước effective_from của bộ mới",
                            en="set effective_to of the older one before effective_from of the newer",
                        ),
                    )
                )
    if mistakes:
        raise SettingsError("rules", mistakes)
    return Law(rules)
