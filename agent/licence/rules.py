"""The rules: may this vessel work at this place, hour and day?

What is judged is a vessel with dredging gear that lies still (`agent.activity`), at the place of one fix and
the moment of one stamp. One licence answers all three questions: of all licences whose area the vessel may
be in, the most favourable one, so that what is lawful under any licence is lawful.

- Place: beyond the boundary only when the distance less its 95 % error is above zero; within the error
  either way it is undetermined; inside by more than the error, permitted.
- Hour and day: judged where the vessel is inside or may be inside. (Where she may be either, a breach of the
  hours stands: outside the area she may not work at any hour.)
- Never an accusation: a suspect fix, a vessel lying as if moored, one that is under way at that very moment,
  a time that is not known. Those turn a breach into undetermined and say why.

The place is that of the gear (`agent.position.place`). Its 95 % bound and 1 m for the conversion of the corners
from VN-2000, added in quadrature, are the error of a distance.
"""

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from math import hypot
from typing import Final, Literal, NamedTuple

from agent.licence.depth import Transducer
from agent.licence.hours import (
    date_in_force,
    date_in_period,
    date_text,
    hours_text,
    inside_hours_within,
    local_time,
    moment_text,
    within,
)
from agent.licence.law import Law
from agent.licence.licence import Licence
from agent.licence.places import Place
from agent.licence.water_levels import WaterTable
from agent.licence.zones import Area, Boundary, Zones
from agent.position.geodesy import distance_m
from agent.position.place import GearPlace
from agent.types import (
    GRAVITY,
    Activity,
    ActivityKind,
    ClockQuality,
    Finding,
    FindingKind,
    Reason,
    Stamp,
    Verdict,
)

CORNER_ERROR_M: Final = 1.0
"""95 %: tables are rounded to decimetres or metres, and two published conversions differ by 0.8 m."""

MOVING_KN: Final = 0.5
"""A fix this fast is not of a vessel that lies still: she may be on her way out of the area, lawfully."""

SAVED_CLOCK_MARGIN: Final = timedelta(hours=1)
"""A saved clock stood still while the box was off; within an hour of a limit it decides nothing."""

_LYING = frozenset({ActivityKind.STATIONARY, ActivityKind.MOORED})
_LIES_MOORED = Reason("lies_moored")
_NO_LICENCE = Reason("no_licence_loaded")


@dataclass(frozen=True, slots=True)
class MooringPlace:
    """A place where lying still needs no licence: a circle around a point."""

    name: str
    lat_deg: float
    lon_deg: float
    radius_m: float


@dataclass(frozen=True, slots=True)
class Terms:
    """What the own vessel is, and what she may do."""

    own_vessel: Literal["dredger", "patrol"]
    has_gear: bool
    licences: tuple[Licence, ...]
    mooring_places: tuple[MooringPlace, ...] = ()
    hull_number: str = ""
    law: Law = field(default_factory=Law)
    neighbours: tuple[Licence, ...] = ()
    places: tuple[Place, ...] = ()
    water: tuple[WaterTable, ...] = ()
    transducer: Transducer | None = None


class _Answer(NamedTuple):
    """To one question."""

    kind: FindingKind
    verdict: Verdict
    because: tuple[Reason, ...]


class _Judged(NamedTuple):
    """All answers of one licence: the place alone where she is outside its area."""

    licence: Licence
    boundary: Boundary
    answers: tuple[_Answer, ...]


