"""The head of a chain as one line, and the station's answer to it."""

import pytest

import builders
from agent.errors import ChainError
from agent.event import wire
from agent.event.chain import Head, sign_object
from agent.event.head import (
    HEAD_LIMIT_BYTES,
    head_text,
    make_head_receipt,
    open_head_receipt,
    read_head_text,
)
from ashore.boat import NOW

HEAD = Head(48213, "ab" * 32)
KEY = builders.key(9)


def test_longest_device_at_the_last_second_of_the_universe_fits_into_an_sms() -> None:
    line = head_text("X" * 64, Head(10**18 - 1, "ff" * 32))
    assert len(line.encode("ascii")) <= HEAD_LIMIT_BYTES
    assert read_head_text(line.encode()) == ("X" * 64, Head(10**18 - 1, "ff" * 32))


def test_head_is_one_line_a_person_can_read_aloud() -> None:
    assert head_text("SW-CT-0001", HEAD) == "v1 SW-CT-0001 48213 " + "q6ur" * 10 + "q6s"


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"v2 barge-7 1 " + b"A" * 43,
        b"v1 barge-7 01 " + b"A" * 43,
        b"v1 barge-7 -1 " + b"A" * 43,
        b"v1 barge 7 1 " + b"A" * 43,
        b"v1 barge-7 1 " + b"A" * 42,
        b"v1 barge-7 1 " + b"A" * 42 + b"B",  # no canonical base64url: two lines would say the same head
        b"v1 barge-7 1 " + b"A" * 43 + b"\n",
        b"v1 barge-7 1 " + b"\xc3\xa9" * 21 + b"A",
        b"v1 " + b"x" * 64 + b" 1 " + b"A" * 400,
    ],
)
def test_whatever_is_no_head_is_refused(line: bytes) -> None:
    with pytest.raises(ChainError):
        read_head_text(line)


def test_answer_verifies_with_the_stations_key_only() -> None:
    raw = make_head_receipt(KEY, "station-1", "barge-7", HEAD, NOW)
    told = open_head_receipt(raw, KEY.public_key(), "barge-7")
    assert (told.head, told.station, told.raw) == (HEAD, "station-1", raw)
    with pytest.raises(ChainError):
        open_head_receipt(raw, builders.key(8).public_key(), "barge-7")
    with pytest.raises(ChainError, match="barge-7"):
        open_head_receipt(raw, KEY.public_key(), "barge-8")


@pytest.mark.parametrize("change", [{"seq": "1"}, {"seq": True}, {"hash": 7}, {"v": 2}, {"more": 1}])
def test_answer_of_another_form_is_refused(change: dict[str, int | str]) -> None:
    fields = {
        "v": wire.VERSION,
        "station": "s",
        "device": "barge-7",
        "seq": 1,
        "hash": "ab",
        "utc": "u",
        **change,
    }
    with pytest.raises(ChainError):
        open_head_receipt(sign_object(fields, KEY), KEY.public_key(), "barge-7")
