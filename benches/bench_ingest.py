"""Ingest: 500 boxes at once by the signed protocol, on SQLite with one process and on PostgreSQL with four.

    python benches/bench_ingest.py [--boats 500] [--records 64] [--batch 32]

PostgreSQL is the one of Debian, started in a temporary folder with its own settings for durability (fsync on). On
PostgreSQL there are three runs: undisturbed, a worker killed half-way, PostgreSQL crashed and started again half-way.
The callers run on the same cores as what they call.
"""

import argparse
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from ashore.load import fleet, held, send_all, workers  # noqa: E402 - of the tests
from ashore.postgresql import PostgreSql  # noqa: E402
from station.store import sqlite_url  # noqa: E402

DURABLE = ("max_connections=200", "shared_buffers=128MB", "unix_socket_directories=")


def run(name: str, url: str | None, processes: int, disturb: str, crash: Callable[[], None]) -> None:
    """One fleet, one station, one line of figures."""
    asked = arguments()
    with tempfile.TemporaryDirectory() as folder:
        made = fleet(Path(folder), url, asked.boats, asked.records)
        with workers(Path(folder), url, processes) as serving:
            strike = {"kill": serving[0][1].kill, "crash": crash}.get(disturb)
            load = send_all(made, [address for address, _ in serving], asked.batch, strike)
        lost, doubled = held(url or sqlite_url(Path(folder) / "station.sqlite"), made)
    times = sorted(load.times_s)
    print(
        f"{name:44} {asked.boats * asked.records / load.wall_s:7.0f} records/s   batch of {asked.batch}: median "
        f"{statistics.median(times) * 1000:.0f} ms, p99 {times[int(len(times) * 0.99)] * 1000:.0f} ms   sent again "
        f"{load.again}   lost {lost}   doubled {doubled}",
        flush=True,
    )


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--boats", type=int, default=500)
    parser.add_argument("--records", type=int, default=64)
    parser.add_argument("--batch", type=int, default=32)
    return parser.parse_args()


def main() -> None:
    """SQLite, then PostgreSQL three times."""
    run("SQLite, 1 process", None, 1, "", lambda: None)
    with tempfile.TemporaryDirectory(prefix="sandwatch-") as folder:
        server = PostgreSql(Path(folder), DURABLE)

        def crash() -> None:
            server.stop("immediate")
            server.start()

        for name, disturb in (("", ""), (", one killed", "kill"), (", PostgreSQL crashed", "crash")):
            run(f"PostgreSQL, 4 processes{name}", server.fresh(), 4, disturb, crash)
        server.stop()


if __name__ == "__main__":
    main()
