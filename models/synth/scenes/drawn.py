"""On-board scenes drawn from a seed: place in the day and year, weather, machine, camera, moment."""

from datetime import UTC, datetime, timedelta

import numpy as np

from models.synth.light import Weather
from models.synth.river.banks import Reach
from models.synth.scenes.onboard import Setting
from models.synth.track import Leg

LENGTH_S = 400.0


def drawn(seed: int) -> tuple[Setting, float]:
    """A setting and the moment in it, both from the seed alone."""
    rng = np.random.default_rng(seed)
    local_h = float(rng.uniform(5.9, 17.6))
    start = datetime(2026, int(rng.integers(1, 13)), int(rng.integers(1, 29)), tzinfo=UTC) + timedelta(
        hours=local_h - 7.0
    )
    river_deg = 135.0 + 180.0 * int(rng.integers(2))
    left_m, right_m = (float(np.exp(rng.uniform(np.log(90), np.log(500)))) for _ in range(2))
    setting = Setting(
        start=start,
        lat_deg=10.26,
        lon_deg=105.58,
        seed=seed,
        length_s=LENGTH_S,
        legs=(Leg("working", 0.0, LENGTH_S, river_deg + float(rng.uniform(-25, 25))),),
        river_deg=river_deg,
        reach=Reach(left_m, right_m, bend_m=float(rng.uniform(-400, 400)), island=False),
        weather=Weather(
            float(rng.uniform(0.1, 0.8)), float(np.exp(rng.uniform(np.log(1500), np.log(20000))))
        ),
        camera_z_m=float(rng.uniform(5.8, 8.2)),
        camera_down_deg=float(rng.uniform(3.0, 12.0)),
        camera_right_deg=float(rng.uniform(-6.0, 12.0)),
        wide_deg=float(rng.uniform(66.0, 92.0)),
    )
    return setting, float(rng.uniform(70.0, LENGTH_S - 40.0))
