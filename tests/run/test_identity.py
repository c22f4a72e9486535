"""The device key is made once, is private, and is never replaced in silence."""

import stat
from pathlib import Path

import pytest

from agent.errors import StoreError
from agent.event import chain
from agent.run import identity


def public(folder: Path) -> str:
    return chain.public_text(identity.device_key(folder / identity.KEY_FILE).public_key())


def test_the_key_is_made_at_first_start_and_is_the_same_ever_after(tmp_path: Path) -> None:
    first = public(tmp_path / "state")
    assert public(tmp_path / "state") == first
    assert public(tmp_path / "other") != first


def test_nobody_else_can_read_the_key(tmp_path: Path) -> None:
    identity.device_key(tmp_path / "state" / identity.KEY_FILE)
    path = tmp_path / "state" / identity.KEY_FILE
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    path.chmod(0o644)
    identity.device_key(tmp_path / "state" / identity.KEY_FILE)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content", [b"", b"garbage", b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"]
)
def test_a_damaged_key_is_a_sentence_and_stays_where_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / identity.KEY_FILE
    path.write_bytes(content)
    with pytest.raises(StoreError, match="enrol the device again"):
        identity.device_key(path)
    assert path.read_bytes() == content


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="check that the folder exists"):
        identity.device_key(tmp_path / "file" / "state" / identity.KEY_FILE)


def test_this_boot_has_an_id() -> None:
    assert len(identity.boot_id()) == 36


def test_a_key_that_signed_records_and_is_gone_is_a_sentence_not_a_new_key(tmp_path: Path) -> None:
    path = tmp_path / "other-card" / identity.KEY_FILE
    with pytest.raises(StoreError, match="is its card mounted"):
        identity.device_key(path, make=False)
    assert not path.parent.exists()
