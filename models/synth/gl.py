"""The renderer: OpenGL 3.3 without a window (EGL), on a GPU or Mesa's software renderer.

Meshes go to the card once per body; a frame is four passes: sun shadow, mirror, picture, and on
request the numbers from which labels are read.
"""

from collections.abc import Collection, Iterator, Sequence
from typing import Any, Literal, TypeAlias, get_args

import moderngl
import numpy as np
from numpy.typing import NDArray

from models.synth import textures
from models.synth.body import Body, Part
from models.synth.frame import Frame, Placed
from models.synth.glsl import air, solid, water
from models.synth.matrices import Matrix, chain, inverted, parallel, perspective, view_from
from models.synth.shapes import Mesh
from models.synth.sieve import Sieve

SHADOW_PX = 1536
GL_CLIP_DISTANCE0 = 0x3000
MIRRORED: Matrix = np.diag((1.0, 1.0, -1.0, 1.0))  # in the still water
Drawing = tuple[Part, Matrix, Placed]
Pass: TypeAlias = Literal["solid", "distant", "mirrored", "depth", "numbers"]
PASSES: tuple[Pass, ...] = get_args(Pass)


class Stage:
    """A context with its programs, textures and the meshes already sent. One per process."""

    def __init__(
        self, width_px: int, height_px: int, *, samples: int = 4, seed: int = 0, shadow_px: int = SHADOW_PX
    ) -> None:
        self.width_px, self.height_px, self.shadow_px = width_px, height_px, shadow_px
        self.context = moderngl.create_context(standalone=True, backend="egl", require=330)
        self.context.enable_direct(GL_CLIP_DISTANCE0)
        self.context.depth_func = "<="
        self._programs()
        self._targets(samples)
        self._noise(seed)
        self._sent: dict[int, _Sent] = {}

    @property
    def renderer(self) -> str:
        """The name of what draws, as OpenGL gives it."""
        with self.context:
            return str(self.context.info["GL_RENDERER"])

    def forget(self) -> None:
        """Takes all meshes off the card: for a process that draws one scene after another."""
        with self.context:
            for sent in self._sent.values():
                sent.release()
        self._sent.clear()

    def spare(self, frames: Sequence[Frame], bodies: Collection[Body]) -> float:
        """From now on draws of `bodies` only the triangles that one of `frames` shows: see `sieve`.

        Answers the share of them that a picture still draws. Labels are read from all, as before.
        """
        chosen = {id(body) for body in bodies}
        mirrored, sun = self._mirror.size, (self.shadow_px, self.shadow_px)
        with self.context:
            sieves = tuple(Sieve(self.context, *size) for size in (self._picture.size, mirrored, sun))
            self.context.enable(moderngl.DEPTH_TEST)
            held: dict[int, Mesh] = {}
            for frame in frames:
                rows = [
                    (part.mesh, matrix)
                    for part, matrix, placed in _drawings(frame)
                    if id(placed.body) in chosen
                ]
                views = (self._view(frame), self._view(frame) @ MIRRORED, self._sun_view(frame))
                for sieve, view in zip(sieves, views, strict=True):
                    for mesh, _ in rows:
                        sieve.meet(mesh, self._mesh(mesh).place)
                    sieve.look(view, rows)
                held.update((id(mesh), mesh) for mesh, _ in rows)
            for mesh in held.values():
                self._mesh(mesh).spare(self, *(sieve.kept(mesh) for sieve in sieves))
            left = sum(len(sieves[0].kept(mesh)) for mesh in held.values())
            for sieve in sieves:
                sieve.release()
        return left / max(1, sum(len(mesh.position) for mesh in held.values()))

    def picture(self, frame: Frame) -> NDArray[np.uint8]:
        """height x width x 3, RGB."""
        with self.context:  # another stage of this process may have been the last to draw
            return self._drawn(frame)

    def _drawn(self, frame: Frame) -> NDArray[np.uint8]:
        drawings = list(_drawings(frame))
        self._cast_shadow(frame, drawings)
        self._draw_mirror(frame, drawings)
        view = self._view(frame)
        self._picture.use()
        self._picture.clear(0.0, 0.0, 0.0, 0.0, depth=1.0)
        self.context.enable(moderngl.DEPTH_TEST)
        self._draw_solids(frame, drawings, view, mirrored=False)
        self._draw_water(frame, view)
        self._draw_sky(frame, view)
        self.context.copy_framebuffer(self._resolved, self._picture)
        data = np.frombuffer(self._resolved.read(components=3), np.uint8)
        return np.ascontiguousarray(data.reshape(self.height_px, self.width_px, 3)[::-1])

    def numbers(
        self, frame: Frame, number_of: dict[tuple[str, str], int], only: int | None = None
    ) -> NDArray[np.int32]:
        """height x width: for each pixel the number of what is seen there (0: nothing labelled).

        `number_of` maps (body name, label) to numbers from 1. With `only`, everything else is left out,
        so that what is hidden can be counted. The water hides what is under it either way.
        """
        with self.context:
            return self._counted(frame, number_of, only)

    def _counted(
        self, frame: Frame, number_of: dict[tuple[str, str], int], only: int | None
    ) -> NDArray[np.int32]:
        view = self._view(frame)
        self._numbers.use()
        self._numbers.clear()
        self.context.enable(moderngl.DEPTH_TEST)
        self._number["view_projection"].write(_bytes(view))
        for part, matrix, placed in _drawings(frame):
            number = number_of.get((placed.body.name, part.label or ""), 0)
            sent = self._mesh(part.mesh)
            if (only is not None and number != only) or not _in_sight(
                view, matrix @ sent.middle, sent.radius_m * _stretched(matrix)
            ):
                continue
            self._number["model"].write(_bytes(matrix))
            self._number["number"].value = number
            sent.render("numbers")
        self._flat["view_projection"].write(_bytes(view))
        self._flat["centre"].value = tuple(frame.camera.place[:2, 3])
        self._flat_water.render(moderngl.TRIANGLE_STRIP)
        data = np.frombuffer(self._numbers.read(components=1, dtype="i4"), np.int32)
        return np.ascontiguousarray(data.reshape(self.height_px, self.width_px)[::-1])

    def program(self, name: Pass) -> moderngl.Program:
        """What draws a mesh in the pass of that name."""
        return {
            "solid": self._solid,
            "distant": self._distant,
            "mirrored": self._distant,
            "depth": self._depth,
            "numbers": self._number,
        }[name]

    # ── what is made once ─────────────────────────────────────────────────────────────────────────────

    def _programs(self) -> None:
        make = self.context.program
        self._solid = make(vertex_shader=solid.SOLID_VERTEX, fragment_shader=solid.SOLID_FRAGMENT)
        self._distant = make(vertex_shader=solid.SOLID_VERTEX, fragment_shader=solid.DISTANT_FRAGMENT)
        self._depth = make(vertex_shader=solid.DEPTH_VERTEX, fragment_shader=solid.DEPTH_FRAGMENT)
        self._number = make(vertex_shader=solid.DEPTH_VERTEX, fragment_shader=solid.ID_FRAGMENT)
        self._water = make(vertex_shader=water.WATER_VERTEX, fragment_shader=water.WATER_FRAGMENT)
        self._flat = make(vertex_shader=water.WATER_VERTEX, fragment_shader=solid.ID_FRAGMENT)
        self._sky = make(vertex_shader=air.SKY_VERTEX, fragment_shader=air.SKY_FRAGMENT)
        corners = self.context.buffer(np.array([-1, -1, 1, -1, -1, 1, 1, 1], np.float32).tobytes())
        self._water_sheet = self.context.vertex_array(self._water, [(corners, "2f", "in_corner")])
        self._flat_water = self.context.vertex_array(self._flat, [(corners, "2f", "in_corner")])
        self._sky_sheet = self.context.vertex_array(self._sky, [(corners, "2f", "in_corner")])

    def _targets(self, samples: int) -> None:
        size, half = (self.width_px, self.height_px), (self.width_px // 2, self.height_px // 2)
        make = self.context
        self._picture = make.framebuffer(
            [make.renderbuffer(size, 4, samples=samples)], make.depth_renderbuffer(size, samples=samples)
        )
        self._resolved = make.framebuffer([make.renderbuffer(size, 4)])
        self._mirror_image = make.texture(half, 4)
        self._mirror_image.repeat_x = self._mirror_image.repeat_y = False
        self._mirror = make.framebuffer([self._mirror_image], make.depth_renderbuffer(half))
        self._numbers = make.framebuffer(
            [make.renderbuffer(size, 1, dtype="i4")], make.depth_renderbuffer(size)
        )
        self._shadow_map = make.depth_texture((SHADOW_PX, SHADOW_PX))
        self._shadow_map.compare_func = "<="
        self._shadow_map.repeat_x = self._shadow_map.repeat_y = False
        self._shadow = make.framebuffer(depth_attachment=self._shadow_map)

    def _noise(self, seed: int) -> None:
        rng = np.random.default_rng(seed)
        grain, clouds, waves = textures.grain(rng), textures.clouds(rng), textures.waves(rng)
        self._grain = self.context.texture(grain.shape[:2], 4, grain.tobytes())
        self._clouds = self.context.texture(clouds.shape[:2], 1, clouds.tobytes())
        self._waves = self.context.texture(waves.shape[:2], 3, waves.tobytes(), dtype="f4")
        for texture in (self._grain, self._clouds, self._waves):
            texture.build_mipmaps()
            texture.filter = (moderngl.LINEAR_MIPMAP_LINEAR, moderngl.LINEAR)
        self._grain.filter = (moderngl.LINEAR_MIPMAP_NEAREST, moderngl.LINEAR)

    def _mesh(self, mesh: Mesh) -> "_Sent":
        """`mesh` on the card; it is kept alive with its buffers, so that its id stays its own."""
        if id(mesh) not in self._sent:
            self._sent[id(mesh)] = _Sent(self, mesh)
        return self._sent[id(mesh)]

    # ── passes ────────────────────────────────────────────────────────────────────────────────────────

    def _view(self, frame: Frame) -> Matrix:
        camera = frame.camera
        lens = perspective(camera.wide_deg, self.width_px / self.height_px, camera.near_m, camera.far_m)
        return lens @ view_from(camera.place)

    def _sun_view(self, frame: Frame) -> Matrix:
        ray = np.array(frame.light.sun_ray)
        side = np.cross((0.0, 0.0, 1.0), ray)
        side /= np.linalg.norm(side)
        turned = np.eye(4)
        turned[:3, :3] = np.stack([side, np.cross(ray, side), ray])
        centred = np.eye(4)
        centred[:3, 3] = -np.array(frame.middle)
        return chain(parallel(frame.shadow_half_m, 120.0), turned, centred)

    def _cast_shadow(self, frame: Frame, drawings: list[Drawing]) -> None:
        view = self._sun_view(frame)
        self._shadow.use()
        self._shadow.clear(depth=1.0)
        self.context.enable(moderngl.DEPTH_TEST)
        self._depth["view_projection"].write(_bytes(view))
        for part, matrix, _ in drawings:
            sent = self._mesh(part.mesh)
            if (
                np.linalg.norm((matrix @ sent.middle)[:3] - frame.middle)
                < sent.radius_m + frame.shadow_half_m * 1.5
            ):
                self._depth["model"].write(_bytes(matrix))
                sent.render("depth")

    def _draw_mirror(self, frame: Frame, drawings: list[Drawing]) -> None:
        self._mirror.use()
        self._mirror.clear(0.0, 0.0, 0.0, 0.0, depth=1.0)
        self._draw_solids(frame, drawings, self._view(frame) @ MIRRORED, mirrored=True)

    def _draw_solids(self, frame: Frame, drawings: list[Drawing], view: Matrix, *, mirrored: bool) -> None:
        self._grain.use(3)
        for program in (self._solid, self._distant):
            self._set_air(program, frame, mirrored=mirrored)
            _put(program, "grain", 3)
            _put(program, "mirrored", 1.0 if mirrored else 0.0)
            _put(program, "deck_m", frame.deck_m)
            program["view_projection"].write(_bytes(view))
        seen = [
            (placed.distant, matrix, sent)
            for part, matrix, placed in drawings
            if _in_sight(
                view, matrix @ (sent := self._mesh(part.mesh)).middle, sent.radius_m * _stretched(matrix)
            )
        ]
        for distant, matrix, sent in seen:
            program = self._distant if distant or mirrored else self._solid
            program["model"].write(_bytes(matrix))
            program["model_normal"].write(np.linalg.inv(matrix[:3, :3]).astype("f4").tobytes())
            sent.render("mirrored" if mirrored else "distant" if distant else "solid")

    def _draw_water(self, frame: Frame, view: Matrix) -> None:
        program, river = self._water, frame.river
        self._set_air(program, frame, mirrored=False)
        self._waves.use(4)
        self._mirror_image.use(5)
        _put(program, "waves", 4)
        _put(program, "mirror", 5)
        _put(program, "picture_size", (float(self.width_px), float(self.height_px)))
        _put(program, "at_s", river.at_s)
        _put(program, "rough", river.rough)
        _put(program, "current", river.current_mps)
        _put(program, "centre", tuple(frame.camera.place[:2, 3]))
        _put(program, "silt_colour", river.silt)
        _put(program, "splash", (*river.splash[:2], 0.0, river.splash[2]))
        hulls = river.hulls[: water.HULLS]
        place, size = np.zeros((water.HULLS, 4), "f4"), np.zeros((water.HULLS, 4), "f4")
        for row, hull in enumerate(hulls):
            heading = np.radians(hull.heading_deg)
            place[row] = (hull.x, hull.y, np.cos(heading), np.sin(heading))
            size[row] = (hull.half_length_m, hull.half_beam_m, hull.speed_mps, 0.0)
        _put(program, "hull_count", len(hulls))
        program["hull_place"].write(place.tobytes())
        program["hull_size"].write(size.tobytes())
        program["view_projection"].write(_bytes(view))
        self._water_sheet.render(moderngl.TRIANGLE_STRIP)

    def _draw_sky(self, frame: Frame, view: Matrix) -> None:
        self._set_air(self._sky, frame, mirrored=False)
        self._sky["unproject"].write(_bytes(inverted(view)))
        self._sky_sheet.render(moderngl.TRIANGLE_STRIP)

    def _set_air(self, program: moderngl.Program, frame: Frame, *, mirrored: bool) -> None:
        light = frame.light
        x, y, z = (float(c) for c in frame.camera.place[:3, 3])
        drift = 0.00035 * frame.river.at_s
        values = {
            "eye": (x, y, -z if mirrored else z),
            "sun_ray": light.sun_ray,
            "sun_light": light.sun,
            "zenith": light.zenith,
            "horizon_sunward": light.horizon_sunward,
            "horizon_away": light.horizon_away,
            "cloud_share": light.cloud_share,
            "cloud_drift": (0.13 + drift, 0.29 + 0.4 * drift),
            "haze_per_m": light.haze_per_m,
            "exposure": light.exposure,
            "clouds": 1,
            "shadow_map": 2,
        }
        self._clouds.use(1)
        self._shadow_map.use(2)
        for name, value in values.items():
            _put(program, name, value)
        lamps = frame.lamps[: air.LAMPS]
        _put(program, "lamp_count", len(lamps))
        if lamps and "lamp_at" in program:
            at, way = np.zeros((air.LAMPS, 4), "f4"), np.zeros((air.LAMPS, 3), "f4")
            strength = np.zeros((air.LAMPS, 3), "f4")
            for row, lamp in enumerate(lamps):
                at[row] = (*lamp.at, np.cos(np.radians(lamp.wide_deg / 2.0)))
                way[row], strength[row] = lamp.toward, lamp.strength
            program["lamp_at"].write(at.tobytes())
            program["lamp_way"].write(way.tobytes())
            program["lamp_light"].write(strength.tobytes())
        if "shadow_view" in program:
            program["shadow_view"].write(_bytes(self._sun_view(frame)))


class _Sent:
    """One mesh on the card, with its bounding ball."""

    def __init__(self, stage: Stage, mesh: Mesh) -> None:
        self.mesh = mesh
        low, high = mesh.position.min(axis=0), mesh.position.max(axis=0)
        self.middle = np.array([*((low + high) / 2.0), 1.0])
        self.radius_m = float(np.linalg.norm(high - low)) / 2.0
        context = stage.context
        self.place = context.buffer(mesh.position.tobytes())
        self._rest = [
            (self.place, "3f", "in_position"),
            (context.buffer(mesh.normal.tobytes()), "3f", "in_normal"),
            (context.buffer(mesh.colour.tobytes()), "4f1", "in_colour"),
            (context.buffer(mesh.surface.tobytes()), "4f1", "in_surface"),
        ]
        self._held: list[Any] = [row[0] for row in self._rest]
        self._sheets: dict[Pass, moderngl.VertexArray | None] = {}
        for name in PASSES:
            self._lay(stage, name, None)

    def spare(
        self, stage: Stage, seen: NDArray[np.int32], mirrored: NDArray[np.int32], sunlit: NDArray[np.int32]
    ) -> None:
        """Draws only these corners from now on; numbers are given to all, as labels need."""
        kept: dict[Pass, NDArray[np.int32]] = {
            "solid": seen, "distant": seen, "mirrored": mirrored, "depth": sunlit
        }  # fmt: skip
        for name, corners in kept.items():
            self._lay(stage, name, corners)

    def render(self, name: Pass) -> None:
        sheet = self._sheets[name]
        if sheet is not None:
            sheet.render()

    def _lay(self, stage: Stage, name: Pass, corners: NDArray[np.int32] | None) -> None:
        if corners is not None and not len(corners):
            self._sheets[name] = None
            return
        program = stage.program(name)
        order = None if corners is None else stage.context.buffer(corners.tobytes())
        sheet = stage.context.vertex_array(
            program, [row for row in self._rest if row[2] in program], index_buffer=order
        )
        self._sheets[name] = sheet
        self._held += [sheet] if order is None else [sheet, order]

    def release(self) -> None:
        for held in self._held:
            held.release()


def _drawings(frame: Frame) -> Iterator[Drawing]:
    for placed in frame.placed:
        for part, matrix in placed.body.placed(placed.root, placed.pose):
            yield part, matrix, placed


def _bytes(matrix: Matrix) -> bytes:
    """Column by column, as OpenGL reads it."""
    return matrix.T.astype("f4").tobytes()


def _put(program: moderngl.Program, name: str, value: Any) -> None:
    """Sets a uniform that the compiler may have dropped as unused."""
    if name in program:
        program[name].value = value


def _stretched(matrix: Matrix) -> float:
    """The most by which `matrix` lengthens anything, so that a bounding ball still holds a scaled part."""
    return float(np.linalg.norm(matrix[:3, :3], axis=0).max())


def _in_sight(view: Matrix, middle: Matrix, radius_m: float) -> bool:
    """Whether a ball may be on the picture: outside of one of five planes it is not."""
    rows = [view[3] + view[0], view[3] - view[0], view[3] + view[1], view[3] - view[1], view[3] + view[2]]
    return all(row @ middle > -radius_m * np.linalg.norm(row[:3]) for row in rows)
