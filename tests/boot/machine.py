"""A virtual arm64 box: Debian with systemd under qemu-system-aarch64, its power, its serial receiver, its USB port.

The root is made by mmdebstrap from the package sources of this machine, once, and kept in var/boot. Killing QEMU is a
power cut: what the guest's kernel had not written is gone. What it had, is in the kernel of this machine, which stays
on: so QEMU need not wait for its disk (`cache=unsafe`).
"""

import json
import os
import re
import select
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from lacking import lacking

ROOT = Path(__file__).parents[2]
KEPT = ROOT / "var" / "boot"
PROGRAMS = ("qemu-system-aarch64", "mmdebstrap", "mkfs.ext4", "mkfs.vfat", "mcopy", "arch-test", "dpkg-deb")
PACKAGES = "systemd-sysv,udev,dbus,kmod,linux-image-arm64,initramfs-tools,python3,python3-venv,sudo,e2fsprogs,procps,dosfstools"
INITRAMFS = (
    'mkdir -p "$1/etc/initramfs-tools/conf.d"; echo MODULES=list > "$1/etc/initramfs-tools/conf.d/modules"; '
    'printf "virtio_pci\\nvirtio_blk\\next4\\n" > "$1/etc/initramfs-tools/modules"'
)
AUTOLOGIN = "[Service]\nExecStart=\nExecStart=-/sbin/agetty --autologin root --noclear %I linux\n"
PROMPT_S = 400.0


def programs() -> None:
    """What this needs beside Python."""
    missing = [name for name in PROGRAMS if shutil.which(name) is None]
    if missing:
        lacking(
            f"{', '.join(missing)}: not installed (apt install qemu-system-arm qemu-user-static mmdebstrap arch-test "
            "e2fsprogs dosfstools mtools)"
        )
    if subprocess.run(["arch-test", "arm64"], check=False, capture_output=True).returncode:
        lacking("arm64 programs do not run here (apt install qemu-user-static binfmt-support, as root)")


def root_archive() -> Path:
    """A minimal Debian for arm64 as an archive, made once."""
    archive = KEPT / "root.tar"
    if not archive.exists():
        KEPT.mkdir(parents=True, exist_ok=True)
        options = ["--mode=root", "--variant=apt", "--architectures=arm64", f"--include={PACKAGES}"]
        options += [f"--dpkgopt=path-exclude=/usr/share/{what}/*" for what in ("doc", "man", "locale")]
        options += [f"--essential-hook={INITRAMFS}"]
        part = archive.with_suffix(".part")
        subprocess.run(["mmdebstrap", *options, "--format=tar", "bookworm", part], check=True)
        part.rename(archive)
    return archive


def disk(folder: Path, files: Mapping[str, Path]) -> Path:
    """A disk with that root and these files on it; kernel and initrd beside it."""
    root = folder / "root"
    root.mkdir()
    subprocess.run(["tar", "-C", root, "--exclude=./dev/*", "-xpf", root_archive()], check=True)
    getty = root / "etc/systemd/system/serial-getty@ttyAMA0.service.d"
    getty.mkdir(parents=True)
    (getty / "auto.conf").write_text(AUTOLOGIN)
    (root / "etc/fstab").write_text("/dev/vda / ext4 defaults,noatime 0 1\n")
    (root / "etc/hostname").write_text("box\n")
    (root / "etc/machine-id").write_text("")
    shadow = root / "etc/shadow"
    shadow.write_text(re.sub(r"^root:[^:]*:", "root::", shadow.read_text(), flags=re.MULTILINE))
    for where, content in files.items():
        shutil.copy(content, root / where)
    for name in ("vmlinuz", "initrd"):
        shutil.copy(next((root / "boot").glob(f"{name}*")), folder / name)
    image = folder / "disk.img"
    with image.open("wb") as file:
        file.truncate(4 << 30)
    subprocess.run(["mkfs.ext4", "-q", "-F", "-d", root, image], check=True)
    shutil.rmtree(root)
    return image


def stick(path: Path, bundle: Path) -> Path:
    """A FAT stick with one file on it."""
    with path.open("wb") as file:
        file.truncate(32 << 20)
    subprocess.run(["mkfs.vfat", path], check=True, capture_output=True)
    subprocess.run(["mcopy", "-i", path, bundle, "::bundle.swb"], check=True)
    return path


