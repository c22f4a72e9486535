"""The film's script: what a person may write and what is said when it is wrong."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from agent.errors import SettingsError
from models.synth.script import read

BUNDLED = Path(__file__).parents[1] / "voyages" / "tan-loc-evening" / "film.toml"


def test_the_bundled_script_reads_and_calls_itself_synthetic() -> None:
    script = read(BUNDLED)
    assert script.comment.startswith("synthetic")
    assert script.frames == round(1680 * script.frames_per_s)
    assert script.setting.start == datetime(2026, 11, 20, 9, 50, tzinfo=UTC)
    assert [leg.kind for leg in script.setting.legs] == [
        "under_way",
        "working",
        "under_way",
        "working",
        "under_way",
    ]


def test_all_mistakes_are_told_at_once(tmp_path: Path) -> None:
    text = BUNDLED.read_text(encoding="utf-8")
    text = text.replace("crf = ", "crf = 9").replace('kind = "working"', 'kind = "resting"', 1)
    text = text.replace("synthetic = true", "synthetic = false")
    wrong = tmp_path / "film.toml"
    wrong.write_text(text, encoding="utf-8")
    with pytest.raises(SettingsError) as told:
        read(wrong)
    assert {mistake.where for mistake in told.value.mistakes} == {"crf", "leg.1.kind", "synthetic"}


def test_legs_with_a_gap_are_refused(tmp_path: Path) -> None:
    wrong = tmp_path / "film.toml"
    wrong.write_text(
        BUNDLED.read_text(encoding="utf-8").replace("from_s = 960", "from_s = 970"), encoding="utf-8"
    )
    with pytest.raises(SettingsError, match=r"leg\.2\.from_s"):
        read(wrong)


def test_a_missing_script_is_told_by_name(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"film\.toml"):
        read(tmp_path / "film.toml")
