"""Meddling with real logs is seen, and undisturbed ones raise no doubt.

The logs are of other rivers and seas (../shared/data, not committed); region and altitude are set to the place of each,
and its first day stands for the day the software was written.
"""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import pytest

from agent.types import Reading
from position import spoofed_logs as spoof
from position.spoofed_logs import SHARED, Script, doubts, meddled, readings, settings_of

AT_REST = SHARED / "nmea-signalk" / "samples" / "gps.log"
UNDER_WAY = SHARED / "nmea-signalk" / "samples" / "plaka.log"
CLEAN = (
    AT_REST,
    UNDER_WAY,
    SHARED / "nmea-signalk" / "samples" / "gofree-merrimac.log",
    SHARED / "nmea-gpsd" / "bundg_zeus_9.log",
    SHARED / "nmea-gpsd" / "ais-nmea.log",
    SHARED / "nmea-gpsd" / "ericsson-gru04-02-70sec.log",
    SHARED / "nmea-gpsd" / "gpsdf.log",
)
SCRIPTS: dict[str, Callable[[], Script]] = {
    "jump": lambda: spoof.jump,
    "one wild fix": lambda: spoof.wild_fix,
    "slow drag at 0.5 m/s": lambda: spoof.slow_drag,
    "slow drag, the speed goes along": lambda: spoof.consistent_drag,
    "frozen under way": spoof.Frozen,
    "uniform strengths": lambda: spoof.uniform,
    "strengths no satellite has": lambda: spoof.too_strong,
    "all satellites at the horizon": lambda: spoof.at_the_horizon,
    "time step": lambda: spoof.time_step,
    "1,024 weeks": lambda: spoof.rollover,
    "jammed": lambda: spoof.jammed,
    "airport from the start": lambda: spoof.airport,
}
NOT_SEEN = {"slow drag, the speed goes along"}
BEGIN_S = 600.0

pytestmark = pytest.mark.skipif(
    not AT_REST.exists(), reason="the recorded logs of ../shared/data are not here"
)


@cache
def log_of(path: Path) -> list[Reading]:
    return readings(path, None if path != UNDER_WAY else datetime(2015, 6, 1, 12, tzinfo=UTC))


def seen_after_s(name: str) -> float | None:
    """Seconds from the beginning of the meddling to the first suspect fix; None if there is none."""
    log = log_of(UNDER_WAY if name == "frozen under way" else AT_REST)
    begin_s = 0.0 if name == "airport from the start" else BEGIN_S
    found = doubts(meddled(log, SCRIPTS[name](), begin_s), settings_of(log))
    return next((at - begin_s for at, _ in found if at >= begin_s), None)


@pytest.mark.parametrize("name", [name for name in SCRIPTS if name not in NOT_SEEN])
def test_meddling_is_seen_within_a_minute(name: str) -> None:
    seen_s = seen_after_s(name)
    assert seen_s is not None
    assert seen_s <= 60.0


def test_eleven_of_twelve_are_seen_and_the_twelfth_is_named() -> None:
    """A drag with which the stated speed goes along looks in plain sentences like a boat that drifts."""
    assert len(SCRIPTS) - len(NOT_SEEN) == 11
    assert seen_after_s("slow drag, the speed goes along") is None


def test_undisturbed_logs_raise_at_most_one_doubt_in_all(capsys: pytest.CaptureFixture[str]) -> None:
    hours, flags = 0.0, []
    for path in CLEAN:
        log = log_of(path)
        hours += (log[-1].mono_ns - log[0].mono_ns) / 3.6e12
        last = None
        for at, reason in doubts(log, settings_of(log)):
            if last is None or at - last > 60.0:  # one flag, however long it stands
                flags.append(f"{path.name} at {at:.0f} s: {reason}")
            last = at
    with capsys.disabled():
        print(f"{len(CLEAN)} undisturbed logs, {hours:.2f} hours, {len(flags)} false flag(s)")  # noqa: T201
    assert hours > 4.0
    assert len(flags) <= 1, flags
