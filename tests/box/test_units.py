"""What systemd would say of the units: no complaint, little exposure; and what install puts where."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.cli import app
from agent.run.placing import FILES
from box.built import installed
from lacking import lacking

UNITS = (
    "sandwatch.service",
    "sandwatch-config@sda1.service",
    "sandwatch-fetched.service",
    "sandwatch-station.service",
)


def tree(root: Path) -> dict[str, tuple[bytes, int, int]]:
    return {
        str(path.relative_to(root)): (path.read_bytes(), path.stat().st_mode, path.stat().st_mtime_ns)
        for path in sorted(root.rglob("*"))
        if path.is_file()
    }


def sandwatch(*arguments: object) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, result.output
    return result.output


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A root in which both parts are installed; their programs are there, and do nothing."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("sandwatch", "sandwatch-box", "sandwatch-station"):
        shutil.copy("/bin/true", programs / name)
    for what in ("agent", "station"):
        sandwatch("install", "--what", what, "--root", tmp_path / "root", "--bin", programs)
    return tmp_path / "root"


def analysed(*arguments: str) -> "subprocess.CompletedProcess[str]":
    if shutil.which("systemd-analyze") is None:
        lacking("the program systemd-analyze is not installed (apt install systemd)")
    return subprocess.run(["systemd-analyze", *arguments], check=False, capture_output=True, text=True)


def unit_file(root: Path, name: str) -> Path:
    """The unit under the name of an instance, as systemd would load it."""
    folder = root / "etc" / "systemd" / "system"
    path = folder / name
    if "@" in name:
        shutil.copy(folder / "sandwatch-config@.service", path)
    return path


@pytest.mark.parametrize("name", [*UNITS, "sandwatch-fetched.path"])
def test_systemd_has_nothing_to_say_against_a_unit(root: Path, name: str) -> None:
    done = analysed("verify", str(unit_file(root, name)))
    assert done.stderr == ""
    assert done.returncode == 0


@pytest.mark.parametrize("name", UNITS)
def test_a_unit_is_exposed_by_two_at_most(root: Path, name: str) -> None:
    done = analysed("security", "--offline=yes", "--threshold=20", "--no-pager", str(unit_file(root, name)))
    assert done.returncode == 0, done.stdout[-200:]


def test_a_misspelt_key_of_a_unit_would_be_seen(root: Path) -> None:
    path = unit_file(root, "sandwatch.service")
    path.write_text(
        path.read_text(encoding="utf-8").replace("ProtectHome=", "ProtectHomes="), encoding="utf-8"
    )
    assert "ProtectHomes" in analysed("verify", str(path)).stderr


def test_what_keeps_an_unattended_box_alive_stands_in_the_unit(root: Path) -> None:
    text = unit_file(root, "sandwatch.service").read_text(encoding="utf-8")
    for line in (
        "Type=notify",
        "Restart=always",
        "StartLimitIntervalSec=0",
        "OOMPolicy=continue",
        "WatchdogSec=120",
        "MemoryMax=400M",
    ):
        assert f"\n{line}\n" in text
    stick = unit_file(root, UNITS[1]).read_text(encoding="utf-8")
    assert "-t vfat,exfat -o ro,nodev,nosuid,noexec" in stick
    assert "RuntimeWatchdogSec=14" in (root / FILES["agent"]["watchdog.conf"]).read_text(encoding="utf-8")


def test_a_stick_is_mounted_by_systemd_itself(root: Path) -> None:
    """A unit with a file system of its own mounts for one command alone: on a booted box no stick was ever read."""
    starts = [
        line
        for line in unit_file(root, UNITS[1]).read_text(encoding="utf-8").splitlines()
        if line.startswith("ExecStart")
    ]
    assert any("/usr/bin/systemd-mount" in line and "-t vfat,exfat -o ro," in line for line in starts)
    assert not any("/bin/mount" in line for line in starts)


def test_installing_twice_changes_nothing_and_uninstalling_leaves_nothing(root: Path) -> None:
    before = tree(root)
    programs = root.parent / "bin"
    output = sandwatch("install", "--root", root, "--bin", programs)
    assert "written" not in output
    assert tree(root) == before
    key = sandwatch("install", "--root", root, "--bin", programs, "--key", "/etc/sandwatch/device.key")
    assert "50-key.conf" in key
    for what in ("agent", "station"):
        sandwatch("uninstall", "--what", what, "--root", root)
    assert tree(root) == {}


def test_a_wheel_brings_the_same_units_as_a_checkout(root: Path, tmp_path: Path) -> None:
    programs, there = root.parent / "bin", tmp_path / "there"
    for what in ("agent", "station"):
        done = subprocess.run(
            [
                sys.executable,
                "-P",
                "-m",
                "agent",
                "install",
                "--what",
                what,
                "--root",
                there,
                "--bin",
                programs,
            ],
            check=False,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONPATH": str(installed())},
            cwd=tmp_path,
        )
        assert done.returncode == 0, done.stderr
    assert {name: held[0] for name, held in tree(there).items()} == {
        name: held[0] for name, held in tree(root).items()
    }
