"""One sentence at a time: what is read, what is refused, and why."""

from datetime import date

import pytest
from pynmea2 import TalkerSentence

from agent.errors import SentenceError
from agent.types import FixQuality
from gnss.plugged_receiver import framed
from hw.nmea import read_sentence
from hw.nmea_sentences import Dbt, Dpt, Dtm, Gga, Gll, Gns, Gsa, Gst, Gsv, Hdt, Rmc, Vtg, Zda

HOUR_US = 3_600_000_000


def refusal(line: bytes) -> str:
    with pytest.raises(SentenceError) as caught:
        read_sentence(line)
    return caught.value.reason


def test_rmc_with_navigational_status_is_read_whole() -> None:
    line = framed("GNRMC,100000.50,A,1015.67380,N,10534.76282,E,5.071,178.72,201126,,,A,V")
    assert read_sentence(line) == Rmc(
        talker="GN",
        time_us=10 * HOUR_US + 500_000,
        valid=True,
        lat_deg=10 + 15.6738 / 60,
        lon_deg=105 + 34.76282 / 60,
        sog_kn=5.071,
        cog_deg=178.72,
        date=date(2026, 11, 20),
        mode=FixQuality.GNSS,
    )


def test_empty_latitude_is_none_never_zero() -> None:
    assert read_sentence(framed("GPGGA,,,,,,0,00,99.99,,,,,,")) == Gga(
        "GP", None, None, None, FixQuality.NONE, 0, 99.99, None
    )


def test_south_and_west_are_negative() -> None:
    sentence = read_sentence(framed("GPGLL,3351.9,S,15112.0,W,000000,A,A"))
    assert isinstance(sentence, Gll)
    assert (sentence.lat_deg, sentence.lon_deg) == (-(33 + 51.9 / 60), -(151 + 12.0 / 60))


def test_whole_minutes_without_a_point_are_a_position() -> None:
    sentence = read_sentence(framed("GPGLL,1015,N,10534,E,000000,A"))
    assert isinstance(sentence, Gll)
    assert sentence.lat_deg == 10.25


def test_the_point_zero_zero_is_no_position() -> None:
    sentence = read_sentence(framed("GPRMC,000000,A,0000.0000,N,00000.0000,E,0.0,0.0,201126,,,A"))
    assert isinstance(sentence, Rmc)
    assert (sentence.lat_deg, sentence.lon_deg) == (None, None)


@pytest.mark.parametrize(
    ("reason", "body"),
    [
        ("position", "GPGLL,1015.67,N,,,000000,A"),  # half a position
        ("position", "GPGLL,1015.67,,10534.76,E,000000,A"),  # no hemisphere
        ("position", "GPGLL,1060.00,N,10534.76,E,000000,A"),  # sixty minutes
        ("position", "GPGLL,1015.67,E,10534.76,N,000000,A"),
        ("position", "GPGLL,1e15,N,10534.76,E,000000,A"),
        ("range", "GPGLL,9000.01,N,10534.76,E,000000,A"),
        ("range", "GPGLL,1015.67,N,18000.01,E,000000,A"),
        ("time", "GPGLL,1015.67,N,10534.76,E,240000,A"),
        ("time", "GPGLL,1015.67,N,10534.76,E,123060,A"),
        ("letter", "GPGLL,1015.67,N,10534.76,E,000000,X"),
        ("date", "GPRMC,000000,A,1015.67,N,10534.76,E,0,0,310226,,,A"),
        ("date", "GPRMC,000000,A,1015.67,N,10534.76,E,0,0,2208-1,,,A"),
        ("number", "GPRMC,000000,A,1015.67,N,10534.76,E,nan,0,201126,,,A"),
        ("number", "GPRMC,000000,A,1015.67,N,10534.76,E,1_0,0,201126,,,A"),
        ("number", "GPRMC,000000,A,1015.67,N,10534.76,E,1e3,0,201126,,,A"),
        ("range", "GPRMC,000000,A,1015.67,N,10534.76,E,-1,0,201126,,,A"),
        ("range", "GPRMC,000000,A,1015.67,N,10534.76,E,1,361,201126,,,A"),
        ("range", "GPGGA,000000,1015.67,N,10534.76,E,9,05,1.0,4,M,,M,,"),
        ("field_count", "GPGGA,000000,1015.67,N"),
        ("field_count", "GPGSV,1,1,01,05,45,120"),
        ("missing", "GPGSV" + "," * 19),
        ("range", "GPGSV,2,3,05,05,45,120,40"),
        ("address", "GP,1,2"),
    ],
)
def test_a_wrong_field_refuses_the_whole_sentence_with_its_reason(reason: str, body: str) -> None:
    assert refusal(framed(body)) == reason


