"""A clip is the camera's own packets, plays from its first picture, and begins before the event."""

import hashlib
import random
import shutil
import subprocess
from pathlib import Path

import av
import numpy as np
import pytest

from agent.durable import evidence_path
from agent.eyes.eyes import Eyes, Keeping
from agent.eyes.packets import PacketRing
from agent.eyes.ring import Ring
from agent.eyes.schedule import Schedule
from agent.eyes.view import Turn, View
from agent.types import EvidenceFile, Frame, Observation, Seal, Sealed
from eyes.synthetic_clips import S, make_clip
from hw.camera_stamps import RecordedStamps
from hw.camera_stream import VideoSource
from lacking import lacking


def eyes_on(film: Path, root: Path, *, every_s: float = 1.0) -> Eyes:
    packets = PacketRing(seconds=20)
    source = VideoSource(str(film), "deck", Schedule(every_s), RecordedStamps(0), keep=packets)
    return Eyes(source, None, Ring(), root, keeping=Keeping(packets))


def filmed(film: Path, root: Path, at_s: float, *, before_s: float = 10.0, after_s: float = 5.0) -> Sealed:
    """The film watched to its end, and a clip of the seconds around `at_s` ordered as they pass."""
    eyes = eyes_on(film, root)
    span = (round((at_s - before_s) * S), round((at_s + after_s) * S))
    answers: list[Sealed] = []
    ordered = False
    for reading in eyes:
        if isinstance(reading, Sealed):
            answers.append(reading)
        elif isinstance(reading, Observation) and not ordered and reading.mono_ns >= at_s * S:
            ordered = True
            answer = eyes.seal(Seal("b.1", "deck", *span, want="clip"))
            answers += [] if answer is None else [answer]
    (sealed,) = answers
    return sealed


def pictures(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="bgr24") for frame in container.decode(video=0)]


def place(root: Path, file: EvidenceFile) -> Path:
    return evidence_path(root, file.sha256, file.media_type)


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("films")
    return {
        "lengths and B-frames": make_clip(folder / "a.mp4", pictures=1000, keyframe_each=50),
        "Annex B": make_clip(folder / "b.ts", pictures=1000, keyframe_each=50, b_frames=0),
        "open groups": make_clip(folder / "c.mkv", pictures=1000, keyframe_each=50, open_gop=True),
    }


@pytest.mark.parametrize("form", ["lengths and B-frames", "Annex B", "open groups"])
@pytest.mark.parametrize("turn_deg", [0, 90])
def test_still_made_from_the_film_is_the_picture_that_was_looked_at(
    films: dict[str, Path], form: str, turn_deg: Turn, tmp_path: Path
) -> None:
    sealed = []
    for kept in (True, False):
        packets = PacketRing(seconds=20)
        source = VideoSource(
            str(films[form]), "deck", Schedule(0.7), RecordedStamps(0), keep=packets if kept else None
        )
        ring = Ring()
        view = View(turn_deg, masks=(((0, 0), (0.3, 0), (0, 0.3)),))
        eyes = Eyes(
            source, None, ring, tmp_path / str(kept), keeping=Keeping(packets) if kept else None, view=view
        )
        for reading in eyes:
            if reading.mono_ns >= 15 * S:
                break
        looks = ring.between("deck", 0, 15 * S)
        coded = sum(bool(look.jpeg) for look in looks)
        assert coded == (0 if kept and form != "open groups" else coded if kept else len(looks))
        answer = eyes.seal(Seal("b.1", "deck", 0, 15 * S, most=22))
        assert answer is not None
        assert answer.problem is None
        sealed.append([(file.mono_ns, file.sha256) for file in answer.files])
    assert sealed[0] == sealed[1]
    assert len(sealed[0]) == 22


