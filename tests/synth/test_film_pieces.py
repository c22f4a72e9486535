"""A tiny film rendered in pieces and joined: its stamps, its words about itself, and going on after a break."""

from pathlib import Path
from typing import Any

import av
import pytest

SCRIPT = """
synthetic = true
title = "tiny"
comment = "synthetic, rendered"
start_utc = 2026-11-20T09:50:00Z
length_s = 3.5
seed = 5
width_px = 160
height_px = 96
frames_per_s = 2
keyframe_s = 1
crf = 30
lat_deg = 10.26
lon_deg = 105.58
river_deg = 135
cloud_share = 0.5
visibility_m = 9000

[[leg]]
kind = "working"
from_s = 0
to_s = 3.5
heading_deg = 140
"""


@pytest.fixture(scope="module")
def folder(stage: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from models.synth import film  # noqa: PLC0415 (needs moderngl)

    place = tmp_path_factory.mktemp("tiny")
    (place / "film.toml").write_text(SCRIPT, encoding="utf-8")
    film.render(place, piece_frames=3)
    return place


def test_frames_of_all_pieces_stand_half_a_second_apart(folder: Path) -> None:
    with av.open(str(folder / "film.mp4")) as film:
        times = [frame.time for frame in film.decode(video=0)]
    assert times == [0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0]


def test_the_film_says_that_it_is_synthetic(folder: Path) -> None:
    with av.open(str(folder / "film.mp4")) as film:
        assert film.metadata["comment"] == "synthetic, rendered"
        assert film.metadata["title"] == "tiny"


def test_frames_are_coded_in_order_with_a_keyframe_every_second(folder: Path) -> None:
    with av.open(str(folder / "film.mp4")) as film:
        packets = [packet for packet in film.demux(video=0) if packet.size]
    assert all(packet.pts == packet.dts for packet in packets)
    # pieces begin with a keyframe of their own: frames 0, 3 and 6; every second frame within a piece
    assert [index for index, packet in enumerate(packets) if packet.is_keyframe] == [0, 2, 3, 5, 6]


def test_rendering_twice_gives_the_same_bytes(folder: Path, tmp_path: Path) -> None:
    from models.synth import film  # noqa: PLC0415 (needs moderngl)

    (tmp_path / "film.toml").write_text(SCRIPT, encoding="utf-8")
    film.render(tmp_path, piece_frames=3)
    assert (tmp_path / "film.mp4").read_bytes() == (folder / "film.mp4").read_bytes()
    assert not (tmp_path / "film.pieces").exists()


def test_a_rendering_that_was_broken_off_goes_on(
    stage: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from models.synth import film  # noqa: PLC0415 (needs moderngl)

    (tmp_path / "film.toml").write_text(SCRIPT, encoding="utf-8")
    pieces = tmp_path / "kept"
    (tmp_path / "film.mp4").mkdir()  # the last step cannot be done
    with pytest.raises(OSError, match=r"film\.mp4"):
        film.render(tmp_path, pieces=pieces, piece_frames=3)
    assert len(list(pieces.iterdir())) == 3
    (tmp_path / "film.mp4").rmdir()
    capsys.readouterr()
    film.render(tmp_path, pieces=pieces, piece_frames=3)
    assert "pieces are there" not in capsys.readouterr().out
    assert (tmp_path / "film.mp4").is_file()


def test_a_still_names_its_boxes(stage: Any, tmp_path: Path) -> None:
    from models.synth.still import render  # noqa: PLC0415 (needs moderngl)

    lines = render(4, 320, 180, tmp_path / "still.png", boxes=True)
    assert any(line.startswith("grab_crane ") for line in lines)
    assert (tmp_path / "still.png").stat().st_size > 10_000
