"""`sandwatch detect`: a technician tries a model on what he has; and a config that names one."""

import json
from pathlib import Path
from threading import Event as Flag

import cv2
import numpy as np
import pytest
from detector.graphs import manifest, model_file
from typer.testing import CliRunner, Result

from agent.cli import app
from agent.errors import SettingsError
from agent.outbox.view import View
from agent.run.build import runs, sight, tools
from agent.run.journey import from_voyage
from agent.run.plan import load_plan
from agent.types import Observation, Origin, Reading, Step
from eyes.synthetic_clips import make_clip
from models import shipped
from models.manifest import read_model

CRANE = (100.0, 20.0, 200.0, 120.0, 0.9, 0.0)
BOAT = (60.0, 60.0, 90.0, 80.0, 0.4, 1.0)
CONFIG = """
[device]
id = "SW-1"
[own_vessel]
kind = "dredger"
[[camera]]
name = "deck"
url = "film.mp4"
[detector]
model = "detector.onnx"
"""


def sandwatch(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def picture(path: Path, *, width: int = 640, height: int = 480) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(path), np.full((height, width, 3), 90, np.uint8))
    return path


@pytest.fixture
def config(tmp_path: Path) -> Path:
    model_file(tmp_path, [CRANE, BOAT])
    path = tmp_path / "agent.toml"
    path.write_text(CONFIG, encoding="utf-8")
    return path


def test_without_a_model_named_the_shipped_one_looks(tmp_path: Path) -> None:
    result = sandwatch("detect", picture(tmp_path / "a.jpg"), "--json")
    assert result.exit_code == 0, result.output
    assert result.stdout == ""  # a grey picture holds nothing


def test_a_config_names_the_shipped_model_by_one_word(tmp_path: Path) -> None:
    path = tmp_path / "agent.toml"
    path.write_text(CONFIG.replace("detector.onnx", "shipped"), encoding="utf-8")
    _, loaded = tools.check(path)
    assert loaded is not None
    assert loaded.sha256 == read_model(shipped.MODEL).sha256


def test_each_box_is_a_json_line_in_pixels_of_the_picture(tmp_path: Path) -> None:
    model = model_file(tmp_path, [CRANE, BOAT])
    a = picture(tmp_path / "a.jpg")
    result = sandwatch("detect", a, "--model", model, "--json")
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in result.stdout.splitlines()]
    # 640 x 480 into 320 x 192: scaled by 0.4, 32 px of border left and right
    assert lines[0] == {
        "file": str(a),
        "at_s": None,
        "label": "grab_crane",
        "score": 0.9,
        "x0": 170.0,
        "y0": 50.0,
        "x1": 420.0,
        "y1": 300.0,
    }
    assert [line["label"] for line in lines] == ["grab_crane", "boat"]


def test_a_folder_is_gone_through_and_drawings_keep_its_names(tmp_path: Path) -> None:
    model = model_file(tmp_path, [CRANE])
    picture(tmp_path / "shots" / "one" / "a.png")
    picture(tmp_path / "shots" / "two" / "a.JPG")
    (tmp_path / "shots" / "notes.txt").write_text("no picture")
    result = sandwatch("detect", tmp_path / "shots", "--model", model, "--draw", tmp_path / "drawn")
    assert result.exit_code == 0, result.output
    assert len(result.stdout.splitlines()) == 2
    drawn = sorted(path.relative_to(tmp_path / "drawn") for path in (tmp_path / "drawn").rglob("*.jpg"))
    assert drawn == [Path("shots/one/a.jpg"), Path("shots/two/a.jpg")]
    image = cv2.imread(str(tmp_path / "drawn" / "shots" / "one" / "a.jpg"))
    assert image is not None
    assert np.ptp(image[100:200, 160:180]) > 60  # the crane's left edge stands at x = 170


def test_a_clip_is_looked_at_each_so_many_seconds(tmp_path: Path) -> None:
    model = model_file(tmp_path, [CRANE])
    clip = make_clip(tmp_path / "film.mp4", pictures=100)
    result = sandwatch("detect", clip, "--model", model, "--json", "--every", 2)
    assert result.exit_code == 0, result.output
    assert [json.loads(line)["at_s"] for line in result.stdout.splitlines()] == [0.0, 2.0]


def test_a_picture_that_cannot_be_read_is_told_and_the_rest_is_looked_at(tmp_path: Path) -> None:
    model = model_file(tmp_path, [CRANE])
    folder = tmp_path / "shots"
    picture(folder / "b.jpg")
    (folder / "a.jpg").write_bytes(b"no picture")
    (folder / "c.mp4").write_bytes(b"no film")
    result = sandwatch("detect", folder, "--model", model, "--json")
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 1
    assert "a.jpg: is no picture" in result.stderr
    assert "c.mp4" in result.stderr


