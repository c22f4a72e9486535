"""The view of a camera on the wheelhouse of a grab-crane pontoon: own deck, crane, grab, the barge alongside."""

import math
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from models.synth.cycle import CranePose, Phase, Site, Spell, ease, parked
from models.synth.frame import Afloat, Camera, Frame, Lamp, Placed, River
from models.synth.light import Light, Weather, light
from models.synth.machines import barge, grab_crane, person, pontoon
from models.synth.matrices import Matrix, chain, moved, shift, turn
from models.synth.river import banks
from models.synth.river.banks import Reach
from models.synth.scenes.traffic import Drift, Neighbour, moored, passing
from models.synth.sun import stands
from models.synth.track import Leg, Motion, Track, afloat

BERTH = (11.5, -(pontoon.BEAM_M / 2 + barge.BEAM_M / 2 + 0.45))
COMES_S, GOES_S = 60.0, 80.0  # a barge's way to the berth and from it
LOADS = 26.0  # bucket loads that fill what is still free in a hold


@dataclass(frozen=True, slots=True)
class Setting:
    """Place, time and weather of a scene."""

    start: datetime
    lat_deg: float
    lon_deg: float
    seed: int
    length_s: float
    legs: tuple[Leg, ...]
    river_deg: float = 135.0  # true bearing of the reach, downstream
    weather: Weather = field(default_factory=Weather)
    reach: Reach = field(default_factory=Reach)
    camera_z_m: float = 6.7
    camera_down_deg: float = 6.5
    camera_right_deg: float = 3.5
    wide_deg: float = 80.0
    site: Site = field(default_factory=Site)


