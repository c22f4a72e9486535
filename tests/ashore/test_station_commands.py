"""`sandwatch-station` as people type it."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests

from agent.event.chain import public_text
from ashore.boat import Boat
from station.identity import station_key

ENVIRONMENT = {**os.environ, "PYTHONUNBUFFERED": "1", "NO_COLOR": "1", "COLUMNS": "120"}


def command(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "station.cli", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=ENVIRONMENT,
    )


def starting(*arguments: str | Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "station.cli", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=ENVIRONMENT,
    )


def first_line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


@pytest.mark.parametrize("name", ["serve", "enrol", "take-in", "devices", "demo"])
def test_every_command_has_help(name: str) -> None:
    done = command(name, "--help")
    assert done.returncode == 0
    assert name in done.stdout


def test_help_of_serve_says_how_people_get_in_and_that_nothing_is_encrypted_here() -> None:
    said = command("serve", "--help").stdout
    assert "account add" in said
    assert "proxy with TLS" in " ".join(said.split())


def test_enrol_prints_what_to_pin_and_devices_lists_it(tmp_path: Path) -> None:
    boat = Boat("")
    done = command("enrol", boat.device, boat.public_key, "--name", "Xáng cạp", "--folder", tmp_path)
    assert done.returncode == 0, done.stderr
    assert f'public_key = "{public_text(station_key(tmp_path).public_key())}"' in done.stdout
    listed = command("devices", "--folder", tmp_path)
    assert "barge-1  Xáng cạp  last seen never  records 0" in listed.stdout


def test_key_may_come_from_a_file_and_may_begin_with_a_dash(tmp_path: Path) -> None:
    file = tmp_path / "barge.pub"
    file.write_text(Boat("").public_key + "\n")
    assert command("enrol", "barge-1", file, "--folder", tmp_path / "station").returncode == 0
    dashed = next(key for n in range(1, 256) if (key := Boat("", number=n).public_key).startswith("-"))
    assert command("enrol", "barge-2", dashed, "--folder", tmp_path / "station").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["enrol", "barge", "no-key"], "no public key"),
        (["enrol", "a b", Boat("").public_key], "no device id"),
        (["enrol", "barge", "/nowhere/key.pub"], "no public key"),
        (["devices", "--database", "sqlite:////nowhere/at/all.sqlite"], "cannot be opened"),
        (["devices", "--database", "nonsense"], "nonsense"),
        (["devices", "--folder", "/proc/nowhere"], "/proc"),
        (["take-in", "/nowhere/stick"], "is mounted"),
        (["demo", "--voyage", "/nowhere"], "is no voyage"),
        (["serve", "--port", "99999"], "--port"),
    ],
)
def test_mistakes_end_with_a_sentence_and_code_2(arguments: list[str], sentence: str, tmp_path: Path) -> None:
    folder = [] if "--folder" in arguments else ["--folder", str(tmp_path)]
    done = command(*arguments, *folder)
    assert done.returncode == 2
    assert sentence in done.stderr
    assert "Traceback" not in done.stderr


def test_port_in_use_is_an_error_that_says_so(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        for name in ("serve", "demo"):
            extra = ("--voyage", small_voyage(tmp_path)) if name == "demo" else ()
            done = command(name, "--port", str(port), "--folder", tmp_path / name, *extra)
            assert done.returncode == 2
            assert f"port {port}" in done.stderr
            assert "--port" in done.stderr


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_station_ends_cleanly_when_told_to(tmp_path: Path, number: signal.Signals) -> None:
    process = starting("serve", "--folder", tmp_path, "--port", "0")
    try:
        address = first_line(process).split()[1]
        assert requests.get(address + "healthz", timeout=30).json() == {"ok": True}
        process.send_signal(number)
        rest, _ = process.communicate(timeout=60)
        assert process.returncode == 0, rest
        assert "Traceback" not in rest
        assert not (tmp_path / "station.sqlite-wal").exists()
    finally:
        process.kill()
        process.communicate()


def test_station_on_loopback_answers_to_its_own_names_only(tmp_path: Path) -> None:
    process = starting("serve", "--folder", tmp_path, "--port", "0", "--name", "station.example.vn")
    try:
        address = first_line(process).split()[1]
        answers = {
            name: requests.get(address + "healthz", headers={"Host": name}, timeout=30).status_code
            for name in ("127.0.0.1", "station.example.vn", "evil.example")
        }
        assert answers == {"127.0.0.1": 200, "station.example.vn": 200, "evil.example": 400}
    finally:
        process.terminate()
        process.communicate()


# ── demo ──────────────────────────────────────────────────────────────────────────────────────────────

VOYAGE = Path(__file__).parents[1] / "voyages" / "tan-loc-evening"
LICENCE = Path(__file__).parents[2] / "config" / "licences" / "example-tan-loc.geojson"


def small_voyage(folder: Path) -> Path:
    """The bundled voyage without its film: quick, and enough to send records."""
    voyage = folder / "voyage"
    voyage.mkdir(exist_ok=True)
    (voyage / "gnss.nmea").write_bytes((VOYAGE / "gnss.nmea").read_bytes())
    (voyage / "voyage.toml").write_text(
        'format = "sandwatch-voyage/1"\nname = "small"\nsynthetic = true\nstart_utc = 2026-11-20T09:50:00Z\n'
        'config = "agent.toml"\nnmea = "gnss.nmea"\n'
    )
    (voyage / "agent.toml").write_text(
        '[device]\nid = "SW-TEST-0001"\n[own_vessel]\nkind = "dredger"\nname = "Thử"\n'
        f'[licences]\nfiles = ["{LICENCE}"]\n'
    )
    return voyage


def test_demo_runs_to_its_end_and_again_from_what_is_there(tmp_path: Path) -> None:
    voyage = small_voyage(tmp_path)
    for _ in range(2):
        done = command("demo", "--once", "--port", "0", "--folder", tmp_path / "demo", "--voyage", voyage)
        assert done.returncode == 0, done.stdout + done.stderr
        assert "Everything the agent recorded is held" in done.stdout
    assert "SW-TEST-0001  Thử" in command("devices", "--folder", tmp_path / "demo" / "station").stdout


def test_demo_whose_station_lost_its_database_does_not_say_it_is_complete(tmp_path: Path) -> None:
    """The agent holds receipts for records that the station no longer has: only a comparison can tell."""
    voyage = small_voyage(tmp_path)
    folder = tmp_path / "demo"
    assert command("demo", "--once", "--port", "0", "--folder", folder, "--voyage", voyage).returncode == 0
    for path in (folder / "station").glob("station.sqlite*"):
        path.unlink()
    done = command("demo", "--once", "--port", "0", "--folder", folder, "--voyage", voyage)
    assert done.returncode == 1
    assert "NOT COMPLETE" in done.stdout


def signed_in_with(address: str, told: str) -> requests.Session:
    """Signed in as the demonstration told it: `Sign in as NAME with the password PASSWORD …`."""
    words = told.split()
    visitor = requests.Session()
    form = {"name": words[3], "password": words[7]}
    answer = visitor.post(address + "login", data=form, timeout=30)
    assert answer.status_code == 200, told
    return visitor


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_demo_serves_until_it_is_told_to_end(tmp_path: Path, number: signal.Signals) -> None:
    voyage = small_voyage(tmp_path)
    process = starting("demo", "--port", "0", "--folder", tmp_path / "demo", "--voyage", voyage)
    try:
        assert process.stdout is not None
        address = first_line(process).split("page: ")[1].split()[0]
        told = first_line(process)
        for line in process.stdout:
            if line.startswith("Serving"):
                break
        assert "Thử" in signed_in_with(address, told).get(address + "devices", timeout=30).text
        process.send_signal(number)
        rest, _ = process.communicate(timeout=60)
        assert process.returncode == 0, rest
    finally:
        process.kill()
        process.communicate()


def test_demo_told_to_end_early_ends_its_agent_too(tmp_path: Path) -> None:
    voyage = small_voyage(tmp_path)
    process = starting("demo", "--once", "--port", "0", "--folder", tmp_path / "demo", "--voyage", voyage)
    try:
        first_line(process)
        first_line(process)
        process.send_signal(signal.SIGTERM)
        rest, _ = process.communicate(timeout=60)  # returns only when the agent has let go of the output too
        assert process.returncode == 130, rest
    finally:
        process.kill()
        process.communicate()
