"""What a head binds, and the alarms of the first contact: a cloned card, an older one, a hole, a damaged store."""

import pytest

import builders
from agent.event.chain import GENESIS, SEGMENT_KIND, SEGMENT_RECORDS, Chain, Head, Record
from ashore.boat import NOW, Boat
from builders import stamp
from station import heads
from station.alarms import Alarm, alarms_of
from station.app import Station

pytestmark = pytest.mark.both_databases


def standing(station: Station) -> list[tuple[str, int, int]]:
    with station.store.reading() as connection:
        return [
            (alarm.kind, alarm.seq, alarm.known_seq) for alarm in alarms_of(connection) if not alarm.ended_utc
        ]


def alarms(station: Station) -> list[Alarm]:
    with station.store.reading() as connection:
        return alarms_of(connection)


def test_a_head_is_heard_before_its_records(boat: Boat, station: Station) -> None:
    boat.write("gap", {})
    boat.send()
    boat.write("gap", {})
    assert boat.tell_head().json()["receipt"]["seq"] == 2
    assert standing(station) == []


def test_a_history_written_anew_after_its_head_was_told_is_a_fork(boat: Boat, station: Station) -> None:
    kept = boat.write("gap", {"honest": True})
    boat.write("gap", {"number": 2})
    boat.tell_head()
    forged = Chain(boat.device, "voyage:test", boat.key, Head(1, kept.hash)).append(stamp(9), "gap", {})
    response = boat.post([kept, forged])
    assert (response.status_code, response.json()["error"]) == (409, "fork")
    assert standing(station) == [("fork", 2, 0)]
    assert boat.send()["held_through_seq"] == 2


def test_a_restored_old_card_is_an_alarm_on_its_first_contact(boat: Boat, station: Station) -> None:
    old = boat.write("gap", {})
    for _ in range(4):
        boat.write("gap", {})
    boat.send()
    boat.tell_head(Head(old.seq, old.hash))
    assert standing(station) == [("rollback", 1, 5)]


def test_a_cloned_card_is_an_alarm_on_its_first_contact(boat: Boat, station: Station) -> None:
    boat.write("gap", {})
    clone = Chain(boat.device, "boot-of-the-clone", boat.key, boat.chain.head)
    boat.write("gap", {"by": "the box"})
    boat.send()
    theirs = clone.append(stamp(7), "gap", {"by": "the clone"})
    boat.tell_head(Head(theirs.seq, theirs.hash))
    assert standing(station) == [("fork", 2, 2)]


def test_an_old_head_that_comes_by_stick_is_no_older_card(boat: Boat, station: Station) -> None:
    for _ in range(2):
        boat.write("gap", {})
    boat.send()
    with station.store.writing() as connection:
        heads.note(connection, boat.device, Head(1, boat.records[0].hash), NOW, "folder")
    assert standing(station) == []


def test_a_hole_is_an_alarm_that_ends_when_it_is_filled(boat: Boat, station: Station) -> None:
    records = [boat.write("gap", {"number": n}) for n in range(4)]
    assert boat.post(records[2:]).json()["error"] == "gap"
    assert standing(station) == [("gap", 3, 0)]
    boat.post(records[:2])
    assert standing(station) == []
    assert [alarm.kind for alarm in alarms(station)] == ["gap"]


def segment(boat: Boat, number: int, after: Head) -> Record:
    boat.chain.head = Head(number * SEGMENT_RECORDS, after.hash)
    return boat.write(SEGMENT_KIND, {"after_seq": after.seq, "why": "the store was damaged"})


def test_a_box_whose_store_was_damaged_goes_on_in_a_new_segment(boat: Boat, station: Station) -> None:
    for _ in range(3):
        boat.write("gap", {})
    boat.send()
    saved = boat.records[1]
    first = segment(boat, 1, Head(saved.seq, saved.hash))
    second = boat.write("gap", {})
    answer = boat.post([first, second]).json()
    assert answer["held_through_seq"] == SEGMENT_RECORDS + 2
    assert standing(station) == [("segment", SEGMENT_RECORDS + 1, 3)]
    third = segment(boat, 2, Head(0, GENESIS))
    assert boat.post([third]).status_code == 200


def test_a_segment_waits_for_what_the_box_could_save(boat: Boat, station: Station) -> None:
    saved = [boat.write("gap", {"number": n}) for n in range(2)]
    first = segment(boat, 1, boat.chain.head)
    assert boat.post([first]).json()["error"] == "gap"
    assert boat.post([*saved, first]).status_code == 200


def test_a_segment_behind_another_history_is_a_fork(boat: Boat) -> None:
    boat.write("gap", {})
    boat.send()
    assert boat.post([segment(boat, 1, Head(1, "ab" * 32))]).json()["error"] == "fork"


def test_a_disk_that_took_nothing_is_an_alarm_until_the_next_such_time(boat: Boat, station: Station) -> None:
    for number in range(2):
        boat.write("disk.refused", {"times": 3, "why": "no space left on device"})
        boat.send()
        assert standing(station) == [("disk", number + 1, number)]
    assert len(alarms(station)) == 2


def test_what_is_known_first_anchors_a_record(boat: Boat, station: Station) -> None:
    boat.write("gap", {})
    with station.store.reading() as connection:
        assert heads.anchored_utc(connection, boat.device, 1) is None
    boat.tell_head()
    with station.store.reading() as connection:
        assert heads.anchored_utc(connection, boat.device, 1) is not None
        assert heads.anchored_utc(connection, boat.device, 2) is None


def test_the_pages_show_alarms_and_for_how_long_an_event_was_unanchored(boat: Boat, station: Station) -> None:
    boat.happens(builders.event(event_id="e1", evidence=(), updated=stamp(0)))
    boat.send()
    boat.write("gap", {})
    boat.send()
    boat.tell_head(Head(1, boat.records[0].hash))
    pages = [boat.page(path, lang="en").text for path in ("/devices", f"/events/{boat.device}/e1")]
    assert all("an older card was put back" in page for page in pages)
    assert "unanchored for 8 h after it was written" in pages[1]
