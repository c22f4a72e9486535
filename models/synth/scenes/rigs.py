"""Vessels at work as one thing: machine, hull, barge alongside, crew, places for a camera and for lamps."""

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from models.synth.body import Body, Pose
from models.synth.cycle import Phase, Site, Spell, parked
from models.synth.families import VARIANTS, Yard
from models.synth.frame import Afloat, Placed
from models.synth.machines import barge, excavator, grab_crane, person, pontoon
from models.synth.matrices import IDENTITY, Matrix, Point, chain, moved, shift, stretch, turn

Spot = tuple[float, float, float]


@dataclass(slots=True, eq=False)
class Rig:
    """What stands on the water around `root`. Mounts are camera places in the world, lamps stand at (from, to)."""

    root: Matrix
    name: str
    placed: list[Placed] = field(default_factory=list)
    hulls: list[Afloat] = field(default_factory=list)
    mounts: list[Matrix] = field(default_factory=list)
    lamps: list[tuple[Point, Point]] = field(default_factory=list)
    splash: tuple[float, float, float] = (0.0, 0.0, 0.0)

    def add(self, part: str, body: Body, at: Matrix, pose: Pose) -> None:
        self.placed.append(Placed(replace(body, name=f"{self.name}.{part}"), self.root @ at, pose))

    def afloat(self, at: Matrix, length_m: float, beam_m: float, speed_mps: float = 0.0) -> None:
        x, y, _ = moved(self.root @ at, (0, 0, 0))
        ahead = (self.root @ at)[:2, 0]
        heading = math.degrees(math.atan2(ahead[1], ahead[0]))
        self.hulls.append(Afloat(x, y, heading, length_m / 2, beam_m / 2, speed_mps))

    def mount(self, at: Point, turned_deg: float, down_deg: float) -> None:
        placed = chain(self.root, shift(*at), turn("z", turned_deg), turn("y", down_deg))
        left, _, right = np.linalg.svd(placed[:3, :3])
        placed[:3, :3] = left @ right  # a camera is turned with a scaled hull, never stretched
        self.mounts.append(placed)

    def lamp(self, at: Point, to: Point) -> None:
        self.lamps.append((moved(self.root, at), moved(self.root, to)))

    def crew(
        self, yard: Yard, rng: np.random.Generator, area: tuple[float, float, float, float], deck_m: float
    ) -> None:
        """Up to four people standing, hauling or walking within x0, x1, y0, y1."""
        for number in range(int(rng.integers(0, 5))):
            at = chain(
                shift(float(rng.uniform(*area[:2])), float(rng.uniform(*area[2:])), deck_m),
                turn("z", float(rng.uniform(0, 360))),
            )
            moment = float(rng.uniform(0, 60))
            stance = (
                person.walking(at, moment)
                if rng.random() < 0.4
                else person.standing(at, moment, busy=float(rng.random()))
            )
            body = yard.person(int(rng.integers(8)))
            self.add(f"person.{number}.{len(self.placed)}", body, IDENTITY, stance)


