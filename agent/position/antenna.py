"""From the antenna to the bucket.

The antenna stands on the wheelhouse, the sand is taken a boom's length away. A technician measures where the
gear goes into the water, seen from the antenna along the hull, and how far it comes from there as the crane
slews. With a heading the place of the gear follows; without one it is somewhere within its reach of the
antenna, and the bound grows by the whole reach. Where nothing was measured, 20 m are taken for the reach.

A heading comes from the receiver (HDT: two antennas, or a compass behind the same talker). Under way the course
stands in for it: a hull goes roughly where it points. Lying still it has no course, and the last one is no
heading any more.
"""

from dataclasses import dataclass
from math import cos, hypot, radians, sin
from typing import Final

from agent.position.snapshot import state_from_json, state_json
from agent.types import Fix, Heading, Json, Reason

_NS: Final = 1_000_000_000
REACH_UNMEASURED_M: Final = 20.0
"""Booms on the river reach 10 to 20 m (not measured by us); the farther one is taken."""
HEADING_OLD_S: Final = 3.0
UNDER_WAY_KN: Final = 2.0
COURSE_ERROR_DEG: Final = 20.0
"""95 %: what a hull crabs against stream and wind, and the noise of the course at 2 kn."""
ONE_LINE: Final = 1.25
"""An error that is all in one line passes its 95 % bound once in 20 times; this makes it once in 70, as the others."""


@dataclass(frozen=True, slots=True)
class Gear:
    """Where bucket or suction head works, in metres from the antenna; `measured_m` is the error of the tape (95 %)."""

    forward_m: float
    right_m: float
    sweep_m: float
    measured_m: float = 0.3

    @property
    def arm_m(self) -> float:
        return hypot(self.forward_m, self.right_m)

    @property
    def reach_m(self) -> float:
        """The farthest the gear comes from the antenna, whichever way the hull lies."""
        return self.arm_m + self.sweep_m


@dataclass(frozen=True, slots=True)
class Lever:
    """The way from the antenna to the gear at one moment.

    `random_m` is an error like others; within `slack_m` the gear may be anywhere, so it is added whole.
    """

    east_m: float
    north_m: float
    random_m: float
    slack_m: float
    notes: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class AntennaSettings:
    """`gear` None: never measured. `fitted` False: a vessel without gear, the antenna itself is meant."""

    gear: Gear | None = None
    fitted: bool = True
    heading_offset_deg: float = 0.0  # added to HDT: how the two antennas stand against the hull
    heading_error_deg: float = 2.0  # 95 %


@dataclass(slots=True)
class _State:
    heading: Heading | None = None


class Antenna:
    """Takes every heading; asked at every fix."""

    def __init__(self, settings: AntennaSettings | None = None) -> None:
        self._settings = settings or AntennaSettings()
        self._state = _State()
        self._unknown = _unknown(self._settings)

    def heard(self, heading: Heading) -> None:
        self._state.heading = heading

    def lever(self, fix: Fix) -> Lever:
        """The way to the gear at this fix."""
        gear = self._settings.gear
        if gear is None:
            return self._unknown
        heading = self._state.heading
        if heading is not None and 0 <= fix.mono_ns - heading.mono_ns <= HEADING_OLD_S * _NS:
            hull_deg = heading.heading_deg + self._settings.heading_offset_deg
            return _turned(gear, hull_deg, self._settings.heading_error_deg)
        if fix.cog_deg is not None and fix.sog_kn is not None and fix.sog_kn >= UNDER_WAY_KN:
            return _turned(gear, fix.cog_deg, COURSE_ERROR_DEG)
        return self._unknown

    def snapshot(self) -> Json:
        return state_json(self._state)

    def restore(self, data: Json) -> None:
        self._state = state_from_json(_State, data)


def _turned(gear: Gear, hull_deg: float, error_deg: float) -> Lever:
    ahead, turn = radians(hull_deg), radians(error_deg)
    east_m = gear.forward_m * sin(ahead) + gear.right_m * cos(ahead)
    north_m = gear.forward_m * cos(ahead) - gear.right_m * sin(ahead)
    swung_m = ONE_LINE * 2.0 * gear.arm_m * sin(turn / 2.0)
    return Lever(east_m, north_m, hypot(gear.measured_m, swung_m), gear.sweep_m)


def _unknown(settings: AntennaSettings) -> Lever:
    gear = settings.gear
    if not settings.fitted:
        return Lever(0.0, 0.0, 0.0, 0.0)
    if gear is None:
        note = Reason("gear_unmeasured", {"reach_m": REACH_UNMEASURED_M})
        return Lever(0.0, 0.0, 0.0, REACH_UNMEASURED_M, (note,))
    note = Reason("heading_unknown", {"reach_m": round(gear.reach_m, 1)})
    return Lever(0.0, 0.0, gear.measured_m, gear.reach_m, (note,))
