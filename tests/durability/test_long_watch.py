"""A box for a simulated day and for three: what it writes, what it keeps in memory, and what it does on a full disk."""

import contextlib
import gc
import os
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest

from agent.durable import evidence_path
from agent.errors import StoreError
from agent.event import chain
from agent.event.head import make_head_receipt, read_head_text
from agent.event.receipt import make_receipt
from agent.outbox.retention import Budget, Floor, retire, shortage
from agent.outbox.store import Store
from agent.outbox.upload import Uploader
from agent.types import GRAVITY, Answer, EvidenceFile, HeadNote, Json, Parcel, RecordBatch, Verdict
from builders import fix
from durability import needs
from durability.box import core, happening, keep
from outbox.outbox_builders import DEVICE, DEVICE_KEY, NOON, STATION_KEY


def still(store: Store, number: int, size_bytes: int) -> EvidenceFile:
    """The still of event `number`, sealed."""
    return keep(store.evidence_root, f"{number:08d}".encode() * (size_bytes // 8), f"e{number}")


# ── the write budget of a day ─────────────────────────────────────────────────────────────────────────


def a_day(folder: Path, hours: int, events: int) -> None:
    """One fix a second, `events` events; run as a child under strace."""
    with Store.open(folder, DEVICE) as store:
        box = core(store)
        seconds = hours * 3600
        for at in range(seconds):
            box.take(fix(at, lat_deg=10.2575820 + (at % 7) * 1e-6, lon_deg=105.5794440))
            if at % (seconds // events) == 5:
                happening(box, at, still(store, at, 150_000))
                box.commit()
        box.commit()


def written(folder: Path, hours: int, events: int) -> tuple[float, int]:
    """Megabytes written and syncs, counted by strace."""
    needs.programs("strace")
    log = folder / "calls"
    code = f"from pathlib import Path; from durability.test_long_watch import a_day; a_day(Path({str(folder / 'box')!r}), {hours}, {events})"
    tests = Path(__file__).parents[1]
    done = subprocess.run(
        [
            *("strace", "-f", "-qq", "--seccomp-bpf", "-o", str(log)),
            *("-e", "trace=write,pwrite64,fsync,fdatasync", sys.executable, "-c", code),
        ],
        env={**os.environ, "PYTHONPATH": f"{tests}:{tests.parent}"},
        check=True,
        capture_output=True,
    )
    assert done.returncode == 0
    size = syncs = 0
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        syncs += " fsync(" in line or " fdatasync(" in line
        found = re.search(r" (?:write|pwrite64)\(.*\) = (\d+)$", line)
        size += int(found[1]) if found else 0
    return size / 1e6, syncs


def test_an_hour_writes_no_more_than_its_part_of_the_days_budget(tmp_path: Path) -> None:
    megabytes, syncs = written(tmp_path, 1, 2)
    assert megabytes <= 200 / 24
    assert syncs <= 20_000 / 24


@pytest.mark.soak
def test_budget_of_a_day(tmp_path: Path) -> None:
    megabytes, syncs = written(tmp_path, 24, 40)
    print(f"\na day, one fix a second, 40 events with stills: {megabytes:.1f} MB written, {syncs} syncs")  # noqa: T201
    assert megabytes <= 200
    assert syncs <= 20_000


# ── three days ────────────────────────────────────────────────────────────────────────────────────────


def rss_kb() -> int:
    with Path("/proc/self/statm").open(encoding="ascii") as statm:
        return int(statm.read().split()[1]) * os.sysconf("SC_PAGESIZE") // 1024


def open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


class TakingStation:
    """Takes everything and signs for it; remembers the end of the chain alone, so that only the box can grow."""

    def __init__(self) -> None:
        self._head = chain.Head()

    def deliver(self, parcel: Parcel) -> Answer:
        if isinstance(parcel, HeadNote):
            _, told = read_head_text(parcel.line.encode())
            return Answer(receipt=make_head_receipt(STATION_KEY, "shore", DEVICE, told, NOON))
        if isinstance(parcel, RecordBatch):
            last = chain.read_record(parcel.records[-1])
            self._head = chain.Head(last.seq, last.hash)
            return Answer(held_through_seq=last.seq, receipt=self._receipt())
        if not parcel.data:
            return Answer(offset=0)
        end = parcel.offset + len(parcel.data)
        return Answer(offset=end, receipt=self._receipt(parcel.sha256) if end == parcel.total_bytes else None)

    def _receipt(self, *digests: str) -> bytes:
        return make_receipt(STATION_KEY, "shore", DEVICE, self._head, digests, NOON)


def days(folder: Path, hours: int, events: int, step_s: int) -> tuple[int, int]:
    """Growth of memory (KB) and of open files from a tenth of the time on, with delivery all along."""
    station = TakingStation()
    with Store.open(folder, DEVICE) as store:
        box = core(store)
        uploader = Uploader(store, station, STATION_KEY.public_key(), DEVICE)
        steps = hours * 3600 // step_s
        number, base = 0, (0, 0)
        for step in range(steps):
            box.take(fix(step * step_s, lat_deg=10.2575820 + (step % 7) * 1e-6, lon_deg=105.5794440))
            while number < events * (step + 1) // steps:
                happening(box, number, still(store, number, 800))
                number += 1
            if step % 20 == 0:
                box.commit()
                for _ in range(400):
                    if uploader.step().outcome == "idle":
                        break
                retire(store, Budget(200_000, 200_000))
            if step == steps // 10:
                gc.collect()
                base = (rss_kb(), open_files())
        gc.collect()
        assert store.counts().pending_records < 200
        return rss_kb() - base[0], open_files() - base[1]


def test_memory_and_open_files_stay_flat_over_hours_of_events(tmp_path: Path) -> None:
    growth_kb, files = days(tmp_path, 6, 300, step_s=30)
    assert growth_kb < 5 * 1024
    assert files == 0


@pytest.mark.soak
def test_watch_three_days_with_ten_thousand_events(tmp_path: Path) -> None:
    growth_kb, files = days(tmp_path, 72, 10_000, step_s=30)
    print(f"\n72 simulated hours, 10,000 events delivered: memory {growth_kb:+d} KB, open files {files:+d}")  # noqa: T201
    assert growth_kb < 5 * 1024
    assert files == 0


# ── a full disk ───────────────────────────────────────────────────────────────────────────────────────


MOST_BYTES = 250_000
FLOOR = Floor(free_bytes=300_000, free_inodes=6)


@pytest.fixture
def small_card(tmp_path: Path) -> Iterator[Path]:
    """A data card of one megabyte and twenty inodes: a file, its note and its folder are three."""
    needs.programs("mount")
    with needs.mounted(tmp_path / "card", "-t", "tmpfs", "-o", "size=1m,nr_inodes=20", "tmpfs") as place:
        yield place


def full(home: Path, card: Path, events: int) -> tuple[int, int]:
    """Files kept and files deleted; now bytes are short, now inodes."""
    chance = random.Random(5)
    worth: dict[str, tuple[int, int]] = {}  # how grave, how new
    told: list[str] = []
    looked = gone = 0
    with Store.open(home, DEVICE, card) as store:
        box = core(store, FLOOR)
        for number in range(events):
            file = still(store, number, chance.choice((800, 20_000, 150_000, MOST_BYTES)))
            (verdict,) = chance.choices((Verdict.BREACH, Verdict.UNDETERMINED, Verdict.PERMITTED), (1, 4, 5))
            happening(box, number, file, verdict)
            box.commit()
            assert not shortage(card, FLOOR), "the floor is not kept after one commit"
            records = [chain.read_record(raw) for raw in store.records(looked + 1)]
            looked = store.head().seq
            told += [sha256 for record in records for sha256 in deleted(record)]
            lost = {sha256 for sha256 in worth if not evidence_path(card, sha256, file.media_type).exists()}
            assert lost == set(told[gone:]), "a file went without a tombstone, or stayed with one"
            gone = len(told)
            fell = [worth.pop(sha256) for sha256 in lost]
            assert max(fell, default=(0, 0)) <= min(worth.values(), default=(3, 0)), "a better one went first"
            worth[file.sha256] = (GRAVITY[verdict], number)
        kept = len([path for path in card.glob("??/*") if path.suffix != ".json"])
        assert kept == len(worth)
        assert kept + len(told) == events
        return kept, len(told)


def deleted(record: chain.Record) -> list[str]:
    """What a tombstone names."""
    if record.kind != "tombstone":
        return []
    return [str(item["sha256"]) for item in cast("list[dict[str, Json]]", record.body["deleted"])]


def test_a_full_card_keeps_the_gravest_and_the_newest_and_names_what_went(
    tmp_path: Path, small_card: Path
) -> None:
    kept, gone = full(tmp_path / "home", small_card, 200)
    assert gone > 190
    assert kept >= 3


@pytest.mark.soak
def test_full_disk_offered_ten_thousand_events(tmp_path: Path, small_card: Path) -> None:
    kept, gone = full(tmp_path / "home", small_card, 10_000)
    print(f"\n10,000 events on a card of 1 MB and 20 inodes: {kept} stills kept, {gone} in tombstones")  # noqa: T201


def test_a_disk_that_another_program_filled_costs_nothing_once_there_is_room(tmp_path: Path) -> None:
    needs.programs("mount")
    with needs.mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=1m,nr_inodes=20", "tmpfs") as disk:
        evidence = tmp_path / "evidence"
        with Store.open(disk / "box", DEVICE, evidence) as store:
            box = core(store)
            number = 0
            with contextlib.suppress(OSError), (disk / "other").open("wb", buffering=0) as other:
                while other.write(bytes(4096)):
                    pass
            refused = 0
            while refused < 6:  # it still finds room in pages that SQLite has for a while
                happening(box, number, still(store, number, 800))
                number += 1
                try:
                    box.commit()
                except StoreError:
                    refused += 1
            held = store.head().seq
            (disk / "other").unlink()
            box.commit()
            records = [chain.read_record(raw) for raw in store.records()]
            assert [record.kind for record in records] == ["event.opened"] * number + ["disk.refused"]
            assert records[-1].body["times"] == 6
            assert held < number == store.counts().evidence
            assert list(chain.faults(store.records(), DEVICE_KEY.public_key(), chain.Head())) == []
