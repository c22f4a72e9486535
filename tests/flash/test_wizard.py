"""The config of a box by questions: what is refused is asked again, and what is written is right."""

import tomllib
from pathlib import Path
from typing import Any

from typer.testing import CliRunner, Result

from agent.cli import app
from agent.event import chain
from builders import key

ROOT = Path(__file__).parents[2]
LICENCE = ROOT / "config" / "licences" / "example-tan-loc.geojson"
STATION = chain.public_text(key().public_key())


def answered(folder: Path, *answers: str, lang: str = "en") -> Result:
    lines = "".join(f"{answer}\n" for answer in answers)
    return CliRunner().invoke(app, ["bundle", "wizard", str(folder), "--lang", lang], input=lines)


def written(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "agent.toml").read_text(encoding="utf-8"))


DREDGER = (
    *("", "", "Xáng cạp ví dụ", "VD-00001", "", "1,5"),  # box, kind, name, hull, gear, bucket
    *("", "12", "", "4"),  # receiver, lever arm
    *("rtsp://10.0.0.2/main", "", "", "", ""),  # one camera
    *(str(LICENCE), ""),
    *(STATION, "https://tram.example"),
    *("Sở NN&MT", "", "", "Kỹ thuật viên A", "25/11/2026"),
)


def test_a_dredger_described_by_answers_has_a_config_that_is_checked_and_goes_into_a_bundle(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "SW-CT-0001"
    result = answered(folder, *DREDGER)
    assert result.exit_code == 0, result.output
    assert "No mistakes" in result.output
    config = written(folder)
    assert config["device"]["id"] == "SW-CT-0001"
    assert config["own_vessel"]["bucket_m3"] == 1.5
    assert config["gear"] == {"forward_m": 12.0, "right_m": 0.0, "sweep_m": 4.0}
    assert config["camera"] == [{"url": "rtsp://10.0.0.2/main", "name": "deck", "mount": "own_gear"}]
    assert config["licences"] == {"files": ["example-tan-loc.geojson"]}
    assert (folder / "example-tan-loc.geojson").read_bytes() == LICENCE.read_bytes()
    bundle = CliRunner().invoke(app, ["bundle", "make", str(folder), "-o", str(tmp_path / "box.swb")])
    assert bundle.exit_code == 0, bundle.output


def test_a_patrol_boat_without_camera_licence_and_station_needs_few_answers(tmp_path: Path) -> None:
    folder = tmp_path / "SW-CT-0002"
    result = answered(folder, "", "patrol", "", "", "", "/dev/ttyUSB0", "", "", "", "")
    assert result.exit_code == 0, result.output
    assert written(folder) == {
        "device": {"id": "SW-CT-0002"},
        "own_vessel": {"kind": "patrol", "has_gear": False},
        "gnss": {"source": "/dev/ttyUSB0"},
    }


def test_what_the_settings_refuse_is_asked_again_in_the_language_of_who_answers(tmp_path: Path) -> None:
    folder = tmp_path / "SW-CT-0003"
    answers = (
        *("hộp số ba", "SW-CT-0003", "tàu", "patrol", "", "", "maybe", "k", ""),
        *("/dev/video0", "", "", "", "/dev/video2", "deck", "stern", "", "", ""),
        *(str(ROOT / "README.md"), ""),
        *("no key", ""),
        "",
    )
    result = answered(folder, *answers, lang="vi")
    assert result.exit_code == 0, result.output
    for sentence in (
        "phải là 'dredger' hoặc 'patrol'",
        "trả lời c (có) hoặc k (không)",
        "đã có camera tên này",
        "không phải là khóa công khai của trạm",
    ):
        assert sentence in result.output
    config = written(folder)
    assert [camera["name"] for camera in config["camera"]] == ["deck", "stern"]
    assert "station" not in config
    assert "licences" not in config


def test_an_answer_that_was_refused_and_then_left_out_is_not_in_the_config(tmp_path: Path) -> None:
    folder = tmp_path / "SW-CT-0004"
    result = answered(folder, "", "", "", "VD-00001", "", "900", "", "", "", "", "", "", "")
    assert result.exit_code == 0, result.output
    assert "bucket_m3" not in written(folder)["own_vessel"]


def test_a_config_that_is_there_is_never_written_over(tmp_path: Path) -> None:
    (tmp_path / "agent.toml").write_text("# by hand\n", encoding="utf-8")
    result = answered(tmp_path, *DREDGER)
    assert result.exit_code == 2
    assert "is there already" in result.output
    assert (tmp_path / "agent.toml").read_text(encoding="utf-8") == "# by hand\n"
