"""The rules: may this vessel work at this place, hour and day?

What is judged is a vessel with dredging gear that lies still or works (`agent.activity`), at the place of her gear
and the moment of one stamp. A camera gone blind does not end the judging: by her position she still lies there. One licence answers all questions: of all licences whose area the vessel may
be in, the most favourable one, so that what is lawful under any licence is lawful. A neighbour's licence counts
where its list names this vessel; where it does not, she is in the wrong mine.

- Place: beyond the boundary only when the distance less its 95 % error is above zero; within the error
  either way it is undetermined; inside by more than the error, permitted.
- Hour and day: judged where the vessel is inside or may be inside. (Where she may be either, a breach of the
  hours stands: outside the area she may not work at any hour.) The same holds for notices and for the vessel.
- Around it: forbidden zones, the bank, the bed near the vessel; and under way, too, the zone in which a parked
  vessel has to lie.
- Farther than 2 km from any licence of hers she has none there, and is not said to be beyond a boundary.
- Never an accusation: a suspect fix, a vessel lying as if moored, gear seen at rest, one that is under way at that very moment,
  a time that is not known. Those turn a breach into undetermined and say why.

The place is that of the gear (`agent.position.place`). Its 95 % bound and 1 m for the conversion of the corners
from VN-2000, added in quadrature, are the error of a distance.
"""

from dataclasses import dataclass, field, replace
from math import hypot
from typing import Final, Literal, NamedTuple