def test_paths_that_are_not_there_are_all_named(tmp_path: Path) -> None:
    model = model_file(tmp_path)
    (tmp_path / "empty").mkdir()
    result = sandwatch("detect", tmp_path / "x.jpg", tmp_path / "empty", "--model", model)
    assert result.exit_code == 2
    assert "x.jpg" in result.output
    assert "holds no picture" in result.output


def test_the_model_of_a_config_is_tried_too(config: Path) -> None:
    result = sandwatch("detect", picture(config.parent / "a.jpg"), "--config", config)
    assert result.exit_code == 0, result.output
    assert "grab_crane 0.90 (170 50 420 300)" in result.output


def test_check_tells_the_model_of_a_config(config: Path) -> None:
    result = sandwatch("check", config)
    assert result.exit_code == 0, result.output
    assert "detector test, sha256" in result.output
    assert "started from nothing: fixed boxes" in result.output


def test_check_reports_mistakes_of_config_and_model_together(config: Path) -> None:
    model_file(config.parent, card=manifest(labels=["truck"]))
    config.write_text(CONFIG.replace('"dredger"', '"ferry"'), encoding="utf-8")
    result = sandwatch("check", config)
    assert result.exit_code == 2
    assert "own_vessel.kind" in result.output
    assert "detector.onnx: labels = 'truck'" in result.output


def test_a_model_other_than_the_pinned_one_is_refused(config: Path) -> None:
    config.write_text(CONFIG + f'sha256 = "{"0" * 64}"\n', encoding="utf-8")
    result = sandwatch("check", config)
    assert result.exit_code == 2
    assert "detector.sha256" in result.output


def test_a_detector_table_without_a_model_is_a_mistake(config: Path) -> None:
    config.write_text(CONFIG.replace('model = "detector.onnx"', ""), encoding="utf-8")
    result = sandwatch("check", config)
    assert result.exit_code == 2
    assert "names no model" in result.output


def voyage(folder: Path, *, detector: bool) -> Path:
    """Half a minute of lying still, filmed."""
    folder.mkdir()
    model_file(folder, [CRANE])
    make_clip(folder / "film.mp4", pictures=150)
    (folder / "script.toml").write_text(
        'start_utc = 2026-11-20T00:00:00Z\nstart = [10.26, 105.578]\n[[leg]]\nkind = "anchor"\nseconds = 30\n'
    )
    tools.make_voyage_log(folder / "script.toml", folder / "gnss.nmea")
    (folder / "agent.toml").write_text(CONFIG if detector else CONFIG[: CONFIG.index("[detector]")])
    (folder / "voyage.toml").write_text(
        'format = "sandwatch-voyage/1"\nname = "short"\nsynthetic = true\nstart_utc = 2026-11-20T00:00:00Z\n'
        'nmea = "gnss.nmea"\n[video]\nfile = "film.mp4"\ncamera = "deck"\n'
    )
    return folder


@pytest.mark.parametrize("detector", [True, False])
def test_the_model_is_in_the_signed_config_and_its_boxes_in_the_looks(tmp_path: Path, detector: bool) -> None:  # noqa: FBT001
    folder = voyage(tmp_path / "voyage", detector=detector)
    looks: list[Observation] = []

    def listen(reading: Reading, step: Step) -> None:
        if isinstance(reading, Observation):
            looks.append(reading)

    journey = from_voyage(folder)
    runs.replay(
        journey,
        load_plan(journey.config),
        tmp_path / "state",
        stop=Flag(),
        listeners=(listen,),
    )
    with View.open_reading(tmp_path / "state") as view:
        applied = [json.loads(raw) for raw in view.records() if b"config.applied" in raw]
    assert looks
    if detector:
        sha256 = read_model(folder / "detector.onnx").sha256
        assert applied[0]["body"]["detector"]["sha256"] == sha256
        assert applied[0]["body"]["detector"]["labels"] == ["grab_crane", "boat"]
        assert {look.model_hash for look in looks} == {sha256}
        assert all(look.detections and look.detections[0].label == "grab_crane" for look in looks)
    else:
        assert applied[0]["body"]["detector"] is None
        assert {look.detections for look in looks} == {None}


def test_a_digest_alone_is_enough_for_a_recording_and_not_for_a_watch(config: Path) -> None:
    digest = "ab" * 32
    config.write_text(CONFIG.replace('model = "detector.onnx"', f'sha256 = "{digest}"'), encoding="utf-8")
    plan = load_plan(config)
    loaded = sight.choose_detector(plan, recorded=True)
    assert runs.watch_settings(plan, loaded).model_hash == digest
    assert runs.config_body(plan, Origin("live"), loaded)["detector"] == {"sha256": digest}
    with pytest.raises(SettingsError, match=r"detector\.model"):
        sight.choose_detector(plan)
