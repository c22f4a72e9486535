"""Other vessels: those that pass, those that lie moored, and the mats of hyacinth that drift by."""

import math
from dataclasses import dataclass

import numpy as np

from models.synth.body import Body, Part, Pose
from models.synth.cycle import Spell
from models.synth.frame import Afloat, Placed
from models.synth.machines import barge, boat, grab_crane, pontoon
from models.synth.matrices import IDENTITY, chain, shift, turn
from models.synth.river import plants
from models.synth.river.banks import Reach
from models.synth.river.scatter import scattered, spread


@dataclass(frozen=True, slots=True, eq=False)
class Passing:
    """A vessel on a straight line along the river: where she is at time 0, speed along world x (negative: down)."""

    body: Body
    pose: Pose
    x: float
    off_m: float  # from the line of the river at the camera, to the left
    speed_mps: float
    half_length_m: float
    half_beam_m: float
    side: float  # 1 passes to the left of the camera, -1 to the right

    def place(self, at_s: float, reach: Reach) -> tuple[float, float, float]:
        """x, y, heading in degrees from world x to the left."""
        x = self.x + self.speed_mps * at_s
        bend = reach.line(np.array([x, x + 1.0]))
        lean = math.degrees(math.atan2(float(bend[1] - bend[0]), 1.0))
        return x, float(bend[0]) + self.off_m, lean + (180.0 if self.speed_mps < 0 else 0.0)


def passing(rng: np.random.Generator, length_s: float, about: tuple[float, float]) -> tuple[Passing, ...]:
    """About one vessel every 70 s somewhere in view of a camera near `about`."""
    vessels: list[Passing] = []
    at, number = -60.0, 0
    while at < length_s:
        number += 1
        down = rng.random() < 0.5
        speed = float(rng.uniform(1.6, 3.4)) * (-1 if down else 1)
        start = about[0] + (float(rng.uniform(500, 900)) if down else float(rng.uniform(-60, 30)))
        side = 1.0 if rng.random() < 0.55 else -1.0
        off = float(rng.uniform(78, 115)) if side > 0 else float(rng.uniform(-150, -55))
        name, choice = f"passing.{number}", rng.random()
        pose: Pose = {}
        if choice < 0.4:
            body, half = barge.build(name, rng), (barge.LENGTH_M / 2, barge.BEAM_M / 2)
            pose = barge.pose(float(rng.choice([0.05, 0.95])))
        elif choice < 0.75:
            body, half = boat.cargo(name, rng), (8.0, 1.8)
        else:
            body, half, speed = boat.sampan(name, rng), (3.5, 0.7), speed * 1.4
        vessels.append(Passing(body, pose, start - speed * at, about[1] + off, speed, *half, side))
        at += float(rng.uniform(35, 100))
    return tuple(vessels)


def moored(reach: Reach, rng: np.random.Generator) -> tuple[Placed, ...]:
    """Boats lying along both banks."""
    lying = []
    for number in range(26):
        side = 1.0 if rng.random() < 0.6 else -1.0
        x = float(rng.uniform(100, 1500))
        y = float(reach.bank(np.array([x]), side)[0]) - side * float(rng.uniform(4, 16))
        name = f"moored.{number}"
        body = boat.cargo(name, rng) if rng.random() < 0.5 else boat.sampan(name, rng)
        if rng.random() < 0.15:
            body, y = barge.build(name, rng), y - side * 14
        pose = barge.pose(0.3) if any(part.name == "sand" for part in body.parts) else {}
        lying.append(
            Placed(
                body,
                chain(
                    shift(x, y, 0),
                    turn("z", float(rng.normal(0, 8)) + (180.0 if rng.random() < 0.5 else 0.0)),
                ),
                pose,
                distant=True,
            )
        )
    return tuple(lying)


class Neighbour:
    """Another grab crane working some hundred metres off."""

    def __init__(self, name: str, x: float, y: float, heading_deg: float, length_s: float, seed: int) -> None:
        rng = np.random.default_rng(seed)
        self._root = chain(shift(x, y, 0), turn("z", heading_deg))
        self.hull, self._crane = (
            pontoon.build(f"{name}.pontoon", rng),
            grab_crane.build(f"{name}.crane", rng),
        )
        self._spell = Spell(-100.0, length_s + 100.0, seed)
        self.afloat = Afloat(x, y, heading_deg, pontoon.LENGTH_M / 2, pontoon.BEAM_M / 2)

    def placed(self, at_s: float) -> tuple[Placed, ...]:
        stand = chain(self._root, shift(pontoon.CRANE_X, 0, pontoon.DECK_M))
        return (
            Placed(self.hull, self._root, {}, distant=True),
            Placed(
                self._crane,
                stand,
                grab_crane.pose(self._spell.pose(at_s), deck_m=pontoon.DECK_M),
                distant=True,
            ),
        )


class Drift:
    """Hyacinth mats carried by the current through a window of river that moves with the camera."""

    window_m = 520.0

    def __init__(self, rng: np.random.Generator) -> None:
        templates = [plants.hyacinth(rng) for _ in range(3)]
        self._mats = []
        for number in range(10):
            count = int(rng.integers(2, 9))
            spot = np.stack(
                [rng.normal(0, 3.5, count), rng.normal(0, 2.2, count), np.full(count, 0.02)], axis=1
            )
            mesh = scattered(templates[number % 3], spread(spot, rng, (0.5, 1.5)))
            off = float(rng.uniform(12, 110)) * (1 if rng.random() < 0.6 else -1)
            self._mats.append(
                (Body(f"hyacinth.{number}", (Part("mat", mesh),)), float(rng.uniform(0, self.window_m)), off)
            )

    def placed(self, at_s: float, current_mps: float, about: tuple[float, float]) -> tuple[Placed, ...]:
        around = []
        for body, start, off in self._mats:
            x = (start + current_mps * at_s - about[0]) % self.window_m + about[0] - 60.0
            y = about[1] + off - (9.0 if off < 0 else 0.0)
            around.append(Placed(body, chain(IDENTITY, shift(x, y, 0.0)), {}, distant=True))
        return tuple(around)
