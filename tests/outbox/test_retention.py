"""Only what the station has acknowledged may go, oldest first, and the decision is durable before the file goes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.durable import evidence_path
from agent.errors import StoreError
from agent.outbox.retention import (
    Budget,
    Floor,
    Retired,
    beyond_budget,
    retire,
    retire_held,
    unsent_to_drop,
)
from agent.outbox.store import Store
from agent.outbox.view import StoredEvidence
from agent.types import EvidenceFile
from outbox.outbox_builders import DEVICE, keep_event, pictures, seal, signed_receipt


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with Store.open(tmp_path / "box", DEVICE) as opened:
        yield opened


def sealed(store: Store, count: int, size_bytes: int = 100) -> list[EvidenceFile]:
    files = [seal(store.evidence_root, data) for data in pictures(count, size_bytes)]
    for number, file in enumerate(files):
        keep_event(store, f"e{number}", file)
    return files


def path(store: Store, file: EvidenceFile) -> Path:
    return evidence_path(store.evidence_root, file.sha256, file.media_type)


def both(size_bytes: int) -> Budget:
    """The same budget for stills and for clips."""
    return Budget(size_bytes, size_bytes)


def held(*sizes: int) -> list[StoredEvidence]:
    return [
        StoredEvidence(f"{number:064x}", "still", "image/jpeg", size, number)
        for number, size in enumerate(sizes, start=1)
    ]


@pytest.mark.parametrize(
    ("budget_bytes", "going"),
    [(1000, []), (600, []), (599, [1]), (500, [1]), (499, [1, 2]), (1, [1, 2, 3]), (0, [1, 2, 3])],
)
def test_the_oldest_go_until_the_rest_fits(budget_bytes: int, going: list[int]) -> None:
    chosen = beyond_budget(held(100, 200, 300), budget_bytes)
    assert [file.seq for file in chosen] == going


def test_acknowledged_files_beyond_the_budget_go_and_are_recorded_as_gone(store: Store) -> None:
    files = sealed(store, 3)
    store.accept(signed_receipt(store, 3, *(file.sha256 for file in files)))
    assert retire(store, both(150)) == Retired(files=2, bytes=200)
    assert [path(store, file).exists() for file in files] == [False, False, True]
    assert store.counts().deleted_evidence == 2
    assert retire(store, both(150)) == Retired(files=0, bytes=0)


def test_what_was_never_acknowledged_is_never_deleted(store: Store) -> None:
    files = sealed(store, 3)
    store.accept(signed_receipt(store, 3, files[1].sha256))
    retire(store, both(0))
    assert [path(store, file).exists() for file in files] == [True, False, True]
    assert store.retire([file.sha256 for file in files]) == 0
    assert [path(store, file).exists() for file in files] == [True, False, True]


def test_a_file_that_is_gone_already_is_tolerated(store: Store) -> None:
    files = sealed(store, 2)
    store.accept(signed_receipt(store, 2, *(file.sha256 for file in files)))
    path(store, files[0]).unlink()
    assert retire(store, both(0)).files == 2
    assert store.counts().deleted_evidence == 2


def test_a_deletion_that_was_cut_short_is_finished_next_time(store: Store) -> None:
    files = sealed(store, 2)
    store.accept(signed_receipt(store, 2, *(file.sha256 for file in files)))
    blocked = path(store, files[1])
    content = blocked.read_bytes()
    blocked.unlink()
    blocked.mkdir()  # a folder cannot be unlinked: the disk says no in the middle
    with pytest.raises(StoreError, match="cannot be deleted"):
        retire(store, both(0))
    blocked.rmdir()
    blocked.write_bytes(content)
    assert store.next_evidence() is None
    assert retire(store, both(10_000)).files == 2
    assert not blocked.exists()


def test_the_receipt_that_let_a_file_go_is_kept(store: Store) -> None:
    files = sealed(store, 1)
    receipt = signed_receipt(store, 1, files[0].sha256)
    store.accept(receipt)
    retire(store, both(0))
    for _ in range(50):
        store.accept(signed_receipt(store, 1))
    rows = store._rows(
        "SELECT receipts.raw FROM evidence JOIN receipts ON receipts.number = evidence.receipt"
    )
    assert rows == [(receipt.raw,)]


def test_stills_and_clips_have_a_budget_each(store: Store) -> None:
    files = sealed(store, 4)
    store._db.conn.execute("UPDATE evidence SET kind = 'clip' WHERE seq > 2")
    store.accept(signed_receipt(store, 4, *(file.sha256 for file in files)))
    assert retire(store, Budget(still_bytes=200, clip_bytes=100)) == Retired(files=1, bytes=100)
    assert [path(store, file).exists() for file in files] == [True, True, False, True]


def worth(store: Store, *verdicts: str) -> list[EvidenceFile]:
    """A file for each of these verdicts, in this order of time."""
    files = [seal(store.evidence_root, data) for data in pictures(len(verdicts), 100)]
    for number, (file, verdict) in enumerate(zip(files, verdicts, strict=True)):
        keep_event(store, f"e{number}", file, verdict=verdict)
    return files


EVERYTHING = Floor(free_bytes=1 << 60)


def test_least_grave_goes_before_the_oldest(store: Store) -> None:
    files = worth(store, "breach", "permitted", "undetermined", "permitted")
    order = [file.sha256 for file in unsent_to_drop(store, EVERYTHING)]
    assert order == [files[1].sha256, files[3].sha256, files[2].sha256, files[0].sha256]


def test_what_the_station_holds_goes_before_anything_that_was_never_sent(store: Store) -> None:
    files = worth(store, "permitted", "breach")
    store.accept(signed_receipt(store, 2, files[1].sha256))
    assert retire_held(store, EVERYTHING) == 1
    assert [path(store, file).exists() for file in files] == [True, False]


def test_nothing_is_deleted_while_the_card_is_missing(store: Store) -> None:
    files = sealed(store, 2)
    store.accept(signed_receipt(store, 2, files[0].sha256))
    store.guard = lambda: "the data card is missing"
    assert retire(store, both(0)) == Retired(0, 0)
    assert retire_held(store, EVERYTHING) == 0
    assert unsent_to_drop(store, EVERYTHING) == ()
