"""What a licence allows beside place and hours, and the days on which each of it holds.

Dates are local days and inclusive; `effective_to` None is "until further notice". Volumes are m³ as the
licence counts them (`Quota.volume`), elevations are metres above the vertical datum they name.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal, TypeAlias

Volume: TypeAlias = Literal["in_place", "loose", "unstated"]


@dataclass(frozen=True, slots=True)
class Suspension:
    """A notice that stops the work: no hour of these days is permitted."""

    notice: str
    first: date
    last: date | None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Vessel:
    """A vessel registered to dig under this licence, by its own certificate and until its own day."""

    hull_number: str
    bucket_m3: float
    m3_per_day: float
    valid_to: date
    valid_from: date | None = None
    certificate: str = ""
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Carrier:
    """A vessel registered to carry what others dig."""

    hull_number: str
    valid_to: date
    valid_from: date | None = None
    hold_m3: float | None = None
    certificate: str = ""


@dataclass(frozen=True, slots=True)
class QuotaPhase:
    """What may be taken in a span of days: of each day, each calendar month, each calendar year, and in all."""

    name: str
    first: date
    last: date
    m3_per_day: float | None = None
    m3_per_month: float | None = None
    m3_per_year: float | None = None
    m3_total: float | None = None


@dataclass(frozen=True, slots=True)
class Quota:
    """The schedule of volumes. `swell` is loose m³ for one m³ in place, where the licence says it."""

    volume: Volume
    phases: tuple[QuotaPhase, ...]
    swell: float | None = None
    destination: str = ""


@dataclass(frozen=True, slots=True)
class DepthLimit:
    """The lowest bed that may be left: an elevation, never a depth of water."""

    bed_elevation_m: float
    vertical_datum: str
    effective_from: date
    effective_to: date | None


@dataclass(frozen=True, slots=True)
class BankLimit:
    """How far from the bank the vessel must keep."""

    at_least_m: float
    effective_from: date
    effective_to: date | None


@dataclass(frozen=True, slots=True)
class MooringOrder:
    """Where the vessels must lie while they may not work (`outside_hours`), or at all times (`always`).

    `zone` is the name of a place of kind `mooring` (`agent.licence.places`).
    """

    zone: str
    when: Literal["outside_hours", "always"]
    effective_from: date
    effective_to: date | None
