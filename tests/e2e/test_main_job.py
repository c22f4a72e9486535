"""Recorded sentences and a film go in; signed, evidenced events come out on the inspector's list."""

import json
import os
import random
import shutil
import subprocess
import time
from pathlib import Path

import pytest

from agent.errors import StoreError
from agent.event import chain, wire
from agent.outbox.database import DATABASE
from agent.outbox.view import View
from e2e.boat_and_shore import DEVICE, VOYAGE, Boat, Shore, sandwatch


@pytest.fixture(scope="module")
def reference(tmp_path_factory: pytest.TempPathFactory) -> Boat:
    """The voyage replayed once, undisturbed."""
    boat = Boat(tmp_path_factory.mktemp("reference"))
    boat.run()
    return boat


def records(state: Path) -> list[bytes]:
    with View.open_reading(state) as view:
        return list(view.records())


def records_so_far(state: Path) -> int:
    """How many records a store holds that may just be being made."""
    if not (state / DATABASE).exists():
        return 0
    try:
        return len(records(state))
    except StoreError:  # its tables are not there yet
        return 0


def boat_like(reference: Boat, folder: Path, url: str, shore: Shore) -> Boat:
    """An empty boat with the reference's key, so that the same voyage signs the same bytes; enrolled ashore."""
    folder.mkdir(mode=0o700)
    shutil.copy(reference.state / "device.key", folder / "device.key")
    boat = Boat(folder, url)
    boat.station_key = shore.enrol(boat.key())
    return boat


def told(raw: bytes) -> bytes | None:
    """What an event record says, without what depends on the build of the picture libraries and the runtime."""
    record = json.loads(raw)
    if not str(record["kind"]).startswith("event."):
        return None
    for file in record["body"]["evidence"]:
        del file["sha256"], file["size_bytes"]
        if file["detections"] is not None:
            file["detections"] = sorted({box["label"] for box in file["detections"]})
    return wire.canonical({"kind": record["kind"], "event": record["body"]})


def test_the_bundled_voyage_gives_the_events_it_is_expected_to_give(reference: Boat) -> None:
    """`UPDATE_GOLDEN=1` writes the file anew, after somebody has looked at the difference."""
    lines = [line for raw in records(reference.state) if (line := told(raw)) is not None]
    expected = VOYAGE / "expected.jsonl"
    if os.environ.get("UPDATE_GOLDEN") == "1":
        expected.write_bytes(b"\n".join(lines) + b"\n")
    assert lines == expected.read_bytes().splitlines()


def test_every_event_has_pictures_on_disk_and_the_chain_verifies(reference: Boat) -> None:
    said = sandwatch("verify", str(reference.state))
    assert said.strip().endswith("0 fault(s)")
    with View.open_reading(reference.state) as view:
        events = [wire.event_from_body(dict(record.body)) for record in view.latest_events()]
    assert events
    assert all(event.evidence for event in events)


def test_a_voyage_delivered_through_twenty_kills_is_held_once_and_whole(
    reference: Boat, tmp_path: Path
) -> None:
    """kill -9 at twenty random moments (seeded); the station runs all the while, and is itself stopped for some."""
    rng = random.Random(20)
    shore = Shore(tmp_path / "shore")
    with shore.serving() as url:
        boat = boat_like(reference, tmp_path / "boat", url, shore)
    whole = records(reference.state)
    seen: list[bytes] = []
    kills = 0
    for attempt in range(20):
        wait_s = rng.uniform(0.6, 4.0)
        if attempt % 4 == 3:  # nobody ashore
            kills += boat.run_and_kill(wait_s)
        else:
            with shore.serving():
                kills += boat.run_and_kill(wait_s)
        held = records(boat.state) if (boat.state / DATABASE).exists() else []
        assert held[: len(seen)] == seen, "a record that was in the store is gone or another one"
        seen = held
    assert kills >= 10
    with shore.serving():
        boat.run("--until-delivered")
    assert records(boat.state) == whole
    assert shore.records() == whole
    assert shore.evidence()
    assert all(shore.evidence().values())
    assert len(shore.events()) == len(set(shore.events()))


def test_a_station_that_was_away_gets_everything_afterwards_in_order(reference: Boat, tmp_path: Path) -> None:
    shore = Shore(tmp_path / "shore")
    with shore.serving() as url:
        boat = boat_like(reference, tmp_path / "boat", url, shore)
    child = subprocess.Popen(boat.command("--until-delivered"), stdout=subprocess.DEVNULL)
    try:
        while records_so_far(boat.state) < 5:
            assert child.poll() is None
            time.sleep(0.05)
        with shore.serving():
            assert child.wait(200) == 0
    finally:
        child.kill()
        child.wait()
    assert shore.records() == records(reference.state)
    key = chain.public_key(boat.key())
    assert list(chain.faults(shore.records(), key, chain.Head())) == []
    assert all(shore.evidence().values())


def test_a_second_run_of_a_delivered_voyage_adds_nothing(reference: Boat) -> None:
    before = records(reference.state)
    assert "went on after reading" in reference.run()
    assert records(reference.state) == before
    assert reference.status()["device"] == DEVICE


def test_a_store_of_another_voyage_is_refused_in_a_sentence(reference: Boat) -> None:
    done = subprocess.run(
        [
            *reference.command()[:4],
            "--nmea",
            str(VOYAGE / "gnss.nmea"),
            "--config",
            str(VOYAGE / "agent.toml"),
            "--state",
            str(reference.state),
        ],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 2
    assert "give another folder with --state" in done.stderr
    assert "Traceback" not in done.stderr
