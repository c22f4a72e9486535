"""Many boxes at once, several workers, and what breaks under them: nothing lost, nothing twice."""

from pathlib import Path

from ashore.load import fleet, held, send_all, workers
from ashore.postgresql import PostgreSql
from station.store import sqlite_url


def test_a_worker_killed_under_load_loses_and_doubles_nothing(tmp_path: Path, postgresql: PostgreSql) -> None:
    url = postgresql.fresh()
    boats = fleet(tmp_path, url, boats=12, records=40)
    with workers(tmp_path, url, 2) as serving:
        load = send_all(boats, [address for address, _ in serving], 10, halfway=serving[0][1].kill)
    assert load.again > 0
    assert held(url, boats) == (0, 0)


def test_postgresql_that_crashes_under_load_loses_and_doubles_nothing(
    tmp_path: Path, postgresql: PostgreSql
) -> None:
    url = postgresql.fresh()
    boats = fleet(tmp_path, url, boats=12, records=40)

    def crash() -> None:
        postgresql.stop("immediate")
        postgresql.start()

    with workers(tmp_path, url, 2) as serving:
        send_all(boats, [address for address, _ in serving], 10, halfway=crash)
    assert held(url, boats) == (0, 0)


def test_two_processes_on_one_sqlite_file_lose_and_double_nothing(tmp_path: Path) -> None:
    boats = fleet(tmp_path, None, boats=6, records=20)
    with workers(tmp_path, None, 2) as serving:
        send_all(boats, [address for address, _ in serving], 10)
    assert held(sqlite_url(tmp_path / "station.sqlite"), boats) == (0, 0)
