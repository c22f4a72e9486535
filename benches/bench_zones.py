"""What the pure stages cost: microseconds a fix at 10 Hz, by stage, and the zones with 500 licences.

    python benches/bench_zones.py

One thread, CPU time. The budgets: 60 µs a fix for all stages together, 0.3 ms and 20 MB with 500 licences
(areas of 4 to 12 corners spread over 100 km; the vessel drifts, so that the search has to sort anew now and then).
"""

import random
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from math import cos, pi, sin
from pathlib import Path
from time import process_time

from agent.activity.recogniser import Recogniser
from agent.licence.licence import parse_licences
from agent.licence.rules import Rules, Terms
from agent.licence.silence import Silence
from agent.licence.zones import Area, Zones
from agent.position.geodesy import LocalMetres
from agent.position.place import GearPlace, Places
from agent.position.track import Track
from agent.position.trust import Trust
from agent.types import ClockQuality, Fix, FixQuality, Stamp

FIXES = 36_000  # an hour at 10 Hz
START = datetime(2026, 11, 20, 3, 0, tzinfo=UTC)
LICENCE = Path(__file__).parents[1] / "config" / "licences" / "example-tan-loc.geojson"


def fixes(lat_deg: float, lon_deg: float) -> list[Fix]:
    """An hour at anchor, with 2 m of noise."""
    chance, here = random.Random(1), LocalMetres(lat_deg, lon_deg)
    found = []
    for number in range(FIXES):
        lat, lon = here.degrees(chance.gauss(0, 2.0), chance.gauss(0, 2.0))
        utc = START + timedelta(milliseconds=100 * number)
        found.append(Fix(number * 10**8, utc, lat, lon, FixQuality.GNSS, sog_kn=0.1, hdop=0.9, error_m=5.0))
    return found


def microseconds(work: Callable[[], object], times: int) -> float:
    begin = process_time()
    work()
    return (process_time() - begin) / times * 1e6


def stages() -> None:
    (licence,) = parse_licences(LICENCE.read_text(encoding="utf-8"), LICENCE.name)
    voyage = fixes(10.2620, 105.5750)  # inside: the costly case, with all three findings
    trust, track, maker, recogniser, silence = Trust(), Track(), Places(), Recogniser(), Silence()
    rules = Rules(Terms("dredger", has_gear=True, licences=(licence,)))
    motions = [Track().step(voyage[0])] * FIXES
    places: list[GearPlace | None] = [None] * FIXES
    activities = [Recogniser().step(motions[0], 0)] * FIXES

    def tracks() -> None:
        motions[:] = [track.step(fix) for fix in voyage]

    def places_gear() -> None:
        pairs = zip(voyage, motions, strict=True)
        places[:] = [maker.step(fix, motion) for fix, motion in pairs]

    def recognises() -> None:
        pairs = zip(motions, voyage, strict=True)
        activities[:] = [recogniser.step(motion, fix.mono_ns) for motion, fix in pairs]

    def judges() -> None:
        for fix, place, activity in zip(voyage, places, activities, strict=True):
            rules.judge(activity, place, Stamp(fix.mono_ns, fix.utc, ClockQuality.GNSS), ())

    def listens() -> None:
        for fix in voyage:
            silence.heard(fix, ())
            silence.findings(fix.mono_ns)

    rows: list[tuple[str, Callable[[], object]]] = [
        ("trust", lambda: [trust.step(fix) for fix in voyage]),
        ("track", tracks),
        ("place of the gear", places_gear),
        ("recogniser", recognises),
        ("rules, stationary inside", judges),
        ("silence", listens),
    ]
    total = 0.0
    for name, work in rows:
        cost = microseconds(work, FIXES)
        total += cost
        print(f"{name:28} {cost:7.1f} µs a fix")
    print(f"{'all stages':28} {total:7.1f} µs a fix")


def many_licences(count: int = 500) -> None:
    chance = random.Random(2)

    def ring() -> tuple[tuple[float, float], ...]:
        here = LocalMetres(10.0 + chance.uniform(-0.5, 0.5), 105.8 + chance.uniform(-0.5, 0.5))
        corners = chance.randint(4, 12)
        turns = [(number + chance.random() * 0.8) / corners for number in range(corners)]
        return tuple(_corner(here, turn, chance.uniform(300.0, 1000.0)) for turn in turns)

    tracemalloc.start()
    zones = Zones([Area(((ring(),),)) for _ in range(count)])
    zones.near(10.0, 105.8, 5.0)
    held_mb = tracemalloc.get_traced_memory()[0] / 1e6
    tracemalloc.stop()
    times = 20_000

    def drift() -> None:
        for number in range(times):
            zones.near(10.0 + number * 5e-6, 105.8, 5.0)  # 0.55 m a fix: 11 km in all

    print(
        f"{count} licences               {microseconds(drift, times) / 1000:7.3f} ms a fix, {held_mb:.1f} MB"
    )


def _corner(here: LocalMetres, turn: float, away_m: float) -> tuple[float, float]:
    lat, lon = here.degrees(away_m * sin(2 * pi * turn), away_m * cos(2 * pi * turn))
    return lon, lat


if __name__ == "__main__":
    stages()
    many_licences()
