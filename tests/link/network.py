"""A mobile link in the kernel: two network namespaces, a cable of a given rate between them, and its faults.

The boat's end is 10.77.0.1, the shore's 10.77.0.2. Nothing reaches the machine's own network. A thread enters
a namespace for the length of a block; a socket stays in the namespace in which it was made.
"""

import ctypes
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from lacking import lacking

CLONE_NEWNET = 0x40000000
SHORE_ADDRESS = "10.77.0.2"
MOBILE_BIT_S = 384_000


class Cable:
    """The link. `down` and `up` are what a tunnel of trees or a lost mast does to it."""

    def __init__(self, bit_s: int) -> None:
        tag = secrets.token_hex(3)
        self.boat, self.shore = f"boat-{tag}", f"shore-{tag}"
        self._ends = (f"vb{tag}", f"vs{tag}")
        for namespace in (self.boat, self.shore):
            run("ip", "netns", "add", namespace)
        near, far = self._ends
        run(
            *("ip", "link", "add", near, "netns", self.boat, "type", "veth"),
            *("peer", "name", far, "netns", self.shore),
        )
        for namespace, end, address in (
            (self.boat, near, "10.77.0.1"),
            (self.shore, far, SHORE_ADDRESS),
        ):
            run("ip", "-n", namespace, "link", "set", "lo", "up")
            run("ip", "-n", namespace, "address", "add", f"{address}/30", "dev", end)
            run("ip", "-n", namespace, "link", "set", end, "up")
        self.rate(bit_s)

    def rate(self, bit_s: int) -> None:
        """How fast it is, in both directions; a fifth of a second of queue, as a modem has."""
        burst = max(4000, bit_s // 80)
        shape = ("tbf", "rate", f"{bit_s}bit", "burst", str(burst), "latency", "200ms")
        for namespace, end in zip((self.boat, self.shore), self._ends, strict=True):
            run("tc", "-n", namespace, "qdisc", "replace", "dev", end, "root", *shape)

    def down(self) -> None:
        run("ip", "-n", self.shore, "link", "set", self._ends[1], "down")

    def up(self) -> None:
        run("ip", "-n", self.shore, "link", "set", self._ends[1], "up")

    def lose(self, percent: int) -> None:
        """Every packet is dropped with this chance, in both directions."""
        for namespace in (self.boat, self.shore):
            rules = (
                "add table inet river; "
                "add chain inet river in { type filter hook input priority 0; }; "
                f'add rule inet river in iifname != "lo" numgen random mod 100 < {percent} drop'
            )
            run("ip", "netns", "exec", namespace, "nft", rules)

    def close(self) -> None:
        for namespace in (self.boat, self.shore):
            subprocess.run(["ip", "netns", "delete", namespace], check=False, capture_output=True)

    @contextmanager
    def aboard(self) -> Iterator[None]:
        """This thread is on the boat."""
        with _inside(self.boat):
            yield

    @contextmanager
    def ashore(self) -> Iterator[None]:
        """This thread is on the shore."""
        with _inside(self.shore):
            yield


@contextmanager
def cable(bit_s: int) -> Iterator[Cable]:
    """A cable, or a skipped test where namespaces cannot be made."""
    needs("ip", "iproute2")
    needs("tc", "iproute2")
    try:
        made = Cable(bit_s)
    except subprocess.CalledProcessError as error:
        lacking(f"no network namespaces here ({error.stderr.strip()}): they need root or CAP_SYS_ADMIN")
    try:
        yield made
    finally:
        made.close()


def run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)


def needs(program: str, package: str) -> None:
    """Skip the test, or fail it where all is required, if a program is not there."""
    if shutil.which(program) is None:
        lacking(f"no {program} on PATH: sudo apt install {package}")


@contextmanager
def _inside(namespace: str) -> Iterator[None]:
    libc = ctypes.CDLL(None, use_errno=True)
    here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        there = os.open(Path("/run/netns") / namespace, os.O_RDONLY)
        try:
            _enter(libc, there)
        finally:
            os.close(there)
        try:
            yield
        finally:
            _enter(libc, here)
    finally:
        os.close(here)


def _enter(libc: ctypes.CDLL, handle: int) -> None:
    if libc.setns(handle, CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")
