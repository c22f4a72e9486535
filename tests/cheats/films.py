"""The few short films by which a camera decides a scripted voyage, and those by which it was commissioned.

Rendered by `models.synth`, two and a half minutes each, 320 x 180, a picture each five seconds, coded as a camera codes
them: nothing here is a photograph. Hull A is the vessel's own, hull B another one's. What lies over a lens is put over
the pictures. The landmarks come from films of their own: another time, another light.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from agent.types import Image
from cheats.looks import covered, pictures
from models.synth import conditions, faults
from models.synth.gl import Stage
from models.synth.scenes.worked import Cast, Worked
from models.synth.sequences import write_film

LOOKS: Final = 30
EVERY_S: Final = 5.0
COMMISSIONED_S: Final = 600.0  # of the scene: long after what the voyages show
WIDE, TALL = 320, 180


@dataclass(frozen=True, slots=True)
class Shot:
    """One film: whose hull, what is done there, in which light, and what lies over the lens."""

    plot: str
    condition: str
    hull: str = "A"
    lamps: bool | None = None  # None: as the hour asks
    cover: str = ""
    from_s: float = 0.0  # of the scene


SHOTS: Final = {
    "day work": Shot("grab", "day"),
    "day rest": Shot("idle", "day"),
    "rain rest": Shot("idle", "rain"),
    "haze rest": Shot("idle", "haze"),
    "dusk rest": Shot("idle", "dusk"),
    "lamps rest": Shot("idle", "night", lamps=True),
    "dark work": Shot("grab", "night", lamps=False),
    "dark rest": Shot("idle", "night", lamps=False),
    "black work": Shot("grab", "night", lamps=False, cover="night"),
    "black rest": Shot("idle", "night", lamps=False, cover="night"),
    "hull B": Shot("idle", "day", hull="B"),
    "hull B haze": Shot("idle", "haze", hull="B"),
    "tape": Shot("grab", "day", cover="tape"),
    "cloth": Shot("grab", "day", cover="cloth"),
    "bag": Shot("grab", "day", cover="bag"),
    "grease": Shot("grab", "day", cover="grease"),
    "commissioning at work": Shot("grab", "day", from_s=COMMISSIONED_S),
    "commissioning at rest": Shot("idle", "day", from_s=COMMISSIONED_S),
    "commissioning in rain": Shot("idle", "rain", from_s=COMMISSIONED_S),
}
COMMISSIONING: Final = ("commissioning at work", "commissioning at rest", "commissioning in rain")
HULLS: Final = {"A": (11, 4101), "B": (27, 4202)}  # family of parts (of the test split) and seed


def films(folder: Path) -> dict[str, Path]:
    """Every film of SHOTS, rendered where it is lacking. A cover is put over the pictures of the film below it."""
    folder.mkdir(parents=True, exist_ok=True)
    bare: dict[Shot, Path] = {}
    found = {}
    for name, shot in SHOTS.items():
        found[name] = folder / f"{name.replace(' ', '-')}.mp4"
        if shot.cover:
            below = bare[replace(shot, cover="")]
            if not found[name].exists():
                _write(found[name], (covered(picture, shot.cover) for picture in pictures(below)))
            continue
        bare[shot] = found[name]
        if not found[name].exists():
            _write(found[name], _rendered(shot))
    return found


def _rendered(shot: Shot) -> Iterator[Image]:
    """The pictures of a shot. One hull is the same in every light: only its air is exchanged."""
    family, seed = HULLS[shot.hull]
    # as long for each, so that a hull and its berth are drawn the same
    scene = Worked(Cast(shot.plot, "day", family, seed, COMMISSIONED_S + LOOKS * EVERY_S))  # type: ignore[arg-type]
    rng = np.random.default_rng((seed, len(shot.condition), int(shot.from_s)))
    scene.air = conditions.air(shot.condition, rng)  # type: ignore[arg-type]
    if shot.lamps is not None:
        scene.air = replace(scene.air, lamps_on=shot.lamps)
    worn = replace(
        faults.drawn(shot.condition, rng, width_px=WIDE),  # type: ignore[arg-type]
        shake_px=0.0,
        coded=0.0,
    )
    stage = Stage(WIDE, TALL, seed=seed)
    for index in range(LOOKS):
        picture = stage.picture(scene.frame(shot.from_s + index * EVERY_S))
        yield faults.spoilt(worn, picture, np.random.default_rng((seed, index)))
    stage.context.release()


def _write(film: Path, pictures: Iterator[Image]) -> None:
    part = film.with_suffix(".part")
    write_film(part, pictures, WIDE, TALL, 1.0 / EVERY_S)
    part.replace(film)
