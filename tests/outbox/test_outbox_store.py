"""The outbox keeps what it acknowledged, in order, and marks nothing without a receipt of our own history."""

import hashlib
import sqlite3
import stat
import threading
from pathlib import Path

import pytest

from agent.durable import evidence_path
from agent.errors import ChainError, StoreError
from agent.event import chain, wire
from agent.outbox import store as store_module
from agent.outbox.schema import TABLES
from agent.outbox.store import EvidenceMissing, Store
from agent.outbox.view import View
from agent.types import Json
from outbox.outbox_builders import (
    DEVICE,
    DEVICE_KEY,
    event,
    fill,
    keep_event,
    name_only,
    pictures,
    seal,
    signed_receipt,
    signer,
    track,
)


def test_what_was_committed_is_there_after_reopening(tmp_path: Path) -> None:
    with Store.open(tmp_path / "box", DEVICE) as store:
        fill(store, 3)
        raws, head = list(store.records()), store.head()
    with Store.open(tmp_path / "box", DEVICE) as store:
        assert (list(store.records()), store.head()) == (raws, head)
        assert store.state() == ({"filled": 3}, 3)
        assert store.pending_records() == tuple(raws)
        assert list(chain.faults(raws, DEVICE_KEY.public_key(), chain.Head())) == []


def test_a_new_outbox_is_empty_and_has_no_state(tmp_path: Path) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        assert store.head() == chain.Head()
        assert store.state() is None
        assert store.last_receipt() is None
        assert store.next_evidence() is None
        assert store.counts().records == 0


def test_the_database_is_set_to_survive_a_power_cut(tmp_path: Path) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        found = {
            name: store._row(f"PRAGMA {name}")[0]
            for name in ("journal_mode", "synchronous", "page_size", "foreign_keys")
        }
    assert found == {"journal_mode": "wal", "synchronous": 2, "page_size": 1024, "foreign_keys": 1}


def test_the_outbox_is_for_its_owner_only(tmp_path: Path) -> None:
    folder = tmp_path / "var" / "outbox"
    with Store.open(folder, DEVICE) as store:
        fill(store, 1)
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert set(modes) == {"outbox.sqlite3", "outbox.sqlite3-wal", "outbox.sqlite3-shm", "outbox.lock"}
    assert set(modes.values()) == {0o600}


def test_a_database_that_others_could_read_is_closed_to_them_at_start(tmp_path: Path) -> None:
    Store.open(tmp_path, DEVICE).close()
    path = tmp_path / "outbox.sqlite3"
    path.chmod(0o644)
    Store.open(tmp_path, DEVICE).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_state_alone_can_be_committed(tmp_path: Path) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        store.commit([], (), {"still_since_mono_ns": "12"}, 7)
        store.commit([], (), {"still_since_mono_ns": "13"}, 8)
        assert store.state() == ({"still_since_mono_ns": "13"}, 8)


# ── what is refused ───────────────────────────────────────────────────────────────────────────────────


def test_a_record_that_does_not_follow_the_head_is_refused_and_nothing_of_its_commit_kept(
    tmp_path: Path,
) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        fill(store, 2)
        chain_ = signer(store)
        first, _lost, third = track(chain_), track(chain_), track(chain_)
        with pytest.raises(ChainError, match="seq 5 does not follow the head of the outbox \\(seq 3\\)"):
            store.commit([first, third], (), {"filled": 9}, 9)
        assert store.head().seq == 2
        assert store.state() == ({"filled": 2}, 2)


def test_a_second_history_is_refused(tmp_path: Path) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        fill(store, 1)
        stray = chain.Chain(DEVICE, "boot-1", DEVICE_KEY, chain.Head(1, "ab" * 32))
        with pytest.raises(ChainError, match="does not follow"):
            store.commit([track(stray)], (), None, 0)


def test_a_record_of_another_device_is_refused(tmp_path: Path) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        other = chain.Chain("barge-8", "boot-1", DEVICE_KEY)
        with pytest.raises(ChainError, match="is of device 'barge-8'"):
            store.commit([track(other)], (), None, 0)


def test_an_event_never_points_at_a_file_that_is_not_there(tmp_path: Path) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        file = name_only(b"never written")
        with pytest.raises(EvidenceMissing, match="record the event without it") as caught:
            keep_event(store, "e1", file)
        assert caught.value.sha256 == file.sha256
        assert store.head() == chain.Head()


