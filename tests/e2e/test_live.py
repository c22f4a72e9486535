"""A live run from a serial line and a camera, its eyes killed on the way, recorded and replayed."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from agent.errors import StoreError
from agent.event import wire
from agent.outbox.database import DATABASE
from agent.outbox.view import View
from agent.types import Event, FindingKind, Origin
from e2e.boat_and_shore import ROOT, VOYAGE, sandwatch
from e2e.receiver import receiver

CONFIG = """
[device]
id = "SW-LIVE"
[own_vessel]
kind = "dredger"
[gnss]
source = "{gnss}"
[[camera]]
name = "deck"
url = "{film}"
[licences]
files = ["{licence}"]
"""
LICENCE = ROOT / "config" / "licences" / "example-tan-loc.geojson"
WITHIN_S = 60
T = TypeVar("T")


def events(state: Path) -> list[Event]:
    if not (state / DATABASE).exists():
        return []
    with contextlib.suppress(StoreError), View.open_reading(state) as view:  # it may just be being made
        return [wire.event_from_body(dict(record.body)) for record in view.latest_events()]
    return []


def eyes_of(pid: int) -> list[int]:
    """Processes that the agent started and that watch the camera (not Python's own resource tracker)."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    pids = [child for task in tasks for child in (task / "children").read_text(encoding="ascii").split()]
    return [int(child) for child in pids if b"agent.eyes" in Path(f"/proc/{child}/cmdline").read_bytes()]


def until(ask: Callable[[], T]) -> T:
    """Ask again until the answer is true; a minute at most."""
    give_up = time.monotonic() + WITHIN_S
    while not (answer := ask()):
        assert time.monotonic() < give_up, "it did not happen within a minute"
        time.sleep(0.1)
    return answer


def test_a_live_run_outlives_its_eyes_and_its_recording_gives_the_same_events(tmp_path: Path) -> None:
    state, recording = tmp_path / "state", tmp_path / "recording"
    with receiver() as line:
        config = tmp_path / "agent.toml"
        config.write_text(
            CONFIG.format(gnss=line, film=VOYAGE / "film.mp4", licence=LICENCE), encoding="utf-8"
        )
        command = [
            sys.executable,
            "-m",
            "agent",
            "record",
            str(recording),
            "--config",
            str(config),
            "--state",
            str(state),
        ]
        box = subprocess.Popen(command, stderr=subprocess.PIPE)
        try:
            for eyes in until(lambda: eyes_of(box.pid)):
                os.kill(eyes, signal.SIGKILL)
            (suspect,) = until(lambda: [event for event in events(state) if answered(event)])
            assert box.poll() is None, "the core must outlive its eyes"
            until(lambda: eyes_of(box.pid))
        finally:
            box.send_signal(signal.SIGINT)
            _, said = box.communicate(timeout=30)
    assert box.returncode == 0, said.decode()
    assert b"signal 9" in said
    assert [finding.kind for finding in suspect.findings] == [FindingKind.POSITION_SUSPECT]
    assert suspect.happening == "position"
    assert "0 fault(s)" in sandwatch("verify", str(state))

    sandwatch("run", "--replay", str(recording), "--state", str(tmp_path / "again"))
    assert told(events(tmp_path / "again")) == told(events(state))


def answered(event: Event) -> bool:
    """Its pictures are there, or it is said why not; that comes a moment after the opening."""
    return bool(event.evidence) or event.notes[-1].code == "evidence_missing"


def told(found: list[Event]) -> list[bytes]:
    """Events as bytes, without saying whether they were live."""
    return [wire.canonical(wire.to_json(replace(event, origin=Origin("live")))) for event in found]
