"""Loads: a carrier alongside from when to when, the buckets meanwhile, and pictures of her coming and going.

A load is told when its pictures are on disk, or a minute and a half after she left. One that a restart cuts in two is
told at once, as far as it had come.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Final

from agent.activity.carriers import Berth
from agent.activity.gear import Counted
from agent.licence.conditions import Carrier
from agent.licence.hours import local_time
from agent.licence.quota import Bucket, volume
from agent.position.snapshot import state_from_json, state_json
from agent.types import EvidenceFile, Finding, FindingKind, Json, Reason, Stamp, Verdict

_NS: Final = 1_000_000_000
PREFIX: Final = "load:"
BEFORE_NS: Final = 10 * _NS
ANSWER_NS: Final = 90 * _NS
KEEP: Final = 60
LEAST_LOADS: Final = 3  # of a day, before their number says anything
HALF_FULL: Final = 0.5


@dataclass(frozen=True, slots=True)
class Pictures:
    """Stills that are wanted of a load."""

    load: str
    from_mono_ns: int
    to_mono_ns: int


@dataclass(slots=True)
class Load:
    """One load. `asked` are seal orders without an answer; `cut` by a restart of the box, whose stamps are another boot's."""

    load: str
    from_mono_ns: int
    from_utc: str | None
    day: str | None
    beats: list[str] = field(default_factory=list)  # stamps of the cycles
    to_mono_ns: int | None = None
    to_utc: str | None = None
    asked: int = 0
    leaving: bool = False
    cut: bool = False
    licence: str = ""
    arrival: list[EvidenceFile] = field(default_factory=list)
    departure: list[EvidenceFile] = field(default_factory=list)

    @property
    def cycles(self) -> int:
        """The buckets that were emptied while she lay alongside; after she had left none."""
        until_ns = self.to_mono_ns
        return len(self.beats) if until_ns is None else sum(int(beat) <= until_ns for beat in self.beats)


@dataclass(slots=True)
class Told:
    """What is remembered of a load that was told."""

    load: str
    day: str | None
    licence: str
    cycles: int


@dataclass(slots=True)
class _State:
    number: int = 0
    open: Load | None = None
    over: list[Load] = field(default_factory=list)
    told: list[Told] = field(default_factory=list)


