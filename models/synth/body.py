"""Articulated bodies: named rigid parts, each hanging on a parent, set by a pose."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from models.synth.matrices import IDENTITY, Matrix
from models.synth.shapes import Mesh

Pose: TypeAlias = Mapping[str, Matrix | None]
"""Part name to its place in its parent's frame. A part not named rests; None hides it and what hangs on it."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One rigid piece. `label` is its class for the detector, None where it is scenery or belongs to none."""

    name: str
    mesh: Mesh
    parent: str | None = None
    label: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """Parts in an order in which each parent comes before its children. `name` is unique in a scene."""

    name: str
    parts: tuple[Part, ...]

    def placed(self, root: Matrix, pose: Pose) -> Iterator[tuple[Part, Matrix]]:
        """Every visible part with its matrix from part to world."""
        world: dict[str, Matrix] = {}
        for part in self.parts:
            parent = root if part.parent is None else world.get(part.parent)
            own = pose.get(part.name, IDENTITY)
            if parent is None or own is None:
                continue
            world[part.name] = parent @ own
            if len(part.mesh.position):
                yield part, world[part.name]
