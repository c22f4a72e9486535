"""HTTP to the station: what counts as its answer, and what is only a link, a proxy or a portal speaking."""

import socket
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from agent.errors import ShoreUnreachable
from agent.event import chain
from agent.event.receipt import open_receipt
from agent.outbox.refusal import Refusal
from agent.outbox.shore_http import HttpShore, Patience
from agent.types import Answer, ClockQuality, EvidenceChunk, RecordBatch, Stamp
from outbox.loopback_station import LoopbackStation
from outbox.outbox_builders import (
    DEVICE,
    DEVICE_KEY,
    STATION_KEY,
    LostClock,
    StoppedClock,
    event,
    name_only,
    pictures,
    track,
)


@pytest.fixture
def station() -> Iterator[LoopbackStation]:
    with LoopbackStation() as running:
        yield running


@pytest.fixture
def shore(station: LoopbackStation) -> Iterator[HttpShore]:
    with HttpShore(station.url, DEVICE, DEVICE_KEY, StoppedClock()) as link:
        yield link


def batch(count: int = 3) -> RecordBatch:
    chain_ = chain.Chain(DEVICE, "boot-1", DEVICE_KEY)
    return RecordBatch(tuple(track(chain_).raw for _ in range(count)))


def named(shore: HttpShore, data: bytes) -> str:
    """Make the station expect a file."""
    file = name_only(data)
    record = event(chain.Chain(DEVICE, "boot-1", DEVICE_KEY), "e1", file)
    shore.deliver(RecordBatch((record.raw,)))
    return file.sha256


def test_records_arrive_and_the_receipt_verifies(station: LoopbackStation, shore: HttpShore) -> None:
    sent = batch()
    answer = shore.deliver(sent)
    assert tuple(station.records) == sent.records
    assert answer.held_through_seq == 3
    assert answer.receipt is not None
    assert open_receipt(answer.receipt, STATION_KEY.public_key(), DEVICE).through_seq == 3


def test_records_travel_compressed(station: LoopbackStation, shore: HttpShore) -> None:
    sent = batch(200)
    shore.deliver(sent)
    assert station.received[0][1] < sum(map(len, sent.records)) / 2


def test_lacking_evidence_comes_back_with_the_answer(shore: HttpShore) -> None:
    file = name_only(b"a still")
    record = event(chain.Chain(DEVICE, "boot-1", DEVICE_KEY), "e1", file)
    assert shore.deliver(RecordBatch((record.raw,))).lacking == (file.sha256,)


def test_evidence_goes_in_chunks_and_ends_with_a_receipt(station: LoopbackStation, shore: HttpShore) -> None:
    data = pictures(1)[0]
    digest = named(shore, data)
    assert shore.deliver(EvidenceChunk(digest, 0, b"", 1000)) == Answer(offset=0)
    assert shore.deliver(EvidenceChunk(digest, 0, data[:600], 1000)) == Answer(offset=600)
    assert shore.deliver(EvidenceChunk(digest, 0, b"", 1000)) == Answer(offset=600)
    answer = shore.deliver(EvidenceChunk(digest, 600, data[600:], 1000))
    assert answer.offset == 1000
    assert answer.receipt is not None
    assert open_receipt(answer.receipt, STATION_KEY.public_key(), DEVICE).evidence == (digest,)
    assert station.files[digest] == data


def test_asking_about_a_whole_file_brings_its_receipt(shore: HttpShore) -> None:
    data = pictures(1)[0]
    digest = named(shore, data)
    shore.deliver(EvidenceChunk(digest, 0, data, 1000))
    again = shore.deliver(EvidenceChunk(digest, 0, b"", 1000))
    assert again.offset == 1000
    assert again.receipt is not None


def test_a_body_of_several_pieces_arrives_whole(station: LoopbackStation, shore: HttpShore) -> None:
    data = pictures(1, 256 << 10)[0]
    digest = named(shore, data)
    shore.deliver(EvidenceChunk(digest, 0, data, len(data)))
    assert station.whole == {digest}


def test_a_station_under_a_path_is_reached_with_the_path_signed() -> None:
    with (
        LoopbackStation(prefix="/sandwatch") as station,
        HttpShore(station.url + "/", DEVICE, DEVICE_KEY, StoppedClock()) as shore,
    ):
        shore.deliver(batch())
        assert len(station.records) == 3


def test_a_box_that_does_not_know_the_time_can_upload(station: LoopbackStation) -> None:
    with HttpShore(station.url, DEVICE, DEVICE_KEY, LostClock()) as shore:
        shore.deliver(batch())
    assert len(station.records) == 3


def test_another_box_with_our_name_is_refused(station: LoopbackStation) -> None:
    thief = Ed25519PrivateKey.from_private_bytes(b"\x66" * 32)
    with HttpShore(station.url, DEVICE, thief, StoppedClock()) as shore:
        with pytest.raises(Refusal) as caught:
            shore.deliver(batch())
        assert (caught.value.status, caught.value.code) == (401, "signature")
        with pytest.raises(Refusal) as caught:
            shore.deliver(EvidenceChunk("ab" * 32, 0, b"", 10))
        assert (caught.value.status, caught.value.code) == (401, "signature")


