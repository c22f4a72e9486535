"""What the core does when the disk refuses, a picture vanishes, or a store holds something else."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from agent import durable
from agent.errors import StoreError
from agent.event import chain, receipt
from agent.event.wire import utc_text
from agent.licence.licence import parse_licences
from agent.licence.rules import Terms
from agent.outbox.store import Store
from agent.run.build.heartbeat import heartbeat
from agent.run.core import Core
from agent.run.inbox import Inbox
from agent.run.lanes import Lanes
from agent.types import EvidenceFile, Fix, Look, Origin, Seal, Sealed
from agent.watch import Watch, WatchSettings
from builders import SECOND, evidence_file, fix, key
from hw.fakes import FakeClock

FILE = Path(__file__).parents[2] / "config" / "licences" / "example-tan-loc.geojson"
LICENCES = parse_licences(FILE.read_text(encoding="utf-8"), FILE.name)
BOOT = "voyage:test"
NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)


class FullDisk(Store):
    """A store whose disk is full for so many commits."""

    refusals = 0

    def commit(self, *given: Any, **named: Any) -> None:
        if self.refusals > 0:
            self.refusals -= 1
            raise StoreError("no space left on device")
        super().commit(*given, **named)


class OnePicture:
    """Eyes that seal the same picture for every order; `keep` False lets it vanish before the commit."""

    def __init__(self, root: Path, *, keep: bool = True) -> None:
        self._root = root
        self._keep = keep

    def look(self, order: Look) -> None:
        del order

    def seal(self, order: Seal) -> Sealed:
        data = b"not really a picture"
        sha256 = hashlib.sha256(data).hexdigest()
        if self._keep:
            path = durable.evidence_path(self._root, sha256, "image/jpeg")
            durable.make_folder(path.parent)
            durable.write_file(path, data)
        file: EvidenceFile = evidence_file(sha256, size_bytes=len(data), mono_ns=order.to_mono_ns)
        return Sealed(order.to_mono_ns, order.event_id, (file,))


def lying_outside(seconds: int) -> Iterator[Fix]:
    for at in range(seconds):
        yield fix(at, lat_deg=10.25, lon_deg=105.59)


def core(store: Store, sight: OnePicture | None = None, boot_id: str = BOOT) -> Core:
    settings = WatchSettings(
        terms=Terms("dredger", has_gear=True, licences=LICENCES), cameras=("deck",) if sight else ()
    )
    watch = Watch(settings, boot_id, Origin("replay", "test", synthetic=True))
    return Core(watch, chain.Chain("SW-1", boot_id, key(), store.head()), store, sight)


def bodies(store: Store, kind: str) -> list[dict[str, Any]]:
    records = [json.loads(raw) for raw in store.records()]
    return [record["body"] for record in records if record["kind"] == kind]


def faults(raws: Sequence[bytes]) -> list[chain.Fault]:
    return list(chain.faults(raws, key().public_key(), chain.Head()))


def test_what_a_full_disk_refused_is_stored_once_there_is_room(tmp_path: Path) -> None:
    with Store.open(tmp_path / "good", "SW-1") as good:
        undisturbed = core(good)
        for reading in lying_outside(400):
            undisturbed.take(reading)
        whole = list(good.records())
    with FullDisk(tmp_path / "full", "SW-1") as full:
        box = core(full)
        refused = 0
        for number, reading in enumerate(lying_outside(400)):
            if number == 200:
                full.refusals = 3  # the event opens meanwhile
            try:
                box.take(reading)
            except StoreError:
                refused += 1
        assert refused == 3
        *held, last = full.records()
        assert held == whole
        assert faults([*held, last]) == []
        (told,) = bodies(full, "disk.refused")
        assert (told["times"], told["why"]) == (3, "no space left on device")
        assert len(bodies(full, "event.opened")) == 1


def test_every_ten_minutes_the_box_says_how_it_is(tmp_path: Path) -> None:
    with Store.open(tmp_path, "SW-1") as store:
        watch = Watch(WatchSettings(terms=Terms("patrol", has_gear=False, licences=())), BOOT, Origin("live"))
        links = chain.Chain("SW-1", BOOT, key(), store.head())
        lanes, inbox = Lanes(FakeClock()), Inbox()
        box = Core(watch, links, store, heartbeat=lambda: heartbeat(store, inbox, lanes, None))
        for at in range(0, 1500, 5):
            box.take(fix(at))
        box.commit()
        beats = bodies(store, "heartbeat")
        assert len(beats) == 2
        assert (beats[0]["standing"], beats[0]["dropped"], beats[0]["eyes_starts"]) == ([], {}, None)
        assert beats[0]["disk_free_mb"] > 0
        assert beats[0]["last_receipt_utc"] is None
        raw = receipt.make_receipt(key(2), "loopback", "SW-1", store.head(), (), NOON)
        store.accept(receipt.open_receipt(raw, key(2).public_key(), "SW-1"))
        told = heartbeat(store, inbox, lanes, None)
        assert (told["last_receipt_utc"], told["acknowledged_through"]) == (utc_text(NOON), store.head().seq)
        assert faults(list(store.records())) == []


def test_a_full_disk_is_not_asked_again_at_every_fix(tmp_path: Path) -> None:
    with FullDisk(tmp_path, "SW-1") as full:
        box = core(full)
        full.refusals = 1000
        for reading in lying_outside(300):
            try:
                box.take(reading)
            except StoreError:
                continue
        assert 1000 - full.refusals <= 300 / 5 + 1


def test_pictures_on_disk_are_named_by_the_record(tmp_path: Path) -> None:
    with Store.open(tmp_path, "SW-1") as store:
        box = core(store, OnePicture(store.evidence_root))
        for reading in lying_outside(300):
            box.take(reading)
        (updated,) = bodies(store, "event.updated")
        assert len(updated["evidence"]) == 1
        assert store.counts().evidence == 1


def test_a_picture_that_vanished_before_the_commit_is_not_named_and_the_record_says_so(
    tmp_path: Path,
) -> None:
    with Store.open(tmp_path, "SW-1") as store:
        box = core(store, OnePicture(store.evidence_root, keep=False))
        for reading in lying_outside(300):
            box.take(reading)
        (updated,) = bodies(store, "event.updated")
        assert updated["evidence"] == []
        assert updated["notes"][-1]["code"] == "evidence_missing"
        assert faults(list(store.records())) == []


def test_a_replay_of_other_input_into_a_filled_store_is_refused(tmp_path: Path) -> None:
    with Store.open(tmp_path, "SW-1") as store:
        first = core(store)
        for reading in lying_outside(400):
            first.take(reading)
        held = list(store.records())
        again = core(store)
        until = again.follow_store(BOOT)
        for at in range(until - 1):
            again.take(fix(at, lat_deg=10.26, lon_deg=105.58))
        with pytest.raises(StoreError, match="other input or another config"):
            again.take(fix(until, lat_deg=10.26, lon_deg=105.58))
        with pytest.raises(StoreError, match="give another folder"):
            core(store, boot_id="voyage:other").follow_store("voyage:other")
        assert list(store.records()) == held


def test_the_last_commit_can_be_asked_for_its_boot_and_moment(tmp_path: Path) -> None:
    with Store.open(tmp_path, "SW-1") as store:
        box = core(store)
        assert box.last_stamp() is None
        for reading in lying_outside(100):
            box.take(reading)
        box.commit()
        told = box.last_stamp()
        assert told is not None
        boot, stamp = told
        assert boot == BOOT
        assert stamp.mono_ns == 99 * SECOND
