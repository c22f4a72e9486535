"""Sentences of one moment become one fix, and doubt counts against it."""

from datetime import UTC, datetime

import pytest

from agent.types import Depth, Fix, FixQuality, Heading, Reading, Sky
from gnss.plugged_receiver import framed
from hw.epochs import IDLE_FIRST_S, Epochs
from hw.nmea import SentenceReader

NOON_HINT = datetime(2026, 11, 20, 12, tzinfo=UTC)


def rmc(
    clock: str = "100000", status: str = "A", lat: str = "1015.00000", mode: str = "A", day: str = "201126"
) -> str:
    return f"GNRMC,{clock},{status},{lat},N,10534.00000,E,5.1,178.7,{day},,,{mode}"


def gga(clock: str = "100000", quality: int = 1, lat: str = "1015.00000", hdop: str = "0.9") -> str:
    return f"GNGGA,{clock},{lat},N,10534.00000,E,{quality},12,{hdop},4.9,M,,M,,"


def played(bodies: list[str], epochs: Epochs | None = None) -> list[Reading]:
    """Sentence number n arrives at n nanoseconds; the input ends after the last."""
    epochs = epochs or Epochs()
    reader = SentenceReader()
    out: list[Reading] = []
    for number, body in enumerate(bodies):
        for sentence in reader.feed(framed(body)):
            out += epochs.step(sentence, number)
    assert not reader.counters.refused
    return out + epochs.flush(len(bodies))


def fixes(bodies: list[str], epochs: Epochs | None = None) -> list[Fix]:
    return [reading for reading in played(bodies, epochs) if isinstance(reading, Fix)]


def test_rmc_and_gga_of_one_moment_are_one_fix() -> None:
    assert fixes([rmc(), gga()]) == [
        Fix(
            mono_ns=0,
            utc=datetime(2026, 11, 20, 10, tzinfo=UTC),
            lat_deg=10.25,
            lon_deg=105 + 34 / 60,
            quality=FixQuality.GNSS,
            sog_kn=5.1,
            cog_deg=178.7,
            hdop=0.9,
            satellites=12,
            alt_m=4.9,
            error_m=2.0 * 0.9 * 4.0,
            datum="W84",
            agrees=True,
        )
    ]


@pytest.mark.parametrize(
    "bodies",
    [
        [rmc(status="V"), gga()],
        [rmc(), gga(quality=0)],
        [rmc(mode="N"), gga()],
        [rmc(), "GNGLL,1015.00000,N,10534.00000,E,100000,V,N"],
        ["GPRMC,,V,,,,,,,,,,N"],
        ["GPGGA,,,,,,0,00,99.99,,,,,,"],
    ],
)
def test_one_sentence_that_says_no_position_is_enough_for_none(bodies: list[str]) -> None:
    (lost,) = fixes(bodies)
    assert (lost.lat_deg, lost.lon_deg, lost.error_m, lost.sog_kn) == (None, None, None, None)
    assert lost.quality is FixQuality.NONE


def test_two_sentences_far_apart_at_one_moment_are_no_position() -> None:
    epochs = Epochs()
    (doubtful,) = fixes([rmc(lat="1015.00000"), gga(lat="1015.10000")], epochs)
    assert doubtful.lat_deg is None
    assert epochs.counters.contradictions == 1


def test_a_simulated_position_is_called_simulated() -> None:
    (fix,) = fixes([rmc(mode="S"), gga(quality=1)])
    assert fix.quality is FixQuality.SIMULATED
    assert fix.error_m is None


def test_rtk_is_told_by_gga_and_bounds_the_error_tighter() -> None:
    (fix,) = fixes([rmc(mode="D"), gga(quality=4)])
    assert fix.quality is FixQuality.RTK_FIXED
    assert fix.error_m == pytest.approx(2 * 0.9 * 0.03)


def test_the_receivers_own_sigmas_go_before_hdop() -> None:
    (fix,) = fixes([rmc(), "GNGST,100000,1.0,,,,3.0,4.0,5.0", gga()])
    assert fix.error_m == pytest.approx(10.0)


def test_sigmas_of_a_better_quality_do_not_flatter_a_worse_fix() -> None:
    rtk = [rmc("100000", mode="R"), gga("100000", 4), "GNGST,100000,1.0,,,,0.01,0.01,0.02"]
    alone = [rmc("100001"), gga("100001", 1)]
    assert fixes([*rtk, *alone])[-1].error_m == pytest.approx(2 * 0.9 * 4.0)


def test_sigmas_that_claim_no_error_at_all_are_not_believed() -> None:
    (fix,) = fixes([rmc(), "GNGST,100000,0.0,,,,0.0,0.0,0.0", gga()])
    assert fix.error_m == pytest.approx(2 * 0.9 * 4.0)


def test_nothing_known_about_the_error_is_none() -> None:
    assert fixes([rmc()])[0].error_m is None


def test_another_datum_stays_on_every_fix_until_it_is_revoked() -> None:
    bodies = [rmc("100000"), "GPDTM,W72,,0.0,N,0.0,E,0.0,W84", rmc("100001"), rmc("100002")]
    bodies += ["GPDTM,W84,,0.0,N,0.0,E,0.0,W84", rmc("100003")]
    assert [fix.datum for fix in fixes(bodies)] == ["W72", "W72", "W72", "W84"]


