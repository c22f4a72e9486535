"""How far off a fix may be: the 95 % bound of the horizontal position in metres.

Both ways give twice the distance root mean square (2 DRMS), which holds the true position in 95.4 %
(error all in one line) to 98.2 % (circular error) of the cases, if the errors are normal and the figures
they come from are honest:

    GST   2 * sqrt(sigma_lat² + sigma_lon²)        the receiver's own estimate, one sigma each
    HDOP  2 * HDOP * range error                   by the definition HDOP = DRMS / range error

The range errors below (one sigma of one pseudorange, metres) are this project's assumptions for a
low-cost receiver under open sky, chosen on the cautious side; they were not measured on the river.
Multipath under a crane or a bridge is not in them.
"""

from math import hypot

from agent.types import FixQuality

RANGE_ERROR_M = {
    FixQuality.GNSS: 4.0,  # single frequency: atmosphere, orbits, clocks, receiver noise
    FixQuality.DGNSS: 2.0,  # SBAS or a beacon takes most of the atmosphere away
    FixQuality.PPS: 2.0,
    FixQuality.RTK_FLOAT: 0.4,
    FixQuality.RTK_FIXED: 0.03,
}
LEAST_ERROR_M = 0.05  # no receiver on a moving hull is better than this, whatever it says


def error_from_sigmas(lat_m: float | None, lon_m: float | None) -> float | None:
    """From GST. None where it is empty or claims to be free of error."""
    if not lat_m or not lon_m:
        return None
    return max(2.0 * hypot(lat_m, lon_m), LEAST_ERROR_M)


def error_from_hdop(hdop: float | None, quality: FixQuality) -> float | None:
    """From HDOP. None for dead reckoning, manual and simulated positions: nothing bounds those."""
    range_error_m = RANGE_ERROR_M.get(quality)
    if hdop is None or range_error_m is None:
        return None
    return max(2.0 * hdop * range_error_m, LEAST_ERROR_M)
