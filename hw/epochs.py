"""Sentences of one epoch into one Fix; and Sky, Heading and Depth beside it.

An epoch is a run of RMC, GGA, GLL and GNS with the same time of day. It ends when the time changes, when
one of its sentences comes again, when all that the receiver sent in its last cycles has arrived, or when
`flush` is called (the line fell idle, the input ended). What disagrees inside an epoch counts against it:
one sentence that says "no position" is enough for a Fix without one.
"""

from dataclasses import replace
from datetime import datetime
from typing import Protocol, TypeAlias

from agent.types import Depth, Fix, FixQuality, Heading, Reading, Sky
from hw.epoch_dating import Dating
from hw.epoch_error import error_from_hdop, error_from_sigmas
from hw.epoch_quality import Located, agreed_quality, agrees
from hw.epoch_sky import SkyView
from hw.nmea_counters import Counters
from hw.nmea_sentences import Dbt, Dpt, Dtm, Gga, Gll, Gns, Gsa, Gst, Gsv, Hdt, Rmc, Sentence, Vtg, Zda

Aside: TypeAlias = Sky | Heading | Depth

CONTRADICTION_DEG = 0.02 / 60  # 37 m of latitude; receivers that round to 0.01 minute stay within it
REMEMBERED_CYCLES = 16  # a sentence not seen for so long is no longer waited for
ASIDES_AT_MOST = 50  # readings that wait for the end of an epoch
OPEN_AT_MOST_NS = 1_500_000_000
CONTEXT_AT_MOST_US = 2_000_000  # GST and HDOP of another epoch stand for so long
DAY_US = 86_400_000_000
IDLE_FIRST_S, IDLE_MOST_S = 0.06, 0.48
WGS84 = "W84"


class Stamping(Protocol):
    """Where the monotonic stamps of readings come from: the arrival, or the fixes' own time in a replay."""

    def epoch(self, arrived_ns: int, utc: datetime | None, time_us: int | None) -> int: ...

    def aside(self, arrived_ns: int) -> int: ...


class OnArrival:
    """A reading has the stamp at which its first sentence came."""

    def epoch(self, arrived_ns: int, utc: datetime | None, time_us: int | None) -> int:  # noqa: ARG002
        return arrived_ns

    def aside(self, arrived_ns: int) -> int:
        return arrived_ns


