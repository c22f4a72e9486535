"""Observations of a machine at work, made from numbers: for the rules, never for a figure of accuracy."""

import math
import random
from collections.abc import Iterator

from agent.types import Detection, Observation

SECOND = 1_000_000_000
SIZE = (320, 180)
TAKE_X, DROP_X, MIDDLE_X = 90.0, 230.0, 160.0


def box(
    label: str, x: float, y: float, wide: float = 14.0, tall: float = 14.0, score: float = 0.8
) -> Detection:
    return Detection(label, score, x - wide / 2, y - tall / 2, x + wide / 2, y + tall / 2)


def bucket_at(phase_s: float, period_s: float) -> tuple[float, float] | None:
    """Where the bucket of a grab is in its cycle; None under water. Dump ends at 0.66 of the cycle."""
    share = (phase_s % period_s) / period_s
    if share < 0.2:
        return None
    if share < 0.35:
        return TAKE_X, 110.0 - 60.0 * (share - 0.2) / 0.15
    if share < 0.55:
        return TAKE_X + (DROP_X - TAKE_X) * (share - 0.35) / 0.2, 50.0
    if share < 0.66:
        return DROP_X, 70.0
    if share < 0.85:
        return DROP_X + (TAKE_X - DROP_X) * (share - 0.66) / 0.19, 50.0
    return TAKE_X, 50.0 + 60.0 * (share - 0.85) / 0.15


def grab(
    to_s: float,
    *,
    from_s: float = 0.0,
    period_s: float = 60.0,
    missed: float = 0.0,
    every_s: float = 0.5,
    dives: bool = True,
    camera: str = "deck",
    off_x: float = 0.0,
    size: float = 14.0,
    seed: int = 1,
) -> Iterator[Observation]:
    """Looks at a grab crane; `missed` of its buckets are not found. One that does not dive takes from a hold.

    `size` is the side of the bucket's box in pixels; it wavers by a tenth, as a detector's boxes do.
    """
    rng = random.Random(seed)
    for number in range(int((to_s - from_s) / every_s)):
        at_s = from_s + number * every_s
        place = bucket_at(at_s, period_s)
        if place is None and not dives:
            place = (TAKE_X, 112.0)
        x = TAKE_X if place is None else place[0]
        lean = 0.5 * (x - MIDDLE_X)
        found = [box("grab_crane", MIDDLE_X + lean + off_x, 80.0, 60.0 + abs(lean), 70.0)]
        if not dives:
            found.append(box("sand_load", TAKE_X, 125.0, 60.0, 30.0))
        if place is not None and rng.random() >= missed:
            at = (place[0] + off_x + rng.gauss(0, 1.5), place[1] + rng.gauss(0, 1.5))
            wavers = size * math.exp(rng.gauss(0, 0.1))
            found.append(box("bucket", *at, wavers, wavers))
        yield look(at_s, tuple(found), camera=camera)


def look(
    at_s: float, found: tuple[Detection, ...] | None = None, *, camera: str = "deck", gear: str = ""
) -> Observation:
    return Observation(
        int(at_s * SECOND), camera, *SIZE, brightness=120.0, sharpness=300.0, detections=found, gear=gear
    )


def region(places: list[tuple[float, float]], cells: int = 24) -> str:
    """The region's cells with something dark of strength 0 to 1 at each share of the way from left to right."""
    grey = [128.0] * cells
    for at, strength in places:
        for column in range(6):
            near = max(0.0, 1.0 - abs(at * 5 - column))
            for row in range(4):
                grey[row * 6 + column] -= 60.0 * strength * near
    return bytes(int(min(255, max(0, value))) for value in grey).hex() + bytes([40] * cells).hex()


def swinging(
    to_s: float, *, period_s: float = 60.0, every_s: float = 0.5, seed: int = 1, strength: float = 1.0
) -> Iterator[Observation]:
    """Looks without a detector: a boom that goes from left to right in the region and back."""
    rng = random.Random(seed)
    for number in range(int(to_s / every_s)):
        at_s = number * every_s
        place = bucket_at(at_s, period_s)
        share = 0.0 if place is None else (place[0] - TAKE_X) / (DROP_X - TAKE_X)
        noise = [(rng.random(), 0.08)]
        yield look(at_s, gear=region([(share, strength), *noise]))


def wavering(to_s: float, *, every_s: float = 0.5, seed: int = 1) -> Iterator[Observation]:
    """Nothing works: water glitters, the hull sways a little in the slowest band, somebody walks about."""
    rng = random.Random(seed)
    for number in range(int(to_s / every_s)):
        at_s = number * every_s
        sway = 0.5 + 0.2 * math.sin(at_s / 12.0)
        yield look(at_s, gear=region([(sway, 0.05), (rng.random(), 0.08)]))
