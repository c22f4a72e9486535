"""How much has been taken: cycles into cubic metres, and what of the quota is left.

A cubic metre is said with its error and with what it is: *loose* is what lies in the hold, *in place* what is
missing from the bed, loose divided by the swell. Errors are half-widths of the 95 % interval:

- of one bucket: how far the fill of the buckets differs from the fill factor, and the bucket from its certificate;
  both are the same for all buckets, so they do not shrink with their number;
- of the count: the share that was missed or counted twice, and at least one;
- of the swell, where it is used.

The list of a licence gives each hull a volume a day of its own beside the schedule: both bind. Where the bucket looks
another size than the registered one, the probability is given for both, and a breach must stand by both.

What the licence counts decides which of the two is compared; where it does not say, the smaller one, in place.
Whether a quota is passed is a probability: a breach from 97.5 %, undetermined from 50 %.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, TypeAlias

from agent.licence.conditions import Quota, QuotaPhase
from agent.types import Apparent, Finding, FindingKind, Reason, Verdict

Span: TypeAlias = Literal["vessel_day", "day", "month", "year", "phase"]
PASSED: Final = 0.975
SUSPECTED: Final = 0.5


@dataclass(frozen=True, slots=True)
class Bucket:
    """What one cycle moves. Errors are 95 %, as shares; the swell's is half of 1.1 to 1.3."""

    volume_m3: float
    fill: float = 0.85
    fill_error: float = 0.18
    volume_error: float = 0.05
    count_error: float = 0.05
    swell: float = 1.2
    swell_error: float = 0.083


@dataclass(frozen=True, slots=True)
class Volume:
    """Cubic metres of some cycles, with 95 % errors."""

    cycles: int
    loose_m3: float
    loose_error_m3: float
    in_place_m3: float
    in_place_error_m3: float
    swell: float


def volume(cycles: int, bucket: Bucket, swell: float | None = None) -> Volume:
    """What so many cycles took. `swell` is the licence's own, where it states one."""
    loose = cycles * bucket.volume_m3 * bucket.fill
    miscounted = max(1.0, bucket.count_error * cycles) / cycles if cycles else 0.0
    share = math.hypot(bucket.fill_error, bucket.volume_error, miscounted)
    chosen, swell_error = (bucket.swell, bucket.swell_error) if swell is None else (swell, 0.0)
    return Volume(
        cycles=cycles,
        loose_m3=round(loose, 1),
        loose_error_m3=round(loose * share, 1),
        in_place_m3=round(loose / chosen, 1),
        in_place_error_m3=round(loose / chosen * math.hypot(share, swell_error), 1),
        swell=chosen,
    )


def probability_above(value: float, error: float, limit: float) -> float:
    """That the true value lies above the limit, for a normal error whose 95 % half-width is `error`."""
    if error <= 0.0:
        return 1.0 if value > limit else 0.0
    return 0.5 * (1.0 + math.erf((value - limit) / (error / 1.96) / math.sqrt(2.0)))


@dataclass(frozen=True, slots=True)
class Tally:
    """What was done under one licence on one local day."""

    cycles: int = 0
    active_s: float = 0.0
    not_counted_s: float = 0.0
    pump_s: float = 0.0  # of the active time: by suction


def limits_on(phase: QuotaPhase | None, vessel_m3: float | None) -> dict[Span, float]:
    """The volumes that bind today, by what they are for; `vessel_m3` is what the list allows the hull a day."""
    found: dict[Span, float | None] = {"vessel_day": vessel_m3}
    if phase is not None:
        found |= {
            "day": phase.m3_per_day,
            "month": phase.m3_per_month,
            "year": phase.m3_per_year,
            "phase": phase.m3_total,
        }
    return {span: limit for span, limit in found.items() if limit is not None}


def cycles_of(days: Mapping[date, Tally], today: date, span: Span, phase: QuotaPhase | None = None) -> int:
    """Cycles of that day, calendar month, calendar year, or of the phase up to that day."""
    return sum(
        tally.cycles
        for day, tally in days.items()
        if {
            "vessel_day": day == today,
            "day": day == today,
            "month": (day.year, day.month) == (today.year, today.month),
            "year": day.year == today.year,
            "phase": phase is not None and phase.first <= day <= min(today, phase.last),
        }[span]
    )


