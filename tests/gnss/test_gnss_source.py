"""A live receiver on a boat: unplugged, at the wrong rate, silent, drowned in noise."""

import socket
import termios
import threading
import tracemalloc
from pathlib import Path

from agent.errors import SourceError
from agent.types import Fix, Health, SourceState
from gnss.plugged_receiver import framed, plugged_receiver
from hw.clock import SystemClock
from hw.fakes import FakeClock
from hw.gnss import BACK_OFF_MOST_S, BAUD_RATES, GnssSource
from hw.gnss_port import SerialPort

RMC = "GNRMC,{clock},A,1015.67380,N,10534.76282,E,5.071,178.72,201126,,,A,V"
BURST = framed(RMC.format(clock="100000.00")) + framed(RMC.format(clock="100001.00"))
NOISE = bytes(range(128, 256))


def at_once(seconds: float) -> bool:
    """A wait that takes no time; the source is not closed."""
    return False


class Deaf:
    """A port on which nothing ever comes; the time of a read passes on the clock."""

    def __init__(self, clock: FakeClock) -> None:
        self.clock = clock

    def read(self, timeout_s: float) -> bytes:
        self.clock.advance(timeout_s)
        return b""

    def set_baud(self, baud: int) -> None:
        raise AssertionError(f"a silent line says nothing about its rate, yet {baud} is tried")

    def close(self) -> None:
        return


def test_a_hundred_unplugs_are_a_hundred_recoveries(tmp_path: Path) -> None:
    with plugged_receiver(tmp_path) as receiver:

        def open_and_hear(url: str, baud: int) -> SerialPort:
            port = SerialPort(url, baud)
            receiver.send(BURST)
            return port

        source = GnssSource(str(receiver.path), clock=SystemClock(), open_port=open_and_hear, wait=at_once)
        recoveries, fixes = 0, 0
        for reading in source:
            if isinstance(reading, Fix):
                fixes += 1
            elif isinstance(reading, SourceState) and reading.state is Health.HEALTHY:
                recoveries += 1
                if recoveries > 100:
                    source.close()
                else:
                    receiver.unplug()
            elif isinstance(reading, SourceState) and reading.state is Health.FAILED:
                receiver.plug()
        assert recoveries == 101
        assert source.counters.reopened == 100
        assert fixes >= 100


def test_a_wrong_baud_rate_in_the_settings_costs_seconds_not_the_voyage(tmp_path: Path) -> None:
    clock = FakeClock()
    with plugged_receiver(tmp_path) as receiver:

        class Line(SerialPort):
            """The pty knows the rate that was set: at any other than 38400 only noise comes."""

            def read(self, timeout_s: float) -> bytes:
                speed = termios.tcgetattr(receiver.master)[4]
                receiver.send(BURST if speed == termios.B38400 else NOISE)
                clock.advance(0.5)
                return super().read(timeout_s)

        source = GnssSource(str(receiver.path), clock=clock, baud=115_200, open_port=Line, wait=at_once)
        states = []
        for reading in source:
            if isinstance(reading, SourceState):
                states.append(reading.state)
            if states[-1:] == [Health.HEALTHY]:
                source.close()
        assert states == [Health.RECOVERING, Health.HEALTHY]
        assert source.baud == 38_400
        assert clock.mono_ns() < len(BAUD_RATES) * 4 * 1_000_000_000


def test_a_silent_line_is_said_and_opened_anew() -> None:
    clock, opened = FakeClock(), 0

    def open_deaf(url: str, baud: int) -> Deaf:
        nonlocal opened
        opened += 1
        if opened == 3:
            source.close()
        return Deaf(clock)

    source = GnssSource("/dev/ttyACM0", clock=clock, open_port=open_deaf, wait=at_once)
    readings = list(source)
    assert [r.state for r in readings if isinstance(r, SourceState)] == [Health.SILENT]
    assert opened == 3


