"""The station's list and event page with 100,000 events: server time, memory.

    python benches/bench_station.py [--events 100000] [--folder DIR]

The store is filled through the tables of the projection, not through the protocol: what is measured is reading.
Each page is asked 30 times over loopback on one connection, signed in; the figure is the median of the whole
exchange, and the CPU it took the server. Memory is the peak of a process that only serves.
"""

import argparse
import json
import os
import re
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import requests
import sqlalchemy as sa

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import builders  # noqa: E402 - the builders of the tests
from agent.event import chain, wire  # noqa: E402
from agent.types import FindingKind, Verdict  # noqa: E402
from station import accounts, sessions, tables  # noqa: E402
from station.accounts import Role  # noqa: E402
from station.app import Station, open_station  # noqa: E402
from station.clock import utc_now  # noqa: E402
from station.enrolment import enrol  # noqa: E402
from station.ruling import State  # noqa: E402
from station.weight import HEAVIEST, weight_of  # noqa: E402

DEVICES = 500
TRACK_POINTS = 10  # of each event
BATCH = 2000
ASKED = 30
KINDS = (
    FindingKind.OUTSIDE_AREA,
    FindingKind.OUTSIDE_HOURS,
    FindingKind.WRONG_MINE,
    FindingKind.QUOTA_PASSED,
)
VERDICTS = (Verdict.BREACH, Verdict.UNDETERMINED, Verdict.PERMITTED, Verdict.PERMITTED)


def fill(station: Station, events: int) -> None:
    """So many events of 500 boxes, a tenth of them waiting, ten points of track each."""
    now = utc_now()
    with station.store.writing() as connection:
        for number in range(DEVICES):
            key = chain.public_text(builders.key(1 + number % 200).public_key())
            enrol(connection, f"box-{number:03d}", key, f"Sà lan {number:03d}", now)
    for first in range(0, events, BATCH):
        with station.store.writing() as connection:
            write(connection, range(first, min(events, first + BATCH)))


