"""A station on loopback for each test that asks for one."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ashore.boat import NOW, Boat
from ashore.visitors import signed_in
from station import serving
from station.app import Station, make_app, open_station


@pytest.fixture
def station(tmp_path: Path) -> Iterator[Station]:
    opened = open_station(tmp_path / "station")
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
