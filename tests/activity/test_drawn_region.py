"""The region a technician draws: refused where it cannot be meant, shown without any detector."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from typer.testing import CliRunner

from agent.cli import app
from agent.errors import SettingsError
from agent.run.settings import parse_settings

CONFIG = """
[device]
id = "SW-1"
[own_vessel]
kind = "dredger"
[[camera]]
name = "deck"
url = "film.mp4"
{camera}
"""


def test_region_is_drawn_into_a_picture_without_a_detector(tmp_path: Path) -> None:
    config, picture = tmp_path / "agent.toml", tmp_path / "river.png"
    config.write_text(
        CONFIG.format(camera="machine_region = [[0.2, 0.2], [0.8, 0.2], [0.8, 0.8], [0.2, 0.8]]"), "utf-8"
    )
    cv2.imwrite(str(picture), np.zeros((100, 160, 3), np.uint8))
    drawn = tmp_path / "drawn"
    done = CliRunner().invoke(app, ["detect", str(picture), "--config", str(config), "--draw", str(drawn)])
    assert done.exit_code == 0, done.output
    image = cv2.imread(str(drawn / "river.jpg"))
    assert image is not None
    assert image[20, 80].max() > 100  # its upper edge
    assert image[50, 80].max() < 30


@pytest.mark.parametrize(
    ("camera", "said"),
    [
        ("machine_region = [[0.1, 0.1], [0.9, 0.1]]", "at least 3"),
        ("machine_region = [[0.1, 0.1], [1.9, 0.1], [0.5, 0.5]]", "less than or equal to 1"),
        ("machine_region = [[0.1, 0.1], [0.11, 0.1], [0.11, 0.11]]", "draw it wider"),
        ("machine_region = [[0.1, 0.1], [0.9, 0.9], [0.9, 0.1], [0.1, 0.8]]", "crosses itself"),
        ('mount = "patrol"\nmachine_region = [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]]', "of the own gear"),
    ],
)
def test_a_region_that_cannot_be_meant_is_refused_with_the_reason(camera: str, said: str) -> None:
    with pytest.raises(SettingsError) as refused:
        parse_settings(CONFIG.format(camera=camera), "agent.toml")
    assert said in str(refused.value)
