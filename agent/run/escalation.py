"""What to do when the agent ends again and again: start it, then cut the power of its USB devices, then reboot.

systemd starts it anew each time. A receiver or modem that hangs needs its power cut; a kernel that hangs needs a reboot.
At most one reboot an hour: none in the first hour of a boot, so a box that cannot be mended does not lie dead in a loop
of boots, and goes on watching with what still works.
"""

import json
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from agent import durable

FAILED = frozenset(("timeout", "exit-code", "signal", "core-dump", "watchdog", "oom-kill", "resources"))
SPAN_S = 1800.0
POWER_CYCLE_AT = 3  # failures within the span
REBOOT_AT = 6
NO_REBOOT_BEFORE_S = 3600.0  # of a boot
FILE = "failures.json"


class Measure(StrEnum):
    NOTHING = "nothing"
    POWER_CYCLE = "power_cycle"
    REBOOT = "reboot"


@dataclass(frozen=True, slots=True)
class History:
    """When the agent failed in this boot, in seconds since its start."""

    failures_s: tuple[float, ...] = ()
    cycled_s: float | None = None


def judge(history: History, result: str, uptime_s: float) -> tuple[Measure, History]:
    """What to do now that it ended with `result` ($SERVICE_RESULT), and what to remember."""
    if result not in FAILED:
        return Measure.NOTHING, history
    failures = (*(at for at in history.failures_s if uptime_s - at <= SPAN_S), uptime_s)
    if len(failures) >= REBOOT_AT and uptime_s >= NO_REBOOT_BEFORE_S:
        return Measure.REBOOT, History(failures, history.cycled_s)
    due = history.cycled_s is None or uptime_s - history.cycled_s > SPAN_S
    if len(failures) >= POWER_CYCLE_AT and due:
        return Measure.POWER_CYCLE, History(failures, uptime_s)
    return Measure.NOTHING, History(failures, history.cycled_s)


def load(run_dir: Path) -> History:
    """What was remembered in this boot (the folder is in memory); nothing where it cannot be read."""
    try:
        held = json.loads((run_dir / FILE).read_bytes())
        cycled = held["cycled_s"]
        return History(tuple(map(float, held["failures_s"])), None if cycled is None else float(cycled))
    except (OSError, ValueError, KeyError, TypeError):
        return History()


def save(run_dir: Path, history: History) -> None:
    """Raises OSError."""
    durable.make_folder(run_dir)
    fields = {"failures_s": history.failures_s, "cycled_s": history.cycled_s}
    durable.write_file(run_dir / FILE, json.dumps(fields).encode())
