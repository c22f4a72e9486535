"""The upload: everything arrives in order, once, whatever the link and the station do."""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from agent.errors import ShoreUnreachable
from agent.event import wire
from agent.outbox.pace import FIRST_BYTES as CHUNK_BYTES
from agent.outbox.progress import WORKED, Outcome, Progress
from agent.outbox.store import Store
from agent.outbox.upload import ASIDE_S, Uploader
from agent.types import Answer, Json, Parcel
from outbox.loopback_station import LoopbackStation
from outbox.outbox_builders import (
    DEVICE,
    STATION_KEY,
    fill,
    keep_event,
    pictures,
    signer,
    track,
)
from outbox.upload_boat import Boat


@pytest.fixture
def boat(tmp_path: Path) -> Iterator[Boat]:
    with LoopbackStation() as station:
        boat = Boat(tmp_path / "box", station)
        yield boat
        boat.stop()


# ── the good day ──────────────────────────────────────────────────────────────────────────────────────


def test_records_go_first_then_stills_then_clips(boat: Boat) -> None:
    clip, still = boat.seal(b"a clip", "clip"), boat.seal(b"a still")
    keep_event(boat.store, "e1", clip, still)
    assert boat.outcomes() == ["records", "held", "held"]
    assert boat.station.log == ["POST 1-1", "HEAD", "PATCH 0+7 last", "HEAD", "PATCH 0+6 last"]
    assert boat.arrived()


def test_nothing_pending_is_idle_and_asks_nothing(boat: Boat) -> None:
    assert boat.uploader.step() == Progress(Outcome.IDLE)
    assert boat.station.log == []


def test_many_records_go_in_batches_of_512(boat: Boat) -> None:
    fill(boat.store, 1100)
    assert boat.outcomes() == ["records"] * 3
    assert boat.station.log == ["POST 1-512", "POST 513-1024", "POST 1025-1100"]


def test_a_clip_goes_in_chunks_and_the_offset_is_asked_once(boat: Boat) -> None:
    clip = boat.seal(pictures(1, 2 * CHUNK_BYTES + 10)[0], "clip")
    keep_event(boat.store, "e1", clip)
    assert boat.outcomes() == ["records", "chunk", "chunk", "held"]
    assert boat.station.log[1:] == [
        "HEAD",
        "PATCH 0+262144",
        "PATCH 262144+262144",
        "PATCH 524288+10 last",
    ]


def test_a_new_event_and_its_still_go_ahead_between_two_chunks(boat: Boat) -> None:
    clip = boat.seal(pictures(1, 2 * CHUNK_BYTES)[0], "clip")
    keep_event(boat.store, "e1", clip)
    assert [boat.uploader.step().outcome for _ in range(2)] == [Outcome.RECORDS, Outcome.CHUNK]
    keep_event(boat.store, "e2", boat.seal(b"a new still"))
    assert boat.outcomes() == ["records", "held", "held"]
    assert boat.station.log[3:] == ["POST 2-2", "HEAD", "PATCH 0+11 last", "PATCH 262144+262144 last"]
    assert boat.arrived()


def test_a_file_named_by_two_events_is_sent_once(boat: Boat) -> None:
    still = boat.seal(b"one picture of two things")
    keep_event(boat.store, "e1", still)
    keep_event(boat.store, "e2", still)
    assert boat.outcomes() == ["records", "held"]


def test_nothing_is_deleted_by_uploading(boat: Boat) -> None:
    still = boat.seal(b"a still")
    keep_event(boat.store, "e1", still)
    boat.outcomes()
    assert boat.path(still).read_bytes() == b"a still"
    assert boat.store.head().seq == 1


