"""The pre-roll ring holds what it may and no more."""

import cv2
import numpy as np
import pytest

from agent.eyes.ring import Ring, Still, encode
from agent.types import Frame, Observation
from eyes.synthetic_clips import S, scene


def still(at_s: float, *, size: int = 1000, camera: str = "deck") -> Still:
    stamp_ns = round(at_s * S)
    return Still(bytes(size), Observation(stamp_ns, camera, 320, 180, 90.0, 50.0))


def stamps_s(stills: tuple[Still, ...]) -> list[float]:
    return [one.mono_ns / S for one in stills]


def test_same_picture_gives_the_same_bytes() -> None:
    assert encode(Frame(0, "deck", scene(4))) == encode(Frame(9, "deck", scene(4)))
    assert encode(Frame(0, "deck", scene(4))) != encode(Frame(0, "deck", scene(5)))


def test_encoded_picture_is_a_jpeg_of_the_same_size_and_look() -> None:
    image = scene(4)
    decoded = cv2.imdecode(np.frombuffer(encode(Frame(0, "deck", image)), dtype=np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    assert decoded.shape == image.shape
    assert float(np.abs(decoded.astype(np.int16) - image).mean()) < 8


def test_ring_holds_the_last_seconds_and_forgets_the_rest() -> None:
    ring = Ring(seconds=10, max_bytes=1_000_000)
    for at_s in range(100):
        ring.add(still(at_s))
    assert stamps_s(ring.between("deck", 0, 100 * S)) == [float(at_s) for at_s in range(89, 100)]


def test_ring_never_exceeds_its_bytes() -> None:
    ring = Ring(seconds=1000, max_bytes=10_500)
    for at_s in range(50):
        ring.add(still(at_s, size=1000 + at_s))
        assert ring.size_bytes <= 10_500
        assert ring.size_bytes == sum(len(one.jpeg) for one in ring.between("deck", 0, 100 * S))
    assert len(ring) == 10


def test_one_picture_too_large_for_the_ring_is_still_there_for_the_event() -> None:
    ring = Ring(seconds=10, max_bytes=500)
    ring.add(still(1))
    ring.add(still(2))
    assert stamps_s(ring.between("deck", 0, 5 * S)) == [2.0]


def test_span_takes_both_ends_and_only_its_camera() -> None:
    ring = Ring()
    for at_s in (1, 2, 3, 4):
        ring.add(still(at_s, camera="deck"))
        ring.add(still(at_s, camera="bow"))
    assert stamps_s(ring.between("bow", 2 * S, 3 * S)) == [2.0, 3.0]


def test_span_without_a_look_takes_the_last_before_it() -> None:
    ring = Ring(seconds=60)
    for at_s in (10, 20, 30):
        ring.add(still(at_s))
    assert stamps_s(ring.between("deck", 22 * S, 28 * S)) == [20.0]


def test_picture_from_before_the_camera_died_an_hour_ago_is_no_evidence_of_now() -> None:
    ring = Ring(seconds=60)
    ring.add(still(10))
    assert ring.between("deck", 3600 * S, 3610 * S) == ()


def test_stamps_that_begin_anew_empty_the_ring() -> None:
    ring = Ring()
    ring.add(still(500))
    ring.add(still(1))
    assert stamps_s(ring.between("deck", 0, 1000 * S)) == [1.0]
    assert ring.size_bytes == 1000


@pytest.mark.parametrize(("seconds", "max_bytes"), [(0, 1), (1, 0), (-1, 1)])
def test_ring_that_could_hold_nothing_is_refused(seconds: float, max_bytes: int) -> None:
    with pytest.raises(ValueError, match="holds nothing"):
        Ring(seconds, max_bytes)