@pytest.mark.parametrize(
    ("reason", "line"),
    [
        ("checksum", b"$GPGLL,1015.67,N,10534.76,E,000000,A*00"),
        ("no_checksum", b"$GPGLL,1015.67,N,10534.76,E,000000,A\r\n"),
        ("no_checksum", b"$GPGLL,1015.67,N,10534.76,E,000000,A*G1\r\n"),
        ("garbage", b"$GPGLL,1015.\xff7,N,10534.76,E,000000,A*00"),
        ("too_long", b"$GPTXT," + b"x" * 200 + b"*00"),
        ("interrupted", b"$GPGLL,1015.$GPGLL,1015.67,N,10534.76,E,000000,A*00"),
        ("no_start", b"hello"),
        ("no_start", b""),
    ],
)
def test_what_is_no_sentence_is_refused_with_a_reason(reason: str, line: bytes) -> None:
    assert refusal(line) == reason


def test_a_truncated_gsv_without_checksum_is_refused() -> None:
    assert refusal(b"$GPGSV,3,1,11,03,03,111,00,04,15,270,00,06,01") == "no_checksum"


@pytest.mark.parametrize("body", ["PUBX,00,081350.00", "GPXTE,A,A,,R,N,D", "CCGPQ,GGA", "GPTXT,01,01,02,hi"])
def test_other_sentences_are_none_and_no_error(body: str) -> None:
    assert read_sentence(framed(body)) is None


def test_ais_is_none_and_no_error() -> None:
    assert read_sentence(b"!AIVDM,1,1,,A,16:=?;0P00`SstvFnFbeGH6L088h,0*44") is None


def test_gsv_signal_id_does_not_become_a_satellite() -> None:
    sentence = read_sentence(framed("GPGSV,1,1,02,05,45,120,40,12,10,300,,1"))
    assert sentence == Gsv("GP", 1, 1, 2, (("05", 40), ("12", None)), "1", (45, 10))


def test_gsa_system_id_is_kept_apart_from_the_dops() -> None:
    sentence = read_sentence(framed("GNGSA,A,3,01,02,03,04,,,,,,,,,1.9,0.8,1.6,3"))
    assert sentence == Gsa("GN", ("01", "02", "03", "04"), 0.8, "3", 3)


def test_gns_takes_the_best_constellation() -> None:
    sentence = read_sentence(framed("GNGNS,100000,1015.67,N,10534.76,E,NAD,13,0.93,4.0,0.0,,,V"))
    assert isinstance(sentence, Gns)
    assert sentence.quality is FixQuality.DGNSS
    assert sentence.satellites == 13


def test_the_rest_of_the_types_are_read() -> None:
    assert read_sentence(framed("GPVTG,54.7,T,34.4,M,5.5,N,10.2,K,A")) == Vtg("GP", 54.7, 5.5)
    assert read_sentence(framed("GPVTG,54.7,T,34.4,M,5.5,N,10.2,K,N")) == Vtg("GP", None, None)
    assert read_sentence(framed("GPZDA,010000,20,11,2026,07,00")) == Zda("GP", HOUR_US, date(2026, 11, 20))
    assert read_sentence(framed("GPGST,010000,1.0,,,,1.5,2.5,3.5")) == Gst("GP", HOUR_US, 1.5, 2.5)
    assert read_sentence(framed("SDDPT,5.3,-0.4,")) == Dpt("SD", 5.3, -0.4)
    assert read_sentence(framed("SDDBT,10.0,f,,M,,F")) == Dbt("SD", 10.0 * 0.3048)
    assert read_sentence(framed("IIHDT,360.0,T")) == Hdt("II", 0.0)
    assert read_sentence(framed("IIHDT,,T")) == Hdt("II", None)
    assert read_sentence(framed("GPDTM,W72,,0.0,N,0.0,E,0.0,W84")) == Dtm("GP", "W72")


def test_the_leap_second_is_the_first_moment_of_the_next_day() -> None:
    sentence = read_sentence(framed("GPZDA,235960,31,12,2016,00,00"))
    assert isinstance(sentence, Zda)
    assert sentence.time_us == 24 * HOUR_US


@pytest.mark.parametrize(
    ("text", "year"), [("220899", 1999), ("060180", 1980), ("201126", 2026), ("010179", 2079)]
)
def test_a_receiver_behind_by_a_week_rollover_keeps_the_year_it_sent(text: str, year: int) -> None:
    sentence = read_sentence(framed(f"GPRMC,000000,V,,,,,,,{text},,,N"))
    assert isinstance(sentence, Rmc)
    assert sentence.date is not None
    assert sentence.date.year == year


@pytest.mark.parametrize(
    ("kind", "name", "index"),
    [
        ("RMC", "datestamp", 8),
        ("RMC", "mode_indicator", 11),
        ("GGA", "gps_qual", 5),
        ("GLL", "status", 5),
        ("GNS", "hdop", 7),
        ("GSA", "hdop", 15),
        ("VTG", "spd_over_grnd_kts", 4),
        ("ZDA", "year", 3),
        ("GST", "std_dev_latitude", 5),
    ],
)
def test_the_sentence_tables_place_the_fields_where_nmea_0183_has_them(
    kind: str, name: str, index: int
) -> None:
    assert TalkerSentence.sentence_types[kind].name_to_idx[name] == index
