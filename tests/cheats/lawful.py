"""Forty lawful voyages: work, rest, passages, weather, night, and what goes wrong on any boat."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Final

from agent.types import Fix, FixQuality
from cheats.river import HEADED, MOORING, TRANSFER, Step
from cheats.voyage import Grab, Voyage

HOUR: Final = 3600.0
INSIDE = (0.0, 0.0)
NEAR = (165.0, 0.0)  # 35 m inside


def lawful() -> list[Voyage]:
    """All forty, every one with its own seed."""
    told = [voyage for kind in _MAKERS for voyage in kind()]
    return [replace(voyage, seed=100 + number) for number, voyage in enumerate(told)]


def _work() -> Iterator[Voyage]:
    day: tuple[Step, ...] = (("go", *INSIDE), ("work", 5.5 * HOUR), ("go", *MOORING), ("lie", 0.5 * HOUR))
    for number, kit in enumerate((HEADED, replace(HEADED, noise_m=0.8))):
        yield Voyage(f"a day's work, two antennas, {number + 1}", "work", "10:30", MOORING, day, kit=kit)
    yield Voyage("a day's work, the plain kit", "work", "10:30", MOORING, day)
    near: tuple[Step, ...] = (("go", *NEAR), ("work", 5.0 * HOUR), ("go", *MOORING), ("lie", 0.3 * HOUR))
    yield Voyage("work 35 m inside, the plain kit", "work", "10:30", MOORING, near)
    nearer: tuple[Step, ...] = (("go", 183.0, 0.0), ("work", 5.0 * HOUR), ("go", *MOORING))
    yield Voyage("work 17 m inside, two antennas", "work", "10:30", MOORING, nearer, kit=HEADED)
    yield Voyage("work 17 m inside, the plain kit", "work", "10:30", MOORING, nearer)


def _counted() -> Iterator[Voyage]:
    for share, period_s in ((0.5, 60.0), (0.7, 60.0), (0.8, 75.0), (0.8, 45.0)):
        buckets = share * 60.0 / (1.5 * 0.85)
        one = Grab(300.0, 300.0 + buckets * period_s, period_s)
        yield Voyage(
            f"{share:.0%} of the day's quota, {period_s:g} s a bucket", "counted work", "09:00", INSIDE,
            (("work", 1.5 * HOUR), ("go", *MOORING), ("lie", 2.0 * HOUR)), day_m3=60.0, grabs=(one,),
        )  # fmt: skip
    handing = Grab(300.0, 3300.0, dives=False)
    yield Voyage(
        "handing sand over where that may be done", "counted work", "09:00", TRANSFER,
        (("lie", 1.2 * HOUR), ("go", *MOORING), ("lie", 1.0 * HOUR)), grabs=(handing,),
    )  # fmt: skip


def _weather() -> Iterator[Voyage]:
    for film in ("day work", "day rest", "rain rest", "haze rest"):
        # a bucket each 88 s: after three hours her day's quota would be passed
        films = ((0.0, film), (2.5 * HOUR, "day rest")) if film == "day work" else ((0.0, film),)
        yield Voyage(f"in her area, {film}", "weather", "09:00", INSIDE, (("work", 5.0 * HOUR),), films=films)
    for before, after in (
        ("day rest", "haze rest"), ("haze rest", "rain rest"), ("rain rest", "day rest"), ("day work", "rain rest"),
    ):  # fmt: skip
        yield Voyage(
            f"{before}, then {after}", "weather", "09:00", INSIDE, (("work", 5.0 * HOUR),),
            films=((0.0, before), (2.0 * HOUR, after), (4.0 * HOUR, before)),
        )  # fmt: skip


def _night() -> Iterator[Voyage]:
    films = ((0.0, "dusk rest"), (1.2 * HOUR, "lamps rest"))
    asleep: tuple[Step, ...] = (("go", *MOORING), ("lie", 6.5 * HOUR))
    yield Voyage("asleep in the mooring zone, lamps lit", "night", "16:45", INSIDE, asleep, films=films)
    dark = ((0.0, "dusk rest"), (1.2 * HOUR, "black rest"))
    yield Voyage("asleep in the mooring zone, in the dark", "night", "16:45", INSIDE, asleep, films=dark)
    yield Voyage("the same, ordered there", "night", "16:45", INSIDE, asleep, films=dark, ordered=True)
    yield Voyage("no camera, ordered there", "night", "16:45", INSIDE, asleep, ordered=True)
    stay: tuple[Step, ...] = (("lie", 6.5 * HOUR),)
    yield Voyage("asleep in her area, lamps lit", "night", "16:30", INSIDE, stay, films=films)
    yield Voyage("asleep in her area, in the dark", "night", "16:30", INSIDE, stay, films=dark)
    dawn: tuple[Step, ...] = (("lie", 5.0 * HOUR), ("go", *INSIDE), ("work", 1.0 * HOUR))
    dark_then_day = ((0.0, "black rest"), (4.0 * HOUR, "day rest"))
    yield Voyage("to work at dawn", "night", "02:10", MOORING, dawn, films=dark_then_day, ordered=True)


def _passages() -> Iterator[Voyage]:
    def passage(name: str, *steps: Step, begins: str = "08:00", **other: object) -> Voyage:
        return Voyage(name, "passage", begins, (-6000.0, 5000.0), steps, **other)  # type: ignore[arg-type]

    yield passage("down the river past both mines", ("go", 900.0, 0.0), ("go", 6000.0, -9000.0))
    yield passage("the same by night", ("go", 900.0, 0.0), ("go", 6000.0, -9000.0), begins="22:00")
    yield passage("to the mine and back", ("go", *INSIDE), ("work", 3.0 * HOUR), ("go", -6000.0, 5000.0))
    yield passage(
        "a stop of two minutes in the stream",
        ("go", 700.0, 900.0),
        ("lie", 120.0),
        ("go", *MOORING),
        ("lie", HOUR),
    )
    yield passage(
        "along the boundary, outside",
        ("go", 230.0, 300.0),
        ("go", 230.0, -300.0),
        ("go", *MOORING),
        ("lie", HOUR),
    )
    dusk = ((0.0, "dusk rest"), (HOUR, "lamps rest"))
    yield passage("home at dusk", ("go", *MOORING), ("lie", HOUR), begins="17:00", films=dusk)


def _mishaps() -> Iterator[Voyage]:
    work: tuple[Step, ...] = (("work", 5.0 * HOUR),)

    def bridge(at_s: float, fix: Fix) -> Fix:
        """Forty seconds without a position each hour."""
        if at_s % 3600.0 > 40.0:
            return fix
        return replace(
            fix, lat_deg=None, lon_deg=None, quality=FixQuality.NONE, error_m=None, hdop=None, satellites=2
        )

    def sparse(at_s: float, fix: Fix) -> Fix:
        """Poorer satellites for ten minutes an hour, as between high banks."""
        return replace(fix, hdop=2.2, satellites=6, error_m=9.0) if at_s % 3600.0 < 600.0 else fix

    yield Voyage("no position for 40 s an hour", "mishap", "09:00", INSIDE, work, receiver=bridge)
    yield Voyage("poor satellites for a while", "mishap", "09:00", INSIDE, work, receiver=sparse)
    yield Voyage(
        "the power off at the quay",
        "mishap",
        "17:30",
        MOORING,
        (("lie", 5.0 * HOUR),),
        cuts=((HOUR, 1800.0),),
    )
    yield Voyage(
        "the power off under way",
        "mishap",
        "08:00",
        (-6000.0, 5000.0),
        (("go", 6000.0, -9000.0),),
        cuts=((900.0, 60.0),),
    )
    yield Voyage(
        "the power off with the gear seen at rest", "mishap", "09:00", INSIDE, (("lie", 4.0 * HOUR),),
        films=((0.0, "day rest"),), cuts=((HOUR, 300.0),),
    )  # fmt: skip
    yield Voyage(
        "the camera away for 40 s", "mishap", "09:00", INSIDE, work, films=((0.0, "day rest"),),
        camera_lost=(HOUR, HOUR + 40.0),
    )  # fmt: skip


def _others() -> Iterator[Voyage]:
    yield Voyage("at the quay all day", "rest", "08:00", MOORING, (("lie", 6.0 * HOUR),))
    yield Voyage(
        "in her area all day, gear seen at rest",
        "rest",
        "08:00",
        INSIDE,
        (("lie", 5.0 * HOUR),),
        films=((0.0, "day rest"),),
    )


_MAKERS: Final[tuple[Callable[[], Iterator[Voyage]], ...]] = (
    _work, _counted, _weather, _night, _passages, _mishaps, _others,
)  # fmt: skip
