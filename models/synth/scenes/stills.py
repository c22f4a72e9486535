"""One labelled still from a family and a seed: camera, vessels at work or none, harbour, hour and weather."""

import math
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

import numpy as np

from models.synth import conditions
from models.synth.body import Body, Part
from models.synth.conditions import COLD, WARM, Condition
from models.synth.families import VARIANTS, Yard
from models.synth.frame import Afloat, Camera, Frame, Lamp, Placed, River
from models.synth.light import Colour
from models.synth.machines import craft, excavator, person
from models.synth.matrices import IDENTITY, Matrix, Point, chain, moved, shift, stretch, turn
from models.synth.paint import Kind, Paint
from models.synth.river import harbour
from models.synth.scenes import rigs
from models.synth.scenes.rigs import RIGS, Rig
from models.synth.shapes import ball

View: TypeAlias = Literal["onboard", "offboard"]
# hulls: vessels close by and no gear, lest all near steel be taken for a crane; harbour: the same of long ships
# from close by and above, quays with their cranes, bare woods and hillsides, lest all that fills a picture be
Scenes: TypeAlias = Literal["all", "hulls", "harbour"]
WITHOUT_GEAR = 0.27  # of all stills; a few more show none because it is hidden
GLOW = ball(0.13, (0, 0, 0), Paint(255, 240, 210, kind=Kind.LAMP), squash=0.7)
KINDS = len(craft.KINDS) + 2


@dataclass(frozen=True, slots=True, eq=False)
class Still:
    frame: Frame
    view: View
    condition: Condition


def drawn(yard: Yard, seed: int, kind: Scenes = "all") -> Still:
    """The scene of `seed` built from `yard`: the same always give the same frame."""
    rng = np.random.default_rng((seed, yard.family))
    condition = conditions.drawn(rng)
    air = conditions.air(condition, rng)
    gear = rng.random() >= WITHOUT_GEAR and kind == "all"
    view: View = "onboard" if rng.random() < (0.52 if gear else 0.15) else "offboard"
    if condition == "ir" and view == "offboard" and rng.random() < 0.6:
        view = "onboard" if gear else view  # its lamp reaches no further than the deck
    if kind != "all":
        view = "offboard"
    scene = _Scene(yard, rng, view)
    if kind == "hulls":
        camera, main = scene.alongside()
    elif kind == "harbour":
        camera, main = scene.in_harbour()
    else:
        camera, main = scene.on_board(gear=gear) if view == "onboard" else scene.from_afar(gear=gear)
    scene.fill(camera, gear=gear)
    middle = scene.rigs[0].root if scene.rigs else main
    x, y, _ = moved(middle, (0, 0, 0))
    lamps = _lamps(scene, camera, rng, condition, on=air.lamps_on)
    splash = scene.rigs[0].splash if scene.rigs else (0.0, 0.0, 0.0)
    eye = camera.place[:2, 3]
    hulls = sorted(scene.hulls, key=lambda hull: math.hypot(hull.x - eye[0], hull.y - eye[1]))
    current = float(rng.uniform(-1.0, 1.0))
    return Still(
        Frame(
            camera=camera,
            light=air.light,
            river=River(
                float(rng.uniform(0, 600)), air.rough, (current, 0.0), tuple(hulls), splash, _silt(rng)
            ),
            placed=tuple(scene.placed),
            middle=(x, y, 3.0),
            deck_m=1.1,
            lamps=lamps,
        ),
        view,
        condition,
    )


