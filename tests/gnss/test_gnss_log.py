"""A log is replayed in its own time, whatever that time does."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agent.errors import SourceError
from agent.types import Fix, Health, SourceState
from gnss.plugged_receiver import framed
from hw.gnss_log import GnssLog

SECOND = 1_000_000_000


def gga(clock: str) -> str:
    return f"GPGGA,{clock},1015.00000,N,10534.00000,E,1,12,0.9,4.9,M,,M,,"


def rmc(moment: datetime) -> str:
    return f"GPRMC,{moment:%H%M%S},A,1015.00000,N,10534.00000,E,5.1,178.7,{moment:%d%m%y},,,A"


def written(folder: Path, bodies: list[str]) -> Path:
    path = folder / "gnss.nmea"
    path.write_bytes(b"".join(framed(body) for body in bodies))
    return path


def seconds(log: GnssLog) -> list[float]:
    return [reading.mono_ns / SECOND for reading in log if isinstance(reading, Fix)]


NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)


def at(*offsets_s: int) -> list[str]:
    return [rmc(NOON + timedelta(seconds=offset)) for offset in offsets_s]


def test_stamps_follow_the_fixes_own_time(tmp_path: Path) -> None:
    assert seconds(GnssLog(written(tmp_path, at(0, 1, 2, 65)))) == [0, 1, 2, 65]


def test_stamps_count_from_the_start_of_the_voyage_where_it_is_given(tmp_path: Path) -> None:
    log = GnssLog(written(tmp_path, at(0, 1)), voyage_start=NOON - timedelta(seconds=30))
    assert seconds(log) == [30, 31]


def test_a_start_on_another_day_than_the_log_does_not_freeze_the_stamps(tmp_path: Path) -> None:
    log = GnssLog(written(tmp_path, at(0, 1, 2)), voyage_start=NOON + timedelta(days=400))
    assert seconds(log) == [0, 1, 2]


@pytest.mark.parametrize("jump_s", [-3600, -60, 7200, 1024 * 7 * 86_400])
def test_a_jump_of_the_receivers_time_moves_the_stamps_on_by_one_interval(
    tmp_path: Path, jump_s: int
) -> None:
    log = GnssLog(written(tmp_path, at(0, 2, 4, 4 + jump_s, 6 + jump_s)))
    assert seconds(log) == [0, 2, 4, 6, 8]
    utcs = [reading.utc for reading in log if isinstance(reading, Fix)]
    assert utcs[3] == NOON + timedelta(seconds=4 + jump_s)


def test_two_receivers_out_of_step_do_not_stretch_time(tmp_path: Path) -> None:
    assert seconds(GnssLog(written(tmp_path, at(1, 0, 2, 1, 3, 2, 4)))) == [0, 0, 1, 1, 2, 2, 3]


def test_epochs_before_the_first_time_are_stamped_zero(tmp_path: Path) -> None:
    lost = "GPRMC,,V,,,,,,,,,,N"
    assert seconds(GnssLog(written(tmp_path, [lost, lost, *at(0, 1)]))) == [0, 0, 0, 1]


def test_a_log_without_any_time_has_one_second_an_epoch(tmp_path: Path) -> None:
    assert seconds(GnssLog(written(tmp_path, ["GPRMC,,V,,,,,,,,,,N"] * 4))) == [0, 1, 2, 3]


def test_a_log_without_a_date_is_dated_by_its_start(tmp_path: Path) -> None:
    path = written(tmp_path, [gga("235959"), gga("000000")])
    dated = [
        reading.utc for reading in GnssLog(path, start=NOON + timedelta(hours=11)) if isinstance(reading, Fix)
    ]
    assert dated == [datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC), datetime(2026, 11, 21, tzinfo=UTC)]


def test_a_log_without_a_date_and_without_a_start_keeps_order_and_invents_no_date(tmp_path: Path) -> None:
    log = GnssLog(written(tmp_path, [gga("235959"), gga("000004")]))
    assert seconds(log) == [0, 5]
    assert all(reading.utc is None for reading in log if isinstance(reading, Fix))


def test_the_end_of_the_log_is_said(tmp_path: Path) -> None:
    *_, last = GnssLog(written(tmp_path, at(0, 1)))
    assert isinstance(last, SourceState)
    assert last.state is Health.ENDED


def test_close_ends_the_reading(tmp_path: Path) -> None:
    log = GnssLog(written(tmp_path, at(*range(10_000))))
    taken = 0
    for _ in log:
        taken += 1
        log.close()
    assert taken < 10_000


def test_the_same_log_gives_the_same_readings_again(tmp_path: Path) -> None:
    log = GnssLog(written(tmp_path, at(0, 1, 2)))
    assert list(log) == list(log)


def test_a_missing_log_is_an_error_that_names_it(tmp_path: Path) -> None:
    with pytest.raises(SourceError, match=r"absent\.nmea cannot be read"):
        list(GnssLog(tmp_path / "absent.nmea"))