# ── the link ──────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fault", ["drop", "deaf", "html", "redirect", "error", "endless", "list"])
@pytest.mark.parametrize("request_number", range(5))
def test_a_link_that_fails_at_any_request_costs_nothing_but_time(
    boat: Boat, fault: str, request_number: int
) -> None:
    """Requests: records, question, first chunk, last chunk, question of the next file."""
    keep_event(boat.store, "e1", boat.seal(pictures(1, CHUNK_BYTES + 5)[0]), boat.seal(b"x", "clip"))
    boat.station.faults.extend([""] * request_number)
    boat.station.faults.append(fault)
    assert [word for word in boat.outcomes() if word not in WORKED] == ["unreachable"]
    assert boat.arrived()


@pytest.mark.parametrize("fault", ["cut", "proxy"])
@pytest.mark.parametrize("request_number", [0, 2, 3])
def test_half_an_answer_or_a_proxys_no_is_as_good_as_none(
    boat: Boat, fault: str, request_number: int
) -> None:
    keep_event(boat.store, "e1", boat.seal(pictures(1, CHUNK_BYTES + 5)[0]))
    boat.station.faults.extend([""] * request_number)
    boat.station.faults.append(fault)
    assert [word for word in boat.outcomes() if word not in WORKED] == ["unreachable"]
    assert boat.arrived()


def test_a_lost_answer_to_a_batch_makes_no_duplicate(boat: Boat) -> None:
    fill(boat.store, 3)
    boat.station.faults.append("deaf")
    assert boat.outcomes() == ["unreachable", "records"]
    assert boat.station.log == ["POST 1-3", "POST 1-3"]
    assert len(boat.station.records) == 3


def test_a_lost_answer_to_the_last_chunk_brings_the_receipt_without_the_bytes(boat: Boat) -> None:
    keep_event(boat.store, "e1", boat.seal(b"a still"))
    boat.station.faults.extend(["", "", "deaf"])
    assert boat.outcomes() == ["records", "unreachable", "held"]
    assert boat.station.log[-2:] == ["HEAD", "PATCH 7+0 last"]


@pytest.mark.parametrize(
    "held", [0, 1, 999, CHUNK_BYTES - 1, CHUNK_BYTES, CHUNK_BYTES + 1, CHUNK_BYTES + 6, CHUNK_BYTES + 7]
)
def test_an_upload_goes_on_at_any_byte(boat: Boat, held: int) -> None:
    data = pictures(1, CHUNK_BYTES + 7)[0]
    clip = boat.seal(data, "clip")
    keep_event(boat.store, "e1", clip)
    boat.station.files[clip.sha256] = data[:held]
    boat.outcomes()
    assert boat.station.files[clip.sha256] == data
    assert sum(size for path, size in boat.station.received if clip.sha256 in path) == len(data) - held
    assert boat.arrived()


def test_a_box_switched_off_during_a_clip_goes_on_where_the_station_is(boat: Boat) -> None:
    clip = boat.seal(pictures(1, 3 * CHUNK_BYTES)[0], "clip")
    keep_event(boat.store, "e1", clip)
    for _ in range(2):
        boat.uploader.step()
    boat.stop()
    boat.start()
    assert boat.outcomes() == ["chunk", "held"]
    assert boat.station.log[3:] == ["HEAD", "PATCH 262144+262144", "PATCH 524288+262144 last"]
    assert boat.arrived()


# ── the station's word ────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("fault", ["forged", "unsigned"])
def test_records_without_the_pinned_stations_receipt_stay_pending(boat: Boat, fault: str) -> None:
    fill(boat.store, 2)
    boat.station.faults.append(fault)
    progress = boat.uploader.step()
    assert (progress.outcome, progress.alarm) == (Outcome.RECEIPT, True)
    assert len(boat.store.pending_records()) == 2
    assert boat.outcomes() == ["records"]


@pytest.mark.parametrize("fault", ["forged", "unsigned"])
def test_a_file_without_the_pinned_stations_receipt_stays_pending(boat: Boat, fault: str) -> None:
    keep_event(boat.store, "e1", boat.seal(b"a still"))
    boat.station.faults.extend(["", "", fault])
    assert boat.outcomes() == ["records", "receipt", "held"]
    assert boat.arrived()