def test_a_file_of_another_size_does_not_count_as_there(tmp_path: Path) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        file = seal(store.evidence_root, b"a whole still")
        evidence_path(store.evidence_root, file.sha256, file.media_type).write_bytes(b"a whole")
        with pytest.raises(EvidenceMissing):
            keep_event(store, "e1", file)


def test_a_digest_in_a_record_without_its_file_beside_it_is_refused(tmp_path: Path) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        file = seal(store.evidence_root, b"a still")
        with pytest.raises(EvidenceMissing):
            store.commit([event(signer(store), "e1", file)], (), None, 0)


def test_a_file_that_no_record_names_is_refused(tmp_path: Path) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        file = seal(store.evidence_root, b"a still")
        with pytest.raises(StoreError, match="named by none of the records"):
            store.commit([track(signer(store))], (file,), None, 0)
        assert store.head() == chain.Head()


def test_an_event_that_goes_on_names_its_files_again_even_those_that_went(tmp_path: Path) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        file = seal(store.evidence_root, b"a still")
        keep_event(store, "e1", file)
        store.accept(signed_receipt(store, 1, file.sha256))
        store.retire([file.sha256])
        store.commit([event(signer(store), "e1", file, kind="event.closed")], (file,), None, 0)
        assert store.head().seq == 2
        assert store.counts().deleted_evidence == 1


def test_a_file_sealed_again_after_it_went_is_on_the_box_again(tmp_path: Path) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        file = seal(store.evidence_root, b"the same dark picture")
        keep_event(store, "e1", file)
        store.accept(signed_receipt(store, 1, file.sha256))
        store.retire([file.sha256])
        keep_event(store, "e2", seal(store.evidence_root, b"the same dark picture"))
        assert [held.sha256 for held in store.held_evidence()] == [file.sha256]


def test_a_second_sandwatch_on_the_same_outbox_is_refused(tmp_path: Path) -> None:
    with (
        Store.open(tmp_path, DEVICE),
        pytest.raises(StoreError, match="in use by another sandwatch"),
    ):
        Store.open(tmp_path, DEVICE)
    Store.open(tmp_path, DEVICE).close()


def test_the_outbox_of_another_device_is_refused_and_left_as_it_was(tmp_path: Path) -> None:
    Store.open(tmp_path, DEVICE).close()
    with pytest.raises(StoreError, match="belongs to device 'barge-7', the settings say 'barge-8'"):
        Store.open(tmp_path, "barge-8")
    Store.open(tmp_path, DEVICE).close()


def test_an_outbox_of_a_newer_program_is_refused(tmp_path: Path) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        store._db.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name) VALUES ('outbox', 'of_next_year')"
        )
    with pytest.raises(StoreError, match="newer sandwatch \\(of_next_year\\)"):
        Store.open(tmp_path, DEVICE)
    with pytest.raises(StoreError, match="newer sandwatch \\(of_next_year\\)"):
        View.open_reading(tmp_path)


def test_a_store_whose_last_record_was_taken_away_goes_on_in_a_new_segment(tmp_path: Path) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        fill(store, 3)
        store._db.execute("DELETE FROM records WHERE seq = 3")
    with Store.open(tmp_path, DEVICE) as store:
        assert (store.segment(), store.counts().records) == (1, 2)


# ── delivery ──────────────────────────────────────────────────────────────────────────────────────────


def test_a_batch_is_bounded_in_records_and_bytes_and_never_empty(tmp_path: Path) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        fill(store, 5)
        raws = list(store.records())
        assert store.pending_records(limit=2) == tuple(raws[:2])
        three = sum(len(raw) + 1 for raw in raws[:3])
        assert store.pending_records(max_bytes=three) == tuple(raws[:3])
        assert store.pending_records(max_bytes=three - 1) == tuple(raws[:2])
        assert store.pending_records(max_bytes=1) == tuple(raws[:1])


def test_a_receipt_marks_the_records_it_covers_and_survives_reopening(tmp_path: Path) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        fill(store, 5)
        raws = list(store.records())
        receipt = signed_receipt(store, 3)
        assert store.accept(receipt) == 3
    with Store.open(tmp_path, DEVICE) as store:
        assert store.pending_records() == tuple(raws[3:])
        kept = store.last_receipt()
        assert kept is not None
        assert (kept.raw, kept.through_seq) == (receipt.raw, 3)


def test_an_older_receipt_takes_nothing_back(tmp_path: Path) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        fill(store, 5)
        store.accept(signed_receipt(store, 4))
        assert store.accept(signed_receipt(store, 2)) == 4
        assert len(store.pending_records()) == 1


