"""A record can be checked by anybody who has the public key, and a changed one cannot hide."""

import json
import random

import pytest

from agent.errors import ChainError
from agent.event import chain, wire
from agent.types import ClockQuality
from builders import event, key, stamp


def records(count: int = 5) -> list[bytes]:
    links = chain.Chain("SW-1", "boot-1", key())
    return [links.append(stamp(at), "event.opened", wire.event_body(event())).raw for at in range(count)]


def problems(raws: list[bytes], start: chain.Head | None = None) -> list[str]:
    return [str(fault) for fault in chain.faults(raws, key().public_key(), start)]


def test_an_untouched_chain_has_no_faults() -> None:
    assert problems(records(), chain.Head()) == []


def test_the_same_readings_sign_the_same_bytes() -> None:
    assert records() == records()


def other_end(text: str) -> str:
    return text[:-1] + ("8" if text.endswith("7") else "7")


@pytest.mark.parametrize(
    "field", ["v", "device", "seq", "boot_id", "mono_ns", "utc", "clock_quality", "kind", "prev"]
)
def test_a_changed_field_is_found_at_its_record(field: str) -> None:
    raws = records()
    fields = json.loads(raws[2])
    fields[field] = fields[field] + 1 if isinstance(fields[field], int) else other_end(fields[field])
    raws[2] = wire.canonical(fields)
    found = list(chain.faults(raws, key().public_key(), chain.Head()))
    assert found
    assert found[0].position == 3


def test_a_flipped_bit_is_found_wherever_it_is() -> None:
    """400 random bits of a chain of five records, seeded."""
    raws = records(5)
    rng = random.Random(7)
    for _ in range(400):
        broken = list(raws)
        at = rng.randrange(len(raws))
        data = bytearray(raws[at])
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        broken[at] = bytes(data)
        found = list(chain.faults(broken, key().public_key(), chain.Head()))
        assert found
        assert found[0].position == at + 1


def test_a_removed_record_is_found_where_it_is_missing() -> None:
    raws = records()
    del raws[2]
    assert "seq 4" in problems(raws)[0]
    assert "missing" in problems(raws)[0]


def test_swapped_records_are_found() -> None:
    raws = records()
    raws[1], raws[2] = raws[2], raws[1]
    assert problems(raws)


def test_a_record_signed_by_another_key_is_refused() -> None:
    other = chain.Chain("SW-1", "boot-1", key(2)).append(stamp(), "gap", {})
    assert "signature" in problems([other.raw])[0]


def test_a_record_inserted_with_the_right_number_does_not_link() -> None:
    raws = records(3)
    forger = chain.Chain("SW-1", "boot-1", key(), chain.Head(1, "0" * 64))
    raws[1] = forger.append(stamp(1), "gap", {}).raw
    assert any("link" in problem for problem in problems(raws, chain.Head()))


def test_more_than_104_days_of_uptime_still_make_a_record() -> None:
    late = chain.Chain("SW-1", "boot-1", key()).append(stamp(200 * 86_400.0), "gap", {})
    assert late.mono_ns == 200 * 86_400 * 10**9 > 2**53
    assert chain.read_record(late.raw) == late


def test_a_record_without_known_time_says_null() -> None:
    record = chain.Chain("SW-1", "boot-1", key()).append(stamp(3, ClockQuality.NONE), "gap", {})
    assert record.utc is None
    assert record.clock_quality == "none"


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"\xff\xfe",
        b"[]",
        b"null",
        b'{"sig":1}',
        b"[" * 100_000,
        b'{"a":1}',
        b'{"v": 1}',
        b'{"sig":"","sig":""}',
        b'{"a":1e400,"sig":""}',
        b'{"a":123456789012345678901234567890,"sig":""}',
    ],
)
def test_bytes_that_are_no_record_are_a_chain_error_and_nothing_else(raw: bytes) -> None:
    with pytest.raises(ChainError):
        chain.read_record(raw)


@pytest.mark.parametrize("text", ["", "AAAA", "!" * 43, "A" * 42 + "B", "é" * 43])
def test_a_text_that_is_no_public_key_is_refused(text: str) -> None:
    with pytest.raises(ChainError):
        chain.public_key(text)


def test_a_public_key_survives_copying() -> None:
    text = chain.public_text(key().public_key())
    assert len(text) == 43
    assert chain.public_text(chain.public_key(f" {text}\n")) == text


def test_a_stamp_of_five_thousand_digits_is_a_chain_error() -> None:
    fields = json.loads(records(1)[0])
    with pytest.raises(ChainError):
        chain.read_record(wire.canonical({**fields, "mono_ns": "9" * 5000}))
