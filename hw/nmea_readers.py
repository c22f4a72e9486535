"""How each sentence is read from its fields.

Which field stands where comes by name from pynmea2's sentence tables, looked up once at import; its
parsing is not used (it gives 0.0 for an empty latitude and raises from properties). All or nothing: a
sentence with one wrong field is refused whole with SentenceError.
"""

from collections.abc import Callable
from operator import itemgetter
from typing import cast

from pynmea2 import TalkerSentence

from agent.errors import SentenceError
from agent.types import FixQuality
from hw.nmea_fields import (
    calendar_date,
    letter,
    must,
    number,
    position,
    time_of_day,
    two_digit_date,
    whole,
)
from hw.nmea_sentences import Dbt, Dpt, Dtm, Gga, Gll, Gns, Gsa, Gst, Gsv, Hdt, Rmc, Sentence, Vtg, Zda


class _Table:
    """Where the named fields of a sentence stand, and how many fields it may have."""

    def __init__(self, kind: str, names: str, *, least: int, extra: int = 0) -> None:
        self.kind = kind
        at = TalkerSentence.sentence_types[kind].name_to_idx
        indices = [at[name] for name in names.split()]
        self._pick = itemgetter(*indices)
        self._least = least
        self._most = len(at) + extra
        self._need = max(indices) + 1

    def __call__(self, fields: list[str]) -> tuple[str, ...]:
        count = len(fields)
        if not self._least <= count <= self._most:
            raise SentenceError(
                "field_count", f"{self.kind} has {count} fields: allowed is {self._least} to {self._most}"
            )
        if count < self._need:
            fields = fields + [""] * (self._need - count)
        return cast("tuple[str, ...]", self._pick(fields))


# NMEA 0183 mode letters of RMC, GLL and GNS; R and F came with 4.10, P is "precise" (no degradation).
_MODES = {
    "N": FixQuality.NONE,
    "A": FixQuality.GNSS,
    "D": FixQuality.DGNSS,
    "P": FixQuality.PPS,
    "R": FixQuality.RTK_FIXED,
    "F": FixQuality.RTK_FLOAT,
    "E": FixQuality.ESTIMATED,
    "M": FixQuality.MANUAL,
    "S": FixQuality.SIMULATED,
}
_MODE_LETTERS = "".join(_MODES)
_BEST_FIRST = "RFPDAEMSN"
_QUALITIES = {str(int(quality)): quality for quality in FixQuality} | {"": FixQuality.NONE}

_SOG_KN = 2000.0  # receivers are also carried by balloons and aircraft in the logs we test with
_ALT_M = 100_000.0
_FEET_M, _FATHOM_M = 0.3048, 1.8288

_rmc_fields = _Table(
    "RMC",
    "timestamp status lat lat_dir lon lon_dir spd_over_grnd true_course datestamp mode_indicator",
    least=9,
)
_gga_fields = _Table(
    "GGA",
    "timestamp lat lat_dir lon lon_dir gps_qual num_sats horizontal_dil altitude altitude_units",
    least=10,
)
_gll_fields = _Table("GLL", "lat lat_dir lon lon_dir timestamp status faa_mode", least=4)
_gns_fields = _Table(
    "GNS", "timestamp lat lat_dir lon lon_dir mode_indicator num_sats hdop altitude", least=9, extra=1
)
_gsa_fields = _Table(
    "GSA",
    "mode_fix_type hdop " + " ".join(f"sv_id{slot:02}" for slot in range(1, 13)),
    least=17,
    extra=1,
)
_vtg_fields = _Table(
    "VTG",
    "true_track true_track_sym spd_over_grnd_kts spd_over_grnd_kts_sym faa_mode",
    least=8,
)
_zda_fields = _Table("ZDA", "timestamp day month year", least=4)
_gst_fields = _Table("GST", "timestamp std_dev_latitude std_dev_longitude", least=8)
_dpt_fields = _Table("DPT", "depth offset", least=1)
_dbt_fields = _Table(
    "DBT", "depth_feet unit_feet depth_meters unit_meters depth_fathoms unit_fathoms", least=4
)
_hdt_fields = _Table("HDT", "heading hdg_true", least=2)
_dtm_fields = _Table("DTM", "datum datum_code", least=1)


