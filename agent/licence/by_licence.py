"""Which licence answers: place, hour, day, notice and vessel by the one that is most favourable.

Of all licences whose area the vessel may be in, the most favourable one counts, so that what is lawful under any of
them is lawful. A neighbour's licence is one of hers on the days on which its list names this vessel (she may be licensed
across the river, too); in the area of one that does not, she is in the wrong mine. Farther than 2 km from any licence
of hers she has none there, and is not said to be beyond a boundary.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from math import hypot
from typing import Final, NamedTuple

from agent.licence.answers import Answer, area_answer, when_answers
from agent.licence.hours import local_time
from agent.licence.licence import Licence
from agent.licence.vessels import Registration, registration
from agent.licence.zones import Area, Boundary, Zones
from agent.position.place import GearPlace
from agent.types import GRAVITY, Finding, FindingKind, Reason, Stamp, Verdict

CORNER_ERROR_M: Final = 1.0
"""95 %: tables are rounded to decimetres or metres, and two published conversions differ by 0.8 m."""

FAR_M: Final = 2_000.0
"""Beyond it a place has nothing to do with the nearest licence: another reach of the river."""


class _Judged(NamedTuple):
    """All answers of one licence: the place alone where she is outside its area."""

    licence: Licence
    boundary: Boundary
    answers: tuple[Answer, ...]


class _Standing(NamedTuple):
    """Of one day: the licences by which she may work, and those of others."""

    day: date | None
    hers: tuple[Licence, ...]
    zones: Zones
    others: tuple[Licence, ...]
    other_zones: Zones


class ByLicence:
    """Her licences and those of others. What it keeps between calls only saves work."""

    def __init__(self, licences: Sequence[Licence], neighbours: Sequence[Licence], hull_number: str) -> None:
        self._licences, self._neighbours, self._hull = tuple(licences), tuple(neighbours), hull_number
        self._areas = {
            licence.number: Area(licence.polygons) for licence in (*self._licences, *self._neighbours)
        }
        self._standing = self._of_day(None)
        self._minute: tuple[object, ...] = ()
        self._told: dict[str, tuple[Answer, ...]] = {}

    def findings(self, place: GearPlace, stamp: Stamp) -> tuple[tuple[Finding, ...], Licence]:
        """What the licence that counts says of this place and moment, and which one that is."""
        error_m = distance_error_m(place.error_m)
        standing = self._on(stamp)
        near = standing.zones.near(place.lat_deg, place.lon_deg, error_m)
        judged = [self._judged(standing.hers[number], boundary, error_m, stamp) for number, boundary in near]
        # of equals the first: the farthest inside
        best = judged[0] if len(judged) == 1 else min(judged, key=_harshness)
        trespass: tuple[Finding, ...] = ()
        if standing.others and best.boundary.distance_m + error_m > 0.0:
            trespass = self._at_a_neighbours(place, error_m, standing)
        return self._wrong_mine(_findings(best, error_m, place.notes), stamp) + trespass, best.licence

    def hers(self, stamp: Stamp) -> tuple[Licence, ...]:
        """The licences by which she may work on that day: her own, and those of others that list her."""
        return self._on(stamp).hers

    def _on(self, stamp: Stamp) -> _Standing:
        """One that does not know the day has no licence but those that are named as hers."""
        known = stamp.utc is not None and self._neighbours
        day = local_time(stamp.utc).date() if stamp.utc is not None and known else None
        if day != self._standing.day:
            self._standing = self._of_day(day)
        return self._standing

    def _of_day(self, day: date | None) -> _Standing:
        listing = [
            other
            for other in self._neighbours
            if day is not None and registration(other.vessels, self._hull, day)[0] is Registration.VALID
        ]
        hers = (*self._licences, *listing)
        numbers = {licence.number for licence in hers}
        others = tuple(other for other in self._neighbours if day is not None and other.number not in numbers)
        zones = Zones([self._areas[licence.number] for licence in hers])
        return _Standing(day, hers, zones, others, Zones([self._areas[one.number] for one in others]))

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
            self._told[licence.number] = when_answers(licence, self._hull, utc, stamp.clock_quality)
        return self._told[licence.number]

    def _at_a_neighbours(self, place: GearPlace, error_m: float, standing: _Standing) -> tuple[Finding, ...]:
        """Inside the area of one that does not list her."""
        for number, boundary in standing.other_zones.near(place.lat_deg, place.lon_deg, error_m):
            if standing.day is None or boundary.distance_m + error_m >= 0.0:
                continue
            licence = standing.others[number]
            listed, _ = registration(licence.vessels, self._hull, standing.day)
            sure = listed in (Registration.UNLISTED, Registration.EXPIRED)
            reason = Reason("in_mine_of_others", {"licence": licence.number, "holder": licence.holder})
            verdict = Verdict.BREACH if sure else Verdict.UNDETERMINED
            return (Finding(FindingKind.WRONG_MINE, verdict, (reason,), licence.number),)
        return ()

    def _wrong_mine(self, findings: tuple[Finding, ...], stamp: Stamp) -> tuple[Finding, ...]:
        """A vessel that another licence lists is in the wrong mine, not without any."""
        if stamp.utc is None:
            return findings
        day = local_time(stamp.utc).date()
        told = []
        for finding in findings:
            if finding.kind is FindingKind.VESSEL_UNREGISTERED and finding.verdict is Verdict.BREACH:
                mine = next(
                    (
                        other.number
                        for other in (*self._licences, *self._neighbours)
                        if other.number != finding.licence
                        and registration(other.vessels, self._hull, day)[0] is Registration.VALID
                    ),
                    None,
                )
                if mine is not None:
                    listed = Reason("vessel_of_other_mine", {"hull_number": self._hull, "licence": mine})
                    finding = replace(  # noqa: PLW2901
                        finding, kind=FindingKind.WRONG_MINE, because=(*finding.because, listed)
                    )
            told.append(finding)
        return tuple(told)


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


def _harshness(judged: _Judged) -> tuple[int, int]:
    gravities = [GRAVITY[answer.verdict] for answer in judged.answers]
    return max(gravities), sum(gravities)
