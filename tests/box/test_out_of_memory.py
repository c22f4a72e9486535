"""The eyes run out of memory in the cgroup that they share with the core: they alone are ended, and the core watches on."""

import contextlib
import json
import os
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.errors import StoreError
from agent.outbox.database import DATABASE
from agent.outbox.view import View
from gnss.plugged_receiver import framed, sending
from lacking import lacking

RMC = framed("GNRMC,100000.00,A,1015.67380,N,10534.76282,E,0.071,178.72,201126,,,A,V")
GROUPS = Path("/sys/fs/cgroup")
LIMIT_BYTES = 400 << 20  # MemoryMax of the unit
WITHIN_S = 120.0
SIDE = 16_000
CONFIG = """
[device]
id = "SW-1"
[own_vessel]
kind = "dredger"
[gnss]
source = "{gnss}"
[[camera]]
name = "deck"
url = "{stills}"
clips = false
"""


@contextlib.contextmanager
def group(name: str) -> Iterator[Path]:
    """A cgroup with the memory limit of the unit; removed when it is empty."""
    unified = (GROUPS / "cgroup.controllers").exists()
    folder = (GROUPS if unified else GROUPS / "memory") / f"sandwatch-test-{name}"
    limits = (
        {"memory.max": LIMIT_BYTES, "memory.swap.max": 0}
        if unified
        else {"memory.limit_in_bytes": LIMIT_BYTES}
    )
    try:
        folder.mkdir()
        for file, value in limits.items():
            if (folder / file).exists() or file != "memory.swap.max":
                (folder / file).write_text(str(value))
    except OSError as error:
        lacking(
            f"no cgroup with a memory limit can be made here ({error}): run as root, with the memory controller"
        )
    try:
        yield folder
    finally:
        for _ in range(50):
            with contextlib.suppress(OSError):
                folder.rmdir()
                break
            time.sleep(0.1)


def large_still(path: Path) -> None:
    """A picture of 16,000 by 16,000 pixels: a few kilobytes on disk, 768 MB where it is unpacked."""
    row = b"\0" + bytes(SIDE // 8)
    packed = zlib.compress(row * SIDE, 1)

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", SIDE, SIDE, 1, 0, 0, 0, 0)
    part = path.with_suffix(".part")
    part.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")
    )
    part.rename(path)


def killed_in(folder: Path) -> int:
    """How many processes of a cgroup the kernel has ended for want of memory."""
    for file in ("memory.events", "memory.oom_control"):
        if (folder / file).exists():
            lines = (folder / file).read_text().splitlines()
            return next(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))
    return 0


def until(ask: Callable[[], bool], agent: "subprocess.Popen[bytes]") -> None:
    end = time.monotonic() + WITHIN_S
    while not ask():
        assert agent.poll() is None, "the core ended"
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.1)


def head_seq(state: Path) -> int:
    with contextlib.suppress(StoreError):
        if (state / DATABASE).exists():
            with View.open_reading(state) as view:
                return view.head().seq
    return 0


def sources_told(state: Path) -> list[str]:
    """States of the camera or the eyes, as the chain tells them."""
    with View.open_reading(state) as view:
        records = [json.loads(raw) for raw in view.records()]
    return [
        str(one["body"].get("state"))
        for one in records
        if one["kind"] == "source" and one["body"]["source"] != "gnss"
    ]


def starved(folder: Path, times: int) -> None:
    state, stills = folder / "state", folder / "stills"
    stills.mkdir()
    with sending(folder, "gnss", RMC) as line, group(f"{os.getpid()}") as memory:
        config = folder / "agent.toml"
        config.write_text(CONFIG.format(gnss=line, stills=stills), encoding="utf-8")
        command = [sys.executable, "-m", "agent", "run", "--config", str(config), "--state", str(state)]
        agent = subprocess.Popen(
            [
                "sh",
                "-c",
                f'echo $$ > {memory}/cgroup.procs; echo -500 > /proc/self/oom_score_adj; exec "$@"',
                "sh",
                *command,
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            until(lambda: head_seq(state) >= 1, agent)
            for number in range(1, times + 1):
                before = head_seq(state)
                large_still(stills / f"{number:04d}.png")
                until(lambda number=number: killed_in(memory) >= number, agent)  # type: ignore[misc]
                (stills / f"{number:04d}.png").unlink()
                until(lambda before=before: head_seq(state) > before, agent)  # type: ignore[misc]
        finally:
            agent.terminate()
            agent.wait(30)
    assert agent.returncode == 0
    assert "failed" in sources_told(state)
    verified = subprocess.run(
        [sys.executable, "-m", "agent", "verify", str(state)], check=False, capture_output=True
    )
    assert verified.returncode == 0, verified.stdout


def test_eyes_out_of_memory_take_only_themselves_down(tmp_path: Path) -> None:
    starved(tmp_path, 1)


@pytest.mark.soak
def test_eyes_out_of_memory_fifty_times(tmp_path: Path) -> None:
    starved(tmp_path, 50)
