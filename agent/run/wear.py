"""What the box writes to its card in a day, and how often it makes it durable: cards wear by both.

Bytes are the kernel's own count of what these processes sent to storage (`/proc/PID/io`). It counts no fsyncs, so
those are counted where they are made: in `agent.durable`, one for each transaction of the store, and four for each
file that the eyes seal (the file, its folder, and the same for its note). SQLite's checkpoints come on top.
"""

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import cast

from agent import durable

FILE = "wear.json"
DAYS_KEPT = 14
FSYNCS_A_FILE = 4
UNDATED = "undated"  # before the box knew what day it is


@dataclass(frozen=True, slots=True)
class Day:
    day: str
    bytes: int
    fsyncs: int


class Wear:
    """Adds up by day, in `wear.json` of the state folder; a power cut costs what was counted since the last note."""

    def __init__(self, state_dir: Path) -> None:
        self._state_dir = state_dir
        self._days = {day.day: day for day in days(state_dir)}
        self._seen: dict[int, int] = {}
        self._fsyncs = 0

    def note(self, utc: datetime | None, pids: tuple[int, ...], fsyncs: int) -> None:
        """Add what these processes wrote since the last note; `fsyncs` is the sum since the start. Raises OSError."""
        more_bytes = 0
        for pid in pids:
            written = _written(pid)
            # A process that is seen for the first time has written all of it since it began.
            more_bytes += max(0, written - self._seen.get(pid, 0))
            self._seen[pid] = written
        name = UNDATED if utc is None else utc.date().isoformat()
        held = self._days.get(name, Day(name, 0, 0))
        self._days[name] = Day(name, held.bytes + more_bytes, held.fsyncs + fsyncs - self._fsyncs)
        self._fsyncs = fsyncs
        kept = sorted(self._days)[-DAYS_KEPT:]
        self._days = {day: self._days[day] for day in kept}
        table = {day.day: [day.bytes, day.fsyncs] for day in self._days.values()}
        durable.write_file(self._state_dir / FILE, json.dumps(table).encode())


def days(state_dir: Path) -> tuple[Day, ...]:
    """What was noted, oldest first; nothing where there is no note or it is damaged."""
    try:
        table = cast("dict[str, list[int]]", json.loads((state_dir / FILE).read_bytes()))
        return tuple(Day(name, int(table[name][0]), int(table[name][1])) for name in sorted(table))
    except (OSError, ValueError, TypeError, AttributeError, IndexError):
        return ()


def _written(pid: int) -> int:
    try:
        lines = Path(f"/proc/{pid or os.getpid()}/io").read_text(encoding="ascii").splitlines()
    except OSError:
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("write_bytes")), 0)
