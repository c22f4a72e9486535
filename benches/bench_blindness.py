"""What of ten replay and swap scripts is told within 30 minutes, and what is told of honest days.

Run: python benches/bench_blindness.py [--days DIR] [--boats 3] [--each 10]. Needs the renderer (extra `train`).

The scripts work on the bundled film (640 x 360, two pictures a second, by day and at dusk) and on rendered stills of
other vessels and hours. Every look goes through `observe`, `Stir` and `Blindness` as on the box; the clock is that of
the script. Each script has minutes of honest pictures before, from which the camera learns; told is the first event.

The honest days are stills, one each 1733 s, of vessels that stay themselves while place, weather, light, lamps, barge and
work change. Stills cannot say what is told from minute to minute (frozen, looped, drops), and these are not asked; for the
rest each still stands for 310 s without a break, which is longer than any onset: a flag is counted wherever one still
looks wrong. Vessels are commissioned from the daylight stills of their first two days, which are not counted.
"""

import argparse
import os
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeAlias

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from agent.activity.blindness import AS_COMMISSIONED, Blindness
from agent.eyes.landmarks import Landmarks, learned, lines
from agent.eyes.observe import observe
from agent.eyes.stir import Stir, thumbnail
from agent.types import Frame

Grey: TypeAlias = NDArray[np.uint8]
Shown: TypeAlias = Iterator[tuple[float, Grey, str]]  # second, picture, mark of the stream

FILM = Path(__file__).parents[1] / "tests" / "voyages" / "tan-loc-evening" / "film.mp4"
NOON_DEG, MIDNIGHT_DEG = 60.0, -50.0
WITHIN_S = 1800.0
STILL_EVERY_S = 1733.0
STANDS_S = 310.0
COMMISSIONED_DAYS = 2


def film() -> list[Grey]:
    """The bundled film, once a second."""
    with av.open(str(FILM)) as opened:
        stream = opened.streams.video[0]
        stream.thread_count = 1
        pictures = [
            picture.to_ndarray() for number, picture in enumerate(opened.decode(stream)) if not number % 2
        ]
    return [
        np.asarray(cv2.resize(one[:360], (320, 180), interpolation=cv2.INTER_AREA), np.uint8)
        for one in pictures
    ]


def days(folder: Path, boats: int, each: int) -> dict[tuple[int, int], dict[str, NDArray[Any]]]:
    """Stills by boat and day, rendered where they are not yet in `folder`."""
    made, stage = {}, None
    for number in range(each):
        for boat in range(boats):
            file = folder / f"b{boat}-d{number:02d}.npz"
            if not file.exists():
                from models.afloat.days import HELD_OUT, Day  # noqa: PLC0415 (needs moderngl)
                from models.synth.gl import Stage  # noqa: PLC0415

                stage = stage or Stage(320, 180, seed=1)
                day = Day(HELD_OUT[boat % len(HELD_OUT)], boat + 1, number)
                seconds = np.arange(0, 86400, STILL_EVERY_S) + (137 * number + 61 * boat) % int(STILL_EVERY_S)
                stills = [cv2.cvtColor(day.picture(stage, at), cv2.COLOR_RGB2GRAY) for at in seconds]
                sun = [day.moment(at).sun.elevation_deg for at in seconds]
                np.savez(str(file), pics=np.array(stills), secs=seconds, sun=sun)
            with np.load(file) as held:
                made[boat, number] = {name: held[name] for name in ("pics", "secs", "sun")}
    return made


def in_colour(grey: Grey) -> Grey:
    return np.asarray(cv2.cvtColor(grey, cv2.COLOR_GRAY2BGR), dtype=np.uint8)


class Box:
    """One camera of a box: its eyes, and what it makes of them."""

    def __init__(self, known: tuple[Landmarks, ...] = (), memory: Any = None) -> None:
        self.stir, self.blindness = Stir(known=known), Blindness("deck")
        if memory is not None:
            self.blindness.restore(memory, same_boot=False)

    def sees(self, shown: Shown, sun_deg: float) -> tuple[float, str] | None:
        """The first event: when and why; None where there is none."""
        for at_s, grey, mark in shown:
            frame = Frame(round(at_s * 1e9), "deck", in_colour(grey), mark)
            self.blindness.step(observe(frame, None, self.stir), sun_deg)
            for finding in self.blindness.findings():
                return at_s, ", ".join(str(reason.values["cause"]) for reason in finding.because)
        return None


