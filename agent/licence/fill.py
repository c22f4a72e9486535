"""How full a bucket comes up: what is assumed of it, corrected by loads that somebody measured.

A load of `n` counted cycles that turned out to hold `V ± e` m³ says that a cycle of a bucket of `B` m³ moves the share
f = V / (n B). Its variance is that of the measurement, (e / 1.96 / n B)², that of the count, (f max(1, 0.05 n) / 1.96 n)²,
and the scatter of one load against another, 0.03². What is assumed (0.85 ± 18 %, or the config's) is a normal
distribution before any load was measured; each load is joined by the inverse of its variance:

    1 / s² = 1 / s0² + Σ 1 / s_i²        f = s² (f0 / s0² + Σ f_i / s_i²)        interval: f ± 1.96 s

f is of the bucket's nominal size, so an error of that size is in f already and is not added again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import sqrt
from typing import Final

from agent.licence.quota import Bucket

Z: Final = 1.96
SCATTER: Final = (
    0.03  # of one load against another, standard deviation: sand, water, the man at the levers; assumed
)
POSSIBLE: Final = (0.3, 1.3)  # a share beyond says that buckets were missed, or that it was another load
LEAST_ERROR: Final = 0.03


@dataclass(frozen=True, slots=True)
class Measured:
    """A load that somebody measured: by the marks of a hold of known capacity, or by weight."""

    cycles: int
    m3: float
    error_m3: float


def share(load: Measured, bucket_m3: float) -> float:
    """What share of the bucket a cycle of the load moved."""
    return load.m3 / (load.cycles * bucket_m3)


def plausible(load: Measured, bucket_m3: float) -> bool:
    """Can the buckets that were counted have made this load?"""
    return load.cycles > 0 and POSSIBLE[0] <= share(load, bucket_m3) <= POSSIBLE[1]


def calibrated(bucket: Bucket, loads: Sequence[Measured]) -> Bucket:
    """The bucket with the fill that the measured loads say; as it was where there is none that can be believed."""
    weight = 1 / (bucket.fill * bucket.fill_error / Z) ** 2 if bucket.fill_error else 1e9
    total, used = bucket.fill * weight, 0
    for load in loads:
        if not plausible(load, bucket.volume_m3):
            continue
        found, moved = share(load, bucket.volume_m3), load.cycles * bucket.volume_m3
        counted = found * max(1.0, bucket.count_error * load.cycles) / load.cycles / Z
        variance = (load.error_m3 / Z / moved) ** 2 + counted**2 + SCATTER**2
        weight, total, used = weight + 1 / variance, total + found / variance, used + 1
    if not used:
        return bucket
    fill = total / weight
    error = max(LEAST_ERROR, Z * sqrt(1 / weight) / fill)
    return replace(bucket, fill=round(fill, 4), fill_error=round(error, 4), volume_error=0.0)