def test_the_pauses_between_attempts_double_up_to_a_bound_and_are_jittered() -> None:
    pauses: list[float] = []

    def refuse(url: str, baud: int) -> Deaf:
        raise SourceError("not there")

    def wait(seconds: float) -> bool:
        pauses.append(seconds)
        return len(pauses) == 200

    readings = list(GnssSource("/dev/none", clock=FakeClock(), open_port=refuse, wait=wait))
    assert [r.state for r in readings if isinstance(r, SourceState)] == [Health.FAILED]
    assert pauses[0] <= 0.25
    assert BACK_OFF_MOST_S / 2 <= min(pauses[20:]) < max(pauses[20:]) <= BACK_OFF_MOST_S


def test_a_device_that_is_not_there_is_a_state_that_says_what_to_do(tmp_path: Path) -> None:
    missing = str(tmp_path / "ttyNONE")
    source = GnssSource(missing, clock=FakeClock(), wait=lambda _: True)
    (state,) = source
    assert isinstance(state, SourceState)
    assert state.state is Health.FAILED
    assert missing in state.reason
    assert "check the cable" in state.reason


def test_close_from_another_thread_ends_the_iteration(tmp_path: Path) -> None:
    with plugged_receiver(tmp_path) as receiver:
        source = GnssSource(str(receiver.path), clock=SystemClock())
        thread = threading.Thread(target=lambda: list(source), daemon=True)
        thread.start()
        source.close()
        thread.join(timeout=30)
        assert not thread.is_alive()


def test_the_last_epoch_is_not_lost_when_the_line_falls_idle(tmp_path: Path) -> None:
    with plugged_receiver(tmp_path) as receiver:

        def open_and_hear(url: str, baud: int) -> SerialPort:
            port = SerialPort(url, baud)
            receiver.send(framed(RMC.format(clock="100000.00")))
            return port

        source = GnssSource(str(receiver.path), clock=SystemClock(), open_port=open_and_hear)
        found = next(reading for reading in source if isinstance(reading, Fix))
        assert found.lat_deg is not None


def first_healthy(source: GnssSource) -> None:
    for reading in source:
        if isinstance(reading, SourceState) and reading.state is Health.HEALTHY:
            source.close()


def test_ten_megabytes_without_a_line_end_over_the_line_keep_memory_flat(tmp_path: Path) -> None:
    with plugged_receiver(tmp_path) as receiver:
        opened = threading.Event()

        def open_port(url: str, baud: int) -> SerialPort:
            port = SerialPort(url, baud)
            opened.set()
            return port

        source = GnssSource(str(receiver.path), clock=FakeClock(), open_port=open_port)
        stream = b"$" + b"7" * 10_000_000

        def send() -> None:
            opened.wait()
            receiver.send(stream)
            receiver.send(b"\r\n" + BURST)

        thread = threading.Thread(target=send, daemon=True)
        tracemalloc.start()
        thread.start()
        first_healthy(source)
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        thread.join()
        assert peak < 2_000_000
        assert source.counters.bytes_read > 10_000_000


def test_a_receiver_behind_a_socket_is_read_to_its_last_byte_and_its_loss_is_said() -> None:
    opened = threading.Event()

    def open_port(url: str, baud: int) -> SerialPort:
        port = SerialPort(url, baud)  # pyserial drops what came before it was open
        opened.set()
        return port

    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            line, _ = server.accept()
            with line:
                opened.wait()
                line.sendall(BURST)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        url = f"socket://127.0.0.1:{server.getsockname()[1]}"
        source = GnssSource(url, clock=SystemClock(), open_port=open_port, wait=lambda _: True)
        readings = list(source)
        thread.join()
    assert sum(isinstance(reading, Fix) for reading in readings) == 2
    states = [reading.state for reading in readings if isinstance(reading, SourceState)]
    assert states == [Health.HEALTHY, Health.FAILED]
