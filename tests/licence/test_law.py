"""The law of a day: which decree was in force, and whether the hours of a licence lie inside its window."""

from datetime import date
from pathlib import Path

import pytest

from agent.errors import SettingsError
from agent.licence.law import Law
from agent.licence.rule_sets import parse_rules
from agent.run.law import load_law, shipped_rules
from licence.licence_builders import square_licence

RULES = Path(__file__).parents[2] / "config" / "rules"
SET = """
format = "sandwatch-rules/1"
id = "example"
number = "99/2027/NĐ-CP"
title_vi = "Nghị định ví dụ"
title_en = "Invented decree"
effective_from = 2027-01-01
[[rule]]
about = "depth"
article = "Điều 1"
"""


@pytest.fixture(scope="module")
def law() -> Law:
    return load_law()


def test_the_shipped_rule_sets_are_those_of_the_config_folder() -> None:
    files = sorted(RULES.glob("*.toml"))
    assert shipped_rules() == [(file.name, file.read_text(encoding="utf-8")) for file in files]


@pytest.mark.parametrize(
    ("day", "window", "number"),
    [
        (date(2025, 2, 28), (7 * 60, 17 * 60), "23/2020/NĐ-CP"),
        (date(2025, 3, 1), (5 * 60, 19 * 60), "10/2025/NĐ-CP"),
        (date(2026, 11, 20), (5 * 60, 19 * 60), "10/2025/NĐ-CP"),
    ],
)
def test_window_of_the_day_changed_on_the_first_of_march_2025(
    law: Law, day: date, window: tuple[int, int], number: str
) -> None:
    rule = law.on(day, "hours")
    assert rule is not None
    assert rule.window is not None
    assert (rule.window.opens_min, rule.window.closes_min) == window
    assert rule.number == number
    assert "Điều 9" in rule.citation
    assert number in rule.citation


def test_before_the_decree_no_rule_is_named(law: Law) -> None:
    assert law.on(date(2020, 4, 9), "hours") is None


def test_a_distance_beyond_the_boundary_rests_on_the_penalty_decree(law: Law) -> None:
    rule = law.on(date(2026, 11, 20), "outside_area")
    assert rule is not None
    assert rule.citation.startswith("điểm a khoản 8 Điều 37")
    assert rule.citation.endswith("36/2020/NĐ-CP")


@pytest.mark.parametrize(
    ("hours", "days"),
    [
        (("05:00", "19:00"), None),
        (("07:00", "17:00"), None),
        (("04:59", "19:00"), "from 01/01/2026 to 31/12/2027"),
        (("05:00", "19:01"), "from 01/01/2026 to 31/12/2027"),
        (("19:00", "05:00"), "from 01/01/2026 to 31/12/2027"),
    ],
)
def test_hours_of_a_licence_lie_inside_the_window_of_their_days(
    law: Law, hours: tuple[str, str], days: str | None
) -> None:
    mistakes = law.hours_mistakes(square_licence(hours=[hours]))
    assert [str(mistake) for mistake in mistakes if days is None or days not in str(mistake)] == []
    assert len(mistakes) == (0 if days is None else 1)


def test_old_hours_are_judged_by_the_old_window_and_only_on_its_days(law: Law) -> None:
    licence = square_licence(hours=[("06:00", "18:00")], valid=("2025-02-01", "2026-02-01"))
    (mistake,) = law.hours_mistakes(licence)
    assert "06:00-18:00" in str(mistake)
    assert "the window 07:00-17:00 of Điều 9, 23/2020/NĐ-CP" in str(mistake)
    assert "from 01/02/2025 to 28/02/2025" in str(mistake)
    assert "vượt khung giờ 07:00-17:00" in mistake.text("vi")


def test_a_config_may_add_a_decree_and_put_another_in_the_stead_of_a_shipped_one() -> None:
    law = load_law([("new.toml", SET)])
    assert law.on(date(2027, 1, 1), "depth") is not None
    assert law.on(date(2026, 12, 31), "depth") is None
    moved = RULES.joinpath("decree-10-2025.toml").read_text(encoding="utf-8").replace('"19:00"', '"18:00"')
    rule = load_law([("moved.toml", moved)]).on(date(2026, 1, 1), "hours")
    assert rule is not None
    assert rule.window is not None
    assert rule.window.closes_min == 18 * 60


def test_two_decrees_that_speak_of_one_subject_on_one_day_are_refused() -> None:
    other = SET.replace('"example"', '"other"').replace("2027-01-01", "2028-01-01")
    with pytest.raises(SettingsError, match=r"other\.depth = 01/01/2028: example speaks of depth") as refusal:
        load_law([("a.toml", SET), ("b.toml", other)])
    assert "example cũng quy định về depth" in refusal.value.text("vi")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('about = "depth"', 'about = "fishing"', r"rule\[0\]\.about = \"fishing\": .*\(one of hours"),
        ('article = "Điều 1"', "", r"rule\[0\]\.article: is missing"),
        ('about = "depth"', 'about = "hours"', r"rule\[0\] = hours: from and to stand together"),
        (
            'about = "depth"',
            'about = "hours"\nfrom = "17:00"\nto = "07:00"',
            r"17:00-07:00: the window ends before it begins",
        ),
        ("2027-01-01", "2027-13-01", r"is not TOML"),
        ("2027-01-01", "2027-01-01\neffective_to = 2026-01-01", r"lies before effective_from"),
        ("[[rule]]", "surprise = 1\n[[rule]]", r"surprise = 1: is not a key"),
    ],
)
def test_a_rule_set_with_a_mistake_is_refused(old: str, new: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        parse_rules(SET.replace(old, new), "set.toml")