def test_a_receipt_of_another_history_marks_nothing(tmp_path: Path) -> None:
    with Store.open(tmp_path / "a", DEVICE) as store, Store.open(tmp_path / "b", DEVICE) as other:
        fill(store, 3)
        store.commit([track(signer(store), "ours")], (), None, 0)
        fill(other, 3)
        other.commit([track(signer(other), "theirs")], (), None, 0)
        fill(other, 1)
        for through, words in ((4, "holds another history"), (5, "ours is not written yet")):
            with pytest.raises(ChainError, match=words):
                store.accept(signed_receipt(other, through))
        assert store.acked_through() == 0
        assert store.last_receipt() is None


def test_a_receipt_of_an_empty_station_marks_nothing(tmp_path: Path) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        fill(store, 1)
        assert store.accept(signed_receipt(store, 0)) == 0


def test_stills_go_before_clips_oldest_first_and_only_after_their_record(tmp_path: Path) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        root = store.evidence_root
        clip1, clip2 = (seal(root, data, "clip") for data in pictures(2, 500))
        still1, still2 = (seal(root, data) for data in pictures(2))
        keep_event(store, "e1", clip1, still1)
        keep_event(store, "e2", clip2, still2)
        assert store.next_evidence() is None
        store.accept(signed_receipt(store, 1))
        first = store.next_evidence()
        assert first is not None
        assert (first.sha256, first.seq, first.size_bytes) == (still1.sha256, 1, 1000)
        store.accept(signed_receipt(store, 2))
        order: list[str] = []
        while (found := store.next_evidence(order)) is not None:
            order.append(found.sha256)
        assert order == [file.sha256 for file in (still1, still2, clip1, clip2)]


def test_evidence_is_held_when_a_receipt_names_it_and_its_record(tmp_path: Path) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        file = seal(store.evidence_root, b"a still")
        keep_event(store, "e1", file)
        store.accept(signed_receipt(store, 0, file.sha256))
        assert not store.is_held(file.sha256)
        store.accept(signed_receipt(store, 1, file.sha256, "ff" * 32))
        assert store.is_held(file.sha256)
        assert store.next_evidence() is None


def test_a_station_that_lost_data_gets_it_again(tmp_path: Path) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        files = [seal(store.evidence_root, data) for data in pictures(3)]
        for number, file in enumerate(files):
            keep_event(store, f"e{number}", file)
        store.accept(signed_receipt(store, 3, *(file.sha256 for file in files)))
        store.retire([files[2].sha256])
        assert store.rewind(1) == 2
        assert len(store.pending_records()) == 2
        store.accept(signed_receipt(store, 3))
        again = store.next_evidence()
        assert again is not None
        assert again.sha256 == files[1].sha256
        assert store.next_evidence([files[1].sha256]) is None  # the first is held, the third is deleted here
        assert store.rewind(3) == 0


def test_a_file_the_station_lost_is_sent_again(tmp_path: Path) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        file = seal(store.evidence_root, b"a still")
        keep_event(store, "e1", file)
        store.accept(signed_receipt(store, 1, file.sha256))
        assert store.lacking([file.sha256, "00" * 32]) == 1
        assert store.next_evidence() is not None


def test_only_the_newest_receipts_and_those_of_evidence_are_kept(tmp_path: Path) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        file = seal(store.evidence_root, b"a still")
        keep_event(store, "e1", file)
        store.accept(signed_receipt(store, 1, file.sha256))
        for _ in range(store_module.RECEIPTS_KEPT + 10):
            store.accept(signed_receipt(store, 1))
        numbers = [row[0] for row in store._rows("SELECT number FROM receipts ORDER BY number")]
        assert numbers == [1, *range(12, 44)]


@pytest.mark.parametrize(
    ("statement", "values", "plan"),
    [
        (
            store_module.NEXT_RECORDS,
            (9, 512),
            "SEARCH records USING INTEGER PRIMARY KEY (rowid>? AND rowid<?)",
        ),
        (store_module.NEXT_EVIDENCE, (), "SCAN evidence USING INDEX evidence_pending"),
    ],
)
def test_the_next_to_send_is_found_without_reading_what_was_sent(
    tmp_path: Path, statement: str, values: tuple[int, ...], plan: str
) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        steps = [row[3] for row in store._rows("EXPLAIN QUERY PLAN " + statement, *values)]
    assert plan in steps
    assert not any("TEMP B-TREE" in step or step in ("SCAN records", "SCAN evidence") for step in steps)


# ── reading ───────────────────────────────────────────────────────────────────────────────────────────


