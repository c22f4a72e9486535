"""A folder into which a camera puts stills is a camera: new pictures once, whole ones only, and its silence told."""

import threading
from pathlib import Path

import cv2

from agent.eyes.schedule import Schedule
from agent.run.build.eyes import is_folder
from agent.types import Frame, Health, SourceState
from eyes.synthetic_clips import scene
from hw.camera_folder import FolderCamera
from hw.clock import SystemClock


def jpeg(at: int) -> bytes:
    return cv2.imencode(".jpg", scene(at))[1].tobytes()


def watched(camera: FolderCamera, wanted: int) -> list[Frame | SourceState]:
    """What it tells until that many things were told."""
    told: list[Frame | SourceState] = []
    late = threading.Timer(30, camera.close)
    late.start()
    for item in camera:
        told.append(item)
        if len(told) == wanted:
            camera.close()
    late.cancel()
    return told


def camera_of(folder: Path, *, silent_s: float = 900.0) -> FolderCamera:
    return FolderCamera(folder, "gate", Schedule(0), SystemClock(), silent_s=silent_s)


def test_old_pictures_are_passed_over_except_the_last(tmp_path: Path) -> None:
    for at in range(3):
        (tmp_path / f"{at}.jpg").write_bytes(jpeg(at * 20))
    state, frame = watched(camera_of(tmp_path), 2)
    assert isinstance(state, SourceState)
    assert (state.state, state.reason) == (Health.HEALTHY, "camera gate gives pictures of 320x180 px")
    assert isinstance(frame, Frame)
    assert abs(frame.image.astype(int) - scene(40)).mean() < 12


def test_half_a_picture_is_waited_for_and_then_given_once(tmp_path: Path) -> None:
    whole = jpeg(0)
    (tmp_path / "a.jpg").write_bytes(whole[: len(whole) // 2])
    camera = camera_of(tmp_path)
    arrives = threading.Timer(1.5, lambda: (tmp_path / "a.jpg").write_bytes(whole))
    arrives.start()
    _, frame = watched(camera, 2)
    assert isinstance(frame, Frame)
    assert camera.unreadable == 0
    assert camera.beats >= 2


def test_folder_that_is_gone_and_comes_back_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "ftp"

    def put() -> None:
        folder.mkdir()
        (folder / "a.jpg").write_bytes(jpeg(0))

    comes = threading.Timer(0.5, put)
    comes.start()
    failed, healthy, _ = watched(camera_of(folder), 3)
    assert isinstance(failed, SourceState)
    assert failed.reason == "camera gate has no folder: check that its disk is there"
    assert isinstance(healthy, SourceState)
    assert healthy.state is Health.HEALTHY


def test_folder_that_gets_nothing_is_silent(tmp_path: Path) -> None:
    (state,) = watched(camera_of(tmp_path, silent_s=0.5), 1)
    assert isinstance(state, SourceState)
    assert state.state is Health.SILENT


def test_folder_whose_disk_is_not_there_yet_is_no_film(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(b"")
    folders = [tmp_path, tmp_path / "not-mounted", tmp_path.as_uri()]
    assert [is_folder(str(url)) for url in folders] == [True, True, True]
    others = [tmp_path / "film.mp4", tmp_path / "gone.mp4", "csi:1", "/dev/video7", "rtsp://127.0.0.1/deck"]
    assert [is_folder(str(url)) for url in others] == [False] * 5