from agent.licence.answers import Answer, area_answer, margin_of, when_answers
from agent.licence.bed import ECHO_OLD_NS, bed_finding
from agent.licence.depth import Transducer
from agent.licence.hours import local_time
from agent.licence.law import About, Law
from agent.licence.licence import Licence
from agent.licence.places import Place
from agent.licence.surroundings import Surroundings
from agent.licence.vessels import Registration, registration
from agent.licence.water_levels import WaterTable
from agent.licence.zones import Area, Boundary, Zones
from agent.position.geodesy import distance_m
from agent.position.place import GearPlace
from agent.types import (
    GRAVITY,
    Activity,
    ActivityKind,
    ClockQuality,
    Depth,
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

FAR_M: Final = 2_000.0
"""Beyond it a place has nothing to do with the nearest licence: another reach of the river."""

_LYING = frozenset({ActivityKind.STATIONARY, ActivityKind.MOORED})
_AT_WORK = frozenset({ActivityKind.DREDGING, ActivityKind.MACHINE_WORKING, ActivityKind.LOADING})
_LIES_MOORED = Reason("lies_moored")
_NO_LICENCE = Reason("no_licence_loaded")
_ABOUT: Final[dict[FindingKind, About]] = {
    FindingKind.OUTSIDE_AREA: "outside_area",
    FindingKind.NO_LICENCE: "no_licence",
    FindingKind.OUTSIDE_HOURS: "hours",
    FindingKind.LICENCE_EXPIRED: "period",
    FindingKind.SUSPENDED: "period",
    FindingKind.VESSEL_UNREGISTERED: "vessel",
    FindingKind.WRONG_MINE: "vessel",
    FindingKind.NEAR_BANK: "bank",
    FindingKind.DEPTH_EXCEEDED: "depth",
}


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


class _Judged(NamedTuple):
    """All answers of one licence: the place alone where she is outside its area."""

    licence: Licence
    boundary: Boundary
    answers: tuple[Answer, ...]


class Rules:
    """Judges by fixed terms. What it keeps between calls only saves work; the answer depends on the arguments."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._zones = Zones([Area(licence.polygons) for licence in terms.licences])
        self._others = Zones([Area(licence.polygons) for licence in terms.neighbours])
        self._around = Surroundings(terms.places)
        self._minute: tuple[object, ...] = ()
        self._told: dict[str, tuple[Answer, ...]] = {}

    def judge(
        self,
        activity: Activity,
        place: GearPlace | None,
        stamp: Stamp,
        suspect: tuple[Reason, ...],
        echo: Depth | None = None,
    ) -> tuple[Finding, ...]:
        """The findings of the happening `working`; none where nothing is to be judged."""
        terms = self._terms
        if terms.own_vessel == "patrol" or not terms.has_gear or place is None:
            return ()
        parked = self._parked(activity, place, stamp, suspect)
        if not _judged_at_all(activity):
            return self._cited(parked, stamp)
        moored = activity.kind is ActivityKind.MOORED
        berth = self._mooring_place(place)
        if berth is not None and moored:
            return self._cited(parked, stamp)
        if berth is not None:
            at_place = Reason("at_mooring_place", {"place": berth.name})
            findings: tuple[Finding, ...] = (
                Finding(FindingKind.OUTSIDE_AREA, Verdict.PERMITTED, (at_place,)),
            )
        elif not terms.licences:
            findings = (Finding(FindingKind.OUTSIDE_AREA, Verdict.UNDETERMINED, (_NO_LICENCE,)),)
        else:
            findings = self._by_licence(place, stamp, echo)
        doubts = suspect
        if moored:
            doubts += (_LIES_MOORED,)
        doubts += tuple(reason for reason in activity.because if reason.code == "gear_at_rest")
        if place.sog_kn is not None and place.sog_kn > MOVING_KN:
            doubts += (Reason("sog_high", {"sog_kn": round(place.sog_kn, 1), "limit_kn": MOVING_KN}),)
        if doubts:
            findings = tuple([_doubted(finding, suspect, doubts) for finding in findings])
        return self._cited(findings + parked, stamp)

    def _cited(self, findings: tuple[Finding, ...], stamp: Stamp) -> tuple[Finding, ...]:
        """The same with the rule set and article each rests on, as of that day."""
        if stamp.utc is None or not self._terms.law.rules:
            return findings
        day = local_time(stamp.utc).date()
        cited = []
        for finding in findings:
            about = _ABOUT.get(finding.kind)
            rule = None if about is None else self._terms.law.on(day, about)
            if rule is not None:
                finding = replace(finding, rule_set=rule.rule_set, article=rule.citation)  # noqa: PLW2901
            cited.append(finding)
        return tuple(cited)

    def _mooring_place(self, here: GearPlace) -> MooringPlace | None:
        """The mooring place she lies in, or may lie in."""
        for berth in self._terms.mooring_places:
            apart_m = distance_m(here.lat_deg, here.lon_deg, berth.lat_deg, berth.lon_deg)
            if apart_m <= berth.radius_m + here.error_m:
                return berth
        return None

    def _parked(
        self, activity: Activity, place: GearPlace, stamp: Stamp, suspect: tuple[Reason, ...]
    ) -> tuple[Finding, ...]:
        """A parked vessel must not move: judged whatever she does, by the licences that list her or no vessel at all."""
        utc = stamp.utc
        ordered = [licence for licence in self._terms.licences if licence.mooring]
        known = utc is not None and stamp.clock_quality is not ClockQuality.NONE
        if not ordered or activity.kind is ActivityKind.UNKNOWN or utc is None or not known:
            return ()
        day = local_time(utc).date()
        hers = [
            licence
            for licence in ordered
            if registration(licence.vessels, self._terms.hull_number, day)[0] is not Registration.UNLISTED
        ]
        found = self._around.left_mooring(place, utc, margin_of(stamp.clock_quality), hers)
        return tuple(_doubted(finding, suspect, suspect) if suspect else finding for finding in found)

    def _by_licence(self, place: GearPlace, stamp: Stamp, echo: Depth | None) -> tuple[Finding, ...]:
        error_m = distance_error_m(place.error_m)
        near = self._zones.near(place.lat_deg, place.lon_deg, error_m)
        judged = [
            self._judged(self._terms.licences[number], boundary, error_m, stamp) for number, boundary in near
        ]
        # of equals the first: the farthest inside
        best = judged[0] if len(judged) == 1 else min(judged, key=_harshness)
        trespass: tuple[Finding, ...] = ()
        if self._terms.neighbours and best.boundary.distance_m + error_m > 0.0:
            hers, trespass = self._at_a_neighbours(place, error_m, stamp)
            best = best if hers is None else hers
        findings = _findings(best, error_m, place.notes)
        findings = self._wrong_mine(findings, stamp) + trespass
        return findings + self._beside(findings, best.licence, place, stamp, echo)

    def _judged(self, licence: Licence, boundary: Boundary, error_m: float, stamp: Stamp) -> _Judged:
        area = area_answer(licence, boundary.distance_m, error_m)
        if area.verdict is Verdict.BREACH:
            return _Judged(licence, boundary, (area,))
        when = [
            Answer(kind, verdict, because + area.because)
            for kind, verdict, because in self._when(licence, stamp)
        ]
        return _Judged(licence, boundary, (area, *when))

    def _when(self, licence: Licence, stamp: Stamp) -> tuple[Answer, ...]:
        """What hangs on the time. Its limits are whole minutes, so an answer holds for its minute."""
        utc = stamp.utc
        minute = (None if utc is None else utc.replace(second=0, microsecond=0), stamp.clock_quality)
        if minute != self._minute:
            self._minute, self._told = minute, {}
        if licence.number not in self._told:
            hull = self._terms.hull_number
            self._told[licence.number] = when_answers(licence, hull, utc, stamp.clock_quality)
        return self._told[licence.number]

    def _at_a_neighbours(
        self, place: GearPlace, error_m: float, stamp: Stamp
    ) -> tuple[_Judged | None, tuple[Finding, ...]]:
        """Inside another's area: by that licence where its list names her, else the finding that she is not in it."""
        if stamp.utc is None:
            return None, ()
        day = local_time(stamp.utc).date()
        for number, boundary in self._others.near(place.lat_deg, place.lon_deg, error_m):
            if boundary.distance_m + error_m >= 0.0:
                continue
            licence = self._terms.neighbours[number]
            standing, _ = registration(licence.vessels, self._terms.hull_number, day)
            if standing is Registration.VALID:
                return self._judged(licence, boundary, error_m, stamp), ()
            sure = standing in (Registration.UNLISTED, Registration.EXPIRED)
            reason = Reason("in_mine_of_others", {"licence": licence.number, "holder": licence.holder})
            verdict = Verdict.BREACH if sure else Verdict.UNDETERMINED
            return None, (Finding(FindingKind.WRONG_MINE, verdict, (reason,), licence.number),)
        return None, ()

    def _wrong_mine(self, findings: tuple[Finding, ...], stamp: Stamp) -> tuple[Finding, ...]:
        """A vessel that another licence lists is in the wrong mine, not without any."""
        if stamp.utc is None:
            return findings
        day, hull = local_time(stamp.utc).date(), self._terms.hull_number
        told = []
        for finding in findings:
            if finding.kind is FindingKind.VESSEL_UNREGISTERED and finding.verdict is Verdict.BREACH:
                mine = next(
                    (
                        other.number
                        for other in (*self._terms.licences, *self._terms.neighbours)
                        if other.number != finding.licence
                        and registration(other.vessels, hull, day)[0] is Registration.VALID
                    ),
                    None,
                )
                if mine is not None:
                    listed = Reason("vessel_of_other_mine", {"hull_number": hull, "licence": mine})
                    finding = replace(  # noqa: PLW2901
                        finding, kind=FindingKind.WRONG_MINE, because=(*finding.because, listed)
                    )
            told.append(finding)
        return tuple(told)

    def _beside(
        self,
        findings: tuple[Finding, ...],
        licence: Licence,
        place: GearPlace,
        stamp: Stamp,
        echo: Depth | None,
    ) -> tuple[Finding, ...]:
        """Forbidden zones, bank and bed. A bed that cannot be reckoned is told beside other findings, not by itself."""
        if stamp.utc is None or stamp.clock_quality is ClockQuality.NONE:
            return ()
        day = local_time(stamp.utc).date()
        found: list[Finding] = []
        if self._terms.places:
            found += self._around.forbidden(place, day, licence.number)
            found += self._around.near_bank(place, day, licence)
        if echo is not None and licence.depth and 0 <= stamp.mono_ns - echo.mono_ns <= ECHO_OLD_NS:
            terms = self._terms
            bed = bed_finding(licence, echo, place, stamp.utc, day, terms.water, terms.transducer)
            quiet = all(finding.verdict is Verdict.PERMITTED for finding in (*findings, *found))
            if bed is not None and not (quiet and bed.value is None):
                found.append(bed)
        return tuple(replace(finding, because=finding.because + place.notes) for finding in found)


def distance_error_m(place_error_m: float) -> float:
    """The 95 % bound of a distance from a boundary."""
    return hypot(place_error_m, CORNER_ERROR_M)


def _findings(best: _Judged, error_m: float, notes: tuple[Reason, ...]) -> tuple[Finding, ...]:
    licence, boundary, ((kind, verdict, because), *when) = best
    if verdict is Verdict.BREACH and boundary.distance_m > FAR_M:
        kind = FindingKind.NO_LICENCE
        because = (
            Reason(
                "no_licence_here",
                {"licence": licence.number, "distance_km": round(boundary.distance_m / 1000.0, 1)},
            ),
        )
    area = Finding(
        kind,
        verdict,
        because + notes,
        licence=licence.number,
        value=round(boundary.distance_m, 2),
        error=round(error_m, 2),
        unit="m",
        boundary_lat_deg=round(boundary.lat_deg, 7),
        boundary_lon_deg=round(boundary.lon_deg, 7),
    )
    return (area, *[Finding(kind, said, why + notes, licence.number) for kind, said, why in when])


def _judged_at_all(activity: Activity) -> bool:
    """A vessel that lies still, or whose gear is seen at work; also one whose camera has gone blind while she lies."""
    return activity.kind in _LYING or activity.kind in _AT_WORK or activity.at_rest


def _harshness(judged: _Judged) -> tuple[int, int]:
    gravities = [GRAVITY[answer.verdict] for answer in judged.answers]
    return max(gravities), sum(gravities)


def _doubted(finding: Finding, suspect: tuple[Reason, ...], doubts: tuple[Reason, ...]) -> Finding:
    """With doubts nothing is a breach. A permission from a suspect fix stands, with the suspicion beside it."""
    if finding.verdict is Verdict.PERMITTED:
        return replace(finding, because=finding.because + suspect) if suspect else finding
    return replace(finding, verdict=Verdict.UNDETERMINED, because=finding.because + doubts)
