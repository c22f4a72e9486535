"""A real RTSP camera that is cut off, stalls, changes its picture, sets its clock, is damaged, is away for an hour."""

import gc
import os
import random
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

import pytest

from agent.event.outages import Outages
from agent.eyes.eyes import Eyes, Keeping
from agent.eyes.packets import PacketRing
from agent.eyes.ring import Ring
from agent.eyes.schedule import Schedule
from agent.types import ClockQuality, Frame, Health, Seal, SourceState, Stamp
from eyes.rtsp_proxy import RtspProxy
from eyes.synthetic_clips import S
from hw.camera_stamps import LiveStamps
from hw.camera_stream import VideoSource
from hw.clock import SystemClock
from hw.fakes import FakeClock
from lacking import lacking

SYSTEM_PYTHON = "/usr/bin/python3"
SERVER = Path(__file__).with_name("rtsp_station.py")
T = TypeVar("T")


class Station:
    """The camera's process."""

    def __init__(self, port: int = 0) -> None:
        self._process = subprocess.Popen(
            [SYSTEM_PYTHON, str(SERVER), "640", "360", "12", str(port)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def resize(self, size: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"size {size}\n")
        self._process.stdin.flush()

    def close(self) -> None:
        self._process.kill()
        self._process.communicate()


def need_gstreamer() -> None:
    asked = "import gi; gi.require_version('GstRtspServer', '1.0')"
    found = (
        Path(SYSTEM_PYTHON).exists()
        and not subprocess.run([SYSTEM_PYTHON, "-c", asked], check=False, capture_output=True).returncode
    )
    if not found:
        lacking(
            "no RTSP server: sudo apt install python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-{base,good,ugly}"
        )


@pytest.fixture(scope="module")
def station() -> Iterator[Station]:
    need_gstreamer()
    station = Station()
    yield station
    station.close()


@pytest.fixture
def proxy(station: Station) -> Iterator[RtspProxy]:
    proxy = RtspProxy(station.port)
    yield proxy
    proxy.close()


def camera(
    port: int, packets: PacketRing, *, every_s: float = 0.5, read_timeout_s: float = 1.5
) -> VideoSource:
    return VideoSource(
        f"rtsp://127.0.0.1:{port}/main",
        "deck",
        Schedule(every_s),
        LiveStamps(SystemClock()),
        read_timeout_s=read_timeout_s,
        first_wait_s=0.05,
        longest_wait_s=0.2,
        jitter=random.Random(1),
        keep=packets,
    )


def until(items: Iterator[T], wanted: Callable[[T], bool]) -> list[T]:
    """Items up to and with the first that is wanted; pytest's own limit ends a vain wait."""
    taken = []
    for item in items:
        taken.append(item)
        if wanted(item):
            return taken
    raise AssertionError(f"the camera ended before what was waited for: {taken[-3:]}")


def told(state: Health) -> Callable[[Frame | SourceState], bool]:
    return lambda item: isinstance(item, SourceState) and item.state is state


def pictures(count: int) -> Callable[[Frame | SourceState], bool]:
    seen = 0

    def enough(item: Frame | SourceState) -> bool:
        nonlocal seen
        seen += isinstance(item, Frame)
        return seen >= count

    return enough


def states(items: list[Frame | SourceState]) -> list[Health]:
    return [item.state for item in items if isinstance(item, SourceState)]


def frames(items: list[Frame | SourceState]) -> list[Frame]:
    return [item for item in items if isinstance(item, Frame)]


def resident_bytes() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * os.sysconf("SC_PAGE_SIZE")


def test_connection_that_is_lost_comes_back_and_the_gap_has_its_length(proxy: RtspProxy) -> None:
    source = camera(proxy.port, PacketRing())
    items = iter(source)
    before = until(items, pictures(2))
    assert states(before) == [Health.HEALTHY]
    proxy.cut()
    lost = until(items, told(Health.FAILED))
    back = until(items, pictures(1))
    source.close()
    assert states(back) == [Health.RECOVERING, Health.HEALTHY]
    outages = Outages()
    bodies = [
        body
        for item in (*before, *lost, *back)
        if isinstance(item, SourceState)
        for body in outages.step(item, Stamp(item.mono_ns, None, ClockQuality.NONE))
    ]
    (gap,) = [body.body for body in bodies if body.kind == "gap"]
    assert int(str(gap["from_mono_ns"])) == lost[-1].mono_ns
    assert int(str(gap["to_mono_ns"])) == frames(back)[0].mono_ns


def test_half_open_connection_is_silence_and_then_a_new_connection(proxy: RtspProxy) -> None:
    source = camera(proxy.port, PacketRing())
    items = iter(source)
    until(items, pictures(2))
    proxy.stalled = True
    silent = until(items, told(Health.SILENT))[-1]
    assert isinstance(silent, SourceState)
    assert silent.reason == "camera deck has sent nothing for 1.5 s"
    proxy.stalled = False
    assert states(until(items, pictures(1)))[-1] is Health.HEALTHY
    source.close()
    assert proxy.visits >= 2


def test_picture_that_changes_its_size_is_two_clips_that_both_play(
    station: Station, proxy: RtspProxy, tmp_path: Path
) -> None:
    packets = PacketRing()
    source = camera(proxy.port, packets)
    items = iter(source)
    first = frames(until(items, pictures(3)))[0]
    station.resize("320x240")
    last = until(items, lambda item: isinstance(item, Frame) and item.image.shape == (240, 320, 3))[-1]
    last = until(items, pictures(3))[-1]
    source.close()
    station.resize("640x360")
    eyes = Eyes(source, None, Ring(), tmp_path, keeping=Keeping(packets))
    list(eyes)
    sealed = eyes.seal(Seal("b.1", "deck", first.mono_ns, last.mono_ns, "clip"))
    assert sealed is not None
    assert sealed.problem is None
    assert [(file.width_px, file.height_px) for file in sealed.files] == [(640, 360), (320, 240)]


@pytest.mark.parametrize("leap_s", [3600.0, -3600.0])
def test_camera_that_sets_its_clock_turns_no_time_back(proxy: RtspProxy, leap_s: float) -> None:
    packets = PacketRing()
    source = camera(proxy.port, packets)
    items = iter(source)
    seen = frames(until(items, pictures(3)))
    proxy.leap_s = leap_s
    # A leap of an hour back may look like a break to the decoder; what counts are the stamps.
    seen += frames(until(items, pictures(6)))
    source.close()
    stamps = [frame.mono_ns for frame in seen]
    assert stamps == sorted(stamps)
    assert stamps[-1] - stamps[0] < 60 * S
    assert abs(stamps[-1] - SystemClock().mono_ns()) < 30 * S


def test_one_damaged_packet_in_a_hundred_is_counted_and_shows_nothing_that_was_not_filmed(
    proxy: RtspProxy,
) -> None:
    proxy.damage = 0.01
    source = camera(proxy.port, PacketRing(), every_s=0.0)
    items = iter(source)
    until(items, lambda _: proxy.damaged >= 3 and source.refused_packets + source.broken_frames > 0)
    seen = until(items, pictures(20))
    source.close()
    assert states(seen).count(Health.FAILED) == 0
    assert len(frames(seen)) == 20


def test_memory_stays_flat_over_many_connections(proxy: RtspProxy) -> None:
    packets = PacketRing(seconds=2)
    source = camera(proxy.port, packets)
    items = iter(source)
    before = 0
    for life in range(12):
        until(items, pictures(1))
        if life == 4:
            before = resident_bytes()
        proxy.cut()
    source.close()
    assert resident_bytes() - before < 16_000_000


def test_camera_that_is_away_for_an_hour_is_asked_seldom_told_once_and_seen_again() -> None:
    """Time is injected: each wait between two attempts lets the fake clock pass, and nobody waits."""
    need_gstreamer()
    clock = FakeClock()
    station = Station()
    closed = threading.Event()
    holder = [station]
    station.close()

    def wait(seconds: float) -> bool:
        clock.advance(seconds)
        if clock.mono_ns() > 3600 * S and holder:
            holder.clear()
            holder_back.append(Station(station.port))
        return closed.is_set()

    holder_back: list[Station] = []
    source = VideoSource(
        f"rtsp://127.0.0.1:{station.port}/main", "deck", Schedule(0.5), LiveStamps(clock), wait=wait
    )
    try:
        seen = until(iter(source), pictures(1))
    finally:
        closed.set()
        source.close()
        for back in holder_back:
            back.close()
    assert states(seen) == [Health.FAILED, Health.RECOVERING, Health.HEALTHY]
    (failed, _, healthy, frame) = seen
    assert failed.mono_ns == 0
    assert 3600 * S < healthy.mono_ns == frame.mono_ns < 3700 * S
    assert source.beats < 3700 + 80  # a beat each second waited and one each attempt
