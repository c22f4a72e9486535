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
from agent.outbox import damage
from agent.outbox.store import Store
from agent.outbox.view import View
from agent.outbox.wal import log_damage
from agent.sidecar import note_down
from agent.types import ClockQuality, Sealed, Stamp
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
def test_a_damaged_database_is_set_aside_as_it_is_and_the_box_goes_on(
    tmp_path: Path, offset: int, what: bytes
) -> None:
    path = filled(tmp_path)
    with path.open("r+b") as file:
        file.seek(offset)
        file.write(what)
    before = path.read_bytes()
    with Store.open(tmp_path, DEVICE) as store:
        assert store.segment() == 1
        (fact,) = store.facts()
        saved = fact.body["saved_records"]
        assert isinstance(saved, int)
        assert store.counts().records == saved
        assert store.counts().evidence + len(store.strays) == 30
        assert store.foothold() == chain.Head(chain.SEGMENT_RECORDS, store._hash_at(saved) or "")
    assert (tmp_path / "damaged" / "1" / "outbox.sqlite3").read_bytes() == before


def test_a_database_cut_in_half_is_set_aside_and_its_beginning_saved(tmp_path: Path) -> None:
    path = filled(tmp_path)
    os.truncate(path, path.stat().st_size // 2)
    with Store.open(tmp_path, DEVICE) as store:
        assert store.segment() == 1
        assert store.counts().evidence + len(store.strays) == 30


def test_one_turned_bit_of_a_record_is_put_right_by_its_hash(tmp_path: Path) -> None:
    path = filled(tmp_path)
    with Store.open(tmp_path, DEVICE) as store:
        raws = list(store.records())
    content = bytearray(path.read_bytes())
    content[content.index(raws[20]) + 40] ^= 4
    path.write_bytes(content)
    with Store.open(tmp_path, DEVICE) as store:
        assert list(store.records()) == raws
        assert store.segment() == 1
        assert store.state() == (None, 0)


def test_the_first_record_of_a_new_segment_says_what_was_saved_and_links_to_it(tmp_path: Path) -> None:
    path = filled(tmp_path)
    path.write_bytes(b"\xff" * path.stat().st_size)
    with Store.open(tmp_path, DEVICE) as store:
        (fact,) = store.facts()
        record = signer(store).append(Stamp(0, None, ClockQuality.NONE), fact.kind, fact.body)
        store.commit([record], (), None, 0, said=[fact.number])
        assert record.seq == chain.SEGMENT_RECORDS + 1
        assert store.facts() == ()
        fill(store, 2)
        raws = list(store.records())
    assert list(chain.faults(raws, DEVICE_KEY.public_key(), chain.Head())) == []


def test_a_second_damage_begins_a_third_segment(tmp_path: Path) -> None:
    for number in (1, 2):
        path = filled(tmp_path)
        path.write_bytes(b"\xff" * path.stat().st_size)
        with Store.open(tmp_path, DEVICE) as store:
            assert store.segment() == number
    assert sorted(path.name for path in (tmp_path / "damaged").iterdir()) == ["1", "2"]


def test_a_cut_while_the_damage_is_being_mended_begins_again(tmp_path: Path) -> None:
    filled(tmp_path)
    damage.set_aside(tmp_path)  # and then the power went: nothing was made in its place
    with Store.open(tmp_path, DEVICE) as store:
        assert store.segment() == 1
        assert store.counts().records == 30
    with Store.open(tmp_path, DEVICE) as store:
        assert len(store.facts()) == 1


def test_damage_in_the_middle_of_the_log_is_not_taken_for_a_torn_end(tmp_path: Path) -> None:
    with Store.open(tmp_path / "box", DEVICE) as store:
        for number in range(30):
            keep_event(store, f"e{number}", seal(store.evidence_root, f"still {number}".encode()))
        shutil.copytree(tmp_path / "box", tmp_path / "cut")  # as a power cut leaves it
    log = tmp_path / "cut" / "outbox.sqlite3-wal"
    assert log_damage(log) is None
    whole = log.read_bytes()
    log.write_bytes(whole[: len(whole) - 100])
    assert log_damage(log) is None
    log.write_bytes(whole[:5000] + bytes([whole[5000] ^ 1]) + whole[5001:])
    assert "commits stand behind a damaged frame" in str(log_damage(log))
    log.write_bytes(b"\0" + whole[1:])
    assert "head of its log" in str(log_damage(log))
    with Store.open(tmp_path / "cut", DEVICE) as store:
        assert store.segment() == 1


def test_after_a_refused_start_the_outbox_is_free_for_the_next_try(tmp_path: Path) -> None:
    filled(tmp_path)
    with pytest.raises(StoreError, match="belongs to device"):
        Store.open(tmp_path, "barge-8")
    with Store.open(tmp_path, DEVICE) as store:
        assert store.head().seq == 30


# ── what lies on disk and no record names ─────────────────────────────────────────────────────────────


def test_evidence_sealed_and_never_committed_is_found_with_its_note(tmp_path: Path) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        known = seal(store.evidence_root, b"named")
        keep_event(store, "e1", known)
        stray = seal(store.evidence_root, b"sealed, then the power went")
        note_down(Sealed(0, "e2", (stray,)), store.evidence_root)
        seal(store.evidence_root, b"sealed before there were notes")
        part = evidence_path(store.evidence_root, known.sha256, "image/jpeg").with_suffix(".jpg.part")
        part.write_bytes(b"half")
    with Store.open(tmp_path, DEVICE) as store:
        assert {found.event_id for found in store.strays} == {"e2", None}
        assert store.adopt("e2") == (stray,)
        assert [found.file.size_bytes for found in store.strays] == [len(b"sealed before there were notes")]
        assert not part.exists()
