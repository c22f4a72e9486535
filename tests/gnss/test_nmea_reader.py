"""A stream of bytes: whatever surrounds the sentences, they come through once and in order."""

import tracemalloc

from hypothesis import given, settings
from hypothesis import strategies as st

from gnss.plugged_receiver import framed
from hw.nmea import SentenceReader
from hw.nmea_counters import KEYS_AT_MOST, Counters
from hw.nmea_sentences import Gga, Rmc

RMC = framed("GNRMC,100000.00,A,1015.67380,N,10534.76282,E,5.071,178.72,201126,,,A,V")
GGA = framed("GNGGA,100000.00,1015.67380,N,10534.76282,E,1,15,0.66,4.9,M,,M,,")
AIS = b"!AIVDM,1,1,,A,16:=?;0P00`SstvFnFbeGH6L088h,0*44\r\n"

pieces = st.one_of(
    st.sampled_from([RMC, GGA, AIS, RMC.strip(), RMC[:30], b"$", b"*", b"\r\n", b"$GPTXT,no checksum\r\n"]),
    st.binary(max_size=40),
    st.binary(min_size=200, max_size=220).map(lambda junk: b"$" + junk.replace(b"*", b"x")),
)


def kinds(stream: bytes) -> list[str]:
    return [type(sentence).__name__ for sentence in SentenceReader().feed(stream)]


@settings(max_examples=300, deadline=None)
@given(st.lists(pieces, max_size=12), st.lists(st.integers(min_value=1, max_value=64), min_size=1))
def test_sentences_and_counts_do_not_depend_on_how_the_bytes_are_cut(
    parts: list[bytes], cuts: list[int]
) -> None:
    stream = b"".join(parts) + b"\r\n"
    whole, cut = SentenceReader(), SentenceReader()
    expected = whole.feed(stream)
    found, at, turn = [], 0, 0
    while at < len(stream):
        size = cuts[turn % len(cuts)]
        found += cut.feed(stream[at : at + size])
        at, turn = at + size, turn + 1
    assert found == expected
    assert cut.counters.accepted == whole.counters.accepted
    assert cut.counters.ignored == whole.counters.ignored


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=400))
def test_no_bytes_at_all_make_the_reader_raise(junk: bytes) -> None:
    SentenceReader().feed(junk)


def test_sentences_glued_together_without_line_ends_are_both_read() -> None:
    assert kinds(RMC.strip() + GGA.strip()) == ["Rmc", "Gga"]


def test_a_sentence_cut_by_the_start_of_the_next_costs_only_itself() -> None:
    reader = SentenceReader()
    assert [type(s) for s in reader.feed(RMC[:40] + GGA)] == [Gga]
    assert reader.counters.refused == {"interrupted": 1}


def test_a_sentence_is_ready_with_its_checksum_before_the_line_end_comes() -> None:
    reader = SentenceReader()
    assert reader.feed(RMC[:-3]) == []
    assert [type(s) for s in reader.feed(RMC[-3:-2])] == [Rmc]


def test_binary_between_sentences_is_survived() -> None:
    ubx = b"\xb5\x62\x01\x07\x5c\x00" + bytes(range(92)) + b"\x12\x34"
    assert kinds(ubx + RMC + ubx + GGA + ubx) == ["Rmc", "Gga"]


def test_every_refusal_is_counted_by_its_reason() -> None:
    reader = SentenceReader()
    reader.feed(b"$GPGLL,1015.67,N,10534.76,E,000000,A\r\n" + RMC[:-4] + b"FF\r\n" + AIS)
    reader.feed(b"$GP\xff\r\n" + b"$" + b"x" * 300 + b"\r\n" + framed("GPGGA,1"))
    counters = reader.counters
    assert counters.refused == {
        "no_checksum": 1,
        "checksum": 1,
        "garbage": 1,
        "too_long": 1,
        "field_count": 1,
    }
    assert counters.ignored == {"VDM": 1}
    assert counters.as_json()["bytes_read"] == counters.bytes_read


def test_a_noisy_line_cannot_grow_the_counters_without_bound() -> None:
    counters = Counters()
    for number in range(10_000):
        counters.ignore(f"X{number}")
    assert len(counters.ignored) == KEYS_AT_MOST + 1
    assert counters.ignored["other"] == 10_000 - KEYS_AT_MOST


def test_ten_megabytes_without_a_line_end_take_no_memory() -> None:
    reader = SentenceReader()
    chunk = b"$" + b"7" * 65_535
    reader.feed(chunk)
    tracemalloc.start()
    for _ in range(160):
        reader.feed(chunk)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 500_000
    assert reader.feed(RMC) != []
