"""The synthetic receiver: repeatable, believable, and honest about where the hull truly was."""

from collections import Counter
from math import hypot
from pathlib import Path

import pytest

from agent.errors import SettingsError
from agent.types import Fix, FixQuality, Sky
from hw.gnss_log import GnssLog
from hw.gnss_sim import sentences
from hw.gnss_sim_script import Script
from hw.gnss_sim_track import TrueTrack, true_track
from hw.nmea import SentenceReader

VOYAGE = Path(__file__).parents[1] / "voyages" / "tan-loc-evening"

HEAD = """
start_utc = 2026-11-20T10:00:00Z
start = [10.2576, 105.5794]
seed = 3
"""
ANCHOR = """
[[leg]]
kind = "anchor"
seconds = 300
"""


def script(more: str = "", head: str = HEAD, legs: str = ANCHOR) -> Script:
    return Script.from_toml(head + legs + more, "script.toml")


def event(kind: str, more: str = "") -> str:
    return f'[[event]]\nkind = "{kind}"\nfrom_s = 100\nto_s = 200\n{more}\n'


def received(voyage: Script, folder: Path) -> list[Fix]:
    path = folder / "sim.nmea"
    path.write_bytes(b"".join(line for _, line in sentences(voyage)))
    return [reading for reading in GnssLog(path) if isinstance(reading, Fix)]


def metres_off(track: TrueTrack, fix: Fix) -> float:
    assert fix.lat_deg is not None
    assert fix.lon_deg is not None
    east, north = track.plane.to_plane(fix.lat_deg, fix.lon_deg)
    true_east, true_north = track.plane.to_plane(*track.place(fix.mono_ns / 1e9))
    return hypot(east - true_east, north - true_north)


def test_the_same_script_gives_the_same_bytes_and_another_seed_others() -> None:
    other = script(head=HEAD.replace("seed = 3", "seed = 4"))
    assert list(sentences(script())) == list(sentences(script()))
    assert list(sentences(script())) != list(sentences(other))


def test_our_own_reader_takes_every_sentence_of_the_generator() -> None:
    reader = SentenceReader()
    head = HEAD + "heading = true\n"
    for _, line in sentences(script(event("dropout") + event("datum", 'code = "W72"'), head)):
        assert len(reader.feed(line)) == 1
        assert len(line) <= 82 + 2
    assert set(reader.counters.accepted) == {"RMC", "GGA", "VTG", "GSA", "GSV", "ZDA", "GST", "HDT", "DTM"}


def test_at_ten_hertz_rmc_and_gga_come_ten_times_a_second_and_the_rest_once(tmp_path: Path) -> None:
    fast = script(head=HEAD + "rate_hz = 10\n")
    stamps = [mono_ns for mono_ns, _ in sentences(fast)]
    kinds = Counter(line[3:6] for _, line in sentences(fast))
    assert stamps == sorted(stamps)
    assert kinds[b"RMC"] == kinds[b"GGA"] == 3001
    assert kinds[b"ZDA"] == kinds[b"GST"] == 301
    assert len(received(fast, tmp_path)) == 3001


def test_the_reported_error_bound_holds_for_most_fixes_and_is_no_excuse(tmp_path: Path) -> None:
    voyage = script(legs=ANCHOR.replace("300", "7200"))
    fixes = received(voyage, tmp_path)
    track = true_track(voyage)
    off_m = [metres_off(track, fix) for fix in fixes]
    within = sum(off <= (fix.error_m or 0) for off, fix in zip(off_m, fixes, strict=True))
    assert within >= 0.90 * len(fixes)
    assert max(fix.error_m or 0 for fix in fixes) < 15
    assert max(off_m) > 0.2


def test_in_a_dropout_the_receiver_lives_and_has_no_position(tmp_path: Path) -> None:
    fixes = received(script(event("dropout")), tmp_path)
    lost = [fix for fix in fixes if fix.lat_deg is None]
    assert [fix.mono_ns // 1_000_000_000 for fix in lost] == list(range(100, 200))
    assert all(fix.quality is FixQuality.NONE and fix.utc is not None for fix in lost)


def test_the_other_happenings_reach_the_fixes(tmp_path: Path) -> None:
    jumped = script(event("jump", "north_m = 500\neast_m = 0"))
    assert 490 < metres_off(true_track(jumped), received(jumped, tmp_path)[150]) < 510
    assert received(script(event("datum", 'code = "W72"')), tmp_path)[150].datum == "W72"
    assert received(script(event("quality", "quality = 4")), tmp_path)[150].quality is FixQuality.RTK_FIXED
    assert len(received(script(event("silence")), tmp_path)) == 201
    few = received(script(event("satellites", "at_most = 4")), tmp_path)
    assert few[150].satellites == 4
    assert (few[150].hdop or 0) > 2 * (few[50].hdop or 99)


def test_a_script_with_mistakes_names_them_all() -> None:
    with pytest.raises(SettingsError) as caught:
        Script.from_toml('start = [95, 105]\nrate_hz = 3\ncolour = "red"\n[[leg]]\nkind = "fly"\n', "s.toml")
    told = {mistake.where for mistake in caught.value.mistakes}
    assert {"start_utc", "start.0", "rate_hz", "colour", "leg.0"} <= told


def test_an_event_that_ends_before_it_begins_is_a_mistake() -> None:
    with pytest.raises(SettingsError, match="is not after from_s"):
        script('[[event]]\nkind = "dropout"\nfrom_s = 20\nto_s = 10\n')


def test_no_toml_is_a_mistake_and_not_a_traceback() -> None:
    with pytest.raises(SettingsError, match="is not TOML"):
        Script.from_toml("start = [", "s.toml")


def test_the_bundled_voyage_keeps_to_the_time_line_in_its_script() -> None:
    voyage = Script.from_toml((VOYAGE / "script.toml").read_text(encoding="utf-8"), "script.toml")
    assert true_track(voyage).leg_ends_s == (180, 960, 1110, 1530, 1680)
    readings = list(GnssLog(VOYAGE / "gnss.nmea"))
    fixes = [reading for reading in readings if isinstance(reading, Fix)]
    assert len(fixes) == 1681
    assert [fix.mono_ns // 1_000_000_000 for fix in fixes if fix.lat_deg is None] == list(range(1170, 1260))
    assert max(fix.sog_kn or 0 for fix in fixes[190:950] + fixes[1115:1525]) < 0.5
    assert min(sky.in_view for sky in readings if isinstance(sky, Sky)) == 0


def test_the_bundled_log_is_what_its_script_makes() -> None:
    """Positions to a centimetre: the last digit of a cosine may differ from one processor to another."""
    voyage = Script.from_toml((VOYAGE / "script.toml").read_text(encoding="utf-8"), "script.toml")
    made = SentenceReader().feed(b"".join(line for _, line in sentences(voyage)))
    stored = SentenceReader().feed((VOYAGE / "gnss.nmea").read_bytes())
    assert [type(sentence) for sentence in made] == [type(sentence) for sentence in stored]
    for one, two in zip(made, stored, strict=True):
        for name in ("lat_deg", "lon_deg"):
            assert getattr(one, name, None) == pytest.approx(getattr(two, name, None), abs=1e-7)
