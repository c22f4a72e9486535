"""A live stream over TCP that ends, stalls, sends garbage and comes back. The far side is a real socket."""

import contextlib
import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.eyes.schedule import Schedule
from agent.types import Frame, Health, SourceState
from eyes.synthetic_clips import make_clip
from hw.camera_stamps import LiveStamps
from hw.camera_stream import VideoSource
from hw.clock import SystemClock

Visit = Callable[[socket.socket], None]


class StreamServer:
    """Treats its first visitor by the first function, the second by the second, and so on."""

    def __init__(self, *visits: Visit) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._visits = visits
        self.url = f"tcp://127.0.0.1:{self._socket.getsockname()[1]}"
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def _serve(self) -> None:
        for visit in self._visits:
            try:
                visitor, _ = self._socket.accept()
            except OSError:
                return
            with visitor:
                visit(visitor)
        self._socket.close()

    def close(self) -> None:
        with contextlib.suppress(OSError):  # all visits served and closed
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_clip(tmp_path_factory.mktemp("live") / "river.ts", pictures=50, b_frames=0).read_bytes()


@pytest.fixture
def serve() -> Iterator[Callable[..., StreamServer]]:
    servers: list[StreamServer] = []

    def start(*visits: Visit) -> StreamServer:
        servers.append(StreamServer(*visits))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


def camera_at(url: str, *, read_timeout_s: float = 5.0) -> VideoSource:
    return VideoSource(
        url,
        "deck",
        Schedule(0),
        LiveStamps(SystemClock()),
        open_timeout_s=5.0,
        read_timeout_s=read_timeout_s,
        longest_wait_s=0.05,
        first_wait_s=0.01,
        jitter=random.Random(1),
    )


def states_until(source: VideoSource, wanted: list[Health]) -> tuple[list[Frame], list[SourceState]]:
    """Run until the states told are as many as wanted."""
    taken: list[Frame] = []
    states: list[SourceState] = []
    for item in source:
        if isinstance(item, Frame):
            taken.append(item)
            continue
        states.append(item)
        if len(states) == len(wanted):
            source.close()
    return taken, states


def test_stream_that_is_cut_comes_back_by_itself(serve: Callable[..., StreamServer], content: bytes) -> None:
    def send(visitor: socket.socket) -> None:
        visitor.sendall(content)

    wanted = [Health.HEALTHY, Health.FAILED, Health.RECOVERING, Health.HEALTHY, Health.FAILED]
    before_ns = time.monotonic_ns()
    taken, states = states_until(camera_at(serve(send, send).url), wanted)
    assert [state.state for state in states] == wanted
    assert states[1].reason == "camera deck was ended by the far side"
    assert len(taken) == 100
    stamps = [frame.mono_ns for frame in taken]
    assert stamps == sorted(stamps)
    assert before_ns < stamps[0]
    assert stamps[-1] < time.monotonic_ns()


def test_stream_that_stalls_is_silent_and_then_tried_anew(
    serve: Callable[..., StreamServer], content: bytes
) -> None:
    released = threading.Event()

    def send_and_stall(visitor: socket.socket) -> None:
        visitor.sendall(content)
        released.wait(30)

    wanted = [Health.HEALTHY, Health.SILENT]
    source = camera_at(serve(send_and_stall).url, read_timeout_s=0.5)
    _, states = states_until(source, wanted)
    released.set()
    assert [state.state for state in states] == wanted
    assert states[1].reason == "camera deck has sent nothing for 0.5 s"


def test_garbage_from_the_far_side_is_failure_and_then_recovery(
    serve: Callable[..., StreamServer], content: bytes
) -> None:
    def garbage(visitor: socket.socket) -> None:
        visitor.sendall(random.Random(3).randbytes(300_000))

    def send(visitor: socket.socket) -> None:
        visitor.sendall(content)

    wanted = [Health.FAILED, Health.RECOVERING, Health.HEALTHY]
    _, states = states_until(camera_at(serve(garbage, send).url), wanted)
    assert [state.state for state in states] == wanted


def test_camera_that_cannot_be_reached_is_told_once_however_often_it_is_tried() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken_port:
        port = taken_port.getsockname()[1]
    source = camera_at(f"rtsp://inspector:secret@127.0.0.1:{port}/deck")
    told: list[Frame | SourceState] = []
    thread = threading.Thread(target=lambda: told.extend(source), daemon=True)
    thread.start()
    while source.beats < 8:  # attempts and waits
        thread.join(0.01)
    source.close()
    thread.join()
    (state,) = told
    assert isinstance(state, SourceState)
    assert state.state is Health.FAILED
    assert state.reason == (
        "camera deck cannot be opened: Connection refused; check its cable, power, address and password"
    )


def test_unplugged_usb_camera_is_a_live_camera_that_failed(tmp_path: Path) -> None:
    source = camera_at("/dev/video-that-is-not-there")
    _, states = states_until(source, [Health.FAILED])
    assert states[0].state is Health.FAILED
    assert "check its cable" in states[0].reason
