"""Evidence carried ashore on a stick and receipts carried back: the same guarantees as over a link."""

import hashlib
import os
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

import builders
from agent import stick as layout
from agent.errors import ChainError, StickError
from agent.event import wire
from agent.event.chain import public_text
from agent.outbox.shore_folder import (
    Carried,
    clear,
    export,
    leave_receipts,
    read_receipts,
    take_receipts,
)
from agent.outbox.store import Store
from agent.outbox.view import View
from agent.stick import Stick, StickFull
from durability import needs
from durability.box import Tell, forked
from lacking import lacking
from link.network import needs as program
from outbox.outbox_builders import DEVICE, DEVICE_KEY, NOON, seal, signer
from station import tables
from station.app import Station, open_station
from station.carried import TakenIn, take_in
from station.enrolment import enrol
from station.refusal import Refusal


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    opened = open_station(tmp_path / "station")
    with opened.store.writing() as connection:
        enrol(connection, DEVICE, public_text(DEVICE_KEY.public_key()), "", NOON)
    yield opened
    opened.close()


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "box", DEVICE) as opened:
        yield opened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "stick"
    made.mkdir()
    return made


def happens(store: Store, number: int, *sizes: int) -> None:
    """One event with files of these sizes (over 100 kB: clips)."""
    chance = random.Random(number)
    files = [
        seal(store.evidence_root, chance.randbytes(size), "clip" if size > 100_000 else "still")
        for size in sizes
    ]
    body = wire.event_body(builders.event(event_id=f"e{number}", evidence=tuple(files)))
    record = signer(store).append(builders.stamp(number), "event.opened", body)
    store.commit([record], files, None, 0)


def weeks(store: Store, events: int = 5) -> None:
    for number in range(events):
        happens(store, number, 3000, 200_000)


def fill(store: Store, folder: Path, from_seq: int | None = None) -> Carried:
    with Stick(folder) as stick:
        return export(store, store.evidence_root, stick, DEVICE_KEY, from_seq)


def ashore(station: Station, folder: Path) -> TakenIn:
    return take_in(station.intake(lambda: NOON), folder)


def back(store: Store, station: Station, folder: Path) -> int:
    with Stick(folder) as stick:
        told = read_receipts(stick, store, station.key.public_key())
    leave_receipts(store.path.parent, told.receipts)
    return take_receipts(store, store.path.parent, station.key.public_key())


def all_ashore(store: Store, station: Station) -> bool:
    """The station holds every record and file, byte for byte, each once."""
    with station.store.reading() as connection:
        raws = connection.execute(sa.select(tables.records.c.raw).order_by(tables.records.c.seq)).scalars()
        held = connection.execute(sa.select(tables.evidence.c.sha256).where(tables.evidence.c.held)).scalars()
        digests = list(held)
        same = list(raws) == list(store.records())
    whole = all(station.spool.held(digest).complete for digest in digests)
    return same and whole and len(digests) == store.counts().evidence


# ── the way round ─────────────────────────────────────────────────────────────────────────────────────


def test_weeks_of_evidence_go_ashore_by_hand_and_the_receipts_come_back(
    store: Store, station: Station, folder: Path
) -> None:
    weeks(store)
    carried = fill(store, folder)
    assert (carried.records, carried.files, carried.problem) == (5, 10, None)
    assert store.counts().pending_evidence == 10  # a stick that is lost costs a walk
    taken = ashore(station, folder)
    assert taken.problems == []
    assert all_ashore(store, station)
    assert back(store, station, folder) == 1
    counts = store.counts()
    assert (counts.pending_records, counts.pending_evidence) == (0, 0)
    assert len(store.held_evidence()) == 10  # may be retired now


def test_head_goes_first_and_is_kept_by_the_station(store: Store, station: Station, folder: Path) -> None:
    weeks(store, 2)
    fill(store, folder)
    ashore(station, folder)
    with station.store.reading() as connection:
        row = connection.execute(sa.select(tables.heads.c.seq, tables.heads.c.hash)).one()
    assert (row.seq, row.hash) == (store.head().seq, store.head().hash)


def test_second_visit_brings_only_what_is_new(store: Store, station: Station, folder: Path) -> None:
    weeks(store, 2)
    fill(store, folder)
    ashore(station, folder)
    back(store, station, folder)
    happens(store, 9, 5000)
    assert fill(store, folder).files == 1
    with Stick(folder) as stick:
        assert clear(stick, store) == 5  # a batch and four files
    assert ashore(station, folder).problems == []
    back(store, station, folder)
    assert all_ashore(store, station)
    assert store.counts().pending_records == 0


def test_taking_in_twice_changes_nothing(store: Store, station: Station, folder: Path) -> None:
    weeks(store, 2)
    fill(store, folder)
    first = ashore(station, folder)
    assert ashore(station, folder) == first
    assert all_ashore(store, station)