class Machine:
    """The box. `on` gives it power, `cut` takes it away; `sh` runs a command as root on its console."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._console: socket.socket
        self._monitor: socket.socket
        self._number = 0
        self._answers: Iterator[Any] = iter(())

    def on(self) -> None:
        """Power on, and wait for a shell."""
        sockets = {name: self._folder / name for name in ("console", "gnss", "monitor")}
        for path in sockets.values():
            path.unlink(missing_ok=True)
        self._process = subprocess.Popen(
            [
                *("qemu-system-aarch64", "-M", "virt", "-cpu", "cortex-a72", "-smp", "2", "-m", "1024"),
                *("-accel", "tcg,thread=multi", "-nodefaults", "-nographic"),
                *("-kernel", self._folder / "vmlinuz", "-initrd", self._folder / "initrd"),
                *("-append", "root=/dev/vda rw console=ttyAMA0 loglevel=3 systemd.show_status=false"),
                *("-drive", f"file={self._folder / 'disk.img'},if=none,id=disk,format=raw,cache=unsafe"),
                *("-device", "virtio-blk-pci,drive=disk", "-device", "qemu-xhci"),
                *("-serial", f"unix:{sockets['console']},server=on,wait=off"),
                *("-chardev", f"socket,id=gnss,path={sockets['gnss']},server=on,wait=off"),
                *("-device", "usb-serial,chardev=gnss,always-plugged=on"),
                *("-qmp", f"unix:{sockets['monitor']},server=on,wait=off"),
            ],
            stdout=subprocess.DEVNULL,
        )
        self._console, self._monitor = (_connected(sockets[name]) for name in ("console", "monitor"))
        self._answers = _lines(self._monitor)
        next(self._answers)
        self._ask("qmp_capabilities")
        self._until("automatic login", PROMPT_S)
        time.sleep(5)  # the shell of the login
        self._console.sendall(b"stty -echo; PS1=\n")
        self.sh("true", PROMPT_S)

    def cut(self) -> None:
        """Take the power away."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None
            self._console.close()
            self._monitor.close()

    def sh(self, command: str, within_s: float = 300.0) -> tuple[int, str]:
        """Exit code and output of a command."""
        self._number += 1
        mark = f"@{self._number}@"
        self._console.sendall(f'{command}; echo "{mark[:-1]}"@$?@\n'.encode())
        said = self._until(rf"{mark}(\d+)@", within_s)
        code = int(re.findall(rf"{mark}(\d+)@", said)[-1])
        return code, said.rpartition(mark)[0].replace("\r", "").strip()

    def wait(self, command: str, wanted: str, within_s: float = 600.0) -> str:
        """Ask again until the output of a command holds `wanted`."""
        end = time.monotonic() + within_s
        while True:
            _, said = self.sh(command)
            if wanted in said:
                return said
            assert time.monotonic() < end, f"{command}: {said}"
            time.sleep(2)

    def insert(self, image: Path) -> None:
        """Plug a USB stick in."""
        self._ask("blockdev-add", {"driver": "file", "node-name": "file", "filename": str(image)})
        self._ask("blockdev-add", {"driver": "raw", "node-name": "stick", "file": "file"})
        self._ask("device_add", {"driver": "usb-storage", "id": "usb", "drive": "stick"})

    def pull(self) -> None:
        """Pull the stick out."""
        self._ask("device_del", {"id": "usb"})
        for node in ("stick", "file"):
            for _ in range(50):
                if "error" not in self._ask("blockdev-del", {"node-name": node}, bad=True):
                    break
                time.sleep(0.2)

    def says(self, stop: threading.Event, epochs: list[bytes]) -> None:
        """Be the receiver on the serial line: an epoch a second, from the first again at each power-on."""
        while not stop.is_set():
            with suppress(OSError), _connected(self._folder / "gnss", patience_s=1.0) as line:
                for epoch in epochs:
                    line.sendall(epoch)
                    if stop.wait(1.0):
                        return
            stop.wait(1.0)

    def _ask(self, command: str, arguments: Mapping[str, Any] | None = None, *, bad: bool = False) -> Any:
        self._monitor.sendall(json.dumps({"execute": command, "arguments": arguments or {}}).encode())
        answer = next(answer for answer in self._answers if "event" not in answer)
        assert bad or "error" not in answer, answer
        return answer

    def _until(self, wanted: str, within_s: float) -> str:
        said, end = "", time.monotonic() + within_s
        while not re.search(wanted, said):
            assert time.monotonic() < end, f"{wanted} did not come: {said[-2000:]}"
            if select.select([self._console], [], [], 1.0)[0]:
                said += os.read(self._console.fileno(), 65536).decode(errors="replace")
        return said


def _connected(path: Path, patience_s: float = 30.0) -> socket.socket:
    end = time.monotonic() + patience_s
    while True:
        line = socket.socket(socket.AF_UNIX)
        try:
            line.connect(str(path))
        except OSError:
            line.close()
            if time.monotonic() > end:
                raise
            time.sleep(0.1)
        else:
            return line


def _lines(line: socket.socket) -> Iterator[Any]:
    waiting = b""
    while piece := line.recv(65536):
        *whole, waiting = (waiting + piece).split(b"\n")
        yield from (json.loads(raw) for raw in whole if raw.strip())
