"""Who answers for what the box measures: the record of its installation, and whether its checks still hold.

The record is signed with everything else (`config.applied`). What it cannot show to have been checked is a lead,
not a measurement: a distance from a receiver whose check has expired tells an inspector where to go and look.
"""

from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, TypeAlias

from agent.types import Reason

Regime: TypeAlias = Literal["authority", "supplied"]
"""The authority's own device, listed and managed by it, or data supplied by somebody else, who answers for them."""

Checked: TypeAlias = Literal["receiver", "lever_arm", "camera", "sounder"]

MEASURES: Final[tuple[Checked, ...]] = ("receiver", "lever_arm")
"""Without a valid check of these no distance is more than a lead."""


@dataclass(frozen=True, slots=True)
class Check:
    """A calibration or check of one part: by whom, on which day, and to which day it holds."""

    what: Checked
    on: date
    valid_to: date
    by: str
    certificate: str = ""


@dataclass(frozen=True, slots=True)
class Installation:
    """What is mounted, by whom, for whom. `serials` and `seals` as they stand on the parts."""

    regime: Regime
    owner: str
    answerable: str
    installer: str
    installed_on: date
    serials: tuple[tuple[str, str], ...]
    seals: tuple[str, ...]
    checks: tuple[Check, ...]


def why_lead_only(installation: Installation | None, day: date | None) -> tuple[Reason, ...]:
    """The reasons for which measurements of a local day are leads only; none where they stand."""
    if installation is None:
        return (Reason("uncalibrated"),)
    if day is None:
        return (Reason("check_undated"),)
    return tuple(reason for what in MEASURES if (reason := _unchecked(installation, what, day)) is not None)


def _unchecked(installation: Installation, what: Checked, day: date) -> Reason | None:
    begun = [check for check in installation.checks if check.what == what and check.on <= day]
    last = max(begun, key=lambda check: check.valid_to, default=None)
    if last is None:
        return Reason("check_missing", {"part": what})
    if day <= last.valid_to:
        return None
    return Reason("check_expired", {"part": what, "valid_to": last.valid_to.strftime("%d/%m/%Y")})
