"""How far beyond a boundary a kit can prove a vessel to be: the bound of the rules, for receivers under open sky.

The figures are made by the stages that judge (`agent.position.place`, `agent.licence.rules`), fed with a vessel that
lies still and a receiver that says what such receivers say.
"""

from dataclasses import dataclass
from typing import Final

from agent.licence.by_licence import distance_error_m
from agent.position.antenna import AntennaSettings, Gear
from agent.position.bound import ReceiverClass
from agent.position.place import Places, PlaceSettings
from agent.position.track import Track
from agent.types import Fix, FixQuality, Heading

_NS: Final = 1_000_000_000
_AT_REST_S: Final = 3600
_EVERY_S: Final = 10
TYPICAL_GEAR: Final = Gear(forward_m=12.0, right_m=0.0, sweep_m=4.0)
"""A small crane barge, made up: the wheelhouse aft, the grab over the bow."""


@dataclass(frozen=True, slots=True)
class Kit:
    """`stated_m` is the 95 % figure such a receiver gives of itself with a good sky."""

    name: str
    receiver: ReceiverClass
    quality: FixQuality
    stated_m: float
    heading: bool


KITS: Final = (
    # HDOP 0.9 and no GST, by hw.epoch_error: 2 x 0.9 x 4 m, 2 m, 0.4 m and 0.03 m
    Kit("single GNSS, no heading", ReceiverClass.SINGLE_FREQUENCY, FixQuality.GNSS, 7.2, heading=False),
    Kit(
        "single GNSS, SBAS, no heading", ReceiverClass.SINGLE_FREQUENCY, FixQuality.DGNSS, 3.6, heading=False
    ),
    Kit("dual antenna, heading", ReceiverClass.DUAL_FREQUENCY, FixQuality.DGNSS, 3.6, heading=True),
    Kit("RTK float, heading", ReceiverClass.RTK, FixQuality.RTK_FLOAT, 0.72, heading=True),
    Kit("RTK fixed, heading", ReceiverClass.RTK, FixQuality.RTK_FIXED, 0.054, heading=True),
)


@dataclass(frozen=True, slots=True)
class Provable:
    """The smallest distance beyond a boundary that is more than its error: of one fix, and after an hour at rest."""

    kit: Kit
    at_once_m: float
    at_rest_m: float


def provable(kit: Kit, gear: Gear | None, heading_error_deg: float = 2.0) -> Provable:
    """What a kit proves; `gear` None is a lever arm nobody measured."""
    antenna = AntennaSettings(gear=gear, heading_error_deg=heading_error_deg)
    places, track = Places(PlaceSettings(kit.receiver, antenna)), Track()
    bounds: list[float] = []
    for second in range(0, _AT_REST_S + 1, _EVERY_S):
        if kit.heading:
            places.heard(Heading(second * _NS, 0.0))
        fix = Fix(second * _NS, None, 10.26, 105.57, kit.quality, sog_kn=0.0, error_m=kit.stated_m)
        place = places.step(fix, track.step(fix))
        if place is not None:
            bounds.append(distance_error_m(place.error_m))
    return Provable(kit, bounds[0], bounds[-1])


def budget(gear: Gear | None, heading_error_deg: float = 2.0) -> list[Provable]:
    """All kits with the same gear."""
    return [provable(kit, gear, heading_error_deg) for kit in KITS]
