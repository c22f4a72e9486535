"""The inspector's guide uses the words of the pages, in both languages."""

from pathlib import Path

import pytest

from agent.event.phrases import VERDICTS, Language
from agent.types import Verdict
from station.ruling import Ruling
from station.verdicts import ruling_text
from station.words import Words

GUIDE = Path(__file__).parents[2] / "docs" / "inspector.md"


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_ruling_and_verdict_of_the_pages_is_explained_to_the_inspector(language: Language) -> None:
    text = GUIDE.read_text(encoding="utf-8").partition("## English")[0 if language == "vi" else 2]
    words = Words(language)
    said = [*(ruling_text(ruling, words) for ruling in Ruling), *(words.pick(VERDICTS[v]) for v in Verdict)]
    assert [one for one in said if f"| {one} |" not in text] == []
