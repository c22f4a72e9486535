"""What a scene hands to the renderer for one moment: nothing in it knows about OpenGL."""

from dataclasses import dataclass

from models.synth.body import Body, Pose
from models.synth.light import Colour, Light
from models.synth.matrices import Matrix, Point


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A body where it is and as it stands; `distant` ones are drawn without wear and shadows upon them."""

    body: Body
    root: Matrix
    pose: Pose
    distant: bool = False


@dataclass(frozen=True, slots=True)
class Afloat:
    """A hull for the water: middle, heading (0 along world x), half length and breadth, speed through the water."""

    x: float
    y: float
    heading_deg: float
    half_length_m: float
    half_beam_m: float
    speed_mps: float = 0.0


@dataclass(frozen=True, slots=True)
class River:
    """State of the water. `splash` is (x, y, strength 0 to 1) where something breaks the surface; `silt` its own colour."""

    at_s: float
    rough: float
    current_mps: tuple[float, float]
    hulls: tuple[Afloat, ...]
    splash: tuple[float, float, float] = (0.0, 0.0, 0.0)
    silt: Colour = (0.25, 0.165, 0.088)


@dataclass(frozen=True, slots=True)
class Lamp:
    """An artificial light at `at`, its beam along the unit vector `toward`, `wide_deg` from edge to edge.

    `strength` is the light at one metre from it in the beam, linear RGB like the sun's.
    """

    at: Point
    toward: Point
    wide_deg: float
    strength: Colour


@dataclass(frozen=True, slots=True, eq=False)
class Camera:
    """`place` takes the camera's frame (x ahead, y left, z up) to the world."""

    place: Matrix
    wide_deg: float = 78.0
    near_m: float = 0.6
    far_m: float = 9000.0


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One moment. `middle` is what the sun's shadows are drawn around."""

    camera: Camera
    light: Light
    river: River
    placed: tuple[Placed, ...]
    middle: Point
    deck_m: float = 1.1
    shadow_half_m: float = 30.0
    lamps: tuple[Lamp, ...] = ()  # the first six count
