"""`sandwatch export` and `sandwatch receipts` as a technician types them, with the station's side between."""

import contextlib
from pathlib import Path

from typer.testing import CliRunner, Result

import builders
from agent.cli import app
from agent.event import wire
from agent.event.chain import Chain, public_text
from agent.outbox.store import Store
from agent.run import identity
from ashore.boat import NOW
from outbox.outbox_builders import seal
from station.app import open_station
from station.cli import app as station_app
from station.enrolment import enrol

DEVICE = "SW-1"


def sandwatch(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def box(state: Path) -> None:
    """A box that has kept one event with a picture."""
    with Store.open(state, DEVICE) as store:
        file = seal(store.evidence_root, b"a still")
        body = wire.event_body(builders.event(evidence=(file,)))
        chain = Chain(DEVICE, "boot", identity.device_key(state / identity.KEY_FILE))
        store.commit([chain.append(builders.stamp(), "event.opened", body)], (file,), None, 0)


def shore(folder: Path, state: Path) -> str:
    """A station that knows the box; its public key."""
    with contextlib.closing(open_station(folder)) as station, station.store.writing() as connection:
        enrol(
            connection,
            DEVICE,
            public_text(identity.device_key(state / identity.KEY_FILE).public_key()),
            "",
            NOW,
        )
        return public_text(station.key.public_key())


def test_the_way_ashore_and_back(tmp_path: Path) -> None:
    state, stick = tmp_path / "state", tmp_path / "stick"
    stick.mkdir()
    box(state)
    pinned = shore(tmp_path / "station", state)
    out = sandwatch("export", stick, "--state", state)
    assert out.exit_code == 0
    assert "1 records through seq 1, 1 files" in out.output
    early = sandwatch("receipts", stick, "--state", state, "--station-key", pinned)
    assert (early.exit_code, "no receipts yet" in early.output) == (1, True)
    taken = CliRunner().invoke(station_app, ["take-in", str(stick), "--folder", str(tmp_path / "station")])
    assert taken.exit_code == 0, taken.output
    assert "held through seq 1, 1 files of evidence held; 1 receipt(s) written" in taken.output
    back = sandwatch("receipts", stick, "--state", state, "--station-key", pinned, "--clear")
    assert back.exit_code == 0
    assert "through seq 1, 1 files: taken" in back.output
    assert "2 file(s) taken off the stick" in back.output
    assert (
        "1 records (0 not acknowledged), 1 evidence files (0 not"
        in sandwatch("status", "--state", state).output
    )


def test_key_and_evidence_may_lie_elsewhere_than_the_store(tmp_path: Path) -> None:
    config, key_file, evidence = tmp_path / "agent.toml", tmp_path / "chip" / "box.key", tmp_path / "card"
    config.write_text(
        f'[device]\nid = "{DEVICE}"\nstate_dir = "{tmp_path / "state"}"\nkey_file = "chip/box.key"\n'
        f'[own_vessel]\nkind = "dredger"\n[evidence]\nfolder = "{evidence}"\n'
    )
    (told,) = sandwatch("key", "--config", config).output.split()
    assert told == public_text(identity.device_key(key_file, make=False).public_key())
    with Store.open(tmp_path / "state", DEVICE, evidence) as store:
        file = seal(store.evidence_root, b"a still")
        body = wire.event_body(builders.event(evidence=(file,)))
        record = Chain(DEVICE, "boot", identity.device_key(key_file)).append(
            builders.stamp(), "event.opened", body
        )
        store.commit([record], (file,), None, 0)
    (stick := tmp_path / "stick").mkdir()
    assert "1 files of evidence" in sandwatch("export", stick, "--config", config).output
    told = sandwatch("verify", tmp_path / "state", "--config", config).output
    assert "1 records, 1 evidence files checked: 0 fault(s)" in told
    assert "device.key" in sandwatch("verify", tmp_path / "state").output
    assert not (tmp_path / "state" / identity.KEY_FILE).exists()


def test_box_that_is_running_finds_the_receipts_later(tmp_path: Path) -> None:
    state, stick = tmp_path / "state", tmp_path / "stick"
    stick.mkdir()
    box(state)
    pinned = shore(tmp_path / "station", state)
    with Store.open(state, DEVICE):
        assert sandwatch("export", stick, "--state", state).exit_code == 0
        CliRunner().invoke(station_app, ["take-in", str(stick), "--folder", str(tmp_path / "station")])
        back = sandwatch("receipts", stick, "--state", state, "--station-key", pinned)
    assert "left for the running box" in back.output
    assert len(list((state / "receipts").iterdir())) == 1


def test_mistakes_are_sentences(tmp_path: Path) -> None:
    box(tmp_path / "state")
    for arguments, part in (
        (("export", tmp_path / "nowhere", "--state", tmp_path / "state"), "is mounted"),
        (("export", tmp_path), "--state"),
        (("receipts", tmp_path, "--state", tmp_path / "state"), "--station-key"),
        (("receipts", tmp_path, "--state", tmp_path / "state", "--station-key", "abc"), "32 bytes"),
    ):
        result = sandwatch(*arguments)
        assert result.exit_code == 2, result.output
        assert part in result.output
