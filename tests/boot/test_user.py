"""The package on a clean arm64 root, its programs run by qemu-user: the installed software runs a voyage.

Long: `make soak T=arm64_root`. Speeds measured here mean nothing.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from boot import machine
from boot.machine import ROOT
from durability import needs

MOST_MB = 550


@pytest.mark.soak
@pytest.mark.timeout(3600)
def test_package_on_a_clean_arm64_root_runs_a_voyage_and_keeps_within_its_size(tmp_path: Path) -> None:
    needs.root()
    machine.programs()
    subprocess.run([sys.executable, ROOT / "packaging" / "deb.py", tmp_path], check=True)
    root = tmp_path / "root"
    root.mkdir()
    subprocess.run(["tar", "-C", root, "-xpf", machine.root_archive()], check=True)
    package = next(tmp_path.glob("*.deb"))
    package.rename(root / "srv" / package.name)

    def inside(*command: str) -> str:
        done = subprocess.run(["chroot", root, *command], check=False, capture_output=True, text=True)
        print(f"$ {' '.join(command)}\n{done.stdout}{done.stderr[-2000:]}")  # noqa: T201
        assert done.returncode == 0
        return done.stdout

    assert inside("uname", "-m").strip() == "aarch64"
    inside("dpkg", "-i", f"/srv/{package.name}")
    assert int(inside("du", "-sm", "/opt/sandwatch").split()[0]) <= MOST_MB
    unit = (root / "etc/systemd/system/sandwatch.service").read_text()
    assert "ExecStart=/opt/sandwatch/bin/sandwatch-box run" in unit
    assert "READY" in inside("sandwatch", "doctor", "--replay", "--lang", "en")
    assert "enabled" in inside("systemctl", "is-enabled", "sandwatch.service", "sandwatch-fetched.path")
    inside("dpkg", "-r", "hau-sandwatch")
    assert not (root / "etc/systemd/system/sandwatch.service").exists()
