"""A station on loopback for each test that asks for one, on SQLite or on PostgreSQL."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ashore.boat import NOW, Boat
from ashore.postgresql import PostgreSql
from ashore.visitors import signed_in
from station import serving, tables
from station.app import Station, make_app, open_station


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """The tests of a module marked with `both_databases` that ask for a station run twice."""
    if "database" in metafunc.fixturenames and metafunc.definition.get_closest_marker("both_databases"):
        metafunc.parametrize("database", ["sqlite", "postgresql"], indirect=True)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSql]:
    with tempfile.TemporaryDirectory(prefix="sandwatch-") as folder:
        server = PostgreSql(Path(folder))
        yield server
        server.stop("immediate")


@pytest.fixture
def database(request: pytest.FixtureRequest) -> Iterator[str | None]:
    """None is the default, a SQLite file."""
    if getattr(request, "param", "sqlite") == "sqlite":
        yield None
        return
    server: PostgreSql = request.getfixturevalue("postgresql")
    yield server.shared
    server.clear(tables.tables)


@pytest.fixture
def station(tmp_path: Path, database: str | None) -> Iterator[Station]:
    opened = open_station(tmp_path / "station", database)
    yield opened
    opened.close()


@pytest.fixture
def url(station: Station) -> Iterator[str]:
    with serving.running(make_app(station, now=lambda: NOW), serving.listen("127.0.0.1", 0)) as address:
        yield address


@pytest.fixture
def boat(station: Station, url: str) -> Boat:
    """An enrolled boat that has sent nothing, and a supervisor who watches it."""
    return Boat(url).enrolled_at(station).watched_by(signed_in(station))