def test_many_files_come_back_in_several_receipts(store: Store, station: Station, folder: Path) -> None:
    weeks(store, 4)
    fill(store, folder)
    assert take_in(station.intake(lambda: NOON), folder, receipt_files=3).receipts == 3
    assert back(store, station, folder) == 3
    assert store.counts().pending_evidence == 0


def test_record_written_between_two_fillings_lengthens_its_batch(store: Store, folder: Path) -> None:
    weeks(store, 2)
    fill(store, folder)
    happens(store, 7)
    fill(store, folder)
    assert [path.name for path in (folder / "records").iterdir()] == ["0000000000001-0000000000003.gz"]


def test_names_and_bytes_survive_a_real_fat_file_system(
    store: Store, station: Station, folder: Path, tmp_path: Path
) -> None:
    for name, package in (("mkfs.vfat", "dosfstools"), ("mcopy", "mtools")):
        program(name, package)
    weeks(store, 3)
    fill(store, folder)
    image = tmp_path / "fat.img"
    with image.open("wb") as file:
        file.truncate(64 << 20)
    subprocess.run(["mkfs.vfat", "-F", "32", str(image)], check=True, capture_output=True)
    subprocess.run(["mcopy", "-s", "-i", str(image), str(folder), "::BARGE-7"], check=True)
    (tmp_path / "read").mkdir()
    subprocess.run(["mcopy", "-s", "-i", str(image), "::BARGE-7", str(tmp_path / "read")], check=True)
    assert ashore(station, tmp_path / "read" / "BARGE-7").problems == []
    assert all_ashore(store, station)


# ── pulled out, full, torn ────────────────────────────────────────────────────────────────────────────


def filling(state: Path, folder: Path) -> Callable[[Tell], None]:
    """What `sandwatch export` does, beside the box that runs; says when it begins."""

    def work(tell: Tell) -> None:
        with View.open_reading(state) as view, Stick(folder) as stick:
            tell("filling")
            export(view, state / "evidence", stick, DEVICE_KEY)

    return work


def kill_while_filling(state: Path, folder: Path, after_s: float) -> None:
    child = forked(filling(state, folder))
    assert child.line() == "filling"
    time.sleep(after_s)
    child.kill()


def whole_ones(folder: Path) -> list[Path]:
    """Files under their name; what has its name is whole."""
    files = [path for path in (folder / "evidence").glob("*/*") if path.suffix != ".part"]
    assert all(_digest(path) == path.name for path in files)
    return files


def pull_out(store: Store, xfs: Path, pulls: int) -> tuple[int, int]:
    """Pulled out while it is being filled: what the kernel had not written to it is gone. Goes on with the same stick.

    How often it came back incomplete, and how often it was full with everything and emptied.
    """
    chance = random.Random(5)
    image, pulled = xfs / "stick.img", xfs / "pulled.img"
    needs.ext4(image, 48)
    torn = emptied = 0
    for _ in range(pulls):
        with needs.mounted(xfs / "stick", "-o", "loop,noatime", str(image)) as place:
            folder = place / "barge-7"
            folder.mkdir(exist_ok=True)
            there = whole_ones(folder)
            if len(there) == store.counts().evidence:
                for path in there:
                    path.unlink()
                emptied += 1
            else:
                torn += bool(there)
            child = forked(filling(store.path.parent, folder))
            assert child.line() == "filling"
            time.sleep(chance.uniform(0, 0.4))
            needs.one_instant(image, pulled)
            child.kill()
        pulled.replace(image)
    return torn, emptied


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def test_stick_whose_filling_was_killed_is_filled_on(store: Store, station: Station, folder: Path) -> None:
    weeks(store, 12)
    chance = random.Random(5)
    for _ in range(4):
        kill_while_filling(store.path.parent, folder, chance.uniform(0, 0.05))
        whole_ones(folder)
    assert fill(store, folder).problem is None
    assert ashore(station, folder).problems == []
    assert all_ashore(store, station)


def test_stick_pulled_out_at_any_moment_is_filled_on(store: Store, station: Station, tmp_path: Path) -> None:
    weeks(store, 12)
    with needs.xfs(tmp_path) as xfs:
        pull_out(store, xfs, 4)
        bring_ashore(store, station, xfs / "stick.img")


@pytest.mark.soak
def test_stick_pulled_out_two_hundred_times(store: Store, station: Station, tmp_path: Path) -> None:
    weeks(store, 60)
    with needs.xfs(tmp_path) as xfs:
        torn, emptied = pull_out(store, xfs, 200)
        bring_ashore(store, station, xfs / "stick.img")
    print(f"\n200 pulls, {torn} with a part of the files on it, {emptied} with all; each file whole")  # noqa: T201
    assert torn > 50


