"""`HEAD` and `PATCH /v1/evidence/{sha256}`: pictures in pieces, whole and true or not at all."""

import hashlib
import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest
import requests
import sqlalchemy as sa

import builders
from agent.event import receipt, signed_http, wire
from ashore.boat import Boat, evidence, files_under, still
from ashore.visitors import signed_in
from station import tables
from station.app import Station, open_station
from station.clock import utc_now
from station.intake import CHUNK_LIMIT_BYTES

pytestmark = pytest.mark.both_databases

PICTURE = still(width=320, height=180)
DIGEST = hashlib.sha256(PICTURE).hexdigest()


@pytest.fixture
def named(boat: Boat) -> Boat:
    """A boat whose event names the picture, and which has sent nothing of it."""
    boat.happens(builders.event(evidence=(evidence(PICTURE),)))
    boat.send()
    return boat


def refused(response: requests.Response) -> tuple[int, str]:
    return response.status_code, response.json()["error"]


def offset(response: requests.Response) -> tuple[str, str]:
    assert response.status_code == 204, response.text
    return response.headers["Upload-Offset"], response.headers["Upload-Complete"]


def test_file_in_pieces_is_whole_and_receipted_at_its_last_byte(named: Boat, station: Station) -> None:
    assert offset(named.head(DIGEST)) == ("0", "?0")
    first = named.patch(DIGEST, 0, PICTURE[:1000]).json()
    assert first == {"offset": 1000, "complete": False, "receipt": None}
    assert offset(named.head(DIGEST)) == ("1000", "?0")
    answer = named.patch(DIGEST, 1000, PICTURE[1000:], last=True).json()
    assert (answer["offset"], answer["complete"]) == (len(PICTURE), True)
    signed = receipt.open_receipt(wire.canonical(answer["receipt"]), station.key.public_key(), named.device)
    assert signed.evidence == (DIGEST,)
    assert offset(named.head(DIGEST)) == (str(len(PICTURE)), "?1")
    assert station.spool.path(DIGEST).read_bytes() == PICTURE
    assert named.send()["lacking"] == []


def test_last_byte_of_the_size_in_the_record_completes_the_file(named: Boat) -> None:
    assert named.patch(DIGEST, 0, PICTURE, last=False).json()["complete"] is True


def test_empty_last_chunk_gives_the_receipt_again(named: Boat) -> None:
    named.upload(PICTURE)
    answer = named.patch(DIGEST, len(PICTURE), b"", last=True)
    assert answer.status_code == 200
    assert answer.json()["receipt"]["evidence"] == [DIGEST]


def test_replayed_chunk_changes_nothing(named: Boat, station: Station) -> None:
    sent = named.patch(DIGEST, 0, PICTURE[:1000]).request
    again = requests.patch(sent.url or "", data=sent.body, headers=dict(sent.headers), timeout=30)
    assert refused(again) == (409, "offset")
    assert offset(named.head(DIGEST)) == ("1000", "?0")
    named.patch(DIGEST, 1000, PICTURE[1000:], last=True)
    again = requests.patch(sent.url or "", data=sent.body, headers=dict(sent.headers), timeout=30)
    assert refused(again) == (409, "offset")
    assert station.spool.path(DIGEST).read_bytes() == PICTURE


@pytest.mark.parametrize("wrong", [999, 1001, 10**15 - 1])
def test_chunk_at_another_offset_is_told_the_right_one(named: Boat, wrong: int) -> None:
    named.patch(DIGEST, 0, PICTURE[:1000])
    response = named.patch(DIGEST, wrong, b"x")
    assert refused(response) == (409, "offset")
    assert (response.headers["Upload-Offset"], response.json()["offset"]) == ("1000", 1000)


def test_file_without_its_digest_is_thrown_away(named: Boat, station: Station) -> None:
    named.patch(DIGEST, 0, PICTURE[:1000])
    response = named.patch(DIGEST, 1000, bytes(len(PICTURE) - 1000), last=True)
    assert refused(response) == (422, "digest")
    assert response.json()["offset"] == 0
    assert files_under(station.folder / "evidence") == []
    assert offset(named.head(DIGEST)) == ("0", "?0")
    assert named.upload(PICTURE)["complete"] is True


def test_file_that_says_it_is_complete_too_early_is_thrown_away(named: Boat) -> None:
    assert refused(named.patch(DIGEST, 0, PICTURE[:-1], last=True)) == (422, "digest")


def test_digest_that_no_record_names_is_not_taken(boat: Boat, station: Station) -> None:
    assert boat.head(DIGEST).status_code == 404
    assert refused(boat.patch(DIGEST, 0, PICTURE, last=True)) == (404, "not_named")
    assert files_under(station.folder / "evidence") == []


def test_digest_named_by_another_device_only_is_not_taken(named: Boat, station: Station) -> None:
    other = Boat(named.url, "barge-2", number=2).enrolled_at(station)
    assert refused(other.patch(DIGEST, 0, PICTURE, last=True)) == (404, "not_named")


