"""Many copies of few meshes: a template laid down at many places, turned, scaled and tinted."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.synth.shapes import Mesh


@dataclass(frozen=True, slots=True, eq=False)
class Spots:
    """n places: x, y, z in metres, turn in degrees about the vertical, scale, tint (1 is the paint's own)."""

    place: NDArray[np.float64]  # n x 3
    turn_deg: NDArray[np.float64]
    scale: NDArray[np.float64]
    tint: NDArray[np.float64]


def spread(place: NDArray[np.float64], rng: np.random.Generator, scale: tuple[float, float]) -> Spots:
    """Spots at `place` (n x 3) with random turn, scale and tint."""
    count = len(place)
    return Spots(place, rng.uniform(0, 360, count), rng.uniform(*scale, count), rng.uniform(0.72, 1.2, count))


def scattered(template: Mesh, spots: Spots) -> Mesh:
    """One mesh of all copies."""
    count, size = len(spots.place), len(template.position)
    angle = np.radians(spots.turn_deg)
    cos, sin, zero, one = np.cos(angle), np.sin(angle), np.zeros(count), np.ones(count)
    turned = np.stack([cos, -sin, zero, sin, cos, zero, zero, zero, one], axis=1).reshape(count, 3, 3)
    position = (
        np.einsum("nij,vj->nvi", turned, template.position) * spots.scale[:, None, None]
        + spots.place[:, None, :]
    )
    normal = np.einsum("nij,vj->nvi", turned, template.normal)
    colour = np.broadcast_to(template.colour, (count, size, 4)).astype(np.float64)
    colour[:, :, :3] *= spots.tint[:, None, None]
    return Mesh(
        position.reshape(-1, 3).astype(np.float32),
        normal.reshape(-1, 3).astype(np.float32),
        np.clip(colour, 0, 255).reshape(-1, 4).astype(np.uint8),
        np.broadcast_to(template.surface, (count, size, 4)).reshape(-1, 4).copy(),
    )
