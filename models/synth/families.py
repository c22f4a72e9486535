"""Families of parts: each has its own shapes and palette, and belongs to one split for good.

What stands in a scene comes from one family's `Yard`. A family draws every machine and vessel from its own
random numbers, repaints them in its own hues, and its banks and houses are its own, so that nothing which
the test split shows was seen in training. Bodies are made once per yard and shared by its scenes.
"""

from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Literal, TypeAlias, TypeVar

import cv2
import numpy as np

from models.synth.body import Body
from models.synth.machines import barge, boat, craft, excavator, grab_crane, person, pontoon, river_ship
from models.synth.machines.cutter import Cutter, floating_pipe
from models.synth.machines.deck_barge import DeckBarge
from models.synth.machines.pump_boat import PumpBoat
from models.synth.river import banks, harbour, woods
from models.synth.river.banks import Reach
from models.synth.shapes import Mesh

Split: TypeAlias = Literal["train", "val", "test"]
Made = TypeVar("Made")
FAMILIES = 40
VARIANTS = 3  # of each machine in a family
SALT = 0x5A4D  # keeps a family's numbers apart from those of a scene
PAINTED_GLOSS = 71  # of 255: coated steel and plastic; wood, sand, leaves, cloth and rust lie below


def split_of(family: int) -> Split:
    """Five families of 40 test, five validate, the rest train."""
    return {3: "test", 6: "val"}.get(family % 8, "train")  # type: ignore[return-value]