def test_chunk_over_the_limit_is_too_large(named: Boat) -> None:
    assert refused(named.patch(DIGEST, 0, bytes(CHUNK_LIMIT_BYTES + 1))) == (413, "too_large")


def test_file_over_the_size_its_record_gave_is_too_large(named: Boat, station: Station) -> None:
    assert refused(named.patch(DIGEST, 0, PICTURE + b"x")) == (413, "too_large")
    assert files_under(station.folder / "evidence") == []


@pytest.mark.parametrize(
    "name",
    [
        "..%2F..%2Fstation.key",
        "../../station.key",
        "%2e%2e/%2e%2e/station.key",
        DIGEST.upper(),
        DIGEST[:-1],
        DIGEST + "0",
        DIGEST + "%0A",
        DIGEST + "/..",
        DIGEST + ".part",
        "%00" * 64,
        "",
    ],
)
def test_evidence_is_named_by_a_digest_and_nothing_else(named: Boat, station: Station, name: str) -> None:
    """Sent over a bare socket: a client library would tidy the path up before it leaves."""
    path = f"/v1/evidence/{name}"
    headers = {"Upload-Offset": "0", "Upload-Complete": "?0"}
    before = files_under(station.folder)
    answer = _bare(named, "PATCH", path, headers, b"x")
    assert answer.startswith((b"HTTP/1.1 400", b"HTTP/1.1 404"))
    assert [path.name for path in files_under(station.folder) if path not in before] == []


def _bare(boat: Boat, method: str, path: str, headers: dict[str, str], body: bytes) -> bytes:
    signed = signed_http.sign(method, path, headers, body, boat.key, boat.device, builders.START, "nonce")
    host, port = boat.url.removeprefix("http://").split(":")
    lines = [
        f"{method} {path} HTTP/1.1",
        f"Host: {host}",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    lines += [f"{name}: {value}" for name, value in (headers | signed).items()]
    with socket.create_connection((host, int(port)), timeout=30) as link:
        link.sendall("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        answer = b""
        while piece := link.recv(65536):
            answer += piece
    return answer


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"Upload-Offset": "-1"},
        {"Upload-Offset": "1e3"},
        {"Upload-Offset": "9" * 16},
        {"Upload-Offset": "0", "Upload-Complete": "true"},
    ],
)
def test_chunk_without_a_place_is_malformed(named: Boat, headers: dict[str, str]) -> None:
    assert refused(named.request("PATCH", f"/v1/evidence/{DIGEST}", b"x", headers)) == (400, "malformed")


def test_unsigned_chunk_is_refused(named: Boat) -> None:
    response = requests.patch(f"{named.url}/v1/evidence/{DIGEST}", data=PICTURE, timeout=30)
    assert refused(response) == (401, "signature")


def test_whole_file_found_after_a_crash_before_its_row_is_served_again(named: Boat, station: Station) -> None:
    """The rename was the last thing before the power went; the database does not know yet."""
    named.upload(PICTURE)
    with station.store.writing() as connection:
        connection.execute(sa.update(tables.evidence).values(held=False))
    assert named.send()["lacking"] == [DIGEST]
    assert offset(named.head(DIGEST)) == (str(len(PICTURE)), "?1")
    assert named.send()["lacking"] == []


# ── power ─────────────────────────────────────────────────────────────────────────────────────────────


def serving(folder: Path) -> "tuple[subprocess.Popen[str], str]":
    """A station as a process of its own; its address is in the first line that it prints."""
    command = [sys.executable, "-m", "station.cli", "serve", "--folder", str(folder), "--port", "0"]
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, env={**os.environ, "PYTHONUNBUFFERED": "1"}
    )
    assert process.stdout is not None
    return process, process.stdout.readline().split()[1].rstrip("/")


def test_station_killed_between_chunks_goes_on_at_a_true_offset(tmp_path: Path) -> None:
    folder = tmp_path / "station"
    opened = open_station(folder)
    boat = Boat("").enrolled_at(opened).watched_by(signed_in(opened, now=utc_now()))
    opened.close()
    picture = still(seed=2)
    digest = hashlib.sha256(picture).hexdigest()
    boat.happens(builders.event(evidence=(evidence(picture),)))
    at, step = 0, len(picture) // 3 + 1
    for run in range(3):
        process, boat.url = serving(folder)
        try:
            assert boat.send()["held_through_seq"] == 1
            assert offset(boat.head(digest)) == (str(at), "?0")
            answer = boat.patch(digest, at, picture[at : at + step], last=run == 2).json()
            at = answer["offset"]
        finally:
            process.kill()
            process.communicate()
    assert answer["complete"] is True
    process, boat.url = serving(folder)
    try:
        assert boat.page(f"/evidence/{digest}").content == picture
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(timeout=30) == 0
        process.communicate()
