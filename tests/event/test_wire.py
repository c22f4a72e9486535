"""The border formats do not change by accident."""

import json
import os
from pathlib import Path

import pytest

from agent.errors import ChainError
from agent.event import chain, receipt, wire
from agent.types import (
    ClockQuality,
    Depth,
    Detection,
    Heading,
    Health,
    Json,
    Observation,
    Reading,
    Sealed,
    Signal,
    Sky,
    SourceState,
    Statement,
    Tick,
)
from builders import START, event, evidence_file, fix, key, lost, stamp

GOLDEN = Path(__file__).parents[1] / "golden"
BOX = Detection("bucket", 0.75, 10.0, 20.0, 30.5, 40.0)
READINGS: list[Reading] = [
    fix(1.25),
    lost(2),
    Sky(1, 12, 9, (38, 41)),
    Heading(2, 131.5),
    Depth(3, 7.25, None),
    Observation(4, "deck", 640, 360, 101.5, 55.25, (BOX,), "cd" * 32),
    Observation(5, "deck", 640, 360, 101.5, 55.25),
    Signal(6, "mains", 0.0),
    SourceState(7, "gnss", Health.SILENT, "no bytes for 5 s"),
    Tick(8, START, ClockQuality.NTP),
    Sealed(9, "voyage:test.1", (evidence_file(detections=(BOX,)),), None),
    Statement(10, "site_check", START, "Nguyễn Văn Ví Dụ", {"tallied": 52, "counted": 51, "passed": 1}),
]


def golden(name: str, made: bytes) -> None:
    """Compare with the file of that name; `UPDATE_GOLDEN=1` writes it after a decision to change a format."""
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN") == "1":
        path.write_bytes(made + b"\n")
    assert path.read_bytes() == made + b"\n"


def test_a_record_has_the_bytes_of_the_golden_file() -> None:
    links = chain.Chain("SW-CT-0001", "voyage:test", key())
    links.append(stamp(), "gap", {"why": "the agent was not running"})
    golden("record.json", links.append(stamp(10.0), "event.opened", wire.event_body(event())).raw)


def test_a_receipt_has_the_bytes_of_the_golden_file() -> None:
    head = chain.Head(2, "ef" * 32)
    golden("receipt.json", receipt.make_receipt(key(9), "station-1", "SW-CT-0001", head, ("ab" * 32,), START))


def test_readings_have_the_bytes_of_the_golden_file() -> None:
    lines = [wire.canonical(dict(wire.reading_to_json(reading))) for reading in READINGS]
    golden("readings.jsonl", b"\n".join(lines))


@pytest.mark.parametrize("reading", READINGS, ids=lambda reading: type(reading).__name__)
def test_a_reading_comes_back_as_it_was(reading: Reading) -> None:
    assert wire.reading_from_json(json.loads(json.dumps(wire.reading_to_json(reading)))) == reading


def test_an_event_comes_back_from_a_record_as_it_was() -> None:
    body = wire.event_body(event())
    assert wire.event_from_body(json.loads(wire.canonical(body))) == event()


@pytest.mark.parametrize(
    "data", [None, 1, [], {}, {"type": "Boat"}, {"type": "Fix"}, {"type": "Tick", "mono_ns": "x"}]
)
def test_json_that_is_no_reading_is_refused(data: Json) -> None:
    with pytest.raises(ChainError):
        wire.reading_from_json(data)


@pytest.mark.parametrize(
    "entry",
    [
        None,
        1,
        {},
        {"sha256": 5},
        {"sha256": "../../etc/passwd", "media_type": "image/jpeg"},
        {"sha256": "ab" * 32},
    ],
)
def test_an_evidence_entry_without_digest_and_type_names_nothing(entry: Json) -> None:
    assert wire.evidence_named({"evidence": [entry]}) == {}


def test_a_receipt_for_another_device_or_from_another_station_is_refused() -> None:
    raw = receipt.make_receipt(key(9), "s", "SW-1", chain.Head(2, "ef" * 32), (), START)
    assert receipt.open_receipt(raw, key(9).public_key(), "SW-1").through_seq == 2
    with pytest.raises(ChainError, match="SW-2"):
        receipt.open_receipt(raw, key(9).public_key(), "SW-2")
    with pytest.raises(ChainError, match="signature"):
        receipt.open_receipt(raw, key(8).public_key(), "SW-1")
