"""What a technician types, and what he reads when something is wrong: a sentence, exit code 2, no trace."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

import builders
from agent.cli import app
from agent.event import chain, wire
from agent.event.head import make_head_receipt, open_head_receipt
from agent.outbox.store import Store
from builders import key, stamp

ROOT = Path(__file__).parents[2]
VOYAGE = ROOT / "tests" / "voyages" / "tan-loc-evening"
LICENCE = ROOT / "config" / "licences" / "example-tan-loc.geojson"
CONFIG = f"""
[device]
id = "SW-1"
[own_vessel]
kind = "dredger"
[licences]
files = ["{LICENCE}"]
"""


def sandwatch(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def refusal(*arguments: object) -> str:
    """The sentence of a command that must be refused."""
    result = sandwatch(*arguments)
    assert result.exit_code == 2, result.output
    assert isinstance(result.exception, SystemExit)
    return result.output


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "agent.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def test_a_licence_with_a_mistake_is_told_in_the_language_asked_for_or_in_both(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SANDWATCH_LANG", raising=False)
    monkeypatch.setenv("LANG", "C.UTF-8")
    wrong = tmp_path / "wrong.geojson"
    wrong.write_text(
        LICENCE.read_text(encoding="utf-8").replace("2026-01-01", "01/01/2026"), encoding="utf-8"
    )
    config.write_text(CONFIG.replace(str(LICENCE), str(wrong)), encoding="utf-8")
    vietnamese, english = "một ngày viết như", "a date as"
    for options, said, unsaid in (
        (["--lang", "vi"], [vietnamese], english),
        (["--lang", "en"], [english], vietnamese),
        ([], [vietnamese, english], "\0"),
    ):
        output = refusal("check", config, *options)
        assert all(words in output for words in said)
        assert unsaid not in output


COMMANDS = [
    command.name or command.callback.__name__ for command in app.registered_commands if command.callback
]


@pytest.mark.parametrize("command", [*COMMANDS, "voyage make"])
def test_every_command_explains_itself_and_stands_in_the_docs(command: str) -> None:
    result = sandwatch(*command.split(), "--help")
    assert result.exit_code == 0
    assert len(result.output) > 200
    docs = "".join(
        path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
    )
    assert f"sandwatch {command}" in docs


def test_check_says_what_a_good_config_holds(config: Path) -> None:
    result = sandwatch("check", config)
    assert result.exit_code == 0
    for part in ("no mistakes", "SW-1", "VÍ DỤ-01/GP", "no receiver", "no station"):
        assert part in result.output


def test_check_says_what_the_link_may_cost(config: Path) -> None:
    station = f'[station]\npublic_key = "{chain.public_text(key(2).public_key())}"\n'
    config.write_text(CONFIG + station, encoding="utf-8")
    assert "carried ashore" in sandwatch("check", config).output
    url = 'url = "https://station.example.vn"\n[delivery]\nquiet_hours = "22:00-05:00"\n'
    config.write_text(CONFIG + station + url, encoding="utf-8")
    assert "200 MB a day over wwan*, ppp*, usb*; no limit elsewhere; quiet hours 22:00-05:00" in (
        sandwatch("check", config).output
    )
    config.write_text(CONFIG + station + url.replace("05:00", "22:00"), encoding="utf-8")
    assert "begins and ends at the same time" in refusal("check", config)


def test_check_reports_mistakes_of_config_and_licence_together(config: Path, tmp_path: Path) -> None:
    feature = json.loads(LICENCE.read_text(encoding="utf-8"))
    properties = (
        feature["properties"] if feature["type"] == "Feature" else feature["features"][0]["properties"]
    )
    del properties["vn2000"]["meridian_deg"]
    del properties["valid_to"]
    (tmp_path / "bad.geojson").write_text(json.dumps(feature), encoding="utf-8")
    text = CONFIG.replace(str(LICENCE), "bad.geojson").replace("dredger", "raft") + "\n[gps]\n"
    config.write_text(text, encoding="utf-8")
    said = refusal("check", config)
    for part in ("own_vessel.kind", "raft", "gps", "meridian_deg", "valid_to", "bad.geojson"):
        assert part in said


def test_a_zone_with_crossing_edges_is_a_sentence_that_names_the_edges(config: Path, tmp_path: Path) -> None:
    feature = json.loads(LICENCE.read_text(encoding="utf-8"))
    geometry = feature["geometry"] if feature["type"] == "Feature" else feature["features"][0]["geometry"]
    ring = geometry["coordinates"][0] if geometry["type"] == "Polygon" else geometry["coordinates"][0][0]
    ring[1], ring[2] = ring[2], ring[1]
    (tmp_path / "bow.geojson").write_text(json.dumps(feature), encoding="utf-8")
    config.write_text(CONFIG.replace(str(LICENCE), "bow.geojson"), encoding="utf-8")
    assert "cross" in refusal("check", config)


def test_a_config_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    assert "cannot be read" in refusal("check", tmp_path / "none.toml")
    assert "cannot be read" in refusal("run", "--config", tmp_path / "none.toml")


def test_a_missing_log_or_video_is_a_sentence(config: Path, tmp_path: Path) -> None:
    log = tmp_path / "a.nmea"
    log.write_bytes(b"")
    assert "--video" in refusal("run", "--nmea", log, "--video", tmp_path / "none.mp4", "--config", config)
    assert "--nmea" in refusal("run", "--nmea", tmp_path / "none.nmea", "--config", config)
    assert "--config" in refusal("run", "--nmea", log)
    assert "is no time" in refusal("run", "--nmea", log, "--config", config, "--start", "yesterday")


def test_a_voyage_without_its_log_is_a_sentence(tmp_path: Path) -> None:
    folder = tmp_path / "voyage"
    folder.mkdir()
    shutil.copy(VOYAGE / "voyage.toml", folder)
    said = refusal("run", "--replay", folder)
    assert "nmea" in said
    assert "film.mp4" in said


def test_a_station_without_its_key_is_refused(config: Path, tmp_path: Path) -> None:
    log = tmp_path / "a.nmea"
    log.write_bytes(b"")
    arguments = ("run", "--nmea", log, "--config", config, "--state", tmp_path / "s")
    assert "--station-key" in refusal(*arguments, "--station", "http://127.0.0.1:1")
    assert "--station-key" in refusal(*arguments, "--station", "http://127.0.0.1:1", "--station-key", "abc")
    assert "no station to deliver to" in refusal(*arguments, "--until-delivered")


def test_a_disk_that_is_full_at_start_is_a_sentence(config: Path, tmp_path: Path) -> None:
    """A file-size limit of the process stands in for the full disk: writes fail with an OS error all the same."""
    log = tmp_path / "a.nmea"
    log.write_bytes(b"")
    state = tmp_path / "s"
    command = (
        f"ulimit -f 0; exec {sys.executable} -m agent run --nmea {log} --config {config} --state {state}"
    )
    done = subprocess.run(
        ["bash", "-c", command],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert str(state) in done.stderr


def test_the_key_is_printed_and_stays_the_same(tmp_path: Path) -> None:
    first = sandwatch("key", "--state", tmp_path / "s").output
    assert re.fullmatch(r"[A-Za-z0-9_-]{43}\n", first)
    assert sandwatch("key", "--state", tmp_path / "s").output == first


def store_with_records(folder: Path) -> None:
    links = chain.Chain("SW-1", "boot", key())
    with Store.open(folder, "SW-1") as store:
        store.commit([links.append(stamp(at), "gap", {"why": "test"}) for at in range(3)], (), {}, 3)


def test_status_shows_a_store_to_people_and_to_programs(tmp_path: Path) -> None:
    store_with_records(tmp_path / "s")
    assert "3 records (3 not acknowledged)" in sandwatch("status", "--state", tmp_path / "s").output
    told = json.loads(sandwatch("status", "--state", tmp_path / "s", "--json").output)
    assert told["records"] == told["head_seq"] == 3


def test_status_shows_what_is_parked_anchored_and_spent(tmp_path: Path, config: Path) -> None:
    with Store.open(tmp_path / "s", "SW-1") as store:
        store.commit([chain.Chain("SW-1", "boot", key(1)).append(stamp(), "gap", {})], (), None, 0)
        store.park(1, "record", "station refused (422 record): it does not verify")
        store.spend("2026-11-25", "metered", 12_300_000)
    said = sandwatch("status", "--state", tmp_path / "s", "--config", config).output
    for part in ("PARKED", "record seq 1", "does not verify", "12.3 MB", "no head was told ashore", "200 MB"):
        assert part in said
    told = json.loads(sandwatch("status", "--state", tmp_path / "s", "--json").output)
    assert (told["anchored_through"], told["parked"]["seq"]) == (0, 1)


def test_status_says_for_how_long_an_event_is_unanchored(tmp_path: Path) -> None:
    with Store.open(tmp_path, "SW-1") as store:
        one = chain.Chain("SW-1", "boot", key(1))
        for number in range(2):
            body = wire.event_body(builders.event(event_id=f"e{number}", evidence=()))
            store.commit([one.append(stamp(), "event.opened", body)], (), None, 0)
            if number == 0:
                told = make_head_receipt(key(2), "shore", "SW-1", store.head(), builders.START)
                store.accept_head(open_head_receipt(told, key(2).public_key(), "SW-1"))
    said = sandwatch("status", "--state", tmp_path).output.splitlines()
    assert [line for line in said if " e0 " in line and "unanchored" in line] == []
    assert len([line for line in said if " e1 " in line and re.search(r"unanchored for \d+ h$", line)]) == 1


def test_status_of_nothing_is_a_sentence(tmp_path: Path) -> None:
    assert "--state" in refusal("status")
    assert str(tmp_path) in refusal("status", "--state", tmp_path)


def test_verify_finds_the_record_that_was_changed(tmp_path: Path) -> None:
    store_with_records(tmp_path / "s")
    public = chain.public_text(key().public_key())
    good = sandwatch("verify", tmp_path / "s", f"--key={public}")
    assert good.exit_code == 0, good.output
    with Store.open(tmp_path / "s", "SW-1") as store:
        raws = list(store.records())
    (tmp_path / "records.jsonl").write_bytes(
        b"\n".join([raws[0], raws[1].replace(b"test", b"tost"), raws[2]])
    )
    bad = sandwatch("verify", tmp_path / "records.jsonl", f"--key={public}")
    assert bad.exit_code == 1
    assert "record seq 2" in bad.output
    database = sandwatch("verify", tmp_path / "s" / "outbox.sqlite3", f"--key={public}")
    assert (database.exit_code, database.output) == (0, good.output)
    assert "--key" in refusal("verify", tmp_path / "records.jsonl")
    assert "--key" in refusal("verify", tmp_path / "s")


def test_fixes_of_a_log_are_json_lines(tmp_path: Path) -> None:
    log = tmp_path / "a.nmea"
    log.write_bytes(
        b"\n".join((VOYAGE / "gnss.nmea").read_bytes().splitlines()[:200]) + b"\n\xff\xfe$GPRMC,broken*00\n"
    )
    result = sandwatch("fixes", log)
    assert result.exit_code == 0
    first = json.loads(result.output.splitlines()[0])
    assert list(first) == [
        "utc",
        "lat_deg",
        "lon_deg",
        "sog_kn",
        "cog_deg",
        "hdop",
        "satellites",
        "quality",
        "error_m",
    ]
    assert "does not exist" in refusal("fixes", tmp_path / "none.nmea")


def test_fixes_counts_what_it_refused(tmp_path: Path) -> None:
    log = tmp_path / "a.nmea"
    log.write_bytes(b"$GPRMC,broken*00\r\n")
    done = subprocess.run(
        [sys.executable, "-m", "agent", "fixes", str(log), "--stats"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert sum(json.loads(done.stderr)["refused"].values()) == 1


def test_a_made_voyage_is_the_same_every_time(tmp_path: Path) -> None:
    for name in ("a", "b"):
        assert sandwatch("voyage", "make", VOYAGE / "script.toml", "-o", tmp_path / name).exit_code == 0
    assert (
        (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes() == (VOYAGE / "gnss.nmea").read_bytes()
    )
