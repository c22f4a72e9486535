"""Real loops of the agent that hang where they can hang: the pings stop, and only because of that lane."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import cast

import pytest

from agent.outbox.store import Store
from agent.outbox.upload import Uploader
from agent.run.core import Core
from agent.run.inbox import QUEUE_LIMIT, Inbox
from agent.run.lanes import CORE_S, GNSS_S, UPLOAD_S, Feeder, Lanes
from agent.run.live import Loop
from agent.types import Answer, Parcel, Reading
from builders import fix
from hw.fakes import FakeClock
from hw.gnss import GnssSource
from hw.gnss_port import Port
from outbox.outbox_builders import DEVICE, DEVICE_KEY, event, signer


class Hang:
    """A place in which a thread stays until the test is over."""

    def __init__(self) -> None:
        self.reached, self.over = threading.Event(), threading.Event()

    def here(self) -> None:
        self.reached.set()
        self.over.wait()


class BlockedPort:
    """A driver whose read never comes back."""

    def __init__(self, hang: Hang) -> None:
        self._hang = hang

    def read(self, timeout_s: float) -> bytes:
        del timeout_s
        self._hang.here()
        return b""

    def set_baud(self, baud: int) -> None:
        pass

    def close(self) -> None:
        pass


@pytest.fixture
def hang() -> Iterator[Hang]:
    place = Hang()
    yield place
    place.over.set()


def stops_within(lanes: Lanes, clock: FakeClock, limit_s: float) -> str:
    """Which lane stopped the pings, once `limit_s` and ten seconds are over; until then they go on."""
    feeder = Feeder(lanes, lambda _: None)
    for _ in range(int(limit_s // 10)):
        assert feeder.step()
        clock.advance(10.0)
    clock.advance(10.0)
    assert not feeder.step()
    return "; ".join(lanes.standing()).split()[0]


def begun(work: Callable[[], object]) -> threading.Thread:
    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def test_a_read_that_never_comes_back_stops_the_pings(hang: Hang) -> None:
    clock = FakeClock()
    lanes = Lanes(clock)
    source = GnssSource(
        "/dev/ttyACM0",
        clock=clock,
        open_port=lambda *_: cast("Port", BlockedPort(hang)),
        beat=lanes.lane("gnss", GNSS_S),
    )
    thread = begun(lambda: next(iter(source), None))
    assert hang.reached.wait(10.0)
    assert stops_within(lanes, clock, GNSS_S) == "gnss"
    source.close()
    hang.over.set()
    thread.join(10.0)


def test_a_core_that_waits_for_a_lock_for_ever_stops_the_pings_and_its_full_queue_blocks_nobody(
    hang: Hang,
) -> None:
    class Deadlocked:
        def take(self, reading: Reading) -> None:
            del reading
            hang.here()

        def commit(self) -> None:
            pass

    clock, inbox, stop = FakeClock(), Inbox(), threading.Event()
    lanes = Lanes(clock)
    loop = Loop(cast("Core", Deadlocked()), inbox, clock, lanes.lane("core", CORE_S))
    beat_gnss = lanes.lane("gnss", GNSS_S)
    inbox.put(fix(1))
    thread = begun(lambda: loop.run(stop))
    assert hang.reached.wait(10.0)
    begun_s = time.monotonic()
    for _ in range(QUEUE_LIMIT + 100):
        inbox.put(fix(2))
    assert time.monotonic() - begun_s < 10
    assert inbox.dropped["Fix"] == 100
    clock.advance(CORE_S + 10)
    beat_gnss()
    assert [said.split()[0] for said in lanes.standing()] == ["core"]
    stop.set()
    hang.over.set()
    thread.join(10.0)


def test_an_upload_that_hangs_in_the_far_side_stops_the_pings(hang: Hang, tmp_path: Path) -> None:
    class NeverAnswers:
        def deliver(self, parcel: Parcel) -> Answer:
            del parcel
            hang.here()
            return Answer()

    clock, stop = FakeClock(), threading.Event()
    lanes = Lanes(clock)
    with Store.open(tmp_path, DEVICE) as store:
        record = event(signer(store), "e1")
        store.commit([record], (), {"stood_at": record.seq}, record.seq)
        uploader = Uploader(
            store, NeverAnswers(), DEVICE_KEY.public_key(), DEVICE, mono_s=lambda: clock.mono_ns() / 1e9
        )
        thread = begun(lambda: uploader.run(stop, lanes.lane("upload", UPLOAD_S)))
        assert hang.reached.wait(10.0)
        assert stops_within(lanes, clock, UPLOAD_S) == "upload"
        stop.set()
        hang.over.set()
        thread.join(10.0)
