"""From the laptop to the box by the commands a person types."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from agent.bundle import Code
from agent.bundle_words import REFUSALS
from agent.cli import app
from agent.run.flash.home import Home
from flash.flash_builders import DEVICE, LICENCE, OTHER, settings

PHRASE = "sông Hậu chảy ra biển"


def sandwatch(*arguments: object, code: int = 0) -> Result:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == code, result.output
    return result


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A laptop with keys and a folder of two boxes that share a licence."""
    monkeypatch.setenv("SANDWATCH_PASSPHRASE", PHRASE)
    sandwatch("bundle", "init", tmp_path / "keys", "--recovery", tmp_path / "safe")
    for device in (DEVICE, OTHER):
        folder = tmp_path / "boxes" / device
        folder.mkdir(parents=True)
        (folder / "agent.toml").write_bytes(settings(device))
        (folder / "tan-loc.geojson").write_bytes(LICENCE.read_bytes())
    return tmp_path


def signed(desk: Path, name: str, sequence: int, *more: object) -> Path:
    file = desk / name
    sandwatch("bundle", "make", desk / "boxes", "-o", file, "--sequence", sequence, *more)
    sandwatch("bundle", "sign", file, "--key", desk / "keys" / "active.key")
    return file


def home_of(desk: Path, device: str = DEVICE) -> Path:
    home = desk / device / "config"
    sandwatch("config", "trust", desk / "keys" / "keys.json", "--device", device, "--home", home)
    return home


def test_one_stick_configures_two_boxes_each_with_its_own(desk: Path) -> None:
    stick = desk / "stick"
    stick.mkdir()
    signed(desk, "stick/boxes.swb", 7, "--not-after", "2099-12-31")
    for device in (DEVICE, OTHER):
        home = home_of(desk, device)
        assert "config 7: on_trial" in sandwatch("config", "apply", stick, "--home", home).output
        assert f'id = "{device}"' in Home(home).settings_file().read_text(encoding="utf-8")
        assert "on trial: config 7" in sandwatch("config", "status", "--home", home).output
        assert "confirmed" in sandwatch("config", "confirm", "--home", home).output
        held = json.loads(sandwatch("config", "status", "--home", home, "--json").output)
        assert (held["device"], held["sequence"], held["faults"]) == (device, 7, [])
        assert "already" in sandwatch("config", "apply", stick, "--home", home).output


def test_the_newest_bundle_of_a_stick_is_taken(desk: Path) -> None:
    stick = desk / "stick"
    stick.mkdir()
    for sequence in (3, 9, 5):
        signed(desk, f"stick/{sequence}.swb", sequence)
    (stick / "holiday.jpg").write_bytes(b"x")
    home = home_of(desk)
    assert "config 9: on_trial" in sandwatch("config", "apply", stick, "--home", home).output
    assert "config 9 is rolled back" in sandwatch("config", "rollback", "--home", home).output
    assert Home(home).current() is None


def test_a_refusal_is_told_in_both_languages_and_remembered(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = home_of(desk)
    file = desk / "unsigned.swb"
    sandwatch("bundle", "make", desk / "boxes", "-o", file)
    output = sandwatch("config", "apply", file, "--home", home, "--lang", "both", code=1).output
    assert "unsigned" in output
    for sentence in (REFUSALS[Code.UNSIGNED].vi, REFUSALS[Code.UNSIGNED].en):
        assert sentence in output
    assert "unsigned" in sandwatch("config", "status", "--home", home).output


def test_every_reason_has_its_sentences() -> None:
    assert set(REFUSALS) == set(Code)


def test_an_answer_is_written_only_if_the_bundle_asks_for_it(desk: Path) -> None:
    home = home_of(desk)
    answer = desk / "answer.json"
    sandwatch("config", "apply", signed(desk, "quiet.swb", 1), "--home", home, "--answer", answer)
    assert not answer.exists()
    sandwatch("config", "confirm", "--home", home)
    asking = signed(desk, "asking.swb", 2, "--answer")
    sandwatch("config", "apply", asking, "--home", home, "--answer", answer)
    assert json.loads(answer.read_text(encoding="utf-8"))["sequence"] == 2


def test_new_keys_reach_a_box_under_the_recovery_key(desk: Path) -> None:
    home = home_of(desk)
    sandwatch("bundle", "init", desk / "new", "--recovery", desk / "new-safe")
    file = desk / "rotation.swb"
    new = desk / "new" / "keys.json"
    sandwatch("bundle", "make", "--keys", new, "--device", DEVICE, "--sequence", 1, "-o", file)
    sandwatch("bundle", "sign", file, "--key", desk / "safe" / "recovery.key")
    assert "signed by the recovery key" in (
        sandwatch("bundle", "show", file, "--keys", desk / "keys" / "keys.json").output
    )
    assert "keys 1: keys" in sandwatch("config", "apply", file, "--home", home).output
    old = sandwatch("config", "apply", signed(desk, "old.swb", 4), "--home", home, code=1)
    assert "unknown_key" in old.output


def test_show_says_who_signed_and_diff_what_changes(desk: Path) -> None:
    before = signed(desk, "before.swb", 1)
    config = desk / "boxes" / DEVICE / "agent.toml"
    config.write_bytes(settings(more='[gnss]\nsource = "/dev/ttyACM0"\n'))
    after = signed(desk, "after.swb", 2, "--answer")
    output = sandwatch("bundle", "diff", before, after).output
    assert f"{DEVICE} agent.toml: gnss.source: absent -> /dev/ttyACM0" in output
    assert OTHER not in output
    assert "signed by the active key" in (
        sandwatch("bundle", "show", after, "--keys", desk / "keys" / "keys.json").output
    )
    after.write_bytes(after.read_bytes()[:-1])
    assert "truncated" in sandwatch("bundle", "show", after, code=2).output


def test_what_the_boxes_would_refuse_is_not_made(desk: Path) -> None:
    config = desk / "boxes" / DEVICE / "agent.toml"
    config.write_bytes(settings().replace(b"tan-loc", b"../" + OTHER.encode() + b"/tan-loc"))
    assert "lies in another folder" in sandwatch("bundle", "make", desk / "boxes", code=2).output
    config.write_bytes(settings(OTHER))
    assert "stands in two configs" in sandwatch("bundle", "make", desk / "boxes", code=2).output
    config.write_bytes(settings(more="[gps]\n"))
    assert "gps" in sandwatch("bundle", "make", desk / "boxes", code=2).output
    assert "no agent.toml" in sandwatch("bundle", "make", desk / "keys", code=2).output


def test_keys_are_locked_never_overwritten_and_their_phrase_is_long(
    desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for key in (desk / "keys" / "active.key", desk / "safe" / "recovery.key"):
        assert b"ENCRYPTED" in key.read_bytes()
        assert key.stat().st_mode & 0o077 == 0
    again = sandwatch("bundle", "init", desk / "keys", "--recovery", desk / "other", code=2)
    assert "is there already" in again.output
    file = desk / "x.swb"
    sandwatch("bundle", "make", desk / "boxes", "-o", file)
    monkeypatch.setenv("SANDWATCH_PASSPHRASE", "sông Tiền")
    said = sandwatch("bundle", "sign", file, "--key", desk / "keys" / "active.key", code=2)
    assert "does not open with this pass phrase" in said.output
    short = sandwatch("bundle", "init", desk / "n", "--recovery", desk / "m", code=2)
    assert "10 or more" in short.output
