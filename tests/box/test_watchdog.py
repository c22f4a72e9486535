"""A frozen lane stops the pings; a box with nothing but silence round it never does."""

import logging
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.errors import ShoreUnreachable, SourceError
from agent.outbox.store import Store
from agent.outbox.upload import Uploader
from agent.run.lanes import CORE_S, EYES_S, GNSS_S, UPLOAD_S, Feeder, Lanes, notifier
from agent.types import Answer, Parcel
from hw.fakes import FakeClock
from hw.gnss import GnssSource
from hw.gnss_port import Port
from outbox.outbox_builders import DEVICE, DEVICE_KEY, event, signer

WATCHDOG_S = 120.0
LIMITS = {"core": CORE_S, "gnss": GNSS_S, "eyes": EYES_S, "upload": UPLOAD_S}


@pytest.fixture
def ear(tmp_path: Path) -> Iterator[socket.socket]:
    """The end of systemd."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "notify"))
        line.settimeout(20.0)
        yield line


def heard(ear: socket.socket) -> list[str]:
    """What was said up to now."""
    said = []
    ear.setblocking(False)
    try:
        while True:
            said.append(ear.recv(4096).decode())
    except BlockingIOError:
        return said


@pytest.mark.parametrize("frozen", LIMITS)
def test_pings_stop_when_a_lane_is_frozen_and_come_again_when_it_moves(
    frozen: str, ear: socket.socket, caplog: pytest.LogCaptureFixture
) -> None:
    clock = FakeClock()
    lanes = Lanes(clock)
    beats = {name: lanes.lane(name, limit_s) for name, limit_s in LIMITS.items()}
    say = notifier(ear.getsockname())
    assert say is not None
    feeder = Feeder(lanes, say)
    last_ping_s, said = 0.0, list[str]()
    with caplog.at_level(logging.ERROR):
        for at_s in range(0, 2000, 10):
            for name, beat in beats.items():
                if name != frozen:
                    beat()
            if feeder.step():
                last_ping_s = at_s
            said += heard(ear)
            clock.advance(10.0)
    assert last_ping_s <= LIMITS[frozen]
    assert said.count("WATCHDOG=1") == int(last_ping_s / 10) + 1
    assert said[-1].startswith(f"STATUS=not fed: {frozen} has not moved")
    assert len(caplog.records) == 1
    beats[frozen]()
    assert feeder.step()


def test_the_lanes_of_the_core_are_judged_within_half_of_the_watchdogs_patience() -> None:
    assert max(CORE_S, GNSS_S, EYES_S) <= WATCHDOG_S / 2


class Unplugged:
    """A receiver that was never there, on a clock that every wait moves on."""

    def __init__(self, clock: FakeClock, day_s: float) -> None:
        self.clock, self.left_s = clock, day_s

    def open(self, url: str, baud: int) -> Port:
        raise SourceError(f"{url} is not there at {baud} baud")

    def wait(self, seconds: float) -> bool:
        self.clock.advance(seconds)
        self.left_s -= seconds
        return self.left_s < 0


def test_a_day_without_a_receiver_never_stops_the_pings(ear: socket.socket) -> None:
    clock = FakeClock()
    lanes = Lanes(clock)
    line = Unplugged(clock, 86_400.0)
    pings: list[bool] = []
    feeder = Feeder(lanes, lambda _: None)
    beat = lanes.lane("gnss", GNSS_S)

    def moved() -> None:
        pings.append(feeder.step())
        beat()

    source = GnssSource("/dev/none", clock=clock, open_port=line.open, wait=line.wait, beat=moved)
    assert len(list(source)) == 1
    assert len(pings) > 5000
    assert all(pings)


def test_a_day_without_a_link_never_stops_the_pings(tmp_path: Path) -> None:
    class NoLink:
        def deliver(self, parcel: Parcel) -> Answer:
            raise ShoreUnreachable(f"no route to host for {type(parcel).__name__}")

    clock = FakeClock()
    lanes = Lanes(clock)
    feeder = Feeder(lanes, lambda _: None)
    beat = lanes.lane("upload", UPLOAD_S)
    pings: list[bool] = []
    stop = threading.Event()

    def wait(_: threading.Event, seconds: float) -> bool:
        clock.advance(seconds)
        return clock.mono_ns() > 86_400 * 1e9

    def moved() -> None:
        pings.append(feeder.step())
        beat()

    with Store.open(tmp_path, DEVICE) as store:
        record = event(signer(store), "e1")
        store.commit([record], (), {"stood_at": record.seq}, record.seq)
        uploader = Uploader(
            store, NoLink(), DEVICE_KEY.public_key(), DEVICE, mono_s=lambda: clock.mono_ns() / 1e9, wait=wait
        )
        uploader.run(stop, moved)
    assert len(pings) > 700
    assert all(pings)


CONFIG = """
[device]
id = "SW-1"
[own_vessel]
kind = "dredger"
[gnss]
source = "/dev/ttyNONE0"
"""


def test_the_agent_says_when_it_is_ready_and_a_frozen_process_pings_no_more(
    ear: socket.socket, tmp_path: Path
) -> None:
    config = tmp_path / "agent.toml"
    config.write_text(CONFIG, encoding="utf-8")
    patience_us = 1_200_000
    agent = subprocess.Popen(
        [sys.executable, "-m", "agent", "run", "--config", str(config), "--state", str(tmp_path / "state")],
        env={**os.environ, "NOTIFY_SOCKET": ear.getsockname(), "WATCHDOG_USEC": str(patience_us)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        assert ear.recv(4096).decode().startswith("READY=1")
        for _ in range(3):
            assert ear.recv(4096) == b"WATCHDOG=1"
        os.kill(agent.pid, signal.SIGSTOP)
        heard(ear)
        time.sleep(patience_us / 1e6)
        assert heard(ear) == []
        os.kill(agent.pid, signal.SIGCONT)
        ear.settimeout(20.0)
        assert ear.recv(4096) == b"WATCHDOG=1"
    finally:
        agent.kill()
        agent.wait()
