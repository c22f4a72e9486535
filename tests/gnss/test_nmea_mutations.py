"""Damaged sentences by the hundred thousand: nothing foreign is raised, nothing impossible comes out."""

import math
from random import Random

import pytest

from agent.types import Depth, Fix, Heading, Reading, Sky
from gnss.plugged_receiver import framed
from hw.epochs import Epochs
from hw.nmea import SentenceReader

BODIES = [
    "GNRMC,100000.00,A,1015.67380,N,10534.76282,E,5.071,178.72,201126,,,A,V",
    "GPRMC,225446,A,4916.45,N,12311.12,W,000.5,054.7,191194,020.3,E",
    "GNGGA,100000.00,1015.67380,N,10534.76282,E,1,15,0.66,4.9,M,,M,,",
    "GPGLL,0000.0100,N,00000.0100,E,100001,A,A",
    "GNGNS,100001.00,1015.67380,N,10534.76282,E,AAN,13,0.93,4.0,0.0,,,V",
    "GNGSA,A,3,01,05,08,12,15,18,21,,,,,,1.25,0.66,1.05,1",
    "GPGSV,2,1,08,01,48,250,47,05,33,121,38,08,28,333,35,11,07,293,30,1",
    "GPGSV,2,2,08,12,25,041,36,15,56,000,43,18,46,160,43,21,10,195,29,1",
    "GNVTG,178.72,T,,M,5.071,N,9.392,K,A",
    "GNZDA,100000.00,20,11,2026,00,00",
    "GNGST,100000.00,0.99,,,,0.992,0.992,1.487",
    "SDDPT,5.3,0.4,",
    "SDDBT,17.4,f,5.3,M,2.9,F",
    "GNHDT,123.45,T",
    "GPDTM,W84,,0.0,N,0.0,E,0.0,W84",
    "PTNL,GGK,102939.00,051910",
]
ALPHABET = b"0123456789.,-+*$!NSEWAVMTKRF\r\n \x00\xff_enaif"


def damaged(body: bytes, random: Random) -> bytes:
    """One to four bytes changed, dropped, doubled or swapped, or a field emptied; then framed anew."""
    line = bytearray(body)
    for _ in range(random.randint(1, 4)):
        at = random.randrange(len(line)) if line else 0
        what = random.randrange(5)
        if what == 0 and line:
            line[at] = random.choice(ALPHABET)
        elif what == 1 and line:
            del line[at]
        elif what == 2:
            line.insert(at, random.choice(ALPHABET))
        elif what == 3 and line:
            other = random.randrange(len(line))
            line[at], line[other] = line[other], line[at]
        else:
            fields = bytes(line).split(b",")
            fields[random.randrange(len(fields))] = random.choice([b"", b"0", b"-1", b"99999", b"0000.000"])
            line = bytearray(b",".join(fields))
    text = bytes(line).decode("latin1")
    return framed(text) if text.isascii() else b"$%s*00\r\n" % bytes(line)


def assert_possible(reading: Reading) -> None:
    if isinstance(reading, Fix):
        assert (reading.lat_deg is None) == (reading.lon_deg is None)
        if reading.lat_deg is not None and reading.lon_deg is not None:
            assert -90 <= reading.lat_deg <= 90
            assert -180 <= reading.lon_deg <= 180
            assert (reading.lat_deg, reading.lon_deg) != (0.0, 0.0)
        assert reading.sog_kn is None or 0 <= reading.sog_kn <= 2000
        assert reading.cog_deg is None or 0 <= reading.cog_deg < 360
        assert reading.error_m is None or (0 < reading.error_m < math.inf)
        assert reading.utc is None or reading.utc.tzinfo is not None
    elif isinstance(reading, Sky):
        assert all(0 <= strength <= 99 for strength in reading.cn0_dbhz)
    elif isinstance(reading, Heading):
        assert 0 <= reading.heading_deg < 360
    else:
        assert isinstance(reading, Depth)
        assert 0 <= reading.depth_m <= 12_200


def survive(count: int, seed: int) -> int:
    """How many readings came out of `count` damaged sentences."""
    random = Random(seed)
    reader, epochs = SentenceReader(), Epochs()
    bodies = [body.encode() for body in BODIES]
    readings = 0
    for number in range(count):
        for sentence in reader.feed(damaged(random.choice(bodies), random)):
            for reading in epochs.step(sentence, number):
                assert_possible(reading)
                readings += 1
    assert sum(reader.counters.refused.values()) > count // 4
    return readings


def test_fifty_thousand_damaged_sentences_give_nothing_impossible() -> None:
    assert survive(50_000, seed=20261120) > 2_000


@pytest.mark.soak
def test_nmea_one_million_damaged_sentences_give_nothing_impossible() -> None:
    assert survive(1_000_000, seed=1) > 40_000