def test_a_datum_ahead_of_its_cycle_holds_for_that_cycle() -> None:
    dtm = "GPDTM,W72,,0.0,N,0.0,E,0.0,W84"
    assert [fix.datum for fix in fixes([dtm, rmc("100000"), dtm, rmc("100001")])] == ["W72", "W72"]


def test_a_time_of_day_gets_its_date_from_the_last_rmc_across_midnight() -> None:
    bodies = [rmc("235959"), gga("000000"), gga("000001")]
    assert [fix.utc for fix in fixes(bodies)] == [
        datetime(2026, 11, 20, 23, 59, 59, tzinfo=UTC),
        datetime(2026, 11, 21, 0, 0, 0, tzinfo=UTC),
        datetime(2026, 11, 21, 0, 0, 1, tzinfo=UTC),
    ]


def test_without_any_date_utc_is_not_invented() -> None:
    assert fixes([gga()])[0].utc is None


def test_a_hint_dates_a_log_that_has_no_date() -> None:
    hinted = Epochs(date_hint=datetime(2026, 11, 20, 23, 0, tzinfo=UTC))
    assert fixes([gga("003000")], hinted)[0].utc == datetime(2026, 11, 21, 0, 30, tzinfo=UTC)


def test_zda_dates_the_epoch() -> None:
    assert fixes(["GNZDA,100000,20,11,2026,00,00", gga()])[0].utc == datetime(2026, 11, 20, 10, tzinfo=UTC)


def test_the_fix_leaves_with_the_last_sentence_the_receiver_is_known_to_send() -> None:
    epochs, reader = Epochs(), SentenceReader()
    for body in [rmc("100000"), gga("100000"), rmc("100001")]:
        for sentence in reader.feed(framed(body)):
            epochs.step(sentence, 0)
    (last,) = reader.feed(framed(gga("100001")))
    (fix,) = epochs.step(last, 5)
    assert isinstance(fix, Fix)
    assert (fix.utc, fix.hdop) == (datetime(2026, 11, 20, 10, 0, 1, tzinfo=UTC), 0.9)


def test_a_receiver_that_pauses_inside_its_burst_is_given_more_time() -> None:
    epochs, reader = Epochs(), SentenceReader()
    (first,) = reader.feed(framed(rmc()))
    (second,) = reader.feed(framed(gga()))
    epochs.step(first, 0)
    assert len(epochs.flush(60)) == 1
    assert epochs.step(second, 100) == []
    assert epochs.idle_s > IDLE_FIRST_S
    assert epochs.counters.late == 1


def test_gga_with_vtg_and_no_rmc_has_speed_and_course() -> None:
    fix = fixes([gga(), "GNVTG,178.7,T,,M,5.1,N,9.4,K,A"], Epochs(date_hint=NOON_HINT))[0]
    assert (fix.sog_kn, fix.cog_deg) == (5.1, 178.7)


def test_the_common_solution_goes_before_that_of_one_constellation() -> None:
    lone = "GLGGA,100000,1015.00500,N,10534.00000,E,1,04,3.0,4.9,M,,M,,"
    (fix,) = fixes([lone, gga()])
    assert (fix.lat_deg, fix.hdop) == (10.25, 0.9)


def test_the_sky_counts_each_satellite_once_over_its_signals() -> None:
    sky = played(
        [
            "GNGSA,A,3,05,12,,,,,,,,,,,1.9,0.8,1.6,1",
            "GPGSV,1,1,02,05,45,120,40,12,10,300,,1",
            "GPGSV,1,1,01,05,45,120,44,6",
            "GAGSV,1,1,01,07,45,120,39,7",
        ]
    )
    assert sky == [Sky(mono_ns=4, in_view=3, used=2, cn0_dbhz=(44, 39), elevation_deg=(45, 45))]


def test_a_gsv_group_with_a_lost_message_is_no_sky() -> None:
    first = "GPGSV,2,1,05,01,48,250,47,05,33,121,38,08,28,333,35,11,07,293,30"
    second = "GPGSV,2,2,05,12,25,041,36"
    skies = [r for r in played([first, first, second, first, second]) if isinstance(r, Sky)]
    assert len(skies) == 2
    assert all(len(sky.cn0_dbhz) == 5 for sky in skies)


def test_heading_and_depth_come_out_after_the_fix_of_their_epoch_in_order_of_stamps() -> None:
    readings = played([rmc("100000"), "IIHDT,90.0,T", "SDDPT,5.3,0.4,", rmc("100001")])
    assert readings[1:3] == [Heading(1, 90.0), Depth(2, 5.3, 0.4)]
    stamps = [reading.mono_ns for reading in readings]
    assert stamps == sorted(stamps)


def test_depth_alone_does_not_wait_for_a_receiver() -> None:
    assert Epochs().step(SentenceReader().feed(framed("SDDBT,,f,5.3,M,,F"))[0], 7) == [Depth(7, 5.3)]