def bring_ashore(store: Store, station: Station, image: Path) -> None:
    """Fill the stick to its end at last, and take it in."""
    with needs.mounted(image.parent / "stick", "-o", "loop", str(image)) as place:
        assert fill(store, place / "barge-7").problem is None
        assert ashore(station, place / "barge-7").problems == []
    assert all_ashore(store, station)


@pytest.mark.parametrize("tail", [b"", b"\x00" * 5000, b"\x00" * 300_000])
def test_half_copied_file_is_finished_or_begun_anew(
    store: Store, station: Station, folder: Path, tail: bytes
) -> None:
    """What was not synced when the stick was pulled out may be zeros, or longer than the file."""
    happens(store, 1, 200_000)
    evidence = store.unacknowledged_evidence()[0]
    part = folder / "evidence" / evidence.sha256[:2] / f"{evidence.sha256}.part"
    part.parent.mkdir(parents=True)
    source = store.evidence_root / evidence.sha256[:2] / f"{evidence.sha256}.mp4"
    part.write_bytes(source.read_bytes()[:70_000] + tail)
    assert fill(store, folder).problem is None
    assert not part.exists()
    assert ashore(station, folder).problems == []
    assert all_ashore(store, station)


@pytest.mark.parametrize("damage", ["cut", "zeros", "longer"])
def test_damaged_file_on_the_stick_is_refused_and_copied_again_next_time(
    store: Store, station: Station, folder: Path, damage: str
) -> None:
    weeks(store, 2)
    fill(store, folder)
    victim = max((folder / "evidence").glob("*/*"), key=lambda path: path.stat().st_size)
    data = victim.read_bytes()
    victim.write_bytes(
        {"cut": data[:-1], "zeros": data[:9] + bytes(len(data) - 9), "longer": data + b"x"}[damage]
    )
    taken = ashore(station, folder)
    assert len(taken.held) == 3
    assert any(victim.name in problem for problem in taken.problems)
    back(store, station, folder)
    assert store.counts().pending_evidence == 1
    fill(store, folder)
    assert ashore(station, folder).problems == []
    assert all_ashore(store, station)


def test_torn_batch_is_refused_and_written_again(store: Store, station: Station, folder: Path) -> None:
    weeks(store, 2)
    fill(store, folder)
    batch = next((folder / "records").iterdir())
    batch.write_bytes(batch.read_bytes()[:-5])
    taken = ashore(station, folder)
    assert len(taken.problems) == 1 + 4  # and the files that no accepted record names
    assert taken.held == []
    fill(store, folder)
    assert ashore(station, folder).problems == []
    assert all_ashore(store, station)


@contextmanager
def small_stick(folder: Path, size: str) -> Iterator[None]:
    """A file system of its own of that size, on the folder."""
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if done.returncode != 0:
        lacking(f"no file system can be mounted here: {done.stderr.decode().strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", str(folder)], check=True)


def test_full_stick_holds_the_records_and_stills_first_and_leaves_room_for_receipts(
    store: Store, station: Station, folder: Path
) -> None:
    weeks(store, 12)
    with small_stick(folder, "2500k"):
        carried = fill(store, folder)
        assert carried.problem is not None
        assert "full" in carried.problem
        assert carried.through_seq == 12
        assert 12 <= carried.files < 24  # all the stills, some of the clips
        assert carried.files + carried.files_left == 24
        taken = ashore(station, folder)
        assert taken.problems == []
        assert back(store, station, folder) == taken.receipts == 1
    for number in range(3):
        trip = folder.with_name(f"trip-{number}")
        trip.mkdir()
        with small_stick(trip, "2500k"):
            fill(store, trip)
            ashore(station, trip)
            back(store, station, trip)
    assert all_ashore(store, station)
    assert store.counts().pending_evidence == 0


# ── hostile sticks ────────────────────────────────────────────────────────────────────────────────────


def test_stick_of_another_box_is_refused(
    store: Store, station: Station, folder: Path, tmp_path: Path
) -> None:
    weeks(store, 1)
    fill(store, folder)
    with Store.open(tmp_path / "other", "barge-8") as other, Stick(folder) as stick:
        with pytest.raises(StickError, match="belongs to device barge-7"):
            export(other, other.evidence_root, stick, builders.key(8))
        with pytest.raises(StickError, match="belongs to device barge-7"):
            read_receipts(stick, other, station.key.public_key())


def test_box_that_is_not_enrolled_is_refused(tmp_path: Path, folder: Path) -> None:
    with Store.open(tmp_path / "box", DEVICE) as store:
        weeks(store, 1)
        fill(store, folder)
    stranger = open_station(tmp_path / "another")
    try:
        with pytest.raises(Refusal, match="not enrolled"):
            ashore(stranger, folder)
    finally:
        stranger.close()


