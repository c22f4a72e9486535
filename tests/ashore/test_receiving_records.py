"""`POST /v1/records`: what is taken, and every row of the error table that can meet it."""

import gzip
import json
import zlib
from typing import Any

import pytest
import requests
import sqlalchemy as sa

import builders
from agent.event import chain, receipt, wire
from agent.event.chain import Chain
from ashore.boat import Boat, evidence
from station import tables
from station.app import Station
from station.intake import BATCH_LIMIT_BYTES, BATCH_LIMIT_RECORDS, BODY_LIMIT_BYTES

pytestmark = pytest.mark.both_databases

HEADERS = {"Content-Type": "application/x-ndjson", "Content-Encoding": "gzip"}


def refused(response: requests.Response) -> tuple[int, str]:
    body = response.json()
    assert isinstance(body["detail"], str)
    assert body["detail"]
    return response.status_code, body["error"]


def count(station: Station, table: sa.Table) -> int:
    with station.store.reading() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def test_batch_is_held_and_receipted_by_the_station_key(boat: Boat, station: Station) -> None:
    records = [boat.write("gap", {"number": n}) for n in range(3)]
    answer = boat.post(records).json()
    assert (answer["held_through_seq"], answer["head"]) == (3, records[-1].hash)
    raw = wire.canonical(answer["receipt"])
    signed = receipt.open_receipt(raw, station.key.public_key(), boat.device)
    assert (signed.through_seq, signed.head, signed.evidence) == (3, records[-1].hash, ())
    with station.store.reading() as connection:
        kept = (
            connection.execute(sa.select(tables.records.c.raw).order_by(tables.records.c.seq)).scalars().all()
        )
    assert kept == [record.raw for record in records]


def test_replayed_batch_changes_nothing_and_gets_the_same_receipt(boat: Boat, station: Station) -> None:
    boat.happens(builders.event(evidence=()))
    first = boat.send()
    assert boat.send() == first
    assert count(station, tables.records) == 1


def test_same_signed_request_sent_twice_byte_for_byte_is_harmless(boat: Boat, station: Station) -> None:
    record = boat.write("gap", {})
    first = boat.post([record])
    again = requests.post(
        first.request.url or "", data=first.request.body, headers=dict(first.request.headers), timeout=30
    )
    assert again.json() == first.json()
    assert count(station, tables.records) == 1


def test_overlapping_batch_adds_only_what_is_new(boat: Boat, station: Station) -> None:
    records = [boat.write("gap", {}) for _ in range(5)]
    boat.post(records[:3])
    assert boat.post(records[1:]).json()["held_through_seq"] == 5
    assert count(station, tables.records) == 5


def test_empty_batch_asks_what_is_held(boat: Boat) -> None:
    boat.write("gap", {})
    boat.send()
    assert boat.post([]).json()["held_through_seq"] == 1


def test_lacking_evidence_is_named_oldest_first_and_each_digest_once(boat: Boat) -> None:
    old, new = evidence(b"old"), evidence(b"new")
    boat.happens(builders.event(evidence=(old,)))
    boat.happens(builders.event(evidence=(old, new)))
    assert boat.send()["lacking"] == [old.sha256, new.sha256]


def test_at_most_a_hundred_lacking_digests_are_named(boat: Boat) -> None:
    files = tuple(evidence(b"%d" % n) for n in range(130))
    boat.happens(builders.event(evidence=files))
    assert len(boat.send()["lacking"]) == 100


def test_receipt_of_records_names_their_evidence_that_is_held_already(boat: Boat) -> None:
    boat.happens(builders.event(evidence=(evidence(b"picture"),)))
    boat.send()
    boat.upload(b"picture")
    assert boat.send()["receipt"]["evidence"] == [evidence(b"picture").sha256]


# ── 400 malformed ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (b"no gzip", HEADERS),
        (gzip.compress(b"")[:-4], HEADERS),
        (gzip.compress(b"") + b"more", HEADERS),
        (gzip.compress(b""), {**HEADERS, "Content-Type": "application/json"}),
        (b"", {"Content-Type": "application/x-ndjson"}),
    ],
    ids=["not gzip", "cut gzip", "bytes after gzip", "another type", "not compressed"],
)
def test_what_is_not_the_protocol_is_malformed(boat: Boat, body: bytes, headers: dict[str, str]) -> None:
    assert refused(boat.request("POST", "/v1/records", body, headers)) == (400, "malformed")


@pytest.mark.parametrize(
    ("method", "path", "status"), [("GET", "/v1/records", 405), ("POST", "/v1/nothing", 404)]
)
def test_addresses_outside_the_protocol_answer_in_its_form(
    boat: Boat, method: str, path: str, status: int
) -> None:
    assert refused(boat.request(method, path)) == (status, "malformed")


