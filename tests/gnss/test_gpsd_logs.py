"""Every recorded log of gpsd's corpus through a real pty, against what gpsd itself made of it.

A log that is excluded in excluded.toml is played all the same: it must not raise, and it must still fail
the comparison, or it has no business there.
"""

import json
import threading
import time
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from agent.types import Fix, Health, SourceState
from gnss.plugged_receiver import SHARED, plugged_receiver, shared_folder
from hw.clock import SystemClock
from hw.gnss import GnssSource
from hw.gnss_log import GnssLog
from hw.gnss_port import SerialPort

WITHIN_DEG = 1e-6
SHARE = 0.995
LOGS = sorted(path.name for path in (SHARED / "nmea-gpsd").glob("*.log"))

Place = tuple[float, float]


@cache
def excluded() -> dict[str, dict[str, Any]]:
    table = tomllib.loads(Path(__file__).with_name("excluded.toml").read_text(encoding="utf-8"))
    return {entry["name"]: entry for entry in table["log"]}


def reported_by_gpsd(check: Path) -> set[Place]:
    """Distinct positions of TPV in mode 2 or 3."""
    places = set()
    for line in check.read_text(encoding="latin1").splitlines():
        if '"class":"TPV"' not in line:
            continue
        report = json.loads(line)
        if report.get("mode", 0) >= 2 and "lat" in report and "lon" in report:
            places.add((report["lat"], report["lon"]))
    return places


def share_found(reported: set[Place], ours: set[Place], within_deg: float) -> float:
    if not reported:
        return 1.0
    found = sum(
        any(
            abs(lat - our_lat) <= within_deg and abs(lon - our_lon) <= within_deg for our_lat, our_lon in ours
        )
        for lat, lon in reported
    )
    return found / len(reported)


def places(readings: list[Any]) -> set[Place]:
    return {
        (fix.lat_deg, fix.lon_deg)
        for fix in readings
        if isinstance(fix, Fix) and fix.lat_deg is not None and fix.lon_deg is not None
    }


class Patient(SerialPort):
    """Reads as the source does, but holds a burst together however slowly this machine sends it."""

    def read(self, timeout_s: float) -> bytes:
        return super().read(max(timeout_s, 5.0))


def over_a_pty(log: Path, folder: Path) -> list[Any]:
    """The readings of a receiver that sends the log and is then unplugged."""
    with plugged_receiver(folder) as receiver:
        opened = threading.Event()
        stream = log.read_bytes()

        def open_port(url: str, baud: int) -> Patient:
            port = Patient(url, baud)
            opened.set()
            return port

        source = GnssSource(
            str(receiver.path), clock=SystemClock(), open_port=open_port, wrong_baud_after_s=3600
        )

        def send() -> None:
            opened.wait()
            receiver.send(stream)
            while source.counters.bytes_read < len(stream):
                time.sleep(0.001)
            receiver.unplug()

        thread = threading.Thread(target=send, daemon=True)
        thread.start()
        readings = []
        for reading in source:
            readings.append(reading)
            if isinstance(reading, SourceState) and reading.state is Health.FAILED:
                source.close()
        thread.join()
    assert source.counters.bytes_read == len(stream)
    return readings


@pytest.mark.parametrize("name", LOGS)
def test_our_positions_are_those_of_gpsd_unless_the_log_is_excluded_with_a_reason(
    name: str, tmp_path: Path
) -> None:
    log = shared_folder("nmea-gpsd") / name
    ours = places(over_a_pty(log, tmp_path))
    reported = reported_by_gpsd(log.with_name(name + ".chk"))
    share = share_found(reported, ours, WITHIN_DEG)
    if name not in excluded():
        assert share >= SHARE, f"{share:.1%} of the positions in {name} are ours"
        return
    assert share < SHARE, f"{name} passes: take it out of excluded.toml"
    if "within_deg" in excluded()[name]:
        assert share_found(reported, ours, excluded()[name]["within_deg"]) >= SHARE


def test_only_logs_that_exist_are_excluded_and_each_says_why() -> None:
    shared_folder("nmea-gpsd")
    assert set(excluded()) <= set(LOGS)
    assert all(len(entry["reason"]) > 20 for entry in excluded().values())


@pytest.mark.parametrize("name", LOGS)
def test_stamps_of_a_replayed_log_never_go_down(name: str) -> None:
    stamps = [reading.mono_ns for reading in GnssLog(shared_folder("nmea-gpsd") / name)]
    assert stamps == sorted(stamps)


def test_a_yacht_log_of_twenty_minutes_gives_a_fix_each_second() -> None:
    readings = list(GnssLog(shared_folder("nmea-signalk") / "samples" / "gps.log"))
    fixes = [reading for reading in readings if isinstance(reading, Fix)]
    assert len(fixes) == 1202
    assert all(fix.lat_deg is not None and fix.error_m is not None for fix in fixes)
    assert fixes[-1].mono_ns == 1201 * 1_000_000_000


def test_depth_is_read_beside_wind_and_ais() -> None:
    log = GnssLog(shared_folder("nmea-signalk") / "samples" / "plaka.log")
    assert sum(type(reading).__name__ == "Depth" for reading in log) == 7250
    assert {"MWV", "HDM", "XTE"} <= set(log.counters.ignored)


@pytest.mark.parametrize(
    "name", ["messages.ais", "nmea_data_sample.txt", "timestamped.ais", "ais_test_messages"]
)
def test_ais_is_ignored_and_counted(name: str) -> None:
    log = GnssLog(shared_folder("ais-pyais") / "tests" / name)
    assert not places(list(log))
    assert log.counters.ignored["VDM"] > 0
