"""Small synthetic H.264 films and frames for the tests of the eyes. Nothing here shows a real river."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from agent.types import Detection, Frame, Image, SourceState

WIDTH_PX, HEIGHT_PX, RATE = 320, 180, 25
MS = 1_000_000
S = 1_000_000_000


def scene(at: int, *, width_px: int = WIDTH_PX, height_px: int = HEIGHT_PX) -> Image:
    """Brown water that drifts and a white box that walks; `at` numbers the picture."""
    rng = np.random.default_rng(7)
    coarse = rng.integers(60, 120, (height_px // 6 + 1, width_px // 6 + 1, 3), dtype=np.uint8)
    water = np.kron(coarse, np.ones((6, 6, 1), dtype=np.uint8))[:height_px, :width_px]
    image = np.ascontiguousarray(np.roll(water, at * 2, axis=1))
    x = 10 + (at * 3) % (width_px - 60)
    image[60:100, x : x + 40] = 250
    return image


def make_clip(
    path: Path,
    *,
    pictures: int = 100,
    keyframe_each: int = 25,
    options: dict[str, str] | None = None,
    b_frames: int = 2,
    open_gop: bool = False,
) -> Path:
    """A film at 25 pictures a second; the suffix of `path` chooses the container."""
    container_options = {"movflags": "+faststart"} if path.suffix == ".mp4" else {}
    with av.open(str(path), "w", options=container_options) as container:
        stream = container.add_stream("libx264", rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        stream.codec_context.time_base = Fraction(1, RATE)
        stream.codec_context.thread_count = 1
        stream.options = {
            "g": str(keyframe_each),
            "keyint_min": str(keyframe_each),
            "sc_threshold": "0",
            "bf": str(b_frames),
            "preset": "veryfast",
            "x264-params": f"open-gop={int(open_gop)}",
            **(options or {}),
        }
        for at in range(pictures):
            frame = av.VideoFrame.from_ndarray(scene(at), format="bgr24")
            frame.pts = at
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def corrupt(source: Path, target: Path, *, flips: int, seed: int = 5) -> Path:
    """The same film with bytes of its middle half inverted."""
    content = bytearray(source.read_bytes())
    rng = np.random.default_rng(seed)
    for at in rng.integers(len(content) // 4, len(content) * 3 // 4, flips):
        content[at] ^= 0xFF
    target.write_bytes(content)
    return target


def cut(source: Path, target: Path, *, keep: float) -> Path:
    content = source.read_bytes()
    target.write_bytes(content[: int(len(content) * keep)])
    return target


class WhiteBoxDetector:
    """Finds the white box of `scene` by its brightness: a real detector of a synthetic thing."""

    model_hash = "0" * 64

    def detect(self, image: Image) -> tuple[Detection, ...]:
        rows, columns = np.nonzero(image.min(axis=2) > 200)
        if rows.size == 0:
            return ()
        box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        return (Detection("box", 0.9, *box),)


class DrawnCamera:
    """A camera that draws 16 scenes and shows them in turn: `pictures` of them, `step_ms` apart."""

    def __init__(self, pictures: int, *, step_ms: int = 500, camera: str = "deck") -> None:
        self._pictures = pictures
        self._scenes = [scene(at) for at in range(min(pictures, 16))]
        self._step_ms = step_ms
        self.camera = camera
        self.beats = 0
        self.looks: list[float] = []
        self.closed = False

    def __iter__(self) -> Iterator[Frame | SourceState]:
        for at in range(self._pictures):
            if self.closed:
                return
            self.beats += 1
            yield Frame(at * self._step_ms * MS, self.camera, self._scenes[at % 16].copy())

    def look(self, interval_s: float) -> None:
        self.looks.append(interval_s)

    def close(self) -> None:
        self.closed = True