# ── 401 signature, 403 not_enrolled ───────────────────────────────────────────────────────────────────


def test_unsigned_request_is_refused(url: str) -> None:
    response = requests.post(url + "/v1/records", data=gzip.compress(b""), headers=HEADERS, timeout=30)
    assert refused(response) == (401, "signature")


def test_forged_device_signing_with_its_own_key_is_refused(boat: Boat, station: Station) -> None:
    forged = Chain(boat.device, "voyage:test", builders.key(9))
    record = forged.append(builders.stamp(), "gap", {})
    assert refused(boat.post([record], key=builders.key(9))) == (401, "signature")
    assert count(station, tables.records) == 0


def test_body_changed_on_the_way_is_refused(boat: Boat) -> None:
    record = boat.write("gap", {})
    sent = boat.post([record]).request
    other = gzip.compress(record.raw + b"\n\n")
    response = requests.post(
        sent.url or "", data=other, headers=_without_length(dict(sent.headers)), timeout=30
    )
    assert refused(response) == (401, "signature")


def test_signature_of_another_request_is_refused(boat: Boat) -> None:
    sent = boat.head("ab" * 32).request
    response = requests.post(
        boat.url + "/v1/records", data=b"", headers=HEADERS | dict(sent.headers), timeout=30
    )
    assert refused(response) == (401, "signature")


def test_unknown_device_is_not_enrolled(url: str, station: Station) -> None:
    stranger = Boat(url, "stranger", number=5)
    assert refused(stranger.post([stranger.write("gap", {})])) == (403, "not_enrolled")
    assert count(station, tables.records) == 0


@pytest.mark.parametrize("device", ["'; DROP TABLE devices; --", "x" * 5000])
def test_device_ids_of_any_form_are_only_unknown(boat: Boat, device: str) -> None:
    assert refused(boat.request("POST", "/v1/records", b"", HEADERS, device=device)) == (403, "not_enrolled")


def _without_length(headers: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in headers.items() if name.lower() != "content-length"}


# ── 409 gap, 409 fork ─────────────────────────────────────────────────────────────────────────────────


def test_missing_records_are_asked_for_from_where_the_station_stands(boat: Boat, station: Station) -> None:
    records = [boat.write("gap", {}) for _ in range(4)]
    boat.post(records[:1])
    response = boat.post(records[2:])
    assert refused(response) == (409, "gap")
    assert (response.json()["held_through_seq"], response.json()["head"]) == (1, records[0].hash)
    assert count(station, tables.records) == 1


def test_fork_is_refused_and_both_sides_are_kept(boat: Boat, station: Station) -> None:
    records = [boat.write("gap", {"side": "first"}) for _ in range(3)]
    boat.send()
    clone = Chain(boat.device, "voyage:test", boat.key, chain.Head(1, records[0].hash))
    others = [clone.append(builders.stamp(), "gap", {"side": "second"}) for _ in range(3)]
    assert refused(boat.post([records[0], *others])) == (409, "fork")
    assert refused(boat.post([records[0], *others])) == (409, "fork")
    with station.store.reading() as connection:
        kept = connection.execute(sa.select(tables.forks.c.raw).order_by(tables.forks.c.seq)).scalars().all()
        held = (
            connection.execute(sa.select(tables.records.c.raw).order_by(tables.records.c.seq)).scalars().all()
        )
    assert kept == [record.raw for record in others]
    assert held == [record.raw for record in records]


def test_next_record_that_follows_another_past_is_a_fork(boat: Boat, station: Station) -> None:
    boat.write("gap", {})
    boat.send()
    clone = Chain(boat.device, "voyage:test", boat.key, chain.Head(1, "0" * 64))
    assert refused(boat.post([clone.append(builders.stamp(), "gap", {})])) == (409, "fork")
    assert count(station, tables.records) == 1


# ── 413 too_large ─────────────────────────────────────────────────────────────────────────────────────


def test_more_records_than_a_batch_may_have(boat: Boat) -> None:
    records = [boat.write("gap", {}) for _ in range(BATCH_LIMIT_RECORDS + 1)]
    assert refused(boat.post(records)) == (413, "too_large")
    assert boat.post(records[:BATCH_LIMIT_RECORDS]).status_code == 200


def test_zip_bomb_is_refused_before_it_unfolds(boat: Boat) -> None:
    packer = zlib.compressobj(9, wbits=31)
    bomb = b"".join(packer.compress(bytes(1 << 20)) for _ in range(200)) + packer.flush()
    assert len(bomb) < BATCH_LIMIT_BYTES / 10
    assert refused(boat.request("POST", "/v1/records", bomb, HEADERS)) == (413, "too_large")