def test_folder_that_is_no_box_is_a_sentence(station: Station, folder: Path, tmp_path: Path) -> None:
    with pytest.raises(StickError, match=r"holds nothing of a box"):
        ashore(station, folder)
    with pytest.raises(StickError, match="No such file"):
        ashore(station, tmp_path / "nowhere")
    (folder / "SANDWATCH.JSON").write_bytes(b'{"format":"sandwatch-stick/9","device":"barge-7"}')
    with pytest.raises(StickError, match="not one that this version knows"):
        ashore(station, folder)


def test_no_link_leads_out_of_the_stick(store: Store, station: Station, folder: Path, tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.mkdir()
    weeks(store, 1)
    for name in ("records", "evidence", "receipts"):
        (folder / name).symlink_to(secret)
    carried = fill(store, folder)
    assert carried.problem is not None
    assert "nothing is followed" in carried.problem
    assert list(secret.iterdir()) == []
    for name in ("records", "evidence", "receipts"):
        (folder / name).unlink()
    fill(store, folder)
    victim = next((folder / "evidence").glob("*/*"))
    victim.unlink()
    victim.symlink_to("/etc/hostname")
    (folder / "evidence" / victim.parent.name / ("ab" * 32)).symlink_to("/etc/passwd")
    taken = ashore(station, folder)
    assert any("link" in problem for problem in taken.problems)
    assert len(taken.held) == 1


def test_pipe_and_giant_on_the_stick_do_not_hold_the_station_up(
    store: Store, station: Station, folder: Path
) -> None:
    weeks(store, 1)
    fill(store, folder)
    os.mkfifo(folder / "records" / "0000000000000-0000000000000.gz")
    with (folder / "records" / "0000000000009-0000000000009.gz").open("wb") as giant:
        giant.truncate(1 << 40)
    taken = ashore(station, folder)
    assert sorted("plain file" in problem for problem in taken.problems) == [False, True]
    assert all_ashore(store, station)


def test_evidence_that_no_record_names_stays_on_the_stick(
    store: Store, station: Station, folder: Path
) -> None:
    weeks(store, 1)
    fill(store, folder)
    foreign = folder / "evidence" / "ab" / ("ab" * 32)
    foreign.parent.mkdir(exist_ok=True)
    foreign.write_bytes(b"foreign")
    taken = ashore(station, folder)
    assert any("names" in problem for problem in taken.problems)
    assert not station.spool.held("ab" * 32).offset


def test_station_that_lost_records_says_from_where_to_begin(
    store: Store, station: Station, folder: Path, tmp_path: Path
) -> None:
    weeks(store, 2)
    fill(store, folder)
    ashore(station, folder)
    back(store, station, folder)
    happens(store, 5, 3000)
    fresh = open_station(tmp_path / "fresh")
    try:
        with fresh.store.writing() as connection:
            enrol(connection, DEVICE, public_text(DEVICE_KEY.public_key()), "", NOON)
        second = folder.with_name("second")
        second.mkdir()
        fill(store, second)
        taken = ashore(fresh, second)
        assert any("--from-seq 1" in problem for problem in taken.problems)
        fill(store, second, from_seq=1)
        assert ashore(fresh, second).problems == []
        assert all_ashore(store, fresh)
    finally:
        fresh.close()


# ── receipts ──────────────────────────────────────────────────────────────────────────────────────────


def test_receipt_of_another_station_or_of_another_history_marks_nothing(
    store: Store, station: Station, folder: Path, tmp_path: Path
) -> None:
    weeks(store, 1)
    fill(store, folder)
    ashore(station, folder)
    with Stick(folder) as stick, pytest.raises(ChainError, match="0001"):
        read_receipts(stick, store, builders.key(3).public_key())
    with Store.open(tmp_path / "twin", DEVICE) as twin:
        happens(twin, 99)
        with pytest.raises(ChainError, match="another history"):
            back(twin, station, folder)
        assert twin.counts().pending_records == 1
        assert take_receipts(twin, tmp_path / "twin", station.key.public_key()) == 0
    assert store.counts().pending_records == 1


def test_stick_without_room_says_so_before_anything_is_half_there(folder: Path) -> None:
    with small_stick(folder, "512k"), Stick(folder) as stick:
        with pytest.raises(StickFull, match="full"):
            stick.append(layout.evidence_parts("ab" * 32), 0, bytes(1000))
        assert stick.names(layout.EVIDENCE) in ([], ["ab"])


def test_stick_can_be_read_by_hand(store: Store, folder: Path) -> None:
    """Standard tools are enough: gzip, and a digest that is the name."""
    weeks(store, 1)
    fill(store, folder)
    gunzip = shutil.which("gzip")
    assert gunzip is not None
    batch = next((folder / "records").iterdir())
    lines = subprocess.run([gunzip, "-dc", str(batch)], capture_output=True, check=True).stdout
    assert lines.splitlines() == list(store.records())