class _Scene:
    """A scene while it is put together: what stands where, so that nothing stands in anything else."""

    def __init__(self, yard: Yard, rng: np.random.Generator, view: View) -> None:
        self.yard, self.rng = yard, rng
        self.ashore = view == "offboard" and rng.random() < 0.35
        self.reach, shore = yard.shore(1 if self.ashore else 0)
        self.placed: list[Placed] = [Placed(body, IDENTITY, {}, distant=True) for body in shore]
        self.hulls: list[Afloat] = []
        self.rigs: list[Rig] = []
        self.taken: list[tuple[float, float, float]] = []  # x, y, radius

    def on_board(self, *, gear: bool) -> tuple[Camera, Matrix]:
        rng = self.rng
        root = chain(
            shift(0, 0, 0), turn("z", float(rng.normal(0, 12)) + (180.0 if rng.random() < 0.12 else 0.0))
        )
        leaning = chain(root, turn("x", float(rng.normal(0, 0.8))), turn("y", float(rng.normal(0, 0.5))))
        rig = self._rig(leaning, "own", gear=gear, kinds=(0.53, 0.20, 0.09, 0.18))
        self.taken.append((0.0, 0.0, 34.0))
        mount = rig.mounts[int(rng.choice(len(rig.mounts)))]
        rolled = chain(mount, turn("x", float(rng.normal(0, 1.2))))
        return Camera(rolled, float(rng.uniform(58, 96)), near_m=0.3), root

    def from_afar(self, *, gear: bool) -> tuple[Camera, Matrix]:
        """From a boat, the left bank or, one in five, a mast or bridge; what is looked at stands off centre."""
        rng = self.rng
        wide = float(rng.uniform(20, 70))
        height = float(rng.uniform(2, 8)) + (1.2 if self.ashore else 0.0)
        nearest_m, farthest_m = (14.0, 60.0) if rng.random() < 0.2 else (30.0, 300.0)
        if rng.random() < 0.2:
            height = float(np.exp(rng.uniform(np.log(9), np.log(45))))
            nearest_m = max(nearest_m, 1.3 * height)
            farthest_m = max(farthest_m, 4.0 * height)
        off, bearing = 60.0, 0.0
        for _ in range(30):
            off = float(np.exp(rng.uniform(np.log(nearest_m), np.log(farthest_m))))
            bearing = float(rng.uniform(-75, -8) if self.ashore else rng.uniform(-65, 65))
            if self._afloat(
                off * math.cos(math.radians(bearing)), off * math.sin(math.radians(bearing)), 12.0
            ):
                break
        aimed = bearing + float(rng.uniform(-0.33, 0.33)) * wide
        down = (
            math.degrees(math.atan2(height - float(rng.uniform(0, 6)), off))
            + float(rng.uniform(-0.1, 0.1)) * wide
        )
        place = chain(
            shift(0, 0, height), turn("z", aimed), turn("y", down), turn("x", float(rng.normal(0, 2.2)))
        )
        root = chain(
            shift(off * math.cos(math.radians(bearing)), off * math.sin(math.radians(bearing)), 0),
            turn("z", float(rng.uniform(0, 360))),
        )
        self.taken.append((0.0, 0.0, 12.0))
        if gear:
            self._rig(root, "main", gear=True, kinds=(0.31, 0.25, 0.20, 0.24))
        elif rng.random() < 0.3:
            self._rig(root, "main", gear=False)
        else:
            self._craft(root, "main", int(rng.integers(KINDS)))
        self.taken.append((float(root[0, 3]), float(root[1, 3]), 30.0))
        return Camera(place, wide, near_m=0.5), root

    def alongside(self) -> tuple[Camera, Matrix]:
        """A vessel without gear 3 to 35 m from the camera, most of her or a part of her in the picture."""
        rng = self.rng
        kind, headed = int(rng.integers(KINDS + 2)), float(rng.uniform(0, 360))
        variant = int(rng.integers(VARIANTS))
        barge_here = kind >= KINDS
        long, beam = (40.0, 9.0) if barge_here else self.yard.craft(kind, variant)[1]
        along, across = abs(math.cos(math.radians(headed))), abs(math.sin(math.radians(headed)))
        to_side = min(
            long / 2 / max(along, 1e-6), beam / 2 / max(across, 1e-6)
        )  # from her middle, on the line of sight
        gap = float(np.exp(rng.uniform(np.log(3.0), np.log(35.0))))
        off, bearing = to_side + gap, float(rng.uniform(-60, -8) if self.ashore else rng.uniform(-50, 50))
        wide, height = float(rng.uniform(32, 80)), float(np.exp(rng.uniform(np.log(1.5), np.log(14.0))))
        aimed = bearing + float(rng.uniform(-0.3, 0.3)) * wide
        down = math.degrees(math.atan2(height - float(rng.uniform(0, 7)), off)) + float(rng.normal(0, 4))
        place = chain(
            shift(0, 0, height + (1.2 if self.ashore else 0.0)),
            turn("z", aimed),
            turn("y", down),
            turn("x", float(rng.normal(0, 2.2))),
        )
        x, y = off * math.cos(math.radians(bearing)), off * math.sin(math.radians(bearing))
        root = chain(shift(x, y, 0), turn("z", bearing + headed))
        self.taken.append((0.0, 0.0, 8.0))
        if barge_here:
            self._rig(root, "main", gear=False)
        else:
            self._craft(root, "main", kind, speed=rng.random() < 0.5)
        self.taken.append((x, y, long / 2 + 6.0))
        return Camera(place, wide, near_m=0.4), root

    def in_harbour(self) -> tuple[Camera, Matrix]:
        """Close before a quay, a wood or a hillside, or above a long ship; mostly with a vessel in between."""
        rng = self.rng
        side, x = -1.0 if self.ashore or rng.random() < 0.5 else 1.0, float(rng.uniform(60, 300))
        face = float(self.reach.bank(np.array([x]), side)[0]) - side * 7.0
        ship = rng.random() < 0.5
        gap = (2.0 if ship else 1.0) * float(np.exp(rng.uniform(np.log(14.0), np.log(70.0))))
        high = ship and rng.random() < 0.5
        height = float(rng.uniform(8, 30) if high else np.exp(rng.uniform(np.log(1.5), np.log(8.0))))
        eye_y = face - side * gap
        at = chain(shift(x, face, 0), turn("z", 0.0 if side > 0 else 180.0))
        number = int(rng.integers(2 * VARIANTS))
        body = self.yard.quay(number % VARIANTS) if rng.random() < 0.45 else self.yard.wood(number)
        self.placed.append(Placed(replace(body, name="shore ahead"), at, {}, distant=gap > 60.0))
        self.taken.append((x, face, 60.0))
        ahead = 90.0 * side + float(rng.normal(0, 28))
        wide = float(rng.uniform(32, 80))
        down = float(rng.uniform(12, 50) if high else rng.normal(1, 6))
        place = chain(
            shift(x, eye_y, height), turn("z", ahead), turn("y", down), turn("x", float(rng.normal(0, 2.2)))
        )
        off = height / math.tan(math.radians(down)) if high else float(rng.uniform(0.3, 0.7)) * gap
        way = math.radians(ahead + float(rng.uniform(-0.3, 0.3)) * wide)
        root = chain(
            shift(x + off * math.cos(way), eye_y + off * math.sin(way), 0),
            turn(
                "z", float(rng.uniform(0, 360) if high else rng.normal(0, 18) + 180.0 * (rng.random() < 0.5))
            ),
        )
        if ship:
            self._ship(root, "main")
        elif rng.random() < 0.6:
            self._craft(root, "main", int(rng.integers(KINDS)))
        self.taken += [(x, eye_y, 8.0), (float(root[0, 3]), float(root[1, 3]), 50.0)]
        return Camera(place, wide, near_m=0.4), root

    def fill(self, camera: Camera, *, gear: bool) -> None:
        """Other vessels in view, moored ones along the banks, and what stands ashore."""
        rng = self.rng
        ahead = math.degrees(math.atan2(camera.place[1, 0], camera.place[0, 0]))
        for number in range(int(rng.integers(0, 6))):
            off = float(np.exp(rng.uniform(np.log(35), np.log(600))))
            bearing = math.radians(ahead + float(rng.uniform(-0.55, 0.55)) * camera.wide_deg)
            x, y = camera.place[0, 3] + off * math.cos(bearing), camera.place[1, 3] + off * math.sin(bearing)
            radius = 30.0 if off > 80 else 16.0
            if not self._afloat(x, y, 14.0) or any(
                math.hypot(x - a, y - b) < r + radius for a, b, r in self.taken
            ):
                continue
            self.taken.append((x, y, radius))
            headed = float(rng.normal(0, 10)) + (180.0 if rng.random() < 0.5 else 0.0)
            root = chain(shift(x, y, 0), turn("z", headed))
            if gear and radius > 16.0 and rng.random() < 0.22:
                self._rig(root, f"other.{number}", gear=True, kinds=(0.4, 0.2, 0.2, 0.2))
            elif radius > 16.0 and rng.random() < 0.25:
                self._rig(root, f"other.{number}", gear=False)
            else:
                kind = (
                    int(rng.integers(KINDS))
                    if radius > 16.0
                    else int(rng.choice((0, 1, 3, KINDS - 2, KINDS - 1)))
                )
                self._craft(root, f"other.{number}", kind)
        self._moored()
        self._ashore(likely=0.22 if gear else 0.75)
        if rng.random() < (0.14 if gear else 0.0):
            self._dug_bank()
        if rng.random() < (0.04 if gear else 0.16):
            self._hook_crane(camera)

    def _moored(self) -> None:
        rng = self.rng
        for number in range(int(rng.integers(0, 9))):
            side = -1.0 if self.ashore or rng.random() < 0.5 else 1.0
            x = float(rng.uniform(40, 600))
            y = float(self.reach.bank(np.array([x]), side)[0]) - side * float(rng.uniform(5, 14))
            root = chain(
                shift(x, y, 0), turn("z", float(rng.normal(0, 10)) + (180.0 if rng.random() < 0.5 else 0.0))
            )
            if all(math.hypot(x - a, y - b) > r + 10 for a, b, r in self.taken):
                self.taken.append((x, y, 10.0))
                self._craft(
                    root, f"moored.{number}", int(rng.choice((0, 1, KINDS - 2, KINDS - 1))), speed=False
                )

    def _ashore(self, *, likely: float) -> None:
        """Quay with cranes, a bridge, marks: what must not be called dredging gear."""
        rng = self.rng
        for number in range(2):
            if rng.random() > likely:
                continue
            side = -1.0 if self.ashore or rng.random() < 0.5 else 1.0
            x = float(np.exp(rng.uniform(np.log(45), np.log(420))))
            y = float(self.reach.bank(np.array([x]), side)[0]) - side * 7.0
            if all(math.hypot(x - a, y - b) > r + 20 for a, b, r in self.taken):
                at = chain(shift(x, y, 0), turn("z", 0.0 if side > 0 else 180.0))
                body = replace(self.yard.quay(int(rng.integers(VARIANTS))), name=f"quay.{number}")
                self.placed.append(Placed(body, at, {}, distant=True))
        if rng.random() < likely * 0.4:
            x = float(rng.uniform(350, 900))
            middle = float(self.reach.line(np.array([x]))[0])
            self.placed.append(
                Placed(replace(self.yard.bridge(), name="bridge"), shift(x, middle, 0), {}, distant=True)
            )
        for number in range(int(rng.integers(0, 3))):
            x, y = float(rng.uniform(30, 250)), float(rng.uniform(-120, 90))
            if self._afloat(x, y, 8.0) and all(math.hypot(x - a, y - b) > r + 4 for a, b, r in self.taken):
                body = replace(self.yard.mark(number), name=f"mark.{number}")
                self.placed.append(
                    Placed(body, chain(shift(x, y, 0), turn("x", float(rng.normal(0, 4)))), {})
                )

    def _dug_bank(self) -> None:
        """An excavator on the bank itself, at work or resting."""
        rng = self.rng
        side = -1.0 if self.ashore or rng.random() < 0.5 else 1.0
        x, variant = float(rng.uniform(25, 160)), int(rng.integers(VARIANTS))
        y = float(self.reach.bank(np.array([x]), side)[0]) + side * float(rng.uniform(1.0, 6.0))
        body, made = self.yard.excavator(variant)
        at = chain(shift(x, y, 0.8), turn("z", -90.0 * side + float(rng.normal(0, 30))))
        pose = excavator.pose(made, rigs.digging(rng))
        self.placed.append(Placed(replace(body, name="bank excavator"), at, pose, distant=x > 140.0))

    def _hook_crane(self, camera: Camera) -> None:
        """A crane with a hook on a pontoon: lifting, not dredging. Her hull is a barge, the crane is nothing."""
        rng = self.rng
        off, ahead = float(np.exp(rng.uniform(np.log(45), np.log(260)))), camera.place[:2, 0]
        x, y = (float(c) for c in camera.place[:2, 3] + off * ahead / np.linalg.norm(ahead))
        y += float(rng.normal(0, 0.2 * off))
        if not self._afloat(x, y, 14.0) or any(math.hypot(x - a, y - b) < r + 25 for a, b, r in self.taken):
            return
        self.taken.append((x, y, 25.0))
        root = chain(shift(x, y, 0), turn("z", float(rng.uniform(0, 360))))
        body = replace(self.yard.hook_crane(int(rng.integers(VARIANTS))), name="hook crane")
        self.placed.append(Placed(body, root, {}, distant=off > 140.0))
        rig = Rig(root, "hook crane")
        rig.afloat(IDENTITY, harbour.CRANE_HULL_M[0], harbour.CRANE_HULL_M[1])
        self.hulls += rig.hulls

    def _rig(self, root: Matrix, name: str, *, gear: bool, kinds: tuple[float, ...] = ()) -> Rig:
        rng = self.rng
        chosen = RIGS[int(rng.choice(len(RIGS), p=kinds))] if gear else rigs.laden
        rig = chosen(self.yard, rng, root, name)
        far = math.hypot(root[0, 3], root[1, 3]) > 140.0
        self.placed += [replace(placed, distant=far) for placed in rig.placed]
        self.hulls += rig.hulls
        self.rigs.append(rig)
        return rig

    def _craft(self, root: Matrix, name: str, kind: int, *, speed: bool = True) -> None:
        rng = self.rng
        variant = int(rng.integers(VARIANTS))
        body, (long, beam) = self.yard.craft(kind, variant)
        scale = self.yard.proportion(f"craft {kind}", variant, 0.85, 1.2)
        under_way = speed and rng.random() < 0.55 and body.name != "houseboat"
        moving = float(rng.uniform(1.2, 4.0)) if under_way else 0.0
        heeled = chain(root, turn("x", float(rng.normal(0, 1.2))), stretch(scale, scale, scale))
        off = math.hypot(root[0, 3], root[1, 3])
        self.placed.append(Placed(replace(body, name=name), heeled, {}, distant=off > 140.0))
        rig = Rig(root, name)
        rig.afloat(IDENTITY, long * scale, beam * scale, moving)
        self.hulls += rig.hulls
        for number in range(int(rng.integers(0, 3))):
            at = chain(
                shift(float(rng.uniform(-0.1, 0.25)) * long, 0.0, 0.7 * scale),
                turn("z", float(rng.uniform(0, 360))),
            )
            pose = person.standing(at, float(rng.uniform(0, 60)), busy=float(rng.random()))
            who = replace(self.yard.person(int(rng.integers(8))), name=f"{name}.person.{number}")
            self.placed.append(Placed(who, root, pose, distant=off > 140.0))

    def _ship(self, root: Matrix, name: str) -> None:
        body, (long, beam) = self.yard.river_ship(int(self.rng.integers(VARIANTS)))
        heeled = chain(root, turn("x", float(self.rng.normal(0, 0.6))))
        self.placed.append(Placed(replace(body, name=name), heeled, {}))
        rig = Rig(root, name)
        rig.afloat(IDENTITY, long, beam, float(self.rng.uniform(0, 3)))
        self.hulls += rig.hulls

    def _afloat(self, x: float, y: float, room_m: float) -> bool:
        at = np.array([x])
        left, right = (float(self.reach.bank(at, side)[0]) for side in (1.0, -1.0))
        return right + room_m < y < left - room_m


