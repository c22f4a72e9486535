"""Doubts that the receiver's own sentences raise: datum, kind of position, agreement, geometry.

Poor geometry counts once it has lasted: a bridge, a crane or the first seconds after the start are no attack.
"""

from dataclasses import dataclass
from typing import Final

from agent.position.opinion import OK, UNKNOWN, Opinion, Opinions
from agent.types import Fix, FixQuality, Reason

_NOT_MEASURED: Final = frozenset({FixQuality.ESTIMATED, FixQuality.MANUAL, FixQuality.SIMULATED})
_SIMULATED: Final = Reason("position_simulated")
_DISAGREE: Final = Reason("sentences_disagree")
FEWEST_SATELLITES: Final = 5
WORST_HDOP: Final = 4.0
CONFIRM_NS: Final = 10 * 1_000_000_000


@dataclass(slots=True)
class ClaimsState:
    """Since when the geometry has been poor, and the HDOP high."""

    geometry_since_ns: int | None = None
    hdop_since_ns: int | None = None


def claims(fix: Fix, state: ClaimsState) -> Opinions:
    """`datum`, `measured`, `agreement`, `geometry` and `hdop` of one fix."""
    geometry, hdop = _geometry(fix), _hdop(fix)
    state.geometry_since_ns = _since(state.geometry_since_ns, geometry, fix.mono_ns)
    state.hdop_since_ns = _since(state.hdop_since_ns, hdop, fix.mono_ns)
    agreement: Opinion = _DISAGREE
    if fix.agrees is not False:
        agreement = UNKNOWN if fix.agrees is None else OK
    return {
        "datum": OK if fix.datum == "W84" else Reason("datum_not_wgs84", {"datum": fix.datum}),
        "measured": _SIMULATED if fix.quality in _NOT_MEASURED else OK,
        "agreement": agreement,
        "geometry": _lasting(geometry, state.geometry_since_ns, fix.mono_ns),
        "hdop": _lasting(hdop, state.hdop_since_ns, fix.mono_ns),
    }


def _since(since_ns: int | None, opinion: Opinion, now_ns: int) -> int | None:
    if isinstance(opinion, str):
        return None
    return now_ns if since_ns is None else since_ns


def _lasting(opinion: Opinion, since_ns: int | None, now_ns: int) -> Opinion:
    return OK if since_ns is not None and now_ns - since_ns < CONFIRM_NS else opinion


def _geometry(fix: Fix) -> Opinion:
    if fix.lat_deg is None or (fix.satellites is None and fix.dimensions is None):
        return UNKNOWN
    if fix.satellites is not None and 0 < fix.satellites < FEWEST_SATELLITES:
        return Reason("few_satellites", {"satellites": fix.satellites})
    if fix.dimensions is not None and fix.dimensions < 3:
        return Reason("two_dimensions")
    return OK


def _hdop(fix: Fix) -> Opinion:
    if fix.lat_deg is None or fix.hdop is None:
        return UNKNOWN
    return Reason("hdop_high", {"hdop": round(fix.hdop, 1)}) if fix.hdop > WORST_HDOP else OK
