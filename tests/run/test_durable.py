"""A file is the old one or the new one, whole."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent import durable


def test_a_file_is_replaced_whole_and_no_part_is_left(tmp_path: Path) -> None:
    durable.write_file(tmp_path / "a", b"old")
    durable.write_file(tmp_path / "a", [b"ne", b"w"])
    assert (tmp_path / "a").read_bytes() == b"new"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_write_that_fails_half_way_leaves_the_old_file(tmp_path: Path) -> None:
    def torn() -> Iterator[bytes]:
        yield b"half"
        raise OSError("no space left on device")

    durable.write_file(tmp_path / "a", b"old")
    with pytest.raises(OSError, match="no space"):
        durable.write_file(tmp_path / "a", torn())
    assert (tmp_path / "a").read_bytes() == b"old"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_a_link_in_place_of_the_part_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").write_bytes(b"mine")
    (tmp_path / "a.part").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OSError):
        durable.write_file(tmp_path / "a", b"new")
    assert (tmp_path / "elsewhere").read_bytes() == b"mine"


def test_folders_are_made_private_with_their_parents(tmp_path: Path) -> None:
    durable.make_folder(tmp_path / "x" / "y")
    durable.make_folder(tmp_path / "x" / "y")
    assert (tmp_path / "x").stat().st_mode & 0o777 == 0o700


def test_a_folder_that_retention_took_in_between_is_made_again(tmp_path: Path) -> None:
    path = tmp_path / "ab" / "a"
    tries: list[bool] = []

    def put() -> None:
        if not tries:
            durable.remove_if_empty(path.parent)
        tries.append(path.parent.exists())
        durable.write_file(path, b"new")

    durable.in_folder(path, put)
    assert (tries, path.read_bytes()) == ([False, True], b"new")
    durable.remove_if_empty(path.parent)
    assert path.exists()
