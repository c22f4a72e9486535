"""Renders a film piece by piece: each piece is a file of its own until all are there, then they are joined.

A piece is named by a hash of the script and of this package's source, so that an interrupted rendering
goes on where it stopped and a changed one starts anew. Frame i of the film stands at i / frames_per_s
seconds. There are no frames coded out of order.
"""

import hashlib
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from models.synth.gl import Stage
from models.synth.lens import Lens, through
from models.synth.scenes.onboard import OnBoard
from models.synth.script import Script, read

PIECE_FRAMES = 120


def render(folder: Path, *, pieces: Path | None = None, piece_frames: int = PIECE_FRAMES) -> Path:
    """Writes `film.mp4` beside `folder`/film.toml, telling its progress; returns its path."""
    source = folder / "film.toml"
    script = read(source)
    store = pieces or folder / "film.pieces"
    store.mkdir(parents=True, exist_ok=True)
    mark = _mark(source)
    files = [store / f"{mark}-{first:06d}.mp4" for first in range(0, script.frames, piece_frames)]
    lacking = [number for number, file in enumerate(files) if not file.exists()]
    if lacking:
        _render_pieces(script, files, lacking, piece_frames)
    film = folder / "film.mp4"
    _join(files, film, script, piece_frames)
    for file in files:
        file.unlink()
    if not any(store.iterdir()):
        store.rmdir()
    return film


def _mark(source: Path) -> str:
    digest = hashlib.sha256(source.read_bytes())
    for file in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(file.read_bytes())
    return digest.hexdigest()[:12]


def _render_pieces(script: Script, files: list[Path], lacking: list[int], piece_frames: int) -> None:
    scene = OnBoard(script.setting)
    stage = Stage(script.width_px, script.height_px, seed=script.setting.seed)
    print(f"{len(files) - len(lacking)} of {len(files)} pieces are there; drawing with {stage.renderer}")
    began = time.monotonic()
    for done, number in enumerate(lacking, start=1):
        first = number * piece_frames
        last = min(first + piece_frames, script.frames)
        part = files[number].with_suffix(".part")
        _write(part, _pictures(scene, stage, script, first, last), script, last - first)
        part.replace(files[number])
        spent = (time.monotonic() - began) / done
        print(
            f"frame {last} of {script.frames}: {spent / piece_frames:.2f} s each, "
            f"{spent * (len(lacking) - done) / 60:.0f} min left",
            flush=True,
        )


def _pictures(
    scene: OnBoard, stage: Stage, script: Script, first: int, last: int
) -> Iterator[NDArray[np.uint8]]:
    lens = Lens()
    for index in range(first, last):
        frame = scene.frame(index / script.frames_per_s)
        yield through(lens, stage.picture(frame), np.random.default_rng((script.setting.seed, index)))


def _rate(script: Script) -> Fraction:
    return Fraction(script.frames_per_s).limit_denominator(1000)


def _write(path: Path, pictures: Iterator[NDArray[np.uint8]], script: Script, count: int) -> None:
    rate = _rate(script)
    with av.open(str(path), "w", format="mp4") as out:
        stream = out.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = script.width_px, script.height_px, "yuv420p"
        stream.time_base = 1 / rate
        every = max(1, round(script.keyframe_s * script.frames_per_s))
        stream.options = {
            "crf": f"{script.crf:g}",
            "preset": "slow",
            "bf": "0",
            "threads": "1",
            "x264-params": f"keyint={every}:min-keyint={every}:scenecut=0:no-psy=1:deblock=1,1",
        }
        for index, picture in zip(range(count), pictures, strict=True):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = index, 1 / rate
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def _join(files: list[Path], film: Path, script: Script, piece_frames: int) -> None:
    """All pieces into one file without coding again; the index at the front, so that it streams."""
    part = film.with_suffix(".part")
    with av.open(str(part), "w", format="mp4", options={"movflags": "+faststart"}) as out:
        out.metadata.update(title=script.title, comment=script.comment)
        stream = None
        for number, file in enumerate(files):
            with av.open(str(file)) as piece:
                coded = piece.streams.video[0]
                if stream is None:
                    stream = out.add_stream_from_template(coded)
                unit = coded.time_base or 1 / _rate(script)
                offset = round(number * piece_frames / _rate(script) / unit)
                for packet in piece.demux(coded):
                    if packet.dts is None or packet.pts is None:
                        continue
                    packet.pts += offset
                    packet.dts += offset
                    packet.stream = stream
                    out.mux(packet)
    part.replace(film)