def grab(yard: Yard, rng: np.random.Generator, root: Matrix, name: str) -> Rig:
    """A grab crane on its pontoon, at a moment of its cycle or parked, mostly with a barge alongside."""
    variant = int(rng.integers(VARIANTS))
    size = yard.proportion("grab", variant, 0.8, 1.12)
    tall = yard.proportion("grab tall", variant, 0.88, 1.15)
    rig = Rig(root @ stretch(size, size, size * tall), name)
    site = Site(
        dig_slew_deg=float(rng.uniform(15, 100)),
        dump_slew_deg=float(rng.uniform(-75, -40)),
        boom_deg=float(rng.uniform(36, 60)),
    )
    spell = Spell(0.0, 400.0, int(rng.integers(1 << 30)), site)
    at = parked(site) if rng.random() < 0.18 else spell.pose(float(rng.uniform(20, 380)))
    if rng.random() < 0.8 and at.phase is Phase.DIG:  # mostly under water: seldom worth a picture
        at = spell.pose(spell.cycles[1].ends_s[1] - float(rng.uniform(0.5, 6)))
    rig.add("pontoon", yard.pontoon(variant), IDENTITY, pontoon.pose(moored=True))
    swing = (float(rng.normal(0, 0.3)), float(rng.normal(0, 0.3)))
    rig.add(
        "crane",
        yard.grab_crane(variant),
        shift(pontoon.CRANE_X, 0, pontoon.DECK_M),
        grab_crane.pose(at, deck_m=pontoon.DECK_M, swing=swing, ground_m=1.6),
    )
    rig.afloat(IDENTITY, pontoon.LENGTH_M * size, pontoon.BEAM_M * size)
    tip = grab_crane.tip_of(at)
    wet = moved(rig.root, (tip[0] + pontoon.CRANE_X, tip[1], 0.0))
    if at.grab_m < 2.2 and at.phase in (Phase.HOIST, Phase.DIG, Phase.RETURN):
        rig.splash = (wet[0], wet[1], 0.8)
    if rng.random() < 0.85:
        _barge(rig, yard, rng, -(pontoon.BEAM_M / 2 + 0.45), float(rng.uniform(2, 13)))
    rig.crew(yard, rng, (-2.5, 15.0, -4.0, 4.2), pontoon.DECK_M)
    rig.mount(
        (-9.4, 0.5 + float(rng.normal(0, 0.5)), float(rng.uniform(5.8, 8.5))),
        float(rng.uniform(-14, 8)),
        float(rng.uniform(3, 13)),
    )
    rig.mount(
        (-13.0, float(rng.uniform(-1.2, 1.2)), float(rng.uniform(6.6, 9.5))),
        float(rng.uniform(-12, 6)),
        float(rng.uniform(5, 14)),
    )
    rig.mount(
        (16.0, 1.0, float(rng.uniform(5.2, 7.5))), float(rng.uniform(165, 205)), float(rng.uniform(4, 12))
    )
    rig.lamp((-3.6, 2.4, 5.2), (8.0, 1.0, 1.0))
    rig.lamp((-3.6, -1.6, 5.2), (12.0, -9.0, 1.0))
    rig.lamp((15.9, 0.9, 5.6), (4.0, 0.0, 1.0))
    rig.lamp((7.0, 0.6, 5.0), (14.0, 8.0, 0.0))
    return rig


def digger(yard: Yard, rng: np.random.Generator, root: Matrix, name: str) -> Rig:
    """An excavator on a deck barge: digging, swinging, dumping into the barge alongside, or resting."""
    variant = int(rng.integers(VARIANTS))
    stage, (body, made) = yard.deck_barge(variant), yard.excavator(variant)
    rig = Rig(root, name)
    side = 1.0 if rng.random() < 0.5 else -1.0
    stance = digging(rng, side)
    stand = shift(stage.stand_x_m, 0, stage.deck_m + 0.16)
    rig.add("deck", stage.body, IDENTITY, {})
    rig.add("excavator", body, stand, excavator.pose(made, stance))
    rig.afloat(IDENTITY, stage.length_m, stage.beam_m)
    teeth = moved(rig.root @ stand, excavator.lip(made, stance))
    if teeth[2] < 0.5:
        rig.splash = (teeth[0], teeth[1], 0.9)
    if rng.random() < 0.75:
        _barge(rig, yard, rng, side * (stage.beam_m / 2 + 0.4), float(rng.uniform(-4, 9)))
    half = stage.length_m / 2
    rig.crew(yard, rng, (-half + 6.5, half - 1.5, -stage.beam_m * 0.4, stage.beam_m * 0.4), stage.deck_m)
    roof = stage.deck_m + 2.6
    rig.mount(
        (-half + 4.5, float(rng.uniform(-1, 1)), roof + float(rng.uniform(0.8, 4.0))),
        float(rng.uniform(-15, 15)),
        float(rng.uniform(2, 14)),
    )
    rig.mount(
        (-half + 1.2, float(rng.uniform(-2, 2)), roof + float(rng.uniform(1.2, 4.5))),
        float(rng.uniform(-12, 12)),
        float(rng.uniform(4, 14)),
    )
    rig.lamp((-half + 5.0, 1.0, roof + 1.0), (half * 0.7, 2.0, 0.5))
    rig.lamp((-half + 5.0, -1.0, roof + 1.0), (half * 0.7, side * 9.0, 0.5))
    rig.lamp((stage.stand_x_m + 1.0, 1.0, stage.deck_m + 3.4), (half + 8.0, -side * 4.0, 0.0))
    return rig


