"""A real station and a real agent, each a process of its own, on loopback and in a folder of the test."""

import contextlib
import json
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

ROOT = Path(__file__).parents[2]
VOYAGE = ROOT / "tests" / "voyages" / "tan-loc-evening"
DEVICE = "SW-DEMO-0001"


def sandwatch(*arguments: str) -> str:
    """Run the agent's command line to its end and return what it printed; a failure shows its errors."""
    done = subprocess.run(
        [sys.executable, "-m", "agent", *arguments], capture_output=True, text=True, check=False, timeout=240
    )
    assert done.returncode == 0, done.stderr + done.stdout
    return done.stdout


@dataclass
class Shore:
    """A station's folder and how to start it; `port` stays the same over restarts."""

    folder: Path
    port: int = 0

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "station.cli", *arguments, "--folder", str(self.folder)]

    def enrol(self, key: str) -> str:
        """Enrol the device; returns the station's public key."""
        done = subprocess.run(
            self.command("enrol", DEVICE, key), capture_output=True, text=True, check=True, timeout=60
        )
        found = re.search(r'public_key = "([^"]+)"', done.stdout)
        assert found is not None, done.stdout
        return found.group(1)

    def visitor(self, url: str) -> requests.Session:
        """A supervisor, signed in at the running station by what the command line gave her."""
        done = subprocess.run(
            self.command("account", "add", "lan", "--role", "supervisor"),
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        password = done.stdout.splitlines()[0].rpartition(" ")[2]
        visitor = requests.Session()
        page = visitor.post(url + "/login", data={"name": "lan", "password": password}, timeout=30)
        csrf = page.text.partition('name="csrf" value="')[2].partition('"')[0]
        chosen = {"old": password, "new": "phu sa song hau", "again": "phu sa song hau", "csrf": csrf}
        assert visitor.post(url + "/password", data=chosen, timeout=30).status_code == 200
        return visitor

    @contextlib.contextmanager
    def serving(self) -> Iterator[str]:
        """The station runs; gives its address. Ended by SIGTERM."""
        child = subprocess.Popen(
            self.command("serve", "--port", str(self.port)), stdout=subprocess.PIPE, text=True
        )
        try:
            assert child.stdout is not None
            line = child.stdout.readline()
            found = re.search(r"(http://127\.0\.0\.1:(\d+))", line)
            assert found is not None, line
            self.port = int(found.group(2))
            yield found.group(1)
        finally:
            child.terminate()
            child.wait(30)
            assert child.stdout is not None
            child.stdout.close()

    def records(self) -> list[bytes]:
        """The bytes of every record held, in order of seq."""
        return [bytes(raw) for (raw,) in self._rows("SELECT raw FROM records ORDER BY seq")]

    def evidence(self) -> dict[str, bool]:
        """Digest -> held in full."""
        return {str(digest): bool(held) for digest, held in self._rows("SELECT sha256, held FROM evidence")}

    def events(self) -> list[str]:
        return [str(event_id) for (event_id,) in self._rows("SELECT event_id FROM events ORDER BY event_id")]

    def _rows(self, query: str) -> list[tuple[Any, ...]]:
        with contextlib.closing(sqlite3.connect(self.folder / "station.sqlite")) as connection:
            return connection.execute(query).fetchall()


@dataclass
class Boat:
    """The agent's state folder and the command that replays the bundled voyage into it."""

    state: Path
    url: str | None = None
    station_key: str | None = None

    def key(self) -> str:
        return sandwatch("key", "--state", str(self.state)).strip()

    def command(self, *more: str) -> list[str]:
        command = [
            sys.executable,
            "-m",
            "agent",
            "run",
            "--replay",
            str(VOYAGE),
            "--state",
            str(self.state),
            *more,
        ]
        if self.url is not None and self.station_key is not None:
            command += ["--station", self.url, "--station-key", self.station_key]
        return command

    def run(self, *more: str) -> str:
        """Replay to the end."""
        done = subprocess.run(self.command(*more), capture_output=True, text=True, check=False, timeout=240)
        assert done.returncode == 0, done.stderr + done.stdout
        return done.stdout

    def run_and_kill(self, after_s: float) -> bool:
        """Replay and kill -9 after so many seconds; False if it had ended by itself before."""
        child = subprocess.Popen(self.command(), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(after_s)
        ended = child.poll() is not None
        child.kill()
        child.wait()
        return not ended

    def status(self) -> dict[str, object]:
        told = json.loads(sandwatch("status", "--state", str(self.state), "--json"))
        assert isinstance(told, dict)
        return told
