"""An event that leaves the box: originals untouched, every file in the manifest, words on copies only."""

import hashlib
import json
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Any

import cv2
import pytest
from typer.testing import CliRunner

from agent.cli import app
from agent.durable import evidence_path
from agent.event import chain, wire
from agent.eyes.ring import encode
from agent.outbox.store import Store
from agent.types import Detection, EvidenceFile, Frame
from builders import SECOND, event, evidence_file, key, stamp
from eyes.synthetic_clips import scene

BOX = Detection("bucket", 0.75, 10.0, 20.0, 30.5, 40.0)


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A store with one event: two stills of which one is gone, and a track of three positions."""
    folder = tmp_path / "state"
    jpeg = encode(Frame(0, "deck", scene(3)))
    here = still(jpeg, mono_ns=8 * SECOND, utc=stamp(8).utc, detections=(BOX,))
    gone = still(b"gone", mono_ns=9 * SECOND)
    track: list[Any] = [
        {
            "mono_ns": str(at * SECOND),
            "utc": wire.utc_text(utc),
            "lat_deg": 10.26 + at / 1e4,
            "lon_deg": 105.5,
        }
        for at in (6, 9, 5000)
        if (utc := stamp(at).utc) is not None
    ]
    with Store.open(folder, "SW-1") as store:
        for data, file in ((jpeg, here), (b"gone", gone)):
            path = evidence_path(store.evidence_root, file.sha256, file.media_type)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        links = chain.Chain("SW-1", "voyage:test", key(), store.head())
        records = [
            links.append(stamp(10), "event.opened", wire.event_body(event(evidence=(here, gone)))),
            links.append(stamp(11), "track", {"points": track}),
        ]
        store.commit(records, (here, gone), None, 0)
        evidence_path(store.evidence_root, gone.sha256, gone.media_type).unlink()
    return folder


def still(data: bytes, **other: Any) -> EvidenceFile:
    return evidence_file(hashlib.sha256(data).hexdigest(), size_bytes=len(data), **other)


@pytest.fixture
def exported(state: Path, tmp_path: Path) -> Path:
    folder = tmp_path / "out"
    done = CliRunner().invoke(app, ["event", "export", "voyage:test.1", str(folder), "--state", str(state)])
    assert done.exit_code == 0, done.output
    assert "1 files, 1 no longer here, 2 positions" in done.output
    return folder


def test_originals_are_what_was_signed_and_nothing_is_drawn_into_them(exported: Path) -> None:
    listed = json.loads((exported / "manifest.json").read_bytes())
    here, gone = listed["originals"]
    content = (exported / here["path"]).read_bytes()
    assert hashlib.sha256(content).hexdigest() == here["sha256"]
    assert content == encode(Frame(0, "deck", scene(3)))
    assert here["detections"][0]["label"] == "bucket"
    assert gone["path"] is None
    assert [record["kind"] for record in listed["records"]] == ["event.opened"]


def test_copy_for_people_has_words_below_the_picture_and_its_own_digest(exported: Path) -> None:
    listed = json.loads((exported / "manifest.json").read_bytes())
    made = {item["path"]: item["sha256"] for item in listed["made_for_people"]}
    assert set(made) == {"copies/001-deck.jpg", "track.gpx", "track.geojson"}
    for path, sha256 in made.items():
        assert hashlib.sha256((exported / path).read_bytes()).hexdigest() == sha256
    copy = cv2.imread(str(exported / "copies" / "001-deck.jpg"))
    assert copy is not None
    assert copy.shape[0] > 180
    assert copy[180:].max() > 150


def test_track_holds_the_positions_around_the_event_only(exported: Path) -> None:
    gpx = ET.fromstring((exported / "track.gpx").read_text(encoding="utf-8"))  # noqa: S314 - our own file
    places = [float(point.get("lat", "0")) for point in gpx.iter("{http://www.topografix.com/GPX/1/1}trkpt")]
    assert places == [10.2606, 10.2609]
    line, place = json.loads((exported / "track.geojson").read_bytes())["features"]
    assert line["geometry"]["coordinates"] == [[105.5, 10.2606], [105.5, 10.2609]]
    assert place["geometry"]["type"] == "Point"


def test_event_that_is_not_there_and_folder_that_is_there_are_refused(state: Path, tmp_path: Path) -> None:
    call = CliRunner().invoke
    assert call(app, ["event", "export", "b.9", str(tmp_path / "a"), "--state", str(state)]).exit_code == 2
    taken = call(app, ["event", "export", "voyage:test.1", str(tmp_path), "--state", str(state)])
    assert "exists already" in taken.output
