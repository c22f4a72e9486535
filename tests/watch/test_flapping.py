"""Noise of the receiver on a boundary is one happening."""

import random
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from agent.licence.licence import parse_licences
from agent.licence.rules import Terms
from agent.types import Origin
from agent.watch import Watch, WatchSettings
from builders import fix

FILE = Path(__file__).parents[2] / "config" / "licences" / "example-tan-loc.geojson"
LICENCES = parse_licences(FILE.read_text(encoding="utf-8"), FILE.name)
METRE = 1 / 110_600  # degrees of latitude


@settings(max_examples=4, deadline=None)
@given(st.integers(0, 10_000), st.floats(-6.0, 6.0))
def test_an_hour_at_anchor_on_the_boundary_in_the_noise_of_the_receiver_is_at_most_one_event(
    seed: int, beyond_m: float
) -> None:
    """2.5 m of noise in each axis, a second apart, around a point up to 6 m from the downstream edge."""
    chance = random.Random(seed)
    box = Watch(
        WatchSettings(terms=Terms("dredger", True, LICENCES)), "boot-1", Origin("replay", "test", True)
    )
    opened = [
        change.event.event_id
        for at in range(3600)
        for change in box.step(
            fix(
                at,
                lat_deg=10.25623 - (beyond_m / 2**0.5 - chance.gauss(0, 2.5)) * METRE,
                lon_deg=105.58080 + (beyond_m / 2**0.5 + chance.gauss(0, 2.5)) * METRE,
            )
        ).events
        if change.kind == "event.opened"
    ]
    assert len(opened) <= 1