def test_records_come_in_order_over_many_pages(tmp_path: Path) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        fill(store, 600)
        assert [chain.read_record(raw).seq for raw in store.records()] == list(range(1, 601))
        assert [chain.read_record(raw).seq for raw in store.records(599)] == [599, 600]


def test_status_sees_the_latest_word_on_each_event(tmp_path: Path) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        chain_ = signer(store)
        records = [
            event(chain_, "e1"),
            event(chain_, "e2"),
            track(chain_),
            event(chain_, "e1", kind="event.closed"),
        ]
        store.commit(records, (), None, 0)
        found = [(record.body["event_id"], record.kind) for record in store.latest_events()]
        assert found == [("e1", "event.closed"), ("e2", "event.opened")]
        assert [record.seq for record in store.latest_events(1)] == [4]


def test_counts_say_what_is_pending(tmp_path: Path) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        still, clip = seal(store.evidence_root, b"12345"), seal(store.evidence_root, b"1234567", "clip")
        keep_event(store, "e1", still)
        keep_event(store, "e2", clip)
        store.accept(signed_receipt(store, 1, still.sha256))
        counts = store.counts()
        assert (counts.records, counts.pending_records) == (2, 1)
        assert (counts.evidence, counts.pending_evidence) == (2, 1)
        assert (counts.evidence_bytes, counts.pending_evidence_bytes) == (12, 7)
        store.retire([still.sha256])
        assert (store.counts().evidence_bytes, store.counts().deleted_evidence) == (7, 1)


def test_another_process_reads_beside_the_writer_and_cannot_write(tmp_path: Path) -> None:
    with Store.open(tmp_path, DEVICE) as store, View.open_reading(tmp_path) as view:
        fill(store, 2)
        assert view.head() == store.head()
        assert view.device() == DEVICE
        with pytest.raises(StoreError, match="cannot be written"):
            view._row("DELETE FROM records")
        fill(store, 1)
        assert view.head().seq == 3


def test_a_stopped_outbox_can_be_read(tmp_path: Path) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        fill(store, 2)
    with View.open_reading(tmp_path) as view:
        assert view.counts().pending_records == 2


def test_a_folder_without_an_outbox_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="there is no outbox in"):
        View.open_reading(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_backup_is_one_file_with_everything_in_it(tmp_path: Path) -> None:
    copy = tmp_path / "copy" / "outbox.sqlite3"
    copy.parent.mkdir()
    with Store.open(tmp_path / "box", DEVICE) as store:
        fill(store, 3)
        store.backup(copy)
        store.backup(copy)
        head = store.head()
    assert [path.name for path in copy.parent.iterdir()] == ["outbox.sqlite3"]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    with Store.open(copy.parent, DEVICE) as restored:
        assert restored.head() == head


def test_a_backup_to_nowhere_says_so(tmp_path: Path) -> None:
    with (
        Store.open(tmp_path, DEVICE) as store,
        pytest.raises(StoreError, match="cannot be copied to"),
    ):
        store.backup(tmp_path / "no such folder" / "copy")


def test_the_upload_thread_never_sees_half_a_commit(tmp_path: Path) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        seen: list[int] = []
        done = threading.Event()

        def look() -> None:
            while not done.is_set():
                seen.append(len(store.pending_records()))

        reader = threading.Thread(target=look)
        reader.start()
        for _ in range(20):
            fill(store, 5)
        done.set()
        reader.join()
        assert {count % 5 for count in seen} <= {0}


def test_memory_of_an_older_version_is_taken_over(tmp_path: Path) -> None:
    with Store.open(tmp_path, DEVICE) as store:
        pass
    old: Json = {"watch": {"points": [1, 2, 3]}, "config_sha256": None}
    text = wire.canonical(old).decode()
    db = sqlite3.connect(tmp_path / "outbox.sqlite3")
    db.execute("DELETE FROM _sqlite_migrations WHERE name = 'packed_memory'")
    db.execute("DROP TABLE state")
    db.execute(next(sql for sql in TABLES if "TABLE state" in sql))
    db.execute("ALTER TABLE state ADD COLUMN digest TEXT")
    told = hashlib.sha256(text.encode()).hexdigest()
    db.execute("INSERT INTO state VALUES (1, ?, 7, 0, ?, ?)", (text, chain.Head().hash, told))
    db.commit()
    db.close()
    with Store.open(tmp_path, DEVICE) as store:
        assert store.state() == (old, 7)
    with Store.open(tmp_path, DEVICE) as store:  # and found whole at the next start
        assert store.state() == (old, 7)