@pytest.mark.parametrize(
    "fault",
    ["drop", "deaf", "cut", "html", "redirect", "error", "proxy", "endless", "list", "packed"],
)
def test_what_is_not_the_stations_answer_is_unreachable(
    station: LoopbackStation, shore: HttpShore, fault: str
) -> None:
    station.faults.append(fault)
    with pytest.raises(ShoreUnreachable):
        shore.deliver(batch())
    station.faults.clear()
    assert shore.deliver(batch()).held_through_seq == 3


@pytest.mark.parametrize("fault", ["drop", "deaf", "html", "redirect", "error"])
def test_a_foreign_answer_to_the_question_for_the_offset_is_unreachable(
    station: LoopbackStation, shore: HttpShore, fault: str
) -> None:
    digest = named(shore, b"a still")
    station.faults.append(fault)
    with pytest.raises(ShoreUnreachable):
        shore.deliver(EvidenceChunk(digest, 0, b"", 7))


def test_a_station_in_trouble_is_not_taken_for_a_portal(station: LoopbackStation, shore: HttpShore) -> None:
    station.faults.append("error")
    with pytest.raises(ShoreUnreachable, match="status 500: the station or a proxy before it is in trouble"):
        shore.deliver(batch())


def test_a_captive_portal_is_named_as_the_likely_cause(station: LoopbackStation, shore: HttpShore) -> None:
    station.faults.append("html")
    with pytest.raises(ShoreUnreachable, match=r"text/html, .* captive portal"):
        shore.deliver(batch())


@pytest.mark.parametrize(
    ("status", "code"),
    [
        (400, "malformed"),
        (401, "signature"),
        (403, "not_enrolled"),
        (409, "gap"),
        (409, "fork"),
        (413, "too_large"),
        (422, "record"),
    ],
)
def test_the_stations_own_no_comes_up_with_all_it_said(
    station: LoopbackStation, shore: HttpShore, status: int, code: str
) -> None:
    station.faults.append(("refuse", status, code, {"held_through_seq": 17}))
    with pytest.raises(Refusal, match=f"{status} {code}") as caught:
        shore.deliver(batch())
    assert caught.value.answer["held_through_seq"] == 17


def test_a_file_nobody_named_is_refused_as_such(shore: HttpShore) -> None:
    for data in (b"", b"bytes"):
        with pytest.raises(Refusal) as caught:
            shore.deliver(EvidenceChunk("ab" * 32, 0, data, 10))
        assert (caught.value.status, caught.value.code) == (404, "not_named")


def test_nobody_listening_is_unreachable() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with (
        HttpShore(f"http://127.0.0.1:{port}", DEVICE, DEVICE_KEY, StoppedClock()) as shore,
        pytest.raises(ShoreUnreachable, match=f"127.0.0.1:{port}"),
    ):
        shore.deliver(batch())


def test_a_station_that_never_answers_is_unreachable(station: LoopbackStation) -> None:
    station.faults.append("silent")
    impatient = Patience(answer_s=0.2)
    with (
        HttpShore(station.url, DEVICE, DEVICE_KEY, StoppedClock(), patience=impatient) as shore,
        pytest.raises(ShoreUnreachable, match="timed out"),
    ):
        shore.deliver(batch())


def test_an_answer_that_drips_for_ever_is_given_up(station: LoopbackStation) -> None:
    station.faults.append("dripping")
    impatient = Patience(whole_answer_s=0.1)
    with (
        HttpShore(station.url, DEVICE, DEVICE_KEY, StoppedClock(), patience=impatient) as shore,
        pytest.raises(ShoreUnreachable, match=r"no end of it after 0.1 s"),
    ):
        shore.deliver(batch())


def test_one_connection_serves_many_requests(station: LoopbackStation, shore: HttpShore) -> None:
    data = pictures(1)[0]
    digest = named(shore, data)
    shore.deliver(EvidenceChunk(digest, 0, b"", 1000))
    shore.deliver(EvidenceChunk(digest, 0, data, 1000))
    assert station.connections == 1


def test_connections_give_up_on_bytes_that_are_never_acknowledged(
    station: LoopbackStation, shore: HttpShore
) -> None:
    shore.deliver(batch())
    expected_ms = int(Patience().unacknowledged_s * 1000)
    pools = shore._session.get_adapter(station.url).poolmanager.pools  # type: ignore[attr-defined]
    connection = pools[next(iter(pools.keys()))].pool.get_nowait()
    try:
        timeout_ms = connection.sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT)
    finally:
        connection.close()
    assert timeout_ms == expected_ms == 16_000


@pytest.mark.parametrize("url", ["station.example", "ftp://station.example", "http://", ""])
def test_an_address_that_is_none_is_said_at_once(url: str) -> None:
    with pytest.raises(ValueError, match="must look like https://"):
        HttpShore(url, DEVICE, DEVICE_KEY, StoppedClock())


def test_the_stamp_of_a_record_is_not_needed_to_send_it() -> None:
    chain_ = chain.Chain(DEVICE, "boot-1", DEVICE_KEY)
    timeless = chain_.append(Stamp(0, None, ClockQuality.NONE), "track", {})
    with (
        LoopbackStation() as station,
        HttpShore(station.url, DEVICE, DEVICE_KEY, StoppedClock()) as shore,
    ):
        shore.deliver(RecordBatch((timeless.raw,)))
        assert station.records == [timeless.raw]
