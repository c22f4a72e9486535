"""Hours of a vessel that works at anchor, with everything that makes her position wrong.

What is wrong differs from hour to hour and stays as it is for the hour: a bias of the size of the receiver's floor,
the correlation time of its noise (5 to 60 minutes, each length as likely as the others on a logarithmic scale), the
slip of the tape, the error of the heading, where within its sweep the gear digs, how far she swings, and the
licence's corners. The receiver is honest about its noise and knows nothing of its bias. What is said of a mean is
held against the mean of the truth over the same minutes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, exp, hypot, log, pi, sin, sqrt

import numpy as np
from numpy.typing import NDArray

from agent.position.antenna import AntennaSettings, Gear
from agent.position.bound import ReceiverClass, floor_m
from agent.position.geodesy import LocalMetres
from agent.position.place import GearPlace, Places, PlaceSettings
from agent.position.track import Track
from agent.types import Fix, FixQuality, Heading

SECOND = 1_000_000_000
HOUR_S = 3600
DRMS2 = 2.0 * sqrt(2.0)  # the 95 % bound of two equal axes, in standard deviations of one
GRAB = Gear(forward_m=12.0, right_m=1.0, sweep_m=4.0)
PIPE = Gear(forward_m=12.0, right_m=1.0, sweep_m=0.0)  # a suction head on its frame: nothing to spare
SWING_S = 240.0

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Kit:
    name: str
    receiver: ReceiverClass
    quality: FixQuality
    noise_m: float  # one sigma of one axis
    heading: bool


@dataclass(frozen=True, slots=True)
class World:
    """How the receiver really is against what the product assumes of it.

    `bias` is a multiple of the floor of its class, `noise` of what it says of itself, `tau_s` from when to when its
    noise keeps its sign. The product assumes 1, 1 and at most an hour.
    """

    name: str = "as assumed"
    bias: float = 1.0
    noise: float = 1.0
    tau_s: tuple[float, float] = (300.0, 3600.0)


ASSUMED = World()
WORLDS = (
    World("no bias", bias=0.0),
    World("half the bias", bias=0.5),
    ASSUMED,
    World("bias x 1.5", bias=1.5),
    World("bias x 2", bias=2.0),
    World("bias x 3", bias=3.0),
    World("noise that keeps its sign for 2 to 6 h", tau_s=(7200.0, 21600.0)),
    World("noise that forgets within 10 s", tau_s=(5.0, 10.0)),
    World("noise x 1.5 of what is said", noise=1.5),
    World("noise x 2 of what is said", noise=2.0),
    World("bias x 2, noise x 1.5, 2 to 6 h", bias=2.0, noise=1.5, tau_s=(7200.0, 21600.0)),
)

KITS = (
    Kit("single GNSS", ReceiverClass.SINGLE_FREQUENCY, FixQuality.GNSS, 1.8, heading=False),
    Kit("single GNSS, heading", ReceiverClass.SINGLE_FREQUENCY, FixQuality.GNSS, 1.8, heading=True),
    Kit("dual-antenna heading", ReceiverClass.DUAL_FREQUENCY, FixQuality.GNSS, 1.0, heading=True),
    Kit("RTK + heading", ReceiverClass.RTK, FixQuality.RTK_FIXED, 0.015, heading=True),
)


@dataclass(frozen=True, slots=True)
class Moment:
    """The place that was said, how far it is off the truth, and how far east of it."""

    place: GearPlace
    off_m: float
    east_off_m: float

    @property
    def held(self) -> bool:
        return self.off_m <= self.place.error_m


def hour(
    kit: Kit,
    gear: Gear,
    chance: np.random.Generator,
    here: LocalMetres,
    every_s: int,
    world: World = ASSUMED,
) -> Iterator[Moment]:
    """One hour from the moment she stops; (0, 0) of `here` is what her gear swings about."""
    settings = PlaceSettings(kit.receiver, AntennaSettings(gear=gear))
    places, track = Places(settings), Track()
    tau_s = exp(chance.uniform(log(world.tau_s[0]), log(world.tau_s[1])))
    steps = HOUR_S // every_s
    noise = world.noise * kit.noise_m * np.stack([_wander(chance, steps, every_s / tau_s) for _ in range(2)])
    bias = chance.normal(0.0, world.bias * floor_m(kit.receiver, kit.quality) / DRMS2, 2)
    tape = chance.normal(0.0, gear.measured_m / DRMS2, 2)
    compass_deg = chance.normal(0.0, settings.antenna.heading_error_deg / 2.0)
    lies_deg, swing_m = chance.uniform(0.0, 360.0), chance.uniform(0.0, 5.0)
    turn, far_m = chance.uniform(0.0, 2 * pi), gear.sweep_m * sqrt(chance.uniform())
    digs_at = far_m * np.array([cos(turn), sin(turn)])
    truths: list[Floats] = []
    for step in range(steps):
        mono_ns = step * every_s * SECOND
        phase = sin(2 * pi * step * every_s / SWING_S)
        ahead_deg = lies_deg + 3.0 * swing_m * phase
        truth = _turned(0.0, swing_m * phase, lies_deg)  # of the gear
        truths.append(truth)
        lever = _turned(gear.forward_m + tape[0], gear.right_m + tape[1], ahead_deg)
        antenna = truth - lever - digs_at + bias + noise[:, step]
        lat, lon = here.degrees(float(antenna[0]), float(antenna[1]))
        if kit.heading:
            places.heard(Heading(mono_ns, (ahead_deg + compass_deg) % 360.0))
        fix = Fix(mono_ns, None, lat, lon, kit.quality, sog_kn=0.1, error_m=DRMS2 * kit.noise_m)
        place = places.step(fix, track.step(fix))
        assert place is not None
        east, north = here.metres(place.lat_deg, place.lon_deg)
        mean = np.mean(truths[-(round(place.mean_s) // every_s + 1) :], axis=0)
        yield Moment(place, hypot(east - mean[0], north - mean[1]), east - float(mean[0]))


def _turned(forward_m: float, right_m: float, ahead_deg: float) -> Floats:
    ahead = np.radians(ahead_deg)
    return np.array(
        [forward_m * sin(ahead) + right_m * cos(ahead), forward_m * cos(ahead) - right_m * sin(ahead)]
    )


def _wander(chance: np.random.Generator, steps: int, part: float) -> Floats:
    """First-order Gauss-Markov of standard deviation 1."""
    keep = exp(-part)
    push = chance.normal(0.0, sqrt(1.0 - keep * keep), steps)
    walk = np.empty(steps)
    value = chance.normal()
    for step in range(steps):
        walk[step] = value
        value = keep * value + push[step]
    return walk