def test_a_station_that_forgets_gets_everything_again(boat: Boat) -> None:
    for number, data in enumerate(pictures(3)):
        keep_event(boat.store, f"e{number}", boat.seal(data))
    boat.outcomes()
    boat.station.forget()
    keep_event(boat.store, "e9", boat.seal(b"the next still"))
    assert boat.outcomes() == ["gap", "records", "held", "held", "held", "held"]
    assert boat.arrived()


def test_a_station_restored_from_an_older_copy_gets_the_rest_again(boat: Boat) -> None:
    for number, data in enumerate(pictures(4)):
        keep_event(boat.store, f"e{number}", boat.seal(data))
    boat.outcomes()
    boat.station.forget(from_seq=3)
    fill(boat.store, 1)
    assert boat.outcomes() == ["gap", "records", "held", "held"]
    assert boat.station.log[-6:-4] == ["POST 5-5", "POST 3-5"]
    assert boat.arrived()


def test_a_station_that_lost_only_files_gets_those_when_it_says_so(boat: Boat) -> None:
    still = boat.seal(b"a still")
    keep_event(boat.store, "e1", still)
    boat.outcomes()
    boat.station.whole.clear()
    boat.station.files.clear()
    keep_event(boat.store, "e2", still)
    assert boat.outcomes() == ["records", "held"]
    assert boat.arrived()


def test_a_station_that_forgot_while_a_file_was_under_way_gets_the_records_first(boat: Boat) -> None:
    keep_event(boat.store, "e1", boat.seal(pictures(1, 2 * CHUNK_BYTES)[0], "clip"))
    for _ in range(2):
        boat.uploader.step()
    boat.station.forget()
    assert boat.outcomes() == ["not_named", "records", "chunk", "held"]
    assert boat.arrived()


def test_a_station_that_forgot_older_records_while_a_file_was_under_way_says_from_where(boat: Boat) -> None:
    keep_event(boat.store, "e1", boat.seal(b"an early still"))
    fill(boat.store, 3)
    keep_event(boat.store, "e2", boat.seal(pictures(1, 2 * CHUNK_BYTES)[0], "clip"))
    for _ in range(3):
        boat.uploader.step()
    boat.station.forget(from_seq=2)
    assert boat.outcomes() == ["not_named", "gap", "records", "chunk", "held"]
    assert [line for line in boat.station.log if "POST" in line] == ["POST 1-5", "POST 5-5", "POST 2-5"]
    assert boat.arrived()


def test_a_station_that_does_not_know_a_file_of_a_record_it_holds_is_not_sent_the_whole_chain(
    boat: Boat,
) -> None:
    keep_event(boat.store, "e1", boat.seal(b"a still"))
    fill(boat.store, 10)
    boat.uploader.step()
    boat.station.faults.extend([("refuse", 404, "not_named", {}), ""] * 3)
    assert boat.outcomes() == ["not_named", "records"] * 3
    assert boat.station.log == ["POST 1-11"] + ["POST 1-1"] * 3
    boat.hours.now_s = ASIDE_S + 1
    assert boat.outcomes() == ["held"]


def test_a_fork_is_an_alarm_and_nothing_is_marked(boat: Boat, tmp_path: Path) -> None:
    with Store.open(tmp_path / "twin", DEVICE) as twin:
        twin.commit([track(signer(twin), "the twin's record")], (), None, 0)
        boat.station.records.extend(twin.records())
    fill(boat.store, 2)
    progress = boat.uploader.step()
    assert (progress.outcome, progress.alarm) == (Outcome.FORK, True)
    assert len(boat.store.pending_records()) == 2