def test_camera_whose_film_does_not_fit_into_its_ring_still_has_stills(
    films: dict[str, Path], tmp_path: Path
) -> None:
    packets = PacketRing(seconds=20, max_bytes=4000)
    source = VideoSource(str(films["Annex B"]), "deck", Schedule(1.0), RecordedStamps(0), keep=packets)
    eyes = Eyes(source, None, Ring(), tmp_path, keeping=Keeping(packets))
    for reading in eyes:
        if reading.mono_ns >= 15 * S:
            break
    assert packets.overflows > 0
    answer = eyes.seal(Seal("b.1", "deck", 5 * S, 15 * S))
    assert answer is not None
    assert (len(answer.files), answer.problem) == (3, None)


@pytest.mark.parametrize("form", ["lengths and B-frames", "Annex B", "open groups"])
def test_clip_shows_the_pictures_of_its_span_untouched(
    films: dict[str, Path], form: str, tmp_path: Path
) -> None:
    sealed = filmed(films[form], tmp_path, 20.0)
    assert sealed.problem is None
    (file,) = sealed.files
    assert (file.kind, file.media_type, file.width_px, file.height_px) == ("clip", "video/mp4", 320, 180)
    path = place(tmp_path, file)
    assert hashlib.sha256(path.read_bytes()).hexdigest() == file.sha256
    assert path.stat().st_size == file.size_bytes
    assert path.stat().st_mode & 0o077 == 0
    assert file.mono_ns <= 10 * S
    assert file.duration_s is not None
    assert file.mono_ns + file.duration_s * S >= 24.9 * S
    kept, whole = pictures(path), pictures(films[form])
    first = round(file.mono_ns / S * 25)
    shown = [at for at in range(5, len(kept) - 5) if np.array_equal(kept[at], whole[first + at])]
    assert len(shown) >= len(kept) - 20  # an open group loses the pictures that lean on the one before
    assert list(tmp_path.glob("*.part")) == []


def test_clip_plays_while_it_is_fetched(films: dict[str, Path], tmp_path: Path) -> None:
    (file,) = filmed(films["Annex B"], tmp_path, 20.0).files
    content = place(tmp_path, file).read_bytes()
    assert 0 < content.index(b"moov") < content.index(b"mdat")


def test_same_film_gives_the_same_clip_to_the_byte(films: dict[str, Path], tmp_path: Path) -> None:
    first = filmed(films["lengths and B-frames"], tmp_path / "1", 20.0)
    assert filmed(films["lengths and B-frames"], tmp_path / "2", 20.0) == first


@pytest.mark.parametrize("seed", range(6))
def test_ten_seconds_before_an_event_at_any_moment_are_in_its_clip(
    films: dict[str, Path], seed: int, tmp_path: Path
) -> None:
    at_s = random.Random(seed).uniform(12, 33)
    (file,) = filmed(films["Annex B"], tmp_path, at_s).files
    assert file.duration_s is not None
    assert file.mono_ns <= (at_s - 10) * S
    assert file.mono_ns / S + file.duration_s >= at_s + 4.9


def test_camera_that_sent_nothing_in_the_span_has_no_clip_and_says_so(tmp_path: Path) -> None:
    eyes = Eyes(SilentCamera(), None, Ring(), tmp_path, keeping=Keeping())
    list(eyes)
    sealed = eyes.seal(Seal("b.1", "deck", 0, 10 * S, want="clip"))
    assert sealed is not None
    assert sealed.files == ()
    assert sealed.problem == "camera deck sent no film in the span that was to be kept"


def test_camera_of_single_pictures_is_no_failure_where_film_was_wanted(tmp_path: Path) -> None:
    eyes = Eyes(SilentCamera(), None, Ring(), tmp_path)
    list(eyes)
    sealed = eyes.seal(Seal("b.1", "deck", 0, 10 * S, want="clip"))
    assert sealed == Sealed(10 * S, "b.1", (), None, "deck", "clip")


