"""Counting from coded film through the shipped detector: two short clips, both rendered, two looks a second.

`clips/grab.mp4`: a grab crane in haze, four dumps in 150 s. `clips/rest.mp4`: a vessel at rest in rain. They are too
few for a figure; `benches/bench_sequences.py` makes those.
"""

import json
from pathlib import Path
from typing import Any

import av
import pytest
from typer.testing import CliRunner

from agent.cli import app
from models import shipped

CLIPS = Path(__file__).parent / "clips"
DETECTOR = ("--model", str(shipped.MODEL))
DRAWN = ("--region", "0.2,0.05,0.9,0.7")


def evaluated(clip: str, *way: str) -> dict[str, Any]:
    files = (str(CLIPS / f"{clip}.mp4"), str(CLIPS / f"{clip}.csv"))
    done = CliRunner().invoke(app, ["evaluate", "activity", *files, *way, "--json"])
    assert done.exit_code == 0, done.output
    return dict(json.loads(done.output))


@pytest.mark.parametrize("clip", ["grab", "rest"])
def test_clips_say_that_they_are_synthetic(clip: str) -> None:
    with av.open(str(CLIPS / f"{clip}.mp4")) as film:
        assert "synthetic" in film.metadata["title"]


def test_the_detector_counts_a_grab_at_work_and_tells_of_work_after_two_cycles() -> None:
    result = evaluated("grab", *DETECTOR)
    assert abs(result["counted"] - result["true"]) <= 1
    assert result["matched"] >= 3
    told = {said: looks for _, said, looks in result["activity"]}
    assert told["machine_working"] + told.get("dredging", 0) > 120  # of 300: the second dump ends at 61 s


def test_a_drawn_region_counts_the_same_film_without_a_detector() -> None:
    result = evaluated("grab", *DRAWN)
    assert result["matched"] >= 3
    assert result["counted"] <= 4


@pytest.mark.parametrize("way", [DETECTOR, DRAWN])
def test_nothing_is_counted_in_rain_at_rest(way: tuple[str, str]) -> None:
    result = evaluated("rest", *way)
    assert result["counted"] == 0
    assert {said for _, said, _ in result["activity"]} <= {"moored", "stationary"}