def run(pictures: list[Grey], from_s: float, every_s: float = 1.0, mark: str = "c0de") -> Shown:
    for number, picture in enumerate(pictures):
        yield from_s + number * every_s, picture, mark


def coded_anew(pictures: list[Grey], noise: float, crf: int) -> list[Grey]:
    """Through x264 at a low rate, with a sender's own noise."""
    rng = np.random.default_rng(1)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "anew.mp4"
        with av.open(str(path), "w") as out:
            stream = out.add_stream("libx264", rate=1)
            stream.width, stream.height, stream.pix_fmt = 320, 180, "yuv420p"
            stream.options = {"crf": str(crf), "preset": "veryfast", "g": "10", "bf": "0", "threads": "1"}
            for number, picture in enumerate(pictures):
                noisy = np.clip(picture + rng.normal(0.0, noise, picture.shape), 0, 255).astype(np.uint8)
                frame = av.VideoFrame.from_ndarray(np.repeat(noisy[:, :, None], 3, axis=2), format="rgb24")
                frame.pts = number
                out.mux(stream.encode(frame))
            out.mux(stream.encode(None))
        with av.open(str(path)) as opened:
            return [np.asarray(one.to_ndarray()[:180], np.uint8) for one in opened.decode(video=0)]


def scripts(
    shown: list[Grey], other: list[Grey], night: list[Grey], noon: list[Grey]
) -> dict[str, Callable[[], Any]]:
    """Each gives when the cheat began, and the first event after it."""
    before, work, again = shown[0:300], shown[300:960], shown[1110:1530]
    commissioned = (learned([lines(thumbnail(one)) for one in shown[100:800:10]], own_deck=True),)

    def cheat(
        pictures: list[Grey], *, every_s: float = 1.0, sun_deg: float = NOON_DEG, mark: str = "c0de"
    ) -> Any:
        box = Box(commissioned)
        assert box.sees(run(before, 0.0), NOON_DEG) is None
        return 300.0, box.sees(run(pictures, 300.0, every_s, mark), sun_deg)

    def round_(length_s: float, every_s: float) -> list[Grey]:
        return [work[int(at % length_s)] for at in np.arange(0.0, WITHIN_S, every_s)]

    def carried() -> Any:
        box = Box(commissioned)
        assert box.sees(run(before, 0.0), NOON_DEG) is None
        return 300.0, box.sees(run(other, 300.0, 10.0), NOON_DEG)

    def moved(known: tuple[Landmarks, ...]) -> Any:
        box = Box(known)
        assert box.sees(run(before, 0.0), NOON_DEG) is None
        return 0.0, Box(known, box.blindness.snapshot()).sees(run(other, 0.0, 10.0), NOON_DEG)

    def night_by_day() -> Any:
        known = (learned([lines(thumbnail(one)) for one in noon[::3]], own_deck=True),)
        box = Box(known)
        assert box.sees(run(noon, 0.0, 10.0), NOON_DEG) is None
        box = Box(known, box.blindness.snapshot())
        assert box.sees(run(night[:-60], 0.0, 10.0), MIDNIGHT_DEG) is None
        return 0.0, Box(known, box.blindness.snapshot()).sees(run(night[-60:], 0.0, 10.0), NOON_DEG)

    return {
        "last picture held": lambda: cheat([before[-1]] * 300),
        "last picture held, coded anew": lambda: cheat(coded_anew([before[-1]] * 300, 0.0, 30)),
        "3 minutes round and round, coded anew with noise": lambda: cheat(
            coded_anew(round_(183.0, 1.0), 2.0, 30)
        ),
        "7 minutes round and round": lambda: cheat(round_(420.0, 1.0)),
        "10 minutes round and round, moored: a look each 5 s": lambda: cheat(round_(603.0, 5.0), every_s=5.0),
        "the day's recording by night": lambda: cheat(again, sun_deg=MIDNIGHT_DEG),
        "the night's recording by day": night_by_day,
        "on another hull while off, commissioned": lambda: moved(commissioned),
        "on another hull while it runs, commissioned": carried,
        "another camera at the same place": lambda: cheat(again, mark="5e1f"),
        "(beside the ten) on another hull, never commissioned": lambda: moved(()),
    }