class Rules:
    """Judges by fixed terms. What it keeps between calls only saves work; the answer depends on the arguments."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._zones = Zones([Area(licence.polygons) for licence in terms.licences])
        self._minute: tuple[object, ...] = ()
        self._told: dict[int, tuple[_Answer, _Answer]] = {}

    def judge(
        self, activity: Activity, place: GearPlace | None, stamp: Stamp, suspect: tuple[Reason, ...]
    ) -> tuple[Finding, ...]:
        """The findings of the happening `working`; none where nothing is to be judged."""
        terms = self._terms
        if terms.own_vessel == "patrol" or not terms.has_gear or activity.kind not in _LYING:
            return ()
        if place is None:
            return ()
        moored = activity.kind is ActivityKind.MOORED
        berth = self._mooring_place(place)
        if berth is not None and moored:
            return ()
        if berth is not None:
            at_place = Reason("at_mooring_place", {"place": berth.name})
            findings: tuple[Finding, ...] = (
                Finding(FindingKind.OUTSIDE_AREA, Verdict.PERMITTED, (at_place,)),
            )
        elif not terms.licences:
            findings = (Finding(FindingKind.OUTSIDE_AREA, Verdict.UNDETERMINED, (_NO_LICENCE,)),)
        else:
            findings = self._by_licence(place, stamp)
        doubts = suspect
        if moored:
            doubts += (_LIES_MOORED,)
        if place.sog_kn is not None and place.sog_kn > MOVING_KN:
            doubts += (Reason("sog_high", {"sog_kn": round(place.sog_kn, 1), "limit_kn": MOVING_KN}),)
        return tuple([_doubted(finding, suspect, doubts) for finding in findings]) if doubts else findings

    def _mooring_place(self, here: GearPlace) -> MooringPlace | None:
        """The mooring place she lies in, or may lie in."""
        for berth in self._terms.mooring_places:
            apart_m = distance_m(here.lat_deg, here.lon_deg, berth.lat_deg, berth.lon_deg)
            if apart_m <= berth.radius_m + here.error_m:
                return berth
        return None

    def _by_licence(self, place: GearPlace, stamp: Stamp) -> tuple[Finding, ...]:
        error_m = distance_error_m(place.error_m)
        near = self._zones.near(place.lat_deg, place.lon_deg, error_m)
        judged = [self._judged(number, boundary, error_m, stamp) for number, boundary in near]
        # of equals the first: the farthest inside
        licence, boundary, answers = judged[0] if len(judged) == 1 else min(judged, key=_harshness)
        extra = place.notes
        (_, verdict, because), *when = answers
        area = Finding(
            FindingKind.OUTSIDE_AREA,
            verdict,
            because + extra,
            licence=licence.number,
            value=round(boundary.distance_m, 2),
            error=round(error_m, 2),
            unit="m",
            boundary_lat_deg=round(boundary.lat_deg, 7),
            boundary_lon_deg=round(boundary.lon_deg, 7),
        )
        return (area, *[Finding(kind, said, why + extra, licence.number) for kind, said, why in when])

    def _judged(self, number: int, boundary: Boundary, error_m: float, stamp: Stamp) -> _Judged:
        licence = self._terms.licences[number]
        area = _area(licence, boundary.distance_m, error_m)
        if area.verdict is Verdict.BREACH:
            return _Judged(licence, boundary, (area,))
        hours, force = self._when(number, stamp)
        hours = _Answer(hours.kind, hours.verdict, hours.because + area.because)
        force = _Answer(force.kind, force.verdict, force.because + area.because)
        return _Judged(licence, boundary, (area, hours, force))

    def _when(self, number: int, stamp: Stamp) -> tuple[_Answer, _Answer]:
        """Hours and dates of a licence. Their limits are whole minutes, so an answer holds for its minute."""
        utc = stamp.utc
        minute = (None if utc is None else utc.replace(second=0, microsecond=0), stamp.clock_quality)
        if minute != self._minute:
            self._minute, self._told = minute, {}
        if number not in self._told:
            self._told[number] = _when(self._terms.licences[number], utc, stamp.clock_quality)
        return self._told[number]


def distance_error_m(place_error_m: float) -> float:
    """The 95 % bound of a distance from a boundary."""
    return hypot(place_error_m, CORNER_ERROR_M)


def _harshness(judged: _Judged) -> tuple[int, int]:
    gravities = [GRAVITY[answer.verdict] for answer in judged.answers]
    return max(gravities), sum(gravities)


def _doubted(finding: Finding, suspect: tuple[Reason, ...], doubts: tuple[Reason, ...]) -> Finding:
    """With doubts nothing is a breach. A permission from a suspect fix stands, with the suspicion beside it."""
    if finding.verdict is Verdict.PERMITTED:
        return replace(finding, because=finding.because + suspect) if suspect else finding
    return replace(finding, verdict=Verdict.UNDETERMINED, because=finding.because + doubts)


def _area(licence: Licence, apart_m: float, error_m: float) -> _Answer:
    """Inside, outside, or too near to say."""
    if apart_m - error_m > 0.0:
        verdict, code = Verdict.BREACH, "beyond_boundary"
    elif apart_m + error_m < 0.0:
        verdict, code = Verdict.PERMITTED, "inside_area"
    else:
        verdict, code = Verdict.UNDETERMINED, "near_boundary"
    values: dict[str, float | int | str] = {
        "licence": licence.number,
        "distance_m": round(abs(apart_m), 1),
        "error_m": round(error_m, 1),
    }
    return _Answer(FindingKind.OUTSIDE_AREA, verdict, (Reason(code, values),))


def _when(licence: Licence, utc: datetime | None, quality: ClockQuality) -> tuple[_Answer, _Answer]:
    if utc is None or quality is ClockQuality.NONE:
        unknown = (Reason("time_unknown"),)
        return (
            _Answer(FindingKind.OUTSIDE_HOURS, Verdict.UNDETERMINED, unknown),
            _Answer(FindingKind.LICENCE_EXPIRED, Verdict.UNDETERMINED, unknown),
        )
    margin = SAVED_CLOCK_MARGIN if quality is ClockQuality.SAVED else timedelta()
    return _hours(licence, utc, margin), _in_force(licence, utc, margin)


def _hours(licence: Licence, utc: datetime, margin: timedelta) -> _Answer:
    moment = local_time(utc)
    inside = inside_hours_within(licence.hours, utc, margin)
    values = {
        "local_time": moment_text(moment),
        "hours": hours_text(licence.hours, moment.date()),
        "licence": licence.number,
    }
    if inside is None:
        near = (Reason("time_near_limit", values),)
        return _Answer(FindingKind.OUTSIDE_HOURS, Verdict.UNDETERMINED, near)
    verdict = Verdict.PERMITTED if inside else Verdict.BREACH
    return _Answer(
        FindingKind.OUTSIDE_HOURS, verdict, (Reason("inside_hours" if inside else "outside_hours", values),)
    )


def _in_force(licence: Licence, utc: datetime, margin: timedelta) -> _Answer:
    day = local_time(utc).date()
    in_force = within(lambda date: date_in_force(licence, date), utc, margin)
    in_period = within(lambda date: date_in_period(licence, date), utc, margin)
    dates = {"licence": licence.number, "local_date": date_text(day)}
    span = {"valid_from": date_text(licence.valid_from), "valid_to": date_text(licence.valid_to)}
    periods = ", ".join(f"{date_text(row.first)}-{date_text(row.last)}" for row in licence.periods)
    if in_force is False:
        verdict, reason = Verdict.BREACH, Reason("licence_not_in_force", dates | span)
    elif in_period is False:
        verdict, reason = Verdict.BREACH, Reason("outside_period", dates | {"periods": periods})
    elif in_force is None or in_period is None:
        verdict, reason = Verdict.UNDETERMINED, Reason("date_near_limit", dates)
    else:
        verdict, reason = Verdict.PERMITTED, Reason("licence_in_force", dates | span)
    return _Answer(FindingKind.LICENCE_EXPIRED, verdict, (reason,))