def _degrees(text: str, name: str) -> float | None:
    value = number(text, name, 0.0, 360.0)
    return 0.0 if value == 360.0 else value


def _hdop(text: str) -> float | None:
    return number(text, "HDOP", 0.0, 999.99) or None  # 0.0 is what receivers send that have none


def _mode(text: str) -> FixQuality | None:
    mode = letter(text, "mode", _MODE_LETTERS)
    return None if mode is None else _MODES[mode]


def _rmc(talker: str, fields: list[str]) -> Rmc:
    time, status, lat, north, lon, east, sog, cog, day, mode = _rmc_fields(fields)
    lat_deg, lon_deg = position(lat, north, lon, east)
    return Rmc(
        talker,
        time_of_day(time),
        letter(status, "status", "AV") == "A",
        lat_deg,
        lon_deg,
        number(sog, "speed", 0.0, _SOG_KN),
        _degrees(cog, "course"),
        two_digit_date(day),
        _mode(mode),
    )


def _gga(talker: str, fields: list[str]) -> Gga:
    time, lat, north, lon, east, quality, satellites, hdop, alt, unit = _gga_fields(fields)
    lat_deg, lon_deg = position(lat, north, lon, east)
    letter(unit, "altitude unit", "Mm")
    if quality not in _QUALITIES:
        raise SentenceError("range", f"quality = {quality!r}: allowed is 0 to 8")
    return Gga(
        talker,
        time_of_day(time),
        lat_deg,
        lon_deg,
        _QUALITIES[quality],
        whole(satellites, "satellites", 0, 99),
        _hdop(hdop),
        number(alt, "altitude", -_ALT_M, _ALT_M),
    )


def _gll(talker: str, fields: list[str]) -> Gll:
    lat, north, lon, east, time, status, mode = _gll_fields(fields)
    lat_deg, lon_deg = position(lat, north, lon, east)
    valid = letter(status, "status", "AV")
    return Gll(
        talker,
        time_of_day(time),
        None if valid is None else valid == "A",
        lat_deg,
        lon_deg,
        _mode(mode),
    )


def _gns(talker: str, fields: list[str]) -> Gns:
    time, lat, north, lon, east, modes, satellites, hdop, alt = _gns_fields(fields)
    lat_deg, lon_deg = position(lat, north, lon, east)
    if len(modes) > 16 or modes.strip(_MODE_LETTERS):
        raise SentenceError("letter", f"mode = {modes!r}: allowed are letters of {_MODE_LETTERS}")
    best = min(modes, key=_BEST_FIRST.index, default="N")
    return Gns(
        talker,
        time_of_day(time),
        lat_deg,
        lon_deg,
        _MODES[best],
        whole(satellites, "satellites", 0, 99),
        _hdop(hdop),
        number(alt, "altitude", -_ALT_M, _ALT_M),
    )


def _gsa(talker: str, fields: list[str]) -> Gsa:
    fix_type, hdop, *satellites = _gsa_fields(fields)
    dimensions = whole(fix_type, "fix type", 1, 3)
    used = tuple(text for text in satellites if whole(text, "satellite", 0, 999))
    return Gsa(talker, used, _hdop(hdop), fields[17] if len(fields) > 17 else "", dimensions)


