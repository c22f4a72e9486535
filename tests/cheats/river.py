"""The river of the scripted voyages: invented licences and places, how the vessel moves, and what her receiver says.

Metres are east and north of the middle of her licence, a square of 400 m. On the other bank lies a neighbour's.
"""

import random
from dataclasses import dataclass
from datetime import date
from math import cos, exp, hypot, pi, radians, sin, sqrt
from typing import Any, Final, Literal, TypeAlias

from agent.licence.licence import Licence
from agent.licence.places import Kind, Place
from agent.licence.rings import Ring
from agent.licence.vn2000 import to_wgs84
from agent.position.antenna import Gear
from agent.position.geodesy import LocalMetres
from licence.licence_builders import parse, square, with_rings

X, Y = 1135000.0, 562800.0
HULL: Final = "CT-00432"
MIDDLE: Final = to_wgs84(X, Y, 105.0, 3)
HERE: Final = LocalMetres(*MIDDLE)
MOORING, TRANSFER, NEIGHBOUR = (-700.0, 0.0), (0.0, -700.0), (900.0, 0.0)
GEAR: Final = Gear(forward_m=12.0, right_m=1.0, sweep_m=4.0)
LIES_DEG: Final = 135.0  # she lies down the river
ARM_M: Final = (
    GEAR.forward_m * sin(radians(LIES_DEG)) + GEAR.right_m * cos(radians(LIES_DEG)),
    GEAR.forward_m * cos(radians(LIES_DEG)) - GEAR.right_m * sin(radians(LIES_DEG)),
)
"""From the antenna to her gear, east and north: the scripts say where the gear is."""
CRUISE_KN: Final = 5.0
KNOT: Final = 0.514444

Step: TypeAlias = tuple[Literal["lie", "work", "drift"], float] | tuple[Literal["go"], float, float]
"""Lie quietly or at work (swinging more, warping along every half hour) for so many seconds; or go there, at 5 kn."""


@dataclass(frozen=True, slots=True)
class Kit:
    """A receiver: noise of one axis as it is (one sigma), and whether it gives the heading."""

    name: str
    noise_m: float
    heading: bool


PLAIN = Kit("single GNSS, no heading", 1.8, heading=False)
HEADED = Kit("dual antenna, heading", 1.0, heading=True)


def licence(*, ordered: bool = False, day_m3: float | None = None) -> Licence:
    """Hers: 07:00 to 17:00. `ordered`: outside the hours she has to lie in the mooring zone."""
    changes: dict[str, Any] = {
        "number": "VÍ DỤ-11/GP",
        "hours": [{"from": "07:00", "to": "17:00", "effective_from": "2026-01-01", "effective_to": None}],
        "vessels": [{"hull_number": HULL, "bucket_m3": 1.5, "m3_per_day": 163, "valid_to": "2027-12-31"}],
    }
    if ordered:
        row = {
            "zone": "bến neo",
            "when": "outside_hours",
            "effective_from": "2026-01-01",
            "effective_to": None,
        }
        changes["mooring"] = [row]
    if day_m3 is not None:
        phase = {"name": "một", "from": "2026-01-01", "to": "2027-12-31", "m3_per_day": day_m3}
        changes["quota"] = {"volume": "loose", "phases": [phase]}
    return parse(with_rings([square(X, Y)], changes=changes))


def neighbour() -> Licence:
    """Another holder's, across the river; its list does not have her."""
    changes = {
        "number": "VÍ DỤ-22/GP",
        "holder": "Công ty khác (bịa ra)",
        "hours": [{"from": "07:00", "to": "17:00", "effective_from": "2026-01-01", "effective_to": None}],
        "vessels": [
            {"hull_number": "AG-11464", "bucket_m3": 1.5, "m3_per_day": 163, "valid_to": "2027-12-31"}
        ],
    }
    return parse(with_rings([square(X + NEIGHBOUR[1], Y + NEIGHBOUR[0])], changes=changes))


def places() -> tuple[Place, ...]:
    """A zone for parked vessels and a place where sand may pass from hull to hull."""

    def area(kind: Kind, name: str, middle: tuple[float, float]) -> Place:
        corners = [to_wgs84(x, y, 105.0, 3) for x, y in square(X + middle[1], Y + middle[0], 160.0)]
        ring: Ring = tuple((lon, lat) for lat, lon in corners)
        return Place(kind, name, "bịa ra", True, 2.0, date(2026, 1, 1), None, "", polygons=((ring,),))

    return area("mooring", "bến neo", MOORING), area("transfer", "nơi sang mạn", TRANSFER)


class Path:
    """Where her gear truly is, and how fast she goes, at every second of a script that begins at `start`."""

    def __init__(self, start: tuple[float, float], steps: tuple[Step, ...], seed: int) -> None:
        chance = random.Random(seed)
        self._spans: list[tuple[float, float, str, tuple[float, float], tuple[float, float]]] = []
        at_s, here = 0.0, start
        for step in steps:
            if step[0] == "go":
                there = (step[1], step[2])
                way_s = hypot(there[0] - here[0], there[1] - here[1]) / (CRUISE_KN * KNOT)
                self._spans.append((at_s, at_s + way_s, "go", here, there))
                at_s, here = at_s + way_s, there
                continue
            left_s = float(step[1])
            while left_s > 0.0:
                part_s = min(left_s, chance.uniform(1200.0, 2100.0)) if step[0] == "work" else left_s
                self._spans.append((at_s, at_s + part_s, step[0], here, here))
                at_s, left_s = at_s + part_s, left_s - part_s
                if step[0] == "work" and left_s > 0.0:
                    # along the cut, so that she stays as far from the boundary as the script has her
                    there = (here[0], here[1] + chance.choice((-12.0, 12.0)))
                    self._spans.append((at_s, at_s + 60.0, "go", here, there))
                    at_s, left_s, here = at_s + 60.0, left_s - 60.0, there
        self.length_s = at_s

    def at(self, at_s: float) -> tuple[float, float, float]:
        """East, north and speed over ground in knots."""
        from_s, to_s, what, here, there = next(
            (span for span in self._spans if at_s <= span[1]), self._spans[-1]
        )
        if what == "go":
            share = min(1.0, (at_s - from_s) / (to_s - from_s))
            east, north = (a + (b - a) * share for a, b in zip(here, there, strict=True))
            return east, north, hypot(there[0] - here[0], there[1] - here[1]) / (to_s - from_s) / KNOT
        swing_m = 3.0 if what == "work" else 1.5
        phase = 2.0 * pi * at_s / 240.0
        return here[0], here[1] + swing_m * sin(phase), abs(swing_m * 2.0 * pi / 240.0) / KNOT


class Wander:
    """A receiver's error in metres, east and north: first-order Gauss-Markov of half an hour, and a constant part."""

    def __init__(self, kit: Kit, every_s: float, seed: int) -> None:
        self._chance = random.Random(seed)
        self._keep = exp(-every_s / 1800.0)
        self._push = kit.noise_m * sqrt(1.0 - self._keep * self._keep)
        self._off = [self._chance.gauss(0.0, kit.noise_m) for _ in range(2)]
        self._bias = [self._chance.gauss(0.0, kit.noise_m / 2.0) for _ in range(2)]

    def next(self) -> tuple[float, float]:
        self._off = [self._keep * off + self._chance.gauss(0.0, self._push) for off in self._off]
        east, north = (
            off + bias + self._chance.gauss(0.0, 0.15)
            for off, bias in zip(self._off, self._bias, strict=True)
        )
        return east, north
