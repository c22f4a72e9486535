"""The properties of a licence feature: their model, and what is wrong with them in words.

Unknown keys are refused: a limit that the box would accept and not judge is worse than a file it refuses.
What the keys mean is in `agent.licence.conditions`; what stands in a message is in `agent.licence.wording`.
"""

import json
from datetime import date
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from agent.errors import Both, Mistake
from agent.licence.wording import mistakes_of, shown
from agent.types import Json

FORMAT: Final = "sandwatch-licence/1"
MOST_CORNERS: Final = 2000

Text = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^\S(.*\S)?$")]
Note = Annotated[str, StringConstraints(max_length=500)]
Clock = Annotated[str, StringConstraints(pattern=r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$")]
Volume = Annotated[float, Field(gt=0, le=100_000_000)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class _Days(_Table):
    first: date = Field(alias="from")
    last: date = Field(alias="to")


class InForce(_Table):
    effective_from: date
    effective_to: date | None


class CornerRow(_Table):
    """One row of the table in the decision: X is the northing, Y the easting."""

    ring: int | Text
    corner: Text
    x_northing_m: float = Field(ge=0, le=10_000_000)
    y_easting_m: float = Field(ge=0, le=10_000_000)


class Vn2000(_Table):
    meridian_deg: float = Field(ge=102, le=110, multiple_of=0.25)
    zone_width_deg: Literal[3, 6]
    corners: tuple[CornerRow, ...] = Field(min_length=3, max_length=MOST_CORNERS)
    source: Note = ""  # the file the table was read from, or how it was made


class HoursRow(InForce):
    opens: Clock = Field(alias="from")
    closes: Clock = Field(alias="to")


class PeriodRow(_Days):
    pass


class SuspensionRow(_Table):
    notice: Text
    first: date = Field(alias="from")
    last: date | None = Field(alias="to")
    reason: Note = ""


class VesselRow(_Table):
    hull_number: Text
    bucket_m3: float = Field(gt=0, le=50)
    m3_per_day: float = Field(gt=0, le=100_000)
    valid_to: date
    valid_from: date | None = None
    certificate: Note = ""
    kind: Note = ""


class CarrierRow(_Table):
    hull_number: Text
    valid_to: date
    valid_from: date | None = None
    hold_m3: float | None = Field(default=None, gt=0, le=100_000)
    certificate: Note = ""


class PhaseRow(_Days):
    name: Text
    m3_per_day: Volume | None = None
    m3_per_month: Volume | None = None
    m3_per_year: Volume | None = None
    m3_total: Volume | None = None


class QuotaTable(_Table):
    volume: Literal["in_place", "loose", "unstated"]
    phases: tuple[PhaseRow, ...] = Field(min_length=1)
    swell: float | None = Field(default=None, ge=1.0, le=2.0)
    destination: Note = ""


class DepthRow(InForce):
    bed_elevation_m: float = Field(ge=-100, le=50)
    vertical_datum: Text


class BankRow(InForce):
    at_least_m: float = Field(gt=0, le=5000)


class MooringRow(InForce):
    zone: Text
    when: Literal["outside_hours", "always"]


class Properties(_Table):
    format: Literal["sandwatch-licence/1"]
    number: Text
    holder: Text
    valid_from: date
    valid_to: date
    synthetic: bool
    vn2000: Vn2000
    hours: tuple[HoursRow, ...] = Field(min_length=1)
    province: Note = ""
    place: Note = ""
    periods: tuple[PeriodRow, ...] = ()
    suspensions: tuple[SuspensionRow, ...] = ()
    vessels: tuple[VesselRow, ...] = ()
    carriers: tuple[CarrierRow, ...] = ()
    quota: QuotaTable | None = None
    depth: tuple[DepthRow, ...] = ()
    bank: tuple[BankRow, ...] = ()
    mooring: tuple[MooringRow, ...] = ()


def parse_properties(raw: Json, where: str) -> tuple[Properties | None, list[Mistake]]:
    """The properties, or None, and every mistake in each of them (`agent.licence.agreement` compares them)."""
    if not isinstance(raw, dict):
        problem = Both(
            vi="phải là một đối tượng chứa các điều khoản của giấy phép",
            en="must be an object with the terms of the licence",
        )
        return None, [Mistake(where, shown(raw), problem)]
    try:
        return Properties.model_validate_json(json.dumps(raw)), []
    except ValidationError as error:
        return None, mistakes_of(error.errors(), where)
