"""A vessel at work, or not, over minutes: every machine of a family, and what is easily taken for dredging.

The same scene as the film's (`onboard`), with hull, machine and barges of one family's yard, an hour and
weather that stay, and one plot. Truth is the cycle of the machine (`models.synth.cycle`) and what it is for.
"""

import math
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Literal, TypeAlias, get_args

import numpy as np

from models.synth import conditions
from models.synth.body import Body, Part
from models.synth.conditions import COLD, WARM, Air, Condition
from models.synth.cycle import CranePose, Site
from models.synth.families import VARIANTS, Yard
from models.synth.frame import Afloat, Camera, Lamp, Placed
from models.synth.light import Light
from models.synth.machines import barge, excavator, flag, grab_crane, pontoon
from models.synth.matrices import Matrix, Point, chain, moved, shift, turn
from models.synth.paint import Paint
from models.synth.scenes.onboard import OnBoard, Setting
from models.synth.shapes import box
from models.synth.track import Leg, Motion, afloat

Plot: TypeAlias = Literal[
    "grab", "excavator", "suction",  # dredging
    "unload", "level", "dip", "cargo",  # the same crane, not dredging
    "idle", "parked", "neighbour",  # no machine of hers moves
]  # fmt: skip
PLOTS: tuple[Plot, ...] = get_args(Plot)
DREDGING: frozenset[Plot] = frozenset(("grab", "excavator", "suction"))
MACHINE_WORKS: frozenset[Plot] = DREDGING | {"unload", "level", "dip", "cargo"}
STILL: frozenset[Plot] = frozenset(("idle", "parked", "neighbour"))
CRATE = Paint(150, 108, 62, gloss=0.1, grime=0.4)
HOLD_M = 1.3  # height of the sand in a hold over the water, where a grab bites when it unloads


@dataclass(frozen=True, slots=True)
class Cast:
    """What a sequence shows: everything else follows from the seed."""

    plot: Plot
    condition: Condition
    family: int
    seed: int
    length_s: float


def site_of(plot: Plot, rng: np.random.Generator) -> Site:
    """Where the machine takes and where it drops, and how long a cycle lasts (25 to 110 s)."""
    dig, dump = float(rng.uniform(34, 62)), float(rng.uniform(-64, -48))
    short, long = {"excavator": (25.0, 45.0)}.get(plot, (38.0, 105.0))
    spans = np.array((7.0, 15.0, 11.0, 6.0, 20.0))
    if plot == "excavator":
        spans = np.array((7.0, 4.5, 6.0, 4.0, 7.5))
    spans = spans * math.exp(float(rng.uniform(math.log(short), math.log(long)))) / spans.sum()
    site = Site(dig_slew_deg=dig, dump_slew_deg=dump, phase_s=tuple(float(span) for span in spans))  # type: ignore[arg-type]
    if plot == "excavator":
        return replace(site, bed_m=-3.0, carry_m=4.2)
    others: dict[Plot, dict[str, Any]] = {
        "unload": {
            "dig_slew_deg": dump,
            "dump_slew_deg": dig,
            "bed_m": HOLD_M,
            "carry_m": 5.0,
            "dump_m": 3.4,
        },
        "level": {"dig_slew_deg": dump + 10.0, "dump_slew_deg": dump - 9.0, "bed_m": HOLD_M, "dump_m": 2.4},
        "dip": {"dump_slew_deg": dig, "dump_m": 2.6},
        # From her own deck into the barge, as a stevedore works: no two lifts alike.
        "cargo": {"dig_slew_deg": 18.0, "bed_m": 2.2, "carry_m": 5.2, "dump_m": 3.0, "jitter": 0.3},
        # The grab hangs high, the boom as it worked.
        "parked": {"parked_boom_deg": site.boom_deg, "parked_m": 5.2},
    }
    return replace(site, **others.get(plot, {}))


def setting_of(cast: Cast, rng: np.random.Generator) -> Setting:
    river_deg = 135.0 + 180.0 * int(rng.integers(2))
    works = cast.plot in MACHINE_WORKS and cast.plot != "suction"
    leg = Leg("working", -240.0, cast.length_s + 240.0, river_deg + float(rng.uniform(-25, 25)))
    if not works:
        leg = replace(leg, kind="anchored")
    return Setting(
        start=datetime(2026, 5, 5, 3, tzinfo=UTC),
        lat_deg=10.26,
        lon_deg=105.58,
        seed=cast.seed,
        length_s=cast.length_s,
        legs=(leg,),
        river_deg=river_deg,
        reach=Yard(cast.family).shore(0)[0],
        camera_z_m=float(rng.uniform(5.8, 8.2)),
        camera_down_deg=float(rng.uniform(3.0, 9.0)),
        camera_right_deg=float(rng.uniform(-4.0, 8.0)),
        wide_deg=float(rng.uniform(78.0, 94.0)),
        site=site_of(cast.plot, rng),
    )


