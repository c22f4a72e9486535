"""`POST /v1/heads`: the end of a chain is kept as it was told, and answered with the station's signature."""

import pytest
import requests
import sqlalchemy as sa

from agent.event import wire
from agent.event.chain import Head
from agent.event.head import head_text, open_head_receipt
from ashore.boat import NOW, Boat
from station import tables
from station.app import Station

pytestmark = pytest.mark.both_databases

HEAD = Head(7, "ab" * 32)


def tell(boat: Boat, head: Head, **other: str) -> requests.Response:
    return boat.request("POST", "/v1/heads", head_text(other.get("named", boat.device), head).encode())


def kept(station: Station) -> list[tuple[int, str, str]]:
    column = tables.heads.c
    with station.store.reading() as connection:
        rows = connection.execute(sa.select(column.seq, column.hash, column.channel).order_by(column.seq))
        return [(row.seq, row.hash, row.channel) for row in rows]


def test_head_is_kept_and_the_answer_verifies(boat: Boat, station: Station) -> None:
    answer = tell(boat, HEAD)
    assert answer.status_code == 200
    told = open_head_receipt(wire.canonical(answer.json()["receipt"]), station.key.public_key(), boat.device)
    assert (told.head, told.utc) == (HEAD, wire.utc_text(NOW))
    assert kept(station) == [(7, HEAD.hash, "http")]


def test_head_told_every_hour_is_one_row(boat: Boat, station: Station) -> None:
    for _ in range(3):
        tell(boat, HEAD)
    assert len(kept(station)) == 1


def test_older_head_and_another_history_are_kept_too(boat: Boat, station: Station) -> None:
    """What a restored or a copied card looks like: the proof, not a mistake."""
    for head in (HEAD, Head(5, "cd" * 32), Head(7, "ef" * 32)):
        assert tell(boat, head).status_code == 200
    assert len(kept(station)) == 3


def test_head_comes_before_any_record(boat: Boat, station: Station) -> None:
    assert tell(boat, Head()).status_code == 200
    assert kept(station) == [(0, "0" * 64, "http")]


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "malformed"),
        (b"v1 barge-1 1 short", 400, "malformed"),
        (b"x" * 141, 413, "too_large"),
        (head_text("barge-2", HEAD).encode(), 400, "malformed"),
    ],
)
def test_what_is_no_head_of_the_sender_is_refused(
    boat: Boat, station: Station, body: bytes, status: int, code: str
) -> None:
    response = boat.request("POST", "/v1/heads", body)
    assert (response.status_code, response.json()["error"]) == (status, code)
    assert kept(station) == []


def test_head_of_a_device_that_is_not_enrolled_is_refused(boat: Boat, station: Station) -> None:
    stranger = Boat(boat.url, "barge-9", number=9)
    assert tell(stranger, HEAD).status_code == 403
    assert kept(station) == []
