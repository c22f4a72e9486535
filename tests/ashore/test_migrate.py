"""A station moves from SQLite to PostgreSQL and back, and nothing of it is lost on the way."""

from pathlib import Path

import pytest
import sqlalchemy as sa

import builders
from ashore.boat import NOW, Boat, evidence
from ashore.postgresql import PostgreSql
from ashore.visitors import account, signed_in
from station import migrate, shelf, tables
from station.accounts import Role
from station.app import Station, make_app, open_station
from station.migrate import MigrationError
from station.serving import listen, running
from station.store import Store, sqlite_url


@pytest.fixture
def worked(boat: Boat, station: Station) -> Station:
    """A station that has been at work: records, events, evidence, track, people."""
    for number in range(1, 8):
        at = builders.stamp(60 * number)
        file = evidence(f"picture {number}".encode())
        boat.happens(
            builders.event(event_id=f"voyage:test.{number}", opened=at, updated=at, evidence=(file,))
        )
        boat.write("unknown.kind", {"text": "Sông Hậu, đêm\u2028", "value": 0.1 + 0.2})
    boat.send()
    boat.upload(b"picture 1")
    return station


@pytest.fixture
def target(postgresql: PostgreSql) -> str:
    return postgresql.fresh()


def test_everything_is_the_same_on_the_other_side_and_the_station_goes_on_there(
    worked: Station, boat: Boat, target: str
) -> None:
    told: list[str] = []
    there = Store(target)
    migrate.migrate(worked.store, there, told.append)
    there.close()
    assert "events: 7 of 7 rows" in told
    moved = open_station(worked.folder, target)
    try:
        with running(make_app(moved, now=lambda: NOW), listen("127.0.0.1", 0)) as boat.url:
            boat.watched_by(signed_in(moved))
            assert boat.page("/events/barge-1/voyage:test.3").status_code == 200
            assert account(moved, Role.INSPECTOR, "newcomer") == 2  # not a number that is taken
            boat.write("gap", {})
            assert boat.send()["held_through_seq"] == 15
    finally:
        moved.close()


def test_a_copy_that_broke_off_goes_on_where_it_stopped(
    worked: Station, target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "BATCH_ROWS", 3)
    there = Store(target)

    def cut(sentence: str) -> None:
        if sentence == "records: 6 of 14 rows":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        migrate.migrate(worked.store, there, cut)
    told: list[str] = []
    found = migrate.migrate(worked.store, there, told.append)
    assert (
        next(each for each in told if each.startswith("records: ") and "of" in each)
        == "records: 9 of 14 rows"
    )
    assert found["records"].rows == 14
    there.close()


def test_back_from_postgresql_into_a_file(worked: Station, target: str, tmp_path: Path) -> None:
    there, back = Store(target), Store(sqlite_url(tmp_path / "back.sqlite"))
    forth = migrate.migrate(worked.store, there, lambda _: None)
    assert migrate.migrate(there, back, lambda _: None) == forth
    with back.reading() as connection:
        assert shelf.one_event(connection, "barge-1", "voyage:test.7") is not None
    there.close()
    back.close()


def test_one_changed_byte_on_the_other_side_is_found(worked: Station, tmp_path: Path) -> None:
    there = Store(sqlite_url(tmp_path / "other.sqlite"))
    migrate.migrate(worked.store, there, lambda _: None)
    with there.writing() as connection:
        connection.execute(sa.update(tables.records).where(tables.records.c.seq == 5).values(raw=b"another"))
    with pytest.raises(MigrationError, match="table records differs"):
        migrate.migrate(worked.store, there, lambda _: None)
    there.close()


def test_a_target_that_holds_more_is_no_copy(worked: Station, tmp_path: Path) -> None:
    there = open_station(tmp_path / "there")
    for number in (1, 2):
        Boat("", device=f"other-{number}").enrolled_at(there)
    with pytest.raises(MigrationError, match="table devices has 2 rows in the target"):
        migrate.migrate(worked.store, there.store, lambda _: None)
    there.close()
