"""Counted cycles against a tally, and the command that does it."""

from pathlib import Path

import av
import numpy as np
import pytest
from typer.testing import CliRunner

from agent.activity.score import Score, score
from agent.cli import app


def test_cycles_are_matched_one_to_one_within_half_a_cycle() -> None:
    true = [60.0, 120.0, 180.0, 240.0]
    assert score(true, [63.0, 124.0, 182.0, 241.0]) == Score(4, 4, 4)
    assert score(true, [63.0, 124.0, 241.0]) == Score(4, 3, 3)
    assert score(true, [63.0, 92.5, 124.0, 182.0, 241.0]) == Score(4, 5, 4)


def test_a_constant_lag_of_the_way_of_counting_is_no_fault() -> None:
    assert score([60.0, 120.0, 180.0], [38.0, 98.0, 158.0]).matched == 3


def test_nothing_true_and_nothing_counted_is_perfect() -> None:
    assert (score([], []).precision, score([], []).recall) == (1.0, 1.0)
    assert score([], [10.0]).precision == 0.0


def film(path: Path, seconds: int, period_s: float) -> None:
    """A bar that rests left and right in turn, on plain grey: not a river, a machine's motion and nothing else."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=2)
        stream.width, stream.height, stream.pix_fmt = 160, 96, "yuv420p"
        for index in range(seconds * 2):
            at = np.clip(0.5 - 1.5 * np.cos(2 * np.pi * index / 2 / period_s), 0, 1)
            picture = np.full((96, 160, 3), 120, np.uint8)
            left = 30 + int(at * 80)
            picture[20:60, left : left + 16] = 20
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))


def test_command_scores_a_clip_against_a_spreadsheet(tmp_path: Path) -> None:
    clip, truth = tmp_path / "clip.mp4", tmp_path / "truth.csv"
    film(clip, 400, 40.0)
    rows = [f"{start},{start + 40},cycle" for start in range(0, 360, 40)]
    truth.write_text("from_s,to_s,what\n0,400,machine_working\n" + "\n".join(rows) + "\n", encoding="utf-8")
    done = CliRunner().invoke(
        app, ["evaluate", "activity", str(clip), str(truth), "--region", "0.1,0.1,0.9,0.7"]
    )
    assert done.exit_code == 0, done.output
    line = next(line for line in done.output.splitlines() if line.startswith("cycles:"))
    assert "9 true" in line
    counted = int(line.split(",")[1].split()[0])
    assert 7 <= counted <= 10  # the first is told with the second, the last not before the next
    assert "machine_working  told as machine_working" in done.output


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b\n1,2\n", "does not name the columns"),
        ("from_s,to_s,what\n1,x,cycle\n", "are no seconds"),
        ("from_s,to_s,what\n1,2,tea\n", "is unknown"),
    ],
)
def test_a_bad_spreadsheet_is_told_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    truth = tmp_path / "truth.csv"
    truth.write_text(text, encoding="utf-8")
    done = CliRunner().invoke(app, ["evaluate", "activity", "no.mp4", str(truth), "--region", "0,0,1,1"])
    assert done.exit_code == 2
    assert said in done.output
