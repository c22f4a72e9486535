"""A box for a simulated day and for three: what it writes, what it keeps in memory, and what it does on a full disk."""

import gc
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

import builders
from agent.event import chain
from agent.event.head import make_head_receipt, read_head_text
from agent.event.receipt import make_receipt
from agent.licence.rules import Terms
from agent.outbox.retention import Budget, Floor, retire, shortage
from agent.outbox.store import Store
from agent.outbox.upload import Uploader
from agent.run.core import Core
from agent.types import Answer, Event, EventChange, HeadNote, Json, Origin, Parcel, RecordBatch, Step
from agent.watch import Watch, WatchSettings
from builders import fix
from durability import needs
from durability.box import keep
from outbox.outbox_builders import DEVICE, DEVICE_KEY, NOON, STATION_KEY

DAY_S = 86_400


def core(store: Store, floor: Floor | None = None) -> Core:
    watch = Watch(WatchSettings(terms=Terms("dredger", has_gear=True, licences=())), "boot-1", Origin("live"))
    return Core(watch, chain.Chain(DEVICE, "boot-1", DEVICE_KEY, store.foothold()), store, floor=floor)


def happening(box: Core, store: Store, number: int, size_bytes: int = 2000) -> None:
    """An event with one still comes into the core, as a step of the watch brings it."""
    data = f"{number:08d}".encode() * (size_bytes // 8)
    file = keep(store.evidence_root, data, f"e{number}")
    event: Event = builders.event(event_id=f"e{number}", evidence=(file,))
    box._keep(Step(box._watch.stamp, events=(EventChange("event.opened", event),)))


# ── the write budget of a day ─────────────────────────────────────────────────────────────────────────


def a_day(folder: Path, hours: int, events: int) -> None:
    """One fix a second, `events` events; run as a child under strace."""
    with Store.open(folder, DEVICE) as store:
        box = core(store)
        seconds = hours * 3600
        for at in range(seconds):
            box.take(fix(at, lat_deg=10.2575820 + (at % 7) * 1e-6, lon_deg=105.5794440))
            if at % (seconds // events) == 5:
                happening(box, store, at, size_bytes=150_000)
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
                happening(box, store, number, size_bytes=800)
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


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    needs.programs("mount")
    with needs.mounted(tmp_path / "disk", "-t", "tmpfs", "-o", "size=64m,nr_inodes=900", "tmpfs") as place:
        yield place


def full(disk: Path, events: int, size_bytes: int, floor: Floor) -> tuple[int, int]:
    """Files kept and files deleted, each with its tombstone."""
    with Store.open(disk / "box", DEVICE) as store:
        box = core(store, floor)
        for number in range(events):
            happening(box, store, number, size_bytes)
            box.commit()
            assert not shortage(
                store.evidence_root,
                replace(
                    floor, free_bytes=floor.free_bytes - size_bytes * 2, free_inodes=floor.free_inodes - 4
                ),
            )
        told = [
            str(item["sha256"])
            for raw in store.records()
            if (record := chain.read_record(raw)).kind == "tombstone"
            for item in cast("list[dict[str, Json]]", record.body["deleted"])
        ]
        rows = store._rows("SELECT sha256, file, seq FROM evidence ORDER BY seq")
        gone = [row[0] for row in rows if row[1] != "kept"]
        kept = [row[0] for row in rows if row[1] == "kept"]
        assert sorted(told) == sorted(gone), "a file went without a tombstone"
        assert [row[0] for row in rows] == gone + kept, "the newest are kept"
        assert len(kept) + len(gone) == events
        return len(kept), len(gone)


def test_a_full_disk_keeps_the_newest_and_names_what_went(small_disk: Path) -> None:
    """By inodes: a file and its note for each event, 900 in all."""
    kept, gone = full(small_disk, 600, 800, Floor(1 << 20, free_inodes=60))
    assert gone > 200
    assert kept > 50


@pytest.mark.soak
def test_full_disk_offered_ten_thousand_events(small_disk: Path) -> None:
    kept, gone = full(small_disk, 10_000, 20_000, Floor(4 << 20, free_inodes=60))
    print(f"\n10,000 events on a disk of 64 MB and 900 inodes: {kept} newest stills kept, {gone} tombstones")  # noqa: T201