class Loads:
    """Takes what happens alongside, and every cycle of the machine, in order; a carrier is never two loads at once."""

    def __init__(self, boot_id: str) -> None:
        self._boot_id = boot_id
        self._state = _State()
        self._wanted: list[Pictures] = []

    def step(self, now: Stamp, counted: Sequence[Counted], licence: str) -> tuple[Load, ...]:
        """One moment; the loads that are over. `licence` is the number of the one in whose area she may be."""
        state = self._state
        if state.open is not None:
            begun_ns = state.open.from_mono_ns
            state.open.beats += [str(item.mono_ns) for item in counted if item.mono_ns >= begun_ns]
            state.open.licence = licence or state.open.licence
        over: tuple[Load, ...] = ()
        for load in tuple(state.over):
            answered = load.asked <= 0 or now.mono_ns - (load.to_mono_ns or 0) > ANSWER_NS
            if load.cut or answered:
                state.over.remove(load)
                state.told = [*state.told, Told(load.load, load.day, load.licence, load.cycles)][-KEEP:]
                over += (load,)
        return over

    def happened(self, now: Stamp, berths: Sequence[Berth]) -> None:
        """A carrier came, goes, or has left."""
        for berth in berths:
            self._happened(now, berth)

    def _happened(self, now: Stamp, berth: Berth) -> None:
        state = self._state
        if berth.what == "arrived":
            state.number += 1
            when = _at(now, berth.mono_ns)
            day = None if when is None else local_time(when).date().isoformat()
            name = f"{PREFIX}{self._boot_id}.{state.number}"
            state.open = Load(name, berth.mono_ns, _text(when), day)
            self._want(state.open, max(0, now.mono_ns - BEFORE_NS), now.mono_ns)
        elif state.open is not None and berth.what == "leaving":
            state.open.leaving = True
            self._want(state.open, max(0, berth.mono_ns - BEFORE_NS), berth.mono_ns)
        elif state.open is not None:
            load, state.open = state.open, None
            load.to_mono_ns, load.to_utc = berth.mono_ns, _text(_at(now, berth.mono_ns))
            state.over.append(load)

    def _want(self, load: Load, from_ns: int, to_ns: int) -> None:
        self._wanted.append(Pictures(load.load, from_ns, to_ns))

    def pictures(self) -> tuple[Pictures, ...]:
        """The pictures that are wanted since the last time this was asked."""
        wanted, self._wanted = tuple(self._wanted), []
        return wanted

    def ordered(self, load: str, orders: int) -> None:
        """So many orders went to the eyes."""
        if (held := self._of(load)) is not None:
            held.asked += orders

    def sealed(self, load: str, files: Sequence[EvidenceFile]) -> None:
        """The eyes answered one order."""
        held = self._of(load)
        if held is None:
            return
        held.asked -= 1
        known = {file.sha256 for file in (*held.arrival, *held.departure)}
        fresh = [file for file in files if file.sha256 not in known]
        (held.departure if held.leaving else held.arrival).extend(fresh)

    def _of(self, load: str) -> Load | None:
        held = [*([] if self._state.open is None else [self._state.open]), *self._state.over]
        return next((item for item in held if item.load == load), None)

    def cycles_of(self, load: str) -> int | None:
        """The buckets of a load that was told; None for one that is not remembered."""
        return next((item.cycles for item in self._state.told if item.load == load), None)

    def on(self, day: date, licence: str) -> tuple[Told, ...]:
        """The loads of a local day under a licence."""
        wanted = day.isoformat()
        return tuple(item for item in self._state.told if item.day == wanted and item.licence == licence)

    def snapshot(self) -> Json:
        return state_json(self._state)

    def restore(self, data: Json, *, same_boot: bool) -> None:
        """Take up a snapshot. A load of another boot is over: nobody saw what became of it."""
        self._state = state_from_json(_State, data)
        if same_boot:
            return
        state = self._state
        cut = [*state.over, *([] if state.open is None else [state.open])]
        for load in cut:
            load.cut = True
        self._state = _State(over=cut, told=state.told)


def implausible(
    loads: Sequence[Told],
    carriers: Sequence[Carrier],
    day: date,
    cycles: int,
    bucket: Bucket,
    licence: str,
) -> tuple[Finding, ...]:
    """Loads that the vessel can hardly have made: one that no carrier of the list can hold, or more than were dug.

    `cycles` are those of her dredging that day. Only a lead: holds are heaped, and
    carriers of others come alongside.
    """
    in_force = [
        row for row in carriers if row.valid_to >= day and (row.valid_from is None or row.valid_from <= day)
    ]
    holds = [row.hold_m3 for row in in_force if row.hold_m3 is not None]
    if not holds or not loads:
        return ()
    because = []
    taken, largest = volume(cycles, bucket), volume(max(item.cycles for item in loads), bucket)
    if largest.loose_m3 - largest.loose_error_m3 > max(holds):
        because.append(
            Reason(
                "load_beyond_holds",
                {
                    "cycles": largest.cycles,
                    "value_m3": largest.loose_m3,
                    "error_m3": largest.loose_error_m3,
                    "hold_m3": max(holds),
                    "licence": licence,
                },
            )
        )
    carried = HALF_FULL * len(loads) * min(holds)
    if (
        len(loads) >= LEAST_LOADS
        and len(holds) == len(in_force)
        and carried > taken.loose_m3 + taken.loose_error_m3
    ):
        because.append(
            Reason(
                "loads_beyond_buckets",
                {
                    "loads": len(loads),
                    "hold_m3": min(holds),
                    "cycles": taken.cycles,
                    "value_m3": taken.loose_m3,
                    "error_m3": taken.loose_error_m3,
                },
            )
        )
    if not because:
        return ()
    return (Finding(FindingKind.LOADS_IMPLAUSIBLE, Verdict.UNDETERMINED, tuple(because), licence),)


def _at(now: Stamp, mono_ns: int) -> datetime | None:
    return None if now.utc is None else now.utc - timedelta(microseconds=(now.mono_ns - mono_ns) // 1000)


def _text(utc: datetime | None) -> str | None:
    if utc is None:
        return None
    return utc.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
