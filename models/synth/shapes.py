"""Triangles: boxes, tubes, turned bodies, sheets and lofts, each painted.

A mesh is a plain list of triangles, three vertices each, nothing shared: parts are merged by laying
their arrays end to end.
"""

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from models.synth.matrices import Matrix, Point
from models.synth.paint import Paint

Floats = NDArray[np.float32]
Bytes = NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Mesh:
    """n vertices, n a multiple of 3.

    Place and normal are n x 3, colour n x 4 (sRGB), surface n x 4 (gloss, rust, grime, kind).
    """

    position: Floats
    normal: Floats
    colour: Bytes
    surface: Bytes

    def moved(self, matrix: Matrix) -> "Mesh":
        """The mesh after `matrix`; normals follow by its inverse transpose."""
        linear = np.linalg.inv(matrix[:3, :3]).T
        normal = self.normal @ linear.T
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
        position = self.position @ matrix[:3, :3].T + matrix[:3, 3]
        return Mesh(position.astype(np.float32), normal.astype(np.float32), self.colour, self.surface)


def join(meshes: Iterable[Mesh]) -> Mesh:
    """All of `meshes` as one; none at all is an empty mesh."""
    given = list(meshes)
    if not given:
        return Mesh(
            np.zeros((0, 3), np.float32),
            np.zeros((0, 3), np.float32),
            np.zeros((0, 4), np.uint8),
            np.zeros((0, 4), np.uint8),
        )
    return Mesh(
        np.concatenate([m.position for m in given]),
        np.concatenate([m.normal for m in given]),
        np.concatenate([m.colour for m in given]),
        np.concatenate([m.surface for m in given]),
    )


def triangles(
    position: NDArray[np.floating], paint: Paint, normal: NDArray[np.floating] | None = None
) -> Mesh:
    """Painted triangles from n x 3 places; without normals each triangle gets its own flat one."""
    place = np.ascontiguousarray(position, dtype=np.float32)
    if normal is None:
        corners = place.reshape(-1, 3, 3)
        flat = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        flat /= np.maximum(np.linalg.norm(flat, axis=1, keepdims=True), 1e-12)
        normal = np.repeat(flat, 3, axis=0)
    count = len(place)
    colour = np.tile(np.array([paint.red, paint.green, paint.blue, 255], np.uint8), (count, 1))
    worn = [round(255 * min(1.0, share)) for share in (paint.gloss, paint.rust, paint.grime)]
    surface = np.tile(np.array([*worn, int(paint.kind)], np.uint8), (count, 1))
    return Mesh(place, np.ascontiguousarray(normal, dtype=np.float32), colour, surface)


def sheet(grid: NDArray[np.floating], paint: Paint, *, smooth: bool = True) -> Mesh:
    """The surface through a grid of places, rows x columns x 3."""
    corners = [grid[:-1, :-1], grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:]]
    order = (0, 1, 2, 0, 2, 3)
    position = np.stack([corners[i] for i in order], axis=2).reshape(-1, 3)
    if not smooth:
        return triangles(position, paint)
    normal = np.cross(np.gradient(grid, axis=0), np.gradient(grid, axis=1))
    normal /= np.maximum(np.linalg.norm(normal, axis=2, keepdims=True), 1e-9)
    bent = [normal[:-1, :-1], normal[1:, :-1], normal[1:, 1:], normal[:-1, 1:]]
    return triangles(position, paint, np.stack([bent[i] for i in order], axis=2).reshape(-1, 3))


def polygon(corners: Sequence[Point], paint: Paint) -> Mesh:
    """A flat convex face."""
    fan = [(corners[0], corners[i], corners[i + 1]) for i in range(1, len(corners) - 1)]
    return triangles(np.array(fan, np.float32).reshape(-1, 3), paint)


def box(size: Point, centre: Point, paint: Paint) -> Mesh:
    """`size` is length, breadth, height."""
    return prism(
        [
            (-size[0] / 2, -size[1] / 2),
            (size[0] / 2, -size[1] / 2),
            (size[0] / 2, size[1] / 2),
            (-size[0] / 2, size[1] / 2),
        ],
        size[2],
        (centre[0], centre[1], centre[2] - size[2] / 2),
        paint,
    )


def prism(outline: Sequence[tuple[float, float]], height: float, foot: Point, paint: Paint) -> Mesh:
    """A convex outline in x and y raised by `height` from `foot`."""
    low = [(x + foot[0], y + foot[1], foot[2]) for x, y in outline]
    high = [(x, y, z + height) for x, y, z in low]
    after = [*range(1, len(low)), 0]
    walls = [polygon((low[i], low[j], high[j], high[i]), paint) for i, j in enumerate(after)]
    return join([*walls, polygon(high, paint), polygon(low[::-1], paint)])


def tube(
    a: Point,
    b: Point,
    radius: float,
    paint: Paint,
    *,
    sides: int = 6,
    end: float | None = None,
    capped: bool = False,
) -> Mesh:
    """A round bar from `a` to `b`; `end` is its radius at `b` where it tapers."""
    start, stop = np.array(a, dtype=np.float64), np.array(b, dtype=np.float64)
    along = stop - start
    along /= max(float(np.linalg.norm(along)), 1e-9)
    side = np.cross(along, (0.0, 0.0, 1.0) if abs(along[2]) < 0.9 else (1.0, 0.0, 0.0))
    side /= np.linalg.norm(side)
    angle = np.linspace(0.0, 2.0 * math.pi, sides + 1)
    ring = np.cos(angle)[:, None] * side + np.sin(angle)[:, None] * np.cross(along, side)
    far = radius if end is None else end
    grid = np.stack([start + ring * radius, stop + ring * far])
    corners = (grid[0, :-1], grid[1, :-1], grid[1, 1:], grid[0, 1:])
    bent = (ring[:-1], ring[:-1], ring[1:], ring[1:])
    order = (0, 1, 2, 0, 2, 3)
    wall = triangles(
        np.stack([corners[i] for i in order], axis=1).reshape(-1, 3),
        paint,
        np.stack([bent[i] for i in order], axis=1).reshape(-1, 3),
    )
    if not capped:
        return wall
    lids = [
        triangles(
            np.stack([np.broadcast_to(middle, (sides, 3)), rim[:-1], rim[1:]], axis=1).reshape(-1, 3),
            paint,
            np.broadcast_to(facing, (sides * 3, 3)),
        )
        for middle, rim, facing in ((start, grid[0], -along), (stop, grid[1], along))
    ]
    return join([wall, *lids])


