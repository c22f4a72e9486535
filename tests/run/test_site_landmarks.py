"""`sandwatch site landmarks`: the deck taken down once, and named by the config."""

from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.cli import app
from agent.errors import SettingsError
from agent.eyes.landmarks import from_text
from agent.run.build.eyes import make_eyes
from agent.run.build.sight import watched
from agent.run.plan import load_plan

FILM = Path(__file__).parents[1] / "voyages" / "tan-loc-evening" / "film.mp4"
CONFIG = """
[device]
id = "SW-1"
[own_vessel]
kind = "dredger"
[[camera]]
name = "deck"
url = "{url}"
{more}
"""


def config(folder: Path, url: Path, more: str = "") -> Path:
    path = folder / "agent.toml"
    path.write_text(CONFIG.format(url=url, more=more), encoding="utf-8")
    return path


def take(config: Path, output: Path, *more: str, code: int = 0) -> str:
    words = ["site", "landmarks", "deck", "-c", str(config), "-o", str(output), "--minutes", "4", *more]
    done = CliRunner().invoke(app, words)
    assert done.exit_code == code, done.output
    return done.output


def test_deck_is_taken_down_twice_and_a_plan_that_names_the_file_says_its_digest(tmp_path: Path) -> None:
    file = tmp_path / "deck.landmarks.json"
    said = take(config(tmp_path, FILM), file)
    assert "landmarks of deck" in said
    assert 'landmarks = "deck.landmarks.json"' in said
    assert "holds 2 commissioning" in take(config(tmp_path, FILM), file, "--add")
    assert len(from_text(file.read_text())) == 2
    plan = load_plan(config(tmp_path, FILM, 'landmarks = "deck.landmarks.json"'))
    assert [role for role, _, _ in plan.files] == ["landmarks"]
    eyes = make_eyes(watched(plan.settings.camera[0], plan.settings.evidence), tmp_path, 0)
    assert next(item.landmarks for item in eyes if hasattr(item, "landmarks")) is not None
    eyes.close()


@pytest.mark.parametrize("content", ["", "{}", "sand"])
def test_file_that_holds_no_landmarks_is_a_mistake_of_the_config(tmp_path: Path, content: str) -> None:
    (tmp_path / "deck.landmarks.json").write_text(content, encoding="utf-8")
    with pytest.raises(SettingsError, match="holds no landmarks"):
        load_plan(config(tmp_path, FILM, 'landmarks = "deck.landmarks.json"'))


def test_box_with_a_damaged_file_watches_without_landmarks(tmp_path: Path) -> None:
    file = tmp_path / "deck.landmarks.json"
    file.write_text('{"format": 1, "grid": [40, 22], "landmarks": [{"usual": 0.7}]}', encoding="utf-8")
    plan = load_plan(config(tmp_path, FILM, 'landmarks = "deck.landmarks.json"'))
    eyes = make_eyes(watched(plan.settings.camera[0], plan.settings.evidence), tmp_path, 0)
    assert next(item for item in eyes if hasattr(item, "landmarks")).landmarks is None
    eyes.close()