def _gsv(talker: str, fields: list[str]) -> Gsv:
    """Groups of four fields, at most four, and from NMEA 4.10 on one signal id behind the last."""
    groups, rest = divmod(len(fields) - 3, 4)
    if not 0 <= groups <= 4 or rest > 1:
        raise SentenceError("field_count", f"GSV has {len(fields)} fields: 3, then 4 a satellite")
    messages = must(whole(fields[0], "messages", 1, 99), "messages")
    count = must(whole(fields[1], "message number", 1, messages), "message number")
    satellites: list[tuple[str, int | None]] = []
    elevations: list[int | None] = []
    for first in range(3, 3 + 4 * groups, 4):
        name, elevation, azimuth, cn0 = fields[first : first + 4]
        degrees = number(elevation, "elevation", -90, 90)
        number(azimuth, "azimuth", 0, 360)
        strength = whole(cn0, "C/N0", 0, 99)
        if whole(name, "satellite", 0, 999):
            satellites.append((name, strength))
            elevations.append(None if degrees is None else round(degrees))
    in_view = must(whole(fields[2], "satellites in view", 0, 199), "satellites in view")
    return Gsv(
        talker, messages, count, in_view, tuple(satellites), fields[-1] if rest else "", tuple(elevations)
    )


def _vtg(talker: str, fields: list[str]) -> Vtg:
    cog, true, sog, knots, mode = _vtg_fields(fields)
    letter(true, "course unit", "T")
    letter(knots, "speed unit", "N")
    if _mode(mode) == FixQuality.NONE:
        return Vtg(talker, None, None)
    return Vtg(talker, _degrees(cog, "course"), number(sog, "speed", 0.0, _SOG_KN))


def _zda(talker: str, fields: list[str]) -> Zda:
    time, day, month, year = _zda_fields(fields)
    moment = time_of_day(time)
    if not (day and month and year):
        return Zda(talker, moment, None)
    parts = (whole(year, "year", 1980, 2999), whole(month, "month", 1, 12), whole(day, "day", 1, 31))
    return Zda(talker, moment, calendar_date(*(must(part, "date") for part in parts)))


def _gst(talker: str, fields: list[str]) -> Gst:
    time, lat, lon = _gst_fields(fields)
    return Gst(
        talker,
        time_of_day(time),
        number(lat, "sigma of latitude", 0.0, 1e6),
        number(lon, "sigma of longitude", 0.0, 1e6),
    )


def _dpt(talker: str, fields: list[str]) -> Dpt:
    depth, offset = _dpt_fields(fields)
    return Dpt(talker, number(depth, "depth", 0.0, 12_000.0), number(offset, "offset", -100.0, 100.0))


def _dbt(talker: str, fields: list[str]) -> Dbt:
    feet, feet_unit, metres, metre_unit, fathoms, fathom_unit = _dbt_fields(fields)
    letter(feet_unit, "unit", "f")
    letter(metre_unit, "unit", "M")
    letter(fathom_unit, "unit", "F")
    in_m = number(metres, "depth in metres", 0.0, 12_000.0)
    in_feet = number(feet, "depth in feet", 0.0, 40_000.0)
    in_fathoms = number(fathoms, "depth in fathoms", 0.0, 7_000.0)
    if in_m is None and in_feet is not None:
        in_m = in_feet * _FEET_M
    if in_m is None and in_fathoms is not None:
        in_m = in_fathoms * _FATHOM_M
    return Dbt(talker, in_m)


def _hdt(talker: str, fields: list[str]) -> Hdt:
    heading, true = _hdt_fields(fields)
    letter(true, "heading unit", "T")
    return Hdt(talker, _degrees(heading, "heading"))


def _dtm(talker: str, fields: list[str]) -> Dtm:
    code, _ = _dtm_fields(fields)
    if code and not (code.isalnum() and len(code) <= 8):
        raise SentenceError("letter", f"datum = {code!r}: allowed are up to 8 letters and digits")
    return Dtm(talker, code or None)


READERS: dict[str, Callable[[str, list[str]], Sentence]] = {
    "RMC": _rmc,
    "GGA": _gga,
    "GLL": _gll,
    "GNS": _gns,
    "GSA": _gsa,
    "GSV": _gsv,
    "VTG": _vtg,
    "ZDA": _zda,
    "GST": _gst,
    "DPT": _dpt,
    "DBT": _dbt,
    "HDT": _hdt,
    "DTM": _dtm,
}