def polyline(points: Sequence[Point], radius: float, paint: Paint, *, sides: int = 5) -> Mesh:
    """Bars from point to point: rails, hoses, ropes."""
    return join(tube(a, b, radius, paint, sides=sides) for a, b in itertools.pairwise(points))


def revolve(profile: Sequence[tuple[float, float]], at: Point, paint: Paint, *, sides: int = 12) -> Mesh:
    """A profile of (radius, height) turned about the vertical through `at`."""
    angle = np.linspace(0.0, 2.0 * math.pi, sides + 1)
    radius = np.array([r for r, _ in profile])[:, None]
    height = np.array([z for _, z in profile])[:, None]
    grid = np.stack(
        [
            radius * np.cos(angle) + at[0],
            radius * np.sin(angle) + at[1],
            np.broadcast_to(height, (len(profile), sides + 1)) + at[2],
        ],
        axis=2,
    )
    return sheet(grid, paint, smooth=False)


def ball(radius: float, at: Point, paint: Paint, *, sides: int = 8, squash: float = 1.0) -> Mesh:
    rings = max(3, sides // 2)
    profile = [
        (radius * math.sin(math.pi * k / rings), -radius * squash * math.cos(math.pi * k / rings))
        for k in range(rings + 1)
    ]
    grid = revolve(profile, (0.0, 0.0, 0.0), paint, sides=sides)
    normal = grid.position / np.maximum(np.linalg.norm(grid.position, axis=1, keepdims=True), 1e-9)
    place = grid.position + np.array(at, np.float32)
    return Mesh(place, normal.astype(np.float32), grid.colour, grid.surface)


def ring(radius: float, thick: float, paint: Paint, *, sides: int = 12) -> Mesh:
    """A tyre or sheave about the y axis, at the origin."""
    turn_angle = np.linspace(0.0, 2.0 * math.pi, sides + 1)
    across = np.linspace(0.0, 2.0 * math.pi, 7)
    reach = radius + thick * np.cos(across)
    grid = np.stack(
        [
            np.outer(np.cos(turn_angle), reach),
            np.broadcast_to(thick * 0.9 * np.sin(across), (sides + 1, 7)),
            np.outer(np.sin(turn_angle), reach),
        ],
        axis=2,
    )
    return sheet(grid, paint)


def railing(
    points: Sequence[Point], paint: Paint, *, height: float = 1.0, gap: float = 1.6, bars: int = 2
) -> Mesh:
    """Posts every `gap` metres along the foot points and `bars` rails."""
    meshes = []
    for a, b in itertools.pairwise(points):
        count = max(1, round(math.dist(a, b) / gap))
        for k in range(count + 1):
            x, y, z = (a[i] + (b[i] - a[i]) * k / count for i in range(3))
            meshes.append(tube((x, y, z), (x, y, z + height), 0.025, paint, sides=4))
        for bar in range(1, bars + 1):
            lift = height * bar / bars
            meshes.append(tube((a[0], a[1], a[2] + lift), (b[0], b[1], b[2] + lift), 0.022, paint, sides=4))
    return join(meshes)


def corrugated(
    size: tuple[float, float], at: Point, paint: Paint, *, slope: float = 0.0, ribs: int = 24
) -> Mesh:
    """A roof sheet, length x breadth, ribbed along its length, dropping by `slope` metres over it."""
    across = np.linspace(-size[1] / 2, size[1] / 2, ribs + 1)
    along = np.array([-size[0] / 2, size[0] / 2])
    wave = 0.035 * (np.arange(ribs + 1) % 2)
    grid = np.stack(
        [
            np.broadcast_to(along[:, None], (2, ribs + 1)) + at[0],
            np.broadcast_to(across, (2, ribs + 1)) + at[1],
            np.array([slope / 2, -slope / 2])[:, None] + wave + at[2],
        ],
        axis=2,
    )
    return sheet(grid, paint, smooth=False)


def girder(
    top: Sequence[tuple[float, float]], bottom: Sequence[tuple[float, float]], breadth: float, paint: Paint
) -> Mesh:
    """A plate girder in the plane of x and z: two outlines of equally many (x, z) points, `breadth` metres wide."""
    half = breadth / 2.0
    upper, lower = np.array(top, dtype=np.float64), np.array(bottom, dtype=np.float64)
    corners = [
        np.column_stack([line[:, 0], np.full(len(line), y), line[:, 1]])
        for line, y in ((upper, -half), (upper, half), (lower, half), (lower, -half))
    ]
    walls = [
        sheet(np.stack([corners[i], corners[(i + 1) % 4]], axis=1), paint, smooth=False) for i in range(4)
    ]
    ends = [polygon([tuple(corner[i]) for corner in corners], paint) for i in (0, -1)]
    return join([*walls, *ends])
