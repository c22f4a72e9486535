"""The rules: may this vessel work at this place, hour and day?

What is judged is a vessel with dredging gear that lies still or works (`agent.activity`), at the place of her gear
and the moment of one stamp. A camera gone blind does not end the judging: by her position she still lies there.

- Place: beyond the boundary only when the distance less its 95 % error is above zero; within the error
  either way it is undetermined; inside by more than the error, permitted.
- Hour and day: judged where the vessel is inside or may be inside. (Where she may be either, a breach of the
  hours stands: outside the area she may not work at any hour.) The same holds for notices and for the vessel.
- Around it (`agent.licence.surroundings`): forbidden zones, the bank, the bed near the vessel; where sand is handed over,
  the places for it; and under way, too, the zone in which a parked vessel has to lie. Beyond the border of the province
  that licensed her: `agent.licence.borders`.
- Which licence answers, and from where on there is none: `agent.licence.by_licence`.
- Never an accusation on what may be otherwise: `agent.licence.doubts`.

The place is that of the gear (`agent.position.place`). Its 95 % bound and 1 m for the conversion of the corners
from VN-2000, added in quadrature, are the error of a distance.
"""

from dataclasses import dataclass, field, replace
from typing import Final, Literal

from agent.licence.answers import margin_of
from agent.licence.bed import ECHO_OLD_NS, bed_finding
from agent.licence.borders import Borders
from agent.licence.by_licence import ByLicence
from agent.licence.depth import Transducer
from agent.licence.doubts import AT_WORK, doubted, doubts_of, rests, settled
from agent.licence.hours import local_time
from agent.licence.law import About, Law
from agent.licence.licence import Licence
from agent.licence.off import Sailing, off_under_way
from agent.licence.places import Kind, Place
from agent.licence.surroundings import Surroundings
from agent.licence.vessels import Registration, registration
from agent.licence.water_levels import WaterTable
from agent.position.geodesy import distance_m
from agent.position.place import GearPlace
from agent.types import (
    Activity,
    ActivityKind,
    ClockQuality,
    Depth,
    Finding,
    FindingKind,
    Fix,
    Reason,
    Stamp,
    Verdict,
)

_LYING = frozenset({ActivityKind.STATIONARY, ActivityKind.MOORED})
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


