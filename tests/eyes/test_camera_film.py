"""A film file as a camera: due frames with stamps, and an honest end."""

import random
import re
from fractions import Fraction
from pathlib import Path

import av
import pytest

from agent.eyes.schedule import Schedule
from agent.types import Frame, Health, Image, SourceState
from eyes.synthetic_clips import MS, S, corrupt, cut, make_clip, scene
from hw.camera_decoder import DueFrames
from hw.camera_stamps import RecordedStamps
from hw.camera_stream import VideoSource

START_NS = 1000 * S


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """4 s at 25 pictures a second, a keyframe each second."""
    return make_clip(tmp_path_factory.mktemp("film") / "river.mp4")


def source_of(path: Path | str, interval_s: float) -> VideoSource:
    return VideoSource(
        str(path), "deck", Schedule(interval_s), RecordedStamps(START_NS), jitter=random.Random(1)
    )


def frames(source: VideoSource) -> tuple[list[Frame], list[SourceState]]:
    items = list(source)
    return (
        [item for item in items if isinstance(item, Frame)],
        [item for item in items if isinstance(item, SourceState)],
    )


def off_by(image: Image, at: int) -> float:
    """Mean difference in grey levels to what was drawn as picture `at`; coding alone makes less than 12."""
    return float(abs(image.astype(int) - scene(at)).mean())


