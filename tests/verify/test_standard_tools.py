"""The commands of docs/verify.md, as they stand there, accept a true case and refuse a changed one."""

import re
import subprocess
from pathlib import Path

import pytest
from verify.test_case import NOW, filled, lines, write

from durability import needs
from station.app import open_station
from station.case import export_case

PAGE = Path(__file__).parents[2] / "docs" / "verify.md"


def commands() -> list[str]:
    return re.findall(r"^```sh\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)


def run(case: Path) -> list[tuple[int, str]]:
    """Exit status and output of each block of the page, run in the case."""
    needs.programs("bash", "openssl", "jq", "sha256sum")
    done = [
        subprocess.run(["bash", "-c", block], cwd=case, check=False, capture_output=True, text=True)
        for block in commands()
    ]
    return [(one.returncode, one.stdout + one.stderr) for one in done]


@pytest.fixture
def case(tmp_path: Path) -> Path:
    station = open_station(tmp_path / "station")
    boat = filled(station, 3)
    export_case(station, boat.device, None, tmp_path / "case", NOW)
    (tmp_path / "key").write_text(boat.public_key)
    station.close()
    return tmp_path / "case"


def test_a_true_case_passes_every_command(case: Path) -> None:
    keys, *checks, named = run(case)
    assert f"device {(case.parent / 'key').read_text()}" in keys[1]
    assert [check for check in checks if check != (0, "")] == []
    assert named[1].count("event.opened") == 3


def test_a_changed_picture_is_named(case: Path) -> None:
    path = next((case / "evidence").iterdir())
    path.write_bytes(b"another picture")
    _, sums, pictures, *_ = run(case)
    assert sums[0] != 0
    assert path.name in sums[1]
    assert pictures == (1, f"evidence/{path.name} is not what its name says\n")


def test_a_record_that_is_missing_or_forged_is_named(case: Path) -> None:
    raws = lines(case)
    write(case, raws[:2] + raws[3:])
    assert run(case)[3] == (1, "record 3 is missing\n")
    write(case, [raws[0], raws[1].replace(b"breach", b"permit"), *raws[2:]])
    links, signatures = run(case)[3:5]
    assert links == (1, "record 3 does not link to the one before it\n")
    assert "not signed by device.pem" in signatures[1]