def write(connection: sa.Connection, numbers: range) -> None:
    """The rows of some events, as the projection would have written them."""
    rows: dict[str, list[dict[str, object]]] = {
        "records": [],
        "events": [],
        "reviews": [],
        "terms": [],
        "track": [],
    }
    for number in numbers:
        device, seq = f"box-{number % DEVICES:03d}", 1 + number // DEVICES
        moment = datetime(2025, 11, 20, tzinfo=UTC) + timedelta(seconds=310 * number)
        opened = replace(builders.stamp(60.0 * number), utc=moment)
        kind, verdict = KINDS[number % 4], VERDICTS[number // 7 % 4]
        finding = builders.finding(verdict=verdict, kind=kind, licence=f"{number % 60:02d}/GP")
        event = builders.event(
            event_id=f"e{number}",
            opened=opened,
            updated=opened,
            closed=opened,
            findings=(finding,),
            evidence=(),
        )
        utc, weight = wire.utc_text(moment), weight_of(event)
        body = wire.canonical(wire.event_body(event)).decode()
        here = {"device": device, "event_id": event.event_id}
        state = State.CLEAR if weight == 0 else State.NEW if number % 5 == 0 else State.NO_BREACH
        rows["records"].append(
            {"device": device, "seq": seq, "hash": f"{number:064x}", "kind": "event.closed", "utc": utc}
            | {"raw": body.encode(), "received_utc": utc}
        )
        rows["events"].append(
            here
            | {
                "happening": event.happening.value,
                "verdict": verdict.value,
                "order_utc": utc,
                "opened_utc": utc,
            }
            | {"closed": True, "closed_utc": utc, "origin": "replay", "synthetic": True, "voyage": "bench"}
            | {"boot_id": "voyage:bench", "first_seq": seq, "last_seq": seq, "body": body}
        )
        rows["reviews"].append(
            here
            | {"state": state.value, "waiting": state is State.NEW, "lightness": HEAVIEST - weight}
            | {"order_utc": utc, "vessel": f"CT-{number % DEVICES:05d}", "lat_deg": 10.26, "lon_deg": 105.578}
        )
        for what, value in (("kind", kind.value), ("licence", finding.licence)):
            rows["terms"].append(
                here
                | {"what": what, "value": value, "order_utc": utc}
                | {"waiting": state is State.NEW, "lightness": HEAVIEST - weight}
            )
        rows["track"] += [
            {"device": device, "boot_id": "voyage:bench", "mono_ns": opened.mono_ns + step, "utc": utc}
            | {"lat_deg": 10.26, "lon_deg": 105.578 + step / 1e4}
            for step in range(TRACK_POINTS)
        ]
    for name, found in rows.items():
        connection.execute(sa.insert(tables.tables.tables[name]), found)


def cpu_ms(process: int) -> float:
    """CPU that a process has taken: what a page costs also on a machine that does other work."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * 1000 / os.sysconf("SC_CLK_TCK")


def measure(url: str, cookie: str, events: int, server: int) -> None:
    """Medians of the pages people open most, and the worst choice of filters we know."""
    middle = events // 2 // DEVICES * DEVICES
    pages = {
        "queue": "/queue",
        "list": "/",
        "list, one kind": "/?kind=wrong_mine",
        "queue, one licence": "/queue?licence=07/GP",
        "queue, one vessel": "/queue?vessel=CT-00007",
        "queue, one kind": "/queue?kind=wrong_mine",
        "list, one vessel": "/?vessel=CT-00007",
        "list, one box": "/?device=box-007",
        "list, one verdict": "/?verdict=breach",
        "list, what waits": "/?state=waiting",
        "list, a week": "/?since=2026-03-02&until=2026-03-08",
        "rows as JSON": "/api/events?state=waiting&order=queue",
        "event page": f"/events/box-000/e{middle}?order=queue",
        "statistics": "/statistics",
    }
    with requests.Session() as visitor:
        visitor.cookies.set("session", cookie)
        for name, path in pages.items():
            times, before = [], cpu_ms(server)
            for _ in range(ASKED):
                begun = time.perf_counter()
                answer = visitor.get(url + path, timeout=60)
                times.append((time.perf_counter() - begun) * 1000)
                assert answer.status_code == 200, (path, answer.status_code)
            cost = (cpu_ms(server) - before) / ASKED
            print(
                f"{name:20} median {statistics.median(times):7.1f} ms   worst {max(times):7.1f} ms   "
                f"CPU of the server {cost:5.1f} ms",
                flush=True,
            )


def main() -> None:
    """Fill, serve in a process of its own, ask."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--events", type=int, default=100_000)
    parser.add_argument("--folder", type=Path, help="keep the filled station here, and use it if it is there")
    arguments = parser.parse_args()
    events: int = arguments.events
    with tempfile.TemporaryDirectory() as temporary:
        folder: Path = arguments.folder or Path(temporary)
        filled = (folder / "station.sqlite").exists()
        station = open_station(folder)
        begun = time.perf_counter()
        if not filled:
            fill(station, events)
        with station.store.writing() as connection:
            if not filled:
                accounts.add(connection, "bench", Role.SUPERVISOR, "", "", utc_now())
            account = accounts.find(connection, "bench")
            assert account is not None
            accounts.choose_password(connection, account, "only for the bench", utc_now())
            cookie = sessions.begin(connection, account.number, utc_now())
        station.close()
        print(
            json.dumps({"events": events, "devices": DEVICES, "fill_s": round(time.perf_counter() - begun)})
        )
        command = [sys.executable, "-m", "station.cli", "serve", "--port", "0", "--folder", str(folder)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as server:
            try:
                assert server.stdout is not None
                found = re.search(r"http://\S+?(?=/ )", server.stdout.readline())
                assert found is not None
                measure(found.group(), cookie, events, server.pid)
            finally:
                server.terminate()
                server.wait(30)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        print(f"memory of the serving process, peak: {peak / 1024:.0f} MB")


if __name__ == "__main__":
    main()