def digging(rng: np.random.Generator, side: float = 1.0) -> excavator.Stance:
    """A moment of an excavator's work: digging away from `side`, carrying, dumping over `side`, or resting."""
    moment = rng.random()
    if moment < 0.3:  # digging over the other side or the bow
        return excavator.Stance(
            -side * float(rng.uniform(20, 95)),
            float(rng.uniform(-16, 6)),
            float(rng.uniform(-80, -50)),
            float(rng.uniform(-10, 45)),
            float(rng.uniform(0, 1)),
        )
    if moment < 0.6:
        return excavator.Stance(
            float(rng.uniform(-90, 90)),
            float(rng.uniform(28, 50)),
            float(rng.uniform(-115, -75)),
            float(rng.uniform(60, 110)),
            float(rng.uniform(0.5, 1)),
        )
    if moment < 0.88:
        return excavator.Stance(
            side * float(rng.uniform(55, 100)),
            float(rng.uniform(26, 45)),
            float(rng.uniform(-95, -60)),
            float(rng.uniform(-20, 30)),
            float(rng.uniform(0, 0.5)),
        )
    # resting, the bucket laid on deck
    return excavator.Stance(
        float(rng.uniform(-15, 15)),
        float(rng.uniform(12, 20)),
        float(rng.uniform(-105, -90)),
        float(rng.uniform(40, 80)),
    )


def cutter(yard: Yard, rng: np.random.Generator, root: Matrix, name: str) -> Rig:
    """A cutter suction dredger with its floating pipe, pumping or stopped."""
    variant = int(rng.integers(VARIANTS))
    made = yard.cutter(variant)
    rig = Rig(root, name)
    pumping = rng.random() < 0.85
    ladder = float(rng.uniform(18, 38)) if pumping else float(rng.uniform(-8, 6))
    rig.add(
        "dredger",
        made.body,
        IDENTITY,
        made.pose(ladder, (float(rng.uniform(0, 3)), float(rng.uniform(0, 7)))),
    )
    rig.afloat(IDENTITY, made.length_m, made.beam_m)
    if rng.random() < 0.8:
        at = chain(shift(-made.length_m / 2 - 2.4, 0.3, 0), turn("z", float(rng.uniform(-25, 25))))
        rig.add("pipe", yard.floating_pipe(variant, spouting=pumping), at, {})
    if rng.random() < 0.3:
        _barge(rig, yard, rng, (made.beam_m / 2 + 0.5) * (1 if rng.random() < 0.5 else -1), 0.0)
    half, d = made.length_m / 2, made.deck_m
    rig.crew(yard, rng, (-half + 1.0, half - 3.0, made.beam_m * 0.34, made.beam_m * 0.45), d)
    rig.crew(yard, rng, (half - 4.5, half - 2.5, -made.beam_m * 0.4, made.beam_m * 0.4), d)
    rig.mount(
        (half * 0.12, float(rng.uniform(-1, 1)), d + float(rng.uniform(5.2, 7.0))),
        float(rng.uniform(-12, 12)),
        float(rng.uniform(4, 13)),
    )
    rig.mount(
        (-half * 0.55, float(rng.uniform(-1, 1)), d + float(rng.uniform(4.2, 6.0))),
        180.0 + float(rng.uniform(-15, 15)),
        float(rng.uniform(3, 12)),
    )
    rig.lamp((half * 0.2, 0.8, d + 5.0), (half, 0.0, d))
    rig.lamp((made.head[0], 0.0, made.head[2] + 0.4), (half + 6.0, 0.0, 0.0))
    rig.lamp((-half * 0.5, 0.5, d + 3.6), (-half - 6.0, 0.0, 0.0))
    return rig