@dataclass(frozen=True, slots=True)
class Limits:
    """What a licence allows the own hull today. `seen` is her bucket as it looks, where that plainly differs."""

    licence: str
    quota: Quota | None
    phase: QuotaPhase | None = None
    vessel_m3: float | None = None
    seen: Bucket | None = None


def quota_findings(
    limits: Limits, days: Mapping[date, Tally], today: date, bucket: Bucket
) -> tuple[Finding, ...]:
    """The quota that is passed for certain, or more likely than not; by either size where the bucket looks another."""
    findings = []
    loose = limits.quota is not None and limits.quota.volume == "loose"
    swell = None if limits.quota is None else limits.quota.swell
    for span, limit in limits_on(limits.phase, limits.vessel_m3).items():
        cycles = cycles_of(days, today, span, limits.phase)
        taken = volume(cycles, bucket, swell)
        value, error = _compared(taken, loose=loose)
        chance = chance_seen = probability_above(value, error, limit)
        if limits.seen is not None:
            chance_seen = probability_above(
                *_compared(volume(cycles, limits.seen, swell), loose=loose), limit
            )
        if max(chance, chance_seen) < SUSPECTED:
            continue
        because = [
            Reason(
                "quota_likely_passed",
                {
                    "licence": limits.licence,
                    "span": span,
                    "limit_m3": limit,
                    "value_m3": value,
                    "error_m3": error,
                    "percent": round(100 * chance, 1),
                },
            ),
            Reason("counted_loose" if loose else "counted_in_place", {"swell": taken.swell}),
            Reason(
                "bucket_taken",
                {"cycles": taken.cycles, "bucket_m3": bucket.volume_m3, "fill": round(bucket.fill, 3)},
            ),
        ]
        if limits.seen is not None:
            sizes: dict[str, float | int | str] = {
                "bucket_m3": bucket.volume_m3,
                "percent": round(100 * chance, 1),
                "seen_m3": round(limits.seen.volume_m3, 2),
                "seen_percent": round(100 * chance_seen, 1),
            }
            because.append(Reason("quota_both_sizes", sizes))
        verdict = Verdict.BREACH if min(chance, chance_seen) >= PASSED else Verdict.UNDETERMINED
        findings.append(
            Finding(FindingKind.QUOTA_PASSED, verdict, tuple(because), limits.licence, value, error, "m³")
        )
    return tuple(sorted(findings, key=lambda item: item.verdict is not Verdict.BREACH))[:1]


def _compared(taken: Volume, *, loose: bool) -> tuple[float, float]:
    """The volume a limit is compared with, and its error."""
    if loose:
        return taken.loose_m3, taken.loose_error_m3
    return taken.in_place_m3, taken.in_place_error_m3


def bucket_finding(apparent: Apparent, bucket: Bucket | None, licence: str | None) -> Finding:
    """The lead that the bucket is not the registered one."""
    looks: dict[str, float | int | str] = {
        "percent": round(100 * apparent.volume_ratio),
        "error_percent": round(100 * apparent.error),
    }
    because = [Reason("bucket_looks", looks)]
    value = error = None
    if bucket is not None:
        value = round(bucket.volume_m3 * apparent.volume_ratio, 2)
        error = round(bucket.volume_m3 * apparent.error, 2)
        because.append(Reason("bucket_registered", {"bucket_m3": bucket.volume_m3, "seen_m3": value}))
    against = "compared_with_site_check" if apparent.commissioned else "compared_with_first_work"
    because.append(Reason(against))
    return Finding(
        FindingKind.BUCKET_DIFFERS,
        Verdict.UNDETERMINED,
        tuple(because),
        licence,
        value,
        error,
        None if value is None else "m³",
    )


def active_hours_finding(licence: str, active_s: float, permitted_s: float) -> tuple[Finding, ...]:
    """Worked longer on a day than all its permitted hours together."""
    slack_s = 900.0  # a spell of work is known to begin and end within minutes
    if active_s <= permitted_s + slack_s:
        return ()
    values: dict[str, float | int | str] = {
        "licence": licence,
        "hours": round(active_s / 3600, 1),
        "permitted": round(permitted_s / 3600, 1),
    }
    return (
        Finding(
            FindingKind.ACTIVE_HOURS,
            Verdict.BREACH,
            (Reason("active_too_long", values),),
            licence,
            round(active_s / 3600, 2),
            round(slack_s / 3600, 2),
            "h",
        ),
    )