def test_a_receipt_for_another_history_is_an_alarm_and_marks_nothing(boat: Boat, tmp_path: Path) -> None:
    """A station that takes our batch and signs for something else."""
    fill(boat.store, 1)
    with Store.open(tmp_path / "twin", DEVICE) as twin:
        twin.commit([track(signer(twin), "the twin's record")], (), None, 0)
        boat.station.records.extend(twin.records())
    uploader = Uploader(boat.store, Signing(boat.station), STATION_KEY.public_key(), DEVICE)
    progress = uploader.step()
    assert progress.outcome is Outcome.RECEIPT
    assert "holds another history" in progress.detail
    assert len(boat.store.pending_records()) == 1


class Signing:
    """A shore that acknowledges whatever the station happens to hold."""

    def __init__(self, station: LoopbackStation) -> None:
        self._station = station

    def deliver(self, parcel: Parcel) -> Answer:  # noqa: ARG002
        return Answer(held_through_seq=1, receipt=wire.canonical(self._station.receipt([], None)))


REFUSED: list[tuple[int, str, Mapping[str, Json], bool]] = [
    (400, "malformed", {}, True),
    (401, "signature", {}, True),
    (403, "not_enrolled", {}, True),
    (409, "gap", {"held_through_seq": 0}, False),
    (409, "gap", {"held_through_seq": "many"}, False),
    (409, "gap", {"held_through_seq": -5}, False),
    (409, "gap", {}, False),
    (413, "too_large", {}, False),
    (429, "slow_down", {}, False),
    (418, "a_word_of_next_year", {}, True),
    (409, "records", {}, True),  # one of our own words is no refusal
]


@pytest.mark.parametrize(("status", "code", "further", "alarm"), REFUSED)
def test_every_refusal_of_records_keeps_them_and_tries_again(
    boat: Boat, status: int, code: str, further: Mapping[str, Json], *, alarm: bool
) -> None:
    fill(boat.store, 4)
    boat.station.faults.append(("refuse", status, code, further))
    progress = boat.uploader.step()
    known = {"a_word_of_next_year": "refused", "records": "refused", "slow_down": "later"}.get(code, code)
    assert (progress.outcome.value, progress.alarm) == (known, alarm)
    assert boat.uploader.outcomes == {Outcome.HEAD: 1, progress.outcome: 1}
    assert set(boat.outcomes()) == {"records"}
    assert boat.arrived()


REFUSED_CHUNKS = [
    (400, "malformed"),
    (401, "signature"),
    (403, "not_enrolled"),
    (404, "not_named"),
    (409, "offset"),
    (413, "too_large"),
    (422, "digest"),
    (418, "a_word_of_next_year"),
]


@pytest.mark.parametrize(("status", "code"), REFUSED_CHUNKS)
@pytest.mark.parametrize("request_number", [2, 3])
def test_every_refusal_of_a_chunk_keeps_it_and_asks_the_offset_again(
    boat: Boat, status: int, code: str, request_number: int
) -> None:
    keep_event(boat.store, "e1", boat.seal(pictures(1, CHUNK_BYTES + 5)[0]))
    boat.station.faults.extend([""] * request_number)
    boat.station.faults.append(("refuse", status, code, {}))
    refusals = [word for word in boat.outcomes() if word not in WORKED]
    assert refusals == ["refused" if code == "a_word_of_next_year" else code]
    assert boat.station.log.count("HEAD") == 2
    assert boat.arrived()


@pytest.mark.parametrize(("status", "code"), REFUSED_CHUNKS)
def test_every_refusal_of_the_question_for_the_offset_keeps_the_file(
    boat: Boat, status: int, code: str
) -> None:
    keep_event(boat.store, "e1", boat.seal(b"a still"))
    boat.station.faults.extend(["", ("refuse", status, code, {})])
    refusals = [word for word in boat.outcomes() if word not in WORKED]
    assert refusals == [code if status in (400, 401, 403, 404) else "unreachable"]
    assert boat.arrived()


