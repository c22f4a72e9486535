"""What a recording, a drop of water and another hull do to the picture, on the bundled film."""

from collections.abc import Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import pytest

from agent.activity.blindness import AS_COMMISSIONED, LOOPED, SPOTS
from agent.eyes.glass import Glass
from agent.eyes.landmarks import Deck, Landmarks, Plane, from_text, learned, lines, to_text
from agent.eyes.repeat import Repeats
from agent.eyes.stir import thumbnail
from models.synth.faults import dropped

FILM = Path(__file__).parents[1] / "voyages" / "tan-loc-evening" / "film.mp4"
WORK, PASSAGE, DUSK = range(360, 1920), range(1920, 2220), range(2220, 3060)  # pictures, two a second


@pytest.fixture(scope="module")
def film() -> list[Plane]:
    """Every picture as it is compared from look to look."""
    with av.open(str(FILM)) as opened:
        stream = opened.streams.video[0]
        stream.thread_count = 1
        return [
            thumbnail(np.asarray(picture.to_ndarray()[: picture.height], dtype=np.uint8))
            for picture in opened.decode(stream)
        ]


def likenesses(pictures: Iterator[Plane], every_s: float = 1.0) -> list[tuple[float, float, float]]:
    """When, how like, at which distance."""
    repeats, found = Repeats(), []
    for number, picture in enumerate(pictures):
        again = repeats.step(round(number * every_s * 1e9), picture)
        if again is not None:
            found.append((number * every_s, again.likeness, again.lag_s))
    return found


def coded_anew(picture: Plane, rng: np.random.Generator) -> Plane:
    return np.asarray(picture + rng.normal(0.0, 2.0, picture.shape), dtype=np.float32)


def test_a_grab_at_work_by_day_and_at_dusk_never_looks_like_a_recording(film: list[Plane]) -> None:
    found = likenesses(film[number] for number in range(0, len(film), 2))
    assert len(found) > 1500
    assert max(likeness for _, likeness, _ in found) < LOOPED


@pytest.mark.parametrize("loop_s", [45.0, 183.5, 420.0])
def test_a_recording_that_runs_round_is_known_minutes_after_it_begins_again(
    film: list[Plane], loop_s: float
) -> None:
    rng = np.random.default_rng(1)
    looks = (
        coded_anew(film[WORK.start + round(2 * (at % loop_s))], rng) for at in range(int(2 * loop_s) + 240)
    )
    found = likenesses(looks)
    first_s, _, lag_s = next(item for item in found if item[1] >= LOOPED)
    assert first_s < loop_s * 2 + 240
    assert lag_s % loop_s < 1.0 or loop_s - lag_s % loop_s < 1.0


def test_stamps_that_begin_anew_begin_the_comparison_anew(film: list[Plane]) -> None:
    repeats = Repeats()
    for number in range(200):
        repeats.step(number * 10**9, film[WORK.start + 2 * (number % 50)])
    assert repeats.step(0, film[0]) is None


def seen(deck: Deck, pictures: list[Plane], from_s: int) -> list[float]:
    told = [deck.step((from_s + 5 * number) * 10**9, picture) for number, picture in enumerate(pictures)]
    return [item for item in told if item is not None]


@pytest.fixture(scope="module")
def commissioned(film: list[Plane]) -> Landmarks:
    """Taken down while she works and on the way there, once in ten seconds."""
    return learned([lines(film[number]) for number in range(200, 1600, 20)], own_deck=True)


def test_the_own_deck_is_known_again_at_dusk_and_under_way(
    film: list[Plane], commissioned: Landmarks
) -> None:
    for spell in (PASSAGE, DUSK):
        assert min(seen(Deck([commissioned]), [film[number] for number in spell[::10]], 0)) > 0.75


def test_another_deck_is_not_the_one_of_the_commissioning(film: list[Plane], commissioned: Landmarks) -> None:
    mirrored = [np.ascontiguousarray(film[number][:, ::-1]) for number in WORK[::10]]
    turned = [np.ascontiguousarray(np.roll(film[number], 40, axis=1)) for number in WORK[::10]]
    for pictures in (mirrored, turned):
        assert max(seen(Deck([commissioned]), pictures, 0)) < AS_COMMISSIONED


def test_landmarks_come_back_from_their_file_as_they_went_in(
    film: list[Plane], commissioned: Landmarks
) -> None:
    (read,) = from_text(to_text([commissioned]))
    looks = [film[number] for number in DUSK[::40]]
    assert seen(Deck([read]), looks, 0) == pytest.approx(seen(Deck([commissioned]), looks, 0), abs=0.01)


@pytest.mark.parametrize(
    "text", ["", "{}", '{"format": 1, "grid": [40, 22], "landmarks": [{"usual": 1}]}', "[]"]
)
def test_a_file_that_holds_no_landmarks_is_refused_with_what_to_do(text: str) -> None:
    with pytest.raises(ValueError, match="sandwatch site landmarks"):
        from_text(text)


def test_a_commissioning_in_the_dark_is_refused() -> None:
    dark = [np.zeros((90, 160), np.float32)] * 20
    with pytest.raises(ValueError, match="is it light"):
        learned([lines(picture) for picture in dark], own_deck=True)


def test_without_a_commissioning_nothing_is_said_of_the_deck(film: list[Plane]) -> None:
    assert Deck([]).step(0, film[0]) is None


def spots(pictures: Iterator[Plane]) -> list[int]:
    glass = Glass()
    told = [glass.step(round(number * 2e9), picture) for number, picture in enumerate(pictures)]
    return [item for item in told if item is not None]


def test_drops_on_the_lens_are_seen_and_a_dry_one_has_none(film: list[Plane]) -> None:
    def wetted(picture: Plane) -> Plane:
        shown = np.repeat(picture.astype(np.uint8)[:, :, None], 3, axis=2)
        return np.asarray(dropped(shown, 16, np.random.default_rng(5))[:, :, 0], dtype=np.float32)

    numbers = [*WORK[::4], *PASSAGE[::4], *DUSK[::4]]
    dry = spots(film[number] for number in numbers)
    # As she arrives and her boom goes out there is a spell of 18 s; a state of the lens takes 60.
    assert max(len(run) for run in "".join("x" if one >= SPOTS else " " for one in dry).split(" ")) < 30
    wet = spots(film[number] if number < WORK[700] else wetted(film[number]) for number in WORK[::4])
    assert sorted(wet[-120:])[40] >= SPOTS


def test_light_that_changes_slowly_puts_no_spots_on_the_glass() -> None:
    scene = cv2.GaussianBlur(
        np.random.default_rng(1).uniform(0, 255, (90, 160)).astype(np.float32), (0, 0), 3
    )
    assert max(spots(np.asarray(scene * (0.4 + 0.001 * number), np.float32) for number in range(600))) == 0
