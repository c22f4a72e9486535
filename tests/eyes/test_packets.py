"""The ring of packets is bounded, and a clip begins where a picture can be shown."""

from agent.eyes.packets import PacketRing
from agent.eyes.recording import Recording
from agent.types import CodedPacket, Seal
from eyes.synthetic_clips import MS, S

STEP_MS = 40


def packet(at: int, *, key_each: int = 25, size: int = 1000) -> CodedPacket:
    ticks = at * STEP_MS * 90
    return CodedPacket(at * STEP_MS * MS, ticks, ticks, at % key_each == 0, bytes(size))


def filled(ring: PacketRing, begin: int, end: int, **other: int) -> PacketRing:
    for at in range(begin, end):
        ring.add(packet(at, **other))
    return ring


def ring_of(**bounds: float) -> PacketRing:
    ring = PacketRing(**bounds)  # type: ignore[arg-type]
    ring.begin("h264")
    return ring


def order(from_s: float, to_s: float) -> Seal:
    return Seal("box-1.7.1", "deck", round(from_s * S), round(to_s * S), "clip")


def test_ring_reaches_back_as_far_as_it_promises_and_forgets_the_rest() -> None:
    ring = filled(ring_of(seconds=10.0), 0, 3000)
    groups = ring.groups(0)
    newest_ns = 2999 * STEP_MS * MS
    assert groups[0][2][0].keyframe
    assert newest_ns - groups[0][2][0].mono_ns >= 10 * S
    assert newest_ns - groups[1][2][0].mono_ns < 10 * S


def test_keyframes_that_come_seldom_do_not_shorten_the_promise() -> None:
    ring = filled(ring_of(seconds=10.0), 0, 3000, key_each=250)
    assert 2999 * STEP_MS * MS - ring.groups(0)[0][2][0].mono_ns >= 10 * S


def test_ring_never_exceeds_its_bytes() -> None:
    ring = ring_of(seconds=1000.0, max_bytes=100_000)
    for at in range(2000):
        ring.add(packet(at))
        assert ring.size_bytes <= 100_000
        assert ring.size_bytes == sum(len(one.data) for _, _, group in ring.groups(0) for one in group)
    assert ring.overflows == 0


def test_group_too_large_for_the_ring_is_let_go_whole_and_counted() -> None:
    ring = filled(ring_of(seconds=1000.0, max_bytes=20_000), 0, 25)
    assert ring.overflows == 1
    assert ring.groups(0) == []
    filled(ring, 25, 30)
    assert len(ring.groups(0)[0][2]) == 5


def test_what_comes_before_the_first_keyframe_shows_nothing_and_is_not_kept() -> None:
    ring = filled(ring_of(), 3, 24)
    assert ring.groups(0) == []
    ring.begin("h264")
    filled(ring, 24, 40)
    assert ring.groups(0)[0][2][0].mono_ns == 25 * STEP_MS * MS


def test_recording_takes_what_was_and_what_comes_until_its_end() -> None:
    ring = filled(ring_of(), 0, 100)
    recording = Recording(order(2.0, 6.0), ring)
    assert not recording.over(4 * S)
    filled(ring, 100, 200)
    assert recording.over(4 * S)
    (run,) = recording.finish()
    stamps = [one.mono_ns for one in run.packets]
    assert stamps[0] == 2 * S
    assert stamps[-1] == 6 * S
    assert len(stamps) == 101  # none twice, none left out


def test_recording_begins_at_the_keyframe_before_its_span() -> None:
    ring = filled(ring_of(), 0, 100)
    (run,) = Recording(order(2.5, 3.0), ring).finish()
    assert run.packets[0].keyframe
    assert run.packets[0].mono_ns == 2 * S


def test_stream_that_was_opened_anew_in_the_span_makes_two_runs() -> None:
    ring = filled(ring_of(), 0, 60)
    recording = Recording(order(0, 10), ring)
    ring.begin("hevc")
    filled(ring, 60, 120)
    first, second = recording.finish()
    assert (first.codec, second.codec) == ("h264", "hevc")
    assert second.packets[0].keyframe


def test_recording_of_a_camera_that_fell_silent_ends_with_its_span() -> None:
    ring = filled(ring_of(), 0, 100)
    recording = Recording(order(2.0, 60.0), ring)
    assert not recording.over(60 * S)
    assert recording.over(62 * S)
    assert recording.finish()[0].packets[-1].mono_ns == 99 * STEP_MS * MS


def test_recording_never_holds_more_than_it_may() -> None:
    ring = filled(ring_of(), 0, 25)
    recording = Recording(order(0, 100), ring, max_bytes=50_000)
    filled(ring, 25, 500)
    assert recording.over(0)
    assert recording.cut_short
    assert sum(run.size_bytes for run in recording.finish()) <= 50_000


def test_finished_recording_costs_the_ring_nothing() -> None:
    ring = filled(ring_of(), 0, 25)
    for _ in range(3):
        Recording(order(0, 100), ring).finish()
    assert ring._followers == []
