"""Power cuts of the process, full and read-only disks, damaged files: a sentence, and nothing acknowledged lost."""

import os
import random
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.durable import evidence_path
from agent.errors import StoreError
from agent.event import chain
from agent.outbox.store import Store
from agent.outbox.view import View
from outbox.outbox_builders import DEVICE, DEVICE_KEY, fill, keep_event, seal, signer, track

REPOSITORY = Path(__file__).parents[2]
CHILD = Path(__file__).with_name("commit_until_killed.py")
KILLS = 15


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 256 KiB."""
    if os.geteuid() != 0 or shutil.which("mount") is None:
        pytest.skip("a small disk can only be mounted by root: run the tests as root in a container")
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=256k,mode=0700", "tmpfs", str(disk)],
        check=False,
        capture_output=True,
    )
    if mounted.returncode != 0:
        pytest.skip(f"no tmpfs can be mounted here: {mounted.stderr.decode().strip()}")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill_up(disk: Path) -> Path:
    """Use every byte that is left."""
    ballast = disk / "ballast"
    with ballast.open("ab", buffering=0) as file:
        for size in (4096, 1):
            try:
                while file.write(b"\0" * size) == size:
                    pass
            except OSError:
                continue
    return ballast


def remount(disk: Path, options: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{options}", str(disk)], check=True)


# ── process death ─────────────────────────────────────────────────────────────────────────────────────


def test_a_box_killed_at_any_moment_loses_nothing_it_had_acknowledged(tmp_path: Path) -> None:
    chance = random.Random(2026)
    folder = tmp_path / "box"
    environment = {**os.environ, "PYTHONPATH": f"{REPOSITORY}:{REPOSITORY / 'tests'}"}
    acknowledged = 0
    for _ in range(KILLS):
        with subprocess.Popen(
            [sys.executable, str(CHILD), str(folder)], stdout=subprocess.PIPE, env=environment
        ) as child:
            assert child.stdout is not None
            for _ in range(chance.randint(1, 25)):
                line = child.stdout.readline()
                assert line, "the child ended by itself"
                acknowledged = int(line)
            for _ in range(chance.randrange(3000)):  # not a time, only another point of the next commit
                pass
            child.kill()
            rest = child.stdout.read().splitlines()
            if rest and rest[-1].isdigit():
                acknowledged = int(rest[-1])
        with Store.open(folder, DEVICE) as store:
            raws = list(store.records())
            assert len(raws) >= acknowledged
            assert store.state() == ({"stood_at": len(raws)}, len(raws))
            assert list(chain.faults(raws, DEVICE_KEY.public_key(), chain.Head())) == []
            for row in store._rows("SELECT sha256, media_type FROM evidence"):
                assert evidence_path(store.evidence_root, *row).is_file()
    assert acknowledged >= KILLS


# ── disks ─────────────────────────────────────────────────────────────────────────────────────────────


def test_a_full_disk_at_the_first_start_is_said_in_a_sentence(small_disk: Path) -> None:
    fill_up(small_disk)
    with pytest.raises(StoreError, match="no room is left on its disk"):
        Store.open(small_disk / "outbox", DEVICE)


def test_a_full_disk_at_a_later_start_is_said_in_a_sentence(small_disk: Path) -> None:
    with Store.open(small_disk, DEVICE) as store:
        fill(store, 2)
    ballast = fill_up(small_disk)
    with pytest.raises(StoreError, match="no room is left on its disk"):
        Store.open(small_disk, DEVICE)
    ballast.unlink()
    with Store.open(small_disk, DEVICE) as store:
        assert store.head().seq == 2


def test_a_disk_that_fills_up_during_a_commit_keeps_what_was_acknowledged_and_goes_on(
    small_disk: Path,
) -> None:
    with Store.open(small_disk, DEVICE) as store:
        for _ in range(10):
            fill(store, 1)
        ballast = fill_up(small_disk)
        acknowledged = store.head().seq

        def go_on() -> None:
            nonlocal acknowledged
            for _ in range(500):
                store.commit([track(signer(store), "x" * 3000)], (), None, 0)
                acknowledged += 1

        with pytest.raises(StoreError, match="no room is left on its disk"):
            go_on()
        assert store.head().seq == acknowledged
        ballast.unlink()
        fill(store, 1)
    with Store.open(small_disk, DEVICE) as store:
        raws = list(store.records())
        assert len(raws) == acknowledged + 1
        assert list(chain.faults(raws, DEVICE_KEY.public_key(), chain.Head())) == []


def test_a_read_only_disk_is_said_in_a_sentence_and_can_still_be_read(small_disk: Path) -> None:
    with Store.open(small_disk, DEVICE) as store:
        fill(store, 2)
    remount(small_disk, "ro")
    try:
        with pytest.raises(StoreError, match="cannot be written"):
            Store.open(small_disk, DEVICE)
        with View.open_reading(small_disk) as view:
            assert view.head().seq == 2
    finally:
        remount(small_disk, "rw")


def test_a_folder_that_is_a_file_is_said_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "box").write_text("not a folder")
    with pytest.raises(StoreError, match="cannot be written"):
        Store.open(tmp_path / "box", DEVICE)


# ── damage ────────────────────────────────────────────────────────────────────────────────────────────


def filled(folder: Path) -> Path:
    with Store.open(folder, DEVICE) as store:
        for number in range(30):
            keep_event(store, f"e{number}", seal(store.evidence_root, f"still {number}".encode()))
    return folder / "outbox.sqlite3"


@pytest.mark.parametrize(
    ("offset", "what"),
    [(0, b"\xff" * 100), (1024, b"\xff" * 1024), (8 * 1024, b"\xff" * 4096), (20 * 1024, b"\xff" * 8192)],
)
def test_a_damaged_database_is_said_in_a_sentence_and_left_in_its_place(
    tmp_path: Path, offset: int, what: bytes
) -> None:
    path = filled(tmp_path)
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(what)
    before = path.read_bytes()
    with pytest.raises(StoreError, match="Keep a copy of the whole folder"):
        Store.open(tmp_path, DEVICE)
    assert path.read_bytes() == before


def test_a_database_cut_in_half_is_said_in_a_sentence(tmp_path: Path) -> None:
    path = filled(tmp_path)
    os.truncate(path, path.stat().st_size // 2)
    with pytest.raises(StoreError, match="damaged"):
        Store.open(tmp_path, DEVICE)


def test_after_a_refused_start_the_outbox_is_free_for_the_next_try(tmp_path: Path) -> None:
    path = filled(tmp_path)
    whole = path.read_bytes()
    path.write_bytes(b"\xff" * len(whole))
    with pytest.raises(StoreError):
        Store.open(tmp_path, DEVICE)
    path.write_bytes(whole)
    with Store.open(tmp_path, DEVICE) as store:
        assert store.head().seq == 30