def test_body_over_the_limit_is_refused_whatever_its_headers_say(boat: Boat) -> None:
    """The body comes in pieces without a Content-Length, so only the bytes themselves can tell."""
    body = bytes(BODY_LIMIT_BYTES + 1)
    headers = dict(boat.post([]).request.headers)
    pieces = (body[start : start + 65536] for start in range(0, len(body), 65536))
    response = requests.post(
        boat.url + "/v1/records", data=pieces, headers=_without_length(headers), timeout=30
    )
    assert refused(response) == (413, "too_large")


# ── 422 record ────────────────────────────────────────────────────────────────────────────────────────


def broken(boat: Boat) -> dict[str, list[bytes]]:
    """Batches of which the second line does not verify, by what is wrong with it."""
    first, second = boat.write("gap", {"n": 1}).raw, boat.write("gap", {"n": 2}).raw
    fields: dict[str, Any] = json.loads(second)
    foreign = Chain("another", "voyage:test", boat.key, chain.Head(1, "0" * 64))
    digits = {**{key: fields[key] for key in fields if key != "sig"}, "mono_ns": "9" * 5000}
    unlinked = Chain(boat.device, "voyage:test", boat.key, chain.Head(1, "f" * 64))
    return {
        "changed": [first, second.replace(b'"n":2', b'"n":3')],
        "not canonical": [first, second.replace(b",", b", ", 1)],
        "not JSON": [first, b"{"],
        "no object": [first, b"[]"],
        "deep": [first, b"[" * 100_000],
        "key missing": [
            first,
            chain.sign_object({k: v for k, v in fields.items() if k not in ("kind", "sig")}, boat.key),
        ],
        "another device": [first, foreign.append(builders.stamp(), "gap", {}).raw],
        "order": [second, first],
        "link": [first, unlinked.append(builders.stamp(), "gap", {}).raw],
        "endless number": [first, chain.sign_object(digits, boat.key)],
        "not UTF-8": [first, b'{"sig":"\xff"}'],
    }


@pytest.mark.parametrize(
    "wrong",
    [
        "changed", "not canonical", "not JSON", "no object", "deep", "key missing", "another device", "order", "link",
        "endless number", "not UTF-8",
    ],
)  # fmt: skip
def test_record_that_does_not_verify_refuses_the_whole_batch(
    boat: Boat, station: Station, wrong: str
) -> None:
    response = boat.post(broken(boat)[wrong])
    assert refused(response) == (422, "record")
    assert response.json()["position"] == 2
    assert count(station, tables.records) == 0
    assert count(station, tables.forks) == 0


def test_refusal_of_a_record_says_which_and_how(boat: Boat) -> None:
    answer = boat.post(broken(boat)["changed"]).json()
    assert answer["seq"] == 2
    assert "signature" in answer["detail"]


# ── bodies ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("event.opened", {"of": "a newer box"}),
        ("event.opened", {**wire.event_body(builders.event()), "event_id": "../../etc/passwd"}),
        ("event.opened", {**wire.event_body(builders.event()), "event_id": ""}),
        ("track", {"points": "none"}),
        ("track", {"points": [{"mono_ns": "1", "utc": None, "lat_deg": 1e300, "lon_deg": 0}]}),
        ("track", {"points": [{"mono_ns": "9" * 30, "utc": None, "lat_deg": 10, "lon_deg": 105}]}),
    ],
)
def test_sound_record_that_cannot_be_shown_is_held_all_the_same(
    boat: Boat, station: Station, kind: str, body: dict[str, Any]
) -> None:
    boat.write(kind, body)
    boat.write("disk.refused", {})
    assert boat.send()["held_through_seq"] == 2
    with station.store.reading() as connection:
        problems = connection.execute(
            sa.select(tables.records.c.problem).order_by(tables.records.c.seq)
        ).scalars()
        assert [problem is not None for problem in problems] == [True, False]
    assert boat.page("/").status_code == 200


def test_pictures_of_an_event_that_cannot_be_shown_are_awaited_all_the_same(boat: Boat) -> None:
    """A newer box writes bodies this station does not know; its evidence must not stay aboard."""
    named: dict[str, Any] = {"sha256": "ab" * 32, "media_type": "image/jpeg", "size_bytes": 7}
    boat.write("event.opened", {"of": "a newer box", "evidence": [named]})
    assert boat.send()["lacking"] == ["ab" * 32]


def test_unknown_kinds_are_held(boat: Boat) -> None:
    boat.write("of.the.future\x00", {"any": ["thing", None, 1.5]})
    assert boat.send()["held_through_seq"] == 1


def test_two_devices_do_not_mix(boat: Boat, station: Station) -> None:
    other = Boat(boat.url, "barge-2", number=2).enrolled_at(station)
    for each in (boat, other):
        each.happens(builders.event())
        each.send()
    assert count(station, tables.events) == 2
    stolen = boat.post([other.records[0]])
    assert refused(stolen) == (422, "record")
