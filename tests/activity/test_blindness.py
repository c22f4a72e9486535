"""A camera that does not see: each cause with its onset and its end."""

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from activity.gear_builders import look
from agent.activity.blindness import ONSET_S, Blindness
from agent.event.phrases import CAUSES
from agent.position.sun import elevation_deg
from agent.types import Observation, Verdict

NOON, MIDNIGHT = 70.0, -60.0


def river(
    from_s: float, to_s: float, *, seed: int = 1, scene: int = 7, **changed: Any
) -> Iterator[Observation]:
    """Looks at a living picture: water that glitters over edges that stay."""
    rng, fixed = random.Random(seed), random.Random(scene)
    edges = [fixed.randrange(2, 120) for _ in range(48)]
    for at in range(int(from_s), int(to_s)):
        alive = bytes(max(0, min(255, edge + rng.randrange(-3, 4))) for edge in edges)
        values: dict[str, float] = {
            "contrast": 45.0 + rng.random(),
            "change": 2.0 + rng.random(),
            "sharpness": 900.0 + 40 * rng.random(),
            "brightness": 120.0 + rng.random(),
        }
        shown: dict[str, Any] = {"mosaic": "80" * 48, "stream": "c0de", "edges": alive.hex()}
        yield replace(look(float(at)), **(shown | values | changed))


def causes(looks: Iterator[Observation], eye: Blindness, sun_deg: float | None = NOON) -> set[str]:
    found: set[str] = set()
    for seen in looks:
        eye.step(seen, sun_deg)
        found |= {str(reason.values["cause"]) for reason in eye.blind()}
    return found


def used_to_the_river() -> Blindness:
    eye = Blindness("deck")
    assert causes(river(0, 300), eye) == set()
    return eye


@pytest.mark.parametrize(
    ("changed", "sun_deg", "cause"),
    [
        ({"contrast": 3.0, "brightness": 40.0}, NOON, "covered"),
        ({"contrast": 3.0, "brightness": 2.0}, NOON, "covered"),
        ({"contrast": 3.0, "brightness": 2.0}, MIDNIGHT, "dark"),
        ({"change": 0.0}, NOON, "frozen"),
        ({"sharpness": 60.0}, NOON, "defocused"),
        ({"scene": 99}, NOON, "elsewhere"),
        ({"brightness": 5.0}, NOON, "sun"),
        ({}, MIDNIGHT, "sun"),
        ({"width_px": 640}, NOON, "replaced"),
        ({"stream": "5e1f"}, NOON, "replaced"),
        ({"news": 0.02}, NOON, "frozen"),
        ({"repeat": 0.9, "repeat_s": 240.0}, NOON, "looped"),
        ({"spots": 9}, NOON, "drops"),
        ({"landmarks": 0.4}, NOON, "hull"),
        ({"brightness": 70.0, "mosaic": "30" * 48}, MIDNIGHT, ""),
        ({"landmarks": 0.4, "brightness": 70.0, "mosaic": "30" * 48}, MIDNIGHT, ""),
    ],
)
def test_each_cause_is_told_by_its_own_name_and_ends_when_the_camera_sees_again(
    changed: dict[str, Any], sun_deg: float, cause: str
) -> None:
    eye = used_to_the_river()
    assert causes(river(300, 700, **changed), eye, sun_deg) == ({cause} if cause else set())
    if cause != "replaced":
        causes(river(700, 1100), eye)
        assert eye.blind() == ()


def test_a_hand_before_the_lens_for_some_seconds_is_nothing() -> None:
    eye = used_to_the_river()
    assert causes(river(300, 305, contrast=3.0), eye) == set()


def test_box_carried_to_another_hull_while_it_was_off_says_so() -> None:
    before = used_to_the_river()
    after = Blindness("deck")
    after.restore(before.snapshot(), same_boot=False)
    assert causes(river(0, 200, scene=99), after) == {"elsewhere"}


def test_what_chance_repeats_once_at_one_distance_and_once_at_another_is_no_recording() -> None:
    eye = used_to_the_river()
    for number, seen in enumerate(river(300, 900, repeat=0.9)):
        eye.step(replace(seen, repeat_s=100.0 + 37.0 * (number % 9)), NOON)
    assert eye.blind() == ()


def test_a_sky_of_the_other_half_of_the_day_is_known_from_both_halves() -> None:
    eye = used_to_the_river()
    dim: dict[str, Any] = {"brightness": 70.0, "mosaic": "30" * 48}
    assert causes(river(300, 900, **dim), eye, MIDNIGHT) == set()
    assert causes(river(900, 1300), eye, NOON) == set()
    assert causes(river(1300, 1900, **dim), eye, NOON) == {"sun"}
    assert causes(river(1900, 2900), eye, NOON) >= {"sun"}
    assert eye.blind() == ()
    dull: dict[str, Any] = {"brightness": 95.0, "mosaic": "70" * 48}
    assert causes(river(2900, 3500, **dull), eye, MIDNIGHT) == {"sun"}


def test_a_camera_rightly_changed_is_what_she_is_used_to_after_a_day_and_a_wrong_hull_never() -> None:
    changed, moved = used_to_the_river(), used_to_the_river()
    for hour in range(26):
        at = 300 + 3600 * hour
        causes(river(at, at + 90, scene=99, stream="5e1f"), changed)
        causes(river(at, at + 400, landmarks=0.4), moved)
    assert changed.blind() == ()
    assert [reason.values["cause"] for reason in moved.blind()] == ["hull"]


def test_no_cause_ever_accuses() -> None:
    for one in ({"contrast": 3.0}, {"repeat": 0.9, "repeat_s": 60.0}, {"landmarks": 0.1}, {"spots": 12}):
        eye = used_to_the_river()
        causes(river(300, 900, **one), eye)
        assert [finding.verdict for finding in eye.findings()] == [Verdict.UNDETERMINED]


def test_every_cause_has_words_in_both_languages() -> None:
    assert set(ONSET_S) == set(CAUSES)


def test_night_is_no_event_and_a_covered_lens_is_one() -> None:
    dark, covered = used_to_the_river(), used_to_the_river()
    causes(river(300, 500, contrast=3.0, brightness=2.0), dark, MIDNIGHT)
    causes(river(300, 500, contrast=3.0), covered, NOON)
    assert (dark.findings(), len(covered.findings())) == ((), 1)


def test_a_day_of_rain_and_light_makes_no_false_flag() -> None:
    eye = Blindness("deck")
    for hour in range(12):
        dim = 60.0 + 10 * min(hour, 12 - hour)
        looks = river(
            hour * 600,
            hour * 600 + 600,
            seed=hour,
            brightness=dim,
            contrast=25.0 + 2 * (hour % 5),
            sharpness=400.0 + 90 * (hour % 5),
        )
        assert causes(looks, eye) == set()


def test_the_sun_stands_where_the_almanac_has_it() -> None:
    noon = datetime(2026, 3, 20, 5, 5, tzinfo=UTC)
    assert abs(elevation_deg(noon, 10.25, 105.58) - 79.8) < 0.5
    assert elevation_deg(datetime(2026, 3, 20, 17, 5, tzinfo=UTC), 10.25, 105.58) < -70