class Worked(OnBoard):
    """One sequence as a function of time."""

    def __init__(self, cast: Cast) -> None:
        rng = np.random.default_rng((cast.seed, cast.family))
        super().__init__(setting_of(cast, rng))
        self.cast = cast
        self.air: Air = conditions.air(cast.condition, rng)
        yard, variant = Yard(cast.family), int(rng.integers(VARIANTS))
        self._pontoon, self._crane = yard.pontoon(variant), yard.grab_crane(variant)
        self._deck, (self._digger, self._digger_build) = yard.deck_barge(variant), yard.excavator(variant)
        self._pump = yard.pump_boat(variant)
        self._barges = tuple(replace(yard.barge(variant), name=f"alongside.{k}") for k in range(2))
        self._filled = (float(rng.uniform(0.3, 0.6)),) * 2
        self._crew = tuple(replace(yard.person(k), name=f"crew.{k}") for k in range(4))
        self._flag = flag.build("flag", rng)
        self._crate = Body("crate", (Part("crate", box((1.6, 1.2, 1.2), (0.0, 0.0, -0.6), CRATE)),))
        shore = yard.shore(0)[1]
        moored = tuple(placed for placed in self._still if placed.body.name.startswith("moored"))[:8]
        self._still = tuple(Placed(body, np.eye(4), {}, distant=True) for body in shore) + moored
        near = cast.plot == "neighbour" or rng.random() < 0.25
        self._neighbours = self._neighbours[:1] if near else ()
        self._lamp_strength = float(np.exp(rng.uniform(np.log(12.0), np.log(40.0))))
        self._berth_y = -(self._beam_m() / 2 + barge.BEAM_M / 2 + 0.45)

    @property
    def lying(self) -> tuple[Body, ...]:
        """What hardly moves before her camera: her own hull, what is moored to it, banks and boats along them."""
        own = {"excavator": self._deck.body, "suction": self._pump.body}.get(self.cast.plot, self._pontoon)
        anchored = tuple(neighbour.hull for neighbour in self._neighbours)
        return (own, *self._barges, *anchored, *(placed.body for placed in self._still))

    def _beam_m(self) -> float:
        return {"excavator": self._deck.beam_m, "suction": self._pump.beam_m}.get(
            self.cast.plot, pontoon.BEAM_M
        )

    def _light(self, at_s: float) -> Light:
        del at_s
        return self.air.light

    def _lamps(self, hull: Matrix) -> tuple[Lamp, ...]:
        """Three deck lamps, where the hour asks for them; one where nothing works."""
        if not self.air.lamps_on:
            return ()
        made = []
        aims: tuple[tuple[Point, Point], ...] = (
            ((-3.6, 2.4, 5.2), (8.0, 1.0, 1.0)),
            ((-3.6, -1.6, 5.2), (12.0, -9.0, 1.0)),
            ((7.0, 0.6, 5.0), (14.0, 8.0, 0.0)),
        )
        for number, (at, to) in enumerate(aims[:1] if self.cast.plot in STILL else aims):
            start, end = moved(hull, at), moved(hull, to)
            way = np.array(end) - np.array(start)
            way /= np.linalg.norm(way)
            tint = WARM if number % 2 else COLD
            strength = (
                tint[0] * self._lamp_strength,
                tint[1] * self._lamp_strength,
                tint[2] * self._lamp_strength,
            )
            made.append(Lamp(start, (float(way[0]), float(way[1]), float(way[2])), 120.0, strength))
        return tuple(made)

    def _camera(self, hull: Matrix) -> Camera:
        chosen, plot = self.setting, self.cast.plot
        if plot == "excavator":
            at: Point = (-self._deck.length_m / 2 + 2.0, 0.5, chosen.camera_z_m - 0.4)
        elif plot == "suction":
            at = (-self._pump.length_m * 0.42, 0.3, self._pump.deck_m + chosen.camera_z_m * 0.6)
        else:
            at = (-9.4, 0.5, chosen.camera_z_m)
        mount = chain(shift(*at), turn("z", -chosen.camera_right_deg), turn("y", chosen.camera_down_deg))
        return Camera(hull @ mount, chosen.wide_deg, near_m=0.3)

    def _own(
        self, pose: CranePose, hull: Matrix, at_s: float, alongside: tuple[Placed, ...]
    ) -> tuple[Placed, ...]:
        if self.cast.plot == "suction":
            return (Placed(self._pump.body, hull, self._jet(at_s)),)
        if self.cast.plot == "excavator":
            stand = chain(hull, shift(self._deck.stand_x_m, 0, self._deck.deck_m + 0.16))
            joints = excavator.pose(self._digger_build, stance(pose, self.setting.site))
            return Placed(self._deck.body, hull, {}), Placed(self._digger, stand, joints)
        if self.cast.plot == "unload":
            swing = (0.25 * math.sin(at_s * 1.05), 0.3 * math.sin(at_s * 1.05 + 1.2))
            joints = grab_crane.pose(pose, deck_m=pontoon.DECK_M, swing=swing, ground_m=1.6)
            stand = chain(hull, shift(pontoon.CRANE_X, 0, pontoon.DECK_M))
            return Placed(self._pontoon, hull, pontoon.pose(moored=True)), Placed(self._crane, stand, joints)
        if self.cast.plot == "cargo":
            return self._lifting(pose, hull, at_s)
        shown = super()._own(pose, hull, at_s, alongside)
        if self.cast.plot in STILL:
            shown = (
                *shown,
                Placed(self._flag, chain(hull, shift(6.0, 3.6, pontoon.DECK_M)), flag.pose(at_s)),
            )
        return shown

    def _lifting(self, pose: CranePose, hull: Matrix, at_s: float) -> tuple[Placed, ...]:
        """The crane with a crate on its rope in place of the grab."""
        swing = (0.25 * math.sin(at_s * 1.05), 0.3 * math.sin(at_s * 1.05 + 1.2))
        joints = dict(grab_crane.pose(pose, deck_m=pontoon.DECK_M, swing=swing, ground_m=1.6))
        hook, joints["grab"] = joints["grab"], None
        stand = chain(hull, shift(pontoon.CRANE_X, 0, pontoon.DECK_M))
        shown = (Placed(self._pontoon, hull, pontoon.pose(moored=True)), Placed(self._crane, stand, joints))
        loaded = hook is not None and pose.load_share > 0.3
        return (*shown, Placed(self._crate, stand @ hook, {})) if hook is not None and loaded else shown

    def _jet(self, at_s: float) -> dict[str, Matrix | None]:
        """The slurry pulses and wavers at the mouth."""
        mouth = self._pump.mouth
        waver = turn("x", 2.5 * math.sin(at_s * 5.1) + 1.5 * math.sin(at_s * 8.7 + 1.0))
        back = (-mouth[0], -mouth[1], -mouth[2])
        return {"jet": chain(shift(*mouth), waver, shift(*back))}

    def _people(self, at_s: float, hull: Matrix) -> list[Placed]:
        """The crew walks about on a pontoon; a pump boat has no room for their rounds."""
        return [] if self.cast.plot == "suction" else super()._people(at_s, hull)

    def _splash(self, pose: CranePose, hull: Matrix) -> tuple[float, float, float]:
        wet = self.cast.plot in ("grab", "dip")
        return super()._splash(pose, hull) if wet else (0.0, 0.0, 0.0)

    def _alongside(self, at_s: float, motion: Motion) -> tuple[tuple[Placed, ...], tuple[Afloat, ...]]:
        """Barges lie there the whole time: one to starboard, a second to port where sand is handed over."""
        if self.cast.plot in STILL and self.cast.seed % 2:
            return (), ()
        placed, hulls = [], []
        berth = afloat(motion, at_s, lively=0.0)
        sides = (-1.0, 1.0) if self.cast.plot == "unload" else (-1.0,)
        for number, side in enumerate(sides):
            root = chain(berth, shift(9.0, -side * self._berth_y, 0), turn("x", 0.25 * math.sin(at_s * 0.8)))
            x, y, _ = moved(root, (0.0, 0.0, 0.0))
            grown = min(1.0, self._filled[number] + 0.0006 * at_s)
            placed.append(Placed(self._barges[number], root, barge.pose(grown)))
            hulls.append(Afloat(x, y, motion.turned_deg, barge.LENGTH_M / 2, barge.BEAM_M / 2, 0.0))
        return tuple(placed), tuple(hulls)


def stance(at: CranePose, site: Site) -> excavator.Stance:
    """The excavator's joints for a pose of the cycle: the boom lifts, the stick draws in, the bucket curls."""
    raised = min(1.0, max(0.0, (at.grab_m - site.bed_m) / (site.carry_m - site.bed_m)))
    return excavator.Stance(
        slew_deg=at.slew_deg,
        boom_deg=-12.0 + 50.0 * raised,
        stick_deg=-64.0 - 36.0 * (1.0 - at.open_share),
        bucket_deg=-10.0 + 95.0 * (1.0 - at.open_share),
        load_share=at.load_share,
    )
