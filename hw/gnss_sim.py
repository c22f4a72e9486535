"""The generator behind `sandwatch voyage make`: a script in, NMEA bytes of a receiver out. Synthetic.

The hull's true place comes from gnss_sim_track, the sky from gnss_sim_sky. The receiver adds what real
ones add: an error that wanders (first-order Gauss-Markov), a little white noise, both growing with HDOP;
speed and course measured apart from the position. RMC and GGA come at the rate of the script, the rest on
whole seconds, in the order in which u-blox receivers send them (NMEA 4.10).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import reduce
from math import ceil, exp, sqrt
from operator import xor

import numpy as np
from numpy.typing import NDArray

from hw.gnss_sim_script import Datum, Dropout, Jump, Quality, Satellites, Script, Silence
from hw.gnss_sim_sky import CONSTELLATIONS, MASK_DEG, USED_PER_SYSTEM, SimulatedSky, SkyBlock
from hw.gnss_sim_track import KNOT_MPS, Floats, TrueTrack, true_track

BLOCK_S = 600
SECOND_NS = 1_000_000_000
REACQUIRING_S, REACQUIRING_WITH = 15, 5
ALTITUDE_M = 4.0  # antenna above the river, made up
NO_COURSE_BELOW_KN = 0.4  # receivers leave the course empty when the hull hardly moves
SPEED_NOISE_MPS = 0.03
MODES = {1: "A", 2: "D", 4: "R", 5: "F"}


@dataclass(frozen=True, slots=True)
class Noise:
    """One sigma for each axis in metres at HDOP 1: of the wandering part, of the white part."""

    wander_m: float
    white_m: float


NOISE = {1: Noise(1.5, 0.12), 2: Noise(0.7, 0.08), 4: Noise(0.012, 0.005), 5: Noise(0.2, 0.03)}
WANDER_S = 300.0  # correlation time of the wandering part


@dataclass(frozen=True, slots=True)
class _Epoch:
    """What one epoch reports."""

    moment: datetime
    clock: str
    lat_e5: int  # 1e-5 minutes
    lon_e5: int
    sog_kn: float
    cog_deg: float
    heading_deg: float
    alt_m: float
    quality: int  # 0: lost
    used: int
    hdop: float


def sentences(script: Script) -> Iterator[tuple[int, bytes]]:
    """(nanoseconds since the start, one sentence with its line end), in order."""
    track = true_track(script)
    random = np.random.default_rng(script.seed)
    sky = SimulatedSky(*script.start, random)
    noise = _Receiver(script, track, random)
    for first in range(0, track.seconds + 1, BLOCK_S):
        seconds = np.arange(first, min(first + BLOCK_S, track.seconds + 1))
        unix_s = seconds.astype(np.float64) + script.start_moment.timestamp()
        block = sky.block(unix_s, noise.at_most[seconds])
        for index, second in enumerate(seconds.tolist()):
            for epoch, part in noise.epochs(second, block, index):
                mono_ns = second * SECOND_NS + part * (SECOND_NS // script.rate_hz)
                for body in _burst(script, epoch, block, index, whole=part == 0, code=noise.datum(second)):
                    yield mono_ns, b"$%s*%02X\r\n" % (body.encode(), reduce(xor, body.encode()))


class _Receiver:
    """The receiver's errors over the whole voyage."""

    def __init__(self, script: Script, track: TrueTrack, random: np.random.Generator) -> None:
        self._script, self._track, self._random = script, track, random
        count = track.seconds + 2
        self._wander = np.array([_gauss_markov(random, count), _gauss_markov(random, count)])
        self._offset = np.zeros((2, count))
        self._quality = np.full(count, script.quality)
        self._silent = np.zeros(count, dtype=np.bool_)
        self.at_most: NDArray[np.int64] = np.full(count, USED_PER_SYSTEM * len(CONSTELLATIONS))
        self._play_events(count)

    def _play_events(self, count: int) -> None:
        for event in self._script.event:
            span = slice(round(event.from_s), min(round(event.to_s), count))
            if isinstance(event, Quality):
                self._quality[span] = event.quality
            elif isinstance(event, Satellites):
                self.at_most[span] = event.at_most
            elif isinstance(event, Jump):
                self._offset[:, span] += [[event.east_m], [event.north_m]]
            elif isinstance(event, Silence):
                self._silent[span] = True
        for event in self._script.event:
            if isinstance(event, Dropout):
                lost = slice(round(event.from_s), min(round(event.to_s), count))
                back = slice(lost.stop, min(lost.stop + REACQUIRING_S, count))
                self._quality[lost] = 0
                self.at_most[lost] = 0
                self.at_most[back] = np.minimum(self.at_most[back], REACQUIRING_WITH)

    def datum(self, second: int) -> str | None:
        """The code for DTM; None where the script has no other datum at all and DTM is not sent."""
        changes = [event for event in self._script.event if isinstance(event, Datum)]
        if not changes:
            return None
        return next((event.code for event in changes if event.from_s <= second < event.to_s), "W84")

    def epochs(self, second: int, block: SkyBlock, index: int) -> Iterator[tuple[_Epoch, int]]:
        """The epochs of one second with their number in it; none while the cable is out."""
        rate = self._script.rate_hz if second < self._track.seconds else 1
        if self._silent[second]:
            return
        fraction = np.arange(rate) / self._script.rate_hz
        quality = int(self._quality[second])
        hdop = float(block.hdop[index])
        east, north = self._reported(second, fraction, NOISE[quality or 1], hdop)
        lat, lon = self._track.plane.to_degrees(east, north)
        lat_e5 = np.rint(lat * 60e5).astype(np.int64).tolist()
        lon_e5 = np.rint(lon * 60e5).astype(np.int64).tolist()
        sog_kn, cog_deg = self._velocity(second, rate)
        moment = datetime.fromtimestamp(self._script.start_moment.timestamp() + second, tz=UTC)
        clock = moment.strftime("%H%M%S")
        heading = float(self._track.heading_deg[second])
        alt_m = ALTITUDE_M + float(self._wander[0, second])
        used = int(block.used[index].sum())
        for part in range(rate):
            hundredths = part * 100 // self._script.rate_hz
            yield (
                _Epoch(
                    moment,
                    f"{clock}.{hundredths:02}",
                    lat_e5[part],
                    lon_e5[part],
                    sog_kn[part],
                    cog_deg[part],
                    heading,
                    alt_m,
                    quality,
                    used if quality else 0,
                    hdop if quality else 99.99,
                ),
                part,
            )

    def _reported(self, second: int, fraction: Floats, noise: Noise, hdop: float) -> tuple[Floats, Floats]:
        axes = []
        for axis, truth in enumerate((self._track.east_m, self._track.north_m)):
            before, then = self._wander[axis, second : second + 2]
            wander = (before + (then - before) * fraction) * noise.wander_m * hdop
            white = self._random.normal(0.0, noise.white_m * hdop, len(fraction))
            after = truth[min(second + 1, len(truth) - 1)]
            true = truth[second] + (after - truth[second]) * fraction
            axes.append(true + wander + white + self._offset[axis, second])
        return axes[0], axes[1]

    def _velocity(self, second: int, rate: int) -> tuple[list[float], list[float]]:
        last = self._track.seconds
        one, two = (second, second + 1) if second < last else (max(last - 1, 0), last)
        east = self._track.east_m[two] - self._track.east_m[one]
        north = self._track.north_m[two] - self._track.north_m[one]
        east = east + self._random.normal(0.0, SPEED_NOISE_MPS, rate)
        north = north + self._random.normal(0.0, SPEED_NOISE_MPS, rate)
        sog: list[float] = (np.hypot(east, north) / KNOT_MPS).tolist()
        cog: list[float] = (np.degrees(np.arctan2(east, north)) % 360).tolist()
        return sog, cog