def pump(yard: Yard, rng: np.random.Generator, root: Matrix, name: str) -> Rig:
    """A pump boat, its jet falling into a barge alongside or over the side."""
    variant = int(rng.integers(VARIANTS))
    made = yard.pump_boat(variant)
    rig = Rig(root, name)
    rig.add("pump", made.body, IDENTITY, made.pose(pumping=rng.random() < 0.9))
    rig.afloat(IDENTITY, made.length_m, made.beam_m)
    if rng.random() < 0.65:
        _barge(rig, yard, rng, -(made.beam_m / 2 + 0.5), float(rng.uniform(-5, 5)), low=True)
    half, d = made.length_m / 2, made.deck_m
    rig.crew(yard, rng, (-half * 0.2, half * 0.5, -made.beam_m * 0.25, made.beam_m * 0.25), d)
    rig.mount(
        (-half * 0.3, float(rng.uniform(-0.4, 0.4)), d + float(rng.uniform(3.0, 5.0))),
        float(rng.uniform(-30, 15)),
        float(rng.uniform(5, 18)),
    )
    rig.mount(
        (-half * 0.85, float(rng.uniform(-0.4, 0.4)), d + float(rng.uniform(3.2, 5.5))),
        float(rng.uniform(-25, 12)),
        float(rng.uniform(6, 18)),
    )
    rig.lamp((-half * 0.25, 0.3, d + 2.8), (half * 0.6, -2.0, d))
    rig.lamp((made.mouth[0], 0.0, made.mouth[2] + 1.0), (made.mouth[0], -6.0, 0.0))
    return rig


def laden(yard: Yard, rng: np.random.Generator, root: Matrix, name: str) -> Rig:
    """A sand barge by herself, laden or light, lying or under way: no gear, but a hold to look over."""
    rig = Rig(root, name)
    _barge(rig, yard, rng, None, 0.0, speed_mps=float(rng.choice((0.0, 2.0))))
    rig.mount(
        (-14.8, float(rng.uniform(-0.8, 0.8)), float(rng.uniform(6.4, 7.6))),
        float(rng.uniform(-10, 10)),
        float(rng.uniform(3, 12)),
    )
    rig.crew(yard, rng, (15.0, 18.0, -2.0, 2.0), 0.9)
    rig.lamp((-13.0, 0.0, 5.6), (6.0, 0.0, 1.0))
    return rig


RIGS: tuple[Callable[[Yard, np.random.Generator, Matrix, str], Rig], ...] = (grab, digger, cutter, pump)


def _barge(
    rig: Rig,
    yard: Yard,
    rng: np.random.Generator,
    side_m: float | None,
    along_m: float,
    *,
    low: bool = False,
    speed_mps: float = 0.0,
) -> None:
    """A sand barge lying against `side_m` (None: in the middle), scaled as the family's variant is."""
    variant = int(rng.integers(VARIANTS))
    long = yard.proportion("barge long", variant, 0.6 if low else 0.72, 1.15)
    broad = yard.proportion("barge broad", variant, 0.78, 1.1)
    tall = yard.proportion("barge tall", variant, 0.8, 1.1) * (0.8 if low else 1.0)
    fill = float(rng.choice((0.0, rng.uniform(0.1, 0.9), 1.0), p=(0.2, 0.5, 0.3)))
    off = 0.0 if side_m is None else side_m + math.copysign(barge.BEAM_M / 2 * broad, side_m)
    headed = 0.0 if rng.random() < 0.7 else 180.0
    at = chain(
        shift(along_m, off, 0), turn("z", headed + float(rng.normal(0, 0.8))), stretch(long, broad, tall)
    )
    rig.add("barge", yard.barge(variant), at, barge.pose(fill))
    rig.afloat(at, barge.LENGTH_M * long, barge.BEAM_M * broad, speed_mps)