def after_ms(taken: list[Frame]) -> list[int]:
    return [(frame.mono_ns - START_NS) // MS for frame in taken]


def test_every_picture_of_a_film_comes_with_its_place_in_the_voyage(film: Path) -> None:
    taken, states = frames(source_of(film, 0))
    assert after_ms(taken) == list(range(0, 4000, 40))
    assert [state.state for state in states] == [Health.HEALTHY, Health.ENDED]
    assert states[-1].mono_ns == taken[-1].mono_ns
    assert states[-1].source == "camera:deck"
    assert states[-1].reason == "camera deck ended after 4.0 s"


def test_frame_shows_what_was_filmed(film: Path) -> None:
    taken, _ = frames(source_of(film, 1.0))
    for frame, at in zip(taken, (0, 25, 50, 75), strict=True):
        assert frame.image.shape == (180, 320, 3)
        assert off_by(frame.image, at) < 12


def test_only_due_pictures_are_given(film: Path) -> None:
    taken, _ = frames(source_of(film, 0.5))
    assert after_ms(taken) == [0, 520, 1000, 1520, 2000, 2520, 3000, 3520]


@pytest.mark.parametrize("open_gop", [False, True])
def test_slow_look_takes_keyframes_alone_and_they_are_whole(tmp_path: Path, *, open_gop: bool) -> None:
    path = make_clip(tmp_path / "river.mp4", open_gop=open_gop, pictures=200)
    source = source_of(path, 2.0)
    taken, _ = frames(source)
    assert after_ms(taken) == [0, 2000, 4000, 6000]
    assert (source.refused_packets, source.broken_frames) == (0, 0)
    for frame, at in zip(taken, (0, 50, 100, 150), strict=True):
        assert off_by(frame.image, at) < 12


@pytest.mark.parametrize("suffix", [".mp4", ".ts", ".mkv"])
@pytest.mark.parametrize("open_gop", [False, True])
def test_what_no_look_builds_on_is_not_decoded_and_the_looks_are_the_same(
    tmp_path: Path, suffix: str, *, open_gop: bool
) -> None:
    path = make_clip(tmp_path / f"river{suffix}", keyframe_each=50, pictures=200, open_gop=open_gop)
    by_stamp = {frame.mono_ns: frame.image for frame in frames(source_of(path, 0))[0]}
    with av.open(str(path)) as container:
        stream, stamps = container.streams.video[0], RecordedStamps(START_NS)
        stamps.opened(stream.time_base, stream.average_rate)
        due, looks = DueFrames(stream, Schedule(0.5), stamps), 0
        for packet in container.demux(stream):
            due.arrive(packet)
            for mono_ns, picture in due.frames(packet):
                looks += 1
                assert (picture.to_ndarray(format="bgr24") == by_stamp[mono_ns]).all()
    assert looks == 16
    # Of 200 pictures ten or so follow the last look of each two seconds. With open groups what comes next may build on them.
    assert open_gop or due.decoded < 175
    assert (due.broken, due.refused) == (0, 0)


def test_keyframe_look_gives_the_same_pixels_as_decoding_all(film: Path) -> None:
    everything, _ = frames(source_of(film, 0))
    keys, _ = frames(source_of(film, 1.0))
    by_stamp = {frame.mono_ns: frame.image for frame in everything}
    assert len(keys) == 4
    for frame in keys:
        assert (frame.image == by_stamp[frame.mono_ns]).all()


def test_closer_look_is_obeyed_from_the_next_keyframe_on(film: Path) -> None:
    source = source_of(film, 1.0)
    taken = []
    for item in source:
        if isinstance(item, Frame):
            taken.append(item)
            if item.mono_ns - START_NS == 2 * S:
                source.look(0.2)
    assert after_ms(taken) == [0, 1000, 2000, 3000, 3200, 3400, 3600, 3800]
    assert source.interval_s == 0.2


@pytest.mark.parametrize("suffix", [".ts", ".mkv", ".h264"])
def test_other_containers_give_the_same_stamps(tmp_path: Path, suffix: str) -> None:
    taken, states = frames(source_of(make_clip(tmp_path / f"river{suffix}"), 0.5))
    assert after_ms(taken) == [0, 520, 1000, 1520, 2000, 2520, 3000, 3520]
    assert states[-1].state is Health.ENDED


def test_close_ends_the_film(film: Path) -> None:
    source = source_of(film, 0)
    taken = []
    for item in source:
        taken.append(item)
        if len(taken) == 5:
            source.close()
    assert len(taken) < 12  # what the decoder had already given still comes


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.mp4", b""),
        ("garbage.mp4", random.Random(2).randbytes(100_000)),
        ("notes.txt", b"ghi chep cua thuyen truong\n" * 500),
        ("list.m3u8", b"#EXTM3U\n#EXTINF:10,\nhttp://127.0.0.1:9/x.ts\n#EXT-X-ENDLIST\n"),
    ],
)
def test_what_is_no_film_fails_with_a_sentence(tmp_path: Path, name: str, content: bytes) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    taken, (state,) = frames(source_of(path, 0))
    assert taken == []
    assert state == SourceState(
        START_NS,
        "camera:deck",
        Health.FAILED,
        f"camera deck cannot be played: {path} is empty, damaged or no film; give an MP4, MKV, TS or AVI",
    )


def test_missing_film_fails_with_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "none.mp4"
    _, (state,) = frames(source_of(path, 0))
    assert state.state is Health.FAILED
    assert state.reason == f"camera deck cannot be played: {path}: No such file or directory"


def test_film_cut_short_gives_what_is_there_and_says_so(film: Path, tmp_path: Path) -> None:
    taken, states = frames(source_of(cut(film, tmp_path / "cut.mp4", keep=0.5), 0))
    assert 30 < len(taken) < 60
    assert after_ms(taken) == list(range(0, 40 * len(taken), 40))
    assert states[-1].state is Health.ENDED
    assert "of 4.0 s: the film is cut short" in states[-1].reason


def test_film_whose_head_is_missing_fails(film: Path, tmp_path: Path) -> None:
    path = tmp_path / "headless.mp4"
    path.write_bytes(film.read_bytes()[5000:])
    _, states = frames(source_of(path, 0))
    assert [state.state for state in states] == [Health.FAILED]


