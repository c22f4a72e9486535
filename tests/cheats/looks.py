"""What the real eyes and the shipped detector say of a film, and what may lie over a lens.

The camera was commissioned: `sandwatch site landmarks` took down the deck from films of its own (`commissioned`). A film
is shown to them once; a voyage plays what came of it over and over, from the moment at which the script changes
the film.
"""

from collections.abc import Iterator, Sequence
from pathlib import Path

import av
import cv2
import numpy as np
from typer.testing import CliRunner

from agent.cli import app
from agent.run.build.eyes import Watched, make_eyes
from agent.run.build.sight import open_detector
from agent.run.settings import SHIPPED
from agent.types import Image, Observation


def covered(picture: Image, cover: str) -> Image:
    """What a camera sees through it: a night without moon or town, black tape, a thin cloth, a bag, a smear of grease."""
    rng = np.random.default_rng(int(picture.sum()) % 2**32)
    seen = picture.astype(np.float32)
    if cover == "night":
        seen = 0.04 * seen + 1.0
    elif cover == "tape":
        seen = np.full_like(seen, 4.0)
    elif cover == "cloth":
        seen = 0.06 * cv2.GaussianBlur(seen, (0, 0), 40.0) + 0.12 * float(seen.mean()) + 30.0
    elif cover == "bag":
        seen = 0.35 * cv2.GaussianBlur(seen, (0, 0), 12.0) + 90.0
    else:
        seen = 0.8 * cv2.GaussianBlur(seen, (0, 0), 5.0) + 20.0
    return np.asarray(np.clip(seen + rng.normal(0.0, 2.0, seen.shape), 0, 255), dtype=np.uint8)


def pictures(film: Path) -> Iterator[Image]:
    """Every picture of a film, RGB."""
    with av.open(str(film)) as held:
        for frame in held.decode(video=0):
            yield np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8)


def commissioned(films: Sequence[Path], folder: Path, camera: str) -> Path:
    """The landmarks of the deck in these films, taken as a technician takes them."""
    taken = folder / f"{camera}.landmarks.json"
    for film in films:
        config = folder / f"{film.stem}.toml"
        config.write_text(
            f'[device]\nid = "SW-1"\n[own_vessel]\nkind = "dredger"\n[[camera]]\nname = "{camera}"\nurl = "{film}"\n',
            encoding="utf-8",
        )
        words = ["site", "landmarks", camera, "-c", str(config), "-o", str(taken), "--add"]
        said = CliRunner().invoke(app, words)
        assert said.exit_code == 0, said.output
    return taken


def looks_at(film: Path, evidence: Path, camera: str, landmarks: Path | None = None) -> list[Observation]:
    """What the eyes of a box, with the shipped detector, say of a film: a look at every picture."""
    eyes = make_eyes(Watched(camera, str(film), landmarks=landmarks), evidence, 0, open_detector(SHIPPED))
    try:
        return [item for item in eyes if isinstance(item, Observation)]
    finally:
        eyes.close()