class OnBoard:
    """The whole scene as a function of time."""

    current_mps = -0.55  # the tide runs in, against the river's own way

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        seeds = np.random.SeedSequence(setting.seed).spawn(6)
        own, crane, river, others, barges, crew = (np.random.default_rng(seed) for seed in seeds)
        self.track = Track(setting.legs, setting.length_s, setting.river_deg)
        self.spells = tuple(
            Spell(leg.from_s, leg.to_s, setting.seed + number, setting.site)
            for number, leg in enumerate(setting.legs)
            if leg.kind == "working"
        )
        self.reach = setting.reach
        self._pontoon, self._crane = pontoon.build("own.pontoon", own), grab_crane.build("own.crane", crane)
        self._barges = tuple(barge.build(f"alongside.{k}", barges) for k in range(len(self.spells)))
        self._filled = tuple(float(barges.uniform(0.35, 0.5)) for _ in self.spells)
        self._crew = tuple(person.build(f"crew.{k}", crew) for k in range(4))
        self._still = tuple(
            Placed(body, np.eye(4), {}, distant=True) for body in banks.build(self.reach, river)
        ) + moored(self.reach, others)
        self._passing = passing(others, setting.length_s, self._berth())
        at = self._berth()
        self._neighbours = tuple(
            Neighbour(
                f"neighbour.{k}", at[0] + along, at[1] + off, heading, setting.length_s, setting.seed + 50 + k
            )
            for k, (along, off, heading) in enumerate(((300.0, 62.0, 12.0), (560.0, -40.0, -20.0)))
        )
        self._drift = Drift(river)

    def _berth(self) -> tuple[float, float]:
        """Where she lies when the first spell of work begins, or at the start."""
        motion = self.track.at(self.spells[0].from_s + 20.0 if self.spells else 0.0)
        return motion.x, motion.y

    def crane_pose(self, at_s: float) -> CranePose:
        for spell in self.spells:
            if spell.from_s <= at_s <= spell.to_s:
                return spell.pose(at_s)
        return parked(self.setting.site)

    def phase(self, at_s: float) -> Phase:
        return self.crane_pose(at_s).phase

    def frame(self, at_s: float) -> Frame:
        motion, pose = self.track.at(at_s), self.crane_pose(at_s)
        weight = 0.5 + pose.load_share * min(1.0, max(0.0, pose.grab_m + 1.0))
        leaning = math.radians(pose.slew_deg)
        hull = afloat(
            motion,
            at_s,
            list_deg=-0.55 * weight * math.sin(leaning),
            trim_deg=0.35 * weight * math.cos(leaning),
        )
        alongside, hulls = self._alongside(at_s, motion)
        own = Afloat(
            motion.x,
            motion.y,
            motion.turned_deg,
            pontoon.LENGTH_M / 2,
            pontoon.BEAM_M / 2,
            motion.sog_mps * 0.5,
        )
        crossing, wakes = self._crossing(at_s, motion)
        neighbours = [placed for neighbour in self._neighbours for placed in neighbour.placed(at_s)]
        return Frame(
            camera=self._camera(hull),
            light=self._light(at_s),
            river=River(
                at_s,
                0.6,
                (self.current_mps, 0.0),
                (own, *hulls, *wakes, *(n.afloat for n in self._neighbours)),
                self._splash(pose, hull),
            ),
            placed=(
                *self._own(pose, hull, at_s, alongside),
                *alongside,
                *self._people(at_s, hull),
                *crossing,
                *neighbours,
                *self._drift.placed(at_s, self.current_mps, (motion.x, motion.y)),
                *self._still,
            ),
            middle=moved(hull, (8.0, -3.0, 3.0)),
            deck_m=pontoon.DECK_M,
            lamps=self._lamps(hull),
        )

    def _light(self, at_s: float) -> Light:
        sun = stands(self.setting.start + timedelta(seconds=at_s), self.setting.lat_deg, self.setting.lon_deg)
        return light(sun, self.track.ahead_deg, self.setting.weather)

    def _lamps(self, hull: Matrix) -> tuple[Lamp, ...]:
        del hull
        return ()

    def _own(
        self, pose: CranePose, hull: Matrix, at_s: float, alongside: tuple[Placed, ...]
    ) -> tuple[Placed, ...]:
        """Her hull and what stands on it."""
        lies = self.track.leg(at_s).kind != "under_way"
        return (
            Placed(self._pontoon, hull, pontoon.pose(moored=lies)),
            *self._own_crane(pose, hull, at_s, alongside),
        )

    def _camera(self, hull: Matrix) -> Camera:
        chosen = self.setting
        mount = chain(
            shift(-9.4, 0.5, chosen.camera_z_m),
            turn("z", -chosen.camera_right_deg),
            turn("y", chosen.camera_down_deg),
        )
        return Camera(hull @ mount, chosen.wide_deg)

    def _own_crane(
        self, pose: CranePose, hull: Matrix, at_s: float, alongside: tuple[Placed, ...]
    ) -> tuple[Placed, ...]:
        over_hold = bool(alongside) and pose.phase is Phase.DUMP
        swing = (0.25 * math.sin(at_s * 1.05), 0.3 * math.sin(at_s * 1.05 + 1.2))
        joints = grab_crane.pose(pose, deck_m=pontoon.DECK_M, swing=swing, ground_m=1.6 if over_hold else 0.0)
        return (Placed(self._crane, chain(hull, shift(pontoon.CRANE_X, 0, pontoon.DECK_M)), joints),)

    def _splash(self, pose: CranePose, hull: Matrix) -> tuple[float, float, float]:
        """Strong while the grab breaks the surface, weak while its ropes run into it, fading as it drips."""
        x, y, _ = grab_crane.tip_of(pose)
        at = moved(hull, (x + pontoon.CRANE_X, y, 0.0))
        height = pose.grab_m
        if height > 2.6 or pose.phase in (Phase.DUMP, Phase.SWING):
            return (at[0], at[1], 0.0)
        strength = (
            ease((2.6 - height) / 2.0)
            if height > 0.2
            else max(0.25, 1.0 + (height + 1.5) / 3.0 if height < -1.5 else 1.0)
        )
        return at[0], at[1], min(1.0, strength)

    def _alongside(self, at_s: float, motion: Motion) -> tuple[tuple[Placed, ...], tuple[Afloat, ...]]:
        """The barge at the berth, or on its way from or to astern, where the camera does not see it."""
        berth = afloat(motion, at_s, lively=0.0)
        for number, spell in enumerate(self.spells):
            before, after = spell.from_s + 45.0 - at_s, at_s - spell.to_s + 15.0
            if before > COMES_S or after > GOES_S:
                continue
            away = max(ease(before / COMES_S), ease(after / GOES_S) if after > 0 else 0.0)
            fill = min(1.0, self._filled[number] + (1.0 - self._filled[number]) * spell.loads(at_s) / LOADS)
            root = chain(
                berth,
                shift(BERTH[0] - 70.0 * away, BERTH[1] - 14.0 * ease(away * 2.0), 0),
                turn("z", -5.0 * math.sin(math.pi * away)),
                turn("x", 0.25 * math.sin(at_s * 0.8)),
            )
            x, y, _ = moved(root, (0.0, 0.0, 0.0))
            hull = Afloat(
                x, y, motion.turned_deg, barge.LENGTH_M / 2, barge.BEAM_M / 2, 1.5 * math.sin(math.pi * away)
            )
            return (Placed(self._barges[number], root, barge.pose(fill)),), (hull,)
        return (), ()

    def _people(self, at_s: float, hull: Matrix) -> list[Placed]:
        deck = pontoon.DECK_M
        stroll = 0.5 + 0.5 * math.sin(at_s / 9.0)
        walker = chain(
            shift(-2.5 + 9.0 * stroll, 4.1, deck), turn("z", 0.0 if math.cos(at_s / 9.0) > 0 else 180.0)
        )
        poses = [
            person.walking(walker, at_s),
            person.standing(
                chain(shift(13.4, -3.6, deck), turn("z", -70.0 + 15 * math.sin(at_s / 13.0))),
                at_s,
                busy=1.0 if math.sin(at_s / 21.0) > 0 else 0.1,
            ),
            person.standing(
                chain(shift(2.2, 1.5, deck), turn("z", 40.0 + 60.0 * math.sin(at_s / 31.0))),
                at_s + 3.0,
                busy=0.2,
            ),
            person.standing(
                chain(shift(0.8, -3.4, deck), turn("z", -120.0)),
                at_s + 7.0,
                busy=0.7 if math.sin(at_s / 17.0 + 2) > 0 else 0.0,
            ),
        ]
        return [Placed(body, hull, pose) for body, pose in zip(self._crew, poses, strict=True)]

    def _crossing(self, at_s: float, motion: Motion) -> tuple[list[Placed], list[Afloat]]:
        """Vessels within sight; the nearest five trouble the water."""
        seen: list[tuple[float, Placed, Afloat]] = []
        for vessel in self._passing:
            x, y, heading = vessel.place(at_s, self.reach)
            y = motion.y + _clear(x - motion.x, y - motion.y, vessel.side)
            if -80 < x - motion.x < 1100:
                root = chain(
                    shift(x, y, 0), turn("z", heading), turn("x", 0.8 * math.sin(at_s * 1.1 + vessel.x))
                )
                wake = Afloat(x, y, heading, vessel.half_length_m, vessel.half_beam_m, abs(vessel.speed_mps))
                off = math.hypot(x - motion.x, y - motion.y)
                seen.append((off, Placed(vessel.body, root, vessel.pose, distant=off > 130.0), wake))
        seen.sort(key=lambda row: row[0])
        return [placed for _, placed, _ in seen], [wake for _, _, wake in seen[:4]]


def _clear(ahead_m: float, off_m: float, side: float) -> float:
    """The sideways distance of a passing vessel, kept on her side and from running the camera's down."""
    least = 34.0 * ease((170.0 - abs(ahead_m)) / 100.0)
    return side * max(side * off_m, least)