def _gauss_markov(random: np.random.Generator, count: int) -> Floats:
    """A walk with standard deviation 1 and the correlation time WANDER_S, one value a second."""
    keep = exp(-1.0 / WANDER_S)
    push = random.normal(0.0, sqrt(1 - keep * keep), count)
    walk = np.empty(count)
    value = random.normal()
    for index, step in enumerate(push.tolist()):
        walk[index] = value
        value = keep * value + step
    return walk


def _burst(
    script: Script, epoch: _Epoch, sky: SkyBlock, index: int, *, whole: bool, code: str | None
) -> Iterator[str]:
    """The sentences of one epoch without `$` and checksum; the slow ones only on whole seconds."""
    lost = epoch.quality == 0
    place = ",,," if lost else _place(epoch.lat_e5, epoch.lon_e5)
    sog = "" if lost else f"{epoch.sog_kn:.3f}"
    cog = "" if lost or epoch.sog_kn < NO_COURSE_BELOW_KN else f"{epoch.cog_deg % 360:.2f}"
    mode = "N" if lost else MODES[epoch.quality]
    day = f"{epoch.moment:%d%m%y}"
    if whole and code is not None:
        yield f"GNDTM,{code},,0.0,N,0.0,E,0.0,W84"
    yield f"GNRMC,{epoch.clock},{'V' if lost else 'A'},{place},{sog},{cog},{day},,,{mode},V"
    if whole:
        yield f"GNVTG,{cog},T,,M,{sog},N,{'' if lost else f'{epoch.sog_kn * 1.852:.3f}'},K,{mode}"
    altitude = "," if lost else f"{epoch.alt_m:.1f},M"
    yield f"GNGGA,{epoch.clock},{place},{epoch.quality},{epoch.used:02},{epoch.hdop:.2f},{altitude},,M,,"
    if not whole:
        return
    yield from _sky(sky, index, epoch.hdop, lost=lost)
    yield f"GNZDA,{epoch.clock},{epoch.moment:%d,%m,%Y},00,00"
    if lost:
        yield f"GNGST,{epoch.clock},,,,,,,"
    else:
        noise = NOISE[epoch.quality]
        sigma = sqrt(noise.wander_m**2 + noise.white_m**2) * epoch.hdop
        yield f"GNGST,{epoch.clock},{sigma:.2f},,,,{sigma:.3f},{sigma:.3f},{1.5 * sigma:.3f}"
    if script.heading and not lost:
        yield f"GNHDT,{epoch.heading_deg:.2f},T"