def commissioning(stills: dict[tuple[int, int], dict[str, NDArray[Any]]], boat: int) -> Landmarks:
    looks = [
        lines(thumbnail(still))
        for day in range(COMMISSIONED_DAYS)
        for still, sun in zip(stills[boat, day]["pics"], stills[boat, day]["sun"], strict=True)
        if sun > 8.0
    ]
    return learned(looks, own_deck=True)


def sisters(stills: dict[tuple[int, int], dict[str, NDArray[Any]]]) -> str:
    """Which of the rendered vessels, much alike, are told from one another."""
    boats, told, pairs = sorted({boat for boat, _ in stills}), 0, 0
    for boat in boats:
        known = (commissioning(stills, boat),)
        for other in boats:
            if other == boat:
                continue
            held = stills[other, COMMISSIONED_DAYS]
            shown = [still for still, sun in zip(held["pics"], held["sun"], strict=True) if sun > 8.0]
            deck, box = [Stir(known=known) for _ in shown], 0
            for stir, still in zip(deck, shown, strict=True):
                seen = observe(Frame(0, "deck", in_colour(still)), None, stir)
                box += seen.landmarks is not None and seen.landmarks < AS_COMMISSIONED
            pairs += 1
            told += 2 * box > len(shown)
    return (
        f"{told} of {pairs} pairs of vessels: most daylight stills of the other are not the commissioned deck"
    )


def honest(stills: dict[tuple[int, int], dict[str, NDArray[Any]]]) -> tuple[int, Counter[str]]:
    """Days looked at, and flags by cause."""
    counted, flags = 0, Counter[str]()
    for boat in sorted({boat for boat, _ in stills}):
        known = (commissioning(stills, boat),)
        blindness, told = Blindness("deck"), set[str]()
        for day in sorted(number for at, number in stills if at == boat):
            counted += day >= COMMISSIONED_DAYS
            held = stills[boat, day]
            for still, at_s, sun in zip(held["pics"], held["secs"], held["sun"], strict=True):
                frame = Frame(0, "deck", in_colour(still), "c0de")
                seen = observe(frame, None, Stir(known=known))
                for late_s in np.arange(0.0, STANDS_S, 10.0):
                    stamp_ns = round((86400.0 * day + float(at_s) + float(late_s)) * 1e9)
                    blindness.step(replace(seen, mono_ns=stamp_ns), float(sun))
                now = {str(r.values["cause"]) for finding in blindness.findings() for r in finding.because}
                if day >= COMMISSIONED_DAYS:
                    flags.update(now - told)
                    for cause in now - told:
                        print(f"  boat {boat} day {day} at {float(at_s) / 3600:.1f} h: {cause}", flush=True)
                told = now
    return counted, flags


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    asked.add_argument("--days", type=Path, help="where rendered stills are kept (default: nowhere)")
    asked.add_argument("--boats", type=int, default=3)
    asked.add_argument(
        "--each", type=int, default=10, help="days of each boat, the first two to commission it"
    )
    given = asked.parse_args()
    os.environ.setdefault("LP_NUM_THREADS", "0")
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.days or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        stills = days(folder, given.boats, given.each)
    of_one = [
        pair
        for day in range(given.each)
        for pair in zip(stills[0, day]["pics"], stills[0, day]["sun"], strict=True)
    ]
    light = [still for still, sun in of_one if sun > 8.0]
    dark = [still for still, sun in of_one if sun < -10.0]
    told = 0
    for name, script in scripts(film(), light, dark, light).items():
        began_s, event = script()
        within = event is not None and event[0] - began_s <= WITHIN_S
        told += within and not name.startswith("(")
        print(
            f"{name:55} {'not told' if event is None else f'{(event[0] - began_s) / 60:4.1f} min: {event[1]}'}",
            flush=True,
        )
    print(f"{told} of 10 within {WITHIN_S / 60:.0f} minutes")
    print(sisters(stills))
    counted, flags = honest(stills)
    total = sum(flags.values())
    print(f"honest days: {counted} boat-days, {total} false flags {dict(flags)}")


if __name__ == "__main__":
    main()
