"""What lies around the licence areas: zones in which nobody may dig, the bank, where to lie and where to hand over sand.

The lines of a place are as exact as its file says; that error and the bound of the gear's place, in quadrature, are the
error of each distance here. Distances count in the direction of the offence: metres inside a forbidden zone, metres
nearer to the bank than allowed, metres away from the mooring zone or from the nearest place of transfer.
"""

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from math import hypot
from typing import Final

from agent.licence.hours import inside_hours_within, local_time, moment_text
from agent.licence.licence import Licence
from agent.licence.lines import distance_to_lines
from agent.licence.places import Kind, Place, places_on
from agent.licence.standing import bank_limit_on, mooring_orders_on
from agent.licence.zones import Area, Boundary
from agent.position.place import GearPlace
from agent.types import Finding, FindingKind, Reason, Verdict

MOORING_GRACE: Final = timedelta(minutes=30)
"""After the last hour, and before the first, a vessel may be on her way to or from the mooring zone."""


class Surroundings:
    """The places of a config, projected once."""

    def __init__(self, places: Sequence[Place]) -> None:
        self._places = tuple(places)
        self._areas = {id(place): Area(place.polygons) for place in self._places if place.polygons}

    def forbidden(self, here: GearPlace, day: date, licence: str) -> list[Finding]:
        """Zones in which she is, or may be."""
        found = []
        for place in places_on(self._places, "forbidden", day, licence):
            area = self._areas[id(place)]
            error_m = hypot(here.error_m, place.error_m)
            if area.at_least_m(here.lat_deg, here.lon_deg) > error_m:
                continue
            edge = area.boundary(here.lat_deg, here.lon_deg)
            found += _finding(
                FindingKind.FORBIDDEN_ZONE,
                "in_forbidden_zone",
                -edge.distance_m,
                error_m,
                edge,
                place.name,
                {},
            )
        return found

    def near_bank(self, here: GearPlace, day: date, licence: Licence) -> list[Finding]:
        """Nearer to the bank than the licence allows, or perhaps so."""
        limit = bank_limit_on(licence, day)
        if limit is None:
            return []
        nearest: tuple[Boundary, Place] | None = None
        for place in places_on(self._places, "bank", day, licence.number):
            point = distance_to_lines(place.lines, here.lat_deg, here.lon_deg)
            if point is not None and (nearest is None or point.distance_m < nearest[0].distance_m):
                nearest = point, place
        if nearest is None:
            return []
        point, place = nearest
        error_m = hypot(here.error_m, place.error_m)
        return _finding(
            FindingKind.NEAR_BANK,
            "near_bank",
            limit.at_least_m - point.distance_m,
            error_m,
            point,
            place.name,
            {
                "licence": licence.number,
                "bank_m": round(point.distance_m, 1),
                "at_least_m": round(limit.at_least_m, 1),
            },
        )

    def berth(self, here: GearPlace, day: date, licences: Sequence[str], kinds: Sequence[Kind]) -> str | None:
        """The name of an area of these kinds in which she is, or may be."""
        for place in (place for kind in kinds for place in self._of(kind, day, licences)):
            edge = self._areas[id(place)].boundary(here.lat_deg, here.lon_deg)
            if edge.distance_m <= hypot(here.error_m, place.error_m):
                return place.name
        return None

    def transfer(self, here: GearPlace, day: date, licences: Sequence[str]) -> Finding | None:
        """Sand passes from hull to hull here: is it a place for that? None where no such place is in force."""
        nearest = min(
            (
                (self._areas[id(place)].boundary(here.lat_deg, here.lon_deg), place)
                for place in self._of("transfer", day, licences)
            ),
            key=lambda item: item[0].distance_m,
            default=None,
        )
        if nearest is None:
            return None
        edge, place = nearest
        error_m = hypot(here.error_m, place.error_m)
        away = _finding(
            FindingKind.TRANSFER_ELSEWHERE,
            "transfer_elsewhere",
            edge.distance_m,
            error_m,
            edge,
            place.name,
            {},
        )
        if away:
            return away[0]
        at_place = Reason("at_transfer_place", {"place": place.name})
        return Finding(FindingKind.TRANSFER_ELSEWHERE, Verdict.PERMITTED, (at_place,))

    def _of(self, kind: Kind, day: date, licences: Sequence[str]) -> list[Place]:
        """Places of a kind for everybody, and those for any of her licences."""
        found = [places_on(self._places, kind, day, licence) for licence in licences or ("",)]
        return list({id(place): place for places in found for place in places}.values())

    def left_mooring(
        self, here: GearPlace, utc: datetime, margin: timedelta, licences: Sequence[Licence]
    ) -> list[Finding]:
        """Away from where she has to lie at this hour, by any of the licences."""
        day, found = local_time(utc).date(), []
        for licence in licences:
            slack = margin + MOORING_GRACE
            must_lie = inside_hours_within(licence.hours, utc, slack) is False
            zones = {
                order.zone for order in mooring_orders_on(licence, day) if order.when == "always" or must_lie
            }
            places = [
                place
                for place in places_on(self._places, "mooring", day, licence.number)
                if place.name in zones
            ]
            away = [(self._areas[id(place)].boundary(here.lat_deg, here.lon_deg), place) for place in places]
            if not away:
                continue
            edge, place = min(away, key=lambda item: item[0].distance_m)
            error_m = hypot(here.error_m, place.error_m)
            if edge.distance_m + error_m >= 0.0:  # inside for certain is nothing to tell
                values = {"licence": licence.number, "local_time": moment_text(local_time(utc))}
                found += _finding(
                    FindingKind.LEFT_MOORING,
                    "left_mooring",
                    edge.distance_m,
                    error_m,
                    edge,
                    place.name,
                    values,
                )
        return found


def _finding(
    kind: FindingKind,
    code: str,
    too_far_m: float,
    error_m: float,
    edge: Boundary,
    place: str,
    values: Mapping[str, float | int | str],
) -> list[Finding]:
    """Too far for certain, perhaps, or not at all."""
    if too_far_m + error_m < 0.0:
        return []
    verdict = Verdict.BREACH if too_far_m - error_m > 0.0 else Verdict.UNDETERMINED
    said: dict[str, float | int | str] = {
        "place": place,
        "distance_m": round(too_far_m, 1),
        "error_m": round(error_m, 1),
    }
    return [
        Finding(
            kind,
            verdict,
            (Reason(code, said | dict(values)),),
            value=round(too_far_m, 2),
            error=round(error_m, 2),
            unit="m",
            boundary_lat_deg=round(edge.lat_deg, 7),
            boundary_lon_deg=round(edge.lon_deg, 7),
        )
    ]
