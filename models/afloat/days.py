"""Days of one vessel as her own camera sees them: stills at any hour, in the weather of that hour.

The hull, her machine, the camera and its lens stay; the place, the other vessels, clouds, rain, lamps and the barge
alongside change from day to day and within the day. A still does not depend on the ones before it.
"""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from models.synth import faults
from models.synth.cycle import CranePose, parked
from models.synth.families import split_of
from models.synth.frame import Afloat, Placed
from models.synth.gl import Stage
from models.synth.lens import Lens
from models.synth.light import Light, Weather, light
from models.synth.scenes.worked import Cast, Worked
from models.synth.sun import Sun, stands
from models.synth.track import Motion

Picture: TypeAlias = NDArray[np.uint8]
Sky: TypeAlias = Literal["clear", "cloudy", "haze", "rain"]
SKIES: tuple[Sky, ...] = ("clear", "cloudy", "haze", "rain")
OFTEN = (0.3, 0.35, 0.15, 0.2)
LAT_DEG, LON_DEG = 10.26, 105.58
DAY_S = 86400.0
SCENE_S = 1200.0  # traffic and work repeat after so long within a day; light and weather do not
BLOCK_S = 3 * 3600.0  # the weather holds so long
LAMPS_DEG = -1.0  # the deck is lit from this height of the sun


@dataclass(frozen=True, slots=True)
class Moment:
    """What is the case at one moment of a day."""

    utc: datetime
    sun: Sun
    sky: Sky
    works: bool
    alongside: bool
    lamps: bool


class Day(Worked):
    """Day `number` of the vessel `hull` of a family's yard; `first` is its midnight, local time (UTC+7)."""

    def __init__(self, family: int, hull: int, number: int, first: datetime | None = None) -> None:
        super().__init__(Cast("grab", "day", family, 7919 * hull + number + 1, SCENE_S))
        self.family, self.hull = family, hull
        self.midnight = (first or datetime(2026, 3, 1, 17, tzinfo=UTC)) + timedelta(days=number)
        own = Worked(Cast("grab", "day", family, 7919 * hull, 60.0))
        self._pontoon, self._crane, self._crew = own._pontoon, own._crane, own._crew  # noqa: SLF001 (one family)
        camera = ("camera_z_m", "camera_down_deg", "camera_right_deg", "wide_deg", "site")
        self.setting = replace(self.setting, **{name: getattr(own.setting, name) for name in camera})
        rng = np.random.default_rng((7, family, hull, number))
        blocks = round(DAY_S / BLOCK_S)
        self._skies = [SKIES[k] for k in rng.choice(len(SKIES), size=blocks, p=OFTEN)]
        self._clouds, self._sight_m = rng.uniform(0.1, 0.8, blocks), np.exp(rng.uniform(8.3, 10.0, blocks))
        self._begins_h, self._ends_h = rng.uniform(6.5, 9.0), rng.uniform(15.0, 18.5)
        self._idle = bool(rng.random() < 0.2)  # a day without work
        self._lit = bool(rng.random() < 0.8)  # a night with lamps
        self._glow = float(rng.uniform(0.1, 0.8))
        self._moment = self.moment(0.0)
        lens = np.random.default_rng((8, family, hull))
        self._lens = Lens(
            bloom=float(lens.uniform(0.1, 0.3)),
            contrast=float(lens.uniform(0.9, 1.2)),
            colour=float(lens.uniform(0.7, 1.2)),
            vignette=float(lens.uniform(0.05, 0.4)),
            softness_px=float(lens.uniform(0.2, 0.5)),
            noise=0.0,
        )

    def moment(self, second: float) -> Moment:
        """What is the case so many seconds after midnight."""
        utc = self.midnight + timedelta(seconds=second)
        sun = stands(utc, LAT_DEG, LON_DEG)
        hour = second / 3600.0
        works = not self._idle and self._begins_h <= hour < self._ends_h and not 11.5 <= hour < 12.5
        # A barge for fifty minutes of each working hour and a quarter.
        alongside = works and (second % 4500.0) < 3000.0
        sky = self._skies[int(second // BLOCK_S) % len(self._skies)]
        return Moment(utc, sun, sky, works, alongside, self._lit and sun.elevation_deg < LAMPS_DEG)

    def picture(self, stage: Stage, second: float) -> Picture:
        """The still at that second of the day, RGB, as the recorder keeps it."""
        moment = self._moment = self.moment(second)
        self.air = replace(self.air, lamps_on=moment.lamps)
        rng = np.random.default_rng((9, self.family, self.hull, round(self.midnight.timestamp() + second)))
        drawn = stage.picture(self.frame(second % SCENE_S))
        dark = moment.sun.elevation_deg < -4.0
        worn = faults.Faults(
            rain=float(rng.uniform(0.2, 0.9)) if moment.sky == "rain" else 0.0,
            coded=float(rng.uniform(0.1, 0.6)),
            lens=replace(self._lens, noise=5.0 if dark else 1.5),
        )
        return faults.spoilt(worn, drawn, rng)

    def crane_pose(self, at_s: float) -> CranePose:
        return super().crane_pose(at_s) if self._moment.works else parked(self.setting.site)

    def _alongside(self, at_s: float, motion: Motion) -> tuple[tuple[Placed, ...], tuple[Afloat, ...]]:
        return super()._alongside(at_s, motion) if self._moment.alongside else ((), ())

    def _light(self, at_s: float) -> Light:
        del at_s
        moment, ahead_deg = self._moment, self.track.ahead_deg
        block = int((moment.utc - self.midnight).total_seconds() // BLOCK_S) % len(self._skies)
        clouds, sight_m = float(self._clouds[block]), float(self._sight_m[block])
        if moment.sky == "haze":
            sight_m = min(sight_m, 1500.0)
        given = light(moment.sun, ahead_deg, Weather(clouds, sight_m))
        kept = {"clear": 1.0, "cloudy": 0.35, "haze": 0.6, "rain": 0.05}[moment.sky]
        given = replace(
            given,
            sun=_times(given.sun, kept),
            cloud_share=1.0 if moment.sky == "rain" else given.cloud_share,
            exposure=given.exposure * (1.3 - 0.3 * kept),
        )
        if moment.sun.elevation_deg >= -4.0:
            return given
        return replace(
            given,
            zenith=_times(given.zenith, self._glow),
            horizon_away=_times(given.horizon_away, self._glow),
            horizon_sunward=_times(given.horizon_sunward, self._glow),
        )


def _times(colour: tuple[float, float, float], factor: float) -> tuple[float, float, float]:
    return colour[0] * factor, colour[1] * factor, colour[2] * factor


HELD_OUT = tuple(family for family in range(40) if split_of(family) == "test")
