"""Twenty configs without a mistake by which the box would be deaf, blind or without its card: the one before comes back.

The agent is the real one, with a receiver on a pty and, where the config has cameras, its eyes in their own process.
"""

import contextlib
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from agent.run.build import flashing, runs
from agent.run.plan import load_plan
from flash.flash_builders import Box, box, files, made
from gnss.plugged_receiver import framed, sending

RMC = framed("GNRMC,100000.00,A,1015.67380,N,10534.76282,E,0.071,178.72,201126,,,A,V")
AIS = b"!AIVDM,1,1,,A,15Muq40P00G?tLRGdk000?vN0<0,0*00\r\n"
GIVE_UP_S = 60.0


@contextlib.contextmanager
def painting(folder: Path) -> Iterator[Path]:
    """A camera that leaves a new still twice a second."""
    end = threading.Event()

    def paint() -> None:
        number = 0
        while not end.wait(0.5):
            number += 1
            part = folder / f"{number:04d}.part"
            part.write_bytes(cv2.imencode(".jpg", np.full((72, 128, 3), number % 200, np.uint8))[1].tobytes())
            part.rename(part.with_suffix(".jpg"))

    thread = threading.Thread(target=paint, daemon=True)
    thread.start()
    try:
        yield folder
    finally:
        end.set()
        thread.join()


class Broken:
    """What stands where it should not, for configs that name it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "no-stills").mkdir()
        (folder / "stills").mkdir()
        (folder / "empty").write_bytes(b"")
        (folder / "text.mp4").write_bytes(b"no film at all\n" * 100)
        (folder / "stranger").mkdir()
        (folder / "stranger" / ".sandwatch-card.json").write_text('{"card": "77", "device": "SW-9"}')

    def gnss(self, source: object) -> str:
        return f'[gnss]\nsource = "{source}"\n'

    def camera(self, url: object, name: str = "deck", more: str = "") -> str:
        return f'[[camera]]\nname = "{name}"\nurl = "{url}"\nclips = false\n{more}'

    def card(self, folder: object) -> str:
        return f'[evidence]\nfolder = "{folder}"\n'


Make = Callable[[Broken], str]
BROKEN: dict[str, Make] = {
    "no such receiver": lambda here: here.gnss("/dev/ttyNONE0"),
    "a receiver that is no tty": lambda here: here.gnss("/dev/null"),
    "a receiver that is an empty file": lambda here: here.gnss(here.folder / "empty"),
    "a receiver that is a folder": lambda here: here.gnss(here.folder),
    "a receiver behind a port nobody listens at": lambda here: here.gnss("socket://127.0.0.1:1"),
    "a receiver behind a gateway that is not there": lambda here: here.gnss("rfc2217://127.0.0.1:1"),
    "a receiver by a scheme nobody knows": lambda here: here.gnss("gopher://receiver"),
    "a receiver that says nothing": lambda here: here.gnss(here.folder / "silent"),
    "a receiver that is noise": lambda here: here.gnss(here.folder / "noise"),
    "a receiver whose checksums are wrong": lambda here: here.gnss(here.folder / "wrong"),
    "an AIS receiver in its place": lambda here: here.gnss(here.folder / "ais"),
    "the data card of nobody": lambda here: here.card(here.folder / "stills"),
    "the data card of another box": lambda here: here.card(here.folder / "stranger"),
    "a data card that is not mounted": lambda here: here.card(here.folder / "nothing"),
    "no such camera": lambda here: here.camera("/dev/video77"),
    "a camera nobody answers for": lambda here: here.camera("rtsp://127.0.0.1:1/live"),
    "a camera that is a text": lambda here: here.camera(here.folder / "text.mp4"),
    "a camera that is an empty folder": lambda here: here.camera(here.folder / "no-stills"),
    "a second camera that is not there": lambda here: (
        here.camera(here.folder / "stills") + here.camera("/dev/video77", "hold")
    ),
    "a second stream that is not there": lambda here: here.camera(
        "rtsp://127.0.0.1:1/live", more='second_url = "rtsp://127.0.0.1:1/low"\n'
    ),
}
IN_CI = [
    "no such receiver",
    "a receiver that says nothing",
    "a receiver whose checksums are wrong",
    "the data card of another box",
    "no such camera",
]


def tried(folder: Path, make: Make, window_s: int) -> Box:
    """The box after its agent has run by a config until the trial was over."""
    here = Broken(folder)
    held = box(folder)
    with (
        sending(folder, "good", RMC) as good,
        sending(folder, "silent", b""),
        sending(folder, "noise", bytes(range(128, 256)) * 8),
        sending(folder, "wrong", RMC[:-4] + b"00\r\n"),
        sending(folder, "ais", AIS),
        painting(here.folder / "stills"),
    ):
        more = make(here)
        more = more if "[gnss]" in more else here.gnss(good) + more
        held.take(made(files(more=more), window_s=window_s))
        stop = threading.Event()
        plan = load_plan(held.home.settings_file())
        limit = threading.Timer(GIVE_UP_S, stop.set)
        limit.start()
        watcher = threading.Thread(target=stop_when_over, args=(held, stop), daemon=True)
        watcher.start()
        runs.run_live(
            plan, held.home.folder.parent, stop, trial=flashing.on_trial(held.home, plan.settings, stop)
        )
        limit.cancel()
        watcher.join()
    return held


def stop_when_over(held: Box, stop: threading.Event) -> None:
    while not stop.wait(0.2):
        if held.home.state().trial is None:
            stop.set()


def came_back(folder: Path, name: str, window_s: int) -> None:
    held = tried(folder, BROKEN[name], window_s)
    state = held.home.state()
    assert state.last is not None
    assert state.last.what == "rolled_back", name
    assert state.sequence == 1
    assert held.in_force().endswith(b"# the first\n")


def test_there_are_twenty() -> None:
    assert len(BROKEN) == 20


@pytest.mark.parametrize("name", IN_CI)
def test_a_config_that_leaves_the_box_deaf_or_blind_is_rolled_back(name: str, tmp_path: Path) -> None:
    came_back(tmp_path, name, 2)


@pytest.mark.soak
@pytest.mark.parametrize("name", BROKEN)
def test_broken_configs_twenty_are_all_rolled_back(name: str, tmp_path: Path) -> None:
    came_back(tmp_path, name, 20)


def test_a_config_by_which_the_box_hears_and_sees_is_confirmed(tmp_path: Path) -> None:
    held = tried(tmp_path, lambda here: here.camera(here.folder / "stills"), 50)
    state = held.home.state()
    assert state.last is not None
    assert (state.last.what, state.sequence) == ("confirmed", 2)
