"""A technician reads every mistake of his file at once, with its key, its value and what is allowed."""

from pathlib import Path

import pytest

from agent.errors import SettingsError
from agent.event import chain
from agent.run.settings import load_settings, parse_settings
from builders import key

PUBLIC = chain.public_text(key().public_key())
GOOD = f"""
[device]
id = "SW-CT-0001"
[own_vessel]
kind = "dredger"
[gnss]
source = "/dev/ttyACM0"
[[camera]]
name = "deck"
url = "/dev/video0"
[licences]
files = ["licences/a.geojson"]
[station]
url = "https://station.example.vn"
public_key = "{PUBLIC}"
"""


FIVE_CAMERAS = (
    "".join(f'[[camera]]\nname = "mast-{number}"\nurl = "x"\n' for number in range(4)) + "[licences]"
)


def mistakes(text: str) -> str:
    with pytest.raises(SettingsError) as caught:
        parse_settings(text, "agent.toml")
    return str(caught.value)


def test_a_good_file_is_read_and_its_paths_are_relative_to_it(tmp_path: Path) -> None:
    (tmp_path / "agent.toml").write_text(GOOD)
    settings = load_settings(tmp_path / "agent.toml")
    assert settings.device.id == "SW-CT-0001"
    assert settings.licences.files == (tmp_path / "licences" / "a.geojson",)


def test_the_example_file_is_without_mistakes() -> None:
    load_settings(Path(__file__).parents[2] / "config" / "agent.example.toml")


def test_all_mistakes_are_reported_together() -> None:
    text = (
        GOOD.replace("SW-CT-0001", "no spaces allowed")
        .replace('"dredger"', '"submarine"')
        .replace("https:", "ftp:")
    )
    said = mistakes(text + "[surprise]\nx = 1\n")
    assert "4 mistake(s)" in said
    for part in (
        "device.id",
        "own_vessel.kind",
        "submarine",
        "'dredger' or 'patrol'",
        "station.url",
        "surprise",
    ):
        assert part in said


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[device]", "[device", "is not TOML"),
        ('id = "SW-CT-0001"', "", "device.id: is missing"),
        ("[[camera]]", "[[camara]]", "camara"),
        ('name = "deck"', 'name = "Sàn Sau"', "camera.0.name"),
        (PUBLIC, "abc", "station.public_key"),
        (PUBLIC, PUBLIC[:-1], "station.public_key"),
        ("[gnss]", "[gnss]\nbaud = 12", "gnss.baud = 12"),
        ("[licences]", FIVE_CAMERAS, "4 cameras are supported"),
        ("[licences]", '[[camera]]\nname = "deck"\nurl = "x"\n[licences]', "two cameras have the name deck"),
        (
            'url = "/dev/video0"',
            'url = "/dev/video0"\nmasks = [[[0, 0], [1.5, 0], [1, 1]]]',
            "camera.0.masks.0.1.0",
        ),
        ('url = "/dev/video0"', 'url = "/dev/video0"\nturn_deg = 45', "camera.0.turn_deg"),
        ("[gnss]", '[antenna]\nreceiver = "good"\n[gnss]', "antenna.receiver = 'good'"),
        ("[gnss]", "[gear]\nforward_m = 12\nright_m = 0\n[gnss]", "gear.sweep_m: is missing"),
        ("[gnss]", "[trust]\nlat_deg = [11, 8]\n[gnss]", "trust.lat_deg"),
        ("[gnss]", "[gear]\nforward_m = 1200\nright_m = 0\nsweep_m = 4\n[gnss]", "gear.forward_m = 1200"),
    ],
)
def test_a_mistake_is_named_with_its_key(old: str, new: str, said: str) -> None:
    assert said in mistakes(GOOD.replace(old, new, 1))


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("[device]", "[device", "không phải là TOML"),
        ('id = "SW-CT-0001"', "", "device.id: thiếu (bắt buộc)"),
        ("[[camera]]", "[[camara]]", "không phải là mục của tệp này"),
        ('"dredger"', '"submarine"', "phải là 'dredger' hoặc 'patrol'"),
        ('name = "deck"', 'name = "Sàn Sau"', "phải viết theo mẫu"),
        ("[gnss]", "[gnss]\nbaud = 12", "gnss.baud = 12: phải từ 4800 trở lên"),
        ("[gnss]", '[gnss]\nbaud = "fast"', "phải là một số nguyên"),
        ("[licences]", FIVE_CAMERAS, "chỉ dùng được 4 camera (bỏ bớt)"),
        (PUBLIC, "abc", "không phải là khóa công khai của trạm"),
        ("[gnss]", "[trust]\nlat_deg = [11, 8]\n[gnss]", "ghi giới hạn dưới trước"),
    ],
)
def test_a_mistake_is_told_in_vietnamese_too(old: str, new: str, said: str) -> None:
    with pytest.raises(SettingsError) as caught:
        parse_settings(GOOD.replace(old, new, 1), "agent.toml")
    text = caught.value.text("vi")
    assert said in text
    assert "is missing" not in text
    assert "nput should" not in text


def test_a_file_that_cannot_be_read_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read: No such file"):
        load_settings(tmp_path / "none.toml")
    with pytest.raises(SettingsError, match="is a folder"):
        load_settings(tmp_path)
    (tmp_path / "latin.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingsError, match="not UTF-8"):
        load_settings(tmp_path / "latin.toml")