def test_mjpeg_is_coded_once_and_plays_like_the_rest(tmp_path: Path) -> None:
    film = tmp_path / "usb.mkv"
    with av.open(str(film), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 180, "yuvj420p"
        for at in range(500):
            frame = av.VideoFrame.from_ndarray(
                np.full((180, 320, 3), at % 200, dtype=np.uint8), format="bgr24"
            )
            frame.pts = at
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    sealed = filmed(film, tmp_path / "evidence", 12.0)
    assert sealed.problem is None
    (file,) = sealed.files
    with av.open(str(place(tmp_path / "evidence", file))) as container:
        assert container.streams.video[0].codec_context.name == "h264"
        count = sum(1 for _ in container.decode(video=0))
    assert 60 <= count <= 90  # five a second


def test_full_disk_leaves_no_half_clip(films: dict[str, Path], tmp_path: Path) -> None:
    root = tmp_path / "evidence"
    root.write_text("not a folder", encoding="ascii")
    sealed = filmed(films["Annex B"], root, 20.0)
    assert sealed.files == ()
    assert sealed.problem is not None
    assert "evidence disk refused" in sealed.problem


class SilentCamera:
    """A camera that never gives a picture."""

    camera = "deck"
    beats = 0

    def __iter__(self) -> "SilentCamera":
        return self

    def __next__(self) -> Frame:
        raise StopIteration

    def look(self, interval_s: float) -> None:
        del interval_s

    def close(self) -> None: ...


@pytest.mark.parametrize("turn_deg", [90, 180, 270])
def test_clip_of_a_turned_camera_is_shown_as_its_stills_are(turn_deg: Turn, tmp_path: Path) -> None:
    film = make_clip(tmp_path / "film.mp4", pictures=100, keyframe_each=25, b_frames=0)
    packets = PacketRing(seconds=20)
    source = VideoSource(str(film), "deck", Schedule(1.0), RecordedStamps(0), keep=packets)
    view = View(turn_deg)
    eyes = Eyes(source, None, Ring(), tmp_path, view=view, keeping=Keeping(packets))
    looks = [reading for reading in eyes if isinstance(reading, Observation)]
    sealed = eyes.seal(Seal("b.1", "deck", 0, 4 * S, want="clip"))
    assert sealed is not None
    (file,) = sealed.files
    assert (file.width_px, file.height_px) == (looks[0].width_px, looks[0].height_px)
    player = shutil.which("ffmpeg")
    if player is None:
        lacking("no ffmpeg on PATH: sudo apt install ffmpeg")
    shown = subprocess.run(
        [
            player,
            "-v",
            "error",
            "-i",
            place(tmp_path, file),
            "-frames:v",
            "1",
            "-f",
            "rawvideo",
            "-pix_fmt",
            "bgr24",
            "-",
        ],
        check=True,
        capture_output=True,
    ).stdout  # turned as a player turns it
    upright = view.of(Frame(0, "deck", pictures(film)[0])).image
    apart = np.abs(np.frombuffer(shown, np.uint8).reshape(upright.shape).astype(int) - upright)
    assert apart.mean() < 2


@pytest.mark.parametrize("turn_deg", [0, 90, 180, 270])
def test_clip_of_a_camera_with_a_mask_shows_nothing_of_what_it_hides(turn_deg: Turn, tmp_path: Path) -> None:
    film = make_clip(tmp_path / "film.mp4", pictures=100, keyframe_each=25)
    packets = PacketRing(seconds=20)
    source = VideoSource(str(film), "deck", Schedule(1.0), RecordedStamps(0), keep=packets)
    view = View(turn_deg, masks=(((0.0, 0.0), (0.5, 0.0), (0.5, 0.25), (0.0, 0.25)),))
    eyes = Eyes(source, None, Ring(), tmp_path, view=view, keeping=Keeping(packets))
    for _ in eyes:
        pass
    sealed = eyes.seal(Seal("b.1", "deck", 0, 4 * S, want="clip"))
    assert sealed is not None
    assert sealed.problem is None
    (file,) = sealed.files
    shown = pictures(place(tmp_path, file))
    assert len(shown) == 20  # five a second
    assert file.duration_s == pytest.approx(4.0, abs=0.05)
    for number, picture in enumerate(shown):
        image = View(turn_deg).of(Frame(0, "deck", picture)).image
        height_px, width_px = image.shape[:2]
        assert image[: height_px // 4 - 2, : width_px // 2 - 2].max() < 24
        whole = view.of(Frame(0, "deck", pictures(film)[number * 5])).image.astype(int)
        assert abs(image - whole).mean() < 6
