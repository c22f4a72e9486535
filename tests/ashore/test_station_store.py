"""The station's folder: durable settings, its key, one version, everything there again after a restart."""

import sqlite3
import threading
from pathlib import Path

import pytest
import sqlalchemy as sa

import builders
from agent.errors import StoreError
from agent.event.chain import public_text
from ashore.boat import NOW, Boat, evidence, files_under
from station import serving, shelf, tables
from station.app import Station, make_app, open_station
from station.enrolment import EnrolmentError, enrol
from station.identity import station_key
from station.spool import Spool
from station.store import Store, sqlite_url


def test_sqlite_keeps_a_write_ahead_log_and_waits_for_the_disk(station: Station) -> None:
    with station.store.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2
        assert connection.exec_driver_sql("PRAGMA foreign_keys").scalar() == 1


def test_database_that_cannot_keep_a_write_ahead_log_is_refused() -> None:
    with pytest.raises(StoreError, match="journal_mode"):
        Store("sqlite://")


def test_database_of_another_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "station.sqlite"
    store = Store(sqlite_url(path))
    with store.writing() as connection:
        connection.execute(sa.update(tables.schema).values(version=99))
    store.close()
    with pytest.raises(StoreError, match="format 99"):
        Store(sqlite_url(path))


def test_file_that_is_no_database_is_refused_in_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "station.sqlite"
    path.write_bytes(b"no database at all, but long enough to look like one" * 20)
    with pytest.raises(StoreError, match="cannot be opened"):
        Store(sqlite_url(path))


def test_writers_wait_for_each_other_and_lose_nothing(station: Station) -> None:
    def work(number: int) -> None:
        for step in range(20):
            with station.store.writing() as connection:
                enrol(connection, f"barge-{number}-{step}", Boat("", number=1 + number).public_key, "", NOW)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with station.store.reading() as connection:
        assert len(shelf.all_devices(connection)) == 80


def test_what_is_written_together_is_kept_together_or_not_at_all(station: Station) -> None:
    def half() -> None:
        with station.store.writing() as connection:
            enrol(connection, "barge", Boat("").public_key, "", NOW)
            enrol(connection, "no id", Boat("").public_key, "", NOW)

    with pytest.raises(EnrolmentError):
        half()
    with station.store.reading() as connection:
        assert shelf.all_devices(connection) == []


def test_station_key_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    first, again = station_key(tmp_path / "new"), station_key(tmp_path / "new")
    assert public_text(first.public_key()) == public_text(again.public_key())
    assert [path.name for path in files_under(tmp_path)] == ["station.key"]
    assert (tmp_path / "new" / "station.key").stat().st_mode & 0o777 == 0o600


def test_two_first_starts_at_once_agree_on_one_key(tmp_path: Path) -> None:
    found: list[str] = []
    gate = threading.Barrier(8)

    def start() -> None:
        gate.wait()
        found.append(public_text(station_key(tmp_path).public_key()))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(found)) == 1


@pytest.mark.parametrize("content", [b"", b"no key", b"-----BEGIN PRIVATE KEY-----\n"])
def test_damaged_station_key_is_never_replaced(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "station.key"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="holds no Ed25519 key"):
        station_key(tmp_path)
    assert path.read_bytes() == content


def test_restart_keeps_records_events_evidence_key_and_forks(tmp_path: Path) -> None:
    folder = tmp_path / "station"
    boat = Boat("")
    for run in range(2):
        opened = open_station(folder)
        with serving.running(make_app(opened, now=lambda: NOW), serving.listen("127.0.0.1", 0)) as boat.url:
            if run == 0:
                boat.enrolled_at(opened)
                boat.happens(builders.event(evidence=(evidence(b"picture"),)))
                first = boat.send()
                boat.upload(b"picture")
            else:
                assert boat.send()["head"] == first["head"]
                assert boat.head(evidence(b"picture").sha256).headers["Upload-Complete"] == "?1"
        with opened.store.reading() as connection:
            assert shelf.one_event(connection, boat.device, "voyage:test.1") is not None
        opened.close()
    with sqlite3.connect(folder / "station.sqlite") as database:
        assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    database.close()


@pytest.mark.parametrize("device", ["", "a/b", "x" * 65, "a b", "é", "a\n"])
def test_device_ids_are_what_the_wire_format_allows(station: Station, device: str) -> None:
    with station.store.writing() as connection, pytest.raises(EnrolmentError, match="device id"):
        enrol(connection, device, Boat("").public_key, "", NOW)


def test_second_key_under_one_id_is_refused(station: Station) -> None:
    with station.store.writing() as connection:
        assert enrol(connection, "barge", Boat("").public_key, "", NOW)
        assert not enrol(connection, "barge", Boat("").public_key, "New name", NOW)
        with pytest.raises(EnrolmentError, match="another key"):
            enrol(connection, "barge", Boat("", number=2).public_key, "", NOW)
        assert [(row.id, row.name) for row in shelf.all_devices(connection)] == [("barge", "New name")]


@pytest.mark.parametrize("name", ["../../station.key", "A" * 64, "ab" * 31, "", "ab" * 32 + "\n"])
def test_spool_gives_no_path_for_what_is_no_digest(tmp_path: Path, name: str) -> None:
    spool = Spool(tmp_path / "evidence")
    for ask in (spool.path, spool.held):
        with pytest.raises(ValueError, match="SHA-256"):
            ask(name)
    with pytest.raises(ValueError, match="SHA-256"):
        spool.append(name, 0, b"x", last=False)
    assert files_under(tmp_path) == []
