"""What each kit can prove."""

from typer.testing import CliRunner

from agent.cli import app
from agent.licence.budget import KITS, TYPICAL_GEAR, budget


def test_better_kits_prove_smaller_distances_and_rest_never_makes_it_worse() -> None:
    rows = {row.kit.name: row for row in budget(TYPICAL_GEAR)}
    at_once = [rows[kit.name].at_once_m for kit in KITS]
    assert at_once == sorted(at_once, reverse=True)
    assert all(row.at_rest_m <= row.at_once_m for row in rows.values())


def test_ten_metres_cannot_be_proven_without_a_heading_and_can_with_rtk() -> None:
    rows = {row.kit.name: row for row in budget(TYPICAL_GEAR)}
    assert rows["single GNSS, no heading"].at_rest_m > 10.5
    assert rows["RTK fixed, heading"].at_once_m < 10.5


def test_lever_arm_that_was_not_measured_is_twenty_metres_for_every_kit() -> None:
    assert all(row.at_rest_m > 20.0 for row in budget(None))


def test_the_command_prints_every_kit_with_the_gear_of_the_config() -> None:
    said = CliRunner().invoke(app, ["site", "budget", "--config", "config/agent.example.toml"])
    assert said.exit_code == 0
    assert "12 m ahead and 0.5 m to starboard" in said.output
    assert all(kit.name in said.output for kit in KITS)


def test_the_budget_is_told_in_vietnamese_with_comma_decimals() -> None:
    said = CliRunner().invoke(app, ["site", "budget", "--lang", "vi"])
    assert said.exit_code == 0
    assert "GNSS đơn có SBAS, không có hướng mũi" in said.output
    assert "21,5 m" in said.output
    assert not any(kit.name in said.output for kit in KITS if not kit.name.startswith("RTK"))
    assert "." not in said.output