def test_a_batch_that_is_too_large_is_sent_in_smaller_ones(boat: Boat) -> None:
    fill(boat.store, 8)
    boat.station.faults.extend([("refuse", 413, "too_large", {})] * 2)
    assert boat.outcomes() == ["too_large", "too_large", "records", "records", "records", "records"]
    assert boat.station.log[0] == "POST 1-2"


def test_a_chunk_that_is_too_large_is_sent_in_smaller_ones(boat: Boat) -> None:
    keep_event(boat.store, "e1", boat.seal(pictures(1, CHUNK_BYTES)[0]))
    boat.station.faults.extend(["", "", ("refuse", 413, "too_large", {})])
    assert boat.outcomes() == ["records", "too_large", "chunk", "held"]
    assert boat.station.log[-2:] == ["PATCH 0+131072", "PATCH 131072+131072 last"]


def test_bytes_damaged_on_the_way_are_sent_again_from_the_start(boat: Boat) -> None:
    data = pictures(1, CHUNK_BYTES + 5)[0]
    still = boat.seal(data)
    keep_event(boat.store, "e1", still)
    boat.station.files[still.sha256] = b"garbage"
    assert boat.outcomes() == ["records", "digest", "chunk", "held"]
    assert boat.arrived()


# ── files that cannot be sent ─────────────────────────────────────────────────────────────────────────


def test_a_missing_file_is_counted_and_does_not_hold_up_the_others(boat: Boat) -> None:
    lost, kept = (boat.seal(data) for data in pictures(2))
    keep_event(boat.store, "e1", lost)
    keep_event(boat.store, "e2", kept)
    boat.path(lost).unlink()
    assert boat.outcomes() == ["records", "missing", "held"]
    assert boat.uploader.outcomes[Outcome.MISSING] == 1
    assert boat.store.counts().pending_evidence == 1


def test_a_missing_file_is_looked_for_again_after_a_while(boat: Boat) -> None:
    lost = boat.seal(b"a still on a card with a loose contact")
    keep_event(boat.store, "e1", lost)
    boat.path(lost).rename(boat.folder / "elsewhere")
    assert boat.outcomes() == ["records", "missing"]
    (boat.folder / "elsewhere").rename(boat.path(lost))
    boat.hours.now_s = ASIDE_S - 1
    assert boat.outcomes() == []
    boat.hours.now_s = ASIDE_S + 1
    assert boat.outcomes() == ["held"]


def test_a_file_that_changed_on_the_card_is_missing_not_delivered(boat: Boat) -> None:
    still = boat.seal(b"a still")
    keep_event(boat.store, "e1", still)
    boat.path(still).write_bytes(b"A still")
    boat.uploader.step()
    progress = boat.uploader.step()
    assert progress.outcome is Outcome.MISSING
    assert "nor has the file on this box its digest" in progress.detail
    assert boat.outcomes() == []
    assert boat.station.whole == set()


def test_a_file_the_station_refuses_again_and_again_lets_the_others_pass(boat: Boat) -> None:
    first, second = (boat.seal(data) for data in pictures(2))
    keep_event(boat.store, "e1", first)
    keep_event(boat.store, "e2", second)
    boat.uploader.step()
    for _ in range(3):
        boat.station.faults.extend(["", ("refuse", 413, "too_large", {})])
    assert boat.outcomes() == ["too_large", "too_large", "too_large", "held"]
    boat.hours.now_s = ASIDE_S + 1
    assert boat.outcomes() == ["held"]
    assert boat.arrived()


# ── the loop ──────────────────────────────────────────────────────────────────────────────────────────


class Scripted:
    """A shore that does what the script says, then has no network."""

    def __init__(self, *script: Exception) -> None:
        self._script = list(script)

    def deliver(self, parcel: Parcel) -> Answer:  # noqa: ARG002
        raise self._script.pop(0) if self._script else ShoreUnreachable("no network")


