"""The line to the receiver: a serial device, a pty or a TCP socket, opened by pyserial."""

import select
import termios
from typing import Protocol, cast

import serial

from agent.errors import SourceError

SOCKET_READ_BYTES = 4096

# What opening and reading a device that comes and goes raises, all of it seen: pyserial's SerialException
# is an OSError; termios.error is not and comes from a device that vanishes while it is set up; the
# others come out of pyserial when the far side of a socket or pty is gone in the middle of a call.
PORT_ERRORS = (OSError, termios.error, TypeError, ValueError)


class Port(Protocol):
    """An open line. `read` waits at most `timeout_s` and gives what came, possibly nothing."""

    def read(self, timeout_s: float) -> bytes: ...

    def set_baud(self, baud: int) -> None: ...

    def close(self) -> None: ...


class SerialPort:
    """A `Port` over pyserial's `serial_for_url`. Raises SourceError where the line cannot be opened."""

    def __init__(self, url: str, baud: int) -> None:
        try:
            self._serial = serial.serial_for_url(url, baudrate=baud, timeout=0)
        except PORT_ERRORS as error:
            raise SourceError(
                f"the receiver at {url} cannot be opened: {error}; check the cable and the address"
            ) from error
        self._is_socket = url.startswith("socket://")

    def read(self, timeout_s: float) -> bytes:
        try:
            if self._is_socket:
                # pyserial throws away what it has read when the far side hangs up in the middle of a read, and
                # does not tell how much waits: wait here, and let it take what is there without waiting
                ready, _, _ = select.select([self._serial], [], [], timeout_s)
                return cast("bytes", self._serial.read(SOCKET_READ_BYTES)) if ready else b""
            if self._serial.timeout != timeout_s:
                self._serial.timeout = timeout_s
            first = cast("bytes", self._serial.read(1))
            waiting = self._serial.in_waiting if first else 0
            return first + cast("bytes", self._serial.read(waiting)) if waiting else first
        except PORT_ERRORS as error:
            raise SourceError(f"the receiver was lost: {error}") from error

    def set_baud(self, baud: int) -> None:
        try:
            self._serial.baudrate = baud
            self._serial.reset_input_buffer()
        except PORT_ERRORS as error:
            raise SourceError(f"the receiver refused {baud} baud: {error}") from error

    def close(self) -> None:
        try:
            self._serial.close()
        except PORT_ERRORS:
            return  # it is gone, which is what was wanted
