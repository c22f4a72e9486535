"""`sandwatch camera`: what a technician is told before he climbs down again."""

import http.client
from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from agent.cli import app
from agent.commands.camera import _Page
from agent.eyes.aim import aim
from eyes.synthetic_clips import make_clip, scene

CONFIG = """
[device]
id = "SW-1"
[own_vessel]
kind = "dredger"
[[camera]]
name = "deck"
url = "{url}"
{more}
"""


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("film") / "river.mp4", pictures=200)


def config(tmp_path: Path, url: Path, more: str = "") -> Path:
    path = tmp_path / "agent.toml"
    path.write_text(CONFIG.format(url=url, more=more), encoding="utf-8")
    return path


def said(*words: object, code: int = 0) -> str:
    done = CliRunner().invoke(app, [str(word) for word in words])
    assert done.exit_code == code, done.output
    return done.output


def test_probe_says_what_a_camera_sends_and_what_it_means(film: Path, tmp_path: Path) -> None:
    output = said(
        "camera", "probe", "--config", config(tmp_path, film, "masks = [[[0, 0], [1, 0], [1, 0.2]]]"), code=0
    )
    assert "h264 320x180" in output
    assert "a keyframe every 1.0 s: watching is cheap" in output
    assert "masks are painted over looks, stills and clips" in output


def test_probe_of_a_camera_that_is_not_there_fails_in_a_sentence(tmp_path: Path) -> None:
    output = said("camera", "probe", "--config", config(tmp_path, tmp_path / "no.mp4"), code=1)
    assert "cannot be played" in output


def test_camera_that_the_config_does_not_have_is_named_with_those_it_has(film: Path, tmp_path: Path) -> None:
    output = said("camera", "probe", "mast", "--config", config(tmp_path, film), code=2)
    assert "mast" in output
    assert "deck" in output


def test_aim_leaves_a_picture_with_the_region_and_says_how_sharp_it_is(film: Path, tmp_path: Path) -> None:
    more = "machine_region = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9], [0.1, 0.9]]"
    output = said(
        "camera", "aim", "--config", config(tmp_path, film, more), "--folder", tmp_path, "--count", 2
    )
    assert output.count("sharpness") == 2
    picture = cv2.imread(str(tmp_path / "aim.jpg"))
    assert picture is not None
    edge = picture[18, 40:280].astype(int)
    assert (edge[:, 2] - edge[:, 0] > 80).mean() > 0.8  # yellow


def test_list_names_the_cameras_of_a_config(film: Path, tmp_path: Path) -> None:
    assert "[[camera]] deck" in said("camera", "list", "--config", config(tmp_path, film))


@pytest.mark.parametrize("tilt_deg", [-6, 0, 6])
def test_horizon_that_leans_is_measured(tilt_deg: int) -> None:
    image = np.full((360, 640, 3), 190, dtype=np.uint8)
    fall = round(np.tan(np.radians(tilt_deg)) * 640)
    water = np.array([(0, 180 - fall // 2), (640, 180 + fall // 2), (640, 360), (0, 360)], dtype=np.int32)
    cv2.fillPoly(image, [water], (60, 80, 90))
    found = aim(image).tilt_deg
    assert found is not None
    assert abs(found - tilt_deg) < 1


def test_picture_out_of_focus_is_less_sharp() -> None:
    image = scene(3)
    assert aim(np.asarray(cv2.GaussianBlur(image, (15, 15), 0))).sharpness < aim(image).sharpness / 3


def test_page_is_on_loopback_and_shows_the_latest_picture() -> None:
    page = _Page()
    page.show(b"\xff\xd8picture", "sharpness 12.0")
    asked = http.client.HTTPConnection("127.0.0.1", page.port, timeout=5)
    for path, content in (("/aim.jpg?1", b"\xff\xd8picture"), ("/said", b"sharpness 12.0")):
        asked.request("GET", path)
        assert asked.getresponse().read() == content
    asked.request("GET", "/etc/passwd")
    assert asked.getresponse().status == 404


def test_probe_and_aim_take_a_folder_of_stills_too(tmp_path: Path) -> None:
    folder = tmp_path / "ftp"
    folder.mkdir()
    (folder / "a.jpg").write_bytes(cv2.imencode(".jpg", scene(0))[1].tobytes())
    named = config(tmp_path, folder)
    output = said("camera", "probe", "--config", named, "--seconds", "1")
    assert "camera deck gives pictures of 320x180 px" in output
    said("camera", "aim", "--config", named, "--folder", tmp_path, "--count", "1")
    assert (tmp_path / "aim.jpg").is_file()


def test_camera_on_the_connector_is_asked_for_by_its_own_library(tmp_path: Path) -> None:
    output = said("camera", "probe", "--config", config(tmp_path, Path("csi")), "--seconds", "1", code=1)
    assert "picamera2 is not installed here" in output