class Waits:
    """Waits no time at all, notes how long it should have been, and stops the loop after `count` waits."""

    def __init__(self, count: int, meanwhile: Callable[[int], None] | None = None) -> None:
        self._count = count
        self._meanwhile = meanwhile
        self.seconds: list[float] = []

    def __call__(self, stop: threading.Event, seconds: float) -> bool:  # noqa: ARG002
        self.seconds.append(seconds)
        if self._meanwhile is not None:
            self._meanwhile(len(self.seconds))
        return len(self.seconds) >= self._count


def test_without_a_network_the_waits_double_with_jitter_to_two_minutes_and_never_end(tmp_path: Path) -> None:
    waits = Waits(400)
    with Store.open(tmp_path, DEVICE) as store:
        fill(store, 1)
        uploader = Uploader(store, Scripted(), STATION_KEY.public_key(), DEVICE, seed=7, wait=waits)
        uploader.run(threading.Event())
    assert uploader.outcomes == {Outcome.UNREACHABLE: 400}
    for number, seconds in enumerate(waits.seconds[:7]):
        assert 0 <= seconds <= 2**number
    assert all(seconds <= 120 for seconds in waits.seconds)
    assert max(waits.seconds) > 100
    assert min(waits.seconds[10:]) < 20


def test_after_something_got_through_the_waits_start_small_again(boat: Boat) -> None:
    def meanwhile(number: int) -> None:
        if number == 12:
            boat.station.faults.clear()
            fill(boat.store, 1)
        if number == 13:  # idle: the record is through
            boat.station.faults.append("drop")
            fill(boat.store, 1)

    waits = Waits(14, meanwhile)
    boat.station.faults.extend(["drop"] * 12)
    fill(boat.store, 1)
    uploader = Uploader(boat.store, boat.shore, STATION_KEY.public_key(), DEVICE, seed=3, wait=waits)
    uploader.run(threading.Event())
    assert waits.seconds[12] == 1.0
    assert waits.seconds[13] <= 1.0
    assert max(waits.seconds[:12]) > 60


def test_a_mistake_in_the_program_does_not_end_the_loop(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    waits = Waits(2)
    with Store.open(tmp_path, DEVICE) as store, caplog.at_level(logging.ERROR):
        fill(store, 1)
        shore = Scripted(ZeroDivisionError("a mistake"))
        uploader = Uploader(store, shore, STATION_KEY.public_key(), DEVICE, wait=waits)
        uploader.run(threading.Event())
    assert uploader.outcomes == {Outcome.FAULT: 1, Outcome.UNREACHABLE: 1}
    assert "it is tried again" in caplog.text


def test_a_store_that_cannot_write_is_an_outcome_and_not_an_end(tmp_path: Path) -> None:
    store = Store.open(tmp_path, DEVICE)
    store.close()
    progress = Uploader(store, Scripted(), STATION_KEY.public_key(), DEVICE).step()
    assert (progress.outcome, progress.alarm) == (Outcome.STORE, True)


def test_the_loop_stops_when_it_is_told_to(boat: Boat) -> None:
    fill(boat.store, 3)
    stop = threading.Event()
    thread = threading.Thread(target=boat.uploader.run, args=(stop,))
    thread.start()
    stop.set()
    thread.join(10)
    assert not thread.is_alive()


def test_records_committed_while_the_loop_runs_arrive_in_order(boat: Boat) -> None:
    stop = threading.Event()
    thread = threading.Thread(target=boat.uploader.run, args=(stop,))
    thread.start()
    for number, data in enumerate(pictures(20)):
        keep_event(boat.store, f"e{number}", boat.seal(data))
    stop.set()
    thread.join(10)
    boat.outcomes(200)
    assert boat.arrived()
    starts = [int(line.split()[1].split("-")[0]) for line in boat.station.log if line.startswith("POST")]
    assert starts == sorted(starts)
