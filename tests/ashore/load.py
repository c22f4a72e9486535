"""A fleet that sends at once, by the real signed protocol, to several workers of one station.

A worker that does not answer is left for the next, as a proxy in front of them would do; what a box is not sure of
it sends again, as boxes do.
"""

import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import requests
import sqlalchemy as sa

from agent.types import Json
from ashore.boat import Boat
from station import tables
from station.app import open_station
from station.store import Store

ROOT = Path(__file__).parents[2]
PATIENCE_S = 120


@dataclass
class Load:
    """What came of it. `times_s` are those of answers that took a batch."""

    times_s: list[float] = field(default_factory=list)
    again: int = 0
    wall_s: float = 0.0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answered(self, seconds: float) -> None:
        with self._lock:
            self.times_s.append(seconds)

    def failed(self) -> None:
        with self._lock:
            self.again += 1


@contextmanager
def workers(
    folder: Path, database: str | None, number: int
) -> Iterator[list[tuple[str, "subprocess.Popen[str]"]]]:
    """Processes that serve one station; address and process of each."""
    options = [] if database is None else ["--database", database]
    command = [sys.executable, "-m", "station.cli", "serve", "--port", "0", "--folder", str(folder), *options]
    running: list[tuple[str, subprocess.Popen[str]]] = []
    try:
        for _ in range(number):
            process = subprocess.Popen(
                command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, cwd=ROOT
            )
            assert process.stdout is not None
            found = re.search(r"http://\S+?(?=/ )", process.stdout.readline())
            assert found is not None
            running.append((found.group(), process))
        yield running
    finally:
        for _, process in running:
            process.kill()
            process.wait(30)
            if process.stdout is not None:
                process.stdout.close()


def fleet(folder: Path, database: str | None, boats: int, records: int) -> list[Boat]:
    """Enrolled boats, each with so many records of track written and nothing sent."""
    made = [Boat("", device=f"box-{number:03d}", number=1 + number % 200) for number in range(boats)]
    station = open_station(folder, database)
    for boat in made:
        boat.enrolled_at(station)
        for number in range(records):
            point: dict[str, Json] = {
                "mono_ns": str(number + 1),
                "utc": None,
                "lat_deg": 10.26,
                "lon_deg": 105.5 + number / 1e4,
            }
            boat.write("track", {"points": [point]})
    station.close()
    return made


def send_all(
    made: list[Boat],
    addresses: list[str],
    batch: int,
    halfway: Callable[[], None] | None = None,
    callers: int = 32,
) -> Load:
    """Every boat sends its records in batches; `halfway` is called once, when half of the batches are in."""
    load = Load()
    batches = sum(-(-len(boat.records) // batch) for boat in made)
    struck = threading.Event()

    def sail(number: int) -> None:
        boat = made[number]
        for start in range(0, len(boat.records), batch):
            _deliver(boat, start, batch, addresses, number, load)
            if halfway is not None and len(load.times_s) >= batches // 2 and not struck.is_set():
                struck.set()
                halfway()

    begun = time.perf_counter()
    with ThreadPoolExecutor(callers) as pool:
        list(pool.map(sail, range(len(made))))
    load.wall_s = time.perf_counter() - begun
    return load


def _deliver(boat: Boat, start: int, batch: int, addresses: list[str], first: int, load: Load) -> None:
    give_up = time.monotonic() + PATIENCE_S
    turn = first
    while time.monotonic() < give_up:
        boat.url = addresses[turn % len(addresses)]
        begun = time.perf_counter()
        try:
            answer = boat.post(boat.records[start : start + batch])
        except requests.RequestException:
            answer = None
        if answer is not None and answer.status_code == 200:
            load.answered(time.perf_counter() - begun)
            return
        assert answer is None or answer.status_code == 503, answer.text
        load.failed()
        turn += 1
        time.sleep(0.1)  # a box waits longer; the test need not
    raise AssertionError(f"{boat.device} could not deliver")


def held(database_url: str, made: list[Boat]) -> tuple[int, int]:
    """Records that lack or are not the ones sent, and records beyond what was sent."""
    store = Store(database_url)
    column = tables.records.c
    with store.reading() as connection:
        rows = connection.execute(sa.select(column.device, column.seq, column.hash)).all()
    store.close()
    there = {(row.device, row.seq): row.hash for row in rows}
    sent = {(boat.device, record.seq): record.hash for boat in made for record in boat.records}
    lost = sum(there.get(key) != digest for key, digest in sent.items())
    return lost, len(rows) - len(sent)
