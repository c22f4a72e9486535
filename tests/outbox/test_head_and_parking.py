"""The head goes first, and a record that is refused for good holds up nothing that stands before it."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from agent.event.head import read_head_text
from agent.outbox.progress import Outcome
from agent.outbox.queue import PARKED_S
from agent.outbox.upload import HEAD_EVERY_S
from agent.types import Json
from outbox.loopback_station import Fault, LoopbackStation
from outbox.outbox_builders import DEVICE, fill, keep_event
from outbox.upload_boat import Boat


@pytest.fixture
def boat(tmp_path: Path) -> Iterator[Boat]:
    with LoopbackStation() as station:
        boat = Boat(tmp_path / "box", station)
        yield boat
        boat.stop()


# ── the head ──────────────────────────────────────────────────────────────────────────────────────────


def test_head_is_told_before_anything_else_and_signed_for(boat: Boat) -> None:
    fill(boat.store, 3)
    boat.station.faults.append("drop")
    boat.uploader.step()
    assert [read_head_text(line.encode()) for line in boat.station.heads] == [(DEVICE, boat.store.head())]
    assert boat.station.records == []
    anchor = boat.store.anchor()
    assert anchor is not None
    assert anchor.seq == 3


def test_head_is_told_again_on_every_contact_and_every_hour(boat: Boat) -> None:
    fill(boat.store, 1)
    boat.outcomes()
    assert len(boat.station.heads) == 1
    boat.station.faults.append("drop")
    fill(boat.store, 1)
    boat.outcomes()
    assert len(boat.station.heads) == 2
    boat.hours.now_s = HEAD_EVERY_S - 1
    boat.outcomes()
    assert len(boat.station.heads) == 2
    boat.hours.now_s = HEAD_EVERY_S
    boat.outcomes()
    assert len(boat.station.heads) == 3


def test_box_that_has_written_nothing_has_no_head_to_tell(boat: Boat) -> None:
    boat.uploader.step()
    assert boat.station.heads == []


@pytest.mark.parametrize(
    ("fault", "outcome"),
    [
        ("unsigned", Outcome.RECEIPT),
        ("forged", Outcome.RECEIPT),
        (("refuse", 404, "malformed", {}), Outcome.MALFORMED),
        (("refuse", 409, "fork", {"seq": 1}), Outcome.FORK),
        (("refuse", 410, "rollback", {}), Outcome.REFUSED),
    ],
)
def test_head_that_is_not_signed_for_anchors_nothing_and_holds_up_nothing(
    boat: Boat, fault: Fault, outcome: Outcome
) -> None:
    keep_event(boat.store, "e1", boat.seal(b"a still"))
    boat.station.head_faults.append(fault)
    assert boat.outcomes() == ["records", "held"]
    assert boat.uploader.outcomes[outcome] == 1
    assert boat.store.anchor() is None
    assert boat.arrived()


def test_head_that_does_not_get_through_is_tried_at_the_next_contact(boat: Boat) -> None:
    fill(boat.store, 1)
    boat.station.head_faults.append("html")
    assert boat.uploader.step().outcome is Outcome.UNREACHABLE
    assert boat.station.log == []
    assert boat.outcomes() == ["records"]
    assert boat.store.anchor() is not None


# ── the record that is refused for good ───────────────────────────────────────────────────────────────


def refuse(boat: Boat, code: str, further: Mapping[str, Json]) -> None:
    boat.station.faults.append(("refuse", 422 if code == "record" else 409, code, further))


@pytest.mark.parametrize("code", ["record", "fork"])
def test_what_stands_before_a_refused_record_goes_with_its_evidence(boat: Boat, code: str) -> None:
    keep_event(boat.store, "e1", boat.seal(b"an early still"))
    fill(boat.store, 4)
    keep_event(boat.store, "e2", boat.seal(b"a late still"))
    refuse(boat, code, {"seq": 4})
    boat.station.faults.append("")
    refuse(boat, code, {"seq": 4})
    assert boat.outcomes() == ["narrowed", "records", code, "held"]
    assert boat.store.acked_through() == 3
    parked = boat.store.parked()
    assert parked is not None
    assert (parked.seq, parked.code) == (4, code)
    assert boat.store.counts().pending_evidence == 1  # of the event behind it


def test_station_that_does_not_say_which_record_is_asked_with_fewer(boat: Boat) -> None:
    fill(boat.store, 4)
    for _ in range(3):
        refuse(boat, "record", {"seq": None})
    assert boat.outcomes() == ["narrowed", "narrowed", "record"]
    parked = boat.store.parked()
    assert parked is not None
    assert parked.seq == 1


@pytest.mark.parametrize("seq", [0, 99, True, "4"])
def test_number_that_is_not_in_the_batch_is_not_believed(boat: Boat, seq: Json) -> None:
    fill(boat.store, 2)
    refuse(boat, "record", {"seq": seq})
    assert boat.uploader.step().outcome is Outcome.NARROWED
    assert boat.outcomes() == ["records", "records"]


def test_parked_record_is_offered_again_alone_and_all_goes_on_once_it_is_taken(boat: Boat) -> None:
    fill(boat.store, 3)
    refuse(boat, "record", {"seq": 1})
    assert boat.outcomes() == ["record"]
    assert boat.outcomes() == []
    boat.hours.now_s = PARKED_S
    assert boat.outcomes() == ["records", "records"]
    assert boat.station.log == ["POST 1-1", "POST 2-3"]
    assert boat.store.parked() is None
    assert boat.arrived()


def test_parked_record_is_remembered_over_a_restart_and_found_again(boat: Boat) -> None:
    fill(boat.store, 2)
    refuse(boat, "record", {"seq": 1})
    boat.outcomes()
    boat.stop()
    boat.start()
    assert boat.store.parked() is not None
    assert boat.outcomes() == ["records"]
    assert boat.store.parked() is None


def test_head_goes_on_while_a_record_is_parked(boat: Boat) -> None:
    """What waits cannot be altered meanwhile."""
    fill(boat.store, 1)
    refuse(boat, "record", {"seq": 1})
    boat.outcomes()
    fill(boat.store, 5)
    boat.hours.now_s = HEAD_EVERY_S
    refuse(boat, "record", {"seq": 1})
    boat.outcomes()
    anchor = boat.store.anchor()
    assert anchor is not None
    assert anchor.seq == 6
