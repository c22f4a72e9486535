"""Whatever a record says by code can be read in both languages."""

import string
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from agent.event import phrases
from agent.types import ActivityKind, FindingKind, Happening, Health, Reason, Verdict
from models import manifest


def test_every_kind_has_words_in_both_languages() -> None:
    tables: list[tuple[Mapping[Any, tuple[str, str]], type[StrEnum]]] = [
        (phrases.FINDINGS, FindingKind),
        (phrases.VERDICTS, Verdict),
        (phrases.ACTIVITIES, ActivityKind),
        (phrases.HAPPENINGS, Happening),
        (phrases.STATES, Health),
    ]
    for table, kinds in tables:
        assert set(table) == set(kinds)
        assert all(vi and en for vi, en in table.values())


def test_both_languages_of_a_reason_name_the_same_values() -> None:
    def names(text: str) -> set[str]:
        return {name for _, name, _, _ in string.Formatter().parse(text) if name}

    assert [code for code, (vi, en) in phrases.REASONS.items() if names(vi) != names(en)] == []


def test_numbers_are_written_as_each_language_writes_them() -> None:
    assert phrases.number_text(1234.5, "vi") == "1.234,5"
    assert phrases.number_text(1234.5, "en") == "1,234.5"
    assert phrases.number_text(12000, "vi") == "12.000"
    assert phrases.number_text("07:00", "vi") == "07:00"


def test_a_reason_of_a_later_version_is_shown_as_it_stands() -> None:
    assert phrases.reason_text(Reason("from_the_future", {"x": 1.5}), "vi") == "from_the_future (x 1,5)"


def test_a_reason_that_lacks_a_value_is_shown_and_not_lost() -> None:
    assert phrases.reason_text(Reason("still_for", {"minutes": 4}), "en") == "still_for (minutes 4)"


def test_a_finding_before_a_ruling_is_a_suspicion_in_vietnamese() -> None:
    assert phrases.VERDICTS[Verdict.BREACH][0] == "nghi vấn vi phạm"


def test_the_state_of_a_camera_is_put_into_words() -> None:
    reason = Reason("camera_state", {"camera": "deck", "state": "silent", "reason": "x"})
    assert phrases.reason_text(reason, "vi") == "camera deck: không có dữ liệu; x"


def test_everything_a_detector_may_report_has_a_name_in_both_languages() -> None:
    assert set(phrases.LABELS) == set(manifest.LABELS)
