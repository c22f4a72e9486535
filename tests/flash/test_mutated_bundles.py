"""Thousands of damaged bundles: none taken, no trace, little memory, no time lost."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from flash.flash_builders import KEYS, box, files, keys_bundle, made

MEMORY_LIMIT_MB = 64
TIME_LIMIT_S = 2.0
MUTATE = Path(__file__).with_name("mutate.py")


def offered(folder: Path, count: int, seed: int) -> dict[str, Any]:
    held = box(folder)
    before = held.tree()
    state = held.home.folder.parent
    (state / "good.swb").write_bytes(made(sequence=9))
    (state / "keys.swb").write_bytes(keys_bundle(KEYS, sequence=9))
    large = {**files(), "m.onnx": bytes(range(256)) * (4 << 10)}  # 1 MiB
    (state / "large.swb").write_bytes(made(large, sequence=9))
    done = subprocess.run(
        [sys.executable, str(MUTATE), str(held.home.folder), str(count), str(seed)],
        check=False,
        capture_output=True,
        text=True,
    )
    assert done.stderr == ""
    assert done.returncode == 0
    for path in state.glob("*.swb"):
        path.unlink()
    assert held.tree() == before
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def judged(told: dict[str, Any]) -> None:
    assert "TAKEN" not in told["codes"]
    assert told["peak_mb"] < MEMORY_LIMIT_MB
    assert told["slowest_s"] < TIME_LIMIT_S


def test_no_damaged_bundle_is_taken(tmp_path: Path) -> None:
    told = offered(tmp_path, 300, 1)
    judged(told)
    assert len(told["codes"]) >= 5


@pytest.mark.soak
def test_of_ten_thousand_damaged_bundles_none_is_taken(tmp_path: Path) -> None:
    told = offered(tmp_path, 10_000, 2026)
    print(f"\n{told}")  # noqa: T201
    judged(told)
