"""`sandwatch site loads` and `site load`: what a carrier held becomes a signed statement about one load of this box."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.cli import app
from agent.event.chain import Chain
from agent.outbox.store import Store
from agent.run import identity
from agent.run.statements import Statements
from agent.types import Json
from builders import stamp

LICENCE = Path(__file__).parents[2] / "config" / "licences" / "example-tan-loc.geojson"
CONFIG = """
[device]
id = "SW-1"
state_dir = "{state}"
[own_vessel]
kind = "dredger"
[licences]
files = ["licence.geojson"]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A box that saw one load of 60 buckets."""
    state = tmp_path / "state"
    with Store.open(state, "SW-1") as store:
        key = identity.device_key(state / identity.KEY_FILE)
        body: dict[str, Json] = {
            "load": "load:b.1",
            "from_utc": None,
            "to_utc": None,
            "cycles": 60,
            "volume": {"loose_m3": 76.5, "loose_error_m3": 15.0},
        }
        store.commit([Chain("SW-1", "b", key).append(stamp(), "load", body)], (), {}, 0)
    licence = json.loads(LICENCE.read_text(encoding="utf-8"))
    carrier = {"hull_number": "VD-00077", "valid_to": "2027-12-31", "hold_m3": 80}
    licence["properties"]["carriers"] = [carrier]
    (tmp_path / "licence.geojson").write_text(json.dumps(licence), encoding="utf-8")
    file = tmp_path / "agent.toml"
    file.write_text(CONFIG.format(state=state), encoding="utf-8")
    return file


def sandwatch(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["site", *words])
    return done.exit_code, done.output


def said(config: Path) -> list[dict[str, float | int | str]]:
    state = config.parent / "state"
    key = identity.device_key(state / identity.KEY_FILE).public_key()
    return [dict(item.values) for item in Statements(state, key, "SW-1").fresh(lambda: 0)]


def test_loads_are_listed_with_their_buckets_and_volume(config: Path) -> None:
    code, told = sandwatch("loads", "-c", str(config))
    assert code == 0
    assert "load:b.1" in told
    assert "60 buckets  76.5 ± 15 m³ loose" in told


def test_measured_load_is_stated_with_its_error(config: Path) -> None:
    assert (
        sandwatch("load", "load:b.1", "-c", str(config), "--by", "Ví Dụ", "--m3", "70", "--error", "4")[0]
        == 0
    )
    assert said(config) == [{"load": "load:b.1", "carrier": "", "m3": 70.0, "error_m3": 4.0}]


def test_load_of_a_carrier_of_unknown_capacity_or_of_another_box_is_refused(config: Path) -> None:
    code, told = sandwatch("load", "load:b.1", "-c", str(config), "--by", "Ví Dụ", "--carrier", "XX-1")
    assert (code, "is of no known capacity" in told) == (2, True)
    code, told = sandwatch("load", "load:b.2", "-c", str(config), "--by", "Ví Dụ", "--m3", "70")
    assert (code, "is no load of this box" in told) == (2, True)
    assert said(config) == []


def test_carrier_of_the_licences_list_that_left_full_is_as_much_as_her_hold(config: Path) -> None:
    code, told = sandwatch("load", "load:b.1", "-c", str(config), "--by", "Ví Dụ", "--carrier", "vd 00077")
    assert code == 0, told
    (values,) = said(config)
    assert (values["m3"], values["error_m3"]) == (80, 8)