def _place(lat_e5: int, lon_e5: int) -> str:
    lat_minutes, lat_rest = divmod(abs(lat_e5), 100_000)
    lon_minutes, lon_rest = divmod(abs(lon_e5), 100_000)
    return (
        f"{lat_minutes // 60:02}{lat_minutes % 60:02}.{lat_rest:05},{'S' if lat_e5 < 0 else 'N'},"
        f"{lon_minutes // 60:03}{lon_minutes % 60:02}.{lon_rest:05},{'W' if lon_e5 < 0 else 'E'}"
    )


def _sky(sky: SkyBlock, index: int, hdop: float, *, lost: bool) -> Iterator[str]:
    """GSA and GSV of every constellation."""
    in_view = []
    first = 0
    for constellation in CONSTELLATIONS:
        count = constellation.planes * constellation.each
        columns = range(first, first + count)
        first += count
        used = [] if lost else [f"{at - columns.start + 1:02}" for at in columns if sky.used[index, at]]
        slots = ",".join(used + [""] * (USED_PER_SYSTEM - len(used)))
        dops = "99.99,99.99,99.99" if lost else f"{hdop * 1.9:.2f},{hdop:.2f},{hdop * 1.6:.2f}"
        yield f"GNGSA,A,{1 if lost else 3},{slots},{dops},{constellation.system}"
        seen = [] if lost else [at for at in columns if sky.elevation_deg[index, at] > MASK_DEG]
        in_view.append((constellation, columns.start, seen))
    for constellation, start, seen in in_view:
        messages = max(1, ceil(len(seen) / 4))
        for number in range(messages):
            fields = "".join(
                f",{at - start + 1:02},{sky.elevation_deg[index, at]:02.0f},"
                f"{int(sky.azimuth_deg[index, at]):03},{sky.cn0_dbhz[index, at]:02}"
                for at in seen[4 * number : 4 * number + 4]
            )
            yield (
                f"{constellation.talker}GSV,{messages},{number + 1},{len(seen):02}{fields},{constellation.signal}"
            )
