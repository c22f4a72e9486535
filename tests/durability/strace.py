"""One system call of a child fails or is its last: strace attaches to it while it stands still."""

import os
import select
import signal
import subprocess
from collections.abc import Callable

from durability.box import Child, Tell, forked


def injected(work: Callable[[Tell], None], call: str, what: str) -> tuple[Child, "subprocess.Popen[bytes]"]:
    """`work` in a child of which strace changes `call` as `what` says (`signal=SIGKILL:when=3`, `error=EIO:when=3`)."""
    child = forked(work, stopped=True)
    os.waitpid(child.pid, os.WUNTRACED)
    tracer = subprocess.Popen(
        ["strace", "-f", "-qq", "-p", str(child.pid), "-e", f"trace={call}", "-e", f"inject={call}:{what}"],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
    )
    _attached(child.pid)
    os.kill(child.pid, signal.SIGCONT)
    return child, tracer


def finished(tracer: "subprocess.Popen[bytes]") -> bool:
    """Wait for the tracer; whether the call it waited for ever came."""
    _, said = tracer.communicate(timeout=60)
    return b"(INJECTED)" in said or b"+++ killed" in said


def _attached(pid: int) -> None:
    """Until somebody traces `pid`."""
    while True:
        with open(f"/proc/{pid}/status", encoding="ascii") as status:  # noqa: PTH123
            if any(line.startswith("TracerPid:") and int(line.split()[1]) for line in status):
                return
        select.select([], [], [], 0.002)
