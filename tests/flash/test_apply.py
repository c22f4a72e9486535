"""What a good bundle does to a box: staged, checked, in force, tried; confirmed, or the config before comes back."""

import hashlib
from pathlib import Path

import pytest

from agent import bundle
from agent.bundle import Code
from agent.errors import SettingsError, StoreError
from agent.event import chain
from agent.run.flash.home import Home, Trust
from agent.run.flash.trial import MOST_STARTS, confirm, roll_back, settle
from builders import key
from flash.flash_builders import DEVICE, KEYS, OTHER, box, files, keys_bundle, made, settings

FIRST = files(more="# the first\n")["agent.toml"]


def test_a_good_bundle_is_in_force_and_on_trial(tmp_path: Path) -> None:
    held = box(tmp_path)
    assert held.take(made()).what == "on_trial"
    assert held.in_force() == settings()
    trial = held.home.state().trial
    assert trial is not None
    assert (trial.sequence, trial.came_from, trial.slot) == (2, "a", "b")
    confirm(held.home)
    state = held.home.state()
    assert (state.sequence, state.trial) == (2, None)
    assert held.home.faults("b") == []


def test_what_is_rolled_back_may_be_tried_again_and_what_was_confirmed_is_no_news(tmp_path: Path) -> None:
    held = box(tmp_path)
    held.take(made())
    roll_back(held.home, "the test says so")
    assert held.in_force() == FIRST
    assert held.home.state().sequence == 1
    assert held.take(made()).what == "on_trial"
    assert held.take(made()).what == "already"
    assert held.refusal(made(sequence=3)) == Code.ON_TRIAL
    confirm(held.home)
    assert held.take(made()).what == "already"


def test_the_config_before_stays_whole_beside_the_one_in_force(tmp_path: Path) -> None:
    held = box(tmp_path)
    for sequence in range(2, 7):
        held.take(made(files(more=f"# number {sequence}\n"), sequence=sequence))
        confirm(held.home)
        assert held.in_force().endswith(b"# number %d\n" % sequence)
        assert [held.home.faults(slot) for slot in ("a", "b")] == [[], []]


def test_the_first_config_of_a_blank_box_that_fails_leaves_it_blank(tmp_path: Path) -> None:
    home = Home(tmp_path / "config")
    home.give_trust(Trust(device=DEVICE, keys=KEYS))
    with pytest.raises(SettingsError, match="insert a stick"):
        home.settings_file()
    held = box(tmp_path / "other")
    held.home = home
    held.take(made())
    roll_back(home, "no receiver")
    assert home.current() is None


def test_one_bundle_serves_a_group_and_each_box_takes_its_own(tmp_path: Path) -> None:
    mine, theirs = settings(), settings(OTHER)
    licence = files()["tan-loc.geojson"]

    def entry(name: str, data: bytes, *devices: str) -> dict[str, object]:
        digest = hashlib.sha256(data).hexdigest()
        return {"name": name, "size_bytes": len(data), "sha256": digest, "devices": list(devices)}

    raw = made(
        {"0": theirs, "1": mine, "2": licence},
        devices=[DEVICE, OTHER],
        files=[
            entry("agent.toml", theirs, OTHER),
            entry("agent.toml", mine, DEVICE),
            entry("tan-loc.geojson", licence),
        ],
    )
    held = box(tmp_path)
    held.take(raw)
    assert held.in_force() == mine
    broken = raw.replace(b'id = "SW-CT-0002"', b'id = "SW-CT-0003"')
    assert box(tmp_path / "second").refusal(broken) == Code.BAD_DIGEST


def test_the_fourth_start_of_a_config_that_falls_over_runs_by_the_one_before(tmp_path: Path) -> None:
    held = box(tmp_path)
    held.take(made())
    for _ in range(MOST_STARTS):
        assert settle(held.home) is None
        assert held.in_force() == settings()
    assert "rolled back" in str(settle(held.home))
    assert held.in_force() == FIRST
    assert settle(held.home) is None


def test_starts_of_a_confirmed_config_are_not_counted(tmp_path: Path) -> None:
    held = box(tmp_path)
    before = held.tree()
    for _ in range(10):
        assert settle(held.home) is None
    assert held.tree() == before


def test_a_lost_active_key_is_replaced_under_the_recovery_key_and_never_comes_back(tmp_path: Path) -> None:
    held = box(tmp_path)
    new = bundle.Keys(
        active=chain.public_text(key(41).public_key()), recovery=chain.public_text(key(42).public_key())
    )
    assert held.take(keys_bundle(new)).what == "keys"
    assert held.take(keys_bundle(new, signer=key(42))).what == "already"
    assert held.refusal(made()) == Code.UNKNOWN_KEY
    assert held.refusal(keys_bundle(KEYS, sequence=2)) == Code.UNKNOWN_KEY
    assert held.refusal(keys_bundle(KEYS, signer=key(42), sequence=1)) == Code.OLD_SEQUENCE
    assert held.take(made(signer=key(41))).what == "on_trial"


def test_a_box_is_told_once_whose_bundles_it_takes(tmp_path: Path) -> None:
    home = Home(tmp_path)
    with pytest.raises(StoreError, match="never told"):
        home.trust()
    home.give_trust(Trust(device=DEVICE, keys=KEYS))
    home.give_trust(Trust(device=DEVICE, keys=KEYS))
    with pytest.raises(StoreError, match="recovery key"):
        home.give_trust(Trust(device=OTHER, keys=KEYS))
    (tmp_path / "trust.json").write_bytes(b"{")
    with pytest.raises(StoreError, match="cannot be read"):
        home.trust()


def test_a_lost_note_of_the_sequence_does_not_open_the_way_to_older_bundles(tmp_path: Path) -> None:
    held = box(tmp_path, sequence=7)
    for damage in (b"", b"{", b"[]", b"\xff"):
        (held.home.folder / "flash.json").write_bytes(damage)
        assert held.refusal(made(sequence=6)) == Code.OLD_SEQUENCE
    assert held.take(made(sequence=8)).what == "on_trial"


def test_a_config_that_was_changed_on_the_box_is_named(tmp_path: Path) -> None:
    held = box(tmp_path)
    held.home.settings_file().write_bytes(FIRST + b"[gnss]\n")
    assert "agent.toml" in str(held.home.faults("a"))
