"""The bed near the vessel: from an echo, the level of the water at that moment, and the transducer's place."""

from datetime import UTC, date, datetime, timedelta

import pytest

from agent.errors import SettingsError
from agent.licence.conditions import DepthLimit
from agent.licence.depth import Transducer, WaterLevel, bed_near, judge_bed
from agent.licence.water_levels import parse_water_table
from agent.types import Depth, Verdict

LIMIT = DepthLimit(-16.0, "Hòn Dấu", date(2026, 1, 1), None)
LEVEL = WaterLevel(0.8, 0.3, "Hòn Dấu", "Trạm ví dụ")
TRANSDUCER = Transducer(below_water_m=0.6, error_m=0.05)
TABLE = """
format = "sandwatch-water-level/1"
station = "Trạm ví dụ (invented)"
kind = "tide_table"
source = "invented for this test"
synthetic = true
vertical_datum = "Hòn Dấu"
lat_deg = 10.03
lon_deg = 105.78
reach_km = 15
error_m = 0.3
levels = [
  [2026-11-20T00:00:00+07:00, 0.40],
  [2026-11-20T01:00:00+07:00, 0.80],
  [2026-11-20T04:00:00+07:00, 1.60],
]
"""
MIDNIGHT = datetime(2026, 11, 19, 17, tzinfo=UTC)


def echo(depth_m: float, offset_m: float | None = None) -> Depth:
    return Depth(0, depth_m, offset_m)


def test_bed_is_the_level_less_the_depth_and_the_transducer() -> None:
    bed = bed_near(echo(15.0), TRANSDUCER, LEVEL)
    assert bed is not None
    assert bed.elevation_m == pytest.approx(0.8 - 15.0 - 0.6)
    assert bed.error_m == pytest.approx((0.3**2 + 0.3**2 + 0.05**2) ** 0.5)


@pytest.mark.parametrize(
    ("depth_m", "verdict"),
    [
        (15.0, Verdict.PERMITTED),  # bed at -14.8 ± 0.4
        (16.0, Verdict.UNDETERMINED),  # -15.8 ± 0.4
        (16.3, Verdict.UNDETERMINED),  # -16.1 ± 0.4
        (17.0, Verdict.BREACH),  # -16.8 ± 0.5
    ],
)
def test_bed_is_below_the_limit_only_when_it_is_so_by_more_than_the_error(
    depth_m: float, verdict: Verdict
) -> None:
    assert judge_bed(LIMIT, bed_near(echo(depth_m), TRANSDUCER, LEVEL)) is verdict


def test_without_a_water_level_nothing_is_determined_however_deep_the_echo() -> None:
    assert judge_bed(LIMIT, bed_near(echo(40.0), TRANSDUCER, None)) is Verdict.UNDETERMINED


def test_levels_of_another_vertical_datum_determine_nothing() -> None:
    other = WaterLevel(0.8, 0.3, "Mũi Nai", "Trạm ví dụ")
    assert judge_bed(LIMIT, bed_near(echo(40.0), TRANSDUCER, other)) is Verdict.UNDETERMINED


def test_the_sounders_own_offset_serves_when_it_goes_to_the_water_line_and_not_to_the_keel() -> None:
    bed = bed_near(echo(15.0, 0.6), None, LEVEL)
    assert bed is not None
    assert bed.elevation_m == pytest.approx(-14.8)
    assert bed_near(echo(15.0, -0.4), None, LEVEL) is None
    assert bed_near(echo(15.0), None, LEVEL) is None


@pytest.mark.parametrize(
    ("after_h", "level"),
    [(0.0, 0.4), (0.5, 0.6), (1.0, 0.8), (2.0, None), (4.0, 1.6), (-0.1, None), (4.1, None)],
)
def test_level_lies_between_two_near_rows_and_nowhere_else(after_h: float, level: float | None) -> None:
    """Three hours lie between the last two rows: the tide may have turned there."""
    table = parse_water_table(TABLE, "levels.toml")
    found = table.level(MIDNIGHT + timedelta(hours=after_h), 10.05, 105.78)
    assert (found and found.elevation_m) == (level and pytest.approx(level))


def test_table_speaks_for_its_reach_only() -> None:
    table = parse_water_table(TABLE, "levels.toml")
    assert table.level(MIDNIGHT, 10.15, 105.78) is not None
    assert table.level(MIDNIGHT, 10.18, 105.78) is None


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("+07:00, 0.80", ", 0.80", "levels[1] = 2026-11-20 01:00:00: has no time zone (add +07:00)"),
        ("T04:", "T01:", "levels[2] = 2026-11-20 01:00:00+07:00: is not after the row before"),
        ('vertical_datum = "Hòn Dấu"', "", "vertical_datum: is missing"),
        ("error_m = 0.3", "error_m = 0", "error_m = 0"),
        ("reach_km", "reach_m", "reach_m = 15: is not a key"),
        ("[2026", "[[2026", "is not TOML"),
    ],
)
def test_a_table_of_levels_with_a_mistake_is_refused(old: str, new: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse_water_table(TABLE.replace(old, new), "levels.toml")
    assert said in str(refused.value)