class Epochs:
    """Takes sentences in the order of their arrival and gives readings in the order of their stamps.

    `date_hint` dates times of day until RMC or ZDA bring a date; see `Dating`.
    """

    def __init__(
        self,
        *,
        date_hint: datetime | None = None,
        stamping: Stamping | None = None,
        counters: Counters | None = None,
    ) -> None:
        self.counters = Counters() if counters is None else counters
        self.idle_s = IDLE_FIRST_S  # how long the line has to be quiet before `flush` is called
        self._dating = Dating(date_hint)
        self._stamping: Stamping = OnArrival() if stamping is None else stamping
        self._sky = SkyView()
        self._datum = WGS84
        # the cycle: everything the receiver sends for one moment, before and after its Fix went out
        self._cycle = 0
        self._time_us: int | None = None
        self._keys: set[str] = set()  # talker and type of the sentences of this cycle
        self._last_seen: dict[str, int] = {}  # the same, with the cycle they were last in
        # the epoch: what the next Fix is made of; empty when none is open
        self._parts: dict[type[Sentence], Located] = {}
        self._opened_ns = 0
        self._opened_datum = self._datum
        self._vtg: Vtg | None = None
        self._asides: list[Aside] = []
        self._flushed_idle = False
        # context that outlives an epoch, with the time of day it is of
        self._hdop: tuple[float, int | None] | None = None
        self._dimensions: tuple[int, int | None] | None = None
        self._gst: tuple[Gst, FixQuality] | None = None
        self._quality = FixQuality.NONE

    def step(self, sentence: Sentence, mono_ns: int) -> list[Reading]:
        """The readings that `sentence`, which arrived at `mono_ns`, completes."""
        if isinstance(sentence, Rmc | Gga | Gll | Gns):
            return self._locate(sentence, mono_ns)
        if isinstance(sentence, Zda | Gst):
            return self._time(sentence, mono_ns)
        if isinstance(sentence, Vtg):
            return self._velocity(sentence)
        out: list[Reading] = []
        if isinstance(sentence, Gsa):
            self._sky.add_gsa(sentence, self._cycle)
            if sentence.hdop is not None:
                self._hdop = (sentence.hdop, self._time_us)
            if sentence.fix_type is not None:
                self._dimensions = (sentence.fix_type, self._time_us)
        elif isinstance(sentence, Dtm):
            self._datum = sentence.code or self._datum
        else:
            self._put(self._beside(sentence, mono_ns), out)
        if self._parts and (
            len(self._asides) >= ASIDES_AT_MOST or mono_ns - self._opened_ns > OPEN_AT_MOST_NS
        ):
            out += self._emit()
        return out

    def flush(self, mono_ns: int) -> list[Reading]:
        """Close the open epoch: at `mono_ns` the burst or the input is at its end."""
        self._flushed_idle = bool(self._parts)
        out = self._emit() if self._parts else []
        self._put(self._sky.take(mono_ns), out)
        return out

    # ── the cycle ─────────────────────────────────────────────────────────────────────────────────────

    def _locate(self, sentence: Located, mono_ns: int) -> list[Reading]:
        key = sentence.talker + type(sentence).__name__
        out: list[Reading] = []
        if key in self._keys or self._is_other_time(sentence.time_us):
            out = self._next_cycle(mono_ns)
        emitted = bool(self._keys) and not self._parts
        if sentence.time_us is not None:
            self._time_us = sentence.time_us
        self._keys.add(key)
        self._last_seen[key] = self._cycle
        if emitted:
            self.counters.late += 1
            if self._flushed_idle:  # the receiver pauses inside its burst: wait longer from now on
                self.idle_s = min(2 * self.idle_s, IDLE_MOST_S)
                self._flushed_idle = False
            return out
        if not self._parts:
            self._opened_ns, self._opened_datum = mono_ns, self._datum
        rival = self._parts.get(type(sentence))
        if rival is None or _rank(sentence.talker) < _rank(rival.talker):
            self._parts[type(sentence)] = sentence
        if self._is_complete():
            out += self._emit()
        return out

    def _time(self, sentence: Zda | Gst, mono_ns: int) -> list[Reading]:
        out: list[Reading] = []
        if self._keys and self._is_other_time(sentence.time_us):
            out = self._next_cycle(mono_ns)
            self._time_us = sentence.time_us
        if isinstance(sentence, Zda):
            if sentence.date is not None:
                self._dating.moment(sentence.time_us, sentence.date)
        else:
            self._gst = (sentence, self._quality)
        return out

    def _velocity(self, vtg: Vtg) -> list[Reading]:
        key = vtg.talker + "Vtg"
        self._last_seen[key] = self._cycle
        self._vtg = vtg  # of this epoch if one is open, else of the next
        if self._parts:
            self._keys.add(key)
            if self._is_complete():
                return self._emit()
        return []

    def _is_other_time(self, time_us: int | None) -> bool:
        return time_us is not None and self._time_us is not None and time_us != self._time_us

    def _next_cycle(self, mono_ns: int) -> list[Reading]:
        out = self._emit() if self._parts else []
        self._put(self._sky.take(mono_ns), out)
        self._cycle += 1
        self._keys.clear()
        self._time_us = None
        self._flushed_idle = False
        if len(self._last_seen) > REMEMBERED_CYCLES:
            self._last_seen = {key: at for key, at in self._last_seen.items() if self._is_recent(at)}
        return out

    def _is_recent(self, cycle: int) -> bool:
        return cycle >= self._cycle - REMEMBERED_CYCLES

    def _is_complete(self) -> bool:
        """All that came in the last cycles is here; VTG is waited for only where no RMC comes."""
        if self._cycle < 1:
            return False
        awaited = [
            key for key, at in self._last_seen.items() if self._is_recent(at) and key not in self._keys
        ]
        if not awaited:
            return True
        return all(key.endswith("Vtg") for key in awaited) and Rmc in self._parts

    def _put(self, aside: Aside | None, out: list[Reading]) -> None:
        """Readings leave in the order of their stamps: while an epoch is open, others wait for its Fix."""
        if aside is None:
            return
        if self._parts:
            self._asides.append(aside)
        else:
            out.append(_stamped(aside, self._stamping.aside(aside.mono_ns)))

    def _beside(self, sentence: Gsv | Hdt | Dpt | Dbt, mono_ns: int) -> Aside | None:
        if isinstance(sentence, Gsv):
            return self._sky.add_gsv(sentence, mono_ns)
        if isinstance(sentence, Hdt):
            heading_deg = sentence.heading_deg
            return None if heading_deg is None else Heading(mono_ns, heading_deg)
        if sentence.depth_m is None:
            return None
        return Depth(mono_ns, sentence.depth_m, sentence.offset_m if isinstance(sentence, Dpt) else None)

    # ── the epoch ─────────────────────────────────────────────────────────────────────────────────────

    def _emit(self) -> list[Reading]:
        fix = self._fix()
        out: list[Reading] = [fix]
        out.extend(_stamped(aside, self._stamping.aside(aside.mono_ns)) for aside in self._asides)
        self._asides.clear()
        self._parts.clear()
        self._vtg = None
        return out

    def _fix(self) -> Fix:
        parts = self._parts
        rmc: Rmc | None = parts.get(Rmc)  # type: ignore[assignment]
        gga: Gga | Gns | None = parts.get(Gga) or parts.get(Gns)  # type: ignore[assignment]
        utc = self._dating.moment(self._time_us, rmc.date if rmc else None)
        mono_ns = self._stamping.epoch(self._opened_ns, utc, self._time_us)
        quality = self._quality = agreed_quality(parts)
        if gga and gga.hdop is not None:
            self._hdop = (gga.hdop, self._time_us)
        hdop = self._hdop[0] if self._hdop and self._is_near(self._hdop[1]) else None
        satellites = gga.satellites if gga else None
        datum = self._datum if self._datum != WGS84 else self._opened_datum
        lat_deg, lon_deg = self._position()
        if quality is FixQuality.NONE or lat_deg is None:
            return Fix(
                mono_ns,
                utc,
                None,
                None,
                FixQuality.NONE,
                hdop=hdop,
                satellites=satellites,
                datum=datum,
                agrees=agrees(parts),
            )
        velocity = rmc or self._vtg
        return Fix(
            mono_ns,
            utc,
            lat_deg,
            lon_deg,
            quality,
            velocity.sog_kn if velocity else None,
            velocity.cog_deg if velocity else None,
            hdop,
            satellites,
            gga.alt_m if gga else None,
            self._error_m(hdop, quality),
            datum,
            self._dimensions[0] if self._dimensions and self._is_near(self._dimensions[1]) else None,
            agrees(parts),
        )

    def _position(self) -> tuple[float, float] | tuple[None, None]:
        """The position of the sentence with the most to say; none where two of them are far apart."""
        found: tuple[float, float] | None = None
        for kind in (Gga, Gns, Rmc, Gll):
            part = self._parts.get(kind)
            if part is None or part.lat_deg is None or part.lon_deg is None:
                continue
            if found is None:
                found = (part.lat_deg, part.lon_deg)
            elif _apart(found, (part.lat_deg, part.lon_deg)) > CONTRADICTION_DEG:
                self.counters.contradictions += 1
                return None, None
        return found or (None, None)

    def _error_m(self, hdop: float | None, quality: FixQuality) -> float | None:
        """GST counts only if it is of this epoch or of one just before with the same quality."""
        if self._gst is not None:
            gst, of_quality = self._gst
            if gst.time_us is not None and (gst.time_us == self._time_us or of_quality is quality):
                error_m = error_from_sigmas(gst.lat_m, gst.lon_m)
                if error_m is not None and self._is_near(gst.time_us):
                    return error_m
        return error_from_hdop(hdop, quality)

    def _is_near(self, time_us: int | None) -> bool:
        if time_us is None or self._time_us is None:
            return time_us is self._time_us
        apart = abs(self._time_us - time_us)
        return min(apart, DAY_US - apart) <= CONTEXT_AT_MOST_US


def _rank(talker: str) -> int:
    """GN is the solution of all constellations together; one constellation's comes after it."""
    return {"GN": 0, "GP": 1}.get(talker, 2)


def _apart(one: tuple[float, float], two: tuple[float, float]) -> float:
    east = abs(one[1] - two[1])
    return max(abs(one[0] - two[0]), min(east, 360.0 - east))


def _stamped(aside: Aside, mono_ns: int) -> Aside:
    if aside.mono_ns == mono_ns:
        return aside
    if isinstance(aside, Sky):
        return replace(aside, mono_ns=mono_ns)
    if isinstance(aside, Heading):
        return Heading(mono_ns, aside.heading_deg)
    return Depth(mono_ns, aside.depth_m, aside.offset_m)
