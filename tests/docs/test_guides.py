"""The guides say what the pages and the example say, in both languages."""

import re
from pathlib import Path

import pytest

from agent.event.phrases import VERDICTS, Language
from agent.types import Verdict
from station.ruling import Ruling
from station.verdicts import ruling_text
from station.words import Words

ROOT = Path(__file__).parents[2]
DOCS = ROOT / "docs"
GUIDE = DOCS / "inspector.md"


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_ruling_and_verdict_of_the_pages_is_explained_to_the_inspector(language: Language) -> None:
    text = GUIDE.read_text(encoding="utf-8").partition("## English")[0 if language == "vi" else 2]
    words = Words(language)
    said = [*(ruling_text(ruling, words) for ruling in Ruling), *(words.pick(VERDICTS[v]) for v in Verdict)]
    assert [one for one in said if f"| {one} |" not in text] == []


def test_the_pins_drawn_for_the_technician_are_those_of_the_example() -> None:
    drawn = set(
        re.findall(r">(\d{1,2})</text>", (DOCS / "images" / "wiring.svg").read_text(encoding="utf-8"))
    )
    example = (ROOT / "config" / "agent.example.toml").read_text(encoding="utf-8")
    named = re.findall(r"^# (?:power_lamp|health_lamp|buzzer|button|key|pin) = (\d+)", example, re.MULTILINE)
    assert len(named) >= 6
    assert set(named) <= drawn


def test_every_picture_that_a_page_shows_is_there() -> None:
    shown = [
        (page.name, picture)
        for page in DOCS.glob("*.md")
        for picture in re.findall(r"!\[[^]]*\]\((images/[^)]+)\)", page.read_text(encoding="utf-8"))
    ]
    assert shown
    assert [one for one in shown if not (DOCS / one[1]).is_file()] == []