class Rules:
    """Judges by fixed terms. What it keeps between calls only saves work; the answer depends on the arguments."""

    def __init__(self, terms: Terms) -> None:
        self._terms = terms
        self._by_licence = ByLicence(terms.licences, terms.neighbours, terms.hull_number)
        self._around = Surroundings(terms.places)
        self._borders = Borders(terms.places)

    def judge(
        self,
        activity: Activity,
        place: GearPlace | None,
        stamp: Stamp,
        suspect: tuple[Reason, ...],
        echo: Depth | None = None,
    ) -> tuple[Finding, ...]:
        """The findings of the happening `working`; none where nothing is to be judged."""
        if not self._digs or place is None:
            return ()
        parked = self._parked(activity, place, stamp, suspect)
        if not _judged_at_all(activity):
            return self._cited(parked, stamp)
        berth = self._berth(activity, place, stamp)
        if berth is not None and activity.kind is ActivityKind.MOORED:
            return self._cited(parked, stamp)
        transfer = self._transfer(activity, place, stamp)
        if berth is not None:
            at_place = Reason("at_mooring_place", {"place": berth})
            findings: tuple[Finding, ...] = (
                Finding(FindingKind.OUTSIDE_AREA, Verdict.PERMITTED, (at_place,)),
            )
        elif transfer is not None and transfer.verdict is Verdict.PERMITTED:
            findings = (transfer,)
        elif not self._terms.licences:
            findings = (Finding(FindingKind.OUTSIDE_AREA, Verdict.UNDETERMINED, (_NO_LICENCE,)),)
        else:
            findings, licence = self._by_licence.findings(place, stamp)
            findings += self._beside(findings, licence, place, stamp, echo)
            findings += () if transfer is None else (transfer,)
        doubts = doubts_of(activity, place, suspect) + self._at_a_mooring(activity, place, stamp)
        if doubts:
            findings = tuple([doubted(finding, suspect, doubts) for finding in findings])
        return self._cited(findings + parked, stamp)

    def as_at_work(self, activity: Activity, place: GearPlace | None, stamp: Stamp) -> bool:
        """Is her gear seen at work, or does she lie where she may work, and nothing says that she rests?"""
        if not self._digs or place is None:
            return False
        if activity.kind in AT_WORK:
            return True
        return (
            _judged_at_all(activity) and not rests(activity) and self._berth(activity, place, stamp) is None
        )

    def sailing(self, activity: Activity, fix: Fix, stamp: Stamp) -> Sailing | None:
        """Where she is under way; None where she is not, or where nothing of her own is judged."""
        if not self._digs or activity.kind is not ActivityKind.TRANSITING or stamp.utc is None:
            return None
        if fix.lat_deg is None or fix.lon_deg is None:
            return None
        return Sailing(stamp.utc, fix.lat_deg, fix.lon_deg, fix.sog_kn or 0.0)

    def after_off(
        self, last: Sailing, activity: Activity, place: GearPlace, stamp: Stamp
    ) -> tuple[Finding, ...]:
        """The box was off, and she under way before: what of the time is not explained. Not at a berth."""
        if not self._digs or stamp.utc is None or self._berth(activity, place, stamp) is not None:
            return ()
        found = off_under_way(last, stamp.utc, place.lat_deg, place.lon_deg)
        return () if found is None else (found,)

    @property
    def _digs(self) -> bool:
        return self._terms.own_vessel == "dredger" and self._terms.has_gear

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

    def _berth(self, activity: Activity, here: GearPlace, stamp: Stamp) -> str | None:
        """Where she lies, or may lie, and needs no licence: a mooring place, or before and after handing over sand.

        None for one that digs there. A machine of which nothing more is known may be handing over; in a mooring zone
        it has to go on for minutes before anything is said of it.
        """
        if activity.kind is ActivityKind.DREDGING:
            return None
        for berth in self._terms.mooring_places:
            apart_m = distance_m(here.lat_deg, here.lon_deg, berth.lat_deg, berth.lon_deg)
            if apart_m <= berth.radius_m + here.error_m:
                return berth.name
        if stamp.utc is None or activity.kind is ActivityKind.LOADING:
            return None
        kinds: tuple[Kind, ...] = ("mooring", "transfer")
        if activity.kind is ActivityKind.MACHINE_WORKING and settled(activity, stamp):
            kinds = ("transfer",)
        day = local_time(stamp.utc).date()
        return self._around.berth(here, day, [licence.number for licence in self._terms.licences], kinds)

    def _at_a_mooring(self, activity: Activity, here: GearPlace, stamp: Stamp) -> tuple[Reason, ...]:
        """A machine that works in a mooring zone, where she may lie at any hour, is not yet seen to dig there."""
        if activity.kind is not ActivityKind.MACHINE_WORKING or stamp.utc is None:
            return ()
        day = local_time(stamp.utc).date()
        numbers = [licence.number for licence in self._terms.licences]
        zone = self._around.berth(here, day, numbers, ("mooring",))
        return () if zone is None else (Reason("machine_at_mooring", {"place": zone}),)

    def _transfer(self, activity: Activity, here: GearPlace, stamp: Stamp) -> Finding | None:
        """Where sand is handed over: whether that may be done here, None where no place for it is named.

        Nor is anything said against it before it has gone on for minutes: a hold takes an hour to fill.
        """
        if activity.kind is not ActivityKind.LOADING or stamp.utc is None:
            return None
        if stamp.clock_quality is ClockQuality.NONE:
            return None
        day = local_time(stamp.utc).date()
        found = self._around.transfer(here, day, [licence.number for licence in self._terms.licences])
        if found is None or found.verdict is Verdict.PERMITTED or settled(activity, stamp):
            return found
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
        return tuple(doubted(finding, suspect, suspect) for finding in found)

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
            across = self._borders.across(place, day, self._by_licence.hers(stamp), findings[0].verdict)
            found += () if across is None else (across,)
        if echo is not None and licence.depth and 0 <= stamp.mono_ns - echo.mono_ns <= ECHO_OLD_NS:
            terms = self._terms
            bed = bed_finding(licence, echo, place, stamp.utc, day, terms.water, terms.transducer)
            quiet = all(finding.verdict is Verdict.PERMITTED for finding in (*findings, *found))
            if bed is not None and not (quiet and bed.value is None):
                found.append(bed)
        return tuple(replace(finding, because=finding.because + place.notes) for finding in found)


def _judged_at_all(activity: Activity) -> bool:
    """A vessel that lies still, or whose gear is seen at work; also one whose camera has gone blind while she lies."""
    return activity.kind in _LYING or activity.kind in AT_WORK or activity.at_rest
