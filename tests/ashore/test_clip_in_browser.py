"""A clip that the eyes kept on the boat is watched on the event's page ashore, in a real browser."""

from pathlib import Path

import pytest
from playwright.sync_api import expect

import builders
from agent.durable import evidence_path
from agent.eyes.eyes import Eyes, Keeping
from agent.eyes.packets import PacketRing
from agent.eyes.ring import Ring
from agent.eyes.schedule import Schedule
from agent.eyes.view import Polygon, View
from agent.types import EvidenceFile, Seal
from ashore.boat import Boat
from ashore.screens import looking
from eyes.synthetic_clips import HEIGHT_PX, WIDTH_PX, S, make_clip
from hw.camera_stamps import RecordedStamps
from hw.camera_stream import VideoSource

pytestmark = pytest.mark.browser

LEFT_HALF: Polygon = ((0, 0), (0.5, 0), (0.5, 1), (0, 1))
WATCH = """
async film => {
  film.muted = true;
  await film.play();
  const seen = await new Promise(done => film.requestVideoFrameCallback((_, told) => done(told.mediaTime)));
  film.pause();
  const sought = new Promise(done => film.addEventListener("seeked", done, {once: true}));
  film.currentTime = film.duration - 1;
  await sought;
  const paper = document.createElement("canvas");
  [paper.width, paper.height] = [film.videoWidth, film.videoHeight];
  const pen = paper.getContext("2d", {willReadFrequently: true});
  pen.drawImage(film, 0, 0);
  const brightest = (x, width) => Math.max(
    ...pen.getImageData(x, 0, width, paper.height).data.filter((_, at) => at % 4 < 3));
  const half = paper.width / 2;
  return {seen, width: paper.width, height: paper.height, length: film.duration, at: film.currentTime,
          left: brightest(0, half - 4), right: brightest(half + 4, half - 4)};
}
"""


def kept(folder: Path, masks: tuple[Polygon, ...]) -> tuple[EvidenceFile, bytes]:
    """Eight seconds of a film, watched and sealed as the agent does."""
    packets = PacketRing()
    film = make_clip(folder / "river.ts", pictures=200, keyframe_each=50, b_frames=0)
    source = VideoSource(str(film), "deck", Schedule(1.0), RecordedStamps(0), keep=packets)
    eyes = Eyes(source, None, Ring(), folder, view=View(masks=masks), keeping=Keeping(packets))
    for _ in eyes:
        pass
    sealed = eyes.seal(Seal("voyage:test.1", "deck", 0, 8 * S, "clip"))
    assert sealed is not None
    assert sealed.problem is None
    (file,) = sealed.files
    return file, evidence_path(folder, file.sha256, file.media_type).read_bytes()


@pytest.mark.parametrize("masks", [(), (LEFT_HALF,)], ids=["copied", "masked"])
def test_clip_plays_and_can_be_wound_on_the_events_page(
    boat: Boat, tmp_path: Path, masks: tuple[Polygon, ...]
) -> None:
    file, content = kept(tmp_path, masks)
    boat.happens(builders.event(evidence=(file,)))
    boat.send()
    boat.upload(content)
    with looking(f"{boat.url}/events/barge-1/voyage:test.1", visitor=boat.visitor) as seen:
        film = seen.page.locator("#viewer video")
        expect(film).to_be_visible()
        told = film.evaluate(WATCH)
        assert (told["width"], told["height"]) == (WIDTH_PX, HEIGHT_PX)
        assert told["length"] == pytest.approx(8.0, abs=0.1)
        assert told["at"] == pytest.approx(7.0, abs=0.1)
        assert told["right"] > 100
        assert (told["left"] < 24) == bool(masks)
        assert seen.errors == []
