"""The eyes inline, as a replay uses them: repeatable to the byte, and small for ever."""

import gc
import tracemalloc
from pathlib import Path

import pytest

from agent.durable import evidence_path
from agent.eyes.eyes import Eyes
from agent.eyes.ring import Ring
from agent.eyes.schedule import Schedule
from agent.types import Health, Look, Observation, Seal, Sealed, SourceState
from eyes.synthetic_clips import DrawnCamera, S, WhiteBoxDetector, make_clip
from hw.camera_stamps import RecordedStamps
from hw.camera_stream import VideoSource

START_NS = 1000 * S


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_clip(tmp_path_factory.mktemp("film") / "river.mp4", pictures=200)


def replay(film: Path, root: Path) -> tuple[list[Observation | SourceState], list[Sealed]]:
    """The film with a closer look after 2 s and a seal after 4 s."""
    source = VideoSource(str(film), "deck", Schedule(1.0), RecordedStamps(START_NS))
    eyes = Eyes(source, WhiteBoxDetector(), Ring(seconds=5), root)
    seen: list[Observation | SourceState] = []
    sealed: list[Sealed] = []
    for reading in eyes:
        assert not isinstance(reading, Sealed)
        seen.append(reading)
        if reading.mono_ns == START_NS + 2 * S:
            eyes.look(Look("deck", 0.4))
            eyes.look(Look("another", 0.0))
        if isinstance(reading, Observation) and reading.mono_ns >= START_NS + 4 * S and not sealed:
            answer = eyes.seal(Seal("box-1.7.1", "deck", reading.mono_ns - 3 * S, reading.mono_ns))
            assert answer is not None
            sealed.append(answer)
    return seen, sealed


def test_replay_of_the_same_film_sees_the_same_and_keeps_the_same_bytes(film: Path, tmp_path: Path) -> None:
    first_seen, first_sealed = replay(film, tmp_path / "first")
    second_seen, second_sealed = replay(film, tmp_path / "second")
    assert first_seen == second_seen
    assert first_sealed == second_sealed
    assert len(first_sealed[0].files) == 3
    for file in first_sealed[0].files:
        kept = [evidence_path(tmp_path / run, file.sha256, file.media_type) for run in ("first", "second")]
        assert kept[0].read_bytes() == kept[1].read_bytes()


def test_observations_follow_the_looks_that_were_ordered(film: Path, tmp_path: Path) -> None:
    seen, _ = replay(film, tmp_path)
    at_ms = [(one.mono_ns - START_NS) // 1_000_000 for one in seen if isinstance(one, Observation)]
    assert at_ms[:6] == [0, 1000, 2000, 3000, 3400, 3800]
    states = [one.state for one in seen if isinstance(one, SourceState)]
    assert states == [Health.HEALTHY, Health.ENDED]


def test_picture_of_the_observation_that_made_the_event_is_kept(tmp_path: Path) -> None:
    eyes = Eyes(DrawnCamera(10), None, Ring(), tmp_path)
    for reading in eyes:
        sealed = eyes.seal(Seal("box-1.7.1", "deck", reading.mono_ns, reading.mono_ns))
        assert sealed is not None
        assert [file.mono_ns for file in sealed.files] == [reading.mono_ns]


def test_close_reaches_the_camera(tmp_path: Path) -> None:
    camera = DrawnCamera(10)
    eyes = Eyes(camera, None, Ring(), tmp_path)
    for seen, _ in enumerate(eyes, start=1):
        if seen == 3:
            eyes.close()
    assert camera.closed
    assert eyes.beats == 3


def traced_bytes() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


def test_memory_of_the_eyes_stays_flat_over_thousands_of_frames(tmp_path: Path) -> None:
    eyes = Eyes(DrawnCamera(3000), WhiteBoxDetector(), Ring(seconds=20, max_bytes=4_000_000), tmp_path)
    after: dict[int, int] = {}
    tracemalloc.start()
    try:
        for seen, _ in enumerate(eyes, start=1):
            if seen in {500, 3000}:
                after[seen] = traced_bytes()
    finally:
        tracemalloc.stop()
    # A single frame left behind each time would be 432 MB, a single observation 0.5 MB.
    assert after[3000] - after[500] < 200_000


def resident_bytes() -> int:
    gc.collect()
    return int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1]) * 4096


def test_memory_of_the_decoder_stays_flat_over_thousands_of_pictures(film: Path) -> None:
    stamps = RecordedStamps(START_NS)
    before = 0
    for round_ in range(15):
        if round_ == 5:
            before = resident_bytes()
        assert sum(1 for _ in VideoSource(str(film), "deck", Schedule(0), stamps)) == 202
    # 2,000 pictures of 86 KB went through in between.
    assert resident_bytes() - before < 20_000_000
