"""What the doctor says of a box, and that he is right: each finding has its remedy, and offsets are called by their names."""

import math
from pathlib import Path

import av
import numpy as np
import pytest
from typer.testing import CliRunner

from agent.cli import app
from agent.errors import Both
from agent.run.health import (
    Found,
    Grade,
    of_board,
    of_bucket,
    of_clock,
    of_disk,
    of_fix,
    of_landmark,
    of_picture,
)
from agent.types import ClockQuality
from builders import START, fix, lost
from gnss.plugged_receiver import framed, sending
from hw.board import read_board

RMC = framed("GNRMC,100000.00,A,1015.67380,N,10534.76282,E,0.071,178.72,201126,,,A,V")
GGA = framed("GNGGA,100000.00,1015.67380,N,10534.76282,E,1,11,0.9,2.0,M,,M,,")
AT = "10.26123,105.57938"
FILM = Path(__file__).parents[1] / "voyages" / "tan-loc-evening" / "film.mp4"


def doctor(*arguments: object) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["doctor", "--lang", "en", *[str(argument) for argument in arguments]])
    return result.exit_code, result.output


def config(folder: Path, source: object) -> Path:
    path = folder / "agent.toml"
    path.write_text(
        f'[device]\nid = "SW-1"\nstate_dir = "{folder}"\n[own_vessel]\nkind = "patrol"\nhas_gear = false\n'
        f'[gnss]\nsource = "{source}"\n[evidence]\nkeep_free_mb = 1\n',
        encoding="utf-8",
    )
    return path


def test_the_installed_software_runs_a_voyage_and_its_chain_holds() -> None:
    code, output = doctor("--replay")
    assert code == 0, output
    assert "every signature and link holds" in output
    assert "READY" in output


def test_a_box_with_all_it_needs_is_ready_and_says_where_it_is(tmp_path: Path) -> None:
    CliRunner().invoke(app, ["key", "--state", str(tmp_path)])
    with sending(tmp_path, "gnss", RMC + GGA) as receiver:
        code, output = doctor("-c", config(tmp_path, receiver), "--listen", 20, "--at", AT)
    assert code == 0, output
    assert "Position 10.26123, 105.57938" in output
    assert "that is right" in output
    assert output.rstrip().endswith("READY.")


def test_each_thing_that_is_missing_is_named_with_what_to_do(tmp_path: Path) -> None:
    code, output = doctor("-c", config(tmp_path, tmp_path / "nothing"), "--listen", 1)
    assert code == 1
    for said in ("Nothing came from the receiver", "→ Check its cable", "there is none at", "NOT READY"):
        assert said in output
    code, output = doctor("-c", tmp_path / "none.toml")
    assert code == 1
    assert "cannot be read" in output
    assert doctor("-c", config(tmp_path, "x"), "--at", "here")[0] == 2
    assert doctor()[0] == 2


METRE_DEG = 180 / (math.pi * 6_378_137)


@pytest.mark.parametrize(
    ("away_m", "said"),
    [
        (0, "that is right"),
        (25, "that is right"),
        (100, "No known mistake"),
        (225, "VN-2000 were read as WGS 84"),
        (450, "the wrong sign"),
        (27_400, "wrong central meridian"),
        (54_800, "wrong central meridian"),
        (40_000, "No known mistake"),
        (400_000, "No known mistake"),
    ],
)
def test_an_offset_from_a_landmark_is_called_by_its_name(away_m: float, said: str) -> None:
    here = fix(lat_deg=10.0, lon_deg=105.5)
    found = of_landmark(here, 10.0, 105.5 + away_m * METRE_DEG / math.cos(math.radians(10.0)))
    assert said in found.what.en + (found.remedy.en if found.remedy else "")


def grades(*found: Found) -> list[Grade]:
    return [item.grade for item in found]


def test_what_is_not_well_has_a_remedy_in_both_languages() -> None:
    found = [
        of_fix(None, 30),
        of_fix(lost(1), 30),
        of_fix(fix(error_m=40.0), 30),
        of_clock(None, ClockQuality.NONE),
        of_disk(300, 200, "/data"),
        *of_board(85.0, ("undervoltage_since_boot",), 20, 0.9),
    ]
    assert all(isinstance(item.remedy, Both) and item.remedy.vi != item.remedy.en for item in found)
    assert Grade.OK not in grades(*found)
    well = [of_fix(fix(), 30), of_clock(START, ClockQuality.NTP), of_disk(900, 200, "/data")]
    assert set(grades(*well, *of_board(50.0, (), 300, 0.1))) == {Grade.OK}
    assert of_board(None, None, None, None) == []


def test_a_board_is_read_as_the_kernel_tells_it_and_what_it_does_not_tell_is_unknown(tmp_path: Path) -> None:
    nothing = read_board(tmp_path)
    assert (nothing.heat_c, nothing.flags, nothing.memory_free_mb, nothing.wear_share) == (None,) * 4
    for file, text in {
        "sys/class/thermal/thermal_zone0/temp": "61500\n",
        "sys/devices/platform/soc/soc:firmware/get_throttled": "50005\n",
        "proc/meminfo": "MemTotal: 900000 kB\nMemAvailable:  307200 kB\n",
        "proc/uptime": "3600.5 100.0\n",
        "sys/block/mmcblk0/device/life_time": "0x01 0x03\n",
    }.items():
        path = tmp_path / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="ascii")
    board = read_board(tmp_path)
    assert (board.heat_c, board.memory_free_mb, board.wear_share, board.uptime_s) == (61.5, 300, 0.3, 3600)
    assert board.flags == (
        "undervoltage",
        "throttled",
        "undervoltage_since_boot",
        "throttled_since_boot",
    )


def filmed(folder: Path, film: Path) -> Path:
    path = config(folder, folder / "nothing")
    camera = f'[[camera]]\nname = "deck"\nurl = "{film}"\n[detector]\nmodel = "shipped"\n'
    path.write_text(path.read_text("utf-8").replace("has_gear = false\n", "") + camera, encoding="utf-8")
    return path


def test_a_covered_lens_is_told_and_a_deck_in_view_is_asked_for_its_bucket(tmp_path: Path) -> None:
    dark = tmp_path / "dark.mp4"
    with av.open(str(dark), "w") as container:
        stream = container.add_stream("libx264", rate=5)
        stream.width, stream.height, stream.pix_fmt = 320, 192, "yuv420p"
        for _ in range(10):
            frame = av.VideoFrame.from_ndarray(np.full((192, 320, 3), 9, np.uint8), format="bgr24")
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    _, output = doctor("-c", filmed(tmp_path, dark), "--listen", 1)
    assert "✗ Camera deck: its picture is almost of one grey" in output
    assert "the detector finds no bucket" in output
    _, output = doctor("-c", filmed(tmp_path, FILM), "--listen", 1)
    assert "almost of one grey" not in output
    assert "bucket" in output


def test_a_bucket_too_small_for_the_detector_is_told_in_its_pixels() -> None:
    assert of_bucket("deck", 31.0).grade is Grade.OK
    small = of_bucket("deck", 11.2)
    assert small.grade is Grade.NOTE
    assert "11 pixels high" in small.what.en
    assert of_bucket("deck", None).grade is Grade.NOTE


def test_a_camera_that_leans_is_told_by_how_much() -> None:
    assert of_picture("deck", 40.0, 2.0) is None
    assert of_picture("deck", 40.0, None) is None
    leaning = of_picture("deck", 40.0, -9.6)
    assert leaning is not None
    assert "-10°" in leaning.what.en
    dark = of_picture("deck", 3.0, None)
    assert dark is not None
    assert dark.grade is Grade.MISSING
