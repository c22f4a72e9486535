"""uvicorn around the application, in a thread of its own; the main thread waits for the signal to stop."""

import contextlib
import signal
import socket
import threading
from collections.abc import Iterator, Sequence

import uvicorn
from fastapi import FastAPI

from agent.errors import SandwatchError

Listener = socket.socket
LOOPBACK = ("127.0.0.1", "localhost")
STOP_WITHIN_S = 5


class PortTaken(SandwatchError, OSError):
    """The address cannot be listened on; the message says what to do."""


def listen(host: str, port: int) -> socket.socket:
    """A socket bound to `host` and `port` (0: any free one). Raises PortTaken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named because asyncio sends without delay (TCP_NODELAY) only where it is: 40 ms an answer.
    listener = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
        listener.listen(128)  # from now on a caller waits for the server instead of being refused
    except (OSError, OverflowError) as error:
        listener.close()
        raise PortTaken(
            f"cannot listen on {host} port {port}: {error}. Another program may use the port: choose another with "
            "--port, or leave --port out."
        ) from error
    return listener


def address_of(listener: socket.socket) -> str:
    """The web address of a listening socket."""
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def hosts_for(host: str, names: Sequence[str] = ()) -> tuple[str, ...]:
    """The names a station bound to `host` answers to: any, unless it is on loopback or has names of its own."""
    return (*LOOPBACK, *names) if names or host in LOOPBACK else ("*",)


def server_of(app: FastAPI) -> uvicorn.Server:
    """A server for one listening socket: bounded connections, quiet but for warnings."""
    return uvicorn.Server(
        uvicorn.Config(
            app,
            log_level="warning",
            limit_concurrency=200,
            timeout_graceful_shutdown=STOP_WITHIN_S,
            server_header=False,
            lifespan="off",
        )
    )


@contextlib.contextmanager
def running(app: FastAPI, listener: Listener, stop: threading.Event | None = None) -> Iterator[str]:
    """Serve in a thread for the length of the block; gives the address. `stop` is set when serving ends."""
    server = server_of(app)

    def serve() -> None:
        try:
            server.run(sockets=[listener])
        finally:
            if stop is not None:
                stop.set()

    thread = threading.Thread(target=serve, name="station")
    thread.start()
    try:
        yield address_of(listener)
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


@contextlib.contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """An event that SIGINT and SIGTERM set, for the length of the block (in the main thread)."""
    stop = threading.Event()
    before = {
        number: signal.signal(number, lambda *_: stop.set()) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
