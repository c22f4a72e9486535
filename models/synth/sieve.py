"""Which triangles a film can show at all of bodies that hardly move before its camera.

The camera sees the hull it stands on from one place for good, and a bank from nearly one: of their 180,000
triangles nine in ten lie behind others or are finer than a pixel throughout. A few moments of the film are drawn
with a number for each triangle, shifted by parts of a pixel against one another; what none of them shows need
not be drawn in the others.
"""

from collections.abc import Iterable

import moderngl
import numpy as np
from numpy.typing import NDArray

from models.synth.glsl import solid
from models.synth.matrices import Matrix
from models.synth.shapes import Mesh

GOLDEN = (0.7548776662, 0.5698402910)  # Roberts' sequence: shifts that fill a pixel evenly


class Sieve:
    """Meshes go in with `meet`, moments with `look`; `kept` are a mesh's corners that were seen."""

    def __init__(self, context: moderngl.Context, width_px: int, height_px: int) -> None:
        size = (width_px, height_px)
        self._context, self._size = context, size
        self._program = context.program(
            vertex_shader=solid.SIEVE_VERTEX, fragment_shader=solid.SIEVE_FRAGMENT
        )
        self._target = context.framebuffer(
            [context.renderbuffer(size, 1, dtype="i4")], context.depth_renderbuffer(size)
        )
        self._first: dict[int, int] = {}
        self._sheets: dict[int, moderngl.VertexArray] = {}
        self._seen = np.zeros(1, dtype=bool)  # number 0 is nothing
        self._looks = 0

    def meet(self, mesh: Mesh, place: moderngl.Buffer) -> None:
        if id(mesh) not in self._first:
            self._first[id(mesh)] = len(self._seen)
            self._sheets[id(mesh)] = self._context.vertex_array(self._program, [(place, "3f", "in_position")])
            self._seen = np.concatenate([self._seen, np.zeros(len(mesh.position) // 3, dtype=bool)])

    def look(self, view: Matrix, placed: Iterable[tuple[Mesh, Matrix]]) -> None:
        self._looks += 1
        shift = np.eye(4)
        for axis, step in enumerate(GOLDEN):
            shift[axis, 3] = ((self._looks * step) % 1.0 - 0.5) * 2.0 / self._size[axis]
        self._target.use()
        self._target.clear()
        self._program["view_projection"].write((shift @ view).T.astype("f4").tobytes())
        for mesh, matrix in placed:
            self._program["model"].write(matrix.T.astype("f4").tobytes())
            self._program["first"].value = self._first[id(mesh)]
            self._sheets[id(mesh)].render()
        numbers = np.frombuffer(self._target.read(components=1, dtype="i4"), np.int32)
        self._seen[numbers] = True

    def kept(self, mesh: Mesh) -> NDArray[np.int32]:
        first = self._first[id(mesh)]
        faces = np.flatnonzero(self._seen[first : first + len(mesh.position) // 3])
        return (faces[:, None] * 3 + np.arange(3)).astype(np.int32)

    def release(self) -> None:
        for held in (*self._sheets.values(), self._target, self._program):
            held.release()
