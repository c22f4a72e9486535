"""Every clip begins ten seconds before its event, is what it says it is, and plays: by ffprobe and in Chromium."""

import hashlib
import json
import os
import random
import shutil
import subprocess
from pathlib import Path

import pytest
from playwright.sync_api import sync_playwright

from agent.durable import evidence_path
from agent.eyes.eyes import Eyes, Keeping
from agent.eyes.packets import PacketRing
from agent.eyes.ring import Ring
from agent.eyes.schedule import Schedule
from agent.types import EvidenceFile, Observation, Seal, Sealed
from ashore.screens import FLAGS, chromium
from eyes.synthetic_clips import S, make_clip
from hw.camera_stamps import RecordedStamps
from hw.camera_stream import VideoSource

PLAY = """async (url) => {
  const video = document.createElement("video");
  video.muted = true;
  video.src = url;
  document.body.append(video);
  await new Promise((done, failed) => { video.onloadeddata = done; video.onerror = () => failed(video.error.message); });
  video.currentTime = video.duration - 1;
  await new Promise((done, failed) => { video.onseeked = done; video.onerror = () => failed(video.error.message); });
  return [video.videoWidth, video.videoHeight, video.duration];
}"""


def ffprobe(path: Path) -> dict[str, str]:
    found = shutil.which("ffprobe")
    if found is None:
        if os.environ.get("REQUIRE_ALL") == "1":
            pytest.fail("no ffprobe on PATH: sudo apt install ffmpeg")
        pytest.skip("no ffprobe on PATH: sudo apt install ffmpeg")
    command = [
        found,
        "-v",
        "error",
        "-count_frames",
        "-select_streams",
        "v",
        "-show_streams",
        "-of",
        "json",
        str(path),
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return dict(json.loads(done.stdout)["streams"][0])


def clips(film: Path, moments_s: list[float], root: Path) -> list[tuple[float, EvidenceFile]]:
    """The film watched once; at each of these moments an event has its clip ordered."""
    packets = PacketRing(seconds=20)
    source = VideoSource(str(film), "deck", Schedule(0.2), RecordedStamps(0), keep=packets)
    eyes = Eyes(source, None, Ring(), root, keeping=Keeping(packets))
    waiting = sorted(moments_s)
    sealed: list[Sealed] = []
    for reading in eyes:
        if isinstance(reading, Sealed):
            sealed.append(reading)
        elif isinstance(reading, Observation):
            while waiting and reading.mono_ns >= waiting[0] * S:
                at_ns = round(waiting[0] * S)
                answer = eyes.seal(Seal(f"b.{len(waiting)}", "deck", at_ns - 10 * S, at_ns + 3 * S, "clip"))
                sealed += [] if answer is None else [answer]
                waiting.pop(0)
    found = []
    for answer in sealed:
        assert answer.problem is None
        (file,) = answer.files
        found.append(((answer.mono_ns - 3 * S) / S, file))
    return found


def check(count: int, root: Path) -> None:
    rng = random.Random(6)
    film = make_clip(root / "river.ts", pictures=25 * 90, keyframe_each=48, b_frames=0)
    moments_s = [rng.uniform(14, 86) for _ in range(count)]
    found = clips(film, moments_s, root / "evidence")
    assert len(found) == count
    with sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=chromium(), args=[*FLAGS, "--allow-file-access-from-files"]
        )
        page = browser.new_page()
        blank = root / "blank.html"
        blank.write_text("<!doctype html><body></body>", encoding="ascii")
        page.goto(blank.as_uri())
        for at_s, file in found:
            path = evidence_path(root / "evidence", file.sha256, file.media_type)
            assert hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256
            assert file.duration_s is not None
            assert file.mono_ns <= (at_s - 10) * S, "the ten seconds before are not in it"
            assert file.mono_ns / S + file.duration_s >= at_s + 2.9
            told = ffprobe(path)
            assert told["codec_name"] == "h264"
            assert int(told["nb_read_frames"]) == int(told["nb_frames"])
            assert abs(float(told["duration"]) - file.duration_s) < 0.1
            width, height, duration_s = page.evaluate(PLAY, path.as_uri())
            assert (width, height) == (file.width_px, file.height_px)
            assert abs(duration_s - file.duration_s) < 0.1
        browser.close()


@pytest.mark.browser
def test_clips_of_events_at_random_moments_play_and_begin_ten_seconds_before(tmp_path: Path) -> None:
    check(4, tmp_path)


@pytest.mark.soak
@pytest.mark.browser
def test_clips_of_fifty_events_at_random_moments_cameras(tmp_path: Path) -> None:
    check(50, tmp_path)
