"""Forty voyages with a known offence, five of each cheat, each a little different from the others."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import hypot
from typing import Final

from agent.types import FindingKind, Fix, FixQuality
from cheats.river import CRUISE_KN, HEADED, KNOT, MOORING, NEIGHBOUR, Step
from cheats.voyage import Grab, Receiver, Voyage

AREA, NONE, MINE = FindingKind.OUTSIDE_AREA, FindingKind.NO_LICENCE, FindingKind.WRONG_MINE
HOURS, PARKED = FindingKind.OUTSIDE_HOURS, FindingKind.LEFT_MOORING
LOST, SUSPECT, OFF = FindingKind.POSITION_LOST, FindingKind.POSITION_SUSPECT, FindingKind.BOX_OFF
BLIND, GONE = FindingKind.CAMERA_BLIND, FindingKind.CAMERA_LOST
QUOTA, DIFFERS = FindingKind.QUOTA_PASSED, FindingKind.BUCKET_DIFFERS
SILENT = frozenset({LOST, SUSPECT, OFF})
ABROAD = frozenset({AREA, NONE, MINE})
INSIDE = (0.0, 0.0)
HOUR: Final = 3600.0

BANK, NIGHT, OVER, TRACKER = "other bank at dusk", "night, lights off", "over quota", "tracker off"
STARVED, COVERED = "receiver starved at the boundary", "lens covered"
BUCKET, MOVED = "bucket swapped", "box on another hull"
CHEATS: Final = (BANK, NIGHT, OVER, TRACKER, STARVED, COVERED, BUCKET, MOVED)


def offences() -> list[Voyage]:
    """All forty, in the order of CHEATS; every one with its own seed."""
    told = [voyage for cheat in _MAKERS.values() for voyage in cheat()]
    return [replace(voyage, seed=number) for number, voyage in enumerate(told, start=1)]


def _other_bank() -> Iterator[Voyage]:
    """At work in her own area until 16:00, then over the river; back after dark."""

    def over(name: str, there: tuple[float, float], right: frozenset[FindingKind], **other: object) -> Voyage:
        work_s = 1.5 * HOUR
        begin_s = 0.5 * HOUR + hypot(*there) / (CRUISE_KN * KNOT)  # she has come there
        steps: tuple[Step, ...] = (("work", 0.5 * HOUR), ("go", *there), ("work", work_s), ("go", *INSIDE))
        return Voyage(
            name,
            BANK,
            "16:30",
            INSIDE,
            steps,
            (begin_s, begin_s + work_s),
            right,
            **other,  # type: ignore[arg-type]
        )

    yield over("under the far bank, without any licence", (560.0, 300.0), ABROAD, leads=SILENT)
    yield over("in the neighbour's mine", NEIGHBOUR, frozenset({MINE}), leads=ABROAD)
    yield over("three kilometres down the river", (2000.0, -2300.0), frozenset({NONE}), leads=ABROAD)
    yield over("16 m beyond, two antennas", (216.0, 0.0), frozenset({AREA}), kit=HEADED)
    yield over("16 m beyond, the plain kit", (216.0, 0.0), frozenset({AREA}))


def _night() -> Iterator[Voyage]:
    """At work in her own area when nobody may, no lamp lit: the camera sees the dark."""
    film = ((0.0, "lamps rest"), (0.4 * HOUR, "black work"))
    lying = (0.5 * HOUR, 2.0 * HOUR)
    steps: tuple[Step, ...] = (("lie", 0.5 * HOUR), ("work", 1.5 * HOUR))

    def dark(name: str, begins: str = "19:00", **other: object) -> Voyage:
        values: dict[str, object] = {
            "steps": steps,
            "films": film,
            "offence": lying,
            "right": {HOURS, PARKED},
        }
        values |= other
        values["right"] = frozenset(values["right"])  # type: ignore[call-overload]
        return Voyage(name, NIGHT, begins, INSIDE, leads=frozenset({BLIND, GONE}), **values)  # type: ignore[arg-type]

    yield dark("moving along the cut")
    yield dark("moving along the cut, after midnight", "01:00")
    yield dark("the hull vibrates", lines=(("vibration", 0.2, 0.5 * HOUR, 2.0 * HOUR),))
    yield dark("ordered to lie in the mooring zone", ordered=True)
    quiet: tuple[Step, ...] = (("lie", 0.5 * HOUR), ("lie", 1.5 * HOUR))
    yield dark(
        "at one place, the hydraulics tell", steps=quiet, lines=(("hydraulic", 1.0, 0.5 * HOUR, 2.0 * HOUR),)
    )


def _over_quota() -> Iterator[Voyage]:
    """Sixty loose cubic metres a day are allowed, and buckets of 1.5 m3 come up 0.85 full."""

    def over(name: str, *grabs: Grab, **other: object) -> Voyage:
        to_s = max(one.to_s for one in grabs)
        buckets, passed_s = 0.0, to_s
        for one in grabs:
            needed = 60.0 / (1.5 * 0.85) - buckets
            if buckets >= 0.0 and needed * one.period_s <= one.to_s - one.from_s:
                passed_s = one.from_s + needed * one.period_s
                break
            buckets += (one.to_s - one.from_s) / one.period_s
        return Voyage(
            name, OVER, "09:00", INSIDE, (("work", to_s + 300.0),), (passed_s, to_s), frozenset({QUOTA}),
            day_m3=60.0, grabs=grabs, **other,  # type: ignore[arg-type]
        )  # fmt: skip

    yield over("twice the quota", Grab(200.0, 200.0 + 95 * 60.0))
    yield over("twice the quota, a bucket in ten unseen", Grab(200.0, 200.0 + 95 * 60.0, missed=0.1))
    yield over("half as much again", Grab(200.0, 200.0 + 71 * 60.0))
    yield over("quick cycles of 40 s", Grab(200.0, 200.0 + 95 * 40.0, period_s=40.0))
    yield over(
        "in two turns, the box off between them",
        Grab(200.0, 2600.0),
        Grab(4600.0, 4600.0 + 50 * 60.0),
        cuts=((2900.0, 600.0),),
    )


def _silent(from_s: float, to_s: float) -> Receiver:
    return lambda at_s, fix: None if from_s <= at_s < to_s else fix


def _lost(from_s: float, to_s: float) -> Receiver:
    """Alive, and without a position."""

    def hear(at_s: float, fix: Fix) -> Fix:
        if not from_s <= at_s < to_s:
            return fix
        return replace(
            fix, lat_deg=None, lon_deg=None, quality=FixQuality.NONE, sog_kn=None, cog_deg=None, hdop=None,
            alt_m=None, error_m=None, satellites=1,
        )  # fmt: skip

    return hear


def _tracker_off() -> Iterator[Voyage]:
    """Off to the other bank with the tracker dark, and back."""
    there = (600.0, 0.0)
    steps: tuple[Step, ...] = (
        ("work", 0.6 * HOUR), ("go", *there), ("work", 1.0 * HOUR), ("go", *INSIDE), ("work", 0.4 * HOUR),
    )  # fmt: skip
    from_s, to_s = 0.55 * HOUR, 1.8 * HOUR

    def off(name: str, **other: object) -> Voyage:
        return Voyage(name, TRACKER, "13:00", INSIDE, steps, (from_s, to_s), SILENT, **other)  # type: ignore[arg-type]

    yield off("receiver unplugged at work", receiver=_silent(from_s, to_s))
    yield off("antenna covered at work", receiver=_lost(from_s, to_s))
    yield off("box off at work", cuts=((from_s, to_s - from_s),))
    under_way = 0.6 * HOUR + 60.0
    yield off("receiver unplugged under way", receiver=_silent(under_way, to_s))
    yield off("box off under way", cuts=((under_way, to_s - under_way),))


def _starved() -> Iterator[Voyage]:
    """Beyond her boundary for an hour and a half, with the receiver starved or lied to as she crosses it."""
    work_s = 1.2 * HOUR
    steps: tuple[Step, ...] = (("work", 0.5 * HOUR), ("go", 250.0, 0.0), ("work", work_s), ("go", *INSIDE))
    from_s, to_s = 0.5 * HOUR + 60.0, 0.5 * HOUR + 60.0 + work_s
    again_s = to_s + 200.0  # she is back inside

    def poor(at_s: float, fix: Fix) -> Fix:
        starved = from_s <= at_s < again_s
        return replace(fix, hdop=3.6, satellites=5, error_m=70.0) if starved else fix

    def jammed(at_s: float, fix: Fix) -> Fix:
        starved = from_s <= at_s < again_s
        return replace(fix, hdop=7.5, satellites=4, error_m=80.0, dimensions=2) if starved else fix

    def frozen() -> Receiver:
        held: list[Fix] = []

        def hear(at_s: float, fix: Fix) -> Fix:
            if not from_s - 30.0 <= at_s < again_s:
                return fix
            held.append(fix)
            first = held[0]
            return replace(fix, lat_deg=first.lat_deg, lon_deg=first.lon_deg, alt_m=first.alt_m, sog_kn=0.0)

        return hear

    def dragged(at_s: float, fix: Fix) -> Fix:
        """The places of her own area, a quarter of a degree of arc too far west once she has crossed."""
        if not from_s <= at_s < again_s or fix.lon_deg is None:
            return fix
        return replace(fix, lon_deg=round(fix.lon_deg - 250.0 / 109_600.0, 7), sog_kn=0.1)

    def at(name: str, receiver: Receiver, **other: object) -> Voyage:
        return Voyage(
            name, STARVED, "13:00", INSIDE, steps, (from_s, to_s), frozenset({AREA, SUSPECT, LOST}),
            receiver=receiver, **other,  # type: ignore[arg-type]
        )  # fmt: skip

    yield at("few satellites, poor geometry", poor)
    yield at("jammed: signal and satellites fall", jammed, jammed=(from_s, again_s))
    yield at("no position at all", _lost(from_s, again_s))
    yield at("the last place over and over", frozen(), lines=(("vibration", 0.2, 0.0, 3.0 * HOUR),))
    yield at("a place inside, told with a jump", dragged)


def _covered() -> Iterator[Voyage]:
    """At work by day in her area; something is put over the lens and stays there."""
    from_s, to_s = 0.5 * HOUR, 1.5 * HOUR

    def over(name: str, film: str = "day work", **other: object) -> Voyage:
        return Voyage(
            name, COVERED, "10:00", INSIDE, (("work", 1.7 * HOUR),), (from_s, to_s), frozenset({BLIND, GONE}),
            films=((0.0, "day work"), (from_s, film), (to_s, "day work")), **other,  # type: ignore[arg-type]
        )  # fmt: skip

    yield over("black tape", "tape")
    yield over("a cloth", "cloth")
    yield over("a plastic bag", "bag")
    yield over("grease", "grease")
    yield over("the cable pulled", camera_lost=(from_s, to_s))


def _bucket() -> Iterator[Voyage]:
    """The registered bucket of 1.5 m3 for forty minutes, then a larger one; its length grows with the cube root."""

    def swapped(name: str, m3: float, *cuts: tuple[float, float]) -> Voyage:
        wider = (m3 / 1.5) ** (1.0 / 3.0)
        grabs = (Grab(200.0, 200.0 + 40 * 60.0), Grab(2700.0, 2700.0 + 60 * 60.0, wider=wider))
        return Voyage(
            name, BUCKET, "09:00", INSIDE, (("work", 6500.0),), (2700.0, 6300.0), frozenset({DIFFERS}),
            grabs=grabs, cuts=cuts,
        )  # fmt: skip

    yield swapped("2.5 for 1.5 m3", 2.5)
    yield swapped("2.2 for 1.5 m3", 2.2)
    yield swapped("2.0 for 1.5 m3", 2.0)
    yield swapped("1.8 for 1.5 m3: less than the lead can tell", 1.8)
    yield swapped("2.5 for 1.5 m3, the box off at the change", 2.5, (2620.0, 60.0))


def _moved() -> Iterator[Voyage]:
    """The box is unscrewed while it is off, or while it runs, and looks at another hull from then on."""
    from_s, to_s = 1.0 * HOUR, 2.5 * HOUR

    def on_another(
        name: str, before: str, after: str, *cuts: tuple[float, float], start: tuple[float, float] = INSIDE
    ) -> Voyage:
        return Voyage(
            name, MOVED, "09:00", start, (("lie", 2.6 * HOUR),), (from_s + 1200.0, to_s), frozenset({BLIND}),
            leads=frozenset({GONE, OFF}), films=((0.0, before), (from_s, after)), cuts=cuts,
        )  # fmt: skip

    away = (from_s, 1200.0)
    yield on_another("while it was off", "day rest", "hull B", away, start=MOORING)
    yield on_another("while it was off, at work before", "day work", "hull B", away)
    yield on_another("while it ran", "day rest", "hull B", start=MOORING)
    yield on_another("in haze", "haze rest", "hull B haze", away, start=MOORING)
    yield on_another("from haze into sun", "haze rest", "hull B", away, start=MOORING)


_MAKERS: Final[dict[str, Callable[[], Iterator[Voyage]]]] = {
    BANK: _other_bank,
    NIGHT: _night,
    OVER: _over_quota,
    TRACKER: _tracker_off,
    STARVED: _starved,
    COVERED: _covered,
    BUCKET: _bucket,
    MOVED: _moved,
}