@pytest.mark.parametrize("suffix", [".mp4", ".ts", ".mkv"])
@pytest.mark.parametrize("flips", [3, 20, 200, 2000])
def test_damaged_film_goes_on_and_shows_nothing_that_was_not_filmed(
    tmp_path: Path, suffix: str, flips: int
) -> None:
    whole = make_clip(tmp_path / f"river{suffix}")
    source = source_of(corrupt(whole, tmp_path / f"damaged{suffix}", flips=flips), 0)
    taken, states = frames(source)
    assert 0 < len(taken) < 100
    assert source.refused_packets + source.broken_frames > 0
    assert states[-1].state is Health.ENDED
    for frame, after in zip(taken, after_ms(taken), strict=True):
        if after < 4000:  # a damaged stamp cannot be compared
            assert off_by(frame.image, round(after / 40)) < 12


def test_film_is_seen_again_from_the_next_whole_keyframe_on(film: Path, tmp_path: Path) -> None:
    content = bytearray(film.read_bytes())
    for at in range(len(content) // 3, len(content) // 3 + 2000):
        content[at] ^= 0xFF
    damaged = tmp_path / "damaged.mp4"
    damaged.write_bytes(content)
    taken, _ = frames(source_of(damaged, 0))
    missing = sorted(set(range(0, 4000, 40)) - set(after_ms(taken)))
    assert missing
    assert max(missing) % 1000 == 960  # the last picture before a keyframe


def test_camera_that_codes_with_a_fault_in_every_packet_is_not_blind(tmp_path: Path) -> None:
    whole = make_clip(tmp_path / "river.h264", pictures=150)
    too_long_for_itself = b"\x00\x00\x00\x01\x06\x05\xff\xff\x80"  # a message (SEI) before every picture
    starts = re.compile(rb"\x00\x00\x00?\x01(?=[\x01\x21\x25\x41\x61\x65])")
    faulty = tmp_path / "faulty.h264"
    faulty.write_bytes(starts.sub(lambda found: too_long_for_itself + found.group(), whole.read_bytes()))
    source = source_of(faulty, 0)
    taken, states = frames(source)
    assert source.refused_packets == 50
    assert len(taken) >= 75
    assert states[-1].state is Health.ENDED


def test_damaged_stamps_do_not_send_the_voyage_into_another_day() -> None:
    stamps = RecordedStamps(START_NS)
    stamps.opened(Fraction(1, 90_000), Fraction(25))
    pts = [900_000, 903_600, 903_600 + 2**32, 910_800, 914_400]
    taken = []
    for one in pts:
        stamps.arrived(one)
        taken.append((stamps.of(one) - START_NS) // MS)
    assert taken == [0, 40, 80, 120, 160]
    assert stamps.leaps == 2


@pytest.mark.parametrize("seed", range(8))
def test_no_damage_makes_an_exception(tmp_path: Path, film: Path, seed: int) -> None:
    rng = random.Random(seed)
    damaged = corrupt(film, tmp_path / "damaged.mp4", flips=rng.choice([1, 50, 5000]), seed=seed)
    content = bytearray(damaged.read_bytes())
    content[rng.randrange(2000)] ^= 0xFF  # in the index, too
    damaged.write_bytes(content)
    _, states = frames(source_of(damaged, rng.choice([0, 0.5, 2.0])))
    assert states[-1].state in {Health.ENDED, Health.FAILED}


def test_long_stretch_that_cannot_be_decoded_is_silence(tmp_path: Path) -> None:
    content = bytearray(make_clip(tmp_path / "river.ts", pictures=400).read_bytes())
    packets = len(content) // 188
    for packet in range(packets // 4, packets * 3 // 4):
        if not content[packet * 188 + 1] & 0x40:  # where a picture starts its stamp is left alone
            content[packet * 188 + 24 : packet * 188 + 188] = bytes(164)
    damaged = tmp_path / "dark.ts"
    damaged.write_bytes(content)
    source = VideoSource(str(damaged), "deck", Schedule(0.5), RecordedStamps(START_NS), read_timeout_s=3.0)
    _, states = frames(source)
    assert [state.state for state in states] == [Health.HEALTHY, Health.SILENT, Health.HEALTHY, Health.ENDED]
    stamps = [state.mono_ns for state in states]
    assert stamps == sorted(stamps)
