"""What somebody ashore needs to help with a box, in one file that may be mailed: no key, no password, no evidence.

Every part stands by itself: what cannot be had is a sentence in its place, since a box that needs help is seldom whole.
"""

import json
import platform
import re
import shutil
import stat
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from agent import durable
from agent.errors import SandwatchError, StoreError
from agent.event import chain
from agent.outbox.view import View
from agent.run import wear
from agent.run.build import tools
from agent.run.build.runs import version
from agent.run.flash.home import Home
from agent.run.tell import counts_text, delivery_lines
from hw.board import read_board

LAST_RECORDS = 2000  # their kinds and times; a box makes about 500 a day
TOLD_WHOLE = ("heartbeat", "source", "gap", "time.anchor", "tombstone", "disk.refused", "chain.segment")
LOG_LINES = 5000
LOG_S = 20.0
MOST_FILES = 5000
HIDDEN = "***"
# Of an address: the name and password before its host, and what is called so behind a question mark.
_USER_INFO = re.compile(r"(?<=://)[^/@\s\"']+(?=@)")
_ASKED = re.compile(r"(?i)(?<=[?&])((?:user|usr|login|pwd|pass|passwd|password|token|key|auth)=)[^&\"'\s]+")

ABOUT = """Sandwatch support bundle

about.json     versions, board, when this was made
agent.toml     the config; names and passwords in addresses are replaced by {hidden}
flash.json     what the config stick brought last (with --flashed)
status.txt     what is delivered and what is not
records.jsonl  number, time and kind of the last {records} records; of heartbeats and the like the whole
files.txt      names, sizes and modes in the state folder; not their contents
journal.txt    the last {lines} lines of the log

No key, no picture, no position is in here. Look through it before you send it.
"""


def masked(text: str) -> str:
    """`text` without the names and passwords that stand in addresses."""
    return _ASKED.sub(lambda found: found[1] + HIDDEN, _USER_INFO.sub(HIDDEN, text))


def write(out: Path, config: Path | None, state: Path, home: Home | None = None) -> list[str]:
    """Write the bundle; returns what could not be had, in sentences. Raises StoreError where `out` cannot be written."""
    lacking = []
    try:
        durable.make_folder(out.parent)
        with out.open("xb") as file:
            out.chmod(0o600)
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
                archive.writestr(
                    "README.txt", ABOUT.format(hidden=HIDDEN, records=LAST_RECORDS, lines=LOG_LINES)
                )
                for name, part in _parts(config, state, home):
                    try:
                        text = part()
                    except (SandwatchError, OSError, ValueError, subprocess.SubprocessError) as error:
                        text = f"could not be had: {error}\n"
                        lacking.append(f"{name}: {error}")
                    archive.writestr(name, masked(text))
    except FileExistsError:
        raise StoreError(f"{out} is there already: give another name") from None
    except OSError as error:
        raise StoreError(f"{out} cannot be written: {error.strerror}") from error
    return lacking


def _parts(config: Path | None, state: Path, home: Home | None) -> Iterator[tuple[str, Callable[[], str]]]:
    yield "about.json", _about
    if config is not None:
        yield "agent.toml", lambda: config.read_text("utf-8")
    if home is not None:
        yield "flash.json", lambda: home.state().model_dump_json(indent=1)
    yield "status.txt", lambda: _status(state)
    yield "records.jsonl", lambda: _records(state)
    yield "files.txt", lambda: _files(state)
    yield "journal.txt", _journal


def _about() -> str:
    made = tools.now()
    about = {
        "made": None if made is None else made.isoformat(timespec="seconds"),
        "sandwatch": version(),
        "python": sys.version.split()[0],
        "system": platform.platform(),
        "board": asdict(read_board()),
    }
    return json.dumps(about, indent=1, ensure_ascii=False) + "\n"


def _status(state: Path) -> str:
    with View.open_reading(state) as view:
        lines = [f"device {view.device()}: {counts_text(view.counts())}", *delivery_lines(view)]
    lines += [
        f"written on {day.day}: {day.bytes / 1e6:.1f} MB, {day.fsyncs} fsyncs" for day in wear.days(state)
    ]
    used = shutil.disk_usage(state)
    return "\n".join([*lines, f"disk: {used.free >> 20} MB free of {used.total >> 20}"]) + "\n"


def _records(state: Path) -> str:
    with View.open_reading(state) as view:
        rows = [_told(raw) for raw in view.records(max(1, view.head().seq - LAST_RECORDS + 1))]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


def _told(raw: bytes) -> dict[str, object]:
    record = chain.read_record(raw)
    row: dict[str, object] = {"seq": record.seq, "utc": record.utc, "kind": record.kind}
    return row | {"body": dict(record.body)} if record.kind in TOLD_WHOLE else row


def _files(state: Path) -> str:
    lines = []
    for path in islice(sorted(state.rglob("*")), MOST_FILES):
        held = path.lstat()
        when = datetime.fromtimestamp(held.st_mtime, UTC).isoformat(timespec="seconds")
        lines.append(f"{stat.filemode(held.st_mode)} {held.st_size:>12} {when} {path.relative_to(state)}\n")
    return "".join(lines)


def _journal() -> str:
    journalctl = shutil.which("journalctl")
    if journalctl is None:
        raise StoreError("this system has no journalctl")
    asked = [journalctl, "--unit=sandwatch*", f"--lines={LOG_LINES}", "--output=short-iso", "--no-pager"]
    done = subprocess.run(asked, capture_output=True, text=True, errors="replace", timeout=LOG_S, check=False)
    return done.stdout or done.stderr