def _lamps(
    scene: _Scene, camera: Camera, rng: np.random.Generator, condition: Condition, *, on: bool
) -> tuple[Lamp, ...]:
    """Deck lamps where they burn, lit points on the other vessels and ashore, the camera's own lamp for `ir`."""
    eye: Point = moved(camera.place, (0, 0, 0))
    made: list[Lamp] = []
    if condition == "ir":
        ahead = camera.place[:3, 0]
        strength = float(np.exp(rng.uniform(np.log(14.0), np.log(150.0))))
        down = (float(ahead[0]), float(ahead[1]), float(ahead[2]))
        made.append(Lamp(eye, down, float(rng.uniform(50, 90)), (strength, strength, strength)))
    if not on and not (condition == "ir" and rng.random() < 0.4):
        return tuple(made)
    for rig in scene.rigs:
        warm = WARM if rng.random() < 0.5 else COLD
        for at, to in rig.lamps:
            if len(made) < 6 and rng.random() < 0.85:
                way = np.array(to) - np.array(at)
                way /= np.linalg.norm(way)
                bright = float(np.exp(rng.uniform(np.log(7.0), np.log(45.0))))
                lit = (warm[0] * bright, warm[1] * bright, warm[2] * bright)
                made.append(
                    Lamp(at, (float(way[0]), float(way[1]), float(way[2])), float(rng.uniform(95, 150)), lit)
                )
            if math.dist(at, eye) > 3.5:
                scene.placed.append(_glow(at, f"{len(scene.placed)}", 1.0))
    for hull in scene.hulls:
        if math.hypot(hull.x - eye[0], hull.y - eye[1]) > 30 and rng.random() < 0.7:
            scene.placed.append(
                _glow((hull.x, hull.y, float(rng.uniform(2.5, 5))), f"{len(scene.placed)}", 0.8)
            )
    for _ in range(int(rng.integers(0, 22))):
        x, side = float(rng.uniform(60, 900)), 1.0 if rng.random() < 0.5 else -1.0
        y = float(scene.reach.bank(np.array([x]), side)[0]) + side * float(rng.uniform(1, 3))
        scene.placed.append(_glow((x, y, float(rng.uniform(2.5, 6))), f"{len(scene.placed)}", 1.2))
    return tuple(made)


def _silt(rng: np.random.Generator) -> Colour:
    """Mostly brown with silt; one in four is another water: grey-green, green or blue, as harbours and dry seasons have."""
    if rng.random() < 0.75:
        red, light = 0.25 * float(rng.uniform(0.75, 1.15)), float(rng.uniform(0.9, 1.1))
        return red, 0.165 * light, 0.088 * light * float(rng.uniform(0.8, 1.5))
    deep = float(rng.uniform(0.03, 0.16))
    return deep * float(rng.uniform(0.1, 0.8)), deep, deep * float(rng.uniform(0.6, 1.6))


def _glow(at: Point, name: str, size: float) -> Placed:
    return Placed(
        Body(f"lamp.{name}", (Part("lamp", GLOW),)),
        chain(shift(*at), stretch(size, size, size)),
        {},
        distant=True,
    )
