"""A `.deb` for arm64, made on any machine: `make deb` (DIR=folder for the result; .venv's Python says for which Python).

The wheel of this checkout and the wheels it needs go to /opt/sandwatch/lib by pip, which takes nothing but finished
wheels of the other architecture; dpkg-deb packs them. Nothing of arm64 is run.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
NEXT = f"{sys.version_info.major}.{sys.version_info.minor + 1}"
GLIBC = ("2_34", "2_28", "2_27", "2_17")  # the newest first: Debian 12 has 2.36
PLATFORMS = [*(f"manylinux_{glibc}_aarch64" for glibc in GLIBC), "manylinux2014_aarch64"]

CONTROL = """Package: hau-sandwatch
Version: {version}
Architecture: arm64
Maintainer: Sandwatch <sandwatch@localhost>
Installed-Size: {size_kb}
Depends: python3 (>= {python}), python3 (<< {after}), systemd, udev, mount
Section: misc
Priority: optional
Description: Watches sand dredging from a boat
 The agent of the box: position, licence, evidence, delivery. It waits for a config on a USB stick.
"""

POSTINST = """#!/bin/sh
set -e
if [ "$1" = configure ]; then
  /opt/sandwatch/bin/sandwatch install
  if [ -d /run/systemd/system ]; then systemctl try-restart sandwatch.service; fi
fi
"""

PRERM = """#!/bin/sh
set -e
if [ "$1" = remove ]; then /opt/sandwatch/bin/sandwatch uninstall; fi
"""

PROGRAM = """#!/bin/sh
PYTHONPATH=/opt/sandwatch/lib exec /usr/bin/python3 -P -c '
import sys
sys.argv[0] = "/opt/sandwatch/bin/{program}"
from {module} import main
main()' "$@"
"""
PROGRAMS = {"sandwatch": "agent.cli", "sandwatch-box": "agent.launch"}


def main() -> None:
    """Build it; prints where it lies and what it takes installed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder.resolve()
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        wheel = built_wheel(work)
        tree = work / "tree"
        installed(wheel, tree)
        version = wheel.name.split("-")[1]
        size_kb = sum(path.lstat().st_size for path in tree.rglob("*") if path.is_file()) // 1024
        control = CONTROL.format(version=version, size_kb=size_kb, python=PYTHON, after=NEXT)
        script(tree / "DEBIAN" / "control", control, 0o644)
        script(tree / "DEBIAN" / "postinst", POSTINST)
        script(tree / "DEBIAN" / "prerm", PRERM)
        package = folder / f"hau-sandwatch_{version}_arm64.deb"
        subprocess.run(["dpkg-deb", "--root-owner-group", "-Zzstd", "--build", tree, package], check=True)
    print(
        f"{package}: {package.stat().st_size / 1e6:.0f} MB, installed {size_kb / 1024:.0f} MiB, Python {PYTHON}"
    )


def built_wheel(work: Path) -> Path:
    """The wheel of this checkout, built without touching it."""
    build = ["egg_info", "-e", work, "build", "-b", work / "build", "bdist_wheel", "-d", work]
    subprocess.run(
        [sys.executable, "setup.py", "-q", *build], check=True, cwd=ROOT, stderr=subprocess.DEVNULL
    )
    return next(work.glob("*.whl"))


def installed(wheel: Path, tree: Path) -> None:
    """What the package holds."""
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--target", tree / "opt/sandwatch/lib"]
    foreign = [option for platform in PLATFORMS for option in ("--platform", platform)]
    kind = ["--implementation", "cp", "--python-version", PYTHON, "--only-binary", ":all:"]
    subprocess.run([*pip, *foreign, *kind, f"{wheel}[pi]"], check=True)
    shutil.rmtree(tree / "opt/sandwatch/lib/bin", ignore_errors=True)
    for program, module in PROGRAMS.items():
        script(tree / "opt/sandwatch/bin" / program, PROGRAM.format(program=program, module=module))
    link = tree / "usr/bin/sandwatch"
    link.parent.mkdir(parents=True)
    link.symlink_to("/opt/sandwatch/bin/sandwatch")


def script(path: Path, text: str, mode: int = 0o755) -> None:
    """Write a small file of the package."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    path.chmod(mode)


if __name__ == "__main__":
    main()
