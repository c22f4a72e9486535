"""A voyage with the films of several cameras: each is watched, and an order goes to the camera it names."""

import json
from pathlib import Path

import pytest

from agent.errors import SettingsError
from agent.eyes.eyes import Eyes, Keeping
from agent.eyes.packets import PacketRing
from agent.eyes.ring import Ring
from agent.eyes.schedule import Schedule
from agent.eyes.several import Several
from agent.outbox.view import View
from agent.run.build import runs, tools
from agent.run.journey import from_voyage
from agent.run.plan import load_plan
from agent.run.replay import merged
from agent.run.voyage import load_voyage
from agent.types import Observation, Seal, Sealed
from eyes.synthetic_clips import S, make_clip
from hw.camera_stamps import RecordedStamps
from hw.camera_stream import VideoSource

SCRIPT = """
start_utc = 2026-11-20T03:00:00Z
start = [10.26, 105.578]
[[leg]]
kind = "anchor"
seconds = 20
"""
CONFIG = """
[device]
id = "SW-1"
[own_vessel]
kind = "dredger"
"""
VOYAGE = """
format = "sandwatch-voyage/1"
name = "two"
synthetic = true
start_utc = 2026-11-20T03:00:00Z
nmea = "gnss.nmea"
"""


def voyage(folder: Path, *cameras: str) -> Path:
    """Films of 4 s, the second a second later, beside 20 s of fixes."""
    videos = "".join(
        f'[[video]]\nfile = "{number}.mp4"\ncamera = "{camera}"\noffset_s = {number}\n'
        for number, camera in enumerate(cameras)
    )
    (folder / "voyage.toml").write_text(VOYAGE + videos, encoding="utf-8")
    (folder / "agent.toml").write_text(CONFIG, encoding="utf-8")
    (folder / "script.toml").write_text(SCRIPT, encoding="utf-8")
    tools.make_voyage_log(folder / "script.toml", folder / "gnss.nmea")
    for number, _ in enumerate(cameras):
        make_clip(folder / f"{number}.mp4")
    return folder


def test_replay_watches_every_film_of_the_voyage(tmp_path: Path) -> None:
    seen = list[Observation]()
    folder = voyage(tmp_path, "deck", "bow")
    runs.replay(
        from_voyage(folder),
        load_plan(folder / "agent.toml"),
        tmp_path / "state",
        listeners=(lambda reading, _: seen.append(reading) if isinstance(reading, Observation) else None,),
    )
    first_s = {
        camera: min(one.mono_ns for one in seen if one.camera == camera) / S for camera in ("deck", "bow")
    }
    assert first_s == {"deck": 0.0, "bow": 1.0}
    assert [one.mono_ns for one in seen] == sorted(one.mono_ns for one in seen)
    with View.open_reading(tmp_path / "state") as view:
        records = [json.loads(raw) for raw in view.records()]
    told = {record["body"]["source"] for record in records if record["kind"] == "source"}
    assert {"camera:deck", "camera:bow"} <= told


def test_each_camera_answers_for_its_own_film(tmp_path: Path) -> None:
    def eyes_of(camera: str) -> Eyes:
        packets = PacketRing()
        film = make_clip(tmp_path / f"{camera}.ts")
        source = VideoSource(str(film), camera, Schedule(1.0), RecordedStamps(0), keep=packets)
        return Eyes(source, None, Ring(), tmp_path / "evidence", keeping=Keeping(packets))

    several = Several([eyes_of("deck"), eyes_of("bow")])
    answers = list[Sealed]()
    ordered = False
    for reading in merged(several.sources()):
        if isinstance(reading, Sealed):
            answers.append(reading)
        elif not ordered and reading.mono_ns >= 2 * S:
            ordered = True
            for camera in ("deck", "bow", "mast"):
                answer = several.seal(Seal("b.1", camera, 0, 3 * S, want="clip"))
                answers += [] if answer is None else [answer]
    assert {answer.camera: (len(answer.files), answer.problem) for answer in answers} == {
        "deck": (1, None),
        "bow": (1, None),
        "mast": (0, "there is no film of camera mast"),
    }
    assert all(file.camera == answer.camera for answer in answers for file in answer.files)


def test_two_films_of_one_camera_are_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="one camera twice"):
        load_voyage(voyage(tmp_path, "deck", "deck"))