class Yard:
    """All that one family builds, made when first asked for."""

    def __init__(self, family: int) -> None:
        self.family = family
        rng = np.random.default_rng((SALT, family))
        self._hue_deg = float(rng.uniform(-26.0, 26.0))
        self._bright = float(rng.uniform(0.8, 1.15))
        self._stock: dict[Hashable, object] = {}

    def grab_crane(self, variant: int) -> Body:
        return self._kept(("crane", variant), lambda rng: self._painted(grab_crane.build("", rng)))

    def pontoon(self, variant: int) -> Body:
        return self._kept(("pontoon", variant), lambda rng: self._painted(pontoon.build("", rng)))

    def barge(self, variant: int) -> Body:
        return self._kept(("barge", variant), lambda rng: self._painted(barge.build("", rng)))

    def deck_barge(self, variant: int) -> DeckBarge:
        def make(rng: np.random.Generator) -> DeckBarge:
            made = DeckBarge("", rng)
            made.body = self._painted(made.body)
            return made

        return self._kept(("deck barge", variant), make)

    def excavator(self, variant: int) -> tuple[Body, excavator.Build]:
        def make(rng: np.random.Generator) -> tuple[Body, excavator.Build]:
            body, measures = excavator.build("", rng)
            return self._painted(body), measures

        return self._kept(("excavator", variant), make)

    def cutter(self, variant: int) -> Cutter:
        def make(rng: np.random.Generator) -> Cutter:
            made = Cutter("", rng)
            made.body = self._painted(made.body)
            return made

        return self._kept(("cutter", variant), make)

    def floating_pipe(self, variant: int, *, spouting: bool) -> Body:
        return self._kept(
            ("pipe", variant, spouting),
            lambda rng: floating_pipe("", rng, float(rng.uniform(25, 70)), spouting=spouting)[0],
        )

    def pump_boat(self, variant: int) -> PumpBoat:
        def make(rng: np.random.Generator) -> PumpBoat:
            made = PumpBoat("", rng)
            made.body = self._painted(made.body)
            return made

        return self._kept(("pump boat", variant), make)

    def river_ship(self, variant: int) -> tuple[Body, craft.Size]:
        def make(rng: np.random.Generator) -> tuple[Body, craft.Size]:
            body, size = river_ship.build("", rng)
            return self._painted(body), size

        return self._kept(("river ship", variant), make)

    def craft(self, kind: int, variant: int) -> tuple[Body, craft.Size]:
        """One of `craft.KINDS`, then a covered cargo boat, then a sampan."""

        def make(rng: np.random.Generator) -> tuple[Body, craft.Size]:
            if kind < len(craft.KINDS):
                made = craft.KINDS[kind]
                body, size = made(made.__name__, rng)
            else:
                first = kind == len(craft.KINDS)
                body, size = (
                    (boat.cargo("", rng), (17.0, 3.8)) if first else (boat.sampan("", rng), (7.0, 1.4))
                )
            return self._painted(body), size

        return self._kept(("craft", kind, variant), make)

    def person(self, variant: int) -> Body:
        return self._kept(("person", variant), lambda rng: person.build("", rng))

    def quay(self, variant: int) -> Body:
        return self._kept(("quay", variant), lambda rng: self._painted(harbour.quay("", rng)))

    def wood(self, variant: int) -> Body:
        """A row of bare trees, or a hillside."""
        made = woods.bare if variant % 2 else woods.hillside
        return self._kept(("wood", variant), lambda rng: made("", rng))

    def hook_crane(self, variant: int) -> Body:
        return self._kept(("hook crane", variant), lambda rng: self._painted(harbour.floating_crane("", rng)))

    def bridge(self) -> Body:
        return self._kept(("bridge",), lambda rng: harbour.bridge("", rng, 700.0))

    def mark(self, variant: int) -> Body:
        return self._kept(("mark", variant), lambda rng: harbour.mark("", rng))

    def shore(self, variant: int) -> tuple[Reach, tuple[Body, ...]]:
        """A reach with its two banks: 0 the camera afloat between them, 1 and 2 on the left bank."""

        def make(rng: np.random.Generator) -> tuple[Reach, tuple[Body, ...]]:
            right = float(np.exp(rng.uniform(np.log(90), np.log(420))))
            left = float(np.exp(rng.uniform(np.log(70), np.log(300)))) if variant == 0 else 17.0
            reach = Reach(
                left, right, bend_m=float(rng.uniform(-250, 350)), from_m=-250.0, to_m=1500.0, island=False
            )
            return reach, banks.build(reach, rng)

        return self._kept(("shore", variant), make)

    def proportion(self, kind: str, variant: int, low: float, high: float) -> float:
        """A number of the family's own between `low` and `high`, the same at each call."""
        return float(self._rng((kind, "proportion", variant)).uniform(low, high))

    def _kept(self, key: Hashable, make: Callable[[np.random.Generator], Made]) -> Made:
        if key not in self._stock:
            self._stock[key] = make(self._rng(key))
        return self._stock[key]  # type: ignore[return-value]

    def _rng(self, key: Hashable) -> np.random.Generator:
        return np.random.default_rng((SALT, self.family, *repr(key).encode()))

    def _painted(self, body: Body) -> Body:
        return replace(
            body,
            parts=tuple(
                replace(part, mesh=repainted(part.mesh, self._hue_deg, self._bright)) for part in body.parts
            ),
        )


def repainted(mesh: Mesh, hue_deg: float, bright: float) -> Mesh:
    """`mesh` with its coated surfaces turned in hue and made lighter or darker; the rest as it was."""
    coated = (mesh.surface[:, 0] >= PAINTED_GLOSS) & (mesh.surface[:, 3] == 0)
    if not coated.any():
        return mesh
    colour = mesh.colour.copy()
    hsv = cv2.cvtColor(np.ascontiguousarray(colour[None, coated, :3]), cv2.COLOR_RGB2HSV).astype(np.float32)
    hue = (hsv[:, :, 0] + hue_deg / 2.0) % 180.0
    pink = (hue > 142.0) & (hue < 174.0)  # no yard has that paint
    hsv[:, :, 0] = np.where(pink, np.where(hue > 158.0, 174.0, 140.0), hue)
    hsv[:, :, 2] = np.clip(hsv[:, :, 2] * bright, 0, 255)
    colour[coated, :3] = cv2.cvtColor(hsv.astype(np.uint8), cv2.COLOR_HSV2RGB)[0]
    return replace(mesh, colour=colour)
