"""Sequences with known activity: minutes of film, coded as a camera codes them, and the truth beside each.

    DIR/sequences.json           what is built, and the renderer (hash of this package's source)
    DIR/NAME.mp4                 H.264
    DIR/NAME.csv                 from_s,to_s,what: a line a cycle, and one for the activity of each spell
    DIR/NAME.json                plot, condition, family, split, phases of every cycle

A sequence is built under another name and renamed when it is whole: what is there is complete, and a build
goes on where it stopped. It depends on its place in the plan alone. Cycles stand in the truth with the end of
their dump: that is when sand has changed hands, and what a person would count.
"""

import csv
import json
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from models.synth import faults
from models.synth.conditions import Condition
from models.synth.dataset import renderer_version
from models.synth.families import FAMILIES, split_of
from models.synth.gl import Stage
from models.synth.lens import Lens
from models.synth.scenes.worked import DREDGING, MACHINE_WORKS, PLOTS, Cast, Plot, Worked

UNSEEN = tuple(family for family in range(FAMILIES) if split_of(family) == "test")
TRAINED = tuple(family for family in range(FAMILIES) if split_of(family) == "train")
FINER = 1.5  # drawn this much larger and reduced: cheaper than four samples a pixel, and as smooth
SHADOW_PX = 768
SIFTED = 24  # at most so many moments that tell what of banks and hull can be seen at all
# Dredging, other work and rest by turns, in all weathers. Even numbers are held out; on odd ones the figures of
# `agent.activity` may be tuned. Any first part of the list is balanced as well as its length allows.
SHOWN: tuple[tuple[Plot, Condition], ...] = (
    ("grab", "day"), ("grab", "haze"),
    ("idle", "rain"), ("idle", "day"),
    ("unload", "day"), ("unload", "haze"),
    ("excavator", "day"), ("excavator", "dusk"),
    ("grab", "night"), ("grab", "rain"),
    ("parked", "night"), ("parked", "day"),
    ("suction", "day"), ("suction", "haze"),
    ("dip", "day"), ("level", "day"),
    ("grab", "dusk"), ("grab", "ir"),
    ("neighbour", "day"), ("neighbour", "rain"),
    ("level", "haze"), ("cargo", "dusk"),
    ("cargo", "day"), ("excavator", "rain"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Plan:
    """`count` sequences of `length_s`, each as large as asked for; after the last of `shown` the list begins anew."""

    count: int
    seed: int = 1
    length_s: float = 360.0
    width_px: int = 320
    height_px: int = 180
    frames_per_s: float = 4.0
    shown: tuple[tuple[Plot, Condition], ...] = SHOWN

    def cast(self, number: int) -> Cast:
        """One of three has parts of families that the detector was trained on."""
        plot, condition = self.shown[number % len(self.shown)]
        families = TRAINED if number % 3 == 1 else UNSEEN
        return Cast(
            plot=plot,
            condition=condition,
            family=families[number % len(families)],
            seed=self.seed * 1000 + number,
            length_s=self.length_s,
        )

    def name(self, number: int) -> str:
        cast = self.cast(number)
        return f"{number:03d}-{cast.plot}-{cast.condition}"


def build(folder: Path, plan: Plan) -> str:
    """Builds what is lacking; answers a sentence. ValueError where another plan lies there."""
    folder.mkdir(parents=True, exist_ok=True)
    _claim(folder / "sequences.json", plan)
    spent = frames = 0.0
    for number in range(plan.count):
        film = folder / f"{plan.name(number)}.mp4"
        if film.exists():
            continue
        began = time.process_time()
        _build_one(film, plan, plan.cast(number))
        spent += time.process_time() - began
        frames += plan.length_s * plan.frames_per_s
        print(f"{film.name}: {spent / frames:.3f} s of processor time a frame", flush=True)
    return f"{folder}: {plan.count} sequences of {plan.length_s:g} s"


def _claim(file: Path, plan: Plan) -> None:
    about = {
        "format": 1,
        "synthetic": "every picture is rendered; none is a photograph",
        "renderer": renderer_version(),
        **{key: value for key, value in json.loads(json.dumps(asdict(plan))).items() if key != "count"},
    }
    if file.exists():
        there = json.loads(file.read_text("utf-8"))
        differing = [key for key, value in about.items() if there.get(key) != value]
        if differing:
            raise ValueError(
                f"{file.parent} holds sequences with another {', '.join(differing)}: give another folder, or delete this one"
            )
    else:
        file.write_text(json.dumps(about, indent=1) + "\n", "utf-8")


def _build_one(film: Path, plan: Plan, cast: Cast) -> None:
    scene = Worked(cast)
    size = round(plan.width_px * FINER), round(plan.height_px * FINER)
    stage = Stage(*size, samples=0, shadow_px=SHADOW_PX, seed=cast.seed)
    sifted = min(SIFTED, 2 + round(plan.length_s * plan.frames_per_s) // 60)
    stage.spare([scene.frame(float(at_s)) for at_s in np.linspace(0.0, cast.length_s, sifted)], scene.lying)
    part = film.with_suffix(".part")
    write_film(part, _pictures(scene, stage, plan), plan.width_px, plan.height_px, plan.frames_per_s)
    stage.context.release()
    truth = truth_of(scene)
    film.with_suffix(".json").write_text(json.dumps(truth, indent=1) + "\n", "utf-8")
    with film.with_suffix(".csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("from_s", "to_s", "what"))
        rows.writerow((0, cast.length_s, truth["activity"]))
        rows.writerows((cycle["from_s"], cycle["to_s"], "cycle") for cycle in truth["cycles"])
    part.replace(film)


def _pictures(scene: Worked, stage: Stage, plan: Plan) -> Iterator[NDArray[np.uint8]]:
    rng = np.random.default_rng((scene.cast.seed, 2))
    worn = faults.drawn(scene.cast.condition, rng, width_px=plan.width_px)
    still = np.random.default_rng((scene.cast.seed, 3)).integers(1 << 30)
    size = (plan.width_px, plan.height_px)
    for index in range(round(plan.length_s * plan.frames_per_s)):
        at_s = index / plan.frames_per_s
        frame = scene.frame(at_s)
        # Drops stay where they are; rain, insects and noise are new in each picture.
        dropped = faults.spoilt(
            faults.Faults(drops=worn.drops, lens=worn.lens),
            np.asarray(cv2.resize(stage.picture(frame), size, interpolation=cv2.INTER_AREA), np.uint8),
            np.random.default_rng(still),
        )
        moving = faults.Faults(
            rain=worn.rain, insects=worn.insects, beam=worn.beam, mono=worn.mono, lens=_plain(worn.lens.noise)
        )
        yield faults.spoilt(moving, dropped, np.random.default_rng((scene.cast.seed, index)))


def _plain(noise: float) -> Lens:
    """A lens that adds noise alone: bloom and softness were added with the drops."""
    return Lens(bloom=0.0, contrast=1.0, colour=1.0, vignette=0.0, softness_px=0.0, noise=max(noise, 1.2))


def truth_of(scene: Worked) -> dict[str, Any]:
    """What happened, from the scene's own cycles; those whose dump ends within the film."""
    cast = scene.cast
    activity = "moored"
    if cast.plot in MACHINE_WORKS:
        activity = "dredging" if cast.plot in DREDGING else "working"
    cycles = [
        {"from_s": round(cycle.start_s, 2), "to_s": round(cycle.ends_s[3], 2),
         "ends_s": [round(end, 2) for end in cycle.ends_s]}
        for spell in scene.spells
        for cycle in spell.cycles
        if 0.0 <= cycle.ends_s[3] < cast.length_s
    ]  # fmt: skip
    return {
        "synthetic": True,
        **asdict(cast),
        "split": split_of(cast.family),
        "activity": activity,
        "method": cast.plot if cast.plot in DREDGING else None,
        "cycles": cycles,
    }


def write_film(
    path: Path, pictures: Iterator[NDArray[np.uint8]], width_px: int, height_px: int, frames_per_s: float
) -> None:
    """H.264 as a camera gives it: no frames out of order, a keyframe every two seconds."""
    rate = Fraction(frames_per_s).limit_denominator(1000)
    with av.open(str(path), "w", format="mp4") as out:
        out.metadata.update(title="synthetic, rendered", comment="no camera took these pictures")
        stream = out.add_stream("libx264", rate=rate)
        stream.width, stream.height, stream.pix_fmt = width_px, height_px, "yuv420p"
        stream.time_base = 1 / rate
        every = max(1, round(2 * frames_per_s))
        stream.options = {"crf": "28", "preset": "medium", "bf": "0", "threads": "1", "g": str(every)}
        for index, picture in enumerate(pictures):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = index, 1 / rate
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


__all__ = ["PLOTS", "Plan", "build", "truth_of", "write_film"]
